"""Finds where the sections of a diff apply in a file's lines. Changes nothing: it returns edits.

The ladder: exact, then trailing blanks, then indentation, then look-alike characters; a worse level is
tried only when a better one fits nowhere. Sections follow the file's order. What is less than certain
stays in the edit's Match, for the reader.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from tui_assist.patch.errors import HunkNotFound, quoted
from tui_assist.patch.finder import FEW, Finder
from tui_assist.patch.indent import reindented
from tui_assist.patch.repair import candidates, lines_at, old_lines
from tui_assist.patch.sections import Section, SectionLine
from tui_assist.patch.text import bare
from tui_assist.values.patch import Candidate, Level, Match

_FUZZY_INDENT = (Level.INDENT, Level.LOOKALIKE)


@dataclass(frozen=True, slots=True)
class Edit:
    """`lines[start:end]` become `added`; 0-based, half open."""

    start: int
    end: int
    added: tuple[str, ...]  # without endings
    match: Match


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    match: Match
    lines: tuple[SectionLine, ...]


def place_sections(lines: Sequence[str], sections: Sequence[Section], path: str) -> list[Edit]:
    """The edits `sections` make to `lines` (with endings), by place; no two change the same line.

    Raises HunkNotFound for the first section that fits nowhere.
    """
    return place_with(Finder([bare(line) for line in lines]), sections, path)


def place_with(finder: Finder, sections: Sequence[Section], path: str) -> list[Edit]:
    """As `place_sections`, with the finder a test looks into."""
    placer = _Placer(finder, path)
    edits = [edit for section in sections for edit in placer.place(section)]
    return sorted(edits, key=lambda edit: (edit.start, edit.end))


class _Placer:
    """Places one section after the other; knows what earlier ones changed."""

    def __init__(self, finder: Finder, path: str) -> None:
        self.finder = finder
        self.path = path
        self.cursor = 0  # after the last line an earlier section changed
        self.gone = bytearray(len(finder.lines))  # 1 for each line an earlier section removes

    def place(self, section: Section) -> list[Edit]:
        if section.placed is not None:
            place = self._as_placed(section, section.placed)
        else:
            place = self._find(section) if section.old else self._insertion(section)
        edits = list(_edits(place, self.finder.lines))
        for edit in edits:
            self.gone[edit.start : edit.end] = b"\1" * (edit.end - edit.start)
            self.cursor = max(self.cursor, edit.end)
        if not edits:  # only context: it says where the next hunk follows
            self.cursor = max(self.cursor, place.start + len(place.lines))
        return edits

    def _find(self, section: Section) -> _Place:
        for lines in _with_and_without_last_blanks(section.lines):
            old = tuple(line.text for line in lines if line.kind != "+")
            if not old:
                continue
            found = (section.end_of_file and self._at_end(old)) or self._by_ladder(section, old)
            if found:
                return _Place(*found, lines)
        raise self._not_found(section)

    def _as_placed(self, section: Section, at: Candidate) -> _Place:
        """Where a person put it, as long as the file's lines there are those the person saw."""
        start, count = at.line - 1, len(at.lines)
        there = tuple(self.finder.lines[start : start + count])
        if there != at.lines or count != len(old_lines(section)) or not self._free(start, count):
            raise self._not_found(section)
        return _Place(start, Match(note=f"placed by hand at line {at.line}"), lines_at(section, at))

    def _at_end(self, old: tuple[str, ...]) -> tuple[int, Match] | None:
        start = len(self.finder.lines) - len(old)
        for level in Level:
            places = self.finder.places(old, level)
            if places and places[-1] == start and self._free(start, len(old)):
                return start, Match(level)
        return None

    def _by_ladder(self, section: Section, old: tuple[str, ...]) -> tuple[int, Match] | None:
        for level in Level:
            places = self.finder.places(old, level)
            found = self._choose(section, places, len(old)) if places else None
            if found:
                start, count, note = found
                if section.end_of_file:
                    note = note or "not at the end of the file"
                return start, Match(level, count, note)
        return None

    def _choose(self, section: Section, places: list[int], length: int) -> tuple[int, int, str] | None:
        """The start, how many places fit as well, and a note; None when nothing certain enough fits."""
        after = bisect_left(places, self.cursor)
        if section.anchors:
            targets = self._targets(section.anchors, places)
            if targets:
                return targets[0], len(targets), ""
        elif after < len(places):
            claimed = (section.claimed_line or 0) - 1
            start = claimed if claimed in places[after : after + FEW] else places[after]
            return start, len(places) - after, ""
        return self._only_one(section, places, length)

    def _only_one(self, section: Section, places: list[int], length: int) -> tuple[int, int, str] | None:
        """The one place left in the whole file, wherever the section says it is."""
        if len(places) > 2 * FEW:
            return None
        free = [start for start in places if self._free(start, length)]
        if len(free) != 1:
            return None
        if section.anchors and free[0] >= self.cursor:
            return free[0], 1, f"its anchor {quoted(section.anchors[-1])} is not above it"
        return free[0], 1, "it stands above the hunk before it"

    def _free(self, start: int, length: int) -> bool:
        return self.gone.find(1, start, start + length) < 0

    def _targets(self, anchors: tuple[str, ...], places: list[int]) -> list[int]:
        """The first place after each stand of the anchors, from the cursor on."""
        targets: list[int] = []
        at: int | None = self._anchor_around(anchors)
        if at is None:
            at = self._anchor_from(anchors, self.cursor)
        while at is not None and len(targets) < FEW:
            found = bisect_left(places, max(at, self.cursor))
            if found == len(places):
                break
            targets.append(places[found])
            at = self._anchor_from(anchors, max(at, places[found]) + 1)
        return targets

    def _anchor_places(self, anchor: str) -> list[int]:
        found = (self.finder.places((anchor,), level) for level in Level)
        return next((places for places in found if places), [])

    def _anchor_from(self, anchors: tuple[str, ...], start: int) -> int | None:
        """Where the last of `anchors` stands, each below the one before, the first at or after `start`."""
        at = start
        for anchor in anchors:
            places = self._anchor_places(anchor)
            found = bisect_left(places, at)
            if found == len(places):
                return None
            at = places[found] + 1
        return at - 1

    def _anchor_around(self, anchors: tuple[str, ...]) -> int | None:
        """Likewise, the nearest above the cursor: an earlier hunk may have passed it already."""
        at = self.cursor
        for anchor in reversed(anchors):
            places = self._anchor_places(anchor)
            found = bisect_right(places, at - 1)
            if found == 0:
                return None
            at = places[found - 1]
        return self._anchor_from(anchors, at)

    def _insertion(self, section: Section) -> _Place:
        """Where lines go that come with nothing to replace or to lean on."""
        end = len(self.finder.lines)
        if section.end_of_file or not end:
            return _Place(end, Match(), section.lines)
        if section.anchors:
            return self._after_anchor(section)
        if section.claimed_line is not None:
            start = min(section.claimed_line - 1, end)
            return _Place(max(start, 0), Match(note="no context: placed by its line number"), section.lines)
        return _Place(end, Match(note="no context: appended at the end"), section.lines)

    def _after_anchor(self, section: Section) -> _Place:
        stands: list[int] = []
        at = self._anchor_around(section.anchors)
        if at is None:
            at = self._anchor_from(section.anchors, self.cursor)
        while at is not None and len(stands) < FEW:
            stands.append(at)
            at = self._anchor_from(section.anchors, at + 1)
        if not stands:
            raise HunkNotFound(self._mismatch(section, section.anchors), section.number)
        return _Place(stands[0] + 1, Match(places=len(stands)), section.lines)

    def _not_found(self, section: Section) -> HunkNotFound:
        near = candidates(self.finder, section, self._free)
        return HunkNotFound(self._mismatch(section), section.number, old_lines(section), near)

    def _mismatch(self, section: Section, wanted: tuple[str, ...] = ()) -> str:
        where = f"hunk {section.number} of {self.path}"
        old = wanted or section.old
        again = "read the file and send the hunk again"
        places = next((found for level in Level if (found := self.finder.places(old, level))), [])
        if len(places) > 1 and not wanted:
            shown = ", ".join(str(place + 1) for place in places[:5])
            lost = next((anchor for anchor in section.anchors if not self._anchor_places(anchor)), None)
            why = "none follows the hunk before it" if lost is None else f"{quoted(lost)} is not in the file"
            return (
                f"{where} fits {len(places)} places (lines {shown}) but {why}; "
                "name the line above the right one after @@, or send more context"
            )
        if places and not wanted:
            line = places[0] + 1
            return f"{where} changes lines that an earlier hunk removes (line {line}); send both as one hunk"
        near = _nearest(self.finder, old)
        if near is None:
            return f"{where} is not in the file: nothing there is like {quoted(_telling(old))}; {again}"
        line, sent = near
        nearest = f"nearest is line {line + 1}: {quoted(self.finder.lines[line])}"
        return f"{where} is not in the file; {nearest} (the hunk says {quoted(sent)}); {again}"


