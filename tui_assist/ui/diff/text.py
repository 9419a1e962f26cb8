"""The text of one line of a diff, with its marks. Makes visible what hides in a changed line."""

from collections.abc import Iterator, Sequence

from tui_assist.ui.diff.rows import Body, Side
from tui_assist.ui.lines import Span, cut, shorten, width_of
from tui_assist.ui.text import TAB, cells

FILLS = {" ": "", "+": "added", "-": "removed"}

_HARD_BLANKS = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f", "⍽"))  # they look like a blank
_RETURNS = (b"\r\n", b"\r", b"\r\0\n\0", b"\0\r\0\n")


def text_of(body: Body, side: Side, kind: str, width: int, shift: int) -> tuple[Span, ...]:
    """A line's text from its `shift`th character on, in `width` cells."""
    spans = list(body.spans(side.at))
    if kind != " ":
        words = body.words(side.at)
        text = body.text(side.at)
        if words and text.isascii() and text.replace("\t", "").isprintable():
            spans = _marked(spans, words, FILLS[kind] + "-word")
        spans = [(text.translate(_HARD_BLANKS), role) for text, role in spans]
        spans = _with_end(spans, body.hunk.lines[side.at].content)
    spans = list(_tabbed(spans, "→" if kind != " " else " "))
    if shift:
        spans = list(cut(spans, shift, shift + sum(len(text) for text, _ in spans)))
    if width_of(spans) <= width:
        return tuple(spans)
    return (*shorten(spans, width - 1, ""), ("›", "muted")) if width > 1 else ()


def _marked(spans: Sequence[Span], words: Sequence[tuple[int, int]], role: str) -> list[Span]:
    marked: list[Span] = []
    at = 0
    total = sum(len(text) for text, _ in spans)
    for start, end in words:
        marked += cut(spans, at, start)
        marked += [(text, f"{look} {role}".strip()) for text, look in cut(spans, start, end)]
        at = end
    return [*marked, *cut(spans, at, total)]


def _with_end(spans: list[Span], content: bytes) -> list[Span]:
    """Makes visible what hides at the end of a changed line: blanks, and a carriage return."""
    shown = "".join(text for text, _ in spans)
    kept = shown.rstrip(" \t")
    if kept != shown:
        spans = [*cut(spans, 0, len(kept)), (shown[len(kept) :].replace(" ", "·"), "muted")]
    if content.endswith(_RETURNS):
        spans = [*spans, ("␍", "notice")]
    return spans


def _tabbed(spans: Sequence[Span], mark: str) -> Iterator[Span]:
    """Tabs as `mark` and blanks up to the next multiple of four: a tab never looks like blanks."""
    column = 0
    for text, role in spans:
        first, *more = text.split("\t")
        column += cells(first)
        yield first, role
        for piece in more:
            size = TAB - column % TAB
            yield mark + " " * (size - 1), f"{role} muted".strip()
            yield piece, role
            column += size + cells(piece)
