"""Writes one planned file change, or raises and leaves the file as it was. Follows no link while it writes.

Every step goes through the descriptor of an opened directory, so that a component swapped for a link
between the plan and the write is noticed.
"""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from tui_assist.errors import StalePlan, ToolError
from tui_assist.values.patch import FileChange
from tui_assist.workspace.reading import kind_of, read_open_file, why

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def write_change(root: Path, path: Path, target: Path, change: FileChange) -> None:
    """Makes `change`; `path` and `target` (where a move ends) are below `root` and hold no link.

    Raises StalePlan when the disk is not as planned, ToolError when it cannot be written.
    """
    try:
        _write(root, path, target, change)
    except FileNotFoundError as error:
        raise StalePlan(f"{change.path} is gone since it was shown") from error
    except OSError as error:
        raise ToolError(f"not written: {why(change.move_to or change.path, error)}") from error


def _write(root: Path, path: Path, target: Path, change: FileChange) -> None:
    with open_parent(root, path, create=change.before is None) as folder:
        status = check_unchanged(folder, path.name, change)
        if change.after is None:
            os.unlink(path.name, dir_fd=folder)
            os.fsync(folder)
            return
        if target == path:
            replace(folder, path.name, change.after, status, change)
            return
        with open_parent(root, target, create=True) as other:
            if _status(other, target.name) is not None:
                raise StalePlan(f"{change.move_to} exists now; nothing was moved there")
            replace(other, target.name, change.after, status, change)
        os.unlink(path.name, dir_fd=folder)
        os.fsync(folder)


def check_unchanged(folder: int, name: str, change: FileChange) -> os.stat_result | None:
    """The status of the file as it is, if it is what the person saw. Raises StalePlan otherwise."""
    status = _status(folder, name)
    if change.before is None:
        if status is not None:
            raise StalePlan(f"{change.path} exists now; it did not when the patch was shown")
        return None
    if status is None:
        raise StalePlan(f"{change.path} is gone since it was shown")
    if not stat.S_ISREG(status.st_mode):
        raise StalePlan(f"{change.path} is {kind_of(status.st_mode)} now")
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        if read_open_file(descriptor, change.path).sha256 != change.seen:
            raise StalePlan(f"{change.path} changed since it was shown")
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def open_parent(root: Path, path: Path, *, create: bool) -> Iterator[int]:
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


def replace(folder: int, name: str, content: bytes, old: os.stat_result | None, change: FileChange) -> None:
    """Puts `content` under `name` in one step; mode, owner and attributes of the old file stay."""
    temporary = f".{name[:80]}.{secrets.token_hex(6)}.tmp"
    descriptor = os.open(
        temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=folder
    )
    try:
        try:
            with open(descriptor, "wb", closefd=False) as stream:
                stream.write(content)
            if old is not None:
                _keep_identity(folder, change, descriptor, old)
            elif change.mode is not None:
                os.fchmod(descriptor, change.mode)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)


def _keep_identity(folder: int, change: FileChange, descriptor: int, old: os.stat_result) -> None:
    with contextlib.suppress(OSError):  # only root may give a file away
        os.fchown(descriptor, old.st_uid, old.st_gid)
    with contextlib.suppress(OSError):  # not every file system has attributes
        _copy_attributes(folder, change, descriptor)
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))  # after chown, which clears set-id bits


def _copy_attributes(folder: int, change: FileChange, descriptor: int) -> None:
    if not hasattr(os, "listxattr"):  # macOS
        return
    if change.kind == "move":
        return
    name = Path(change.path).name
    source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        for attribute in os.listxattr(source):
            os.setxattr(descriptor, attribute, os.getxattr(source, attribute))
    finally:
        os.close(source)


def _status(folder: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
