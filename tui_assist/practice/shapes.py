"""The shape of every input item the real service takes, as a table. Decides nothing about their order."""

from collections.abc import Mapping
from dataclasses import dataclass

OPEN_CLOSED = ("in_progress", "completed", "incomplete")


@dataclass(frozen=True, slots=True)
class Shape:
    """What one item type must carry."""

    required: Mapping[str, type]
    id_prefix: str = ""  # "" when ids of this type are not checked
    statuses: tuple[str, ...] = OPEN_CLOSED
    answers: str = ""  # the call type this output answers
    speaks_of: str = ""  # what the service calls this call in its messages


STR, LIST, DICT = str, list, dict

SHAPES: Mapping[str, Shape] = {
    "message": Shape({"role": STR}, "msg"),
    "reasoning": Shape({"id": STR, "summary": LIST}, "rs"),
    "function_call": Shape({"call_id": STR, "name": STR, "arguments": STR}, "fc", speaks_of="function call"),
    "function_call_output": Shape({"call_id": STR}, answers="function_call"),
    "custom_tool_call": Shape(
        {"call_id": STR, "name": STR, "input": STR}, "ctc", speaks_of="custom tool call"
    ),
    "custom_tool_call_output": Shape({"call_id": STR}, answers="custom_tool_call"),
    "apply_patch_call": Shape(
        {"call_id": STR, "status": STR, "operation": DICT},
        "apc",
        ("in_progress", "completed"),
        speaks_of="apply patch call",
    ),
    "apply_patch_call_output": Shape(
        {"call_id": STR, "status": STR}, statuses=("completed", "failed"), answers="apply_patch_call"
    ),
    "shell_call": Shape({"call_id": STR, "action": DICT}, "sh", speaks_of="shell call"),
    "shell_call_output": Shape({"call_id": STR, "output": LIST}, answers="shell_call"),
    "local_shell_call": Shape(
        {"id": STR, "call_id": STR, "status": STR, "action": DICT}, speaks_of="local shell call"
    ),
    "local_shell_call_output": Shape({"id": STR, "output": STR}, answers="local_shell_call"),
    "computer_call": Shape(
        {"id": STR, "call_id": STR, "status": STR, "pending_safety_checks": LIST},
        "cu",
        speaks_of="computer call",
    ),
    "computer_call_output": Shape({"call_id": STR, "output": DICT}, answers="computer_call"),
    "mcp_approval_request": Shape({"id": STR, "server_label": STR, "name": STR, "arguments": STR}, "mcpr"),
    "mcp_approval_response": Shape({"approval_request_id": STR, "approve": bool}),
    "mcp_list_tools": Shape({"id": STR, "server_label": STR, "tools": LIST}, "mcpl"),
    "mcp_call": Shape(
        {"id": STR, "server_label": STR, "name": STR, "arguments": STR},
        "mcp",
        (*OPEN_CLOSED, "calling", "failed"),
    ),
    "web_search_call": Shape({"id": STR, "status": STR}, "ws", (*OPEN_CLOSED, "searching", "failed")),
    "file_search_call": Shape(
        {"id": STR, "queries": LIST, "status": STR}, "fs", (*OPEN_CLOSED, "searching", "failed")
    ),
    "code_interpreter_call": Shape(
        {"id": STR, "container_id": STR, "status": STR}, "ci", (*OPEN_CLOSED, "interpreting", "failed")
    ),
    "image_generation_call": Shape({"id": STR, "status": STR}, "ig", (*OPEN_CLOSED, "generating", "failed")),
    "compaction": Shape({"encrypted_content": STR}),
    "item_reference": Shape({"id": STR}),
}

OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "create_file": ("path", "diff"),
    "update_file": ("path", "diff"),
    "delete_file": ("path",),
}

PARTS: Mapping[str, tuple[str, ...]] = {
    "assistant": ("output_text", "refusal"),
    "user": ("input_text", "input_image", "input_file"),
    "system": ("input_text", "input_image", "input_file"),
    "developer": ("input_text", "input_image", "input_file"),
}

# fmt: off
PARAMETERS = frozenset({
    "background", "background_options", "context_management", "conversation", "include", "input",
    "instructions", "max_output_tokens", "max_tool_calls", "metadata", "model", "moderation",
    "parallel_tool_calls", "previous_response_id", "prompt", "prompt_cache_key",
    "prompt_cache_options", "prompt_cache_retention", "reasoning", "safety_identifier",
    "service_tier", "store", "stream", "stream_options", "temperature", "text", "tool_choice",
    "tools", "top_logprobs", "top_p", "truncation", "user", "image", "access_programs",
})
# fmt: on

TOOLS: Mapping[str, tuple[str, ...]] = {
    "function": ("name",),
    "custom": ("name",),
    "apply_patch": (),
    "shell": (),
    "local_shell": (),
    "computer": (),
    "computer_use_preview": ("display_width", "display_height", "environment"),
    "web_search": (),
    "web_search_preview": (),
    "file_search": ("vector_store_ids",),
    "code_interpreter": ("container",),
    "mcp": ("server_label",),
    "image_generation": (),
}

INCLUDES = frozenset(
    {
        "file_search_call.results",
        "web_search_call.results",
        "web_search_call.action.sources",
        "message.input_image.image_url",
        "computer_call_output.output.image_url",
        "code_interpreter_call.outputs",
        "reasoning.encrypted_content",
        "message.output_text.logprobs",
    }
)
