"""The transcript as a document: events in, blocks out. Knows no app, no widget and no width."""

from collections.abc import Callable
from time import monotonic

from tui_assist.events import (
    CallFinished,
    CallOutput,
    CallPlanned,
    CallRunning,
    Event,
    Notice,
    ReasoningDelta,
    ReasoningDone,
    ResponseStarted,
    Retrying,
    StepFinished,
    StepStarted,
    TextDelta,
    TextDone,
    TurnFinished,
    TurnStarted,
)
from tui_assist.ui.transcript.block import (
    AnswerBlock,
    Block,
    HintBlock,
    NoticeBlock,
    PromptBlock,
    ReasoningBlock,
    TurnEnd,
    both,
)
from tui_assist.ui.transcript.blockrow import BlockRow
from tui_assist.ui.transcript.calls import Calls
from tui_assist.ui.transcript.live import RetryBlock, Waits
from tui_assist.values.step import Usage

SILENT = (StepStarted, ResponseStarted, Notice, CallPlanned, CallRunning, CallOutput, CallFinished)
"""Events after which a model that was asked has still said nothing."""


class Document:
    """The blocks of one conversation, in order.

    `feed` is all that changes it, except a hint, the time, and opening and closing blocks.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._row = BlockRow()
        self._keys: dict[str, Block] = {}  # open items of the step
        self.waits = Waits(self._row, clock)
        self._calls = Calls(self._row, self._keys, self.waits)
        self._retry: RetryBlock | None = None
        self._hint: HintBlock | None = None
        self._usage = Usage()

    # For views

    @property
    def blocks(self) -> list[Block]:
        """In order. Read only."""
        return self._row.blocks

    @property
    def on_change(self) -> Callable[[], None] | None:
        """Called after every change; a view sets it."""
        return self._row.on_change

    @on_change.setter
    def on_change(self, listener: Callable[[], None] | None) -> None:
        self._row.on_change = listener

    def take_changes(self) -> tuple[int, set[int]]:
        """How many blocks of before are still there, and which of them changed. Forgets both."""
        return self._row.take_changes()

    def hint(self, text: str) -> None:
        """What may be done, as long as nothing is here yet; "" takes it away."""
        if self._hint is None:
            self._hint = self._row.add(HintBlock(text)) if text and not self.blocks else None
        elif text:
            self._hint.say(text)
            self._row.changed(self._hint)
        else:
            self._row.remove(self._hint)
            self._hint = None

    def toggle(self, index: int) -> None:
        """Opens or closes block `index`, if it opens at all."""
        block = self.blocks[index]
        if block.foldable:
            block.toggle()
            self._row.changed(block)

    def last_answer(self) -> str:
        """The text of the newest answer, "" when there is none."""
        return next((one.text() for one in reversed(self.blocks) if type(one) is AnswerBlock), "")

    # Events

    def feed(self, event: Event) -> None:
        """Takes in what happened. Never raises on an order of events it did not expect."""
        if not isinstance(event, SILENT):
            self.waits.answered()
        match event:
            case TurnStarted(prompt=prompt):
                self.hint("")
                self._begin_turn()
                self._row.add(PromptBlock(prompt))
            case StepStarted():
                self._begin_step()
                self.waits.ask()
            case ResponseStarted():
                pass
            case TextDelta(key=key, text=text):
                self._answer(key).add(text)
                self._row.changed(self._keys[key])
            case TextDone(key=key, text=text):
                self._answer(key).finish(text)
                self._row.changed(self._keys[key])
            case ReasoningDelta(key=key, text=text):
                self._reasoning(key).add(text)
                self._row.changed(self._keys[key])
            case ReasoningDone(key=key, text=text):
                self._reasoning(key).finish(text)
                self._row.changed(self._keys[key])
            case Retrying():
                self._retrying(event)
            case StepFinished():
                self._finish_step(event)
            case Notice(text=text):
                self._row.add(NoticeBlock(text))
            case TurnFinished():
                self._finish_turn(event)
            case _:
                self._calls.feed(event)

    def _begin_turn(self) -> None:
        self._usage = Usage()
        self._calls.begin_turn()
        self._begin_step()

    def _begin_step(self) -> None:
        self._keys.clear()
        self._retry = None
        self._calls.begin_step()

    def _retrying(self, event: Retrying) -> None:
        """The step begins again: what it drafted goes, one line says why."""
        retry = RetryBlock(event.reason, event.attempt, self.waits.now + event.wait_s)
        for block in dict.fromkeys(self._keys.values()):
            self._row.remove(block)
        self._keys.clear()
        if self._retry is None:
            self._row.add(retry)
        else:
            self._row.replace(self._retry, retry)
        self._retry = retry
        self.waits.count(retry)
        self.waits.ask(event.wait_s)

    def _finish_step(self, event: StepFinished) -> None:
        self._usage = both(self._usage, event.usage)
        self._settle()
        if event.status != "completed":
            self._calls.cut_step()
            reason = event.reason.rstrip(".") or "the stream ended early"
            self._row.add(
                NoticeBlock(f"the response is {event.status}: {reason}; its calls were not run", "!")
            )

    def _finish_turn(self, event: TurnFinished) -> None:
        self._settle()
        self._calls.end_turn()
        if self._retry is not None:
            self._retry.end()
            self._row.changed(self._retry)
        if event.status == "failed":
            self._row.add(
                NoticeBlock(event.reason or "the turn failed; send the prompt again", "✗", "failure")
            )
        said = event.reason or "interrupted" if event.status == "interrupted" else ""
        end = TurnEnd(said, self._usage)
        if not end.empty:
            self._row.add(end)
        self._begin_turn()

    def _settle(self) -> None:
        """No more deltas come: what is open is finished as it stands."""
        for block in self._keys.values():
            if isinstance(block, AnswerBlock):
                block.finish(block.text())
                self._row.changed(block)

    def _answer(self, key: str) -> AnswerBlock:
        block = self._keys.get(key)
        if not isinstance(block, AnswerBlock):
            block = self._keys[key] = self._row.add(AnswerBlock())
        return block

    def _reasoning(self, key: str) -> ReasoningBlock:
        block = self._keys.get(key)
        if not isinstance(block, ReasoningBlock):
            block = self._keys[key] = self._row.add(ReasoningBlock())
        return block
