"""The one line in which a person says why not. It sends nothing: who holds it hears of Enter and Esc."""

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.widgets import Input

from tui_assist.ui.text import one_line


class Note(Input):
    """One line of note. A paste of several lines becomes one: nothing of it is dropped."""

    DEFAULT_CSS = """
    Note { border: none; height: 1; padding: 0; &:focus { border: none; } }
    """
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, *, id: str | None = None) -> None:
        # Nothing is selected on the way back into it: the next letter would replace what was written.
        super().__init__(id=id, placeholder="why not? Enter sends it, Esc goes back", select_on_focus=False)
        self.cursor_blink = False

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = " ".join(line for line in event.text.splitlines() if line.strip())
        self.replace(one_line(text), *self.selection)
