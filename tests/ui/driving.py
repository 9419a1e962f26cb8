"""Drives the app as a person at a terminal would, against the fakes."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from textual import events
from textual.pilot import Pilot

from tests.ui.fakes import FakeAssistant, FakeConversation
from tui_assist.ui.app import AssistApp
from tui_assist.ui.chat.pane import ChatPane
from tui_assist.ui.composer.history import History
from tui_assist.ui.status import StatusLine

CHARACTERS = {
    "space": " ",
    "slash": "/",
    "at": "@",
    "exclamation_mark": "!",
    "question_mark": "?",
    "full_stop": ".",
    "minus": "-",
    "colon": ":",
    "enter": "\r",
    "tab": "\t",
}


class Clock:
    """Time that passes only when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Driver:
    app: AssistApp
    pilot: Pilot[None]
    assistant: FakeAssistant
    clock: Clock

    @property
    def pane(self) -> ChatPane:
        return self.app.chats.pane

    @property
    def draft(self) -> str:
        return self.pane.composer.text

    @property
    def conversation(self) -> FakeConversation:
        return self.assistant.opened[-1]

    @property
    def hint(self) -> str:
        return self.app.chats.query_one(StatusLine).hint

    async def press(self, *keys: str) -> None:
        """Sends keys as a terminal does, one behind the other, and waits until all were handled."""
        for key in keys:
            self.app.post_message(events.Key(key, key if len(key) == 1 else CHARACTERS.get(key)))
        await self.settle()

    async def type(self, text: str) -> None:
        names = {letter: name for name, letter in CHARACTERS.items()}
        await self.press(*(names.get(letter, letter) for letter in text))

    async def settle(self) -> None:
        """Lets messages go their way: from a widget to its pane, to the screen, and back."""
        for _ in range(4):
            await self.pilot.pause(0)

    async def until(self, holds: Callable[[], object]) -> None:
        """Waits until `holds`; a test that waits for ever is a failed test."""
        for _ in range(400):
            if holds():
                return
            await self.pilot.pause(0.01)
        raise AssertionError("it never happened:\n" + self.screen)

    @property
    def screen(self) -> str:
        """What stands on the terminal, blanks at line ends left out."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    async def rest(self) -> None:
        """Lets a pause pass that is long enough for a lone key, once what happened is painted."""
        await self.settle()
        self.clock.now += 10.0


@asynccontextmanager
async def running(
    folder: Path,
    *,
    size: tuple[int, int] = (100, 30),
    assistant: FakeAssistant | None = None,
    history: History | None = None,
    first_prompt: str = "",
    opens: bool = True,
) -> AsyncIterator[Driver]:
    """The app on a terminal of `size`; with `opens`, its first session is open."""
    assistant = assistant or FakeAssistant(folder)
    clock = Clock()
    app = AssistApp(assistant, history=history, clock=clock, first_prompt=first_prompt)
    async with app.run_test(size=size) as pilot:
        driver = Driver(app, pilot, assistant, clock)
        if opens:
            await driver.until(lambda: app.chats.pane.chat.conversation is not None)
        yield driver
