"""Finds runs of lines in a file, at every level of the match ladder. Decides nothing: it only lists places.

Lines are indexed by their normalised text once per level, so the cost of a patch does not grow with
hunks times lines.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence

from tui_assist.values.patch import Level

FEW = 64  # places worth looking at one by one

_LOOKALIKES = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u2018\u2019\u201a\u201b", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"')
    | dict.fromkeys("\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " ")
)


def normal(text: str, level: Level) -> str:
    """What of a line counts at `level`: two lines match there when their normal texts are equal."""
    match level:
        case Level.EXACT:
            return text
        case Level.TRAILING:
            return text.rstrip()
        case Level.INDENT:
            return text.strip()
        case Level.LOOKALIKE:
            return unicodedata.normalize("NFC", text).translate(_LOOKALIKES).strip()


class _Index:
    """A file's lines at one level.

    Windows of 1, 2, 4, … lines are numbered: equal numbers, equal windows. A run of any length is two
    such windows that overlap, so one pass over the file finds every run of that length.
    """

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys
        self.places: dict[str, list[int]] = {}
        for place, key in enumerate(keys):
            self.places.setdefault(key, []).append(place)
        self._first: dict[str, int] = {}
        self._windows: list[list[int]] = []  # by power of two
        self._numbers: list[dict[tuple[int, int], int]] = [{}]  # likewise: two halves → their window
        self._runs: dict[int, dict[tuple[int, int], list[int]]] = {}  # by length

    def prepare(self, length: int) -> int:
        """Makes runs of `length` lines known; how many lines had to be passed for it."""
        if length in self._runs:
            return 0
        if not self._windows:
            self._first = {key: number for number, key in enumerate(self.places)}
            self._windows.append([self._first[key] for key in self.keys])
        power = length.bit_length() - 1
        passed = 0
        while len(self._windows) <= power:
            numbers: dict[tuple[int, int], int] = {}
            last = self._windows[-1]
            halves = zip(last, last[1 << (len(self._windows) - 1) :], strict=False)
            self._windows.append([numbers.setdefault(pair, len(numbers)) for pair in halves])
            self._numbers.append(numbers)
            passed += len(last)
        windows = self._windows[power]
        found: dict[tuple[int, int], list[int]] = {}
        for start, pair in enumerate(zip(windows, windows[length - (1 << power) :], strict=False)):
            found.setdefault(pair, []).append(start)
        self._runs[length] = found
        return passed + len(windows)

    def starts(self, wanted: Sequence[str]) -> list[int]:
        """Where the run of `wanted` lines stands; its length was prepared and each line is in the file."""
        power = len(wanted).bit_length() - 1
        row = [self._first[key] for key in wanted]
        for step in range(1, power + 1):
            halves = zip(row, row[1 << (step - 1) :], strict=False)
            row = [self._numbers[step].get(pair, -1) for pair in halves]
        return self._runs[len(wanted)].get((row[0], row[len(wanted) - (1 << power)]), [])


class Finder:
    """Where runs of lines stand in one file. `compared` counts lines looked at: it must stay linear."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines  # without endings
        self.compared = 0
        self._indexes: dict[Level, _Index] = {}
        self._found: dict[tuple[Level, tuple[str, ...]], list[int]] = {}

    def places(self, run: tuple[str, ...], level: Level) -> list[int]:
        """Every start (0-based, ascending) where `run`, of one line or more, matches at `level`."""
        key = (level, run)
        if key not in self._found:
            self._found[key] = self._search([normal(text, level) for text in run], self.index(level))
        return self._found[key]

    def voted(self, run: Sequence[str], most: int) -> list[int]:
        """The starts (0-based, best first, some before the file) that most lines of `run` speak for."""
        places = self.index(Level.INDENT).places
        votes: Counter[int] = Counter()
        for offset, text in enumerate(run):
            held = places.get(text.strip(), [])
            if text.strip() and len(held) <= FEW:
                votes.update(place - offset for place in held)
        return [start for start, _ in votes.most_common(most)]

    def index(self, level: Level) -> _Index:
        if level not in self._indexes:
            self.compared += len(self.lines)
            self._indexes[level] = _Index([normal(text, level) for text in self.lines])
        return self._indexes[level]

    def _search(self, wanted: list[str], index: _Index) -> list[int]:
        self.compared += len(wanted)
        held = [index.places.get(key, []) for key in wanted]
        rarest = min(range(len(wanted)), key=lambda offset: len(held[offset]))
        if len(wanted) == 1 or not held[rarest]:
            return held[rarest]
        if len(held[rarest]) > FEW:
            self.compared += index.prepare(len(wanted))
            return index.starts(wanted)
        return [at - rarest for at in held[rarest] if self._fits(wanted, index.keys, at - rarest)]

    def _fits(self, wanted: list[str], keys: list[str], start: int) -> bool:
        if start < 0:
            return False
        self.compared += len(wanted)
        return keys[start : start + len(wanted)] == wanted
