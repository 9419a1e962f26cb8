"""Plans unified and git diffs against files as they are. Reads no disk, and leaves out what does not fit.

Line numbers are hints: a hunk belongs where its old lines stand, nearest to its number. Every hunk that is
not exactly there says so in its match; what cannot be applied is said and not in the patch.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tui_assist.errors import ToolError, UserError
from tui_assist.patch.diff import diff_change
from tui_assist.patch.errors import PatchError
from tui_assist.patch.finder import Finder
from tui_assist.patch.gitread import DiffFile, DiffHunk, read_diff
from tui_assist.patch.hunks import worst
from tui_assist.patch.match import Edit, place_with
from tui_assist.patch.plan import FileSnapshot, Snapshots
from tui_assist.patch.runs import Run, ending_of, old_range, runs_of, settled
from tui_assist.patch.sections import Section, SectionLine
from tui_assist.patch.text import bare
from tui_assist.values.patch import FileChange, Hunk, Level, Match, Patch

MAX_BYTES = 64 * 1024 * 1024  # of a person's own patch file


@dataclass(frozen=True, slots=True)
class PlannedDiff:
    patch: Patch
    unapplied: tuple[str, ...] = ()  # what the patch leaves out, a sentence each


def plan_diff(patch_id: str, data: bytes, snapshots: Snapshots) -> PlannedDiff:
    """What the diffs in `data` would do, one FileChange for each file they really change.

    Later diffs of a file go on from what earlier ones made of it. Raises UserError above 64 MiB and when
    there is no diff in `data`.
    """
    if len(data) > MAX_BYTES:
        raise UserError(f"the patch has {len(data)} bytes, more than {MAX_BYTES}; apply it in parts")
    files = read_diff(data)
    if not files:
        raise UserError("found no diff; expected lines like '--- a/file', '+++ b/file', '@@ -1,3 +1,4 @@'")
    desk = _Desk(snapshots)
    for file in files:
        desk.take(file)
    changes = tuple(_numbered(change, f"f{n}") for n, change in enumerate(desk.changes(), 1))
    return PlannedDiff(Patch(patch_id, changes), tuple(desk.unapplied))


def _numbered(change: FileChange, id_: str) -> FileChange:
    hunks = tuple(replace(hunk, id=f"{id_}h{n}") for n, hunk in enumerate(change.hunks, 1))
    return replace(change, id=id_, hunks=hunks)


class _Left(Exception):
    """Why a file of the diff is left out."""


Placed = tuple[Run, Match]


@dataclass(frozen=True, slots=True)
class _File:
    """One file on its way through the diffs."""

    content: bytes
    mode: int | None = None
    origin: str = ""  # where it was before any diff; "" for a new one
    placed: tuple[Placed, ...] = ()  # in the lines of its origin, as long as one diff changed it
    diffs: int = 0  # how many changed it
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Round:
    """The files of one diff: their old sides all mean the files before it."""

    mail: int = 0
    sources: set[str] = field(default_factory=set)  # paths that were read and written, moved or deleted
    made: dict[str, _File] = field(default_factory=dict)
    moves: dict[str, str] = field(default_factory=dict)  # new path → old path, "" for a copy

    def goes_on_with(self, file: DiffFile) -> bool:
        """Whether `file` may belong to the same diff as those before it."""
        if file.mail != self.mail or file.new in self.made:
            return False
        if file.kind == "create":
            return file.new not in self.sources
        moves = file.kind in ("rename", "copy")
        return file.kind == "copy" or (file.old not in self.sources and (moves or file.old not in self.made))


class _Desk:
    """All files the diffs name, as they were and as they would be."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._as_is: dict[str, FileSnapshot | None] = {}
        self._now: dict[str, _File | None] = {}
        self._round = _Round()
        self.unapplied: list[str] = []

    def take(self, file: DiffFile) -> None:
        """Does what one file's diff says, or says why not."""
        try:
            self._choose_name(file)
            if not self._round.goes_on_with(file):
                self._finish_round(file.mail)
            self._do(file)
        except (_Left, ToolError) as error:
            self.unapplied.append(f"{file.path or 'a file without a name'}: {error}")

    def _choose_name(self, file: DiffFile) -> None:
        """A plain diff may name its file in more than one way: it is the first that exists."""
        if len(file.names) < 2 or file.kind == "create":
            return
        for name in file.names:
            try:
                found = self._file(name)
            except ToolError:
                continue
            if found is not None:
                file.old = file.new = name
                return

    def _do(self, file: DiffFile) -> None:
        if file.problem:
            raise _Left(file.problem)
        if not file.path or (file.kind in ("rename", "copy") and not (file.old and file.new)):
            raise _Left("its headers do not tell its name")
        source = None if file.kind == "create" else self._file(file.old)
        if file.kind == "create" or (source is None and _is_new(file)):
            self._create(file)
        elif source is None:
            raise _Left("does not exist")
        elif file.kind == "delete":
            self._delete(file, source)
        else:
            self._update(file, source)

    def _create(self, file: DiffFile) -> None:
        if file.broken:
            raise _Left("; ".join(file.broken))
        content = b"".join(line.content for hunk in file.hunks for line in hunk.lines if line.kind == "+")
        if any(line.kind != "+" for hunk in file.hunks for line in hunk.lines):
            raise _Left("is to be created, yet its diff has old lines")
        there = self._file(file.new)
        if there is not None and there.content != content:
            raise _Left("already exists with other content")
        if there is None:
            self._round.made[file.new] = _File(content, 0o755 if file.executable else None)

    def _delete(self, file: DiffFile, source: _File) -> None:
        old = b"".join(line.content for hunk in file.hunks for line in hunk.lines if line.kind != "+")
        if file.broken or old != source.content:
            raise _Left("is not as the diff that deletes it says; delete it by hand if you still want to")
        self._round.sources.add(file.old)

    def _update(self, file: DiffFile, source: _File) -> None:
        moves = file.kind in ("rename", "copy") and file.old != file.new
        placer = _Placer(source.content)
        for hunk in file.hunks:
            placer.place(hunk)
        failed = [*file.broken, *placer.failed]
        self.unapplied += [f"{file.path}: {sentence}" for sentence in failed]
        if failed and not placer.placed and not moves and file.executable is None:
            return
        self._round.made[file.new] = _after(file, source, placer)
        if moves:
            self._round.moves[file.new] = "" if file.kind == "copy" else file.old
        if file.kind != "copy":
            self._round.sources.add(file.old)

    def _file(self, path: str) -> _File | None:
        """The file at `path` before this round."""
        if path not in self._now:
            found = self._as_is[path] = self._snapshots(path)
            file = None if found is None else _File(found.content, found.mode, path, notes=found.notes)
            self._now[path] = file
        return self._now[path]

    def _finish_round(self, mail: int = 0) -> None:
        """What the round made is what the next one finds. A move never goes over a file that stays."""
        done, self._round = self._round, _Round(mail)
        for new, old in done.moves.items():
            try:
                taken = self._file(new) is not None and new not in done.sources
                why = "already exists"
            except ToolError as error:
                taken, why = True, str(error)
            if taken:
                self.unapplied.append(f"{new}: {why}; nothing was moved or copied there")
                del done.made[new]
                done.sources.discard(old)
        self._now |= dict.fromkeys(done.sources)
        self._now |= done.made

    def changes(self) -> list[FileChange]:
        """What would happen to each file."""
        self._finish_round()
        made = [self._change(path, file) for path, file in self._now.items()]
        return [change for change in made if change is not None]

    def _change(self, path: str, file: _File | None) -> FileChange | None:
        before = self._as_is[path]
        if file is None:
            if before is None or self._moved_to(path):
                return None
            return diff_change("", path, before.content, None, mode=before.mode, notes=before.notes)
        origin = file.origin
        if before is None and origin and self._moved_to(origin) == path:
            return _changed(origin, self._as_is[origin], file, path)
        return _changed(path, before, file, None)

    def _moved_to(self, path: str) -> str | None:
        """Where the file that was at `path` went: to a place that was free."""
        if self._now[path] is not None:
            return None
        goals = (new for new, file in self._now.items() if file is not None and file.origin == path)
        return next((new for new in goals if self._as_is[new] is None), None)


