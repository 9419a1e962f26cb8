"""Reads what a model sends as a patch into operations: typed records, envelopes, arguments, unified diffs.

Knows no file: whether an operation fits is found out when it is planned. Anything that cannot be read
raises PatchError and nothing else.
"""

import re
import shlex
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Literal, get_args

from tui_assist.patch.errors import PatchError, quoted
from tui_assist.patch.sections import Section, SectionLine, diff_lines, parse_created, parse_sections
from tui_assist.patch.unified import parse_unified
from tui_assist.values.patch import Operation

__all__ = [
    "Section",
    "SectionLine",
    "envelope_in_shell",
    "parse_arguments",
    "parse_created",
    "parse_envelope",
    "parse_operation",
    "parse_sections",
]

MAX_FILES = 200  # operations of one call

Type = Literal["create_file", "update_file", "delete_file"]
_TYPES: tuple[Type, ...] = get_args(Type)
_BEGIN, _END, _MOVE = "*** Begin Patch", "*** End Patch", "*** Move to:"
_MARKERS: dict[str, Type] = {
    "*** Add File:": "create_file",
    "*** Update File:": "update_file",
    "*** Delete File:": "delete_file",
}
_HEREDOC = re.compile(
    r"""\s*(?:cd[ \t]+(?P<directory>[^\n]*?)[ \t]*&&\s*)?
        (?:apply_patch|applypatch)[ \t]*<<-?[ \t]*(?P<quote>['"]?)(?P<tag>\w+)(?P=quote)[ \t]*\r?\n""",
    re.VERBOSE,
)
_EXPANDED = re.compile(r"[$`*?\[\]{}<>|;&()!#\n]")


def parse_envelope(text: str, call_id: str) -> tuple[Operation, ...]:
    """The operations between `*** Begin Patch` and `*** End Patch`, in order.

    What stands around them (prose, ``` fences, a heredoc's first and last line) is passed over. Text
    without an envelope is taken as a unified diff when it strictly is one.
    """
    lines = diff_lines(text)
    starts = [number for number, line in enumerate(lines) if line.strip() == _BEGIN]
    if not starts:
        return _checked(
            _from_unified(text, call_id), f"found no {_BEGIN!r} line; send the patch between it and {_END!r}"
        )
    operations: list[Operation] = []
    at = 0
    for start in starts:
        if start >= at:
            found, at = _envelope(lines, start + 1, call_id)
            operations += found
    return _checked(operations, "the patch names no file; begin each with '*** Update File: path'")


def _checked(operations: list[Operation], when_empty: str) -> tuple[Operation, ...]:
    if not operations:
        raise PatchError(when_empty)
    if len(operations) > MAX_FILES:
        raise PatchError(f"the patch changes {len(operations)} files; send at most {MAX_FILES} at once")
    return tuple(operations)


def _envelope(lines: list[str], at: int, call_id: str) -> tuple[list[Operation], int]:
    """One envelope's operations, from the line after its begin, and the line after its end."""
    operations: list[Operation] = []
    while at < len(lines):
        line = lines[at].strip()
        at += 1
        if line == _END:
            return operations, at
        if line == "" or line.startswith("*** Environment ID:"):
            continue
        marker = next((marker for marker in _MARKERS if line.startswith(marker)), None)
        if marker is None:
            raise PatchError(
                f"{quoted(line)} stands outside any file; begin each file with '*** Add File: ', "
                "'*** Update File: ' or '*** Delete File: ' and its path"
            )
        operation, at = _file(_MARKERS[marker], line.removeprefix(marker), lines, at, call_id)
        operations.append(operation)
    raise PatchError(f"the patch has no {_END!r} line: it seems cut; send it again whole")


def _file(type_: Type, path: str, lines: list[str], at: int, call_id: str) -> tuple[Operation, int]:
    """One file of an envelope, from the line after its marker, and the line after it."""
    move_to = None
    if type_ == "update_file" and at < len(lines) and lines[at].startswith(_MOVE):
        move_to = clean_path(lines[at].removeprefix(_MOVE))
        at += 1
    end = at
    while end < len(lines) and not _ends_file(lines[end], type_):
        end += 1
    body = "".join(line + "\n" for line in lines[at:end])
    if type_ == "delete_file":
        if body.strip():
            raise PatchError(f"{path.strip()} is to be deleted, yet lines follow; send only its marker line")
        body = ""
    replaces = type_ == "create_file"
    return Operation(type_, clean_path(path), body, move_to, replaces, call_id), end


def _ends_file(line: str, type_: Type) -> bool:
    # In an update a leading blank makes the line context; elsewhere it is a slip of the model.
    shown = line.rstrip() if type_ == "update_file" else line.strip()
    return shown == _END or shown.startswith(tuple(_MARKERS))


