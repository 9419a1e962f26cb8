"""Rows of one hunk, unified or side by side, made once when the hunk is first seen. Lays out no text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from tui_assist.patch.diff import word_spans
from tui_assist.ui.highlight import Highlighter
from tui_assist.ui.lines import Span
from tui_assist.values.patch import FileChange, Hunk, HunkLine

Layout = Literal["unified", "split"]

MOST_TOGETHER = 400  # lines of a hunk highlighted together; a longer one line by line
LONGEST_PAIR = 1_000  # characters; longer lines get no word marks


class Side(NamedTuple):
    """One line of a hunk, on one side of the diff."""

    at: int  # in the hunk's lines, 0-based
    number: int  # 1-based, in its file


class Said(NamedTuple):
    """What the person said of a hunk."""

    line: int | None  # index into the hunk's lines; None: of the whole hunk
    text: str


class Row(NamedTuple):
    """One row of a hunk's body. A context line has both sides; in a unified layout a changed one has one."""

    old: Side | None
    new: Side | None
    unended: bool = False  # the row below a last line without newline, which says so
    said: str = ""  # the person's words, in place of a line


_ENDS = {"utf-16-le": (b"\n\0", b"\r\0"), "utf-16-be": (b"\0\n", b"\0\r")}


def unended(line: HunkLine, encoding: str) -> bool:
    """Whether a line lacks its newline: the last of a file may."""
    return not line.content.endswith(_ENDS.get(encoding, (b"\n", b"\r")))


def count_rows(hunk: Hunk, layout: Layout, encoding: str) -> int:
    """How many rows the body of `hunk` has, without keeping them."""
    if layout == "unified":
        return len(hunk.lines) + sum(unended(line, encoding) for line in hunk.lines)
    return sum(1 for _ in _split(hunk, encoding))


@dataclass
class Body:
    """The rows of `hunk` and what its lines look like."""

    change: FileChange
    hunk: Hunk
    layout: Layout
    said: Sequence[Said] = ()

    @cached_property
    def rows(self) -> list[Row]:
        make = _unified if self.layout == "unified" else _split
        rows = list(make(self.hunk, self.change.encoding))
        for one in self.said:
            at = [n for n, row in enumerate(rows, 1) if not row.said and one.line in indexes(row)]
            rows.insert(at[-1] if at else len(rows), Row(None, None, said=one.text))
        return rows

    def text(self, index: int) -> str:
        """The line without its ending, decoded for the screen."""
        content = self.hunk.lines[index].content
        shown = decode(content, self.change.encoding)
        return shown.removesuffix("\n").removesuffix("\r")

    def spans(self, index: int) -> tuple[Span, ...]:
        """The highlighted text of a line."""
        if self._together is not None:
            return self._together[index]
        return self._highlighter.line(self.text(index))

    def words(self, index: int) -> list[tuple[int, int]]:
        """The characters of a changed line that differ from its partner on the other side."""
        partner = self._partners.get(index)
        if partner is None:
            return []
        removed, added = min(index, partner), max(index, partner)
        old, new = self.text(removed), self.text(added)
        if len(old) > LONGEST_PAIR or len(new) > LONGEST_PAIR:
            return []
        in_old, in_new = word_spans(old, new)
        return list(in_old if index == removed else in_new)

    @cached_property
    def _highlighter(self) -> Highlighter:
        return Highlighter(self.change.move_to or self.change.path, tabs=True)

    @cached_property
    def _together(self) -> dict[int, tuple[Span, ...]] | None:
        """Lines highlighted with what the lines before them began, each side for itself."""
        if len(self.hunk.lines) > MOST_TOGETHER:
            return None
        found: dict[int, tuple[Span, ...]] = {}
        for kinds in (" -", " +"):
            indexes = [at for at, line in enumerate(self.hunk.lines) if line.kind in kinds]
            texts = [self.text(at).replace("\n", " ").replace("\r", "\x1a") for at in indexes]
            if indexes:
                found.update(zip(indexes, self._highlighter.lines("\n".join(texts)), strict=True))
        return found

    @cached_property
    def _partners(self) -> dict[int, int]:
        """Which removed line became which added one: the nth of a run the nth of the run below it."""
        partners: dict[int, int] = {}
        for removed, added in _runs(self.hunk):
            for one, other in zip(removed, added, strict=False):
                partners[one], partners[other] = other, one
        return partners


def indexes(row: Row) -> set[int]:
    """The lines of the hunk that a row shows."""
    return {side.at for side in (row.old, row.new) if side is not None}


def decode(content: bytes, encoding: str) -> str:
    return content.decode(encoding, errors="replace")


def _runs(hunk: Hunk) -> Iterator[tuple[list[int], list[int]]]:
    removed: list[int] = []
    added: list[int] = []
    for index, line in enumerate(hunk.lines):
        if line.kind == " " or (line.kind == "-" and added):
            if removed or added:
                yield removed, added
            removed, added = [], []
        if line.kind != " ":
            (removed if line.kind == "-" else added).append(index)
    if removed or added:
        yield removed, added


def _unified(hunk: Hunk, encoding: str) -> Iterator[Row]:
    old, new = hunk.old_start, hunk.new_start
    for index, line in enumerate(hunk.lines):
        left = Side(index, old) if line.kind != "+" else None
        right = Side(index, new) if line.kind != "-" else None
        old += line.kind != "+"
        new += line.kind != "-"
        yield Row(left, right)
        if unended(line, encoding):
            yield Row(left, right, unended=True)


def _split(hunk: Hunk, encoding: str) -> Iterator[Row]:
    removed: list[Side] = []
    added: list[Side] = []
    old, new = hunk.old_start, hunk.new_start
    for index, line in enumerate(hunk.lines):
        if line.kind == " " or (line.kind == "-" and added):
            yield from _paired(hunk, removed, added, encoding)
            removed, added = [], []
        if line.kind == " ":
            row = Row(Side(index, old), Side(index, new))
            yield row
            if unended(line, encoding):
                yield row._replace(unended=True)
        elif line.kind == "-":
            removed.append(Side(index, old))
        else:
            added.append(Side(index, new))
        old += line.kind != "+"
        new += line.kind != "-"
    yield from _paired(hunk, removed, added, encoding)


def _paired(hunk: Hunk, removed: list[Side], added: list[Side], encoding: str) -> Iterator[Row]:
    for at in range(max(len(removed), len(added))):
        yield Row(removed[at] if at < len(removed) else None, added[at] if at < len(added) else None)
    old = removed[-1] if removed and unended(hunk.lines[removed[-1].at], encoding) else None
    new = added[-1] if added and unended(hunk.lines[added[-1].at], encoding) else None
    if old or new:
        yield Row(old, new, unended=True)
