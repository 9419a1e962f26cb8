"""The chat screen: panes, the line above and the line below. It keeps which pane is looked at.

What an action does is in `commands`; what a chat is, in `chat`. A request in another pane is a mark here,
never a jump.
"""

import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from tui_assist.errors import AssistError
from tui_assist.ui.actions import ACTIONS
from tui_assist.ui.asking import offered_files, trust_request
from tui_assist.ui.chat.chat import Chat
from tui_assist.ui.chat.commands import perform
from tui_assist.ui.chat.pane import ChatPane
from tui_assist.ui.chat.reading import Review
from tui_assist.ui.composer.history import History
from tui_assist.ui.contract import Assistant
from tui_assist.ui.quick import Clock
from tui_assist.ui.status import SIZES, WIDTHS, PaneName, Place, StatusLine, TopLine
from tui_assist.ui.transcript import Transcript
from tui_assist.ui.work import begin
from tui_assist.values.asking import Verdict

if TYPE_CHECKING:
    from tui_assist.ui.app import AssistApp


def bindings() -> Iterable[Binding]:
    """The table's keys that work everywhere on this screen, whatever has the focus."""
    for action in ACTIONS:
        if action.context == "everywhere" and action.keys:
            yield Binding(
                ",".join(action.keys), f"do('{action.id}')", action.title, show=False, priority=True
            )


