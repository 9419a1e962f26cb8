"""The tool `apply_patch`: plans the patch of a whole response, writes what was accepted of it.

Plans in memory from snapshots; writes through the journal, all or nothing, and only files that still are as
they were shown.
"""

import asyncio
import os
import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from tui_assist.errors import ToolError
from tui_assist.journal import About, Journal
from tui_assist.patch.diff import unified
from tui_assist.patch.parse import parse_arguments
from tui_assist.patch.plan import FileSnapshot, plan_patch
from tui_assist.patch.repair import repaired
from tui_assist.patch.report import report as report_patch
from tui_assist.patch.select import select
from tui_assist.tools import arguments
from tui_assist.values.asking import Decision, DiffView, TextView, Verdict
from tui_assist.values.calls import Access, Call, Outcome, Plan, Report, Status, ToolSpec
from tui_assist.values.content import Text
from tui_assist.values.patch import FileChange, Operation, Patch
from tui_assist.workspace import Located, Workspace
from tui_assist.workspace.paths import fold

_DESCRIPTION = (
    "Change files. `patch` runs from '*** Begin Patch' to '*** End Patch' and holds, for each file,"
    " '*** Update File: path' with hunks, '*** Add File: path' with every line after '+', or"
    " '*** Delete File: path'. A hunk: '@@', about three unchanged lines after ' ', old lines after '-', new"
    " lines after '+', three unchanged lines. '@@ def name' says where, when that is not unique. After an"
    " Update line '*** Move to: path' renames. All files of one change go into one patch."
)


Origin = Callable[[], About]
"""Where a patch comes from that is written now; who decided is filled in."""


class ApplyPatch:
    """All patches of one response as one."""

    together = True
    spec = ToolSpec(
        "apply_patch",
        _DESCRIPTION,
        arguments.schema(patch={"type": "string"}),
        native="apply_patch",
    )

    def __init__(self, workspace: Workspace, journal: Journal, origin: Origin) -> None:
        self._workspace = workspace
        self._journal = journal
        self._origin = origin

    async def plan(self, calls: tuple[Call, ...]) -> Plan:
        return await asyncio.to_thread(self._plan, calls)

    def _plan(self, calls: tuple[Call, ...]) -> Plan:
        desk = Desk(self._workspace)
        operations, failures = desk.read(calls)
        planned = plan_patch(calls[0].call_id, operations, desk.snapshot)
        failures |= planned.failures
        if len(calls) == len(failures) == 1 and not planned.repairs:
            raise ToolError(next(iter(failures.values())))
        patch = planned.patch
        if not patch.changes:
            view = TextView("the files are already as this patch asks")
            return Plan(
                calls,
                Access.READ,
                "no changes",
                view,
                failures=failures,
                repairs=planned.repairs,
                steps=patch,
            )
        return Plan(
            calls,
            Access.EDIT,
            title(patch),
            DiffView(patch),
            reasons=desk.reasons(patch),
            failures=failures,
            repairs=planned.repairs,
            steps=patch,
        )

    async def run(self, plan: Plan, decision: Decision, report: Report) -> Mapping[str, Outcome]:
        """Writes the accepted hunks, all or none. A cancel waits until the files and all answers are true."""
        patch: Patch = plan.steps
        written = chosen(patch, decision)
        if written:
            about = replace(self._origin(), decided_by=decision.by, tool=self.spec.name)
            await _uncut(lambda: self._journal.commit(tuple(written.values()), about))
        return {
            call.call_id: _outcome(call.call_id, patch, decision, written)
            for call in plan.calls
            if call.call_id not in plan.failures
        }

    async def close(self) -> None:
        """Holds nothing."""


def chosen(patch: Patch, decision: Decision) -> dict[str, FileChange]:
    """What is written, by change id: the accepted hunks as the person left them.

    Raises ToolError when what was reviewed is not this patch.
    """
    if decision.verdict is not Verdict.ALLOW:
        return {}
    reviewed = decision.reviewed or patch
    if list(map(_same, reviewed.changes)) != list(map(_same, patch.changes)):
        raise ToolError("nothing was written: the files changed while the patch was reviewed; send it again")
    accepted = {key: one.accept for key, one in decision.hunks.items()}
    chosen = [select(change, accepted) for change in reviewed.changes]
    return {
        change.id: change
        for change in chosen
        if change is not None and (change.before != change.after or change.move_to is not None)
    }


