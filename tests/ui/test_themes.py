import pytest
from textual.color import Color
from textual.theme import Theme

from tui_assist.errors import UserError
from tui_assist.ui.themes import ROLES, load_themes, read_theme

READABLE = 4.5  # WCAG AA, for text of normal size
THEMES = load_themes()
TEXT = [role for role in ROLES if not role.startswith("diff-")]
GROUNDS = [role for role in ROLES if role.startswith("diff-")]


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [part / 255 for part in Color.parse(colour).rgb]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def unreadable(theme: Theme) -> list[str]:
    back, front = str(theme.background), str(theme.foreground)
    own = {"accent": theme.accent, "error": theme.error, "warning": theme.warning, "success": theme.success}
    on_back = {role: theme.variables[role] for role in TEXT} | {
        name: str(value) for name, value in own.items()
    }
    pairs = [(name, colour, back) for name, colour in on_back.items()]
    pairs += [("text", front, ground) for ground in (back, str(theme.surface), str(theme.panel))]
    pairs += [(f"text on {role}", front, theme.variables[role]) for role in GROUNDS]
    pairs += [
        (f"{role} on {ground}", theme.variables[role], theme.variables[ground])
        for role in TEXT
        if role.startswith("syntax-")
        for ground in ("diff-added", "diff-removed")
    ]
    return [f"{name} {contrast(a, b):.1f}" for name, a, b in pairs if contrast(a, b) < READABLE]


def test_there_is_a_dark_and_a_light_theme() -> None:
    assert {name: theme.dark for name, theme in THEMES.items()} == {"night": True, "day": False}


@pytest.mark.parametrize("name", THEMES)
def test_every_text_can_be_read(name: str) -> None:
    assert unreadable(THEMES[name]) == []


@pytest.mark.parametrize("name", THEMES)
def test_there_is_one_accent(name: str) -> None:
    theme = THEMES[name]
    assert {theme.primary, theme.secondary, theme.accent} == {theme.accent}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "x.toml: Invalid value"),
        ('name = "x"\nprimary = "#fff"\ncolour = 1', "x.toml: got an unexpected keyword argument 'colour'"),
        ('name = "x"', "x.toml: missing 1 required positional argument: 'primary'"),
        ('name = "x"\nprimary = "#fff"', "x.toml: [variables] lacks diff-added"),
    ],
)
def test_a_file_that_is_no_theme_is_a_clear_error(text: str, said: str) -> None:
    with pytest.raises(UserError) as raised:
        read_theme("x.toml", text)
    assert str(raised.value).startswith(said)


def test_a_word_that_is_no_colour_is_named() -> None:
    roles = "\n".join(f'{role} = "#ffffff"' for role in ROLES)
    with pytest.raises(UserError, match=r"x.toml: primary = 'blueish' is no colour"):
        read_theme("x.toml", f'name = "x"\nprimary = "blueish"\n[variables]\n{roles}')
