"""The transcript as a document: events in, blocks out. Knows no app, no widget and no width."""

from collections.abc import Callable
from typing import assert_never

from tui_assist.events import (
    Asked,
    CallDelta,
    CallFinished,
    CallOutput,
    CallPlanned,
    CallRunning,
    CallStarted,
    Decided,
    Event,
    HostedProgress,
    ItemFinished,
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
    NoticeBlock,
    PromptBlock,
    ReasoningBlock,
    TurnEnd,
    both,
)
from tui_assist.ui.transcript.blockrow import BlockRow
from tui_assist.ui.transcript.cards import Card, HostedBlock, ShellCard, State
from tui_assist.ui.transcript.patchcard import PatchCard
from tui_assist.values.step import Usage

CallEvent = (
    CallStarted
    | CallDelta
    | ItemFinished
    | CallPlanned
    | Asked
    | Decided
    | CallRunning
    | CallOutput
    | CallFinished
)

COMMAND_TOOLS = frozenset({"shell", "local_shell"})


class Document:
    """The blocks of one conversation, in order.

    `feed` is all that changes it, except opening and closing blocks.
    """

    def __init__(self) -> None:
        self._row = BlockRow()
        self._keys: dict[str, Block] = {}  # open items of the step
        self._calls: dict[str, Card] = {}  # cards of the turn, by call id
        self._drafted = 0  # where the blocks of the step begin
        self._retry: NoticeBlock | None = None
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

    def toggle(self, index: int) -> None:
        """Opens or closes block `index`, if it opens at all."""
        block = self.blocks[index]
        if block.foldable:
            block.toggle()
            self._row.changed(block)

    def last_answer(self) -> str:
        """The text of the newest answer, "" when there is none."""
        return next((one.text() for one in reversed(self.blocks) if type(one) is AnswerBlock), "")

    def toggle_reasoning(self) -> None:
        """Opens all reasoning, or closes it when any is open."""
        blocks = [block for block in self.blocks if isinstance(block, ReasoningBlock)]
        opened = any(block.opened for block in blocks)
        for block in blocks:
            if block.opened is opened:
                block.toggle()
                self._row.changed(block)

    # Events

    def feed(self, event: Event) -> None:
        """Takes in what happened. Never raises on an order of events it did not expect."""
        match event:
            case TurnStarted(prompt=prompt):
                self._begin_turn()
                self._row.add(PromptBlock(prompt))
            case StepStarted():
                self._begin_step()
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
            case HostedProgress(key=key, type=type, state=state):
                self._hosted(key, type).progress(state)
                self._row.changed(self._keys[key])
            case Retrying(attempt=attempt, wait_s=wait, reason=reason):
                self._retrying(f"{reason.rstrip('.')}: try {attempt} in {wait:g} s")
            case StepFinished():
                self._finish_step(event)
            case Notice(text=text):
                self._row.add(NoticeBlock(text))
            case TurnFinished():
                self._finish_turn(event)
            case _:
                self._feed_call(event)

    def _feed_call(self, event: CallEvent) -> None:
        match event:
            case CallStarted(key=key, tool=tool, path=path):
                self._start_call(key, tool, path)
            case CallDelta(key=key, text=text):
                self._draft(key).add(key, text)
                self._row.changed(self._keys[key])
            case ItemFinished(key=key, item=item):
                self._finish_item(key, str(item.get("type", "")), item.get("call_id"))
            case CallPlanned(call_ids=call_ids, tool=tool, title=title, view=view):
                card = self._planned(call_ids, tool)
                card.plan(tool, title, view)
                self._row.changed(card)
            case Asked(request=request):
                self._each(request.call_ids, Card.ask)
            case Decided(call_ids=call_ids, decision=decision):
                self._each(call_ids, lambda card: card.decide(decision))
            case CallRunning(call_ids=call_ids):
                self._each(call_ids, Card.run)
            case CallOutput(call_id=call_id, text=text):
                self._each((call_id,), lambda card: card.output(text))
            case CallFinished(call_id=call_id, tool=tool, outcome=outcome):
                card = self._planned((call_id,), tool)
                card.finish(call_id, outcome)
                self._row.changed(card)
            case _:
                assert_never(event)

    # Turns and steps

    def _begin_turn(self) -> None:
        self._usage = Usage()
        self._calls = {}
        self._begin_step()

    def _begin_step(self) -> None:
        self._keys = {}
        self._retry = None
        self._drafted = len(self.blocks)

    def _retrying(self, said: str) -> None:
        """The step begins again: what it drafted goes, one line says why."""
        if self._retry is not None:
            self._row.drop(self._drafted)
            self._retry.say(said)
            self._row.changed(self._retry)
        else:
            self._row.drop(self._drafted)
            self._retry = NoticeBlock(said, "↻")
            self._row.add(self._retry)
            self._drafted = len(self.blocks)
        self._keys = {}

    def _finish_step(self, event: StepFinished) -> None:
        self._usage = both(self._usage, event.usage)
        self._settle()
        if event.status != "completed":
            for card in self._cards_of_step():
                card.cut()
                self._row.changed(card)
            reason = event.reason.rstrip(".") or "the stream ended early"
            self._row.add(
                NoticeBlock(f"the response is {event.status}: {reason}; its calls were not run", "!")
            )

    def _finish_turn(self, event: TurnFinished) -> None:
        self._settle()
        for card in {id(card): card for card in [*self._calls.values(), *self._cards_of_step()]}.values():
            before = card.version
            card.cut()
            if card.version != before:
                self._row.changed(card)
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

    def _cards_of_step(self) -> list[Card]:
        return [block for block in self.blocks[self._drafted :] if isinstance(block, Card)]

    # Items and calls

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

    def _hosted(self, key: str, type: str) -> HostedBlock:
        block = self._keys.get(key)
        if not isinstance(block, HostedBlock):
            block = self._keys[key] = self._row.add(HostedBlock(type))
        return block

    def _start_call(self, key: str, tool: str, path: str) -> None:
        if tool != "apply_patch":
            self._keys[key] = self._row.add(_kind(tool)(tool))
            return
        card = next((one for one in self._cards_of_step() if isinstance(one, PatchCard)), None)
        if card is None:
            card = self._row.add(PatchCard(tool))
        card.begin(key, path)
        self._keys[key] = card
        self._row.changed(card)

    def _draft(self, key: str) -> Card:
        block = self._keys.get(key)
        if not isinstance(block, Card):
            block = self._keys[key] = self._row.add(Card("call"))
        return block

    def _finish_item(self, key: str, type: str, call_id: object) -> None:
        block = self._keys.get(key)
        if isinstance(block, HostedBlock):
            if block.state is State.RUNNING:
                block.progress("completed")
                self._row.changed(block)
        elif isinstance(block, Card) and isinstance(call_id, str):
            self._calls[call_id] = block

    def _planned(self, call_ids: tuple[str, ...], tool: str) -> Card:
        """The one card of `call_ids`: the drafted one where it is of the right kind, else a new one."""
        found = list(dict.fromkeys(self._calls[one] for one in call_ids if one in self._calls))
        kind = _kind(tool)
        card = next((one for one in found if type(one) is kind), None)
        if card is None:
            card = kind(tool)
            if found:
                self._row.replace(found[0], card)
                self._keys = {key: card if one is found[0] else one for key, one in self._keys.items()}
            else:
                self._row.add(card)
        for one in found[1:]:
            if one is not card:
                self._row.remove(one)
        self._calls.update(dict.fromkeys(call_ids, card))
        return card

    def _each(self, call_ids: tuple[str, ...], act: Callable[[Card], object]) -> None:
        cards = {id(card): card for one in call_ids if (card := self._calls.get(one)) is not None}
        for card in cards.values():
            act(card)
            self._row.changed(card)


def _kind(tool: str) -> type[Card]:
    if tool == "apply_patch":
        return PatchCard
    return ShellCard if tool in COMMAND_TOOLS else Card
