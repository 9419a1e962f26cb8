"""One file on its way from what it is to what it would be. Every step is a new draft; none touches the disk.

Each line remembers where it came from, so the hunks of any number of chained operations are read off,
never searched for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from tui_assist.patch.hunks import Changed, worst
from tui_assist.patch.lines import Block, changed_blocks
from tui_assist.patch.match import Edit
from tui_assist.patch.text import EMPTY, Text, bare, ending, majority_ending
from tui_assist.values.patch import Match

Source = int | Match
"""Where a line came from: its index in the file as it is, or the match of the hunk that added it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A file's lines as planned so far."""

    base: Text  # the file as it is; EMPTY when there is none
    lines: tuple[str, ...]
    sources: tuple[Source, ...]  # one each line
    removed: Mapping[int, Match] = field(default_factory=dict)  # lines of `base` that are gone

    @classmethod
    def of(cls, base: Text) -> Self:
        return cls(base, base.lines, tuple(range(len(base.lines))))

    @property
    def after(self) -> bytes:
        return self.base.join(self.lines)

    def edited(self, edits: Sequence[Edit]) -> "Draft":
        """With `edits` made: kept lines keep their ending, added ones take the ending of their place."""
        lines: list[str] = []
        sources: list[Source] = []
        removed = dict(self.removed)
        at = 0
        for edit in edits:
            lines += self.lines[at : edit.start]
            sources += self.sources[at : edit.start]
            following = self.lines[edit.end : edit.end + 1]
            for offset, text in enumerate(edit.added):
                replaced = self.lines[edit.start + offset : min(edit.start + offset + 1, edit.end)]
                neighbours = [*replaced, *lines[-1:], *following]
                lines.append(text + (next(filter(None, map(ending, neighbours)), "") or self._usual_ending()))
                sources.append(edit.match)
            for source in self.sources[edit.start : edit.end]:
                if isinstance(source, int):
                    removed[source] = edit.match
            at = max(at, edit.end)  # an insertion may fall inside lines another hunk removes
        lines += self.lines[at:]
        sources += self.sources[at:]
        return self._settled(lines, sources, removed) if edits else self

    def _usual_ending(self) -> str:
        return majority_ending(self.lines)

    def _settled(self, lines: list[str], sources: list[Source], removed: dict[int, Match]) -> "Draft":
        """With every line ended but, in a file without final newline, the last."""
        if self.lines and not ending(self.lines[-1]):
            last = len(lines) - 1
            for place, line in enumerate(lines):
                if line.endswith("\n") == (place < last):
                    continue
                lines[place] = line + self._usual_ending() if place < last else bare(line)
                source = sources[place]
                if isinstance(source, int):
                    removed[source] = sources[place] = Match()
        return replace(self, lines=tuple(lines), sources=tuple(sources), removed=removed)

    def replaced(self, content: Sequence[str]) -> "Draft":
        """With `content` (lines without endings) in place of everything; equal lines stay as they are."""
        blocks = changed_blocks([bare(line) for line in self.lines], content)
        return self.edited(
            [
                Edit(block.old_start, block.old_end, tuple(content[block.new_start : block.new_end]), Match())
                for block in blocks
            ]
        )

    def changed(self) -> list[Changed]:
        """What differs from the file as it is, in order."""
        changed: list[Changed] = []
        old_at = new_at = 0
        for place, source in enumerate((*self.sources, len(self.base.lines))):
            if not isinstance(source, int):
                continue
            if source > old_at or place > new_at:
                changed += self._run(Block(old_at, source, new_at, place))
            old_at, new_at = source + 1, place + 1
        return changed

    def _run(self, run: Block) -> list[Changed]:
        """A run of changed lines, without those that were only sent again."""
        old = self.base.lines[run.old_start : run.old_end]
        new = self.lines[run.new_start : run.new_end]
        found = []
        for a0, a1, b0, b1 in changed_blocks(old, new):
            block = Block(run.old_start + a0, run.old_start + a1, run.new_start + b0, run.new_start + b1)
            gone = [self.removed[place] for place in range(block.old_start, block.old_end)]
            come = [
                source
                for source in self.sources[block.new_start : block.new_end]
                if isinstance(source, Match)
            ]
            found.append(Changed(block, worst([*gone, *come])))
        return found


NOTHING = Draft.of(EMPTY)
