"""The files of a patch, one a line, beside its diff. Shows marks; choosing a file is a message."""

from textual import events
from textual.message import Message

from tui_assist.ui.diff.deciding import MARKS, Review
from tui_assist.ui.diff.document import counts, shown_path, worst_mark
from tui_assist.ui.lines import BLANK, Line, Span, shorten, width_of
from tui_assist.ui.lineview import LineView
from tui_assist.ui.text import crop_left
from tui_assist.values.patch import Patch

MOST_MARKS = 4
MARK_ORDER = "▪✎✗▫"  # of the kinds of marks, where a file has too many hunks for one each


class FileList(LineView, can_focus=False):
    """Every file with its counts, `≈` or `!` where it is not exact, and a mark for what is decided."""

    class Chosen(Message):
        def __init__(self, file: int) -> None:
            super().__init__()
            self.file = file

    def __init__(self, patch: Patch, review: Review | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.patch = patch
        self.current = 0
        self._review = review

    def on_mount(self) -> None:
        self.set_height(len(self.patch.changes))

    def show(self, review: Review) -> None:
        self._review, self.patch = review, review.patch
        self.refresh()

    def _decided(self, file: int) -> str:
        assert self._review is not None
        marks = [MARKS[self._review.state(one.id)] for one in self._review.of_file(file)]
        if len(marks) <= MOST_MARKS:
            return "".join(marks)
        kinds = sorted(set(marks), key=MARK_ORDER.index)
        return "".join(kinds)

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
            (f" {self._decided(y)}" if self._review is not None else "", ""),
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
