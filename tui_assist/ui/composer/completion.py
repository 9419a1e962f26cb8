"""What is being completed at the cursor, and with what. Knows no widgets and reads no files.

A path begins with `@` after a blank, a command with `/` at the very start.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tui_assist.ui.actions import ACTIONS

ROWS = 8  # suggestions shown at once
Location = tuple[int, int]  # line and column, from 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """The word under the cursor that can be completed."""

    kind: Literal["path", "command"]
    query: str
    start: Location  # of the mark itself
    end: Location


@dataclass(frozen=True, slots=True)
class Suggestion:
    text: str  # what is put in place of the word, with its mark
    title: str = ""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """An open list of suggestions with one of them chosen."""

    wanted: Wanted
    rows: tuple[Suggestion, ...]
    at: int = 0

    @property
    def chosen(self) -> Suggestion:
        return self.rows[self.at]

    def move(self, step: int) -> "Suggestions":
        return replace(self, at=(self.at + step) % len(self.rows))


def wanted_at(lines: Sequence[str], cursor: Location) -> Wanted | None:
    """What the cursor stands in or right behind, None when nothing is to be completed."""
    row, column = cursor
    before = lines[row][:column]
    if row == 0 and len(lines) == 1 and before.startswith("/") and " " not in before:
        return Wanted("command", before[1:], (0, 0), cursor)
    mark = before.rfind("@")
    if mark < 0 or any(blank in before[mark:] for blank in " \t"):
        return None
    if mark and not before[mark - 1].isspace():
        return None  # an address like me@example.org
    return Wanted("path", before[mark + 1 :], (row, mark), cursor)


def commands(query: str) -> tuple[Suggestion, ...]:
    """Commands whose name begins with `query`, then those that hold it."""
    named = [action for action in ACTIONS if action.slash]
    first = [action for action in named if action.slash.startswith(query)]
    then = [action for action in named if query in action.slash and action not in first]
    return tuple(
        Suggestion(f"/{action.slash}", action.title + (f": {action.argument}" if action.argument else ""))
        for action in [*first, *then]
    )
