"""Finds the record that last wrote a line. Follows the line back through hunks, moves and other edits."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tui_assist.errors import ToolError, UserError
from tui_assist.journal.folder import Folder
from tui_assist.journal.record import Entry
from tui_assist.patch.lines import changed_blocks
from tui_assist.patch.text import cut_lines, decode, shared_mark
from tui_assist.workspace import Workspace


def writer_of(folder: Folder, workspace: Workspace, path: str, line: int) -> Entry | None:
    """The record that last wrote `line` (1-based); None when someone else did, or no record is left.

    Raises UserError when the file has no such line.
    """
    try:
        located = workspace.locate(path)
        content = workspace.read(located).content
        count = len(decode(content, path).lines)
    except ToolError as error:
        raise UserError(str(error)) from error
    if not 1 <= line <= max(count, 1):
        raise UserError(f"{path} has {count} lines, no line {line}")
    return _walk(folder, located.path, content, line - 1)


def _walk(folder: Folder, path: Path, content: bytes, index: int) -> Entry | None:
    for entry in reversed(folder.entries()):
        stored = _about(entry, path)
        if stored is None:
            continue
        if not stored["after"] or stored["target"] != str(path):
            return None  # deleted or moved away by us: what is there now is someone else's
        after = folder.content(stored["after"])
        at = _same_line(after, content, index, stored["encoding"])
        if at is None:
            return None
        older = _before(stored["hunks"], at)
        if (
            older is None
            or not stored["before"]
            or not (stored["hunks"] or stored["before"] == stored["after"])
        ):
            return entry
        path, content, index = Path(stored["path"]), folder.content(stored["before"]), older
    return None


def _about(entry: Entry, path: Path) -> Mapping[str, Any] | None:
    """What `entry` did to the file that was at `path` before or after it; the latter counts more."""
    name = str(path)
    touching = [one for one in entry.stored if name in (one["path"], one["target"])]
    return max(touching, key=lambda one: bool(one["target"] == name), default=None)


def _same_line(after: bytes, content: bytes, index: int, encoding: str) -> int | None:
    """Where line `index` of `content` was in `after`; None when it was written in between."""
    if after == content:
        return index
    try:
        old, new = _lines(after, encoding), _lines(content, encoding)
    except UnicodeDecodeError:
        return None
    shift = 0
    for block in changed_blocks(old, new):
        if block.new_end > index:
            return None if block.new_start <= index else index - shift
        shift = block.new_end - block.old_end
    return index - shift


def _lines(content: bytes, encoding: str) -> Sequence[bytes]:
    return cut_lines(content[len(shared_mark(content, content)) :], encoding)


def _before(hunks: Sequence[Mapping[str, Any]], index: int) -> int | None:
    """The line that became line `index` (both 0-based); None when a hunk wrote it."""
    shift = 0
    for hunk in hunks:
        at = max(hunk["new"] - 1, 0)
        for kind in hunk["kinds"]:
            if kind == "+":
                if at == index:
                    return None
                shift += at < index
            shift -= kind == "-" and at <= index
            at += kind != "-"
    return index - shift
