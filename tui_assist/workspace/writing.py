"""Writes file changes in steps: stage beside the file, verify, swap. Follows no link and decides nothing.

Only `swap` can be seen by others, and it is one rename or one removal. Every step goes through the
descriptor of an opened directory, so that a component swapped for a link meanwhile is noticed.
"""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from tui_assist.errors import StalePlan, ToolError
from tui_assist.patch.diff import digest
from tui_assist.patch.select import invert
from tui_assist.values.patch import FileChange
from tui_assist.workspace.reading import kind_of, read_open_file

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Place:
    """Where one change happens, in words that outlive the process."""

    root: Path
    path: Path  # the file: real, below `root`
    target: Path  # where it ends: `path`, but for a move
    temporary: str  # the name beside it under which new content waits
    folders: tuple[Path, ...]  # missing folders on the way to `target`, outermost first
    mode: int | None  # permission bits of the file; None when there is none

    @property
    def moves(self) -> bool:
        return self.path != self.target


class Stand(Enum):
    """How far a change got."""

    OLD = "old"
    HALF = "half"  # a move: the new file is there, and the old one still is
    NEW = "new"
    FOREIGN = "foreign"  # neither: someone else wrote there


class Identity(NamedTuple):
    """What changes whenever someone writes a file or puts another in its place."""

    device: int
    inode: int
    size: int
    written_ns: int
    changed_ns: int


def stage(place: Place, change: FileChange) -> None:
    """Puts the new content beside the file, on the disk, with its mode, owner and attributes; and folders.

    What an earlier try left under that name goes. Raises StalePlan and OSError.
    """
    if change.after is None:
        return
    with (
        contextlib.suppress(FileNotFoundError),
        open_parent(place.root, place.target) as folder,
    ):
        os.unlink(place.temporary, dir_fd=folder)
    with contextlib.ExitStack() as opened:
        old = None
        if change.before is not None:
            source = opened.enter_context(open_parent(place.root, place.path))
            old = opened.enter_context(_opened(source, place.path.name, change))
        folder = opened.enter_context(open_parent(place.root, place.target, create=True))
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(place.temporary, flags, 0o666, dir_fd=folder)
        with open(descriptor, "wb") as stream:
            stream.write(change.after)
            stream.flush()
            if old is not None:
                _keep_identity(old, descriptor)
            elif change.mode is not None:
                os.fchmod(descriptor, change.mode)
            os.fsync(descriptor)


def verify(place: Place, change: FileChange) -> Identity | None:
    """The identity of the file, if it is what the person saw. Raises StalePlan otherwise."""
    if place.moves and _digest_at(place.root, place.target) != "":
        raise StalePlan(f"{change.move_to} exists now; nothing was moved there")
    try:
        with open_parent(place.root, place.path) as folder:
            return _verified(folder, place.path.name, change)
    except FileNotFoundError as error:
        if change.before is None:
            return None
        raise StalePlan(f"{change.path} is gone since it was shown") from error


def swap(place: Place, change: FileChange, seen: Identity | None) -> None:
    """Makes the change visible. Raises StalePlan when the file is no longer the one `verify` saw."""
    with open_parent(place.root, place.path) as folder:
        status = _status(folder, place.path.name)
        if (_identity(status) if status else None) != seen:
            what = (
                "exists now; it did not when the patch was shown"
                if seen is None
                else "changed since it was shown"
            )
            raise StalePlan(f"{change.path} {what}")
        if change.after is not None and not place.moves and seen is not None:
            os.replace(place.temporary, place.path.name, src_dir_fd=folder, dst_dir_fd=folder)
            return
    if change.after is not None:
        with open_parent(place.root, place.target) as folder:
            _put(folder, place.temporary, place.target.name, change)
    if change.before is not None:
        finish_move(place)


def finish_move(place: Place) -> None:
    """Removes the old name of a move whose new file is there, or the file of a deletion."""
    with open_parent(place.root, place.path) as folder:
        os.unlink(place.path.name, dir_fd=folder)


def stand(place: Place, change: FileChange) -> Stand:
    """How far `change` got, by what the files hold. Raises nothing for what it finds."""
    here = _digest_at(place.root, place.path)
    after = digest(change.after)
    if not place.moves:
        return Stand.OLD if here == change.seen else Stand.NEW if here == after else Stand.FOREIGN
    found = (here, _digest_at(place.root, place.target))
    known: dict[tuple[str | None, str | None], Stand] = {
        (change.seen, ""): Stand.OLD,
        (change.seen, after): Stand.HALF,
        ("", after): Stand.NEW,
    }
    return known.get(found, Stand.FOREIGN)


