"""Text in terminal cells: measuring, cropping and breaking, of text that is made visible first.

Knows no colours and no widgets.
"""

import re
from collections.abc import Iterator

from rich.cells import cell_len, split_graphemes

from tui_assist.values.visible import visible

TAB = 4  # cells

_WIDE = "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6"
_WORD = re.compile(rf"(\s*)([{_WIDE}]|[^\s{_WIDE}]+)")


def one_line(text: str, *, prose: bool = False) -> str:
    """`visible` for a place that is one line high: newlines and tabs become single blanks."""
    return visible(" ".join(text.split("\n")).replace("\t", " "), prose=prose)


def untab(text: str) -> str:
    """Tabs as blanks up to the next multiple of four."""
    return text.expandtabs(TAB) if "\t" in text else text


def cells(text: str) -> int:
    """How many terminal cells sanitised `text` takes."""
    return len(text) if text.isascii() else cell_len(text)


def crop(text: str, width: int, mark: str = "…") -> str:
    """The beginning of `text` in at most `width` cells, `mark` at the end where something is missing."""
    if cells(text) <= width:
        return text
    room = width - cells(mark)
    if room < 0:
        return ""
    end = next((end for _, end in chop(text, max(room, 1))), 0) if room else 0
    kept = text[:end]
    return (kept if cells(kept) <= room else "") + mark


def crop_left(text: str, width: int, mark: str = "…") -> str:
    """The end of `text` in at most `width` cells: what matters of a path is its end."""
    if cells(text) <= width:
        return text
    while text and cells(text) + cells(mark) > width:
        text = text[max(1, cells(text) + cells(mark) - width) // 2 or 1 :]
    return mark + text if width >= cells(mark) else ""


def chop(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Half-open ranges of `text`, each as long as fits `width` cells, without regard to words.

    A character wider than `width` gets a range of its own.
    """
    if text.isascii():
        yield from ((at, min(at + width, len(text))) for at in range(0, len(text), width))
        return
    start = end = used = 0
    for first, last, size in split_graphemes(text)[0]:
        if used + size > width and end > start:
            yield start, end
            start, used = first, 0
        end = last
        used += size
    if len(text) > start:
        yield start, len(text)


def breaks(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Half-open ranges of one line of `text`, each at most `width` cells, broken between words.

    Blanks at a break are in no range; a word longer than a line is chopped. Yields at least one range.
    """
    if cells(text) <= width:
        yield 0, len(text)
        return
    start = end = used = 0
    for found in _WORD.finditer(text):
        size = cells(found[0])
        if used + size <= width:
            used += size
            end = found.end()
            continue
        if end > start:
            yield start, end
        start, end = found.span(2)
        used = cells(found[2])
        if used > width:
            *whole, rest = chop(found[2], width)
            yield from ((start + first, start + last) for first, last in whole)
            used = cells(found[2][rest[0] : rest[1]])
            start += rest[0]
    yield start, end