def _from_unified(text: str, call_id: str) -> list[Operation]:
    return [
        Operation(file.type, clean_path(file.path), file.diff, _optional_path(file.move_to), False, call_id)
        for file in parse_unified(text) or ()
    ]


def _optional_path(path: str | None) -> str | None:
    return None if path is None else clean_path(path)


def parse_operation(record: Mapping[str, Any], call_id: str) -> Operation:
    """A typed operation: `type`, `path`, and for all but a deletion `diff`; `move_to` for an update.

    The diff may come fenced, as an envelope of this one file, or as a strict unified diff.
    """
    type_ = record.get("type")
    if type_ not in _TYPES:
        raise PatchError(f"type: expected one of {', '.join(_TYPES)}, got {quoted(str(type_))}")
    path = clean_path(_text(record, "path"))
    move_to = _optional_path(_text(record, "move_to") or None)
    if move_to is not None and type_ != "update_file":
        raise PatchError(f"move_to: only an update_file operation can move {path}")
    diff = "" if type_ == "delete_file" else _body(_text(record, "diff"), call_id)
    return Operation(type_, path, diff, move_to, False, call_id)


def _body(diff: str, call_id: str) -> str:
    """The section body in `diff`, without a fence, an envelope or unified headers around it."""
    lines = diff_lines(diff)
    if lines and lines[0].startswith("```"):
        end = next((n for n in range(len(lines) - 1, 0, -1) if lines[n].strip() == "```"), len(lines))
        lines = lines[1:end]
        diff = "".join(line + "\n" for line in lines)
    if lines and lines[0].strip() == _BEGIN:
        operations = parse_envelope(diff, call_id)
    elif lines and lines[0].startswith(("--- ", "diff --git ")):
        operations = tuple(_from_unified(diff, call_id))
    else:
        return diff
    if len(operations) > 1:
        raise PatchError(
            f"one operation changes one file, its diff names {len(operations)}; send one operation each"
        )
    return operations[0].diff if operations else diff


def parse_arguments(arguments: Mapping[str, Any], call_id: str) -> tuple[Operation, ...]:
    """The operations in a function call's arguments.

    Either `operations` (a list of typed records), `operation`, or `path` with `type` and `diff`; else the
    whole patch as `patch`, `input` or `diff`. Absent, null and empty are the same.
    """
    many = arguments.get("operations")
    if many:
        if not isinstance(many, list) or not all(isinstance(one, Mapping) for one in many):
            raise PatchError("operations: expected a list of objects with type, path and diff")
        return _checked([parse_operation(one, call_id) for one in many], "")
    if isinstance(one := arguments.get("operation"), Mapping):
        return (parse_operation(one, call_id),)
    text = next((found for key in ("patch", "input", "diff") if (found := _text(arguments, key))), "")
    if arguments.get("path") and _BEGIN not in text:
        record = {"type": "update_file", "diff": text}
        return (parse_operation(record | {k: v for k, v in arguments.items() if v}, call_id),)
    if not text:
        raise PatchError(f"patch: expected the text of a patch, from {_BEGIN!r} to {_END!r}")
    return parse_envelope(text, call_id)


def _text(record: Mapping[str, Any], key: str) -> str:
    """The text under `key`; "" when it is absent or null."""
    found = record.get(key)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise PatchError(f"{key}: expected text, got {quoted(str(found))}")
    return found


def clean_path(path: str) -> str:
    """A path as sent, with forward slashes and without `./`; never empty, with `~` or control characters."""
    path = path.strip().replace("\\", "/")
    if not path:
        raise PatchError("the path is empty; name the file relative to the working directory")
    if path.startswith("~"):
        raise PatchError(f"{path}: '~' is not expanded; name the file relative to the working directory")
    if any(ord(character) < 32 or ord(character) == 127 for character in path):
        raise PatchError(f"the path {quoted(path)} holds control characters; name an ordinary file")
    return str(PurePosixPath(path))


def envelope_in_shell(command: str) -> tuple[str | None, str] | None:
    """The directory (after `cd DIR &&`, else None) and the patch of a command that does nothing but apply it.

    None for any other command: with something before or after the heredoc, or a directory that is not
    one plain word.
    """
    found = _HEREDOC.match(command)
    if found is None:
        return None
    lines = command[found.end() :].split("\n")
    closing = next((n for n, line in enumerate(lines) if line.strip() == found["tag"]), None)
    if closing is None or any(line.strip() for line in lines[closing + 1 :]):
        return None
    envelope = "".join(line + "\n" for line in lines[:closing])
    if found["directory"] is None:
        return None, envelope
    directory = _plain_word(found["directory"])
    return None if directory is None else (directory, envelope)


def _plain_word(text: str) -> str | None:
    if _EXPANDED.search(text) or text.startswith("~"):
        return None
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    return words[0] if len(words) == 1 and words[0] else None
