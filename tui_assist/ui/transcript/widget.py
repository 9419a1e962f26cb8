"""Shows a transcript. Follows the stream until the person scrolls up; answers and decides nothing.

The work of a delta is the open block and the lines on the screen, however long the conversation is:
the layout of the screen is never touched, and `pace` says when it is painted.
"""

from collections.abc import Iterator
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui_assist.ui.lines import Line, Span, shorten, width_of
from tui_assist.ui.lineview import LineView
from tui_assist.ui.text import cells
from tui_assist.ui.transcript.document import Document
from tui_assist.ui.transcript.pace import Pace
from tui_assist.ui.transcript.viewport import Viewport


class Transcript(LineView):
    """One conversation, scrolled."""

    DEFAULT_CSS = "Transcript { height: 1fr; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "top", show=False),
        Binding("end", "end", show=False),
        Binding("alt+up,left_square_bracket", "block(-1)", show=False),
        Binding("alt+down,right_square_bracket", "block(1)", show=False),
        Binding("enter", "fold", show=False),
        Binding("c", "copy", show=False),
    ]

    class Copied(Message):
        """The person asked for the text of a block."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(
        self,
        document: Document,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.document = document
        self.follow = True
        self.cursor: int | None = None  # the block the person stands on
        self._viewport = Viewport(document)
        self._shown: list[Line] = []  # as last painted, from the top of the screen
        self._seen = 0  # lines there were when the person stopped following
        self._moving = False  # the transcript scrolls itself
        self.pace = Pace(self, self.flush, document.waits.tick)

    # Changes of the document

    def on_mount(self) -> None:
        self.document.on_change = self.pace.changed

    def on_unmount(self) -> None:
        if self.document.on_change == self.pace.changed:
            self.document.on_change = None

    def on_resize(self) -> None:
        self._rewrap()

    def on_show(self) -> None:
        self.flush()

    def flush(self) -> None:
        """Paints what changed since the last time."""
        self.pace.painting(counting=bool(self.document.waits))
        if self.text_width <= 0 or not self.page:
            return
        if self.text_width != self._viewport.width:
            self._rewrap()
            return
        anchor = self._viewport.anchor(self.scroll_offset.y)
        if self._viewport.take_changes():
            self._settle(anchor)

    def _rewrap(self) -> None:
        """The width changed: what is on the screen is laid out anew, the same text stays at its top."""
        width = self.text_width
        if width <= 0 or not self.page:
            return
        viewport = self._viewport
        anchor = viewport.anchor(self.scroll_offset.y)
        if width != viewport.width:
            viewport.take_changes()
            letters = viewport.letters_above(anchor) if viewport.width and not self.follow else 0
            viewport.resize(width)
            anchor = viewport.line_after(anchor[0], letters)
        self._settle(anchor)
        self.refresh()

    def _settle(self, anchor: tuple[int, int]) -> None:
        """Lays out what will be on the screen, and goes where it belongs: to the end, or to `anchor`."""
        viewport = self._viewport
        if self.cursor is not None:
            self.cursor = min(self.cursor, len(viewport.heights) - 1)
        if self.follow:
            viewport.settle_up(len(viewport.heights), self.page)
            self._go(viewport.total)
        else:
            viewport.settle_down(viewport.row(anchor), self.page)
            self._go(viewport.row(anchor))

    def _go(self, y: int) -> None:
        """Scrolls on the transcript's own account, and paints what looks different."""
        self.set_height(self._viewport.total)
        self._moving = True
        try:
            self.place(y)
        finally:
            self._moving = False
        self._paint()

    def _paint(self) -> None:
        """Asks for those lines of the screen that are not as they were."""
        before = self._shown
        self._shown = list(self._compose_lines())
        if len(before) != len(self._shown):
            self.refresh()
            return
        top = self.scroll_offset.y
        for row, (old, new) in enumerate(zip(before, self._shown, strict=True)):
            if old is not new and old != new:
                self.refresh_line(top + row)

    # Lines

    def line_at(self, y: int) -> Line:
        row = y - self.scroll_offset.y
        return self._shown[row] if 0 <= row < len(self._shown) else self._viewport.line(y)[0]

    def _compose_lines(self) -> Iterator[Line]:
        top = self.scroll_offset.y
        new = self.new_lines
        for row in range(self.page):
            line, index = self._viewport.line(top + row)
            if index is not None and index == self.cursor and self.has_focus:
                line = _marked(line)
            if new and row == self.page - 1:
                line = _with_news(line, new, self.text_width)
            yield line

    @property
    def new_lines(self) -> int:
        """Lines that came since the person scrolled up."""
        return 0 if self.follow else max(0, self._viewport.total - self._seen)

    # Scrolling

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """However it was scrolled: by key, wheel or bar."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if self._moving or round(old_value) == round(new_value):
            return
        self._scrolled(round(old_value), round(new_value))

    def _scrolled(self, old: int, new: int) -> None:
        """The person scrolled: what comes into sight is laid out, and where they stand is what they meant."""
        viewport = self._viewport
        before = viewport.total
        if old - new > 4 * self.page:
            viewport.settle_down(new, self.page)
        else:
            anchor = viewport.anchor(old)
            viewport.settle_up(anchor[0], old - new)
            viewport.settle_down(viewport.row(anchor) + min(0, new - old), self.page + abs(new - old))
            new = viewport.row(anchor) + new - old
        was_following = self.follow
        self.follow = new >= viewport.total - self.page
        if was_following and not self.follow:
            self._seen = before
        self._go(new)

    def wheel(self, lines: int) -> None:
        """Scrolls by `lines`, over blocks whose height is only now found out."""
        if lines < 0:
            viewport = self._viewport
            anchor = viewport.anchor(self.scroll_offset.y)
            viewport.settle_up(anchor[0], -lines)
            self._go(viewport.row(anchor))
        self.place(self.scroll_offset.y + lines)

    def action_page(self, pages: int) -> None:
        self.wheel(pages * max(1, self.page - 2))

    def action_top(self) -> None:
        self.place(0)

    def action_end(self) -> None:
        """To the end, and on with the stream."""
        self.follow = True
        self._settle((0, 0))

    # Blocks

    def action_block(self, step: int) -> None:
        """Stands on the next block that holds something, and brings it into sight."""
        count = len(self._viewport.heights)
        if not count:
            return
        start = (
            self._viewport.anchor(self.scroll_offset.y + self.page - 1)[0]
            if self.cursor is None
            else self.cursor
        )
        at = min(start, count) if self.cursor is None and step < 0 else start + step
        if self.cursor is None and step < 0:
            at = min(at, count - 1)
        self.cursor = max(0, min(at, count - 1))
        self._show_block(self.cursor)

    def _show_block(self, index: int) -> None:
        viewport = self._viewport
        anchor = viewport.anchor(self.scroll_offset.y)
        viewport.measure(index)
        viewport.settle_up(index, self.page)
        self._go(viewport.row(anchor))
        top = viewport.heights.top(index)
        bottom = top + viewport.heights[index]
        if top < self.scroll_offset.y:
            self.place(top)
        elif bottom > self.scroll_offset.y + self.page:
            self.place(min(top, bottom - self.page))
        self._paint()

    def action_fold(self) -> None:
        """Opens or closes the block the person stands on."""
        if self.cursor is not None:
            self.toggle(self.cursor)

    def toggle(self, index: int) -> None:
        self.document.toggle(index)
        self.flush()

    def on_click(self, event: events.Click) -> None:
        """A click on the first line of a block that opens, opens or closes it."""
        if self.text_selection is not None:
            return
        y = self.scroll_offset.y + event.y
        index, at = self._viewport.anchor(y)
        if index < len(self.document.blocks) and at == self.document.blocks[index].gap:
            self.toggle(index)

    def action_copy(self) -> None:
        index = self.cursor
        text = self.document.last_answer() if index is None else self.document.blocks[index].text()
        if text:
            self.post_message(self.Copied(text))

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self._paint()


def _marked(line: Line) -> Line:
    """A line of the block the person stands on: a bar where its first cell was empty."""
    first, *rest = line.spans or (("  ", ""),)
    if not first[0].startswith(" "):
        return line._replace(fill=line.fill or "chosen")
    spans = (("▎", "accent"), (first[0][1:], first[1]), *rest)
    return line._replace(spans=spans, fill=line.fill or "chosen")


def _with_news(line: Line, new: int, width: int) -> Line:
    """The screen's last line, saying at the right how much came below it."""
    said: Span = (f" ↓ {new:,} new · End ", "notice chosen")
    kept = shorten(line.spans, max(0, width - cells(said[0])), "")
    gap = width - cells(said[0]) - width_of(kept)
    return Line((*kept, (" " * gap, ""), said), line.fill)
