"""Moves a planned change onto what its file has become, three-way. Never writes a conflict into the content.

A hunk moves when the lines it removes are all still there, together, or when the lines around what it
inserts still touch. One that somebody did already is dropped. Any other is a conflict, and left out.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tui_assist.patch.diff import digest
from tui_assist.patch.errors import PatchError
from tui_assist.patch.finder import Finder
from tui_assist.patch.hunks import CONTEXT, worst
from tui_assist.patch.lines import Block, changed_blocks
from tui_assist.patch.runs import (
    Run,
    applied,
    new_side,
    old_lines,
    old_range,
    renumbered,
    runs_of,
    settled,
    shared_context,
    with_runs,
)
from tui_assist.patch.text import byte_order_mark, cut_lines, decode
from tui_assist.values.patch import FileChange, Hunk, Level, Match


@dataclass(frozen=True, slots=True)
class Conflict:
    """A hunk that does not fit any more, and what stands where it would go."""

    hunk: Hunk  # as it was; without lines and with the change's id for a change that has no hunks
    line: int  # 1-based, in the file as it is now; 0 when there is no file
    current: tuple[bytes, ...]  # the lines from there that took the place of the hunk's old side


@dataclass(frozen=True, slots=True)
class Rebased:
    """What is left of a change on the file as it is now."""

    change: FileChange | None  # None: nothing is left to do
    conflicts: tuple[Conflict, ...] = ()
    done: tuple[Hunk, ...] = ()  # hunks whose change is in the file already


def rebase(change: FileChange, current: bytes | None, mode: int | None = None) -> Rebased:
    """`change` made again on `current` (None: no file), its hunks with their ids.

    `mode` is the file's mode now; None keeps the one that was seen. A hunk that is placed by less than its
    own lines and both their neighbours says so in its match. A file's creation or deletion conflicts as a
    whole with a file that is not as it was seen. Raises nothing.
    """
    mode = change.mode if mode is None else mode
    if current == change.before:
        return Rebased(replace(change, mode=mode))
    if current == change.after and (change.before is None or not _does_more(change, mode)):
        return Rebased(None, done=change.hunks)
    ground = _Ground.of(change, current)
    if ground is None:
        return Rebased(None, _all_in_conflict(change, current))
    return _Rebase(ground, change).result(current, mode)


def _does_more(change: FileChange, mode: int | None) -> bool:
    """Whether `change` moves its file or gives it another mode, whatever becomes of its hunks."""
    return change.move_to is not None or change.new_mode not in (None, mode)


def _all_in_conflict(change: FileChange, current: bytes | None) -> tuple[Conflict, ...]:
    hunks = change.hunks or (Hunk(change.id, 0, 0, ()),)
    if current is None:
        return tuple(Conflict(hunk, 0, ()) for hunk in hunks)
    lines = _lines(current, change.path)
    whole = change.before is None or change.after is None
    spans = [(0, len(lines)) if whole else old_range(hunk) for hunk in hunks]
    return tuple(
        Conflict(hunk, min(start + 1, len(lines)), lines[start:end])
        for hunk, (start, end) in zip(hunks, spans, strict=True)
    )


def _lines(content: bytes, path: str) -> tuple[bytes, ...]:
    """The lines of any file; none of a binary one."""
    try:
        text = decode(content, path)
    except PatchError:
        return ()
    return tuple(text.encode(line) for line in text.lines)


@dataclass(frozen=True, slots=True)
class _Ground:
    """The lines a change was planned on, and the lines the file has now."""

    base: tuple[bytes, ...]
    now: tuple[bytes, ...]
    mark: bytes  # the byte order mark before `now`
    encoding: str

    @classmethod
    def of(cls, change: FileChange, current: bytes | None) -> "_Ground | None":
        """None when a change cannot be made hunk by hunk on `current`."""
        if change.before is None or change.after is None or current is None:
            return None
        if not change.hunks and change.before != change.after:
            return None
        try:
            encoding = decode(current, change.path).encoding
        except PatchError:
            return None
        if encoding != change.encoding:
            added = [line.content for hunk in change.hunks for line in hunk.lines if line.kind == "+"]
            bytewise = {encoding, change.encoding} == {"utf-8", "latin-1"}
            if current and not (bytewise and all(line.isascii() for line in added)):
                return None
            encoding = "latin-1" if current else change.encoding
        if change.before and change.after and byte_order_mark(change.before) != byte_order_mark(change.after):
            return None
        mark = byte_order_mark(current)
        return cls(old_lines(change), cut_lines(current[len(mark) :], encoding), mark, encoding)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A hunk's runs on the file as it is now."""

    hunk: Hunk
    runs: tuple[Run, ...]
    note: str = ""

    @property
    def start(self) -> int:
        return self.runs[0].start

    @property
    def end(self) -> int:
        return self.runs[-1].end


