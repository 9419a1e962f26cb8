"""The app: it owns the themes and the screens, opens the first session and closes them all.

The first frame comes before anything slow: the session is opened once it has been painted.
"""

import time
from functools import partial
from typing import ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.screen import Screen

from tui_assist.ui.chat.pane import Clock
from tui_assist.ui.chat.screen import ChatScreen
from tui_assist.ui.composer.attach import prompt_of
from tui_assist.ui.composer.history import History
from tui_assist.ui.contract import Assistant
from tui_assist.ui.themes import load_themes

DEFAULT_THEME = "night"


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
        self.chats = ChatScreen(assistant, history or History(), clock)
        self.themes = load_themes()
        for theme in self.themes.values():
            self.register_theme(theme)
        wanted = assistant.config.theme
        self.theme = wanted if wanted in self.themes else DEFAULT_THEME

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(load_themes()[DEFAULT_THEME].variables)

    def get_default_screen(self) -> Screen[None]:
        return self.chats

    def on_ready(self) -> None:
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        pane = self.chats.pane
        if self._first_prompt:
            pane.chat.send(prompt_of(self._first_prompt, []))
        self.run_worker(partial(self.chats.open_chat, pane, resume=self._resume), exit_on_error=False)

    async def action_quit(self) -> None:
        """Interrupts every turn, keeps every draft, closes every session, then ends."""
        await self.chats.close_chats()
        await self.assistant.close()
        self.exit()