def _is_new(file: DiffFile) -> bool:
    """Whether a plain diff, which names no new files, makes one."""
    return bool(file.names) and [hunk.old_start for hunk in file.hunks] == [0]


def _mode(mode: int | None, executable: bool | None) -> int | None:
    """`mode` made executable or not for all who may read it."""
    if executable is None or (mode is None and not executable):
        return mode
    readable = 0o644 if mode is None else mode & ~0o111
    return readable | ((readable & 0o444) >> 2 if executable else 0)


def _after(file: DiffFile, source: _File, placer: "_Placer") -> _File:
    """What `file` makes of its source."""
    notes = source.notes
    if file.kind == "copy":
        notes = (*notes, f"copied from {file.old}")
    return _File(
        placer.after(),
        _mode(source.mode, file.executable),
        "" if file.kind == "copy" else source.origin,
        tuple(placer.placed),
        source.diffs + bool(placer.placed),
        notes,
    )


def _changed(path: str, before: FileSnapshot | None, file: _File, move_to: str | None) -> FileChange | None:
    """The change from `before` to `file`; None when they are the same."""
    content, mode = (before.content, before.mode) if before else (None, None)
    new_mode = file.mode if file.mode != mode else None
    if content == file.content and move_to is None and new_mode is None:
        return None
    change = diff_change("", path, content, file.content, mode=mode, move_to=move_to, notes=file.notes)
    change = replace(change, new_mode=new_mode)
    if all(match.exact for _, match in file.placed):
        return change
    hunks = tuple(replace(hunk, match=_match(hunk, file)) for hunk in change.hunks)
    return replace(change, hunks=hunks)


