"""The roots a session works in: finds, reads, lists, writes files. Writes nothing outside or of git's."""

import asyncio
import os
import secrets
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from tui_assist.errors import StalePlan, ToolError
from tui_assist.patch.diff import diff_change
from tui_assist.values.patch import FileChange, Patch
from tui_assist.workspace import repository
from tui_assist.workspace.listing import walk
from tui_assist.workspace.paths import Located, belongs_to_git, checked, fold, is_protected, is_secret, within
from tui_assist.workspace.reading import LARGEST, Snapshot, kind_of, read_file, why
from tui_assist.workspace.writing import Place

LARGEST_DIFF = 4 * 1024 * 1024  # bytes of a file that `diff` still compares line by line
MOST_DIFFS = 500  # files one `diff` shows


class Workspace:
    """An ordered list of folders, and the working directory in the first of them.

    Paths the model and the person use are relative to `cwd`; those in the other roots are absolute.
    """

    def __init__(self, roots: Sequence[Path], cwd: Path | None = None, private: Sequence[Path] = ()) -> None:
        """`roots` must be existing folders; `cwd` lies in the first and is that root unless given.

        `private` are the program's own folders (settings, keys, sessions): secret and never written, even
        where a root holds them.
        """
        self.roots = tuple(dict.fromkeys(root.resolve() for root in roots))
        self.cwd = (cwd or self.roots[0]).resolve()
        self._private = tuple(folder.resolve() for folder in private)

    def locate(self, path: str) -> Located:
        """Where `path`, relative to `cwd`, leads. Raises ToolError for what can name no file."""
        asked = os.path.normpath(self.cwd / checked(path))
        try:
            real = Path(os.path.realpath(self.cwd / path))
        except OSError as error:
            raise ToolError(why(path, error)) from error
        root = within(real, self.roots)
        parts = real.relative_to(root).parts if root else real.parts
        return Located(
            path=real,
            shown=self.show(real),
            asked=path,
            inside=root is not None,
            git=belongs_to_git(real, root),
            protected=is_protected(parts) or is_protected(self._below_root(asked)),
            secret=self.holds_secrets(real),
            link=str(real) != asked,
        )

    def holds_secrets(self, path: Path) -> bool:
        """Whether the file at a real path is never read unasked. By name and place alone."""
        root = within(path, self.roots)
        return is_secret(path.relative_to(root).parts if root else path.parts) or self._is_own(path)

    def _is_own(self, path: Path) -> bool:
        return within(path, self._private) is not None

    def _below_root(self, asked: str) -> tuple[str, ...]:
        path = Path(asked)
        root = within(path, self.roots)
        return path.relative_to(root).parts if root else path.parts

    def show(self, path: Path) -> str:
        """How a real path is written: relative to `cwd` within the first root, else absolute."""
        if path.is_relative_to(self.cwd):
            return path.relative_to(self.cwd).as_posix()
        if path.is_relative_to(self.roots[0]):
            return Path(os.path.relpath(path, self.cwd)).as_posix()
        return path.as_posix()

    def read(self, located: Located, limit: int | None = None) -> Snapshot:
        """The file's bytes. Raises ToolError when it is no regular file, unreadable or over `limit` bytes."""
        return read_file(located.path, located.shown, LARGEST if limit is None else limit)

    def snapshot(self, located: Located) -> Snapshot | None:
        """The file's bytes, or None where there is nothing yet. Raises ToolError for anything else."""
        try:
            located.path.lstat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ToolError(why(located.shown, error)) from error
        return self.read(located)

    def check_writable(self, located: Located) -> None:
        """Raises ToolError when the file can never be changed: outside, git's, a directory, read-only …"""
        if not located.inside:
            raise ToolError(f"{located.asked} is outside {self.roots[0]}; only files inside are changed")
        if located.git:
            raise ToolError(f"{located.shown} belongs to git; use git commands instead")
        if self._is_own(located.path):
            raise ToolError(f"{located.shown} belongs to tui-assist; the person changes its settings")
        try:
            mode = located.path.lstat().st_mode
        except FileNotFoundError:
            self._check_new(located)
            return
        except OSError as error:
            raise ToolError(why(located.shown, error)) from error
        if not stat.S_ISREG(mode):
            raise ToolError(f"{located.shown} is {kind_of(mode)}, not a regular file")
        if not _takes_files(located.path.parent):
            raise ToolError(f"the directory of {located.shown} is read-only")

    def _check_new(self, located: Located) -> None:
        """Raises ToolError when the file cannot be created, or would elsewhere be the same as another one."""
        missing = located.path
        while not os.path.exists(missing.parent):
            missing = missing.parent
        folder = missing.parent
        if not os.path.isdir(folder):
            raise ToolError(f"{self.show(folder)} is a file, so {located.shown} cannot be created in it")
        if not _takes_files(folder):
            raise ToolError(f"the directory {self.show(folder)} is read-only")
        try:
            siblings = os.listdir(folder)
        except OSError as error:
            raise ToolError(why(self.show(folder), error)) from error
        alike = [name for name in siblings if fold(name) == fold(missing.name)]
        if alike:
            raise ToolError(
                f"{self.show(missing)} differs from the existing {self.show(folder / alike[0])} only in case "
                f"or invisible characters; use that name"
            )

    def check_movable(self, source: Located, target: Located) -> None:
        """Raises ToolError when a file cannot move from one to the other: roots may be different disks."""
        root = within(source.path, self.roots)
        if root is None or not target.path.is_relative_to(root):
            raise ToolError(
                f"{source.shown} cannot be moved to another root; create it there and delete it here"
            )

    def place(self, change: FileChange) -> Place:
        """Where `change` would be written; its paths are `Located.shown`: links have been followed.

        Raises StalePlan when a link or a directory is there by now, ToolError when it may not be written.
        Touches nothing.
        """
        path = self._target(change.path)
        target = self._target(change.move_to) if change.move_to else path
        self.check_movable(path, target)
        root = within(path.path, self.roots)
        assert root is not None
        if path.link or target.link:
            raise StalePlan(f"{change.path} leads through a link now")
        folders = [folder for folder in reversed(target.path.parents) if not os.path.lexists(folder)]
        temporary = f".{target.path.name[:40]}.{secrets.token_hex(6)}.tmp"
        try:
            mode = stat.S_IMODE(path.path.lstat().st_mode)
        except FileNotFoundError:
            mode = None
        return Place(root, path.path, target.path, temporary, tuple(folders), mode)

    def _target(self, path: str) -> Located:
        located = self.locate(path)
        if os.path.isdir(located.path):
            raise StalePlan(f"{located.shown} is a directory now")
        self.check_writable(located)
        return located

    async def files(self) -> tuple[str, ...]:
        """Every file that git does not ignore, as `show` writes paths; without git, every file."""
        return await asyncio.to_thread(self._files)

    def _files(self) -> tuple[str, ...]:
        found: list[str] = []
        for root in self.roots:
            listed = repository.files(root)
            names = self._not_in_another(root, walk(root) if listed is None else listed)
            found += self._shown(root, names)
        return tuple(found)

    def _not_in_another(self, root: Path, names: Iterable[str]) -> Iterable[str]:
        """Without the files of a root inside `root`, which are listed there."""
        inner = [other for other in self.roots if other != root and other.is_relative_to(root)]
        if not inner:
            return names
        listed_there = tuple(f"{other.relative_to(root).as_posix()}/" for other in inner)
        return [name for name in names if not name.startswith(listed_there)]

    def _shown(self, root: Path, names: Iterable[str]) -> Iterable[str]:
        """`names`, relative to `root`, as `show` would write them; quick, there may be 300,000."""
        if root == self.cwd:
            return names
        if root.is_relative_to(self.roots[0]) and root != self.roots[0]:
            return [self.show(root / name) for name in names]
        if root != self.roots[0]:
            return [f"{root}/{name}" for name in names]
        parts = self.cwd.relative_to(root).parts
        ways = [
            ("".join(f"{part}/" for part in parts[:up]), "../" * (len(parts) - up))
            for up in range(len(parts), -1, -1)
        ]
        return [
            next(climb + name[len(shared) :] for shared, climb in ways if name.startswith(shared))
            for name in names
        ]

    async def branch(self) -> str | None:
        """The branch or short commit of the first root; None without a repository."""
        return await asyncio.to_thread(repository.branch, self.roots[0])

    async def changed(self) -> int | None:
        """How many files of the first root differ from HEAD or are new; None when git cannot say."""
        found = await asyncio.to_thread(repository.changed, self.roots[0])
        return None if found is None else len(found)

    async def diff(self) -> Patch:
        """The first root against HEAD, compared by us. Raises ToolError when git has nothing to compare."""
        return await asyncio.to_thread(self._diff)

    def _diff(self) -> Patch:
        root = self.roots[0]
        names = repository.changed(root)
        if names is None:
            raise ToolError(f"{root} has no git work tree, or git is not installed: nothing to compare with")
        changes: list[FileChange] = []
        for name in names[:MOST_DIFFS]:
            before = repository.committed(root, name)
            after, note = _on_disk(root / name)
            if before == after and not note:  # touched only: git compares times first
                continue
            number, shown = f"f{len(changes) + 1}", self.show(root / name)
            if note or max(len(before or b""), len(after or b"")) > LARGEST_DIFF:
                changes.append(_not_shown(number, shown, before, note or "too large to show"))
            else:
                changes.append(diff_change(number, shown, before, after))
        return Patch("worktree", tuple(changes))


def _takes_files(folder: Path) -> bool:
    effective = os.access in os.supports_effective_ids
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=effective)


def _on_disk(path: Path) -> tuple[bytes | None, str]:
    """What git would compare, a file's bytes or where a link points, and why it cannot be shown."""
    if os.path.realpath(path.parent) != str(path.parent):  # for git, what lies behind a link is gone
        return None, ""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            return os.fsencode(os.readlink(path)), ""
        return read_file(path, path.name).content, ""
    except (FileNotFoundError, NotADirectoryError):
        return None, ""
    except (ToolError, OSError) as error:
        return None, str(error)


def _not_shown(number: str, shown: str, before: bytes | None, note: str) -> FileChange:
    kind: Literal["create", "update"] = "create" if before is None else "update"
    return FileChange(number, kind, shown, before, before, "", (), notes=(note,))
