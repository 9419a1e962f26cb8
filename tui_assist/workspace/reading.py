"""Reads regular files into snapshots. Never waits on a FIFO, opens no device, follows no link."""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from tui_assist.errors import ToolError

LARGEST = 64 * 1024 * 1024  # bytes of one file we take into memory


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A regular file's bytes at one moment."""

    content: bytes
    sha256: str  # hex
    mode: int  # permission bits
    links: int  # names the file has: 2 or more is a hard link


def read_file(path: Path, shown: str, limit: int = LARGEST) -> Snapshot:
    """The file at the real path `path`. Raises ToolError when it is not regular, or larger than `limit`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise ToolError(why(shown, error)) from error
    try:
        return read_open_file(descriptor, shown, limit)
    finally:
        os.close(descriptor)


def read_open_file(descriptor: int, shown: str, limit: int = LARGEST) -> Snapshot:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise ToolError(f"{shown} is {kind_of(status.st_mode)}, not a regular file")
    if status.st_size > limit:
        raise ToolError(f"{shown} has {status.st_size:,} bytes; at most {limit:,} are read")
    content = _read_all(descriptor, shown, limit)
    return Snapshot(
        content, hashlib.sha256(content).hexdigest(), stat.S_IMODE(status.st_mode), status.st_nlink
    )


def _read_all(descriptor: int, shown: str, limit: int) -> bytes:
    chunks = []
    size = 0
    try:
        while chunk := os.read(descriptor, 1 << 20):
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                raise ToolError(f"{shown} grows while it is read; more than {limit:,} bytes")
    except OSError as error:
        raise ToolError(why(shown, error)) from error
    return b"".join(chunks)


def kind_of(mode: int) -> str:
    """What a file of this `st_mode` is, with its article."""
    for test, name in (
        (stat.S_ISREG, "a regular file"),
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if test(mode):
            return name
    return "a device"


def why(shown: str, error: OSError) -> str:
    """One sentence for a failed file operation."""
    match error:
        case FileNotFoundError():
            return f"{shown} does not exist"
        case IsADirectoryError():
            return f"{shown} is a directory, not a regular file"
        case NotADirectoryError():
            return f"{shown}: a part of this path is a file, not a directory"
        case PermissionError():
            return f"{shown}: permission denied"
    return f"{shown}: {(error.strerror or str(error)).lower()}"
