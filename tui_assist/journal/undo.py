"""Plans taking a record back on the files as they are now. Writes nothing, and covers no later edit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tui_assist.errors import ToolError, UserError
from tui_assist.journal.folder import Folder
from tui_assist.journal.record import Entry, Reversal, Step
from tui_assist.patch.rebase import Conflict, Rebased, rebase
from tui_assist.patch.select import invert, select
from tui_assist.values.patch import FileChange, Patch
from tui_assist.workspace import Snapshot, Workspace

Parts = tuple[frozenset[str], ...]
"""For each change of a record, the ids of what is still as that record wrote it."""


def applied_parts(entries: Sequence[Entry]) -> dict[int, Parts]:
    """By record, what no other record has taken back. `entries` are all there are, oldest first.

    A record that takes another back counts as long as it was not taken back itself.
    """
    applied: dict[int, Parts] = {}
    gone: dict[int, set[str]] = {}
    for entry in reversed(entries):
        taken = gone.get(entry.number, set())
        applied[entry.number] = tuple(frozenset(parts) - taken for parts in entry.parts)
        if entry.about.reverts is not None:
            gone.setdefault(entry.about.reverts, set()).update(*applied[entry.number])
    return applied


def newest_undo(entries: Sequence[Entry], number: int) -> int:
    """The newest record that took back `number` and still does. Raises UserError when none does."""
    applied = applied_parts(entries)
    undos = [
        entry.number for entry in entries if entry.about.reverts == number and any(applied[entry.number])
    ]
    if not undos:
        raise UserError(f"patch {number} is not taken back, so it cannot be done again")
    return undos[-1]


def plan_undo(folder: Folder, workspace: Workspace, number: int, accepted: Mapping[str, bool]) -> Reversal:
    entry = folder.entry(number)
    entries = folder.entries()
    applied = applied_parts(entries).get(number, ())
    if not any(applied):
        raise UserError(f"patch {number} is taken back already")
    later = [one for one in entries if one.number > number]
    changes: list[FileChange] = []
    conflicts: list[str] = []
    for step, parts, every in zip(
        entry.steps(folder.content, workspace.show), applied, entry.parts, strict=True
    ):
        inverse = _inverse(step, parts, whole=len(parts) == len(every), accepted=accepted)
        if inverse is None:
            continue
        try:
            rebased = _now(inverse, workspace, later)
            changes += [rebased.change] if rebased.change is not None else []
            conflicts += [_told(inverse.path, conflict) for conflict in rebased.conflicts]
        except ToolError as error:
            conflicts.append(str(error))
    return Reversal(Patch(f"undo-{number}", tuple(changes)), tuple(conflicts), number)


def _inverse(
    step: Step, parts: frozenset[str], *, whole: bool, accepted: Mapping[str, bool]
) -> FileChange | None:
    """What takes the accepted of `parts` back on the file as the record left it."""
    change = step.change
    all_of_it = accepted.get(change.id, True)
    wanted = {part: accepted.get(part, all_of_it) for part in parts}
    if not any(wanted.values()):
        return None
    inverse = invert(change)
    if not whole and change.move_to is not None:  # the file moved back with the first part
        inverse = replace(inverse, kind="update", path=change.path, move_to=None)
    return select(inverse, {hunk.id: wanted.get(hunk.id, False) for hunk in change.hunks})


def _now(inverse: FileChange, workspace: Workspace, later: Sequence[Entry]) -> Rebased:
    """`inverse` for the file as it is. Raises ToolError, saying why, when it would cover a later edit."""
    path = _followed(workspace.cwd / inverse.path, later)
    inverse = replace(inverse, path=workspace.show(path))
    current = _snapshot(workspace, inverse.path)
    if inverse.move_to is not None and _snapshot(workspace, inverse.move_to) is not None:
        raise ToolError(f"{inverse.move_to} exists now, so {inverse.path} cannot go back there")
    if inverse.before is None:
        if current is not None:
            raise ToolError(f"{inverse.path} exists again, so it is not put back")
        return Rebased(inverse)
    if current is None:
        raise ToolError(f"{inverse.path} is gone{_since(path, later)}")
    if inverse.after is None and current.sha256 != inverse.seen:
        raise ToolError(f"{inverse.path} has changed since{_since(path, later)}, so it is not deleted")
    return rebase(inverse, current.content, current.mode)


def _told(path: str, conflict: Conflict) -> str:
    where = f"{path}, line {conflict.line}" if conflict.hunk.lines else path
    return f"{where}: this was changed since, so it is left as it is"


def _snapshot(workspace: Workspace, path: str) -> Snapshot | None:
    return workspace.snapshot(workspace.locate(path))


def _followed(path: Path, later: Sequence[Entry]) -> Path:
    """Where later records moved the file to."""
    for entry in later:
        path = next((place.target for place in entry.places if place.path == path), path)
    return path


def _since(path: Path, later: Sequence[Entry]) -> str:
    """The later records that wrote the file, in words: taking them back first may help."""
    numbers = [
        str(entry.number)
        for entry in later
        if any(path in (place.path, place.target) for place in entry.places)
    ]
    return f", also by patch {', '.join(numbers)}" if numbers else ""
