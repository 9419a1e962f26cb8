"""The screen for a hunk that matches nowhere: its old lines beside the places that may be meant.

It picks a place or has the model told; nothing is written from here.
"""

from collections.abc import Iterator
from itertools import zip_longest
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui_assist.ui.paint import MUTED
from tui_assist.ui.text import cells, crop, one_line, untab
from tui_assist.ui.tray import HELD
from tui_assist.values.asking import Decision, Verdict
from tui_assist.values.patch import Candidate, Repair
from tui_assist.values.visible import visible

BETWEEN = " │ "
SAME, OTHER = "  ", "≠ "


class RepairScreen(ModalScreen[Decision | None]):
    """One hunk; its candidates below each other on the right, the chosen one open. None: not answered."""

    DEFAULT_CSS = """
    RepairScreen {
        align: center middle;
        & > Vertical { width: 100%; height: 100%; background: $background; padding: 0 1; }
        & #title, & #keys { height: 1; }
        & #places { height: auto; padding: 1 0; }
        & VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c,q", "back", show=False, priority=True),
        Binding("up,k", "move(-1)", show=False, priority=True),
        Binding("down,j", "move(1)", show=False, priority=True),
        Binding("enter", "pick", show=False, priority=True),
        Binding("n", "tell", show=False, priority=True),
        *(Binding(str(number), f"choose({number - 1})", show=False) for number in range(1, 4)),
    ]

    def __init__(self, repair: Repair, *, held: bool = False) -> None:
        super().__init__()
        self.repair = repair
        self.held = held  # nothing is answered until the command that runs has ended
        self.at = 0  # the chosen candidate

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(id="title")
            yield Static(id="places")
            yield VerticalScroll(Static(id="beside"))
            yield Static(id="keys")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def on_resize(self, event: events.Resize) -> None:
        self.redraw()

    def hold(self, held: bool) -> None:
        if held is not self.held:
            self.held = held
            self.redraw()

    def action_back(self) -> None:
        self.dismiss(None)

    def action_move(self, step: int) -> None:
        self.action_choose((self.at + step) % len(self.repair.candidates))

    def action_choose(self, at: int) -> None:
        if at < len(self.repair.candidates):
            self.at = at
            self.query_one(VerticalScroll).scroll_home(animate=False)
            self.redraw()

    def action_pick(self) -> None:
        if not self.held:
            self.dismiss(Decision(Verdict.ALLOW, choice=self.at))

    def action_tell(self) -> None:
        if not self.held:
            self.dismiss(Decision(Verdict.REFUSE))

    def redraw(self) -> None:
        width = max(20, self.size.width - 3)
        title = f"repair  {one_line(self.repair.title)}: where is it meant?"
        self.query_one("#title", Static).update(Content.styled(crop(title, width), "bold"))
        self.query_one("#places", Static).update(Content("\n").join(self._places(width)))
        self.query_one("#beside", Static).update(Content("\n").join(self._beside(width)))
        keys = "Enter pick   ↑↓ 1-3 choose   n send the mismatch to the model   Esc back"
        says = Content.styled(HELD, "$notice") if self.held else Content.styled(crop(keys, width), "$accent")
        self.query_one("#keys", Static).update(says)

    def _places(self, width: int) -> Iterator[Content]:
        for number, one in enumerate(self.repair.candidates):
            mark = "›" if number == self.at else " "
            line = crop(f"{mark} {number + 1}  line {one.line:,}, {int(one.likeness * 100)}% alike", width)
            yield Content.styled(line, "bold" if number == self.at else MUTED)

    def _beside(self, width: int) -> Iterator[Content]:
        """The hunk's old lines left, the chosen place right; lines that differ are marked."""
        chosen: Candidate = self.repair.candidates[self.at]
        room = (width - len(BETWEEN) - len(SAME)) // 2
        yield Content.styled(_row(SAME, "the hunk says", f"line {chosen.line:,} holds", room), MUTED)
        for wanted, found in zip_longest(self.repair.wanted, chosen.lines, fillvalue=""):
            if wanted == found:
                yield Content(_row(SAME, wanted, found, room))
            else:
                yield Content.styled(_row(OTHER, wanted, found, room), "$notice")


def _row(mark: str, left: str, right: str, room: int) -> str:
    left, right = (crop(untab(visible(text)), room) for text in (left, right))
    return f"{mark}{left}{' ' * (room - cells(left))}{BETWEEN}{right}"
