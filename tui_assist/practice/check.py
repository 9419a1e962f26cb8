"""Refuses the requests the real service refuses, in its own words. Repairs nothing and sends nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui_assist.practice.shapes import INCLUDES, OPERATIONS, PARAMETERS, PARTS, SHAPES, TOOLS

TYPE_NAMES = {str: "a string", list: "an array", dict: "an object", bool: "a boolean", int: "an integer"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP status and the JSON body that says why."""

    status: int
    body: Mapping[str, Any]

    @property
    def message(self) -> str:
        return str(self.body["error"]["message"])


def refuse(message: str, *, param: str | None = None, code: str | None = None, status: int = 400) -> Refusal:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return Refusal(status, {"error": error})


class _Invalid(Exception):
    def __init__(self, message: str, param: str | None = None, code: str | None = None, status: int = 400):
        super().__init__(message)
        self.refusal = refuse(message, param=param, code=code, status=status)


def validate(request: Mapping[str, Any], earlier: Sequence[Any] | None = None) -> Refusal | None:
    """The first reason to refuse `request`, or None.

    `earlier` holds the items of `previous_response_id`, None when that response is not known.
    """
    try:
        _check_parameters(request)
        previous = request.get("previous_response_id")
        if previous is not None and earlier is None:
            message = f"Previous response with id '{previous}' not found."
            raise _Invalid(message, "previous_response_id", "previous_response_not_found", 404)
        for index, tool in enumerate(request.get("tools") or ()):
            _check_tool(tool, f"tools[{index}]")
        _check_choice(request)
        given = request["input"]
        items = given if isinstance(given, list) else []
        for index, item in enumerate(items):
            _check_item(item, f"input[{index}]")
        _check_order([*(earlier or ()), *items])
    except _Invalid as invalid:
        return invalid.refusal
    return None


def _check_parameters(request: Mapping[str, Any]) -> None:
    for name in request:
        if name not in PARAMETERS:
            raise _Invalid(f"Unknown parameter: '{name}'.", name, "unknown_parameter")
    _require(request, {"model": str}, "")
    if "input" not in request:
        raise _missing("input")
    if not isinstance(request["input"], str | list):
        raise _Invalid("Invalid type for 'input': expected a string or an array.", "input", "invalid_type")
    if request.get("previous_response_id") is not None and request.get("conversation") is not None:
        raise _Invalid("Mutually exclusive parameters: 'previous_response_id' and 'conversation'.")
    for index, value in enumerate(request.get("include") or ()):
        if value not in INCLUDES:
            raise _unsupported(f"include[{index}]", value, sorted(INCLUDES))


def _check_tool(tool: Any, at: str) -> None:
    if not isinstance(tool, dict):
        raise _wrong_type(at, dict, tool)
    _require(tool, {"type": str}, at)
    if tool["type"] not in TOOLS:
        raise _unsupported(f"{at}.type", tool["type"], sorted(TOOLS))
    for name in TOOLS[tool["type"]]:
        if name not in tool:
            raise _missing(f"{at}.{name}")
    if tool["type"] not in ("function", "custom"):
        return
    pattern = "^[a-zA-Z0-9_-]+$"
    if not isinstance(tool["name"], str) or not re.fullmatch("[a-zA-Z0-9_-]{1,128}", tool["name"]):
        message = f"Invalid '{at}.name': string does not match pattern. Expected a string that matches the"
        raise _Invalid(f"{message} pattern '{pattern}'.", f"{at}.name", "invalid_value")
    if tool["type"] == "function":
        _check_function(tool, at)


def _check_function(tool: Mapping[str, Any], at: str) -> None:
    schema = tool.get("parameters")
    if schema is None:
        return
    if not isinstance(schema, dict):
        raise _wrong_type(f"{at}.parameters", dict, schema)
    problem = ""
    if schema.get("type") != "object":
        problem = f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{schema.get('type')}\"'."
    elif tool.get("strict", True):
        problem = next(_strict_problems(schema, ()), "")
    if problem:
        message = f"Invalid schema for function '{tool['name']}': {problem}"
        raise _Invalid(message, f"{at}.parameters", "invalid_function_parameters")


