"""Reads the body of one file's diff: sections of anchors and lines (V4A). Knows no file and no path.

Tolerates `\\r\\n` and the range headers of unified diffs. Refuses any line whose role is not plain.

    section := ("@@" | "@@ " anchor)*  line+  ["*** End of File"]
    line    := (" " | "-" | "+") text  |  ""            an empty line is an empty context line
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from tui_assist.patch.errors import PatchError, quoted
from tui_assist.values.patch import Candidate

MAX_DIFF = 1024 * 1024  # bytes of UTF-8 in one text a model sends
MAX_LINE = 64 * 1024  # characters of one line

END_OF_FILE = "*** End of File"
FILE_MARKERS = ("*** Begin Patch", "*** End Patch", "*** Add File:", "*** Update File:", "*** Delete File:")
_RANGE = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,\d{1,9})? @@")
_ROLES: dict[str, Literal[" ", "-", "+"]] = {" ": " ", "-": "-", "+": "+"}


@dataclass(frozen=True, slots=True)
class SectionLine:
    kind: Literal[" ", "-", "+"]
    text: str  # without its ending


@dataclass(frozen=True, slots=True)
class Section:
    """One hunk as the model wrote it."""

    number: int  # 1-based in its diff
    anchors: tuple[str, ...] = ()  # the texts after `@@`, outermost first
    lines: tuple[SectionLine, ...] = ()
    end_of_file: bool = False  # the last old line is the file's last
    claimed_line: int | None = None  # 1-based old line of a unified header; it only breaks ties
    placed: Candidate | None = None  # where a person put it; then nothing else counts

    @property
    def old(self) -> tuple[str, ...]:
        return tuple(line.text for line in self.lines if line.kind != "+")


@dataclass(slots=True)
class _Draft:
    """A section while it is read."""

    anchors: list[str] = field(default_factory=list)
    lines: list[SectionLine] = field(default_factory=list)
    end_of_file: bool = False
    claimed_line: int | None = None
    headed: bool = False

    def head(self, line: str) -> None:
        self.headed = True
        if found := _RANGE.match(line):
            self.claimed_line = int(found[1]) + (found[2] == "0")
        elif anchor := line[2:].strip():
            self.anchors.append(anchor if line[2:3] != " " else line[3:].rstrip())

    def done(self, number: int, where: str) -> Section:
        if not self.lines:
            raise PatchError(
                f"{where} has no lines; under its @@ line send the lines it keeps (' '), removes ('-') "
                "and adds ('+')"
            )
        lines = tuple(self.lines)
        return Section(number, tuple(self.anchors), lines, self.end_of_file, self.claimed_line)


def diff_lines(diff: str) -> list[str]:
    """The lines of a diff without endings; a final newline begins no further line.

    Raises PatchError above the caps and for NUL bytes.
    """
    if len(diff) > MAX_DIFF or len(diff.encode("utf-8", "replace")) > MAX_DIFF:
        raise PatchError(f"the diff is larger than {MAX_DIFF} bytes; send it in smaller pieces")
    if "\0" in diff:
        raise PatchError("the diff holds a NUL character; binary files are changed with a command instead")
    lines = [line.removesuffix("\r") for line in diff.split("\n")]
    if lines[-1] == "":
        lines.pop()
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            raise PatchError(
                f"line {number} of the diff is longer than {MAX_LINE} characters; use a command instead"
            )
    return lines


def parse_sections(diff: str, path: str = "the diff") -> tuple[Section, ...]:
    """The sections of an update's diff, in order; none for an empty diff.

    Raises PatchError naming the hunk, `path` and the line that cannot be read.
    """
    return tuple(_sections(diff_lines(diff), path))


def _sections(lines: list[str], path: str) -> Iterator[Section]:
    number = 1
    draft = _Draft()
    for line in lines:
        if line.startswith(FILE_MARKERS):
            break
        if line.startswith("@@"):
            if draft.lines:
                yield draft.done(number, f"hunk {number} of {path}")
                number, draft = number + 1, _Draft()
            draft.head(line)
        elif line.rstrip() == END_OF_FILE:
            draft.end_of_file = True
        elif draft.end_of_file and line == "":
            continue
        else:
            draft.lines.append(_section_line(line, f"hunk {number} of {path}", ended=draft.end_of_file))
    if draft.headed or draft.lines or draft.end_of_file:
        yield draft.done(number, f"hunk {number} of {path}")


def _section_line(line: str, where: str, *, ended: bool) -> SectionLine:
    if ended:
        raise PatchError(f"{where}: {quoted(line)} follows {END_OF_FILE!r}; begin a new hunk with @@")
    if line == "":
        return SectionLine(" ", "")
    if line.startswith("***"):
        raise PatchError(
            f"{where}: unknown marker {quoted(line)}; write a line that begins with *** as ' ***'"
        )
    if line.startswith("\\ No newline"):
        raise PatchError(
            f"{where}: leave out {quoted(line)}; whether the last line has a newline is kept as it is"
        )
    kind = _ROLES.get(line[0])
    if kind is None:
        raise PatchError(
            f"{where}: {quoted(line)} begins with neither ' ', '-' nor '+'; "
            "put one of them before every line of the hunk and send it again"
        )
    return SectionLine(kind, line[1:])


def parse_created(diff: str, path: str = "the new file") -> tuple[str, ...]:
    """The lines of a new file, each sent with a `+` before it. Trailing blank lines of the diff do not count.

    Raises PatchError naming the first line without `+`.
    """
    lines = diff_lines(diff)
    end = next((n for n, line in enumerate(lines) if line.startswith(FILE_MARKERS)), len(lines))
    created = lines[:end]
    while created and created[-1] in ("", END_OF_FILE):
        created.pop()
    for number, line in enumerate(created, 1):
        if not line.startswith("+"):
            raise PatchError(
                f"line {number} of {path} is {quoted(line)}; begin every line of a new file with '+', "
                "empty ones too, and send it again"
            )
    return tuple(line[1:] for line in created)
