"""Writes planned changes as one JSON document and reads them again, here or on another machine.

Holds everything a review needs: contents, hunks, what each file was when it was planned, and why it was
asked. Plans nothing on load but by `rebase`; a document that is not sound is refused, never half read.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from tui_assist.errors import ToolError, UserError
from tui_assist.patch.diff import diff_change, digest
from tui_assist.patch.plan import Snapshots
from tui_assist.patch.rebase import Conflict, rebase
from tui_assist.patch.runs import applied, old_range, old_side, renumbered
from tui_assist.patch.text import cut_lines, shared_mark
from tui_assist.values.patch import FileChange, Hunk, HunkLine, Level, Match, Patch

VERSION = 1
FORMAT = "tui-assist patch"
MAX_BYTES = 256 * 1024 * 1024  # of a document

_T = TypeVar("_T")
_KINDS: tuple[Literal["create", "update", "delete", "move"], ...] = ("create", "update", "delete", "move")
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "latin-1")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A patch that was proposed somewhere and is reviewed later."""

    patch: Patch
    reasons: tuple[str, ...] = ()  # why it was asked, or what to look at twice
    title: str = ""  # the prompt it answers, or another line of the person's


@dataclass(frozen=True, slots=True)
class Planned:
    """A bundle on the files as they are here and now."""

    patch: Patch
    conflicts: Mapping[str, tuple[Conflict, ...]]  # by path
    unapplied: tuple[str, ...]  # what the patch leaves out, a sentence each


def dump(patch: Patch, reasons: Sequence[str] = (), title: str = "") -> bytes:
    """The document of `patch`; `load` gives the same values again."""
    record = {
        "format": FORMAT,
        "version": VERSION,
        "title": title,
        "reasons": list(reasons),
        "id": patch.id,
        "changes": [_change_record(change) for change in patch.changes],
    }
    return json.dumps(record, ensure_ascii=True, indent=1).encode() + b"\n"


def load(data: bytes) -> Bundle:
    """The bundle in `data`. Raises UserError that names what is wrong; unknown keys are passed over."""
    if len(data) > MAX_BYTES:
        raise UserError(f"the bundle has {len(data)} bytes, more than {MAX_BYTES}")
    try:
        record = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UserError(f"this is no bundle: it is not JSON ({error})") from error
    whole = _Reading(record, "the bundle")
    if whole.value("format", str, "") != FORMAT:
        raise UserError(f"this is no bundle: its format is not {FORMAT!r}; write one with exec --propose")
    version = whole.value("version", int)
    if version != VERSION:
        raise UserError(f"the bundle has version {version}, this program reads {VERSION}; use a newer one")
    changes = tuple(_change(one) for one in whole.many("changes"))
    ids = [change.id for change in changes] + [hunk.id for change in changes for hunk in change.hunks]
    if len(set(ids)) < len(ids):
        raise UserError("the bundle is damaged: two of its changes or hunks have one id")
    return Bundle(
        Patch(whole.value("id", str), changes), whole.texts("reasons"), whole.value("title", str, "")
    )


def plan_bundle(bundle: Bundle, snapshots: Snapshots) -> Planned:
    """`bundle` made again on the files `snapshots` gives, three-way, its hunks with their ids."""
    changes: list[FileChange] = []
    conflicts: dict[str, tuple[Conflict, ...]] = {}
    unapplied: list[str] = []
    for change in bundle.patch.changes:
        try:
            snapshot = snapshots(change.path)
            taken = change.move_to is not None and snapshots(change.move_to) is not None
        except ToolError as error:
            unapplied.append(f"{change.path}: {error}")
            continue
        if taken:
            unapplied.append(f"{change.move_to}: already exists; {change.path} was not moved there")
            continue
        current, mode = (snapshot.content, snapshot.mode) if snapshot else (None, None)
        result = rebase(change, current, mode)
        if result.change is not None:
            changes.append(result.change)
        if result.conflicts:
            conflicts[change.path] = result.conflicts
        unapplied += [
            f"{change.path}: {_hunk_name(one.hunk)} does not fit any more" for one in result.conflicts
        ]
        unapplied += [f"{change.path}: {_hunk_name(hunk)} is in the file already" for hunk in result.done]
    return Planned(Patch(bundle.patch.id, tuple(changes)), conflicts, tuple(unapplied))


def _hunk_name(hunk: Hunk) -> str:
    return f"hunk {hunk.id} (line {hunk.old_start})" if hunk.lines else "the change"


def _change_record(change: FileChange) -> dict[str, Any]:
    told = change.before is not None and change.after is not None and change.hunks
    return {
        "id": change.id,
        "kind": change.kind,
        "path": change.path,
        "move_to": change.move_to,
        "sha256": change.seen,
        "encoding": change.encoding,
        "mode": change.mode,
        "new_mode": change.new_mode,
        "notes": list(change.notes),
        "calls": list(change.call_ids),
        "mark": len(shared_mark(change.before, change.after)),
        "before": _bytes_record(change.before),
        **({} if told else {"after": _bytes_record(change.after)}),
        "hunks": [_hunk_record(hunk) for hunk in change.hunks],
    }


