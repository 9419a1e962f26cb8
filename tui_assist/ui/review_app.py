"""One patch on the whole screen, reviewed outside a chat: the app's return value is the decision.

Writes nothing, and shows nothing but the review.
"""

import asyncio
import signal
from typing import ClassVar

from textual.app import App
from textual.binding import BindingType

from tui_assist.ui.app import DEFAULT_THEME, ENDING
from tui_assist.ui.diff.decide import DecideScreen
from tui_assist.ui.diff.deciding import Review
from tui_assist.ui.paint import ROLE_DEFAULTS
from tui_assist.ui.themes import load_themes
from tui_assist.values.asking import Decision, Request
from tui_assist.values.patch import Patch


class ReviewApp(App[Decision]):
    """`run()` returns the decision; None when the review was left undecided."""

    TITLE = "tui-assist"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, request: Request, patch: Patch, theme: str = DEFAULT_THEME) -> None:
        super().__init__()
        self._request = request
        self._patch = patch
        themes = load_themes()
        for known in themes.values():
            self.register_theme(known)
        self.theme = theme if theme in themes else DEFAULT_THEME

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(ROLE_DEFAULTS)

    def on_mount(self) -> None:
        screen = DecideScreen(self._request, Review.of(self._patch))
        screen.beside = False  # there is no chat that it could stand beside
        self.push_screen(screen, self.exit)

    def on_ready(self) -> None:
        if not self.is_headless:
            for number in ENDING:
                asyncio.get_running_loop().add_signal_handler(number, self._signalled, number)

    def _signalled(self, number: signal.Signals) -> None:
        self.exit(return_code=128 + number)
