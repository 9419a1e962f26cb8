"""The app: it owns the themes and the screens, opens the first session and closes them all.

The first frame comes before anything slow: the session is opened once it has been painted.
"""

import asyncio
import signal
import time
from functools import partial
from typing import ClassVar

from textual import events, work
from textual.app import App
from textual.binding import BindingType
from textual.screen import Screen

from tui_assist.ui.chat.commands import perform
from tui_assist.ui.chat.screen import ChatScreen, short_folder
from tui_assist.ui.composer.attach import prompt_of
from tui_assist.ui.composer.history import History
from tui_assist.ui.contract import Assistant
from tui_assist.ui.paint import ROLE_DEFAULTS
from tui_assist.ui.quick import Clock
from tui_assist.ui.themes import load_themes
from tui_assist.ui.work import begin

DEFAULT_THEME = "night"

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""What ends the app as quitting does; anything else would leave the terminal as the app needs it."""


class AssistApp(App[None]):
    """The whole screen for one assistant; `run()` returns when the person quits."""

    TITLE = "tui-assist"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        assistant: Assistant,
        *,
        first_prompt: str = "",
        resume: str | None = None,
        history: History | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        super().__init__()
        self.assistant = assistant
        self._first_prompt = first_prompt
        self._resume = resume
        self._clock = clock
        self._early: list[events.Key | events.Paste] | None = []
        self.chats = ChatScreen(assistant, history or History(), clock)
        self.themes = load_themes()
        for theme in self.themes.values():
            self.register_theme(theme)
        wanted = assistant.config.theme
        self.theme = wanted if wanted in self.themes else DEFAULT_THEME

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(ROLE_DEFAULTS)

    def get_default_screen(self) -> Screen[None]:
        return self.chats

    async def on_event(self, event: events.Event) -> None:
        """Holds what is typed before anything can take it: people start typing before the first frame."""
        if isinstance(event, events.AppBlur):
            return  # Textual would take the focus away, and keys can come back unannounced
        if self._early is not None and isinstance(event, events.Key | events.Paste):
            self._early.append(event)
            return
        await super().on_event(event)

    def on_ready(self) -> None:
        self.call_after_refresh(self._begin)
        if not self.is_headless:
            for number in ENDING:
                asyncio.get_running_loop().add_signal_handler(number, self._signalled, number)

    async def _begin(self) -> None:
        early, self._early = self._early or [], None
        if self.assistant.provider:  # else they answer questions that nobody has read yet
            for event in early:
                await super().on_event(event)
        if self._first_prompt:
            self.chats.pane.chat.send(prompt_of(self._first_prompt, []))
        if self.assistant.provider:
            self._open(True)
        else:
            self.welcome()

    def welcome(self) -> None:
        """Asks how to talk to a model; once that is known, the first pane's session is opened."""
        from tui_assist.ui.welcome import WelcomeScreen

        folder = short_folder(self.assistant.workspace.cwd)
        self.push_screen(WelcomeScreen(self.assistant, folder, self._clock), self._open)

    def _open(self, chosen: bool | None) -> None:
        if chosen and self.chats.pane.chat.conversation is None:
            self._open_first()
        elif chosen:
            self.call_later(perform, self.chats, "new", "")

    @work
    async def _open_first(self) -> None:
        await self.chats.open_chat(self.chats.pane, resume=self._resume or None)
        if self._resume == "":  # choose from the list; closing it leaves the new session
            await perform(self.chats, "resume", "")

    def note(self, text: str) -> None:
        """A line of our own in the pane that is looked at."""
        self.chats.pane.chat.say(text)

    def _signalled(self, number: signal.Signals) -> None:
        begin(self, partial(self._quit, 128 + number))

    async def action_quit(self) -> None:
        """Interrupts every turn, keeps every draft, closes every session, then ends."""
        await self._quit(0)

    async def _quit(self, code: int) -> None:
        await self.chats.close_chats()
        await self.assistant.close()
        self.exit(return_code=code)