def _strict_problems(schema: Any, context: tuple[str, ...]) -> Iterator[str]:
    """What a strict schema lacks: every object closed, every property required."""
    if not isinstance(schema, dict):
        return
    properties = schema.get("properties", {})
    if "properties" in schema or schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            yield f"In context={context}, 'additionalProperties' is required to be supplied and to be false."
        missing = [name for name in properties if name not in schema.get("required", ())]
        if missing:
            yield (
                f"In context={context}, 'required' is required to be supplied and to be an array including"
                f" every key in properties. Missing '{missing[0]}'."
            )
    for name, inner in properties.items():
        yield from _strict_problems(inner, (*context, "properties", name))
    yield from _strict_problems(schema.get("items"), (*context, "items"))
    for index, inner in enumerate(schema.get("anyOf", ())):
        yield from _strict_problems(inner, (*context, "anyOf", str(index)))


def _check_choice(request: Mapping[str, Any]) -> None:
    tools, choice = request.get("tools") or (), request.get("tool_choice")
    names = [tool["name"] for tool in tools if "name" in tool]
    if twice := {name for name in names if names.count(name) > 1}:
        raise _Invalid(f"Duplicate tool name: '{min(twice)}'. Tool names must be unique.", "tools")
    if isinstance(choice, str) and choice not in ("none", "auto", "required"):
        raise _unsupported("tool_choice", choice, ["none", "auto", "required"])
    if isinstance(choice, dict) and choice.get("type") == "function" and choice.get("name") not in names:
        raise _Invalid("Tool choice 'function' not found in 'tools' parameter.", "tool_choice")


def _check_item(item: Any, at: str) -> None:
    if not isinstance(item, dict):
        raise _wrong_type(at, dict, item)
    kind = item.get("type", "message" if "role" in item else None)
    if kind is None:
        raise _missing(f"{at}.type")
    shape = SHAPES.get(kind)
    if shape is None:
        raise _unsupported(f"{at}.type" if at else "type", kind, sorted(SHAPES))
    _require(item, shape.required, at)
    status = item.get("status")
    if status is not None and status not in shape.statuses:
        raise _unsupported(f"{at}.status", status, shape.statuses)
    identity = item.get("id")
    if identity and shape.id_prefix and not str(identity).startswith(shape.id_prefix):
        message = f"Invalid '{at}.id': '{identity}'. Expected an ID that begins with '{shape.id_prefix}'."
        raise _Invalid(message, f"{at}.id", "invalid_value")
    _check_inside(kind, item, at)


def _check_inside(kind: str, item: Mapping[str, Any], at: str) -> None:
    match kind:
        case "message":
            _check_message(item, at)
        case "function_call_output" | "custom_tool_call_output":
            if "output" not in item:
                raise _missing(f"{at}.output")
            if not isinstance(item["output"], str | list):
                raise _wrong_type(f"{at}.output", str, item["output"])
        case "apply_patch_call":
            operation = item["operation"]
            _require(operation, {"type": str}, f"{at}.operation")
            if operation["type"] not in OPERATIONS:
                raise _unsupported(f"{at}.operation.type", operation["type"], list(OPERATIONS))
            required: dict[str, type] = dict.fromkeys(OPERATIONS[operation["type"]], str)
            _require(operation, required, f"{at}.operation")
        case "shell_call":
            _require(item["action"], {"commands": list}, f"{at}.action")
            for number, command in enumerate(item["action"]["commands"]):
                if not isinstance(command, str):
                    raise _wrong_type(f"{at}.action.commands[{number}]", str, command)
        case "shell_call_output":
            for number, entry in enumerate(item["output"]):
                _check_shell_entry(entry, f"{at}.output[{number}]")


def _check_message(item: Mapping[str, Any], at: str) -> None:
    role, content = item["role"], item.get("content")
    if role not in PARTS:
        raise _unsupported(f"{at}.role", role, list(PARTS))
    if content is None:
        raise _missing(f"{at}.content")
    if isinstance(content, str):
        return
    if not isinstance(content, list):
        raise _wrong_type(f"{at}.content", str, content)
    for number, part in enumerate(content):
        where = f"{at}.content[{number}]"
        if not isinstance(part, dict):
            raise _wrong_type(where, dict, part)
        _require(part, {"type": str}, where)
        if part["type"] not in PARTS[role]:
            raise _unsupported(f"{where}.type", part["type"], PARTS[role])
        if part["type"] in ("input_text", "output_text"):
            _require(part, {"text": str}, where)


