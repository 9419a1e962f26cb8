"""Views as JSON objects, so that a stored session can show what was shown. Keeps no file contents."""

from collections.abc import Mapping
from typing import Any

from tui_assist.values.asking import CommandView, DiffView, ImageView, SimpleCommand, TextView, View
from tui_assist.values.patch import FileChange, Hunk, HunkLine, Level, Match, Patch

# Bytes travel as Latin-1 text: one character a byte, so that any file's lines survive JSON.
BYTES = "latin-1"


def view_record(view: View) -> dict[str, Any]:
    """A JSON object that `view_of` reads back; a patch keeps its hunks, not its files' bytes."""
    match view:
        case DiffView(patch):
            return {"diff": patch.id, "changes": [_change_record(change) for change in patch.changes]}
        case CommandView():
            return {
                "commands": list(view.commands),
                "directory": view.directory,
                "timeout_s": view.timeout_s,
                "max_output": view.max_output,
                "sandbox": view.sandbox,
                "network": view.network,
                "parsed": None if view.parsed is None else [list(one.words) for one in view.parsed],
                "dangers": list(view.dangers),
            }
        case TextView(text, language):
            return {"text": text, "language": language}
        case ImageView(url, marks):
            return {"image": url, "marks": [list(mark) for mark in marks]}


def view_of(record: Mapping[str, Any]) -> View:
    """The view of a JSON object made by `view_record`; what cannot be read becomes a text that says so."""
    try:
        return _view_of(record)
    except (KeyError, TypeError, ValueError, IndexError):
        return TextView("(this part of the stored session cannot be read)")


def _view_of(record: Mapping[str, Any]) -> View:
    if "diff" in record:
        return DiffView(Patch(record["diff"], tuple(_change_of(one) for one in record["changes"])))
    if "commands" in record:
        parsed = record["parsed"]
        return CommandView(
            tuple(record["commands"]),
            record["directory"],
            record["timeout_s"],
            record["max_output"],
            record["sandbox"],
            record["network"],
            None if parsed is None else tuple(SimpleCommand(tuple(words)) for words in parsed),
            tuple(record["dangers"]),
        )
    if "image" in record:
        return ImageView(record["image"], tuple((mark[0], mark[1]) for mark in record["marks"]))
    return TextView(record["text"], record["language"])


def _change_record(change: FileChange) -> dict[str, Any]:
    return {
        "id": change.id,
        "kind": change.kind,
        "path": change.path,
        "seen": change.seen,
        "encoding": change.encoding,
        "mode": change.mode,
        "move_to": change.move_to,
        "notes": list(change.notes),
        "call_ids": list(change.call_ids),
        "hunks": [_hunk_record(hunk) for hunk in change.hunks],
    }


def _hunk_record(hunk: Hunk) -> dict[str, Any]:
    return {
        "id": hunk.id,
        "old": hunk.old_start,
        "new": hunk.new_start,
        "heading": hunk.heading,
        "match": [hunk.match.level.value, hunk.match.places, hunk.match.note],
        "lines": [line.kind + line.content.decode(BYTES) for line in hunk.lines],
    }


def _change_of(record: Mapping[str, Any]) -> FileChange:
    return FileChange(
        id=record["id"],
        kind=record["kind"],
        path=record["path"],
        before=None,
        after=None,
        seen=record["seen"],
        hunks=tuple(_hunk_of(hunk) for hunk in record["hunks"]),
        encoding=record["encoding"],
        mode=record["mode"],
        move_to=record["move_to"],
        notes=tuple(record["notes"]),
        call_ids=tuple(record["call_ids"]),
    )


def _hunk_of(record: Mapping[str, Any]) -> Hunk:
    level, places, note = record["match"]
    kinds: Any = {" ": " ", "-": "-", "+": "+"}
    return Hunk(
        id=record["id"],
        old_start=record["old"],
        new_start=record["new"],
        lines=tuple(HunkLine(kinds[line[0]], line[1:].encode(BYTES)) for line in record["lines"]),
        heading=record["heading"],
        match=Match(Level(level), places, note),
    )
