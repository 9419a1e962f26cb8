"""A screen of plain rows to read: every key, what the model is sent, what it may call. Changes nothing."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui_assist.ui.actions import ACTIONS, PREFIXES, Context, key_name
from tui_assist.ui.paint import MUTED
from tui_assist.ui.text import cells
from tui_assist.values.visible import visible

Section = tuple[str, Sequence[tuple[str, str]]]

HEADINGS: dict[Context, str] = {
    "everywhere": "Everywhere",
    "composer": "In the composer",
    "transcript": "In the transcript",
    "tray": "In the tray, after F2",
}


def key_sections() -> Iterator[Section]:
    """Every key of the table, by where it works, and what may begin a prompt."""
    for context, heading in HEADINGS.items():
        rows = [
            (", ".join(key_name(key) for key in action.keys), action.title)
            for action in ACTIONS
            if action.context == context and action.keys and not action.id.startswith("pane-")
        ]
        if context == "everywhere":
            rows.append(("Alt+1 … Alt+9", "Go to that pane, where the terminal can send it"))
        yield heading, rows
    yield "At the beginning", PREFIXES


class ReadScreen(ModalScreen[None]):
    """Text scrolled with the arrows and left with Esc."""

    DEFAULT_CSS = """
    ReadScreen {
        align: center middle;
        & > VerticalScroll {
            width: 90%; max-width: 90; height: auto; max-height: 90%;
            background: $panel; padding: 0 1; scrollbar-size-vertical: 1;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+c,question_mark,f1", "leave", show=False, priority=True)
    ]

    def __init__(self, content: Content) -> None:
        super().__init__()
        self._content = content

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(self._content)

    def on_mount(self) -> None:
        self.set_focus(self.query_one(VerticalScroll))

    def action_leave(self) -> None:
        self.dismiss(None)


def rows_content(sections: Sequence[Section]) -> Content:
    """The sections as lines, the left column as wide as its longest entry."""
    lines: list[Content] = []
    for heading, rows in sections:
        lines.append(Content.styled(visible(heading), "bold $accent"))
        wide = min(28, max((cells(visible(left)) for left, _ in rows), default=0))
        for left, right in rows:
            name = visible(left)
            pad = " " * max(2, wide - cells(name) + 2)
            lines.append(Content.assemble("  ", (name, "bold"), pad, visible(right)))
        lines.append(Content(""))
    return Content("\n").join([*lines, Content.styled("Esc back", MUTED)])