def _same(change: FileChange) -> tuple[object, ...]:
    """What a review cannot change of a planned change."""
    return change.id, change.path, change.move_to, change.before, change.seen


async def _uncut(write: Callable[[], object]) -> None:
    """Calls `write` in a thread. A cancel that comes meanwhile is delivered right after."""
    writing = asyncio.ensure_future(asyncio.to_thread(write))
    cancelled = False
    while not writing.done():
        try:
            await asyncio.wait({writing})
        except asyncio.CancelledError:
            cancelled = True
    task = asyncio.current_task()
    if cancelled and task is not None:
        task.cancel()
    writing.result()


class Desk:
    """What one planning knows of the disk: where each path leads, and each file as it was first read."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._located: dict[str, Located] = {}  # by `Located.shown`, under which operations go on
        self._folded: dict[str, str] = {}

    def read(self, calls: Sequence[Call]) -> tuple[list[Operation], dict[str, str]]:
        """The operations of `calls` with their real paths; a call with anything wrong only has a failure."""
        operations: list[Operation] = []
        failures: dict[str, str] = {}
        for call in calls:
            try:
                parsed = list(parse_arguments(call.arguments, call.call_id))
                for one in call.placed:
                    parsed[one.operation] = repaired(parsed[one.operation], one.hunk, one.at)
                operations += [
                    self.real(operation, call.arguments.get("directory") or "") for operation in parsed
                ]
            except ToolError as error:
                failures[call.call_id] = str(error)
        return operations, failures

    def real(self, operation: Operation, directory: str = "") -> Operation:
        """`operation` on the real files. Raises ToolError for what may not be written."""
        path = posixpath.join(directory, operation.path)
        source = self.writable(path)
        leaves = operation.type == "delete_file" or operation.move_to is not None
        if leaves and os.path.islink(self._workspace.cwd / path):
            raise ToolError(f"{path} is a symbolic link; delete or move it with a shell command")
        if operation.move_to is None:
            return replace(operation, path=source.shown)
        target = self.writable(posixpath.join(directory, operation.move_to))
        self._workspace.check_movable(source, target)
        return replace(operation, path=source.shown, move_to=target.shown)

    def writable(self, path: str) -> Located:
        """Where `path` leads, known to `snapshot` from now on. Raises ToolError for what may not be."""
        located = self._workspace.locate(path)
        self._workspace.check_writable(located)
        twin = self._folded.setdefault(fold(located.shown), located.shown)
        if twin != located.shown:
            raise ToolError(f"{located.shown} and {twin} differ only in case; use one of the names")
        # Another name of the same file may have come first: keep the one with more to say.
        known = self._located.get(located.shown)
        if known is None or len(located.reasons()) > len(known.reasons()):
            self._located[located.shown] = located
        return located

    def snapshot(self, path: str) -> FileSnapshot | None:
        """A file for the planner, by `Located.shown`."""
        found = self._workspace.snapshot(self._located[path])
        if found is None:
            return None
        others = found.links - 1
        notes = (
            f"hard link: {others} other {'name keeps' if others == 1 else 'names keep'} the old content",
        )
        return FileSnapshot(found.content, found.mode, notes if others else ())

    def reasons(self, patch: Patch) -> tuple[str, ...]:
        paths = [path for change in patch.changes for path in (change.path, change.move_to) if path]
        found = [reason for path in paths for reason in self._located[path].reasons()]
        return tuple(dict.fromkeys(found))


def title(patch: Patch) -> str:
    """`3 files, 4 hunks, 1 not exact`."""
    hunks = [hunk for change in patch.changes for hunk in change.hunks]
    inexact = sum(not hunk.match.exact for hunk in hunks)
    said = [_count(len(patch.changes), "file"), _count(len(hunks), "hunk")]
    return ", ".join(said + ([f"{inexact} not exact"] if inexact else []))


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def _outcome(call_id: str, patch: Patch, decision: Decision, written: Mapping[str, FileChange]) -> Outcome:
    own = Patch(patch.id, tuple(change for change in written.values() if call_id in change.call_ids))
    asked = any(call_id in change.call_ids for change in patch.changes)
    text = report_patch(call_id, patch, decision, written)
    status = Status.COMPLETED if own.changes or not asked else Status.REFUSED
    return Outcome(
        status,
        (Text(text),),
        title(own) if own.changes else status.value,
        DiffView(own) if own.changes else TextView(text),
        patch=unified(own) if own.changes else None,
    )
