"""Owns the program's small private files: 0600, changed under a lock, replaced whole. Reads no meaning."""

import fcntl
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tui_assist.errors import UserError


class PrivateFile:
    """One file. Links are followed once, so that a linked file stays linked."""

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.realpath(path))

    def read(self) -> bytes | None:
        """What it holds; None when there is no such file. Raises UserError when it cannot be read."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UserError(f"{self.path} cannot be read: {error.strerror}") from error
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UserError(f"{self.path} is no regular file; move it away")
            return file.read()

    def exposed(self) -> bool:
        """Whether anyone but its owner may read or write it. False when no such file can be reached."""
        with suppress(OSError):
            return bool(self.path.stat().st_mode & 0o077)
        return False

    def change(self, edit: Callable[[bytes | None], bytes]) -> None:
        """Replaces what it holds by what `edit` makes of it; nobody else changes it meanwhile.

        A reader sees the old or the new, also after a crash. What `edit` raises passes through and
        leaves the file. Raises UserError when it cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._locked():
                self._replace(edit(self.read()))
        except OSError as error:
            raise UserError(f"{self.path} cannot be written: {error.strerror}") from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # A file beside it: the file itself is replaced, and with it any lock on it.
        beside = self.path.with_name(f".{self.path.name}.lock")
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _replace(self, content: bytes) -> None:
        beside = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(beside, flags, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, self.path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
