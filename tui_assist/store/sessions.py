"""Sessions on disk: one JSON-lines file each, owner-only, in the person's state directory.

Writes a line as it happens and never rewrites one; a full disk ends no conversation. Refuses to open a
session that is open elsewhere.
"""

import fcntl
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tui_assist.errors import UserError
from tui_assist.session import Line, Session
from tui_assist.session.lines import from_record, to_record

ATTACHED = re.compile(r"attachment:([0-9a-f]{64})")
ATTACH_FROM = 4_096  # characters; a shorter `data:` URL stays in its line


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A stored session, for a list."""

    id: str
    title: str
    at: float  # seconds since the epoch, of the last write
    turns: int


@dataclass(slots=True)
class StoredSession:
    """An open session and its file. `close` gives the file free for others."""

    session: Session
    notices: tuple[str, ...]  # what had to be repaired, for the person
    sync: Callable[[], str]  # onto the disk; a sentence for the person when it does not take everything
    close: Callable[[], None]


class Store:
    """The sessions of one folder. `state` is the person's state directory, `root` the folder's real path."""

    def __init__(self, state: Path, root: Path, clock: Callable[[], float] = time.time) -> None:
        name = re.sub(r"[^\w.-]+", "-", root.name)[:40] or "root"
        digest = hashlib.sha256(str(root).encode("utf-8", "surrogateescape")).hexdigest()[:12]
        self.folder = state / "sessions" / f"{name}-{digest}"
        self._clock = clock

    def create(self) -> StoredSession:
        """A new, empty session. Its file appears with its first line."""
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(self._clock()))
        return self._open(f"{stamp}-{secrets.token_hex(3)}", new=True)

    def load(self, session_id: str) -> StoredSession:
        """An earlier session. Raises UserError when there is none or it is open elsewhere."""
        if not re.fullmatch(r"[\w.-]+", session_id) or not self._file(session_id).is_file():
            known = ", ".join(one.id for one in self.summaries()[:3]) or "none"
            raise UserError(
                f"there is no session {session_id!r} of this folder; the newest are: {known}. "
                "Use --resume without an id to choose from the list"
            )
        return self._open(session_id, new=False)

    def summaries(self) -> list[SessionSummary]:
        """The sessions of this folder that hold at least one turn, newest first."""
        found = [self._summary(path) for path in self.folder.glob("*.jsonl")]
        return sorted((one for one in found if one.turns), key=lambda one: one.at, reverse=True)

    def newest(self) -> str:
        """The id of the session to continue. Raises UserError when there is none."""
        found = self.summaries()
        if not found:
            raise UserError("there is no earlier session of this folder; start one without --continue")
        return found[0].id

    def _make_folder(self) -> None:
        """Raises UserError where nothing could be kept: better before a conversation than in it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not os.access(self.folder, os.W_OK | os.X_OK):
                raise PermissionError(0, "it is read-only")
        except OSError as error:
            raise UserError(
                f"sessions cannot be kept in {self.folder}: {error.strerror}; make that folder writable, or "
                "set XDG_STATE_HOME to another place"
            ) from error

    def _file(self, session_id: str) -> Path:
        return self.folder / f"{session_id}.jsonl"

    def _summary(self, path: Path) -> SessionSummary:
        title, turns = "", 0
        for record in _records(path):
            match record:
                case {"fact": "title", "value": {"text": str(text)}}:
                    title = text
                case {"fact": "turn"}:
                    turns += 1
        return SessionSummary(path.stem, title or "(untitled)", path.stat().st_mtime, turns)

    def _open(self, session_id: str, *, new: bool) -> StoredSession:
        self._make_folder()
        file = _SessionFile(self._file(session_id), self.folder / "attachments")
        notices: list[str] = []
        lines: list[Line] = []
        if not new:
            file.open()
            lines, notices = file.read()
        session = Session(session_id, file.keep, self._clock, lines)
        return StoredSession(session, tuple(notices), file.sync, file.close)


