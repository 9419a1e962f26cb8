"""Takes refused hunks out of a planned change, and turns a change round. Never parses a diff again.

Every byte outside the hunks is the file's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from tui_assist.patch.diff import digest
from tui_assist.patch.runs import applied, old_lines, renumbered
from tui_assist.patch.text import shared_mark
from tui_assist.values.patch import FileChange, Hunk, HunkLine, Match

Kind = Literal["create", "update", "delete", "move"]
_INVERSE: dict[Kind, Kind] = {"create": "delete", "delete": "create", "update": "update", "move": "move"}
_TURNED: dict[str, Literal[" ", "-", "+"]] = {" ": " ", "-": "+", "+": "-"}


def select(change: FileChange, accepted: Mapping[str, bool]) -> FileChange | None:
    """`change` with only its accepted hunks; None when nothing of it is left.

    `accepted` is by hunk id; a hunk it does not name goes by the change's id, and is accepted when that
    is not named either. The hunks that stay keep their ids.
    """
    whole = accepted.get(change.id, True)
    kept = tuple(hunk for hunk in change.hunks if accepted.get(hunk.id, whole))
    if not kept and (change.hunks or not whole):
        return None
    if len(kept) == len(change.hunks):
        return change
    assert change.before is not None, "a new file is one hunk"
    assert change.after is not None, "a deletion is one hunk"
    mark = shared_mark(change.before, change.after)
    return replace(change, hunks=renumbered(kept), after=mark + applied(old_lines(change), kept))


def invert(change: FileChange) -> FileChange:
    """The change that takes `change` back."""
    moved = change.move_to is not None
    turned = change.new_mode is not None and change.before is not None
    return replace(
        change,
        kind=_INVERSE[change.kind],
        path=change.move_to or change.path,
        move_to=change.path if moved else None,
        before=change.after,
        after=change.before,
        seen=digest(change.after),
        mode=change.mode if change.new_mode is None else change.new_mode,
        new_mode=change.mode if turned else None,
        hunks=tuple(_inverted(hunk) for hunk in change.hunks),
    )


def _inverted(hunk: Hunk) -> Hunk:
    lines: list[HunkLine] = []
    run: list[HunkLine] = []
    for line in hunk.lines:
        if line.kind == " ":
            lines += [*_removed_first(run), line]
            run = []
        else:
            run.append(HunkLine(_TURNED[line.kind], line.content))
    lines += _removed_first(run)
    return replace(
        hunk, old_start=hunk.new_start, new_start=hunk.old_start, lines=tuple(lines), match=Match()
    )


def _removed_first(run: Sequence[HunkLine]) -> list[HunkLine]:
    return sorted(run, key=lambda line: line.kind == "+")