def _check_shell_entry(entry: Any, at: str) -> None:
    if not isinstance(entry, dict):
        raise _wrong_type(at, dict, entry)
    _require(entry, {"stdout": str, "stderr": str, "outcome": dict}, at)
    outcome = entry["outcome"]
    _require(outcome, {"type": str}, f"{at}.outcome")
    if outcome["type"] not in ("exit", "timeout"):
        raise _unsupported(f"{at}.outcome.type", outcome["type"], ["exit", "timeout"])
    if outcome["type"] == "exit":
        _require(outcome, {"exit_code": int}, f"{at}.outcome")


def _check_order(items: Sequence[Mapping[str, Any]]) -> None:
    """Every id once, every call answered later by its own kind, every reasoning item followed by its own."""
    ids: set[str] = set()
    calls: dict[str, str] = {}
    answered: set[str] = set()
    for index, item in enumerate(items):
        kind = item.get("type", "message")
        if (identity := item.get("id")) and kind not in ("item_reference", "local_shell_call_output"):
            if identity in ids:
                hint = "Remove duplicate items from your input and try again."
                raise _Invalid(f"Duplicate item found with id {identity}. {hint}", "input")
            ids.add(identity)
        if SHAPES[kind].speaks_of:
            if item["call_id"] in calls:
                raise _Invalid(f"Duplicate tool call with call_id {item['call_id']}.", "input")
            calls[item["call_id"]] = kind
        elif answers := SHAPES[kind].answers:
            _check_answer(item, answers, calls, answered)
        elif kind == "reasoning":
            _check_follower(items, index)
    for call_id, kind in calls.items():
        if call_id not in answered:
            message = f"No tool output found for {SHAPES[kind].speaks_of} {call_id}."
            raise _Invalid(message, "input")


def _check_answer(item: Mapping[str, Any], answers: str, calls: dict[str, str], answered: set[str]) -> None:
    call_id = item.get("call_id") or item.get("id", "")
    name = SHAPES[answers].speaks_of
    if calls.get(call_id) != answers:
        raise _Invalid(f"No tool call found for {name} output with call_id {call_id}.", "input")
    if call_id in answered:
        raise _Invalid(f"Duplicate tool output found for {name} {call_id}.", "input")
    answered.add(call_id)


def _check_follower(items: Sequence[Mapping[str, Any]], index: int) -> None:
    follower = items[index + 1] if index + 1 < len(items) else None
    kind = follower.get("type", "message") if follower else None
    by_model = kind == "message" and follower is not None and follower.get("role") == "assistant"
    if by_model or kind == "reasoning" or (kind and kind.endswith("_call")):
        return
    message = f"Item '{items[index]['id']}' of type 'reasoning' was provided without its required following"
    raise _Invalid(f"{message} item.", "input")


def _require(value: Mapping[str, Any], required: Mapping[str, type], at: str) -> None:
    for name, kind in required.items():
        where = f"{at}.{name}" if at else name
        if value.get(name) is None:
            raise _missing(where)
        if not isinstance(value[name], kind) or (kind is int and isinstance(value[name], bool)):
            raise _wrong_type(where, kind, value[name])


def _missing(where: str) -> _Invalid:
    return _Invalid(f"Missing required parameter: '{where}'.", where, "missing_required_parameter")


def _wrong_type(where: str, expected: type, value: object) -> _Invalid:
    got = TYPE_NAMES.get(type(value), "null" if value is None else type(value).__name__)
    message = f"Invalid type for '{where}': expected {TYPE_NAMES[expected]}, but got {got} instead."
    return _Invalid(message, where, "invalid_type")


def _unsupported(where: str, value: object, supported: Sequence[str]) -> _Invalid:
    listed = ", ".join(f"'{name}'" for name in supported)
    message = f"Invalid value: '{value}'. Supported values are: {listed}."
    return _Invalid(message, where, "invalid_value")