class ChatScreen(Screen[None]):
    """Shows one of several panes."""

    DEFAULT_CSS = """
    ChatScreen { overflow: hidden; background: $background; }
    ChatScreen ContentSwitcher { height: 1fr; }
    ChatScreen.-short.-single TopLine, ChatScreen.-tiny TopLine { display: none; }
    ChatScreen.-tiny StatusLine { display: none; }
    ChatScreen.-short.-thin TopLine, ChatScreen.-short.-thin StatusLine { display: none; }
    ChatScreen.-short.-thin StatusLine.-says { display: block; }
    ChatScreen.-short Tray, ChatScreen.-tiny Tray { border: none; padding: 0; background: $panel; }
    ChatScreen.-short Tray:focus, ChatScreen.-tiny Tray:focus { border: none; background: $accent 25%; }
    ChatScreen.-tiny Tray { max-height: 2; }
    ChatScreen.-tiny .details, ChatScreen.-tiny .queue, ChatScreen.-tiny .attached { display: none; }
    ChatScreen.-beside.-reviewed > * { width: 38%; }
    ChatScreen.-short .queue, ChatScreen.-short .attached { max-height: 1; }
    ChatScreen.-short .suggestions { max-height: 4; }
    ChatScreen.-tiny .suggestions { max-height: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = list(bindings())
    VERTICAL_BREAKPOINTS = SIZES
    HORIZONTAL_BREAKPOINTS = WIDTHS
    AUTO_FOCUS = None

    app: "AssistApp"

    def __init__(self, assistant: Assistant, history: History, clock: Clock) -> None:
        super().__init__()
        self.assistant = assistant
        self.history = history
        self._clock = clock
        self._place = Place(short_folder(assistant.workspace.cwd))
        self._made = 0
        self._pending_refresh = False
        self.panes: list[ChatPane] = []
        self.review: Review | None = None

    def compose(self) -> ComposeResult:
        yield TopLine()
        first = self._make_pane()
        yield ContentSwitcher(first, initial=first.id)
        yield StatusLine()

    def on_mount(self) -> None:
        self.pane.focus_composer()
        self.refresh_panes()

    # -- panes -----------------------------------------------------------------------------------------

    @property
    def pane(self) -> ChatPane:
        """The one that is looked at."""
        current = self.query_one(ContentSwitcher).current
        return next(pane for pane in self.panes if pane.id == current)

    def _make_pane(self) -> ChatPane:
        self._made += 1
        chat = Chat(self.assistant, self.refresh_soon, self._worked)
        pane = ChatPane(
            chat, self.assistant.workspace, self.history, id=f"pane-{self._made}", clock=self._clock
        )
        self.panes.append(pane)
        return pane

    async def add_pane(self) -> ChatPane:
        """A new pane at the end, looked at from now on. Its session is not open yet."""
        pane = self._make_pane()
        await self.query_one(ContentSwitcher).mount(pane)
        self.look_at(pane)
        return pane

    async def replace_pane(self, old: ChatPane) -> ChatPane:
        """A fresh pane in the place of `old`, whose session is closed."""
        pane = self._make_pane()
        self.panes.remove(pane)
        await self.query_one(ContentSwitcher).mount(pane)
        self.panes[self.panes.index(old)] = pane
        self.look_at(pane)
        await self._end(old)
        return pane

    async def close_pane(self, pane: ChatPane) -> None:
        """Ends the pane's session and removes it; the last pane stays."""
        at = self.panes.index(pane)
        self.panes.remove(pane)
        self.look_at(self.panes[min(at, len(self.panes) - 1)])
        await self._end(pane)
        self.refresh_panes()

    async def _end(self, pane: ChatPane) -> None:
        await pane.settle_draft()
        await pane.chat.close()
        await pane.remove()

    def look_at(self, pane: ChatPane) -> None:
        self.query_one(ContentSwitcher).current = pane.id
        pane.focus_composer()
        self.refresh_panes()

    async def open_chat(self, pane: ChatPane, *, resume: str | None = None, provider: str = "") -> None:
        """Opens the pane's session; why it cannot be opened is said in its transcript."""
        try:
            await self._settle_trust(pane)
            await pane.chat.open(resume=resume, provider=provider)
        except (AssistError, OSError) as error:
            again = partial(self.open_chat, pane, resume=resume, provider=provider)
            pane.chat.not_opened(str(error), lambda: begin(self, again))
            return
        pane.restore_draft()
        await self.refresh_place()

    async def _settle_trust(self, pane: ChatPane) -> None:
        """Asks in the tray, before anything is read, whether the folder's own files may be."""
        brought = offered_files(self.assistant)
        if brought:
            decision = await pane.chat.approve(trust_request(brought))
            if self.assistant.offer:  # another pane may have asked the same
                self.assistant.trust(decision.verdict is Verdict.ALLOW)

    async def close_chats(self) -> None:
        """Ends every session: turns are interrupted, drafts kept."""
        for pane in self.panes:
            await pane.settle_draft()
            await pane.chat.close()

    # -- what is shown ---------------------------------------------------------------------------------

    def refresh_soon(self) -> None:
        """Brings lines, marks and trays up to date once everything at hand was handled."""
        if not self._pending_refresh and self.is_mounted:
            self._pending_refresh = True
            self.call_later(self.refresh_panes)

    def refresh_panes(self) -> None:
        self._pending_refresh = False
        if not self.panes or not self.is_mounted:
            return
        current = self.pane
        current.chat.unseen = current.chat.unseen and current.chat.busy
        if self.review is not None and self.review.stale:
            self.review.close()
        elif self.review is not None:
            self.review.screen.hold(self.held)
        for pane in self.panes:
            if pane.is_mounted:
                pane.refresh_chat(active=pane is current, held=self.held)
        names = tuple(
            PaneName(number, pane.chat.title, pane.chat.mark, bool(pane.chat.waiting), pane is current)
            for number, pane in enumerate(self.panes, 1)
        )
        self.set_class(len(names) == 1, "-single")
        self.query_one(TopLine).show(names, self._place)
        self.query_one(StatusLine).show(current.chat.standing())

    @property
    def held(self) -> bool:
        """Whether nothing may be answered: what runs without a sandbox could type into this terminal."""
        return any(pane.chat.runs_foreign_code for pane in self.panes)

    def _worked(self) -> None:
        if self.is_mounted:
            begin(self, self.refresh_place, group="place", latest=True)

    async def refresh_place(self) -> None:
        """Asks git again: the branch and what changed may be others after a turn."""
        workspace = self.assistant.workspace
        try:
            branch, changed = await workspace.branch(), await workspace.changed()
        except (AssistError, OSError):
            branch = changed = None
        self._place = Place(self._place.folder, branch, changed)
        self.refresh_soon()

    def say(self, hint: str) -> None:
        """Answers a key in the status line; on a tiny screen there is none, and nothing is said."""
        self.query_one(StatusLine).say(hint)

    def copy(self, text: str) -> None:
        self.app.copy_to_clipboard(text)
        # OSC 52 gets no reply: whether the terminal took it cannot be known.
        self.say(f"{len(text):,} characters sent to the terminal's clipboard")

    # -- keys and messages -----------------------------------------------------------------------------

    def on_screen_resume(self) -> None:
        self.refresh_soon()

    def on_screen_suspend(self) -> None:
        for pane in self.panes:
            pane.quick.hide()

    def watch_focused(self, focused: Widget | None) -> None:
        """Nobody types into nothing: where the focus is lost, the composer has it."""
        if focused is None and self.panes and self.pane.is_mounted:
            self.pane.focus_composer()

    async def action_do(self, action: str) -> None:
        await perform(self, action, "")

    @on(ChatPane.Command)
    async def _command(self, event: ChatPane.Command) -> None:
        await perform(self, event.action, event.argument)

    @on(ChatPane.Hint)
    def _hint(self, event: ChatPane.Hint) -> None:
        self.say(event.text)

    @on(Transcript.Copied)
    def _copied(self, event: Transcript.Copied) -> None:
        self.copy(event.text)


def short_folder(folder: Path) -> str:
    home = os.path.expanduser("~")
    shown = os.fspath(folder)
    return "~" + shown[len(home) :] if shown == home or shown.startswith(home + os.sep) else shown