def _match(hunk: Hunk, file: _File) -> Match:
    """How well the hunks of the diff matched that made `hunk`."""
    start, end = old_range(hunk)
    own = [match for run, match in file.placed if run.start <= end and run.end >= start]
    return worst(own if file.diffs == 1 and own else [match for _, match in file.placed])


def _encoding(content: bytes) -> str:
    try:
        content.decode()
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


class _Placer:
    """Finds where the hunks of one file go. Bytes count, so a line's ending does too."""

    def __init__(self, content: bytes) -> None:
        *whole, last = content.split(b"\n")
        self._lines = [*(line + b"\n" for line in whole), *([last] if last else [])]
        self._encoding = _encoding(content)
        self._exact: Finder | None = None
        self._loose: Finder | None = None
        self._offset = 0  # how much further down than its number the hunk before was
        self._end = 0  # after the last line it changes
        self.placed: list[Placed] = []
        self.failed: list[str] = []

    def after(self) -> bytes:
        """The content with all placed hunks done."""
        new: list[bytes] = []
        at = 0
        for run in settled((run for run, _ in self.placed), self._lines, "latin-1"):
            new += [*self._lines[at : run.start], *run.added]
            at = run.end
        return b"".join((*new, *self._lines[at:]))

    def place(self, hunk: DiffHunk) -> None:
        found = self._exactly(hunk) or self._loosely(hunk)
        if not found:
            self.failed.append(self._why(hunk))
            return
        self.placed += found
        self._end = found[-1][0].end

    def _exactly(self, hunk: DiffHunk) -> list[Placed]:
        """The runs of `hunk` where all its old lines stand, byte for byte."""
        old = [line.content for line in hunk.lines if line.kind != "+"]
        claimed = hunk.old_start - 1 if old else hunk.old_start
        shape = Hunk("", 1 if old else 0, 0, hunk.lines)
        runs = runs_of(shape)
        if not runs:
            return []
        hint = claimed + self._offset
        places = [hint] if hint >= 0 and self._lines[hint : hint + len(old)] == old else []
        if not old:
            places = [min(max(hint, self._end), len(self._lines))]
        if not places or hint + runs[0].start < self._end:
            places = [place for place in self._places(old) if place + runs[0].start >= self._end]
        if not places:
            return []
        start = min(places, key=lambda place: abs(place - hint))
        self._offset = start - claimed
        match = Match(places=len(places), note=self._note(old))
        return [(Run(start + run.start, start + run.end, run.added), match) for run in runs]

    def _note(self, old: Sequence[bytes]) -> str:
        if not old and self._lines:
            return "no context: placed by its line number"
        lines = abs(self._offset)
        where = "below" if self._offset > 0 else "above"
        return f"{lines} line{'' if lines == 1 else 's'} {where} where the diff says" if lines else ""

    def _places(self, old: Sequence[bytes]) -> list[int]:
        if self._exact is None:
            self._exact = Finder([line.decode("latin-1") for line in self._lines])
        return self._exact.places(tuple(line.decode("latin-1") for line in old), Level.EXACT) if old else []

    def _loosely(self, hunk: DiffHunk) -> list[Placed]:
        """Likewise by the match ladder; added lines take the endings of their place."""
        try:
            lines = tuple(
                SectionLine(line.kind, bare(line.content.decode(self._encoding))) for line in hunk.lines
            )
        except UnicodeDecodeError:
            return []
        if self._loose is None:
            self._loose = Finder([bare(line.decode(self._encoding)) for line in self._lines])
        section = Section(hunk.number, lines=lines, claimed_line=max(hunk.old_start + self._offset, 1))
        try:
            edits = place_with(self._loose, [section], "") if section.old else []
        except PatchError:
            return []
        return [self._loose_run(edit) for edit in edits] if edits and edits[0].start >= self._end else []

    def _loose_run(self, edit: Edit) -> Placed:
        replaced = self._lines[edit.start : edit.end]
        around = (*self._lines[edit.end : edit.end + 1], *self._lines[max(edit.start - 1, 0) : edit.start])
        added = []
        for offset, text in enumerate(edit.added):
            near = (*replaced[offset : offset + 1], *replaced[-1:], *around)
            own = next((found for line in near if (found := ending_of(line, "latin-1"))), b"\n")
            added.append(text.encode(self._encoding) + own)
        match = replace(edit.match, note="line endings differ") if edit.match.exact else edit.match
        if added and edit.end == len(self._lines) and replaced and not ending_of(replaced[-1], "latin-1"):
            added[-1] = edit.added[-1].encode(self._encoding)
        return Run(edit.start, edit.end, tuple(added)), match

    def _why(self, hunk: DiffHunk) -> str:
        where = f"hunk {hunk.number} (line {hunk.old_start})"
        new = [line.content for line in hunk.lines if line.kind != "-"]
        start = max(hunk.old_start - 1, 0) + self._offset
        if new and self._lines[start : start + len(new)] == new:
            return f"{where} is in the file already"
        return f"{where} does not fit: its old lines are not in the file"
