"""Stands where the transcript will be. Shows events as plain lines."""

from collections.abc import Callable

from textual.content import Content
from textual.widgets import Static

from tui_assist.events import Event
from tui_assist.ui.text import visible


class Document:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.listener: Callable[[], None] | None = None

    def feed(self, event: Event) -> None:
        self.events.append(event)
        if self.listener:
            self.listener()


class Transcript(Static):
    DEFAULT_CSS = "Transcript { height: 1fr; }"

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        document.listener = self._again

    def _again(self) -> None:
        self.update(Content(visible("\n".join(str(event) for event in self.document.events[-20:]))))
