"""Fits tables to the screen: columns shrink and their cells wrap. Draws no box round them."""

from collections.abc import Iterator, Sequence

from tui_assist.ui.lines import Line, Span, shorten, width_of, wrap

Cell = tuple[list[Span], str]
"""Spans, and "left", "center", "right" or ""."""

LEAST_COLUMN = 4  # cells
BAR: Span = (" │ ", "muted")


def table(rows: Sequence[Sequence[Cell]], width: int) -> Iterator[Line]:
    """The lines of a table whose first row is its heading; as a list of its cells where it cannot fit."""
    if not rows or not rows[0]:
        return
    columns = len(rows[0])
    if columns * (LEAST_COLUMN + 3) - 3 > width:
        for row in rows:
            for spans, _ in row:
                yield from wrap(spans, width, [("• ", "muted")], [("  ", "")])
        return
    sizes = _sizes(rows, columns, width - 3 * (columns - 1))
    for number, row in enumerate(rows):
        yield from _row(row, sizes)
        if number == 0:
            yield Line((("─┼─".join("─" * size for size in sizes), "muted"),))


def _sizes(rows: Sequence[Sequence[Cell]], columns: int, room: int) -> list[int]:
    """Every column's width: its widest cell, or its share of `room` when the widest do not fit."""
    sizes = [max(1, *(width_of(row[at][0]) for row in rows if at < len(row))) for at in range(columns)]
    sizes = [max(size, LEAST_COLUMN) for size in sizes]
    while sum(sizes) > room:
        widest = max(sizes)
        next_size = max((size for size in sizes if size < widest), default=LEAST_COLUMN)
        at_top = [at for at, size in enumerate(sizes) if size == widest]
        spare = sum(sizes) - room
        step = min(widest - next_size, -(-spare // len(at_top))) or 1
        for at in at_top:
            sizes[at] = max(LEAST_COLUMN, widest - step)
    return sizes


def _row(row: Sequence[Cell], sizes: Sequence[int]) -> Iterator[Line]:
    columns = [
        [line.spans for line in wrap(row[at][0], size)] if at < len(row) else []
        for at, size in enumerate(sizes)
    ]
    aligns = [row[at][1] if at < len(row) else "" for at in range(len(sizes))]
    for y in range(max(1, *(len(column) for column in columns))):
        spans: list[Span] = []
        for at, size in enumerate(sizes):
            cell = columns[at][y] if y < len(columns[at]) else ()
            spans += _aligned(cell, size, aligns[at], last=at == len(sizes) - 1)
        yield Line(tuple(spans))


def _aligned(cell: Sequence[Span], size: int, align: str, last: bool) -> list[Span]:
    cell = shorten(cell, size)
    spare = size - width_of(cell)
    left = {"right": spare, "center": spare // 2}.get(align, 0)
    right = 0 if last else spare - left
    pads: list[Span] = [(" " * left, "")] if left else []
    after: list[Span] = [(" " * right, "")] if right else []
    return [*pads, *cell, *after, *([] if last else [BAR])]
