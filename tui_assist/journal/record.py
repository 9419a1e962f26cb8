"""What the journal knows of a patch, and how that is kept as JSON. Reads and writes no file.

A stored change names its contents by their hashes and keeps of its hunks only where they are: the lines
are read off the contents again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from tui_assist.patch.diff import digest
from tui_assist.patch.text import cut_lines, shared_mark
from tui_assist.values.patch import FileChange, Hunk, HunkLine, Level, Match, Patch
from tui_assist.workspace.writing import Place

Contents = Callable[[str], bytes]
"""The content with a hash."""

VERSION = 1


@dataclass(frozen=True, slots=True)
class About:
    """Where a patch came from."""

    session: str
    turn: str
    prompt: str
    model: str
    decided_by: str  # "person", or the mode, rule or flag that decided
    tool: str = "apply_patch"
    reverts: int | None = None  # the record this one takes back


@dataclass(frozen=True, slots=True)
class Record:
    """A patch that was written."""

    number: int  # counts up from 1 within a root
    at: float  # seconds since the epoch
    about: About
    files: tuple[str, ...]  # as the patch named them, relative to the working directory of now
    state: Literal["applied", "undone"]  # undone: nothing of it is left to take back
    _load: Callable[[], tuple[FileChange, ...]] = field(repr=False, compare=False)

    @property
    def changes(self) -> tuple[FileChange, ...]:
        """What was written, read when asked for. Raises UserError when the journal no longer holds it."""
        return self._load()


@dataclass(frozen=True, slots=True)
class Reversal:
    """What taking a record back, or doing it again, would do to the files as they are now."""

    patch: Patch
    conflicts: tuple[str, ...]  # what cannot be taken back and why, in sentences
    reverts: int  # for `About.reverts` of the commit


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a patch and where it is written."""

    change: FileChange
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as it is stored: absolute paths, contents by their hashes (`""` for no file)."""

    number: int
    at: float
    about: About
    stored: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, number: int, at: float, about: About, steps: Sequence[Step]) -> "Entry":
        return cls(number, at, about, tuple(_stored(step) for step in steps))

    @property
    def contents(self) -> set[str]:
        """The hashes of every content it needs."""
        return {key for one in self.stored for key in (one["before"], one["after"]) if key}

    @property
    def places(self) -> list[Place]:
        return [_place(one) for one in self.stored]

    @property
    def parts(self) -> list[tuple[str, ...]]:
        """What can be taken back of each change by itself: the ids of its hunks, or its own."""
        return [tuple(hunk["id"] for hunk in one["hunks"]) or (one["id"],) for one in self.stored]

    def steps(self, contents: Contents, show: Callable[[Path], str] = str) -> list[Step]:
        """The changes with their contents; raises what `contents` does."""
        return [_step(one, contents, show) for one in self.stored]

    def to_json(self) -> dict[str, Any]:
        return {
            "v": VERSION,
            "number": self.number,
            "at": self.at,
            "about": asdict(self.about),
            "changes": list(self.stored),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Entry":
        """Raises KeyError, TypeError or ValueError for what is none."""
        if kept["v"] != VERSION:
            raise ValueError(f"version {kept['v']}")
        return cls(int(kept["number"]), float(kept["at"]), About(**kept["about"]), tuple(kept["changes"]))


def _stored(step: Step) -> dict[str, Any]:
    change, place = step.change, step.place
    hunks = [
        {
            "id": hunk.id,
            "old": hunk.old_start,
            "new": hunk.new_start,
            "kinds": "".join(line.kind for line in hunk.lines),
            "heading": hunk.heading,
            "match": [hunk.match.level.value, hunk.match.places, hunk.match.note],
        }
        for hunk in change.hunks
    ]
    stored = {
        "id": change.id,
        "kind": change.kind,
        "root": str(place.root),
        "path": str(place.path),
        "target": str(place.target),
        "temporary": place.temporary,
        "folders": [str(folder) for folder in place.folders],
        "mode": place.mode,
        "before": digest(change.before),
        "after": digest(change.after),
        "encoding": change.encoding,
        "notes": list(change.notes),
        "call_ids": list(change.call_ids),
        "hunks": hunks,
    }
    # What is kept must be what was shown: a change whose hunks do not tell its contents is not written.
    assert _hunks(stored, change.before, change.after) == change.hunks, f"the hunks of {change.path} lie"
    return stored


def _place(stored: Mapping[str, Any]) -> Place:
    return Place(
        Path(stored["root"]),
        Path(stored["path"]),
        Path(stored["target"]),
        stored["temporary"],
        tuple(map(Path, stored["folders"])),
        stored["mode"],
    )


def _step(stored: Mapping[str, Any], contents: Contents, show: Callable[[Path], str]) -> Step:
    place = _place(stored)
    before = contents(stored["before"]) if stored["before"] else None
    after = contents(stored["after"]) if stored["after"] else None
    change = FileChange(
        id=stored["id"],
        kind=stored["kind"],
        path=show(place.path),
        before=before,
        after=after,
        seen=stored["before"],
        hunks=_hunks(stored, before, after),
        encoding=stored["encoding"],
        mode=place.mode,
        move_to=show(place.target) if place.moves else None,
        notes=tuple(stored["notes"]),
        call_ids=tuple(stored["call_ids"]),
    )
    return Step(change, place)


def _hunks(stored: Mapping[str, Any], before: bytes | None, after: bytes | None) -> tuple[Hunk, ...]:
    """The stored hunks, their lines read off the contents."""
    if not stored["hunks"]:
        return ()
    mark = len(shared_mark(before, after))
    old, new = (cut_lines((content or b"")[mark:], stored["encoding"]) for content in (before, after))
    hunks = []
    for kept in stored["hunks"]:
        lines: list[HunkLine] = []
        old_at, new_at = max(kept["old"] - 1, 0), max(kept["new"] - 1, 0)
        for kind in kept["kinds"]:
            lines.append(HunkLine(kind, new[new_at] if kind == "+" else old[old_at]))
            old_at += kind != "+"
            new_at += kind != "-"
        level, places, note = kept["match"]
        match = Match(Level(level), places, note)
        hunks.append(Hunk(kept["id"], kept["old"], kept["new"], tuple(lines), kept["heading"], match))
    return tuple(hunks)


def with_mode(step: Step) -> Step:
    """With the mode the file has, so that taking a deletion back gives it again."""
    return (
        step
        if step.change.mode is not None
        else replace(step, change=replace(step.change, mode=step.place.mode))
    )
