"""Which card shows which call: drafted by its key in a step, from then on found by its call id.

Lays out nothing and knows no turns beyond what it is told of their ends.
"""

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
    HostedProgress,
    ItemFinished,
)
from tui_assist.ui.transcript.block import Block
from tui_assist.ui.transcript.blockrow import BlockRow
from tui_assist.ui.transcript.cards import Card, HostedBlock, OwnCard, ShellCard, State
from tui_assist.ui.transcript.live import Waits
from tui_assist.ui.transcript.patchcard import PatchCard

CallEvent = (
    CallStarted
    | CallDelta
    | ItemFinished
    | HostedProgress
    | CallPlanned
    | Asked
    | Decided
    | CallRunning
    | CallOutput
    | CallFinished
)

OWN = "!"
"""The tool name of a person's own commands: they belong to no turn."""

KINDS: dict[str, type[Card]] = {
    "apply_patch": PatchCard,
    "shell": ShellCard,
    "local_shell": ShellCard,
    OWN: OwnCard,
}


class Calls:
    """The cards in `row`. `keys` are the open items of the step, shared with the document."""

    def __init__(self, row: BlockRow, keys: dict[str, Block], waits: Waits) -> None:
        self._row = row
        self._keys = keys
        self._waits = waits
        self._cards: dict[str, Card] = {}  # of the turn, by call id
        self._begun = 0  # where the blocks of the step begin

    def begin_turn(self) -> None:
        self._cards = {id: card for id, card in self._cards.items() if isinstance(card, OwnCard)}
        self.begin_step()

    def begin_step(self) -> None:
        self._begun = len(self._row.blocks)

    def cut_step(self) -> None:
        """The response did not complete: its calls never run."""
        self._cut(self._of_step())

    def end_turn(self) -> None:
        """Nothing runs any more. A person's own command is no turn's and goes on."""
        self._cut([*self._cards.values(), *self._of_step()])

    def _cut(self, cards: list[Card]) -> None:
        for card in dict.fromkeys(cards):
            before = card.version
            if not isinstance(card, OwnCard):
                card.cut()
            if card.version != before:
                self._row.changed(card)

    def _of_step(self) -> list[Card]:
        return [block for block in self._row.blocks[self._begun :] if isinstance(block, Card)]

    def feed(self, event: CallEvent) -> None:
        match event:
            case CallStarted(key=key, tool=tool, path=path):
                self._start(key, tool, path)
            case CallDelta(key=key, text=text):
                self._draft(key).add(key, text)
                self._row.changed(self._keys[key])
            case ItemFinished(key=key, item=item):
                self._finish_item(key, item.get("call_id"))
            case HostedProgress(key=key, type=type, state=state):
                self._hosted(key, type).progress(state)
                self._row.changed(self._keys[key])
            case CallPlanned(call_ids=call_ids, tool=tool, title=title, view=view):
                card = self._planned(call_ids, tool)
                card.plan(tool, title, view)
                self._row.changed(card)
            case Asked(request=request):
                self._each(request.call_ids, Card.ask)
            case Decided(call_ids=call_ids, decision=decision):
                self._each(call_ids, lambda card: card.decide(decision))
            case CallRunning(call_ids=call_ids):
                self._each(call_ids, self._run)
            case CallOutput(call_id=call_id, text=text):
                self._each((call_id,), lambda card: card.output(text))
            case CallFinished(call_id=call_id, tool=tool, outcome=outcome):
                card = self._planned((call_id,), tool)
                card.finish(call_id, outcome)
                self._row.changed(card)
            case _:
                assert_never(event)

    def _start(self, key: str, tool: str, path: str) -> None:
        if tool != "apply_patch":
            self._keys[key] = self._row.add(KINDS.get(tool, Card)(tool))
            return
        card = next((one for one in self._of_step() if isinstance(one, PatchCard)), None)
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

    def _hosted(self, key: str, type: str) -> HostedBlock:
        block = self._keys.get(key)
        if not isinstance(block, HostedBlock):
            block = self._keys[key] = self._row.add(HostedBlock(type))
            self._run(block)
        return block

    def _finish_item(self, key: str, call_id: object) -> None:
        block = self._keys.get(key)
        if isinstance(block, HostedBlock):
            if block.state is State.RUNNING:
                block.progress("completed")
                self._row.changed(block)
        elif isinstance(block, Card) and isinstance(call_id, str):
            self._cards[call_id] = block

    def _planned(self, call_ids: tuple[str, ...], tool: str) -> Card:
        """The one card of `call_ids`: the drafted one where it is of the right kind, else a new one."""
        found = list(dict.fromkeys(self._cards[one] for one in call_ids if one in self._cards))
        kind = KINDS.get(tool, Card)
        card = next((one for one in found if type(one) is kind), None)
        if card is None:
            card = kind(tool)
            if found:
                self._row.replace(found[0], card)
                self._keys.update({key: card for key, one in self._keys.items() if one is found[0]})
            else:
                self._row.add(card)
        for one in found[1:]:
            if one is not card:
                self._row.remove(one)
        self._cards.update(dict.fromkeys(call_ids, card))
        return card

    def _run(self, card: Card) -> None:
        card.run(self._waits.now)
        self._waits.count(card)

    def _each(self, call_ids: tuple[str, ...], act: Callable[[Card], object]) -> None:
        cards = dict.fromkeys(self._cards[one] for one in call_ids if one in self._cards)
        for card in cards:
            act(card)
            self._row.changed(card)
