"""What a reply is made of, before it is cut into streamed records. Knows no HTTP and no rules."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Record = Mapping[str, Any]
"""One streamed event as its JSON object."""


@dataclass(frozen=True, slots=True)
class Say:
    """A message of the assistant, in Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class Think:
    """A reasoning item with a summary."""

    summary: str


@dataclass(frozen=True, slots=True)
class PatchCall:
    """One file operation. `call_id` "" lets the wire choose one, here and below."""

    operation: Literal["create_file", "update_file", "delete_file"]
    path: str
    diff: str = ""
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class ShellCall:
    commands: tuple[str, ...]
    timeout_ms: int | None = None
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class FunctionCall:
    name: str
    arguments: str  # JSON, or whatever a confused model would write
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class CustomCall:
    name: str
    input: str
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Raw:
    """Records sent as they are; their finished items count as output."""

    records: tuple[Record, ...]


Piece = Say | Think | PatchCall | ShellCall | FunctionCall | CustomCall | Raw
Reply = tuple[Piece, ...]

Tools = Sequence[Mapping[str, Any]]


def offered(tools: Tools, name: str) -> Mapping[str, Any] | None:
    """The tool of that name among those offered, typed (`{"type": name}`) before function or custom."""
    for tool in tools:
        if tool.get("type") == name:
            return tool
    for tool in tools:
        if tool.get("type") in ("function", "custom") and tool.get("name") == name:
            return tool
    return None


def as_offered(reply: Reply, tools: Tools) -> Reply:
    """`reply` with its typed calls turned into the form the tools offered can take.

    Where `apply_patch` is no typed tool, neighbouring operations become one envelope in one call.
    """
    patch, shell = offered(tools, "apply_patch"), offered(tools, "shell")
    pieces: list[Piece] = []
    operations: list[PatchCall] = []

    def flush() -> None:
        if operations:
            pieces.append(_envelope_call(operations, custom=patch is not None and patch["type"] == "custom"))
            operations.clear()

    for piece in reply:
        if isinstance(piece, PatchCall) and not _typed(patch):
            operations.append(piece)
            continue
        flush()
        if isinstance(piece, ShellCall) and not _typed(shell):
            pieces.append(_shell_function(piece))
        else:
            pieces.append(piece)
    flush()
    return tuple(pieces)


def envelope(operations: Sequence[PatchCall]) -> str:
    """The operations as one `*** Begin Patch` text."""
    titles = {"create_file": "Add", "update_file": "Update", "delete_file": "Delete"}
    sections = []
    for operation in operations:
        body = (
            operation.diff if operation.diff.endswith("\n") or not operation.diff else operation.diff + "\n"
        )
        sections.append(f"*** {titles[operation.operation]} File: {operation.path}\n{body}")
    return "*** Begin Patch\n" + "".join(sections) + "*** End Patch"


def _typed(tool: Mapping[str, Any] | None) -> bool:
    return tool is not None and tool["type"] in ("apply_patch", "shell")


def _envelope_call(operations: Sequence[PatchCall], *, custom: bool) -> Piece:
    text, call_id = envelope(operations), operations[0].call_id
    if custom:
        return CustomCall("apply_patch", text, call_id)
    return FunctionCall("apply_patch", json.dumps({"patch": text}, ensure_ascii=False), call_id)


def _shell_function(call: ShellCall) -> Piece:
    arguments = {"commands": list(call.commands), "timeout_ms": call.timeout_ms}
    return FunctionCall("shell", json.dumps(arguments, ensure_ascii=False), call.call_id)
