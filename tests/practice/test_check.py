from typing import Any

import pytest

from tui_assist.practice.check import validate

Item = dict[str, Any]

USER: Item = {"type": "message", "role": "user", "content": "go"}
CALL: Item = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": "{}"}
OUTPUT: Item = {"type": "function_call_output", "call_id": "call_1", "output": "ok"}
SHELL: Item = {"type": "shell_call", "id": "sh_1", "call_id": "call_s", "action": {"commands": ["ls"]}}
SHELL_ENTRY: Item = {"stdout": "", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}
SHELL_OUTPUT: Item = {"type": "shell_call_output", "call_id": "call_s", "output": [SHELL_ENTRY]}
PATCH: Item = {
    "type": "apply_patch_call",
    "id": "apc_1",
    "call_id": "call_p",
    "status": "completed",
    "operation": {"type": "delete_file", "path": "a"},
}
PATCH_OUTPUT: Item = {
    "type": "apply_patch_call_output",
    "call_id": "call_p",
    "status": "completed",
    "output": "D a",
}
THOUGHT: Item = {"type": "reasoning", "id": "rs_1", "summary": []}
SAID: Item = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "hi"}],
}


def refusal(*items: Item, **parameters: Any) -> str:
    refused = validate({"model": "m", "input": list(items), **parameters})
    return refused.message if refused else ""


def tool(parameters: Item, name: str = "f") -> list[Item]:
    return [{"type": "function", "name": name, "strict": True, "parameters": parameters}]


def test_a_whole_conversation_is_taken() -> None:
    custom = {"type": "custom_tool_call", "id": "ctc_1", "call_id": "call_c", "name": "t", "input": "x"}
    answer = {"type": "custom_tool_call_output", "call_id": "call_c", "output": "x"}
    items = [USER, THOUGHT, CALL, SHELL, PATCH, OUTPUT, SHELL_OUTPUT, PATCH_OUTPUT, custom, answer, SAID]
    assert refusal(*items) == ""


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([CALL], "No tool output found for function call call_1."),
        ([SHELL], "No tool output found for shell call call_s."),
        ([PATCH], "No tool output found for apply patch call call_p."),
        ([OUTPUT], "No tool call found for function call output with call_id call_1."),
        ([SHELL_OUTPUT], "No tool call found for shell call output with call_id call_s."),
        ([OUTPUT, CALL], "No tool call found for function call output with call_id call_1."),
        (
            [SHELL, {**OUTPUT, "call_id": "call_s"}],
            "No tool call found for function call output with call_id call_s.",
        ),
        ([CALL, OUTPUT, OUTPUT], "Duplicate tool output found for function call call_1."),
        ([SAID, SAID], "Duplicate item found with id msg_1. Remove duplicate items from your input"),
        (
            [{**CALL, "id": "msg_1"}, OUTPUT],
            "Invalid 'input[0].id': 'msg_1'. Expected an ID that begins with 'fc'.",
        ),
        ([{**CALL, "arguments": None}], "Missing required parameter: 'input[0].arguments'."),
        (
            [{**CALL, "arguments": {}}],
            "Invalid type for 'input[0].arguments': expected a string, but got an object instead.",
        ),
        ([{"type": "novelty"}], "Invalid value: 'novelty'."),
        (
            [{**PATCH_OUTPUT, "status": "rejected"}],
            "Invalid value: 'rejected'. Supported values are: 'completed', 'failed'.",
        ),
        ([{**SHELL_OUTPUT, "status": "failed"}], "Invalid value: 'failed'."),
        ([SHELL, {**SHELL_OUTPUT, "output": "ls"}], "Invalid type for 'input[1].output': expected an array"),
        (
            [SHELL, {**SHELL_OUTPUT, "output": [{"stdout": ""}]}],
            "Missing required parameter: 'input[1].output[0].stderr'.",
        ),
        (
            [{**PATCH, "operation": {"type": "update_file", "path": "a"}}],
            "Missing required parameter: 'input[0].operation.diff'.",
        ),
        ([USER, THOUGHT], "Item 'rs_1' of type 'reasoning' was provided without its required following"),
        ([THOUGHT, USER], "Item 'rs_1' of type 'reasoning' was provided without its required following"),
        ([{**USER, "content": [{"type": "output_text", "text": "x"}]}], "Invalid value: 'output_text'."),
        ([{**USER, "role": "tool"}], "Invalid value: 'tool'."),
        ([{"role": "user"}], "Missing required parameter: 'input[0].content'."),
    ],
)
def test_items_the_service_refuses(items: list[Item], message: str) -> None:
    assert refusal(*items).startswith(message)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"temprature": 1}, "Unknown parameter: 'temprature'."),
        ({"include": ["everything"]}, "Invalid value: 'everything'."),
        ({"tools": [{"type": "hammer"}]}, "Invalid value: 'hammer'."),
        ({"tools": [{"type": "function"}]}, "Missing required parameter: 'tools[0].name'."),
        (
            {"tools": tool({"type": "object"}, "a b")},
            "Invalid 'tools[0].name': string does not match pattern.",
        ),
        ({"tools": tool({"type": "string"})}, "Invalid schema for function 'f': schema must be"),
        (
            {"tools": tool({"type": "object", "properties": {}})},
            "Invalid schema for function 'f': In context=(), 'additionalProperties'",
        ),
        (
            {"tools": tool({"type": "object", "properties": {"x": {}}, "additionalProperties": False})},
            "Invalid schema for function 'f': In context=(), 'required' is required to be supplied",
        ),
        (
            {"tools": [{"type": "custom", "name": "f"}, {"type": "custom", "name": "f"}]},
            "Duplicate tool name: 'f'.",
        ),
        ({"tool_choice": "always"}, "Invalid value: 'always'."),
        ({"tool_choice": {"type": "function", "name": "g"}}, "Tool choice 'function' not found"),
        ({"previous_response_id": "resp_1"}, "Previous response with id 'resp_1' not found."),
        ({"previous_response_id": "resp_1", "conversation": "c"}, "Mutually exclusive parameters"),
        ({"model": None}, "Missing required parameter: 'model'."),
    ],
)
def test_requests_the_service_refuses(parameters: Item, message: str) -> None:
    assert refusal(USER, **parameters).startswith(message)


def test_an_item_is_an_object() -> None:
    refused = validate({"model": "m", "input": ["text"]})
    assert refused is not None
    assert refused.message == "Invalid type for 'input[0]': expected an object, but got a string instead."


def test_input_is_needed() -> None:
    refused = validate({"model": "m"})
    assert refused is not None
    assert refused.message == "Missing required parameter: 'input'."


def test_calls_of_an_earlier_response_must_be_answered_now() -> None:
    request = {"model": "m", "previous_response_id": "resp_1"}
    assert validate({**request, "input": [OUTPUT]}, [USER, CALL]) is None
    refused = validate({**request, "input": [USER]}, [USER, CALL])
    assert refused is not None
    assert refused.message == "No tool output found for function call call_1."


def test_nested_objects_of_a_strict_schema_are_closed_too() -> None:
    inner = {"type": "array", "items": {"type": "object", "properties": {}}}
    schema = {"type": "object", "properties": {"x": inner}, "required": ["x"], "additionalProperties": False}
    assert "'additionalProperties' is required" in refusal(USER, tools=tool(schema))