class _Rebase:
    """One change on one ground."""

    def __init__(self, ground: _Ground, change: FileChange) -> None:
        self.ground = ground
        self.change = change
        self.blocks = changed_blocks(ground.base, ground.now)
        self._starts = [block.old_start for block in self.blocks]
        self._ends = [block.old_end for block in self.blocks]
        self._finder: Finder | None = None
        self.conflicts: list[Conflict] = []
        self.done: list[Hunk] = []

    def result(self, current: bytes | None, mode: int | None) -> Rebased:
        assert current is not None, "a ground has a file"
        found = [placed for hunk in self.change.hunks if (placed := self._place(hunk)) is not None]
        apart = self._apart(sorted(found, key=lambda one: one.start))
        hunks = renumbered(self._hunks(apart))
        conflicts = tuple(sorted(self.conflicts, key=lambda conflict: conflict.line))
        done = tuple(self.done)
        if not hunks and not _does_more(self.change, mode):
            return Rebased(None, conflicts, done)
        after = self.ground.mark + applied(self.ground.now, hunks)
        change = replace(
            self.change,
            before=current,
            after=after,
            seen=digest(current),
            hunks=hunks,
            encoding=self.ground.encoding,
            mode=mode,
        )
        return Rebased(change, conflicts, done)

    def _place(self, hunk: Hunk) -> _Placed | None:
        """Where `hunk` goes now; None when it is done or in conflict, which is kept."""
        left = [run for run in runs_of(hunk) if not self._is_done(run.start, run.end, run.added)]
        if not left or self._is_done_together(hunk):
            self.done.append(hunk)
            return None
        moved = [self._moved(run) for run in left]
        runs = tuple(run for run in moved if run is not None)
        if len(runs) == len(left):
            beside = any(self._touching(run.start, run.end) for run in left)
            return _Placed(hunk, runs, "a line beside it changed" if beside else "")
        elsewhere = self._elsewhere(hunk, left)
        if elsewhere is None:
            self._conflict(hunk)
        return elsewhere

    def _touching(self, start: int, end: int) -> list[Block]:
        """What changed in the file at or beside `base[start:end]`."""
        return self.blocks[bisect_left(self._ends, start) : bisect_right(self._starts, end)]

    def _is_done(self, start: int, end: int, new: Sequence[bytes]) -> bool:
        """Whether the file changed there exactly as a hunk or run would change it."""
        touching = self._touching(start, end)
        if not touching:
            return False
        first, last = touching[0], touching[-1]
        above, below = min(start, first.old_start), max(end, last.old_end)
        base, now = self.ground.base, self.ground.now
        upper = first.new_start - (first.old_start - above)
        lower = last.new_end + (below - last.old_end)
        return list(now[upper:lower]) == [*base[above:start], *new, *base[end:below]]

    def _is_done_together(self, hunk: Hunk) -> bool:
        """Likewise for a hunk with some of its context: among equal lines a change has no one place."""
        new, runs = new_side(hunk), runs_of(hunk)
        start, end = old_range(hunk)
        above, below = runs[0].start - start, end - runs[-1].end
        return any(
            self._is_done(start + up, end - down, new[up : len(new) - down])
            for context in range(CONTEXT)
            for up, down in [(max(above - context, 0), max(below - context, 0))]
        )

    def _moved(self, run: Run) -> Run | None:
        """`run` where its lines went; None when they changed, or others came between."""
        for block in self._touching(run.start, run.end):
            inside = block.old_start < run.end and block.old_end > run.start
            if inside or run.start == run.end:
                return None
        shift = self._shift(run.start)
        return Run(run.start + shift, run.end + shift, run.added)

    def _shift(self, line: int) -> int:
        """How far line `line` of the base, which is kept, moved down."""
        above = bisect_right(self._ends, line)
        return self.blocks[above - 1].new_end - self.blocks[above - 1].old_end if above else 0

    def _elsewhere(self, hunk: Hunk, runs: Sequence[Run]) -> _Placed | None:
        """`hunk` at the one place its old lines were moved to, with as much of its context as went along."""
        start, end = old_range(hunk)
        first, last = runs[0].start, runs[-1].end
        removes = any(run.end > run.start for run in runs)
        contexts = range(max(first - start, end - last), -1 if removes else 0, -1)
        tried: set[tuple[int, int]] = set()
        for context in contexts:
            upper, lower = max(first - context, start), min(last + context, end)
            if (upper, lower) in tried or (not removes and (upper == first or lower == last)):
                continue
            tried.add((upper, lower))
            places = self._new_places(self.ground.base[upper:lower])
            if len(places) == 1:
                shift = places[0] - upper
                moved = tuple(Run(run.start + shift, run.end + shift, run.added) for run in runs)
                return _Placed(hunk, moved, f"its lines were moved here from line {first + 1}")
        return None

    def _new_places(self, wanted: Sequence[bytes]) -> list[int]:
        """Where `wanted` stands in the file among lines that came since."""
        if self._finder is None:
            self._finder = Finder([line.decode("latin-1") for line in self.ground.now])
        run = tuple(line.decode("latin-1") for line in wanted)
        places = self._finder.places(run, Level.EXACT)
        return [place for place in places if self._is_new(place, place + len(run))]

    def _is_new(self, start: int, end: int) -> bool:
        at = bisect_right(self.blocks, start, key=lambda block: block.new_start) - 1
        return at >= 0 and end <= self.blocks[at].new_end

    def _conflict(self, hunk: Hunk) -> None:
        start, end = old_range(hunk)
        touching = self._touching(start, end)
        upper, lower = start + self._shift(start), end + self._shift(end)
        if touching:
            first, last = touching[0], touching[-1]
            upper = first.new_start - max(first.old_start - start, 0)
            lower = last.new_end + max(end - last.old_end, 0)
        lines = self.ground.now[upper:lower]
        self.conflicts.append(Conflict(hunk, min(upper + 1, max(len(self.ground.now), 1)), lines))

    def _apart(self, placed: Sequence[_Placed]) -> list[_Placed]:
        """`placed`, in order, without those that would change a line an earlier one changes."""
        kept: list[_Placed] = []
        for one in placed:
            if kept and one.start < kept[-1].end:
                self._conflict(one.hunk)
            else:
                kept.append(one)
        return kept

    def _hunks(self, placed: Sequence[_Placed]) -> Iterator[Hunk]:
        now = self.ground.now
        gaps = [shared_context(lower.start - upper.end) for upper, lower in pairwise(placed)]
        leading = [min(CONTEXT, placed[0].start) if placed else 0, *(lower for _, lower in gaps)]
        trailing = [*(upper for upper, _ in gaps), CONTEXT]
        for one, above, below in zip(placed, leading, trailing, strict=False):
            runs = settled(one.runs, now, self.ground.encoding)
            start, end = min(one.start - above, runs[0].start), min(one.end + below, len(now))
            hunk = with_runs(one.hunk, now, start, end, runs)
            yield replace(hunk, match=worst([hunk.match, Match(note=one.note)]))