def _hunk_record(hunk: Hunk) -> dict[str, Any]:
    return {
        "id": hunk.id,
        "line": hunk.old_start,
        "heading": hunk.heading,
        "match": {"level": hunk.match.level, "places": hunk.match.places, "note": hunk.match.note},
        "lines": [[line.kind, _bytes_record(line.content)] for line in hunk.lines],
    }


def _bytes_record(content: bytes | None) -> Any:
    """Bytes as text where they are UTF-8, so that a person can read the document; else as base64."""
    if content is None:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


class _Reading:
    """One object of the document; every wrong value is a UserError that says where it stands."""

    def __init__(self, record: Any, where: str) -> None:
        if not isinstance(record, dict):
            raise self.damaged(where, "is not an object")
        self.record = record
        self.where = where

    @staticmethod
    def damaged(where: str, why: str) -> UserError:
        return UserError(f"the bundle is damaged: {where} {why}")

    def value(self, key: str, kind: type[_T], default: _T | None = None) -> _T:
        found = self.record.get(key, default)
        if not isinstance(found, kind) or isinstance(found, bool):
            raise self.damaged(f"{key!r} of {self.where}", f"is {type(found).__name__}, not {kind.__name__}")
        return found

    def optional(self, key: str, kind: type[_T]) -> _T | None:
        return None if self.record.get(key) is None else self.value(key, kind)

    def one_of(self, key: str, allowed: Sequence[_T]) -> _T:
        found = self.record.get(key)
        if found not in allowed:
            raise self.damaged(f"{key!r} of {self.where}", f"is none of {', '.join(map(str, allowed))}")
        return allowed[allowed.index(found)]

    def many(self, key: str) -> "list[_Reading]":
        return [_Reading(one, f"{key} {n} of {self.where}") for n, one in enumerate(self.value(key, list), 1)]

    def texts(self, key: str) -> tuple[str, ...]:
        found = self.value(key, list, [])
        if not all(isinstance(one, str) for one in found):
            raise self.damaged(f"{key!r} of {self.where}", "holds something else than text")
        return tuple(found)

    def content(self, record: Any) -> bytes | None:
        try:
            match record:
                case None:
                    return None
                case str():
                    return record.encode()
                case {"base64": str(text)}:
                    return base64.b64decode(text, validate=True)
        except (UnicodeEncodeError, binascii.Error, ValueError):
            pass
        raise self.damaged(self.where, "holds bytes that cannot be read")


def _change(one: _Reading) -> FileChange:
    before = one.content(one.record.get("before"))
    seen = one.value("sha256", str)
    if digest(before) != seen:
        raise one.damaged(one.where, "does not have the content its hash tells")
    hunks = renumbered(map(_hunk, one.many("hunks")))
    encoding = one.one_of("encoding", _ENCODINGS)
    after = _after(one, before, hunks, encoding)
    kind = one.one_of("kind", _KINDS)
    if (before is None, after is None) != (kind == "create", kind == "delete"):
        raise one.damaged(one.where, f"cannot be a change of the kind {kind!r}")
    return FileChange(
        id=one.value("id", str),
        kind=kind,
        path=one.value("path", str),
        before=before,
        after=after,
        seen=seen,
        hunks=hunks,
        encoding=encoding,
        mode=one.optional("mode", int),
        move_to=one.optional("move_to", str),
        notes=one.texts("notes"),
        call_ids=one.texts("calls"),
        new_mode=one.optional("new_mode", int),
    )


def _after(one: _Reading, before: bytes | None, hunks: Sequence[Hunk], encoding: str) -> bytes | None:
    """The content the hunks make of `before`, which must hold their old lines."""
    told = one.content(one.record.get("after"))
    if not hunks:
        if diff_change("", "", before, told).hunks:
            raise one.damaged(one.where, "has no hunks to show what it does")
        return told
    mark = one.value("mark", int)
    marks, body = (before or told or b"")[:mark], (before or b"")[mark:]
    try:
        old = cut_lines(body, encoding)
        for hunk in hunks:
            for line in hunk.lines:
                line.content.decode(encoding)
    except UnicodeDecodeError as error:
        raise one.damaged(one.where, f"is not in {encoding}") from error
    at = 0
    for hunk in hunks:
        start, end = old_range(hunk)
        if start < at or list(old[start:end]) != old_side(hunk):
            raise one.damaged(f"hunk {hunk.id}", "does not fit the content it was made for")
        at = end
    body = applied(old, hunks)
    after = told if "after" in one.record else marks + body
    if body != (after or b"")[mark:] or mark != len(shared_mark(before, after)):
        raise one.damaged(one.where, "does not become what its hunks tell")
    return after


def _hunk(one: _Reading) -> Hunk:
    level = _Reading(one.value("match", dict, {}), f"the match of {one.where}")
    return Hunk(
        id=one.value("id", str),
        old_start=one.value("line", int),
        new_start=0,
        lines=tuple(_line(one, line) for line in one.value("lines", list)),
        heading=one.value("heading", str, ""),
        match=Match(
            level.one_of("level", tuple(Level)), level.value("places", int, 1), level.value("note", str, "")
        ),
    )


def _line(one: _Reading, record: Any) -> HunkLine:
    match record:
        case [(" " | "-" | "+") as kind, content] if (found := one.content(content)) is not None:
            return HunkLine(kind, found)
    raise one.damaged(one.where, "has a line that cannot be read")
