"""What goes on while a draft is written: suggestions, the size of what it attaches, and sending it.

Reads files only through the workspace and only off the event loop; the newest question wins.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from tui_assist.errors import AssistError
from tui_assist.ui.composer.attach import attach, mention, prompt_of
from tui_assist.ui.composer.completion import ROWS, Suggestion, Suggestions, Wanted, commands, wanted_at
from tui_assist.ui.composer.composer import Composer
from tui_assist.ui.contract import Workspace
from tui_assist.ui.paint import MUTED
from tui_assist.ui.text import one_line
from tui_assist.ui.work import begin
from tui_assist.values.content import Prompt

if TYPE_CHECKING:
    from tui_assist.search import PathRanking
    from tui_assist.ui.chat.pane import ChatPane

SIZE_S = 0.25  # seconds without a change until attachments are measured


class Drafting:
    """Belongs to one pane and its composer; its work ends with the pane."""

    def __init__(self, pane: "ChatPane", composer: Composer, workspace: Workspace) -> None:
        self._pane = pane
        self._composer = composer
        self._workspace = workspace
        self._ranking: PathRanking | None = None  # of the workspace's files, while a path is being completed
        self._suggestions: Suggestions | None = None
        self._closed: Wanted | None = None  # Esc closed the list for this word
        self._measured = ""

    @property
    def open(self) -> bool:
        return self._suggestions is not None

    @property
    def written_out(self) -> bool:
        """Whether the chosen suggestion stands in the draft already, so that taking it would add nothing."""
        if self._suggestions is None or self._suggestions.wanted.kind != "path":
            return False
        return self._suggestions.chosen.text == f"@{self._suggestions.wanted.query}"

    def changed(self) -> None:
        """The draft is another one."""
        self._closed = None
        self._look()
        if "@" in self._composer.text or self._measured:
            begin(self._pane, self._measure, group="measure", latest=True)

    def moved(self) -> None:
        """The cursor went elsewhere."""
        if self.open:
            self._look()

    def catch_up(self) -> None:
        """Before a key is acted on: the news of the letters right before it may not have come yet."""
        wanted = wanted_at(self._composer.document.lines, self._composer.cursor_location)
        if self._suggestions is not None and self._suggestions.wanted == wanted:
            return
        self._show(None)
        if wanted is not None and wanted.kind == "command":
            self._look()

    def move(self, step: int) -> None:
        if self._suggestions is not None:
            self._suggestions = self._suggestions.move(step)
            self._draw()

    def take(self, *, send: bool = False) -> None:
        """Puts the chosen suggestion into the draft. Before sending, no blank follows a command."""
        suggestions = self._suggestions
        if suggestions is None:
            return
        self.close()
        wanted = suggestions.wanted
        ends_here = wanted.kind == "command" and send
        text = suggestions.chosen.text + ("" if ends_here else " ")
        self._composer.put(text, wanted.start, wanted.end)

    def close(self) -> None:
        self._closed = self._suggestions.wanted if self._suggestions else None
        self._show(None)

    def send(self, text: str, send: Callable[[Prompt], None]) -> None:
        """Sends `text` with what it mentions, read now. A text that mentions nothing is sent at once."""
        if "@" not in text:
            send(prompt_of(text, []))
            return
        begin(self._pane, partial(self._attach_and_send, text, send), group="send")

    async def _attach_and_send(self, text: str, send: Callable[[Prompt], None]) -> None:
        attached, refused = await asyncio.to_thread(attach, text, self._workspace)
        for reason in refused:
            self._pane.chat.say(reason)
        send(prompt_of(text, attached))

    async def _measure(self) -> None:
        await asyncio.sleep(SIZE_S)
        text = self._composer.text
        self._measured = text if "@" in text else ""
        self._pane.show_attached(*await asyncio.to_thread(attach, text, self._workspace))

    def _look(self) -> None:
        lines = self._composer.document.lines
        wanted = wanted_at(lines, self._composer.cursor_location)
        if wanted is None or wanted == self._closed:
            self._ranking = self._ranking if wanted else None
            self._show(None)
        elif wanted.kind == "command":
            rows = commands(wanted.query)
            exact = len(rows) == 1 and rows[0].text == f"/{wanted.query}"
            self._show(Suggestions(wanted, rows) if rows and not exact else None)
        else:
            begin(self._pane, partial(self._rank, wanted), group="rank", latest=True)

    async def _rank(self, wanted: Wanted) -> None:
        # Imported here: the first frame does not wait for the matcher.
        from tui_assist.search import PathRanking

        try:
            if self._ranking is None:
                self._ranking = await asyncio.to_thread(PathRanking, await self._workspace.files())
            ranked = await asyncio.to_thread(self._ranking.rank, wanted.query, ROWS)
        except (AssistError, OSError):
            self._show(None)
            return
        if wanted_at(self._composer.document.lines, self._composer.cursor_location) == wanted:
            rows = tuple(Suggestion(mention(path)) for path in ranked)
            self._show(Suggestions(wanted, rows) if rows else None)

    def _show(self, suggestions: Suggestions | None) -> None:
        if suggestions is None and self._suggestions is None:
            return
        self._suggestions = suggestions
        self._composer.suggesting = suggestions is not None
        self._draw()

    def _draw(self) -> None:
        if not self._pane.is_attached:
            return
        line = self._pane.query_one(".suggestions", Static)
        line.set_class(self._suggestions is not None, "shown")
        if self._suggestions is None:
            return
        at = self._suggestions.at
        first = max(0, min(at - ROWS // 2, len(self._suggestions.rows) - ROWS))
        shown = self._suggestions.rows[first : first + ROWS]
        drawn = [_row(row, number == at) for number, row in enumerate(shown, first)]
        line.update(Content("\n").join(drawn))


def _row(row: Suggestion, chosen: bool) -> Content:
    style = "bold $accent" if chosen else "$foreground"
    mark = "› " if chosen else "  "
    return Content.assemble((mark + one_line(row.text), style), ("   " + row.title, MUTED))
