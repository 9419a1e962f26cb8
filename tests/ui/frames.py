"""The screen as plain text, and apps that hold one widget. For tests of what a person sees."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from tui_assist.ui.paint import ROLE_DEFAULTS

GOLDEN = Path(__file__).parent / "golden"


class Stage(App[None]):
    """An app with one widget and the default colours."""

    def __init__(self, make: Callable[[], Widget] | None = None) -> None:
        super().__init__()
        self._make = make
        self.layouts = 0

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(ROLE_DEFAULTS)

    def get_default_screen(self) -> Screen[Any]:
        return CountedScreen()

    def compose(self) -> ComposeResult:
        if self._make is not None:
            yield self._make()


class CountedScreen(Screen[None]):
    """Counts how often Textual lays it out."""

    def __init__(self) -> None:
        super().__init__()
        self.layouts = 0

    def _refresh_layout(self, *args: Any, **options: Any) -> None:
        self.layouts += 1
        super()._refresh_layout(*args, **options)


def layouts(app: App[Any]) -> int:
    assert isinstance(app.screen, CountedScreen)
    return app.screen.layouts


def frame(app: App[Any]) -> str:
    """The screen's text, without blanks at the right and empty lines at the end."""
    lines = ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def golden(name: str) -> str:
    return (GOLDEN / name).read_text(encoding="utf-8")
