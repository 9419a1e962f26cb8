"""Writes a patch all or nothing, also through a crash. Owns the order of the steps, and no file's format.

Everything is staged and verified before the record is marked as prepared. From there on it goes through:
by itself, or at the next start. What cannot is taken back, and never what someone else wrote.
"""

import contextlib
from collections.abc import Callable, Sequence
from typing import NoReturn

from tui_assist.errors import AssistError, StalePlan, ToolError
from tui_assist.journal.folder import OPEN, Folder, Phase
from tui_assist.journal.record import Entry, Step
from tui_assist.workspace.reading import why
from tui_assist.workspace.writing import (
    Identity,
    Stand,
    clear,
    finish_move,
    remove_folders,
    stage,
    stand,
    swap,
    sync,
    take_back,
    verify,
)

JOURNAL = "the journal"

Tell = Callable[[str], None]
"""Told the name of every step when it is done, so that a test can stop there."""


def commit(folder: Folder, entry: Entry, steps: Sequence[Step], tell: Tell) -> None:
    """Writes `steps`. Raises StalePlan or ToolError, and then nothing is changed."""
    at = JOURNAL
    try:
        _keep(folder, entry, steps, tell)
        seen: list[Identity | None] = []
        for step in steps:
            at = step.change.path
            stage(step.place, step.change)
            tell(f"staged {at}")
        for step in steps:
            at = step.change.path
            seen.append(verify(step.place, step.change))
        tell("verified")
        at = JOURNAL
        folder.mark(entry.number, Phase.PLANNED, Phase.PREPARED)
    except BaseException as error:
        ending = ""
        with contextlib.suppress(OSError):  # the record stays then, and the next start does it
            ending = _abandon(folder, entry, tell)
        _raise(_told(at, error, ending), error)
    begun: list[Step] = []
    try:
        tell("prepared")
        for step, identity in _deletions_last(list(zip(steps, seen, strict=True))):
            at = step.change.path
            begun.append(step)
            swap(step.place, step.change, identity)
            tell(f"swapped {at}")
        sync(entry.places)
        tell("synced")
    except BaseException as error:
        _raise(_taken_back(folder, entry, begun, tell, at, error), error)
    _finish(folder, entry, tell)


def _keep(folder: Folder, entry: Entry, steps: Sequence[Step], tell: Tell) -> None:
    for step in steps:
        for content in (step.change.before, step.change.after):
            if content is not None:
                folder.keep(content)
                tell(f"kept {step.change.path}")
    folder.begin(entry)
    tell("planned")


def _deletions_last(steps: list[tuple[Step, Identity | None]]) -> list[tuple[Step, Identity | None]]:
    """What is gone is the hardest to put back as it was: owner and attributes live in no journal."""
    return sorted(steps, key=lambda one: one[0].change.after is None)


def _told(at: str, error: BaseException, ending: str = "") -> BaseException:
    match error:
        case FileNotFoundError() if at != JOURNAL:
            return StalePlan(f"{at} is gone since it was shown; nothing was written{ending}")
        case OSError():
            return ToolError(f"nothing was written: {why(at, error)}{ending}")
        case ToolError() if ending:
            return type(error)(f"{error}{ending}")
    return error


def _raise(told: BaseException, error: BaseException) -> NoReturn:
    if told is error:
        raise error
    raise told from error


def _finish(folder: Folder, entry: Entry, tell: Tell) -> None:
    try:
        for place in entry.places:
            clear(place)
        folder.mark(entry.number, Phase.PREPARED, Phase.DONE)
    except OSError:
        return  # every file is new and on the disk: the next start sets the mark
    tell("marked")


def _abandon(folder: Folder, entry: Entry, tell: Tell) -> str:
    """Removes what staging left; no file was changed yet. What to add to the sentence on it."""
    strays = _removed_staging(entry)
    tell("cleared")
    for phase in (Phase.PLANNED, Phase.PREPARED):
        folder.drop(entry.number, phase)
    tell("abandoned")
    return strays


