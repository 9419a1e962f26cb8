"""Finds and ends the processes of one command. Starts none and reads no output.

On Linux /proc is read: the command's session and group, their children, and whatever carries the
command's mark in its environment (a daemon that left its session and lost its parent). Without /proc
only the process group is known (untested on macOS).
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

MARK = "TUI_ASSIST_COMMAND"

_PROC = Path("/proc")
_GRACE_S = 0.4  # from TERM to KILL
_KILL_S = 0.4  # how long KILL is repeated for what forks faster than it is found
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Process:
    """One process as /proc tells it: the same one as long as pid and start agree, whoever its parent is."""

    pid: int
    started: int  # clock ticks since boot: tells a reused pid apart
    parent: int = field(compare=False)
    group: int = field(compare=False)
    session: int = field(compare=False)


class ProcessTree:
    """The processes of one command: its leader, which began a session of its own, and what it started."""

    def __init__(self, leader: int, mark: str) -> None:
        self._leader = leader
        self._mark = f"{MARK}={mark}\0".encode()
        first = _read(leader)
        self._since = first.started if first else 0
        self._seen: set[Process] = set()

    def left(self) -> bool:
        """Whether something of the leader's own group runs on. What detached itself is not counted."""
        if not _signal_group(self._leader, 0):
            return False
        return not _has_proc() or any(process.group == self._leader for process in _processes())

    async def end(self, *, detached: bool = True) -> None:
        """TERM, then KILL, within a second; also for what left the session when `detached`."""
        self._signal(signal.SIGTERM, detached)
        await self._gone(_GRACE_S, detached)
        for _ in range(int(_KILL_S / _POLL_S)):
            if not self._signal(signal.SIGKILL, detached):
                return
            await asyncio.sleep(_POLL_S)

    async def _gone(self, within_s: float, detached: bool) -> None:
        for _ in range(int(within_s / _POLL_S)):
            if not self._alive(detached):
                return
            await asyncio.sleep(_POLL_S)

    def _signal(self, number: signal.Signals, detached: bool) -> bool:
        """Sends it to everything alive; whether there was anything."""
        if not _has_proc():
            return _signal_group(self._leader, number)
        alive = self._alive(detached)
        # Parents first: a shell whose child ends before it would go on with its next command.
        for process in sorted(alive, key=lambda process: (process.started, process.pid)):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, number)
        return bool(alive)

    def _alive(self, detached: bool) -> set[Process]:
        if not _has_proc():
            leader = Process(self._leader, started=0, parent=0, group=0, session=0)
            return {leader} if _signal_group(self._leader, 0) else set()
        processes = {process for process in _processes() if process.pid != os.getpid()}
        found = {process for process in processes if self._leader in (process.group, process.pid)}
        if detached:
            found |= self._detached(processes)
        self._seen |= found
        # A process keeps its place here when its parent dies and it is handed to another.
        return processes & self._seen

    def _detached(self, processes: set[Process]) -> set[Process]:
        found = {process for process in processes if process in self._seen or self._is_marked(process)}
        found |= {process for process in processes if process.session == self._leader}
        parents = {process.pid for process in found} | {self._leader}
        while more := {p for p in processes if p.parent in parents} - found:
            found |= more
            parents = {process.pid for process in more}
        return found

    def _is_marked(self, process: Process) -> bool:
        if process.started < self._since:
            return False
        with suppress(OSError):
            return self._mark in (_PROC / str(process.pid) / "environ").read_bytes() + b"\0"
        return False


def _has_proc() -> bool:
    return (_PROC / "self" / "stat").exists()


def _processes() -> Iterator[Process]:
    for name in os.listdir(_PROC):
        if name.isdecimal() and (process := _read(int(name))):
            yield process


def _read(pid: int) -> Process | None:
    """None for a process that is gone or has ended and only waits to be reaped."""
    try:
        text = (_PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return None
    # The name in parentheses may hold blanks and parentheses: count from the last one.
    fields = text.rpartition(b")")[2].split()
    if fields[0] in (b"Z", b"X"):
        return None
    parent, group, session = (int(field) for field in fields[1:4])
    return Process(pid, int(fields[19]), parent, group, session)


def _signal_group(group: int, number: int) -> bool:
    """Whether there was such a group to signal."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
