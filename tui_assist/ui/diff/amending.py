"""The place in which the new side of a hunk is edited. Keeps no decision: it makes the next review.

Text goes in and out as the file has it; what cannot be shown as it is, is not edited here.
"""

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.widgets import TextArea

from tui_assist.errors import UserError
from tui_assist.ui.diff.deciding import Review
from tui_assist.values.patch import Patch
from tui_assist.values.visible import visible


def new_side(review: Review, unit: str) -> str:
    """The lines a hunk leaves, context included. Raises UserError when they cannot be edited on a screen."""
    hunk, change = review.hunk(unit), review.change(unit)
    if hunk is None:
        raise UserError("this file has no lines to edit; decide it as a whole")
    lines = [line.content.decode(change.encoding) for line in hunk.lines if line.kind != "-"]
    text = "\n".join(line.removesuffix("\n").removesuffix("\r") for line in lines)
    if visible(text) != text:
        raise UserError("this hunk holds characters that no editor here can show; decide it as it is")
    return text


class Amending(TextArea):
    """Hidden until a hunk is edited. Enter and Ctrl+J begin a line; who holds it hears of the other keys."""

    DEFAULT_CSS = """
    Amending {
        display: none; height: 40%; min-height: 3; border: none; border-top: solid $accent; padding: 0 1;
        background: $background; scrollbar-size-vertical: 1;
        &:focus { border: none; border-top: solid $accent; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, soft_wrap=False, tab_behavior="indent", show_line_numbers=False)
        self.cursor_blink = False
        self.display = False
        self.before = Review.of(Patch("", ()))
        self._unit = ""

    def begin(self, review: Review, unit: str, text: str) -> None:
        """Takes the focus with `text`, the new side of `unit` in `review`."""
        self.before, self._unit = review, unit
        self.indent_type = "tabs" if "\t" in text else "spaces"
        self.load_text(text)
        self.display = True
        self.focus()

    def put(self, text: str) -> None:
        """Replaces all of it; Ctrl+Z brings the old text back."""
        self.replace(visible(text), (0, 0), self.document.end)

    def result(self) -> Review:
        """The review with the hunk as it is written now, accepted. Raises UserError when it cannot be."""
        encoding = self.before.change(self._unit).encoding
        try:
            content = (self.text and f"{self.text}\n").encode(encoding)
        except UnicodeEncodeError as error:
            raise UserError(
                f"the file is kept in {encoding}, which lacks some of these characters"
            ) from error
        return self.before.amend(self._unit, content)

    def on_key(self, event: events.Key) -> None:
        if event.key == "ctrl+j":
            event.stop()
            event.prevent_default()
            self._replace_via_keyboard("\n", *self.selection)

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        text = visible(event.text.replace("\r\n", "\n").replace("\r", "\n"))
        if result := self._replace_via_keyboard(text, *self.selection):
            self.move_cursor(result.end_location)
