"""Lines of the screen as values: text with roles. Knows no colours; `paint` gives roles a look."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tui_assist.ui.text import breaks, cells, chop, crop

Span = tuple[str, str]
"""Sanitised text without newlines, and its roles, separated by blanks ("" for none)."""

LEAST = 4  # cells; nothing is laid out narrower, what is narrower is cut when painted


class Line(NamedTuple):
    """One line of the screen."""

    spans: tuple[Span, ...] = ()
    fill: str = ""  # the role of the whole line to its right edge
    joined: str | None = None  # where it goes on from the line above: what stood between, " " or ""
    lead: int = 0  # characters of marks and indents before its own text

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.spans)

    def after(self, *lead: Span) -> "Line":
        """The line with marks or an indent before it."""
        size = self.lead + sum(len(text) for text, _ in lead)
        return Line((*lead, *self.spans), self.fill, self.joined, size)


BLANK = Line()


def line(*spans: Span, fill: str = "") -> Line:
    return Line(tuple(span for span in spans if span[0]), fill)


def width_of(spans: Iterable[Span]) -> int:
    return sum(cells(text) for text, _ in spans)


def cut(spans: Sequence[Span], start: int, end: int) -> tuple[Span, ...]:
    """The characters `start` to `end` (half-open) of `spans`."""
    kept = []
    at = 0
    for text, role in spans:
        first, last = max(start - at, 0), min(end - at, len(text))
        if first < last:
            kept.append((text[first:last], role))
        at += len(text)
        if at >= end:
            break
    return tuple(kept)


def wrap(
    spans: Sequence[Span], width: int, first: Sequence[Span] = (), rest: Sequence[Span] = (), fill: str = ""
) -> Iterator[Line]:
    """`spans` as lines of at most `width` cells, `first` before the first and `rest` before the others."""
    text = "".join(text for text, _ in spans)
    room = max(LEAST, width - max(width_of(first), width_of(rest)))
    lead = tuple(first)
    last = 0
    for start, end in breaks(text, room):
        joined = None if not start else " " if start > last else ""
        yield Line(cut(spans, start, end), fill, joined).after(*lead)
        lead, last = tuple(rest), end


def fold(
    spans: Sequence[Span], width: int, first: Sequence[Span] = (), rest: Sequence[Span] = (), fill: str = ""
) -> Iterator[Line]:
    """Like `wrap` for code and output: broken where the line is full, no blank is lost."""
    text = "".join(text for text, _ in spans)
    room = max(LEAST, width - max(width_of(first), width_of(rest)))
    if cells(text) <= room:
        yield Line(tuple(spans), fill).after(*first)
        return
    lead = tuple(first)
    for start, end in chop(text, room):
        yield Line(cut(spans, start, end), fill, "" if start else None).after(*lead)
        lead = tuple(rest)


def edges(left: Sequence[Span], right: Sequence[Span], width: int, fill: str = "") -> Iterator[Line]:
    """`left`, and `right` at the right edge; folded under `left` where both do not fit."""
    right = [span for span in right if span[0]]
    if not right:
        yield Line(shorten(left, width), fill)
        return
    gap = width - width_of(left) - width_of(right)
    if gap >= 2:
        yield Line((*left, (" " * gap, ""), *right), fill)
        return
    if width >= 60 and width - width_of(right) >= 24:
        left = shorten(left, width - width_of(right) - 2)
        gap = width - width_of(left) - width_of(right)
        yield Line((*left, (" " * gap, ""), *right), fill)
        return
    yield Line(shorten(left, width), fill)
    yield Line(shorten([("    ", ""), *right], width), fill)


def shorten(spans: Sequence[Span], width: int, mark: str = "…") -> tuple[Span, ...]:
    """`spans` in at most `width` cells, with `mark` where something is missing."""
    if width_of(spans) <= width:
        return tuple(spans)
    room = width - cells(mark)
    kept: list[Span] = []
    for text, role in spans:
        size = cells(text)
        if size > room:
            kept.append((crop(text, room, "") + mark if room >= 0 else "", role))
            break
        kept.append((text, role))
        room -= size
    return tuple(span for span in kept if span[0])
