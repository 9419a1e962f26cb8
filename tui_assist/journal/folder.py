"""Owns the journal's folder of one root: contents by hash, records, the lock. Knows no rule of a commit.

A record's phase is in the name of its file, so that every step of a commit is marked by one rename:
`7.planned` → `7.prepared` → `7.json`, and `7.undoing` on the way back.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from tui_assist.errors import ToolError, UserError
from tui_assist.journal.record import Entry

PATIENCE_S = 10.0  # seconds; another instance holds the lock for one commit, never for a question
CAP = 200 * 1024 * 1024  # bytes of contents and records
NEWEST = 20  # records that are never collected

_RECORD = re.compile(r"(\d+)\.(planned|prepared|undoing|json)")


class Phase(StrEnum):
    """How far a record got; the ending of its file's name."""

    PLANNED = "planned"  # only temporary files can be there
    PREPARED = "prepared"  # everything is staged and was verified: it goes through
    UNDOING = "undoing"  # it is being taken back
    DONE = "json"


OPEN = (Phase.PLANNED, Phase.PREPARED, Phase.UNDOING)


class Folder:
    """`state` is the person's state directory, `root` a real path. Nothing is made before it is needed."""

    def __init__(self, state: Path, root: Path, *, cap: int = CAP, patience_s: float = PATIENCE_S) -> None:
        name = re.sub(r"[^\w.-]+", "-", root.name)[:40] or "root"
        key = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
        self.path = state / "journal" / f"{name}-{key}"
        self._contents = self.path / "contents"
        self._records = self.path / "records"
        self._cap = cap
        self._patience_s = patience_s
        self._size: int | None = None  # bytes, as far as this process knows

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else commits meanwhile. Raises ToolError when that takes too long, OSError."""
        for folder in (self.path.parent, self.path, self._contents, self._records):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self.path / "lock", flags, 0o600)
        try:
            self._wait_for(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _wait_for(self, descriptor: int) -> None:
        until = time.monotonic() + self._patience_s
        while True:
            try:
                return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() > until:
                    raise ToolError(
                        "nothing was written: another tui-assist is writing files of this folder; try again"
                    ) from error
            time.sleep(0.01)

    def numbers(self, *phases: Phase) -> list[tuple[int, Phase]]:
        """The records in one of `phases`, oldest first."""
        try:
            names = os.listdir(self._records)
        except (FileNotFoundError, NotADirectoryError):
            return []
        found = [(int(match[1]), Phase(match[2])) for name in names if (match := _RECORD.fullmatch(name))]
        return sorted(one for one in found if one[1] in phases)

    def entries(self) -> list[Entry]:
        """The committed records, oldest first; a damaged one is passed over."""
        found = []
        for number, phase in self.numbers(Phase.DONE):
            with contextlib.suppress(UserError):  # collected meanwhile, or damaged
                found.append(self.entry(number, phase))
        return found

    def entry(self, number: int, phase: Phase = Phase.DONE) -> Entry:
        """Raises UserError when there is none that can be read."""
        path = self._record(number, phase)
        try:
            return Entry.from_json(json.loads(path.read_bytes()))
        except FileNotFoundError as error:
            raise UserError(f"there is no patch {number} in the journal of this folder") from error
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise UserError(f"patch {number} of the journal cannot be read ({path}: {error})") from error

    def _record(self, number: int, phase: Phase) -> Path:
        return self._records / f"{number}.{phase.value}"

    def next_number(self) -> int:
        return max((number for number, _ in self.numbers(*Phase)), default=0) + 1

    def begin(self, entry: Entry) -> None:
        """Keeps a new record as planned. Its contents are kept already."""
        content = json.dumps(entry.to_json(), separators=(",", ":")).encode()
        self._write(self._record(entry.number, Phase.PLANNED), content)
        _sync(self._contents)
        _sync(self._records)

    def mark(self, number: int, old: Phase, new: Phase) -> None:
        """One step of a commit, on the disk when this returns."""
        os.rename(self._record(number, old), self._record(number, new))
        _sync(self._records)

    def drop(self, number: int, phase: Phase) -> None:
        self._record(number, phase).unlink(missing_ok=True)
        _sync(self._records)

    def keep(self, content: bytes) -> None:
        """Keeps one content, on the disk when the record is."""
        path = self._contents / hashlib.sha256(content).hexdigest()
        if not path.exists():
            self._write(path, content)

    def content(self, digest: str) -> bytes:
        """The content with this hash. Raises UserError when it is gone or damaged."""
        path = self._contents / digest
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UserError(f"the journal no longer holds this patch ({path}: {error.strerror})") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise UserError(f"the journal is damaged: {path} is not what was kept there")
        return content

    def _write(self, path: Path, content: bytes) -> None:
        """Under its name a file is always whole."""
        beside = path.with_name(f".{secrets.token_hex(8)}.tmp")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(beside, flags, 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            os.rename(beside, path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        if self._size is not None:
            self._size += len(content)

    def collect(self) -> None:
        """Drops the oldest records until the rest is below the cap; contents nobody names go with them.

        Only within `locked`: a commit on its way has no record yet.
        """
        if self._size is None:
            self._size = sum(size for folder in (self._contents, self._records) for _, size in _sizes(folder))
        if self._size <= self._cap:
            return
        needed: dict[str, int] = {}
        for number, phase in reversed(self.numbers(*Phase)):  # the newest that needs a content counts
            with contextlib.suppress(UserError):
                for digest in self.entry(number, phase).contents:
                    needed.setdefault(digest, number)
        by_record: dict[int, list[tuple[Path, int]]] = {}
        for path, size in _sizes(self._contents):
            by_record.setdefault(needed.get(path.name, 0), []).append((path, size))
        kept = {number for number, _ in self.numbers(*Phase)[-NEWEST:]}
        self._size = sum(size for folder in (self._contents, self._records) for _, size in _sizes(folder))
        for number in sorted({0, *(number for number, _ in self.numbers(Phase.DONE))}):
            if number in kept or (number and self._size <= self._cap):
                continue
            self._record(number, Phase.DONE).unlink(missing_ok=True)
            for path, size in by_record.get(number, []):
                path.unlink(missing_ok=True)
                self._size -= size


def _sizes(folder: Path) -> Iterator[tuple[Path, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                yield Path(entry.path), entry.stat().st_size


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