def take_back(place: Place, change: FileChange) -> None:
    """Puts the old file back where `change` got through, in whole or half. Raises StalePlan and OSError."""
    reached = stand(place, change)
    if reached is Stand.HALF:
        with open_parent(place.root, place.target) as folder:
            os.unlink(place.target.name, dir_fd=folder)
    if reached is not Stand.NEW:
        return
    back = replace(place, path=place.target, target=place.path)
    inverse = replace(invert(change), mode=place.mode)
    stage(back, inverse)
    swap(back, inverse, verify(back, inverse))


def clear(place: Place) -> None:
    """Removes what staging left beside the file, if anything."""
    for path in {place.path, place.target}:
        with (
            contextlib.suppress(FileNotFoundError, NotADirectoryError, StalePlan),
            open_parent(place.root, path) as folder,
        ):
            os.unlink(place.temporary, dir_fd=folder)


def remove_folders(places: Iterable[Place]) -> None:
    """Removes the folders that staging made, as far as nothing is in them."""
    for folder in sorted({folder for place in places for folder in place.folders}, reverse=True):
        for place in places:
            if folder in place.folders:
                with contextlib.suppress(OSError, StalePlan), open_parent(place.root, folder) as parent:
                    os.rmdir(folder.name, dir_fd=parent)
                break


def sync(places: Iterable[Place]) -> None:
    """Brings every directory that was changed onto the disk."""
    roots: dict[Path, Path] = {}
    for place in places:
        for path in (place.path, place.target, *place.folders):
            roots.setdefault(path.parent, place.root)
    for parent, root in roots.items():
        with contextlib.suppress(FileNotFoundError, StalePlan), open_parent(root, parent / "_") as folder:
            os.fsync(folder)


@contextlib.contextmanager
def open_parent(root: Path, path: Path, *, create: bool = False) -> Iterator[int]:
    """A descriptor of the directory that holds `path`, reached without following any link below `root`."""
    descriptor = os.open(root, _FOLDER)
    try:
        for part in path.relative_to(root).parts[:-1]:
            if create:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, dir_fd=descriptor)
            inner = _enter(descriptor, part, path)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _enter(folder: int, part: str, path: Path) -> int:
    try:
        return os.open(part, _FOLDER, dir_fd=folder)
    except NotADirectoryError as error:  # what O_NOFOLLOW and O_DIRECTORY say of a link, too
        raise StalePlan(f"{part} in {path} is a link or a file now, not a directory") from error


@contextlib.contextmanager
def _opened(folder: int, name: str, change: FileChange) -> Iterator[int]:
    """The regular file `name`, for reading."""
    status = _status(folder, name)
    if status is None:
        raise StalePlan(f"{change.path} is gone since it was shown")
    if not stat.S_ISREG(status.st_mode):
        raise StalePlan(f"{change.path} is {kind_of(status.st_mode)} now")
    descriptor = os.open(name, _FILE, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _verified(folder: int, name: str, change: FileChange) -> Identity | None:
    if change.before is None:
        if _status(folder, name) is not None:
            raise StalePlan(f"{change.path} exists now; it did not when the patch was shown")
        return None
    with _opened(folder, name, change) as descriptor:
        identity = _identity(os.fstat(descriptor))  # before it is read: a later write shows in `swap`
        if read_open_file(descriptor, change.path).sha256 != change.seen:
            raise StalePlan(f"{change.path} changed since it was shown")
    return identity


def _put(folder: int, temporary: str, name: str, change: FileChange) -> None:
    """Gives the staged file its name where there must be none: a link never covers a file, a rename does."""
    try:
        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError as error:
        raise StalePlan(f"{change.move_to or change.path} exists now; it was left alone") from error
    except OSError:  # no links on this file system: the gap is as short as it gets
        if _status(folder, name) is not None:
            raise StalePlan(f"{change.move_to or change.path} exists now; it was left alone") from None
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        return
    os.unlink(temporary, dir_fd=folder)


def _keep_identity(old: int, descriptor: int) -> None:
    status = os.fstat(old)
    with contextlib.suppress(OSError):  # only root may give a file away
        os.fchown(descriptor, status.st_uid, status.st_gid)
    if hasattr(os, "listxattr"):  # not on macOS
        with contextlib.suppress(OSError):  # not every file system has attributes
            for attribute in os.listxattr(old):
                os.setxattr(descriptor, attribute, os.getxattr(old, attribute))
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))  # after chown, which clears set-id bits


def _digest_at(root: Path, path: Path) -> str | None:
    """SHA-256 of the regular file at `path`, "" where nothing is, None for anything else."""
    try:
        with open_parent(root, path) as folder:
            status = _status(folder, path.name)
            if status is None:
                return ""
            if not stat.S_ISREG(status.st_mode):
                return None
            descriptor = os.open(path.name, _FILE, dir_fd=folder)
            try:
                return read_open_file(descriptor, path.name).sha256
            finally:
                os.close(descriptor)
    except FileNotFoundError:
        return ""
    except (OSError, ToolError):
        return None


def _identity(status: os.stat_result) -> Identity:
    return Identity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _status(folder: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
