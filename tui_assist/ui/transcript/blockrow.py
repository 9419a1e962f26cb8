"""The blocks of a document in order, and which of them changed. Knows no events and no screen."""

from collections.abc import Callable
from typing import TypeVar

from tui_assist.ui.transcript.block import Block

B = TypeVar("B", bound=Block)


class BlockRow:
    """What changed since the last `take_changes` is kept by index, so that a view looks at nothing else."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.on_change: Callable[[], None] | None = None
        self._kept = 0  # blocks that were there at the last `take_changes` and still are the same
        self._changes: set[int] = set()

    def take_changes(self) -> tuple[int, set[int]]:
        """How many blocks of before are still there, and which of them changed. Forgets both."""
        kept, changes = self._kept, {at for at in self._changes if at < self._kept}
        self._kept = len(self.blocks)
        self._changes = set()
        return kept, changes

    def add(self, block: B) -> B:
        block.index = len(self.blocks)
        self.blocks.append(block)
        self._set_gap(block)
        self._notify()
        return block

    def _set_gap(self, block: Block) -> None:
        above = self.blocks[block.index - 1] if block.index else None
        block.gap = above is not None and (block.spaced or above.spaced_below)

    def replace(self, old: Block, block: Block) -> None:
        """`block` stands where `old` stood."""
        block.index, block.gap = old.index, old.gap
        self.blocks[block.index] = block
        self.changed(block)

    def remove(self, block: Block) -> None:
        del self.blocks[block.index]
        self._kept = min(self._kept, block.index)
        for index in range(block.index, len(self.blocks)):
            self.blocks[index].index = index
        if block.index < len(self.blocks):
            self._set_gap(self.blocks[block.index])
        self._notify()

    def changed(self, block: Block) -> None:
        """`block` looks different now."""
        self._changes.add(block.index)
        self._notify()

    def _notify(self) -> None:
        if self.on_change is not None:
            self.on_change()
