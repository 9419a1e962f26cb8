"""Plans operations in memory: from operations and snapshots to file changes. Never touches the disk.

A call takes effect as a whole or not at all; a call that fails does not fail the others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from tui_assist.errors import ToolError
from tui_assist.patch.diff import diff_change
from tui_assist.patch.draft import NOTHING, Draft
from tui_assist.patch.errors import HunkNotFound, PatchError
from tui_assist.patch.match import place_sections
from tui_assist.patch.parse import parse_created, parse_sections
from tui_assist.patch.text import bare, check_writable, decode
from tui_assist.values.patch import FileChange, Operation, Patch, Repair

REPLACES = "replaces the whole file"


@dataclass(frozen=True, slots=True)
class FileSnapshot:
    """A file as it is."""

    content: bytes
    mode: int | None = None  # permission bits
    notes: tuple[str, ...] = ()  # what the reader must know, e.g. "hard link"


Snapshots = Callable[[str], FileSnapshot | None]
"""The file at a path as sent, or None when there is none. Raises ToolError for what may not be patched."""


@dataclass(frozen=True, slots=True)
class PlannedPatch:
    patch: Patch
    failures: Mapping[str, str]  # call id → why nothing of that call is in the patch
    repairs: Mapping[str, Repair] = field(default_factory=dict)  # likewise: what would mend it, hunk by hunk


def plan_patch(patch_id: str, operations: Sequence[Operation], snapshots: Snapshots) -> PlannedPatch:
    """What `operations` would do, one FileChange for each file they really change.

    `snapshots` is asked once for each path. Raises nothing for what a model sends: that is in `failures`.
    """
    desk: dict[str, _File] = {}
    snapshots = cache(snapshots)
    failures: dict[str, str] = {}
    repairs: dict[str, Repair] = {}
    for call_id in dict.fromkeys(operation.call_id for operation in operations):
        own = [operation for operation in operations if operation.call_id == call_id]
        call = _Call(dict(desk), snapshots)
        failed = call.take(own)
        if failed:
            rest = ["nothing of this patch was applied"] if len(own) > 1 else []
            failures[call_id] = "\n".join([*failed, *rest])
            if len(call.repairs) == len(failed):  # else mending would not save the call
                repairs[call_id] = call.repairs[0]
        else:
            desk = call.files
    changes = [change for file in desk.values() if (change := file.change()) is not None]
    numbered = tuple(_numbered(change, f"f{n}") for n, change in enumerate(changes, 1))
    return PlannedPatch(Patch(patch_id, numbered), failures, repairs)


def _numbered(change: FileChange, id_: str) -> FileChange:
    hunks = tuple(replace(hunk, id=f"{id_}h{n}") for n, hunk in enumerate(change.hunks, 1))
    return replace(change, id=id_, hunks=hunks)


@dataclass(frozen=True, slots=True)
class _File:
    """One file on its way through the patch."""

    path: str  # where it is
    snapshot: FileSnapshot | None  # None: it is not there yet
    draft: Draft | None = None  # its lines as planned; None as long as nothing but its place changed
    exists: bool = True
    now_at: str = ""  # where it would be, when it moves
    notes: tuple[str, ...] = ()
    call_ids: tuple[str, ...] = ()

    def lines(self) -> Draft:
        """Raises PatchError for a binary file."""
        if self.draft is not None:
            return self.draft
        return NOTHING if self.snapshot is None else Draft.of(decode(self.snapshot.content, self.path))

    def by(self, call_id: str) -> "_File":
        return self if call_id in self.call_ids else replace(self, call_ids=(*self.call_ids, call_id))

    @property
    def after(self) -> bytes | None:
        if not self.exists:
            return None
        if self.draft is not None:
            return self.draft.after
        return self.snapshot.content if self.snapshot else None

    def change(self) -> FileChange | None:
        """What would happen to the file; None when nothing does."""
        before = self.snapshot.content if self.snapshot else None
        move_to = self.now_at or None
        if before == self.after and move_to is None:
            return None
        kept = self.draft if self.exists else None
        return diff_change(
            "",
            self.path,
            before,
            self.after,
            mode=self.snapshot.mode if self.snapshot else None,
            move_to=move_to,
            call_ids=self.call_ids,
            notes=(*(self.snapshot.notes if self.snapshot else ()), *self.notes),
            changed=None if kept is None else kept.changed(),
        )


class _Call:
    """The operations of one call on the files as earlier calls left them; `files` is by the original path."""

    def __init__(self, files: dict[str, _File], snapshots: Snapshots) -> None:
        self.files = files
        self.snapshots = snapshots
        self.repairs: list[Repair] = []

    def take(self, operations: Sequence[Operation]) -> list[str]:
        """Does all of them; what is wrong, at most once a path. With anything wrong `files` is worthless."""
        wrong: dict[str, str] = {}
        for number, operation in enumerate(operations):
            if operation.path in wrong:
                continue
            try:
                self._do(operation)
            except ToolError as error:
                wrong[operation.path] = str(error)
                if isinstance(error, HunkNotFound) and error.candidates:
                    self.repairs.append(_repair(error, operation, number))
        return list(wrong.values())

    def _do(self, operation: Operation) -> None:
        file = self._file(operation.path).by(operation.call_id)
        match operation.type:
            case "create_file":
                self._keep(_created(file, operation))
            case "delete_file":
                self._keep(_deleted(file, operation.path))
            case "update_file":
                updated = _updated(file, operation)
                if operation.move_to in (None, operation.path):
                    self._keep(updated)
                else:
                    self._move(updated, operation)

    def _file(self, path: str) -> _File:
        """The file that would be at `path` by now."""
        for file in self.files.values():
            if file.now_at == path:
                return file
        if path not in self.files:
            snapshot = self.snapshots(path)
            return _File(path, snapshot, exists=snapshot is not None)
        if self.files[path].now_at:
            raise PatchError(
                f"{path} is moved to {self.files[path].now_at} by this patch; name it by its new path"
            )
        return self.files[path]

    def _keep(self, file: _File) -> None:
        self.files[file.path] = file

    def _move(self, file: _File, operation: Operation) -> None:
        """Moves a file; onto an existing one it becomes a replacement there and a deletion here."""
        assert operation.move_to is not None
        target = self._file(operation.move_to).by(operation.call_id)
        if file.snapshot is not None and target.snapshot is None and not target.exists:
            self._keep(replace(file, now_at=operation.move_to))
            return
        lines = [bare(line) for line in file.lines().lines]
        notes = (REPLACES,) if target.exists and target.snapshot else ()
        self._keep(replace(file, exists=False, draft=None, now_at=""))
        draft = (target.lines() if target.exists else _emptied(target)).replaced(lines)
        check_writable(lines, draft.base.encoding, operation.move_to)
        self._keep(replace(target, draft=draft, exists=True, notes=(*target.notes, *notes)))


def _repair(error: HunkNotFound, operation: Operation, number: int) -> Repair:
    call_id, path = operation.call_id, operation.path
    return Repair(call_id, number, error.hunk, path, error.wanted, error.candidates, str(error))


def _emptied(file: _File) -> Draft:
    """The draft of a file that was deleted before it is written anew."""
    return file.lines().replaced(())


def _created(file: _File, operation: Operation) -> _File:
    lines = parse_created(operation.diff, operation.path)
    draft = file.lines() if file.exists else _emptied(file)
    if file.exists and lines == tuple(bare(line) for line in draft.lines):
        return file
    if file.exists and not operation.replaces:
        raise PatchError(f"{operation.path} already exists; change it with update_file instead")
    check_writable(lines, draft.base.encoding, operation.path)
    notes = (*file.notes, REPLACES) if file.exists and file.snapshot else file.notes
    return replace(file, draft=draft.replaced(lines), exists=True, notes=notes)


def _deleted(file: _File, path: str) -> _File:
    if not file.exists:
        raise PatchError(f"{path} does not exist, so it cannot be deleted; check the path")
    return replace(file, exists=False, draft=None, now_at="")


def _updated(file: _File, operation: Operation) -> _File:
    if not file.exists:
        raise PatchError(
            f"{operation.path} does not exist; check the path, or use create_file for a new file"
        )
    sections = parse_sections(operation.diff, operation.path)
    if not sections:
        return file
    places = dict(operation.placed)
    sections = tuple(replace(section, placed=places.get(section.number)) for section in sections)
    draft = file.lines()
    edits = place_sections(draft.lines, sections, operation.path)
    check_writable((text for edit in edits for text in edit.added), draft.base.encoding, operation.path)
    return replace(file, draft=draft.edited(edits))
