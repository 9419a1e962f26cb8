"""The line at the foot of a review in which something is asked for. What becomes of it, it does not know."""

from collections.abc import Callable

from textual.message import Message
from textual.widgets import Input

from tui_assist.ui.note import Note


class Question(Note):
    """Hidden until something is asked."""

    class Answered(Message):
        """Enter: `text` is for `heard`."""

        def __init__(self, text: str, heard: Callable[[str], None]) -> None:
            super().__init__()
            self.text = text
            self.heard = heard

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.display = False
        self._heard: Callable[[str], None] = lambda text: None

    def ask(self, placeholder: str, value: str, heard: Callable[[str], None]) -> None:
        """Takes the focus; `value` is what stands there to be changed."""
        self.placeholder = placeholder
        self.value = value
        self.cursor_position = len(value)
        self._heard = heard
        self.display = True
        self.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Answered(event.value.strip(), self._heard))