def _with_and_without_last_blanks(lines: tuple[SectionLine, ...]) -> Iterator[tuple[SectionLine, ...]]:
    """The lines as sent, then without blank context at their end: models leave an empty line there."""
    yield lines
    end = len(lines)
    while end and lines[end - 1] == SectionLine(" ", ""):
        end -= 1
    if end < len(lines):
        yield lines[:end]


def _edits(place: _Place, lines: Sequence[str]) -> Iterator[Edit]:
    """The runs of changed lines of a placed section, its added lines indented as the file is."""
    pairs: list[tuple[str, str]] = []
    if place.match.level in _FUZZY_INDENT:
        old = [line.text for line in place.lines if line.kind != "+"]
        kept = lines[place.start : place.start + len(old)]
        pairs = list(zip(old, kept, strict=True))
    start = at = place.start
    added: list[str] = []
    for line in (*place.lines, SectionLine(" ", "")):
        if line.kind == "+":
            added.append(reindented(line.text, pairs))
            continue
        if line.kind == "-":
            at += 1
            continue
        if at > start or added:
            yield Edit(start, at, tuple(added), place.match)
            added = []
        start = at = at + 1


def _telling(old: Sequence[str]) -> str:
    """The line that says most about where a hunk belongs."""
    return max(old, key=lambda text: len(text.strip()))


def _nearest(finder: Finder, old: Sequence[str]) -> tuple[int, str] | None:
    """The file's line (0-based) where `old` fits best but for one, and that line as sent."""
    places, keys = finder.index(Level.INDENT).places, finder.index(Level.INDENT).keys
    for start in finder.voted(old, 1):
        for offset, text in enumerate(old):
            if 0 <= start + offset < len(keys) and keys[start + offset] != text.strip():
                return start + offset, text
    sent = _telling(old)
    close = get_close_matches(sent.strip(), list(places)[:5_000], n=1) if sent.strip() else []
    return (places[close[0]][0], sent) if close else None
