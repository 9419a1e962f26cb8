import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_assist.tools.calls import parse_call, why_not

ENVELOPE = "*** Begin Patch\n*** Delete File: a\n*** End Patch\n"


def read(item: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    call = parse_call({"call_id": "c1", **item})
    assert call is not None
    assert call.call_id == "c1"
    return call.tool, call.arguments


def shell(*commands: str, timeout_ms: int | None = None, max_output_length: int | None = None) -> Any:
    limits = {"timeout_ms": timeout_ms, "max_output_length": max_output_length}
    return ("shell", {"commands": list(commands), **limits})


def function(name: str, arguments: object) -> dict[str, Any]:
    return {"type": "function_call", "name": name, "arguments": json.dumps(arguments)}


def test_a_typed_patch_is_a_patch() -> None:
    operation = {"type": "update_file", "path": "a", "diff": "@@\n-a\n+b\n"}
    assert read({"type": "apply_patch_call", "operation": operation}) == (
        "apply_patch",
        {"operation": operation},
    )


def test_a_custom_call_and_a_function_call_are_patches_too() -> None:
    custom = {"type": "custom_tool_call", "name": "apply_patch", "input": ENVELOPE}
    assert read(custom) == ("apply_patch", {"input": ENVELOPE})
    assert read(function("apply_patch", {"patch": ENVELOPE})) == ("apply_patch", {"patch": ENVELOPE})


@pytest.mark.parametrize(
    ("prefix", "directory"), [("", None), ("cd sub && ", "sub"), ("cd 'a b' && ", "a b")]
)
def test_a_shell_call_that_only_patches_is_a_patch(prefix: str, directory: str | None) -> None:
    command = f"{prefix}apply_patch <<'EOF'\n{ENVELOPE}EOF\n"
    item = {"type": "shell_call", "action": {"commands": [command]}}
    assert read(item) == ("apply_patch", {"input": ENVELOPE, "directory": directory})


def test_a_shell_call_that_does_more_is_a_shell_call() -> None:
    command = f"apply_patch <<'EOF'\n{ENVELOPE}EOF\n"
    assert read({"type": "shell_call", "action": {"commands": [command, "ls"]}}) == shell(command, "ls")


def test_shell_calls_of_every_type_are_one() -> None:
    typed = {"type": "shell_call", "action": {"commands": ["ls", "pwd"], "timeout_ms": 5}}
    assert read(typed) == shell("ls", "pwd", timeout_ms=5)
    assert read(function("shell", {"commands": ["ls"], "max_output_length": 9})) == shell(
        "ls", max_output_length=9
    )
    assert read(function("shell", {"command": "ls -l"})) == shell("ls -l")


def test_a_local_shell_call_is_quoted() -> None:
    item = {"type": "local_shell_call", "action": {"type": "exec", "command": ["echo", "a b", "$x"]}}
    assert read(item) == shell("echo 'a b' '$x'")


def test_a_local_shell_call_of_a_script_is_the_script_in_its_directory() -> None:
    action = {"command": ["bash", "-lc", "ls | wc"], "working_directory": "a b"}
    assert read({"type": "local_shell_call", "action": action}) == shell("cd 'a b' && ls | wc")


def test_a_local_shell_call_without_call_id_is_answered_by_its_id() -> None:
    call = parse_call({"type": "local_shell_call", "id": "l1", "action": {"command": ["ls"]}})
    assert call is not None
    assert call.call_id == "l1"


def test_other_functions_keep_their_name() -> None:
    assert read(function("read_file", {"path": "a"})) == ("read_file", {"path": "a"})
    assert read({"type": "custom_tool_call", "name": "x", "input": "raw"}) == ("x", {"input": "raw"})


@pytest.mark.parametrize("arguments", ["", None])
def test_empty_arguments_are_none(arguments: str | None) -> None:
    item = {"type": "function_call", "name": "f", "arguments": arguments}
    assert read(item) == ("f", {})


@pytest.mark.parametrize("arguments", ["{", "[1]", '"x"', "[" * 100_000, 3])
def test_arguments_that_are_no_object_are_invalid(arguments: object) -> None:
    tool, said = read({"type": "function_call", "name": "f", "arguments": arguments})
    assert tool == "invalid"
    assert said["reason"].startswith("the arguments of f ")


@pytest.mark.parametrize(
    "item",
    [
        {"type": "apply_patch_call"},
        {"type": "function_call", "arguments": "{}"},
        {"type": "custom_tool_call", "name": "x"},
        {"type": "shell_call"},
        {"type": "shell_call", "action": {"commands": []}},
        {"type": "shell_call", "action": {"commands": [1]}},
        {"type": "shell_call", "action": {"commands": ["ls"], "timeout_ms": "soon"}},
        {"type": "local_shell_call", "action": {"command": "ls"}},
    ],
)
def test_a_call_without_its_parts_is_invalid(item: dict[str, Any]) -> None:
    assert read(item)[0] == "invalid"


@pytest.mark.parametrize(
    "item",
    [
        {"type": "computer_call"},
        {"type": "tool_search_call", "execution": "client"},
        {"type": "telepathy_call"},
        {
            "type": "shell_call",
            "action": {"commands": ["ls"]},
            "environment": {"type": "container_reference"},
        },
    ],
)
def test_a_call_we_cannot_run_is_unsupported(item: dict[str, Any]) -> None:
    tool, said = read(item)
    assert tool == "unsupported"
    assert said["reason"].endswith("here") or said["reason"].startswith("there are no")


def test_an_approval_request_is_answered_by_its_own_id() -> None:
    call = parse_call({"type": "mcp_approval_request", "id": "m1", "name": "x", "arguments": "{}"})
    assert call is not None
    assert (call.call_id, call.tool) == ("m1", "unsupported")


@pytest.mark.parametrize(
    "type_",
    ["message", "reasoning", "web_search_call", "mcp_call", "function_call_output", "tool_search_call", ""],
)
def test_what_needs_no_answer_is_no_call(type_: str) -> None:
    assert parse_call({"type": type_, "call_id": "c1", "id": "x"}) is None


def test_only_a_call_that_cannot_run_says_why() -> None:
    refused = parse_call({"type": "computer_call", "call_id": "c1"})
    runs = parse_call({"call_id": "c1", **function("f", {"reason": "x"})})
    assert refused is not None
    assert runs is not None
    assert (why_not(refused), why_not(runs)) == ("computer use is not available here", None)


def test_a_call_without_id_cannot_be_answered() -> None:
    assert parse_call({"type": "function_call", "name": "f", "arguments": "{}"}) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
TYPES = st.sampled_from(
    [
        "apply_patch_call",
        "custom_tool_call",
        "function_call",
        "shell_call",
        "local_shell_call",
        "computer_call",
        "mcp_approval_request",
        "tool_search_call",
    ]
)
KEYS = ["id", "call_id", "name", "arguments", "input", "action", "operation", "environment", "execution"]
ACTIONS = st.dictionaries(st.sampled_from(["commands", "command", "timeout_ms", "working_directory"]), VALUES)


@given(
    TYPES | st.text(),
    st.dictionaries(st.sampled_from(KEYS), VALUES),
    ACTIONS,
)
def test_any_item_becomes_a_call_or_none(type_: str, rest: dict[str, Any], action: dict[str, Any]) -> None:
    for item in ({**rest, "type": type_}, {**rest, "type": type_, "action": action, "call_id": "c"}):
        call = parse_call(item)
        assert call is None or (call.item is item and call.tool and isinstance(call.arguments, dict))
