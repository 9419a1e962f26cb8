"""The files of a patch, one a line, beside its diff. Shows marks; choosing a file is a message."""

from textual import events
from textual.message import Message

from tui_assist.ui.diff.document import counts, shown_path, worst_mark
from tui_assist.ui.lines import BLANK, Line, Span, shorten, width_of
from tui_assist.ui.lineview import LineView
from tui_assist.ui.text import crop_left
from tui_assist.values.patch import Patch


class FileList(LineView, can_focus=False):
    """Every file with its counts, `≈` or `!` where it is not exact, and `▫` as long as it is open."""

    class Chosen(Message):
        def __init__(self, file: int) -> None:
            super().__init__()
            self.file = file

    def __init__(self, patch: Patch, deciding: bool, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.patch = patch
        self.current = 0
        self._deciding = deciding

    def on_mount(self) -> None:
        self.set_height(len(self.patch.changes))

    def choose(self, file: int) -> None:
        """The file the person reads now."""
        old, self.current = self.current, file
        top = self.scroll_offset.y
        if not top <= file < top + self.page:
            self.place(file - self.page // 2)
        self.refresh_line(old)
        self.refresh_line(file)

    def line_at(self, y: int) -> Line:
        if y >= len(self.patch.changes):
            return BLANK
        change = self.patch.changes[y]
        mark: Span = ("▎", "accent") if y == self.current else (" ", "")
        right: list[Span] = [
            (f" {worst_mark(change) or ' '} ", "notice"),
            *counts(change),
            (" ▫" if self._deciding else "", ""),
        ]
        room = self.text_width - width_of(right) - 2
        path = crop_left(shown_path(change), max(4, room))
        spans: list[Span] = [mark, (path, ""), *right]
        gap = self.text_width - 1 - width_of(spans)
        spans.insert(2, (" " * max(0, gap), ""))
        return Line(shorten(spans, self.text_width), "chosen" if y == self.current else "")

    def on_click(self, event: events.Click) -> None:
        y = self.scroll_offset.y + event.y
        if y < len(self.patch.changes):
            self.post_message(self.Chosen(y))
