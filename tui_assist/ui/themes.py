"""Reads colour themes: a TOML file becomes a Textual theme. Chooses none: the app does.

A theme names colours by role. Besides Textual's own fields it gives every role of `ROLES` under
`[variables]`; style sheets know them as `$diff-added` and so on.
"""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from textual.color import Color, ColorParseError
from textual.theme import Theme

from tui_assist.errors import UserError

ROLES = (
    "diff-added",
    "diff-removed",
    "diff-added-word",
    "diff-removed-word",
    "user-prompt",
    "reasoning",
    "notice",
    "failure",
    "syntax-keyword",
    "syntax-string",
    "syntax-comment",
    "syntax-number",
    "syntax-function",
    "syntax-type",
    "syntax-operator",
)


def theme_folder() -> Traversable:
    """The `themes` folder: in the package when installed from a wheel, else the checkout's."""
    packaged = files("tui_assist") / "themes"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent.parent / "themes"


def load_themes() -> dict[str, Theme]:
    """Every shipped theme by its name. Raises UserError for a file that is no theme."""
    texts = sorted(
        (entry.name, entry.read_text(encoding="utf-8"))
        for entry in theme_folder().iterdir()
        if entry.name.endswith(".toml")
    )
    themes = [read_theme(name, text) for name, text in texts]
    return {theme.name: theme for theme in themes}


def read_theme(file: str, text: str) -> Theme:
    """The theme in `text`. Raises UserError that names `file`, the field and what is known."""
    try:
        theme = Theme(**tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{file}: {error}") from error
    except TypeError as error:
        known = ", ".join(Theme.__dataclass_fields__)
        raise UserError(f"{file}: {str(error).removeprefix('Theme.__init__() ')}; known: {known}") from error
    missing = [role for role in ROLES if role not in theme.variables]
    if missing:
        raise UserError(f"{file}: [variables] lacks {', '.join(missing)}")
    for field, value in colours(theme):
        check_colour(file, field, value)
    return theme


def colours(theme: Theme) -> Iterator[tuple[str, object]]:
    """Every field of `theme` that holds a colour, with its value."""
    for field in Theme.__dataclass_fields__:
        if field not in {"name", "dark", "luminosity_spread", "text_alpha", "variables", "ansi"}:
            value = getattr(theme, field)
            if value is not None:
                yield field, value
    yield from ((role, theme.variables[role]) for role in ROLES)


def check_colour(file: str, field: str, value: object) -> None:
    try:
        Color.parse(str(value))
    except ColorParseError as error:
        raise UserError(f"{file}: {field} = {value!r} is no colour; write it as '#rrggbb'") from error
