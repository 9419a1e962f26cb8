"""One chat: a conversation, what is shown of it, and what in it waits for an answer. Knows no widgets.

It lives on when its pane is behind another. It decides nothing: requests wait here for the person.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from tui_assist.errors import UserError
from tui_assist.events import (
    CallFinished,
    CallPlanned,
    CallRunning,
    Event,
    Notice,
    StepFinished,
    TextDelta,
    TurnFinished,
    TurnStarted,
)
from tui_assist.ui.contract import Assistant, Conversation
from tui_assist.ui.diff.deciding import Review
from tui_assist.ui.status import PRACTICE, Mark, Standing
from tui_assist.ui.transcript import Document
from tui_assist.values.asking import CommandView, Decision, Request
from tui_assist.values.content import Prompt

HARMLESS = frozenset({"apply_patch", "read_file", "find_files", "search"})
"""Tools that start no foreign code. While any other runs it could type into this terminal."""

HINT = "Ask, or say what to change or run.   @ file   / actions   ? keys"
PRACTICE_HINT = """\
The practice model: rules, not AI. With your real files it can
  replace OLD with NEW
  run COMMAND
  where is NAME defined?
  show FILE
  create FILE with TEXT
  undo
@ file   / actions   ? keys"""

NEWS = (TurnStarted, TurnFinished, StepFinished, CallPlanned, CallRunning, CallFinished, Notice)
"""Events after which something outside the transcript may look different."""


@dataclass(frozen=True, slots=True)
class Waiting:
    request: Request
    answer: "asyncio.Future[Decision]"


class Chat:
    """One session as the screen holds it.

    `changed` is called when lines, tray or marks may differ, `worked` when files may: after a turn.
    """

    def __init__(self, assistant: Assistant, changed: Callable[[], None], worked: Callable[[], None]) -> None:
        self._assistant = assistant
        self._changed = changed
        self._worked = worked
        self._unlisten: Callable[[], None] | None = None
        self._unsent: list[Prompt] = []  # sent before the conversation was open
        self._open_again: Callable[[], None] | None = None  # when opening failed
        self._planned: dict[str, bool] = {}  # by call id: whether running it starts foreign code
        self._foreign: set[str] = set()  # running calls that do
        self.document = Document()
        self.document.hint(HINT)
        self.conversation: Conversation | None = None
        self.waiting: list[Waiting] = []
        self.reviews: dict[str, Review] = {}  # by request: how far the person came with a patch
        self.busy = False
        self.own_command: asyncio.Task[None] | None = None  # a running `!` command of the person
        self.unseen = False  # a turn ended while another pane was looked at

    async def open(self, *, resume: str | None = None, provider: str = "", model: str = "") -> None:
        """Opens or resumes the session and fills the document. Raises UserError when it cannot."""
        conversation = await self._assistant.open(self.approve, resume=resume, provider=provider, model=model)
        for event in conversation.history():
            self._take(event)
        self.busy = False
        self._unlisten = conversation.listen(self._heard)
        self.conversation = conversation
        if conversation.model.provider == PRACTICE:
            self.document.hint(PRACTICE_HINT)
        unsent, self._unsent = self._unsent, []
        for prompt in unsent:
            conversation.send(prompt)
        self._changed()

    @property
    def title(self) -> str:
        return (self.conversation.title if self.conversation else "") or "new"

    @property
    def _opening(self) -> str:
        return "opening …" if self._open_again is None else "not reached"

    @property
    def queue(self) -> list[Prompt]:
        return self.conversation.queue if self.conversation else self._unsent

    @property
    def requests(self) -> tuple[Request, ...]:
        return tuple(waiting.request for waiting in self.waiting)

    def keep_review(self, request_id: str, review: Review) -> None:
        """Where the person goes on when they open the review of this request again."""
        waiting = {request.id for request in self.requests}
        self.reviews = {key: one for key, one in self.reviews.items() if key in waiting}
        if request_id in waiting:
            self.reviews[request_id] = review

    def begun(self, request_id: str) -> bool:
        """Whether some of a request was decided already, in a review that was left."""
        review = self.reviews.get(request_id)
        return review is not None and review.decided > 0

    @property
    def mark(self) -> Mark:
        if self.waiting or self.busy or self.own_command is not None:
            return Mark.BUSY
        return Mark.DONE if self.unseen else Mark.IDLE

    @property
    def runs_foreign_code(self) -> bool:
        """Whether a command or tool without a sandbox runs right now."""
        return self.own_command is not None or bool(self._foreign)

    def standing(self) -> Standing:
        """What the status line says."""
        conversation = self.conversation
        if conversation is None:
            return Standing(self._assistant.config.mode, self._assistant.provider, self._opening)
        usage = conversation.usage
        used = None if usage.input is None else usage.input + (usage.output or 0)
        model = conversation.model
        effort = conversation.effort or ""
        return Standing(conversation.mode, model.provider, model.name, effort, used, model.context_window)

    def send(self, prompt: Prompt) -> None:
        """Sends, or queues while a turn runs or the conversation is still being opened."""
        if self.conversation is None:
            self._unsent.append(prompt)
            again, self._open_again = self._open_again, None
            if again is not None:
                again()
        else:
            self.conversation.send(prompt)
        self._changed()

    def not_opened(self, reason: str, again: Callable[[], None]) -> None:
        """Says why it cannot be opened; the next prompt calls `again`, and is sent once that helped."""
        self._open_again = again
        self.say(f"{reason}\nYour next message tries again.")

    def send_queued(self) -> None:
        """Sends the first queued prompt after an interrupted turn has left it waiting."""
        if self.conversation is not None and self.queue and not self.conversation.busy:
            self.conversation.send(self.queue.pop(0))
            self._changed()

    def take_back(self) -> Prompt | None:
        """The last queued prompt, which is queued no more."""
        prompt = self.queue.pop() if self.queue else None
        self._changed()
        return prompt

    async def approve(self, request: Request) -> Decision:
        """The approver of this chat: waits for the person. Cancelled with its turn, the request goes."""
        waiting = Waiting(request, asyncio.get_running_loop().create_future())
        self.waiting.append(waiting)
        self._changed()
        try:
            return await waiting.answer
        finally:
            self.waiting.remove(waiting)
            self._changed()

    def answer(self, request_id: str, decision: Decision) -> None:
        """Answers what waits; an answer that comes too late is no answer."""
        for waiting in self.waiting:
            if waiting.request.id == request_id and not waiting.answer.done():
                waiting.answer.set_result(decision)

    def say(self, text: str) -> None:
        """A line of our own in the transcript, which is not part of the session."""
        self.feed(Notice(self.conversation.id if self.conversation else "", "", text))

    def feed(self, event: Event) -> None:
        """Shows an event that did not come from the conversation."""
        self.document.feed(event)
        self._changed()

    async def close(self) -> None:
        """Interrupts the turn and closes the conversation; what waits is given up."""
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None
        if self.own_command is not None:
            self.own_command.cancel()
            await asyncio.wait([self.own_command])
        conversation, self.conversation = self.conversation, None
        if conversation is not None:
            await conversation.close()

    def keep_draft(self, text: str) -> None:
        if self.conversation is not None:
            try:
                self.conversation.keep_draft(text)
            except (OSError, UserError):
                return  # a full disk must not stop anyone from typing; the turn will say it

    def _heard(self, event: Event) -> None:
        self._take(event)
        if isinstance(event, NEWS):
            self._changed()
        if isinstance(event, TurnFinished):
            self._worked()

    def _take(self, event: Event) -> None:
        self.document.feed(event)
        if isinstance(event, TextDelta):
            return
        match event:
            case TurnStarted():
                self.busy = True
            case TurnFinished():
                self.busy = False
                self.unseen = True
                self._foreign.clear()
                self._planned.clear()
            case CallPlanned(call_ids=call_ids, tool=tool, view=view):
                sandboxed = isinstance(view, CommandView) and view.sandbox != "no sandbox"
                self._planned.update(dict.fromkeys(call_ids, not sandboxed and tool not in HARMLESS))
            case CallRunning(call_ids=call_ids):
                self._foreign.update(id for id in call_ids if self._planned.get(id, True))
            case CallFinished(call_id=call_id):
                self._foreign.discard(call_id)
