"""Takes a hunk apart into its runs of changed lines and builds it again. Knows no file and compares nothing.

Every hunk that a person or a moved file changes goes through here, so all are consistent in one way.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tui_assist.patch.hunks import CONTEXT
from tui_assist.patch.lines import changed_blocks
from tui_assist.patch.text import cut_lines, ending, shared_mark
from tui_assist.values.patch import FileChange, Hunk, HunkLine


@dataclass(frozen=True, slots=True)
class Run:
    """`old[start:end]` becomes `added`; 0-based, half open."""

    start: int
    end: int
    added: tuple[bytes, ...]  # with endings


def old_lines(change: FileChange) -> tuple[bytes, ...]:
    """The lines the hunks of `change` count from: the old content without a mark both sides have."""
    mark = shared_mark(change.before, change.after)
    return cut_lines((change.before or b"")[len(mark) :], change.encoding)


def old_range(hunk: Hunk) -> tuple[int, int]:
    """The lines of the old file a hunk covers; 0-based, half open, both the same when there are none."""
    length = sum(line.kind != "+" for line in hunk.lines)
    start = hunk.old_start - 1 if length else hunk.old_start
    return start, start + length


def old_side(hunk: Hunk) -> list[bytes]:
    return [line.content for line in hunk.lines if line.kind != "+"]


def new_side(hunk: Hunk) -> list[bytes]:
    return [line.content for line in hunk.lines if line.kind != "-"]


def runs_of(hunk: Hunk) -> list[Run]:
    """The runs of a hunk, in order; between two of them stands at least one line of context."""
    at = start = old_range(hunk)[0]
    added: list[bytes] = []
    runs = []
    for line in (*hunk.lines, HunkLine(" ", b"")):
        if line.kind == "+":
            added.append(line.content)
            continue
        if line.kind == "-":
            at += 1
            continue
        if at > start or added:
            runs.append(Run(start, at, tuple(added)))
            added = []
        start = at = at + 1
    return runs


def runs_between(old: Sequence[bytes], new: Sequence[bytes], start: int) -> list[Run]:
    """The runs that turn `old`, which begins at line `start` of the file, into `new`."""
    return [
        Run(start + block.old_start, start + block.old_end, tuple(new[block.new_start : block.new_end]))
        for block in changed_blocks(old, new)
    ]


def with_runs(hunk: Hunk, old: Sequence[bytes], start: int, end: int, runs: Iterable[Run]) -> Hunk:
    """`hunk` over `old[start:end]` with these runs; its new start is left to `renumbered`."""
    lines: list[HunkLine] = []
    at = start
    for run in runs:
        lines += [HunkLine(" ", line) for line in old[at : run.start]]
        lines += [HunkLine("-", line) for line in old[run.start : run.end]]
        lines += [HunkLine("+", line) for line in run.added]
        at = run.end
    lines += [HunkLine(" ", line) for line in old[at:end]]
    return replace(hunk, old_start=start + 1 if end > start else start, lines=tuple(lines))


def shared_context(gap: int) -> tuple[int, int]:
    """How many of `gap` kept lines between two hunks the upper one takes, and how many the lower one."""
    return min(CONTEXT, gap // 2), min(CONTEXT, gap - gap // 2)


def settled(runs: Iterable[Run], old: Sequence[bytes], encoding: str) -> list[Run]:
    """`runs` with every line they add ended, but for one that is the file's last."""
    last = len(old)
    done = []
    for run in runs:
        if run.added and run.start == run.end == last and old and not ending_of(old[-1], encoding):
            run = Run(last - 1, last, (old[-1], *run.added))
        added = list(run.added)
        for place, line in enumerate(added):
            if not ending_of(line, encoding) and (run.end < last or place < len(added) - 1):
                near = (
                    *old[run.start : run.end],
                    *old[run.start - 1 : run.start],
                    *old[run.end : run.end + 1],
                )
                found = next((end for one in (*added, *near) if (end := ending_of(one, encoding))), None)
                added[place] = line + (found or "\n".encode(encoding))
        done.append(replace(run, added=tuple(added)))
    return done


def ending_of(line: bytes, encoding: str) -> bytes:
    """A line's own ending, as `encoding` writes it."""
    return ending(line.decode(encoding)).encode(encoding)


def applied(old: Sequence[bytes], hunks: Iterable[Hunk]) -> bytes:
    """`old` with `hunks` done; every line outside them is its own."""
    new: list[bytes] = []
    at = 0
    for hunk in hunks:
        start, end = old_range(hunk)
        new += old[at:start]
        new += new_side(hunk)
        at = end
    return b"".join((*new, *old[at:]))


def renumbered(hunks: Iterable[Hunk]) -> tuple[Hunk, ...]:
    """The hunks, in order, with the new lines they begin at when only they are done."""
    moved = []
    shift = 0
    for hunk in hunks:
        start = old_range(hunk)[0] + shift
        moved.append(replace(hunk, new_start=start + any(line.kind != "-" for line in hunk.lines)))
        shift += hunk.added - hunk.removed
    return tuple(moved)
