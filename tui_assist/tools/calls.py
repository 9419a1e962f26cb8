"""Reads a wire item into a `Call`, whatever item type it came in as. Runs nothing and answers nothing."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from tui_assist.patch.parse import envelope_in_shell
from tui_assist.session import call_id_of
from tui_assist.values.calls import Call, Item

INVALID = "invalid"  # a call whose arguments cannot be read
UNSUPPORTED = "unsupported"  # a call this version cannot run
REASON = "reason"  # the one argument of both: a sentence for the model


def parse_call(item: Item) -> Call | None:
    """The call that `item` makes of us; None for an item that needs no answer. Raises nothing.

    A call that cannot be read becomes tool "invalid", one that cannot be run "unsupported"; both carry a
    sentence for the model as `arguments["reason"]`.
    """
    call_id = call_id_of(item)
    if call_id is None:
        return None
    match item["type"]:
        case "apply_patch_call":
            return _typed_patch(call_id, item)
        case "custom_tool_call":
            return _custom(call_id, item)
        case "function_call":
            return _function(call_id, item)
        case "shell_call":
            return _shell_call(call_id, item)
        case "local_shell_call":
            return _local_shell(call_id, item)
        case "computer_call":
            return _unsupported(call_id, item, "computer use is not available here")
        case "mcp_approval_request":
            return _unsupported(call_id, item, "calls of remote MCP servers are not available here")
        case "tool_search_call":
            return _unsupported(call_id, item, "there are no further tools to search for")
        case kind:
            return _unsupported(call_id, item, f"calls of type {kind} are not available here")


def why_not(call: Call) -> str | None:
    """The sentence that answers a call which can only be refused; None for one that may be run."""
    return str(call.arguments[REASON]) if call.tool in {INVALID, UNSUPPORTED} else None


def _invalid(call_id: str, item: Item, reason: str) -> Call:
    return Call(call_id, INVALID, {REASON: reason}, item)


def _unsupported(call_id: str, item: Item, reason: str) -> Call:
    return Call(call_id, UNSUPPORTED, {REASON: reason}, item)


def _typed_patch(call_id: str, item: Item) -> Call:
    operation = item.get("operation")
    if not isinstance(operation, Mapping):
        return _invalid(call_id, item, "operation: expected an object with type, path and diff")
    return Call(call_id, "apply_patch", {"operation": dict(operation)}, item)


def _custom(call_id: str, item: Item) -> Call:
    name, text = item.get("name"), item.get("input")
    if not isinstance(name, str) or not name:
        return _invalid(call_id, item, "the call names no tool")
    if not isinstance(text, str):
        return _invalid(call_id, item, f"input: expected text, got {_short(text)}")
    if name == "shell":
        return _shell(call_id, item, {"commands": [text]})
    return Call(call_id, name, {"input": text}, item)


def _function(call_id: str, item: Item) -> Call:
    name = item.get("name")
    if not isinstance(name, str) or not name:
        return _invalid(call_id, item, "the call names no tool")
    try:
        arguments = json.loads(item.get("arguments") or "{}")
    except (ValueError, TypeError, RecursionError) as error:
        return _invalid(call_id, item, f"the arguments of {name} are no JSON ({error}); send the call again")
    if not isinstance(arguments, dict):
        return _invalid(call_id, item, f"the arguments of {name} must be an object, got {_short(arguments)}")
    if name == "shell":
        return _shell(call_id, item, arguments)
    return Call(call_id, name, arguments, item)


def _shell_call(call_id: str, item: Item) -> Call:
    action = item.get("action")
    if not isinstance(action, Mapping):
        return _invalid(call_id, item, "action: expected an object with commands")
    environment = item.get("environment")
    if isinstance(environment, Mapping) and environment.get("type", "local") != "local":
        return _unsupported(call_id, item, "only the local environment is available here")
    return _shell(call_id, item, action)


def _local_shell(call_id: str, item: Item) -> Call:
    action = item.get("action")
    action = action if isinstance(action, Mapping) else {}
    words = action.get("command")
    if not _texts(words) or not words:
        return _invalid(call_id, item, "action.command: expected a list of words")
    script = _script(words)
    directory = action.get("working_directory")
    if isinstance(directory, str) and directory:
        script = f"cd {shlex.quote(directory)} && {script}"
    return _shell(call_id, item, {**action, "commands": [script]})


def _script(words: Sequence[str]) -> str:
    """An argument vector as a bash command; `bash -lc SCRIPT` is SCRIPT."""
    if len(words) == 3 and words[0].rsplit("/", 1)[-1] in {"bash", "sh"} and words[1] in {"-c", "-lc"}:
        return words[2]
    return shlex.join(words)


def _shell(call_id: str, item: Item, arguments: Mapping[str, Any]) -> Call:
    commands = arguments.get("commands", arguments.get("command"))
    if isinstance(commands, str):
        commands = [commands]
    if not _texts(commands) or not commands:
        return _invalid(call_id, item, f"commands: expected a list of command lines, got {_short(commands)}")
    for name in ("timeout_ms", "max_output_length"):
        if not _count(arguments.get(name)):
            return _invalid(
                call_id, item, f"{name}: expected a whole number or null, got {_short(arguments[name])}"
            )
    if len(commands) == 1 and (patch := envelope_in_shell(commands[0])) is not None:
        directory, envelope = patch
        return Call(call_id, "apply_patch", {"input": envelope, "directory": directory}, item)
    limits = {name: arguments.get(name) for name in ("timeout_ms", "max_output_length")}
    return Call(call_id, "shell", {"commands": list(commands), **limits}, item)


def _texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(text, str) for text in value)


def _count(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}…"
