"""Boxes over the chat: a list to choose from with a filter above it, a line to write. Act on nothing."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static

from tui_assist.errors import AssistError
from tui_assist.ui.paint import MUTED
from tui_assist.ui.text import cells, crop, one_line
from tui_assist.ui.work import begin

WIDEST = 56  # cells a title takes at most where something stands behind it


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to choose; `id` is what choosing gives."""

    id: str
    title: str
    detail: str = ""  # at the right: keys, size, age


def matching(rows: Sequence[Row], words: str) -> list[Row]:
    """The rows that hold every word, those whose title begins with the first one before the others."""
    wanted = words.casefold().split()
    found = [row for row in rows if all(word in f"{row.title} {row.detail}".casefold() for word in wanted)]
    return sorted(found, key=lambda row: bool(wanted) and not row.title.casefold().startswith(wanted[0]))


class ListScreen(ModalScreen[str | None]):
    """Dismisses with the chosen row's id, or None. Rows may come later, from `load`."""

    DEFAULT_CSS = """
    ListScreen {
        align: center middle;
        & > Vertical {
            width: 80%; max-width: 90; min-width: 20; height: auto; max-height: 80%;
            background: $panel; padding: 0 1;
        }
        & Input { border: none; height: 1; padding: 0; background: $panel; }
        & Input:focus { border: none; }
        & .title { color: $accent; text-style: bold; height: 1; }
        & .says { color: $text-muted; height: auto; display: none; }
        & .says.shown { display: block; }
        & OptionList {
            border: none; height: auto; max-height: 20; background: $panel; padding: 0;
            &:focus { border: none; }
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+c", "leave", show=False, priority=True)]

    def __init__(
        self,
        title: str,
        rows: Sequence[Row] = (),
        *,
        load: Callable[[], Awaitable[Sequence[Row]]] | None = None,
        search: Callable[[str], Sequence[Row]] | None = None,
    ) -> None:
        super().__init__()
        self._title = title
        self._rows = list(rows)
        self._load = load
        self._search = search or (lambda words: matching(self._rows, words))
        self._shown: list[Row] = []

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content(one_line(self._title)), classes="title")
            yield Input(placeholder="type to filter")
            yield Static(classes="says")
            options = OptionList()
            options.can_focus = False
            yield options

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False
        self.set_focus(self.query_one(Input))
        self._fill("")
        if self._load is not None:
            self._say("looking …")
            begin(self, partial(self._loading, self._load))

    async def _loading(self, load: Callable[[], Awaitable[Sequence[Row]]]) -> None:
        try:
            self._rows = list(await load())
        except AssistError as error:
            self._say(str(error))
            return
        self._say("" if self._rows else "nothing found")
        self._fill(self.query_one(Input).value)

    def _say(self, text: str) -> None:
        says = self.query_one(".says", Static)
        says.update(Content(one_line(text)))
        says.set_class(bool(text), "shown")

    def _fill(self, words: str) -> None:
        self._shown = list(self._search(words))
        options = self.query_one(OptionList)
        options.clear_options()
        column = max((cells(one_line(row.title)) for row in self._shown), default=0)
        options.add_options([_line(row, min(column, WIDEST)) for row in self._shown])
        if self._shown:
            options.highlighted = 0

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._fill(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        at = self.query_one(OptionList).highlighted
        if at is not None and self._shown:
            self.dismiss(self._shown[at].id)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._shown[event.option_index].id)

    def on_key(self, event: events.Key) -> None:
        options = self.query_one(OptionList)
        moves: dict[str, Callable[[], None]] = {
            "down": options.action_cursor_down,
            "up": options.action_cursor_up,
            "pagedown": options.action_page_down,
            "pageup": options.action_page_up,
        }
        if event.key in moves:
            event.stop()
            event.prevent_default()
            moves[event.key]()

    def action_leave(self) -> None:
        self.dismiss(None)


class LineScreen(ModalScreen[str | None]):
    """Dismisses with one line, which begins as `text`; None when it is left or empty."""

    DEFAULT_CSS = """
    LineScreen {
        align: center middle;
        & > Vertical {
            width: 80%; max-width: 90; min-width: 20; height: auto; background: $panel; padding: 0 1;
        }
        & Input { border: none; height: 1; padding: 0; background: $panel; }
        & Input:focus { border: none; }
        & .title { color: $accent; text-style: bold; height: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+c", "leave", show=False, priority=True)]

    def __init__(self, title: str, text: str = "") -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content(one_line(self._title)), classes="title")
            yield Input(one_line(self._text), select_on_focus=False)

    def on_mount(self) -> None:
        line = self.query_one(Input)
        line.cursor_blink = False
        line.cursor_position = len(line.value)
        self.set_focus(line)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip() or None)

    def action_leave(self) -> None:
        self.dismiss(None)


def _line(row: Row, column: int) -> Content:
    title = one_line(row.title)
    if not row.detail:
        return Content(title)
    title = crop(title, column)
    gap = " " * (column - cells(title) + 3)
    return Content.assemble(title, (gap + one_line(row.detail), MUTED))
