"""Shows a patch's rows and moves about in them. Lays out only the rows on the screen; decides nothing."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui_assist.ui.diff.document import DiffDocument, Section
from tui_assist.ui.diff.rows import Layout
from tui_assist.ui.lines import BLANK, Line, Span, line
from tui_assist.ui.lineview import LineView
from tui_assist.values.patch import Patch

SHIFT = 8  # characters a step to the side moves
ABOVE = 2  # rows kept in sight above a heading that was jumped to


MOVING = (
    Binding("down", "move(1)", show=False),
    Binding("up", "move(-1)", show=False),
    Binding("pagedown", "page(1)", show=False),
    Binding("pageup", "page(-1)", show=False),
    Binding("home", "top", show=False),
    Binding("G,end", "bottom", show=False),
    Binding("right", "shift(1)", show=False),
    Binding("left", "shift(-1)", show=False),
    Binding("right_square_bracket", "hunk(1)", show=False),
    Binding("left_square_bracket", "hunk(-1)", show=False),
    Binding("N", "file(1)", show=False),
    Binding("P", "file(-1)", show=False),
    Binding("v", "layout", show=False),
)


class DiffView(LineView):
    """A patch, scrolled. One row is the cursor's: what a key means is about its hunk and its file."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *MOVING,
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
        Binding("space", "page(1)", show=False),
        Binding("b", "page(-1)", show=False),
        Binding("g", "top", show=False),
    ]

    class Moved(Message):
        """The cursor is in another hunk or file."""

        def __init__(self, section: Section) -> None:
            super().__init__()
            self.section = section

    def __init__(
        self,
        patch: Patch,
        layout: Layout = "unified",
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.document = DiffDocument(patch, layout)
        self.at = 0  # the cursor's row
        self._shift = 0

    @property
    def diff_layout(self) -> Layout:
        return self.document.layout

    @property
    def section(self) -> Section | None:
        """Where the cursor is; None in an empty patch."""
        return self.document.place(self.at) if self.document.row_count else None

    def on_mount(self) -> None:
        self._measure()

    def on_resize(self) -> None:
        self._measure()
        self._follow()

    def _measure(self) -> None:
        self.set_height(self.document.row_count)
        self.refresh()

    def line_at(self, y: int) -> Line:
        if y == 0 and not self.document.row_count:
            return line(("Nothing changed.", "muted"))
        if y >= self.document.row_count:
            return BLANK
        shown = self.document.line(y, self.text_width - 1, self._shift)
        mark = self.mark(y)
        return Line((mark, *shown.spans), shown.fill or ("chosen" if y == self.at else ""))

    def mark(self, y: int) -> Span:
        """What stands at the left edge of row `y`."""
        return ("▎", "accent") if y == self.at else (" ", "")

    # Moving

    def move_to(self, y: int) -> None:
        """The cursor goes to row `y`, as near as the patch allows; it is always in sight."""
        before, old = self.section, self.at
        self.at = max(0, min(y, self.document.row_count - 1))
        self._follow()
        self.refresh_line(old)
        self.refresh_line(self.at)
        if self.section is not None and self.section != before:
            self.post_message(self.Moved(self.section))

    def _follow(self) -> None:
        top, page = self.scroll_offset.y, max(1, self.page)
        if self.at < top:
            self.place(self.at)
        elif self.at >= top + page:
            self.place(self.at - page + 1)

    def _jump(self, section: Section) -> None:
        """To a heading, with as much of what follows in sight as there is room."""
        row = self.document.heading_row(section)
        self.place(row - ABOVE)
        self.move_to(row)

    def go_to_file(self, index: int) -> None:
        found = next((one for one in self.document.sections if one.file == index), None)
        if found is not None:
            self._jump(found)

    def action_move(self, rows: int) -> None:
        self.move_to(self.at + rows)

    def action_page(self, pages: int) -> None:
        rows = pages * max(1, self.page - 2)
        self.place(self.scroll_offset.y + rows)
        self.move_to(self.at + rows)

    def action_top(self) -> None:
        self.move_to(0)

    def action_bottom(self) -> None:
        self.move_to(self.document.row_count - 1)

    def action_shift(self, steps: int) -> None:
        self._shift = max(0, self._shift + steps * SHIFT)
        self.refresh()

    def action_hunk(self, step: int) -> None:
        """To the heading of the next hunk, of the next file after the last one, or of the one before."""
        hunks = [one for one in self.document.sections if one.hunk is not None]
        if step > 0:
            found = next((one for one in hunks if one.top > self.at), None)
        else:
            found = next((one for one in reversed(hunks) if one.top < self.at), None)
        if found is not None:
            self._jump(found)

    def action_file(self, step: int) -> None:
        if self.section is not None:
            self.go_to_file(max(0, self.section.file + step))

    def action_layout(self) -> None:
        """Unified, or both sides beside each other; the cursor stays in its hunk."""
        section, at = self.section, self.at
        self.document.layout = "split" if self.document.layout == "unified" else "unified"
        if section is not None:
            now = self.document.sections[self._number(section)]
            self.at = now.top + min(at - section.top, now.rows - 1)
        self._measure()
        self.place(self.at - self.page // 3)

    def _number(self, section: Section) -> int:
        return next(
            number
            for number, one in enumerate(self.document.sections)
            if (one.file, one.hunk) == (section.file, section.hunk)
        )

    def wheel(self, lines: int) -> None:
        super().wheel(lines)
        top = self.scroll_offset.y
        self.move_to(max(top, min(self.at, top + self.page - 1)))

    def on_click(self, event: events.Click) -> None:
        if self.text_selection is None:
            self.move_to(self.scroll_offset.y + event.y)