class _SessionFile:
    """One session's file, open for appending and locked while it is."""

    def __init__(self, path: Path, attachments: Path) -> None:
        self._path = path
        self._attachments = attachments
        self._fd: int | None = None
        self._waiting = b""  # what the disk did not take yet
        self._trouble = ""

    def open(self) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            fd = os.open(self._path, flags, 0o600)
        except OSError as error:
            raise UserError(
                f"the session file {self._path} cannot be opened: {error.strerror}; "
                "check the permissions of that folder"
            ) from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(fd)
            raise UserError(
                f"session {self._path.stem} is open in another tui-assist; close it there, "
                "or start a new session"
            ) from error
        self._fd = fd

    def keep(self, line: Line) -> None:
        """Appends one line. What a full disk does not take waits, and is tried again with the next line."""
        record = _detach(to_record(line), self._attach)
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        self._waiting += text.encode("utf-8", "surrogatepass") + b"\n"
        self._write()

    def _write(self) -> None:
        try:
            if self._fd is None:
                self.open()
            assert self._fd is not None
            while self._waiting:
                self._waiting = self._waiting[os.write(self._fd, self._waiting) :]
            self._trouble = ""
        except (OSError, UserError) as error:
            self._trouble = getattr(error, "strerror", "") or str(error)

    def read(self) -> tuple[list[Line], list[str]]:
        """Every readable line, and a notice for what was not. Ends a cut last line."""
        assert self._fd is not None
        content = self._path.read_bytes()
        lines, bad = [], 0
        for raw in content.split(b"\n"):
            if not raw.strip(b"\0 \r"):
                continue
            line = _line(raw)
            if line is None:
                bad += 1
                continue
            lines.append(replace(line, value=_reattach(line.value, self._attachments)))
        if content and not content.endswith(b"\n"):
            os.write(self._fd, b"\n")
        notices = (
            [f"{bad} damaged line(s) of this session could not be read and were left out"] if bad else []
        )
        return lines, notices

    def sync(self) -> str:
        """Brings everything onto the disk; says so when it does not take it."""
        if self._waiting:
            self._write()
        if self._fd is not None and not self._trouble:
            try:
                os.fsync(self._fd)
            except OSError as error:
                self._trouble = str(error.strerror)
        if not self._trouble:
            return ""
        return (
            f"this session is not on the disk as a whole ({self._path}: {self._trouble}). It goes on in "
            "memory; make room, and the rest is written with the next turn"
        )

    def close(self) -> None:
        if self._fd is not None:
            self._write()
            os.close(self._fd)
            self._fd = None

    def _attach(self, url: str) -> str:
        """A reference to a file that holds `url`; `url` itself where no file can be made."""
        digest = hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()
        path = self._attachments / digest
        if path.exists():
            return f"attachment:{digest}"
        partial = self._attachments / f"{digest}.{os.getpid()}"
        try:
            self._attachments.mkdir(exist_ok=True, mode=0o700)
            fd = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(fd, "wb") as file:
                file.write(url.encode("utf-8", "surrogatepass"))
            os.replace(partial, path)
        except OSError:
            partial.unlink(missing_ok=True)
            return url
        return f"attachment:{digest}"


def _records(path: Path) -> Iterator[Any]:
    try:
        with path.open("rb") as file:
            for raw in file:
                try:
                    yield json.loads(raw)
                except ValueError:
                    continue
    except OSError:
        return


def _line(raw: bytes) -> Line | None:
    try:
        return from_record(json.loads(raw))
    except (ValueError, RecursionError):
        return None


def _detach(value: Any, attach: Callable[[str], str]) -> Any:
    """`value` with every long `data:` URL replaced by a reference to a file of its own."""
    if isinstance(value, str):
        return attach(value) if len(value) >= ATTACH_FROM and value.startswith("data:") else value
    if isinstance(value, Mapping):
        return {key: _detach(part, attach) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_detach(part, attach) for part in value]
    return value


def _reattach(value: Any, attachments: Path) -> Any:
    if isinstance(value, str):
        found = ATTACHED.fullmatch(value)
        if found is None:
            return value
        path = attachments / found.group(1)
        return path.read_bytes().decode("utf-8", "replace") if path.is_file() else "data:text/plain,lost"
    if isinstance(value, Mapping):
        return {key: _reattach(part, attachments) for key, part in value.items()}
    if isinstance(value, list):
        return [_reattach(part, attachments) for part in value]
    return value
