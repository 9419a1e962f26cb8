"""Plans a patch that a person brings along: a git or unified diff, an envelope, or a bundle. Writes nothing.

What cannot be applied is left out and said. Paths that lead outside, into git or through links are refused.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tui_assist.errors import ToolError, UserError
from tui_assist.patch.bundle import load, plan_bundle
from tui_assist.patch.gitdiff import plan_diff
from tui_assist.patch.parse import parse_envelope
from tui_assist.patch.plan import FileSnapshot, plan_patch
from tui_assist.tools.patching import Desk
from tui_assist.values.patch import FileChange, Operation, Patch
from tui_assist.workspace import Workspace

ID = "apply"

_ENVELOPE = re.compile(rb"^\*\*\* Begin Patch", re.MULTILINE)
_GIT = re.compile(rb"^diff --git ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a person's own patch would do here and now."""

    patch: Patch
    unapplied: tuple[str, ...] = ()  # what the patch leaves out, a sentence each
    reasons: tuple[str, ...] = ()  # what to look at twice
    title: str = ""  # what a bundle says of itself


def plan_brought(workspace: Workspace, data: bytes) -> Brought:
    """What `data` would do. Raises UserError when it holds no patch.

    A git diff names its files from the first root, as git does; everything else from the working directory.
    """
    if not data.strip():
        raise UserError("the patch is empty")
    desk = Desk(workspace)
    if data.lstrip().startswith(b"{"):
        bundle = load(data)
        files = _Files(workspace, desk, workspace.cwd)
        planned = plan_bundle(bundle, files.snapshot)
        patch, left = files.real(planned.patch)
        return _brought(desk, patch, (*planned.unapplied, *left), bundle.reasons, bundle.title)
    if _ENVELOPE.search(data):
        patch, left = _plan_envelope(desk, data)
        return _brought(desk, patch, left)
    files = _Files(workspace, desk, workspace.roots[0] if _GIT.search(data) else workspace.cwd)
    found = plan_diff(ID, data, files.snapshot)
    patch, left = files.real(found.patch)
    return _brought(desk, patch, (*found.unapplied, *left))


def _brought(
    desk: Desk, patch: Patch, unapplied: Sequence[str], reasons: Sequence[str] = (), title: str = ""
) -> Brought:
    kept, modes = [], []
    for change in patch.changes:
        if change.new_mode is not None:  # the journal writes contents; a mode of its own it cannot take back
            modes.append(
                f"{change.path}: its mode is not changed; for that, run chmod {change.new_mode:o} on it"
            )
        if change.before != change.after or change.move_to is not None:
            kept.append(replace(change, new_mode=None))
    patch = replace(patch, changes=tuple(kept))
    every = dict.fromkeys((*reasons, *desk.reasons(patch)))
    return Brought(patch, (*unapplied, *modes), tuple(every), title)


def _plan_envelope(desk: Desk, data: bytes) -> tuple[Patch, list[str]]:
    """Each file action stands for itself: one that does not fit leaves the others alone."""
    try:
        operations = parse_envelope(data.decode(), ID)
    except UnicodeDecodeError as error:
        raise UserError("the patch is not UTF-8 text") from error
    except ToolError as error:
        raise UserError(str(error)) from error
    real: list[Operation] = []
    left: list[str] = []
    for number, operation in enumerate(operations, 1):
        try:
            real.append(replace(desk.real(operation), call_id=f"{ID}-{number}"))
        except ToolError as error:
            left.append(str(error))
    planned = plan_patch(ID, real, desk.snapshot)
    return planned.patch, [*left, *planned.failures.values()]


@dataclass(slots=True)
class _Files:
    """The files a patch names, from `base`, and what each is really called."""

    workspace: Workspace
    desk: Desk
    base: Path
    shown: dict[str, str] = field(default_factory=dict)  # by path as the patch has it

    def snapshot(self, path: str) -> FileSnapshot | None:
        """For the planners. Raises ToolError for what may not be written."""
        located = self.desk.writable(self._here(path))
        self.shown[path] = located.shown
        return self.desk.snapshot(located.shown)

    def real(self, patch: Patch) -> tuple[Patch, list[str]]:
        """`patch` with the real names of its files, and what of it cannot be done."""
        changes: list[FileChange] = []
        left: list[str] = []
        taken: set[str] = set()
        for change in patch.changes:
            try:
                found = self._real(change)
                names = {name for name in (found.path, found.move_to) if name}
                if names & taken:
                    raise ToolError("another part of the patch changes the same file under another name")
            except ToolError as error:
                left.append(f"{change.path}: {error}")
                continue
            taken |= names
            changes.append(found)
        return replace(patch, changes=tuple(changes)), left

    def _real(self, change: FileChange) -> FileChange:
        path = self.shown[change.path]
        leaves = change.kind in ("delete", "move")
        if leaves and os.path.islink(self.workspace.cwd / self._here(change.path)):
            raise ToolError("it is a symbolic link; delete or move it by hand")
        if change.move_to is None:
            return replace(change, path=path)
        target = self.desk.writable(self._here(change.move_to))
        self.workspace.check_movable(self.workspace.locate(path), target)
        return replace(change, path=path, move_to=target.shown)

    def _here(self, path: str) -> str:
        """`path` from the working directory, as the person may read it in a sentence."""
        return (
            path if self.base == self.workspace.cwd else os.path.relpath(self.base / path, self.workspace.cwd)
        )
