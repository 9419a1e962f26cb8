"""The line above and the line below the chat: where we are, and what a prompt would go to.

They show what they are given and ask nobody.
"""

from dataclasses import dataclass
from enum import StrEnum

from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from tui_assist.ui.composer.attach import short_count
from tui_assist.ui.paint import MUTED
from tui_assist.ui.text import cells, crop, crop_left, one_line
from tui_assist.values.asking import Mode

SIZES = [(0, "-tiny"), (8, "-short"), (20, "-tall")]
"""Classes a screen has from that many rows on, for style sheets."""

WIDTHS = [(0, "-thin"), (50, "-wide"), (140, "-beside")]
"""Classes a screen has from that many columns on."""

HINT_S = 4.0  # seconds a hint stands in the status line
PRACTICE = "practice"  # the practice model's name, and its provider's
KEYS = "Shift+Tab mode  Ctrl+P all  ? keys"


class Mark(StrEnum):
    """What a pane is doing, beside its name."""

    IDLE = ""
    BUSY = "●"  # works, or needs an answer
    DONE = "✓"  # finished since it was last looked at


@dataclass(frozen=True, slots=True)
class PaneName:
    number: int
    title: str
    mark: Mark
    asks: bool = False  # something waits for an answer
    current: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """The folder, and its branch and changed files where git knows them."""

    folder: str
    branch: str | None = None
    changed: int | None = None

    def describe(self) -> str:
        branch = f"  {self.branch}" if self.branch else ""
        return f"{self.folder}{branch}" + (f" ±{self.changed}" if self.changed else "")


@dataclass(frozen=True, slots=True)
class Standing:
    """What the status line says about one pane."""

    mode: Mode = Mode.ASK
    provider: str = ""
    model: str = ""
    effort: str = ""
    used: int | None = None  # tokens the last response took and gave
    window: int | None = None  # tokens; None when not known

    def models(self) -> tuple[str, ...]:
        """Who answers, the longest form first. Rules must never be taken for a model."""
        if (self.provider, self.model) == (PRACTICE, PRACTICE):
            return "practice model: rules, not AI", "rules, not AI"
        words = filter(None, (self.provider, self.model, self.effort))
        return (one_line(" ".join(words)),)

    def context(self) -> str:
        if self.used is None:
            return ""
        used = short_count(self.used)
        return used if self.window is None else f"{used} of {short_count(self.window)}"


class OneLine(Widget, can_focus=False):
    """A line that is drawn again only when what it says changed."""

    DEFAULT_CSS = "OneLine { height: 1; width: 1fr; background: $panel; }"

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._said: object = None

    def _say(self, value: object) -> None:
        if value != self._said:
            self._said = value
            self.refresh()


class TopLine(OneLine):
    """The panes at the left, the place at the right."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id)
        self.panes: tuple[PaneName, ...] = ()
        self.place = Place("")

    def show(self, panes: tuple[PaneName, ...], place: Place) -> None:
        self.panes, self.place = panes, place
        self._say((panes, place))

    def render(self) -> Content:
        width = self.size.width
        place = crop_left(one_line(self.place.describe()), max(0, width // 2))
        room = max(0, width - cells(place) - 3) // max(1, len(self.panes))
        parts = [_pane_name(pane, room) for pane in self.panes]
        left = Content("").join(parts)
        gap = max(1, width - left.cell_length - cells(place) - 1)
        return Content.assemble(left, " " * gap, (place, MUTED))


def _pane_name(pane: PaneName, room: int) -> Content:
    mark = f" {pane.mark.value}" if pane.mark else ""
    name = crop(f" {pane.number} {one_line(pane.title)}", max(3, room - cells(mark) - 1))
    style = "bold $accent" if pane.current else "$foreground"
    return Content.assemble((name, style), (mark, "$notice" if pane.asks else MUTED), " ")


class StatusLine(OneLine):
    """Mode and sandbox, provider and model, context, and three keys or one hint."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id)
        self.standing = Standing()
        self.hint = ""
        self._timer: Timer | None = None

    def show(self, standing: Standing) -> None:
        self.standing = standing
        self._say((standing, self.hint))

    def say(self, hint: str) -> None:
        """Puts `hint` in place of the keys for a moment: the answer to a key, never an alarm."""
        if self._timer is not None:
            self._timer.stop()
        self.hint = one_line(hint)
        self.set_class(bool(hint), "-says")
        self._say((self.standing, self.hint))
        self._timer = self.set_timer(HINT_S, self._end_hint) if hint else None

    def _end_hint(self) -> None:
        self.hint = ""
        self.remove_class("-says")
        self._say((self.standing, ""))

    def render(self) -> Content:
        standing, width = self.standing, self.size.width
        mode_and_sandbox = f" {standing.mode.value} · no sandbox"
        if self.hint:
            hint = crop(self.hint, max(1, width - 2))
            left = crop(mode_and_sandbox, max(0, width - cells(hint) - 3))
            gap = max(1, width - cells(left) - cells(hint) - 1)
            return Content.assemble((left, MUTED), " " * gap, (hint, "bold $accent"))
        shown = [
            ("   ".join(filter(None, (mode_and_sandbox, model, standing.context()))), keys)
            for keys in (KEYS, "? keys", "")
            for model in standing.models()
        ]
        fits = (one for one in shown if cells(one[0]) + cells(one[1]) + 3 <= width)
        left, keys = next(fits, shown[-1])
        left = crop(left, max(0, width - cells(keys) - (3 if keys else 0)))
        gap = max(1, width - cells(left) - cells(keys) - 1)
        mode = cells(f" {standing.mode.value}") if standing.mode is not Mode.ASK else 0
        said = Content(left).stylize("$accent", 0, mode) if mode else Content(left)
        return Content.assemble(said, " " * gap, (keys, MUTED))