def _removed_staging(entry: Entry) -> str:
    """Removes temporary files and new folders that are empty; what could not be removed, in words."""
    strays = []
    for place in entry.places:
        try:
            clear(place)
        except OSError as error:
            strays.append(f"; {why(str(place.target.with_name(place.temporary)), error)}, remove it yourself")
    remove_folders(entry.places)
    return "".join(strays)


def _taken_back(
    folder: Folder, entry: Entry, begun: Sequence[Step], tell: Tell, at: str, error: BaseException
) -> BaseException:
    """Takes back what got through; the error to raise. The last of `begun` is where it failed."""
    try:
        left, strays = _take_back(folder, entry, Phase.PREPARED, begun, tell)
    except (OSError, AssistError) as trouble:
        return ToolError(
            f"{_told(at, error)}; but what was written before could not be taken back ({trouble}): that is "
            "done when tui-assist starts the next time. Read the files before you go on"
        )
    left = [path for path in left if path != begun[-1].change.path]
    if left:
        return ToolError(f"{_told(at, error)}; {_left_alone(left)}, the other files are as they were{strays}")
    return _told(at, error, strays)


def _take_back(
    folder: Folder, entry: Entry, phase: Phase, steps: Sequence[Step], tell: Tell
) -> tuple[list[str], str]:
    """Makes every file old again, but those someone else wrote: their paths. Raises OSError, StalePlan."""
    if phase is not Phase.UNDOING:
        folder.mark(entry.number, phase, Phase.UNDOING)
    tell("undoing")
    left = []
    for step in reversed(steps):
        if stand(step.place, step.change) is Stand.FOREIGN:
            left.append(step.change.path)
        else:
            take_back(step.place, step.change)
        tell(f"took back {step.change.path}")
    strays = _removed_staging(entry)
    sync(entry.places)
    folder.drop(entry.number, Phase.UNDOING)
    tell("undone")
    return left, strays


def settle(folder: Folder, show: Callable[..., str], tell: Tell) -> list[str]:
    """Finishes or takes back every commit that a crash left open; a sentence for the person on each.

    Raises nothing for what it finds: a commit that cannot be settled stays open, and is tried again.
    """
    said = []
    for number, phase in folder.numbers(*OPEN):
        try:
            said.append(_settle(folder, number, phase, show, tell))
        except (OSError, AssistError) as error:
            said.append(
                f"patch {number} was interrupted and could be neither finished nor taken back: {error}. "
                "It is tried again at the next start; until then no patch is written"
            )
    return said


def _settle(folder: Folder, number: int, phase: Phase, show: Callable[..., str], tell: Tell) -> str:
    entry = folder.entry(number, phase)
    files = ", ".join(show(place.path) for place in entry.places)
    if phase is Phase.PLANNED:
        strays = _abandon(folder, entry, tell)
        return f"patch {number} was interrupted before it was written; nothing of it is ({files}){strays}"
    steps = entry.steps(folder.content, show)
    foreign = any(stand(step.place, step.change) is Stand.FOREIGN for step in steps)
    if phase is Phase.PREPARED and not foreign:
        try:
            _go_through(folder, entry, steps, tell)
            return f"patch {number} was interrupted and is finished now: {files}"
        except (OSError, AssistError):
            pass  # what cannot go through is taken back
    left, strays = _take_back(folder, entry, phase, steps, tell)
    ending = f"; {_left_alone(left)}" if left else ""
    return f"patch {number} was interrupted and is taken back: {files}{ending}{strays}"


def _go_through(folder: Folder, entry: Entry, steps: Sequence[Step], tell: Tell) -> None:
    for step in steps:
        reached = stand(step.place, step.change)
        if reached is Stand.HALF:
            finish_move(step.place)
        elif reached is not Stand.NEW:
            stage(step.place, step.change)
            tell(f"staged {step.change.path}")
            swap(step.place, step.change, verify(step.place, step.change))
        tell(f"finished {step.change.path}")
    sync(entry.places)
    _finish(folder, entry, tell)


def _left_alone(paths: Sequence[str]) -> str:
    verb = (
        "was changed by someone else meanwhile and is"
        if len(paths) == 1
        else "were changed by others and are"
    )
    return f"{', '.join(paths)} {verb} left alone"
