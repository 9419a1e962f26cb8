"""The composer: a text area that sends on Enter. It asks its pane before a lone key stays a letter.

Keys beyond editing come from the table of actions. They are acted on at once, never by a message: a letter
typed right behind Enter must find the composer already empty.
"""

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.widgets import TextArea

from tui_assist.ui.actions import keys_of
from tui_assist.ui.composer.completion import Location
from tui_assist.values.visible import visible

KEYS = keys_of("composer")
AT_EDGES = {"older", "newer"}  # only where the cursor cannot move further


class Composer(TextArea):
    """Several lines of draft, as high as they are up to a third of the screen."""

    DEFAULT_CSS = """
    Composer {
        height: auto;
        min-height: 1;
        max-height: 33vh;
        border: none;
        padding: 0;
        background: $background;
        scrollbar-size-vertical: 1;
        &:focus { border: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, id: str | None = None) -> None:
        super().__init__(
            id=id,
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            highlight_cursor_line=False,
            placeholder="",
        )
        self.cursor_blink = False
        self.gate: Callable[[events.Key | None], bool] = lambda _: False  # takes a key; None is a paste
        self.act: Callable[[str], None] = lambda _: None  # does what a key of the table means
        self.suggesting = False  # a list is open: Up, Down, Tab and Enter belong to it

    @property
    def empty(self) -> bool:
        return not self.text

    def set_draft(self, text: str) -> None:
        """Replaces the draft, cursor at its end; Ctrl+Z brings the old one back."""
        self.replace(visible(text, prose=True), (0, 0), self.document.end)
        self.move_cursor(self.document.end)

    def put(self, text: str, start: Location, end: Location) -> None:
        """Replaces from `start` to `end` by the person's own choice, cursor behind it."""
        self.move_cursor(self.replace(visible(text), start, end).end_location)

    def on_key(self, event: events.Key) -> None:
        if self.gate(event):
            event.stop()
            event.prevent_default()
            return
        if event.is_printable:
            if event.character == "?" and self.empty:
                event.stop()
                event.prevent_default()
                self.act("help")
            return
        action = KEYS.get(event.key)
        if action is None or not self._takes(action):
            return
        event.stop()
        event.prevent_default()
        if action == "newline":
            self._replace_via_keyboard("\n", *self.selection)
        else:
            self.act(action)

    def _takes(self, action: str) -> bool:
        if action == "complete":
            return self.suggesting
        if action in AT_EDGES and not self.suggesting:
            return self.cursor_at_first_line if action == "older" else self.cursor_at_last_line
        return True

    async def _on_paste(self, event: events.Paste) -> None:
        """A paste is text, whatever it holds: it never sends and never answers."""
        event.prevent_default()
        event.stop()
        self.gate(None)
        text = visible(event.text.replace("\r\n", "\n").replace("\r", "\n"), prose=True)
        if result := self._replace_via_keyboard(text, *self.selection):
            self.move_cursor(result.end_location)
