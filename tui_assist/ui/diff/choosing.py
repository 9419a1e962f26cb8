"""The diff of a patch that is being decided: marks, words, and lines selected in a hunk. Decides nothing."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from tui_assist.ui.diff.deciding import Review, Unit
from tui_assist.ui.diff.document import DiffDocument, Section
from tui_assist.ui.diff.view import MOVING, DiffView
from tui_assist.ui.lines import Span

NOTHING: frozenset[int] = frozenset()


class ChoosingView(DiffView, inherit_bindings=False):
    """Shows `review` and goes with it. What a key decides is the cursor's unit, or its selected lines."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *MOVING,
        Binding("J", "hunk(1)", show=False),
        Binding("K", "hunk(-1)", show=False),
        Binding("space", "select", show=False),
    ]

    class Selected(Message):
        """Lines were selected, or are no longer."""

    def __init__(self, review: Review, *, id: str | None = None) -> None:
        super().__init__(review.patch, id=id)
        self.document = DiffDocument(review.patch, review=review)
        self._selected = NOTHING
        self._selected_in = ""  # the unit

    def on_mount(self) -> None:
        super().on_mount()
        review = self.document.review
        begin = next((one for one in review.units if review.is_open(one.id)), None) if review else None
        if begin is not None:
            self.call_after_refresh(self.go_to, begin)

    @property
    def unit(self) -> Unit | None:
        """What the next decision is about; None in an empty patch."""
        return self.document.unit(self.section) if self.section is not None else None

    @property
    def line(self) -> int | None:
        """The changed line under the cursor, as an index into its hunk's lines."""
        return max(self.document.lines_at(self.at), default=None) if self.document.row_count else None

    @property
    def selected(self) -> frozenset[int]:
        """The selected lines of the cursor's unit."""
        return self._selected if self.unit is not None and self.unit.id == self._selected_in else NOTHING

    def unselect(self) -> None:
        self._selected = NOTHING
        self.refresh()

    def action_select(self) -> None:
        """Selects the cursor's line, or no longer, and goes on to the next."""
        lines = self.document.lines_at(self.at) if self.document.row_count else NOTHING
        if lines and self.unit is not None:
            self._selected = self.selected ^ lines
            self._selected_in = self.unit.id
            self.post_message(self.Selected())
        self.move_to(self.at + 1)

    def mark(self, y: int) -> Span:
        section = self.document.place(y)
        unit = self.document.unit(section) if self._selected else None
        if unit is None or unit.id != self._selected_in or not self.document.lines_at(y) & self._selected:
            return super().mark(y)
        return ("▐" if y == self.at else "┃", "notice")

    def show(self, review: Review) -> None:
        """Goes on with `review`; the cursor stays in its hunk, or in the first part of it."""
        unit, section, at, rows = self.unit, self.section, self.at, self.document.row_count
        self._selected = NOTHING
        self.document.show(review)
        now = self._section_of(unit.id) if unit is not None else None
        if now is not None and section is not None:
            self.at = now.top + min(at - section.top, now.rows - 1)
        self._measure()
        self.move_to(self.at)
        if now is not None and self.document.row_count > rows:  # what was said now is seen
            end = now.top + now.rows
            self.place(max(self.scroll_offset.y, min(self.at, end - self.page)))

    def go_to(self, unit: Unit) -> None:
        found = self._section_of(unit.id)
        if found is not None:
            self._jump(found)

    def search(self, text: str) -> bool:
        """To the next row that shows `text`; whether there is one."""
        row = self.document.find(text, self.at) if self.document.row_count else None
        if row is not None:
            self.place(row - self.page // 3)
            self.move_to(row)
        return row is not None

    def _section_of(self, unit: str) -> Section | None:
        for section in self.document.sections:
            change = self.document.patch.changes[section.file]
            own = change.id if section.hunk is None else change.hunks[section.hunk].id
            parts = own.startswith(f"{unit}.") or unit.startswith(f"{own}.")
            if (own == unit or parts) and (section.hunk is not None or not change.hunks):
                return section
        return None
