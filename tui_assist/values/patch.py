"""Patches as values: operations as the model sent them, file changes and hunks as they would happen.

Bytes are the truth; text is only for the screen. A hunk's lines carry their own line endings.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Level(StrEnum):
    """How closely a hunk's old lines matched the file, best first."""

    EXACT = "exact"
    TRAILING = "trailing blanks"
    INDENT = "indentation"
    LOOKALIKE = "look-alike characters"


@dataclass(frozen=True, slots=True)
class Match:
    """How well one hunk matched. Anything but `exact` is shown, and no rule or mode lets it through."""

    level: Level = Level.EXACT
    places: int = 1  # how many places fitted equally well; 2 or more is ambiguous
    note: str = ""  # why it is not certain in another way, e.g. "no context: appended at the end"

    @property
    def exact(self) -> bool:
        return self.level is Level.EXACT and self.places == 1 and not self.note

    def describe(self) -> str:
        """`exact`, or every reason to look twice, for a badge."""
        reasons = [] if self.level is Level.EXACT else [self.level.value]
        if self.places > 1:
            reasons.append(f"one of {self.places} places")
        if self.note:
            reasons.append(self.note)
        return ", ".join(reasons) or "exact"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place where a hunk that matches nowhere may be meant."""

    line: int  # 1-based
    lines: tuple[str, ...]  # what the file holds there, without endings; as many as the hunk's old lines
    likeness: float  # to the hunk's old lines, from 0 to 1


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a person put a hunk that matched nowhere."""

    operation: int  # 0-based in its call
    hunk: int  # 1-based in its operation
    at: Candidate


@dataclass(frozen=True, slots=True)
class Repair:
    """A hunk that matches nowhere, and where it may be meant: for a person to pick."""

    call_id: str
    operation: int  # 0-based in its call
    hunk: int  # 1-based in its operation
    path: str
    wanted: tuple[str, ...]  # the old lines as sent
    candidates: tuple[Candidate, ...]  # best first, one at least
    message: str  # the mismatch as the model is told it

    @property
    def title(self) -> str:
        return f"hunk {self.hunk} of {self.path} does not match"


@dataclass(frozen=True, slots=True)
class Operation:
    """One file action of an `apply_patch` call, as the model sent it."""

    type: Literal["create_file", "update_file", "delete_file"]
    path: str  # as sent, with forward slashes
    diff: str = ""  # V4A section body; empty for a deletion
    move_to: str | None = None
    replaces: bool = False  # an envelope's Add may replace an existing file, shown as a full diff
    call_id: str = ""
    placed: tuple[tuple[int, Candidate], ...] = ()  # by 1-based hunk: where a person put it


@dataclass(frozen=True, slots=True)
class HunkLine:
    kind: Literal[" ", "-", "+"]
    content: bytes  # with its own line ending; none on a last line without final newline


@dataclass(frozen=True, slots=True)
class Hunk:
    """A run of changed lines with context."""

    id: str  # stable from plan to journal, e.g. "f1h2"
    old_start: int  # 1-based first line in the old file; the line before it when that side is empty
    new_start: int  # likewise, in the new file
    lines: tuple[HunkLine, ...]
    heading: str = ""  # the enclosing definition, for the reader
    match: Match = Match()

    @property
    def added(self) -> int:
        return sum(line.kind == "+" for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.kind == "-" for line in self.lines)


@dataclass(frozen=True, slots=True)
class FileChange:
    """What would happen to one file."""

    id: str  # stable within its patch, e.g. "f1"
    kind: Literal["create", "update", "delete", "move"]
    path: str  # relative to its root, forward slashes; the old name of a move
    before: bytes | None  # None: the file does not exist
    after: bytes | None  # None: the file will not exist
    seen: str  # SHA-256 of `before` in hex, "" when there is none: checked again before the write
    hunks: tuple[Hunk, ...]
    encoding: str = "utf-8"  # for showing lines: utf-8, utf-16-le, utf-16-be or latin-1
    mode: int | None = None  # permission bits of the existing file
    move_to: str | None = None
    notes: tuple[str, ...] = ()  # what the reader must know, e.g. "hard link", "not UTF-8"
    call_ids: tuple[str, ...] = ()  # the calls that asked for it
    new_mode: int | None = None  # the bits it will have, when they change or a new file is not 0644

    @property
    def added(self) -> int:
        return sum(hunk.added for hunk in self.hunks)

    @property
    def removed(self) -> int:
        return sum(hunk.removed for hunk in self.hunks)

    @property
    def exact(self) -> bool:
        return not self.notes and all(hunk.match.exact for hunk in self.hunks)


@dataclass(frozen=True, slots=True)
class Patch:
    """The operations of one response, planned: reviewed together."""

    id: str
    changes: tuple[FileChange, ...]

    @property
    def exact(self) -> bool:
        return all(change.exact for change in self.changes)

    @property
    def hunks(self) -> int:
        return sum(len(change.hunks) for change in self.changes)
