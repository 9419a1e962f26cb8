"""The place below the diff in which the model says why. Asks nothing itself: it is given what was said."""

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui_assist.patch.diff import unified_hunk
from tui_assist.ui.diff.deciding import Review
from tui_assist.ui.paint import MUTED
from tui_assist.ui.text import one_line
from tui_assist.values.visible import visible


def question(review: Review, unit: str) -> str:
    """What the model is asked about a unit."""
    hunk, change = review.hunk(unit), review.change(unit)
    shown = f"\n\n{unified_hunk(hunk, change.encoding)}" if hunk is not None else ""
    return (
        f"A question aside, while I review your patch: why this change of {change.path}? "
        f"Answer in a few sentences, without calling a tool.{shown}"
    )


class Aside(VerticalScroll):
    """Hidden until something is asked. Scrolled with the arrows when it has the focus."""

    DEFAULT_CSS = """
    Aside {
        display: none; height: auto; max-height: 40%; border-top: solid $surface; padding: 0 1;
        scrollbar-size-vertical: 1;
        & > Static { height: auto; }
        &:focus { border-top: solid $accent; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        self._text = Static()
        super().__init__(self._text, id=id)
        self.display = False

    def show(self, about: str, said: str, role: str = "") -> None:
        """`said` by the model, foreign text, about the file `about`."""
        heading = Content.styled(f"aside, about {one_line(about)}", MUTED)
        self._text.update(Content("\n").join([heading, Content.styled(visible(said, prose=True), role)]))
        self.display = True
        self.scroll_home(animate=False)
