"""Short names for replies in a script. They are tuples of pieces: `thinks("…") + calls("shell", "ls")`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tui_assist.practice.reply import CustomCall, FunctionCall, PatchCall, Raw, Reply, Say, ShellCall, Think


def says(text: str) -> Reply:
    return (Say(text),)


def thinks(summary: str) -> Reply:
    return (Think(summary),)


def calls(tool: str, *commands: str, call_id: str = "", **arguments: Any) -> Reply:
    """`calls("shell", "ls", "pwd")` is a shell call, typed where the client offers the typed tool;

    any other name is a function call with those arguments. `json="…"` sends that text as it is.
    """
    if tool == "shell" and commands:
        return (ShellCall(commands, arguments.get("timeout_ms"), call_id),)
    text = arguments["json"] if "json" in arguments else json.dumps(arguments)
    return (FunctionCall(tool, text, call_id),)


def patches(path: str, diff: str | None = None, *, create: bool = False, call_id: str = "") -> Reply:
    """One file operation: an update, a creation, or a deletion where there is no diff."""
    if diff is None:
        return (PatchCall("delete_file", path, "", call_id),)
    return (PatchCall("create_file" if create else "update_file", path, diff, call_id),)


def writes(tool: str, text: str, *, call_id: str = "") -> Reply:
    """A custom tool's call with its raw input."""
    return (CustomCall(tool, text, call_id),)


def raw(records: Sequence[Mapping[str, Any]]) -> Reply:
    """Records sent as they are, between `response.in_progress` and `response.completed`."""
    return (Raw(tuple(records)),)
