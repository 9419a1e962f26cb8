"""Which lines of a document stand where, for one width. Lays out only what is asked for.

Blocks out of sight have estimated heights until they come near; whoever scrolls keeps the same text at
the top meanwhile. Knows no widget: positions in, lines out.
"""

from collections import OrderedDict
from collections.abc import Sequence

from tui_assist.ui.lines import BLANK, Line
from tui_assist.ui.transcript.block import Block
from tui_assist.ui.transcript.document import Document
from tui_assist.ui.transcript.heights import Heights

KEPT_BLOCKS = 120  # laid out and kept, newest use last

Anchor = tuple[int, int]
"""A block and a line in it (its blank line above counts)."""


class Viewport:
    """The lines of `document` at `width`."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.width = 0
        self.heights = Heights()
        self.laid_out = 0  # blocks laid out so far
        self._exact: set[int] = set()  # blocks whose height is no estimate
        self._kept: OrderedDict[int, tuple[Block, int, Sequence[Line]]] = OrderedDict()

    @property
    def total(self) -> int:
        return self.heights.total

    # What changed

    def resize(self, width: int) -> None:
        """Every height is a guess again; nothing is laid out yet."""
        self.width = width
        for block, _, _ in self._kept.values():
            block.forget()
        self._kept.clear()
        self._exact.clear()
        self.heights = Heights()
        self._grow()

    def take_changes(self) -> bool:
        """Takes over what the document changed. Whether anything did."""
        kept, changes = self.document.take_changes()
        kept = min(kept, len(self.heights))
        count = len(self.heights)
        if kept < count:
            self.heights.truncate(kept)
            self._exact = {index for index in self._exact if index < kept}
            for index in [index for index in self._kept if index >= kept]:
                del self._kept[index]
        for index in changes:
            self._exact.discard(index)
            if index >= kept:
                continue
            if len(changes) <= KEPT_BLOCKS and index in self._kept:
                self.measure(index)
            else:
                self.heights.set(index, self._guess(index))
        self._grow()
        return bool(changes) or len(self.heights) != count or kept < count

    def _grow(self) -> None:
        for index in range(len(self.heights), len(self.document.blocks)):
            self.heights.append(self._guess(index))

    def _guess(self, index: int) -> int:
        block = self.document.blocks[index]
        return block.gap + block.estimate(self._room(block))

    def _room(self, block: Block) -> int:
        return max(1, self.width - block.indent - 1)

    # Lines

    def block_lines(self, index: int) -> Sequence[Line]:
        """The lines of one block, laid out now or kept from before."""
        block = self.document.blocks[index]
        kept = self._kept.get(index)
        if kept is not None and kept[0] is block and kept[1] == block.version:
            self._kept.move_to_end(index)
            return kept[2]
        self.laid_out += 1
        lines = block.lines(self._room(block))
        self._kept[index] = (block, block.version, lines)
        self._kept.move_to_end(index)
        if len(self._kept) > KEPT_BLOCKS:
            _, (old, _, _) = self._kept.popitem(last=False)
            old.forget()
        return lines

    def measure(self, index: int) -> None:
        """Makes the height of one block exact."""
        block = self.document.blocks[index]
        self.heights.set(index, len(self.block_lines(index)) + block.gap)
        self._exact.add(index)

    def line(self, y: int) -> tuple[Line, int | None]:
        """The line at `y`, indented, and its block; a blank one beyond the end."""
        index, at = self.heights.find(y)
        if y < 0 or index >= len(self.heights):
            return BLANK, None
        block = self.document.blocks[index]
        at -= block.gap
        if at < 0:
            return BLANK, None
        lines = self.block_lines(index)
        if at >= len(lines):
            return BLANK, index
        line = lines[at]
        if not block.indent:
            return line, index
        return line.after((" " * block.indent, "")), index

    # Places

    def anchor(self, y: int) -> Anchor:
        return self.heights.find(max(0, y))

    def row(self, anchor: Anchor) -> int:
        """Where `anchor` is now."""
        index, at = anchor
        if index >= len(self.heights):
            return self.total
        return self.heights.top(index) + min(at, max(0, self.heights[index] - 1))

    def letters_above(self, anchor: Anchor) -> int:
        """How many letters of the anchor's block stand above it: the same at every width."""
        index, at = anchor
        if index >= len(self.heights):
            return 0
        above = self.block_lines(index)[: max(0, at - self.document.blocks[index].gap)]
        return sum(_letters(line) for line in above)

    def line_after(self, index: int, letters: int) -> Anchor:
        """The line of block `index` that has `letters` letters above it."""
        if index >= len(self.heights) or not letters:
            return index, 0
        at = int(self.document.blocks[index].gap)
        for line in self.block_lines(index):
            letters -= _letters(line)
            if letters < 0:
                break
            at += 1
        return index, at

    def settle_down(self, y: int, height: int) -> None:
        """Makes exact what stands on `height` lines from `y` on."""
        index, at = self.anchor(y)
        room = height + at
        while index < len(self.heights) and room > 0:
            if index not in self._exact:
                self.measure(index)
            room -= self.heights[index]
            index += 1

    def settle_up(self, index: int, height: int) -> None:
        """Makes exact what stands on `height` lines above block `index`."""
        while index > 0 and height > 0:
            index -= 1
            if index not in self._exact:
                self.measure(index)
            height -= self.heights[index]


def _letters(line: Line) -> int:
    return sum(len(text) - text.count(" ") for text, _ in line.spans)
