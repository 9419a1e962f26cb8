"""The story "undo": the inverse of the last patch that was applied, proposed as a patch of its own."""

import re

from tui_assist.practice.conversation import Done, Talk, Turn
from tui_assist.practice.diffs import changes_something, content_of, inverse, without
from tui_assist.practice.readings import listed, read
from tui_assist.practice.reply import PatchCall, Reply, Say, offered
from tui_assist.practice.reports import refused_hunks
from tui_assist.practice.stories.files import content_read
from tui_assist.practice.stories.replace import reported
from tui_assist.practice.stories.sentences import sentence

UNDO = sentence(r"undo(?:\s+(?:it|that|this|the\s+last\s+(?:patch|change|edit)))?[.!]?")


def undo(talk: Talk, said: re.Match[str]) -> Reply:
    if offered(talk.tools, "apply_patch") is None:
        return (Say("I cannot change files here: I was not offered the tool `apply_patch`."),)
    if talk.now.done:
        return (Say(reported(talk.now)),)
    last = last_patched(talk.turns[:-1])
    if last is None:
        return (Say("There is no patch of mine in this conversation that was applied and not undone yet."),)
    before = talk.turns[: talk.turns.index(last) + 1]
    inverses: list[PatchCall] = []
    unknown: list[str] = []
    for operation in _last_first(applied_in(last)):
        taken_back = inverse(operation, content_before(operation.path, before))
        if taken_back is None:
            unknown.append(operation.path)
        elif taken_back.operation != "update_file" or changes_something(taken_back.diff):
            inverses.append(taken_back)
    lost = f"I never read {listed(unknown)}, so I cannot bring back what was in it." if unknown else ""
    if not inverses:
        return (Say(lost or "Every part of that patch was refused: there is nothing to undo."),)
    told = f"This takes back my last patch, in {listed([call.path for call in inverses])}."
    return (Say(f"{told} {lost}".strip()), *inverses)


def last_patched(turns: tuple[Turn, ...]) -> Turn | None:
    """The latest turn whose patch still stands: an undo takes away the one before it."""
    standing: list[Turn] = []
    for turn in turns:
        if not any(done.applied for done in turn.done):
            continue
        if UNDO.fullmatch(turn.prompt) and standing:
            standing.pop()
        else:
            standing.append(turn)
    return standing[-1] if standing else None


def applied_in(turn: Turn) -> list[PatchCall]:
    """The operations that reached the disk, without the hunks the answer says were refused."""
    return [
        _without_refused(operation, done) for done in turn.of("apply_patch") for operation in done.applied
    ]


def _last_first(operations: list[PatchCall]) -> list[PatchCall]:
    """The files in their order; what was done last to one of them comes first."""
    by_path: dict[str, list[PatchCall]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, []).insert(0, operation)
    return [operation for together in by_path.values() for operation in together]


def _without_refused(operation: PatchCall, done: Done) -> PatchCall:
    diff = operation.diff
    if operation.operation == "update_file":
        for hunk in refused_hunks(done.output, operation.path):
            diff = without(diff, hunk)
    return PatchCall(operation.operation, operation.path, diff)


def content_before(path: str, turns: tuple[Turn, ...]) -> str | None:
    """A file's text as far as this conversation knows it: read whole, or created in it."""
    for turn in reversed(turns):
        readings = [reading for reading in map(read, turn.of("read_file")) if reading.path == path]
        if readings and (content := content_read(readings)[0]) is not None:
            return content
        for done in turn.of("apply_patch"):
            for operation in done.applied:
                if operation.path == path and operation.operation == "create_file":
                    return content_of(operation.diff)
    return None
