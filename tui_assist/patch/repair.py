"""Finds where a hunk that matches nowhere may be meant, and puts it where a person said. Picks nothing.

A candidate is a run of the file's lines as long as the hunk's old side. Placed there, the hunk keeps its
added lines, and the file's own lines take the place of those it got wrong.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher, get_close_matches

from tui_assist.patch.finder import Finder
from tui_assist.patch.sections import Section, SectionLine
from tui_assist.values.patch import Candidate, Level, Operation

LIKE_ENOUGH = 0.6  # below it a place is no help to anyone
MOST = 3  # candidates of a hunk
_LOOKED_AT = 8  # places compared line by line
_LONGEST = 120  # old lines of a hunk, and characters of a line, that are compared
_ALMOST = 0.99  # the likeness of lines that differ, at most
_KEYS = 5_000  # different lines of a file that are looked through for one that is alike


def repaired(operation: Operation, number: int, candidate: Candidate) -> Operation:
    """`operation` with its hunk `number` standing at `candidate`, wherever it was before."""
    others = tuple(one for one in operation.placed if one[0] != number)
    return replace(operation, placed=(*others, (number, candidate)))


def old_lines(section: Section) -> tuple[str, ...]:
    """What a candidate stands for: the old side without blank context at its end, often a slip."""
    return tuple(line.text for line in _meant(section) if line.kind != "+")


def lines_at(section: Section, candidate: Candidate) -> tuple[SectionLine, ...]:
    """The section's lines with the candidate's in the place of its old ones."""
    found = iter(candidate.lines)
    return tuple(
        line if line.kind == "+" else SectionLine(line.kind, next(found)) for line in _meant(section)
    )


def candidates(finder: Finder, section: Section, free: Callable[[int, int], bool]) -> tuple[Candidate, ...]:
    """The places most like the section's old lines, best first; `free(start, length)` may rule one out."""
    old = old_lines(section)
    if not old or len(old) > _LONGEST:
        return ()
    last = len(finder.lines) - len(old)
    for starts in (finder.voted(old, _LOOKED_AT), _alike(finder, old)):
        usable = [start for start in starts if 0 <= start <= last and free(start, len(old))]
        found = [_candidate(finder.lines[start : start + len(old)], start, old) for start in usable]
        near = [one for one in found if one.likeness >= LIKE_ENOUGH]
        if near:
            return tuple(sorted(near, key=lambda one: (-one.likeness, one.line))[:MOST])
    return ()


def _meant(section: Section) -> tuple[SectionLine, ...]:
    end = len(section.lines)
    while end and section.lines[end - 1] == SectionLine(" ", ""):
        end -= 1
    return section.lines[:end]


def _alike(finder: Finder, old: Sequence[str]) -> Iterator[int]:
    """The starts for which a line like the longest old one speaks."""
    offset = max(range(len(old)), key=lambda at: len(old[at].strip()))
    sent = old[offset].strip()
    if not 0 < len(sent) <= _LONGEST:
        return
    places = finder.index(Level.INDENT).places
    keys = [key for key in places if 0 < len(key) <= _LONGEST][:_KEYS]
    for key in get_close_matches(sent, keys, MOST):
        yield from (place - offset for place in places[key][:MOST])


def _candidate(lines: Sequence[str], start: int, old: Sequence[str]) -> Candidate:
    """The place with its likeness: line by line, a long line counting for more than a short one."""
    weights = [1 + max(len(a.strip()), len(b.strip())) for a, b in zip(lines, old, strict=True)]
    alike = sum(w * _likeness(a, b) for w, a, b in zip(weights, lines, old, strict=True))
    return Candidate(start + 1, tuple(lines), alike / sum(weights))


def _likeness(one: str, other: str) -> float:
    one, other = one.strip(), other.strip()
    if one == other:
        return 1.0
    ratio = SequenceMatcher(None, one[:_LONGEST], other[:_LONGEST], autojunk=False).ratio()
    return min(ratio, _ALMOST)  # they may differ only in what was cut off
