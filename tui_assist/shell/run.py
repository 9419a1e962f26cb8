"""Runs one command to its end, in a session of its own. Judges nothing and asks nobody.

The command gets no terminal, an empty standard input, and an environment without secrets; when its time
is over or its coroutine is cancelled, everything it started is ended.
"""

import asyncio
import secrets
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui_assist.errors import ToolError
from tui_assist.shell.environment import command_environment, shell_arguments
from tui_assist.shell.output import Output, Stream
from tui_assist.shell.processes import MARK, ProcessTree
from tui_assist.values.calls import Report

_DRAIN_S = 0.2  # for what is still in the pipes once the command has ended
_REAP_S = 1.0
_TICK_S = 1 / 30
_BYTES_PER_TICK = 2 * 1024 * 1024  # read faster than this and the screen's turn never comes
_STREAMS: Mapping[int, Stream] = {1: "stdout", 2: "stderr"}


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended."""

    stdout: str  # kept from both ends, the number of characters left out between them
    stderr: str
    exit_code: int | None  # 128 + n when signal n ended it; None: its time was over
    timed_out: bool
    elapsed_s: float
    spill: Path | None  # the full output, when something was left out of `stdout` or `stderr`
    left_running: bool = False  # it left processes in the background, and they were ended


async def run_command(
    command: str,
    *,
    directory: Path,
    timeout_s: float,
    max_output: int,
    report: Report,
    spill_dir: Path,
    env: Mapping[str, str] | None = None,
) -> Finished:
    """Runs `command` in bash and waits for it, at most `timeout_s` seconds.

    `env` is the environment to start from, this process's own when None; secrets are taken out of
    either. `max_output` counts characters per stream. Waits for the shell to exit, not for its output
    to close: what it leaves in the background is ended then, except what made a session of its own. On
    timeout and on cancelling everything it started is ended within a second, detached or not.
    Raises ToolError when it cannot be started.
    """
    began = time.monotonic()
    output = Output(max_output, report, spill_dir)
    running = await _start(command, directory, command_environment(env), output)
    try:
        timed_out = not await running.exits(timeout_s)
        if timed_out:
            await running.end()
        left_running = not timed_out and await running.end_background()
        await running.drain()
    except asyncio.CancelledError:
        await _in_full(running.end())
        output.discard()
        raise
    finally:
        running.close()
    output.finish()
    return Finished(
        stdout=output.text("stdout"),
        stderr=output.text("stderr"),
        exit_code=None if timed_out else running.exit_code(),
        timed_out=timed_out,
        elapsed_s=time.monotonic() - began,
        spill=output.spill,
        left_running=left_running,
    )


class _Running(asyncio.SubprocessProtocol):
    """A started command: its pipes feed `output`, at a speed that leaves the loop time for others."""

    def __init__(self, output: Output, mark: str) -> None:
        loop = asyncio.get_running_loop()
        self._output = output
        self._mark = mark
        self._exited: asyncio.Future[None] = loop.create_future()
        self._closed: asyncio.Future[None] = loop.create_future()
        self._open = set(_STREAMS)
        self._budget = _BYTES_PER_TICK
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.SubprocessTransport
        self.tree: ProcessTree

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport
        self.tree = ProcessTree(transport.get_pid(), self._mark)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._output.add(_STREAMS[fd], data)
        self._budget -= len(data)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TICK_S, self._refill)
        if self._budget <= 0:
            for pipe in self._pipes():
                pipe.pause_reading()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._open.discard(fd)
        if not self._open and not self._closed.done():
            self._closed.set_result(None)

    def process_exited(self) -> None:
        self._exited.set_result(None)

    async def exits(self, timeout_s: float) -> bool:
        """Waits for the shell to exit; whether it did in time."""
        done, _ = await asyncio.wait({self._exited}, timeout=timeout_s)
        return bool(done)

    async def end(self) -> None:
        """Ends everything the command started, and waits until asyncio has heard of it."""
        await self.tree.end()
        await asyncio.wait({self._exited}, timeout=_REAP_S)

    async def end_background(self) -> bool:
        """Ends what still runs in the shell's group; whether there was anything."""
        left = self.tree.left()
        if left:
            await self.tree.end(detached=False)
        return left

    async def drain(self) -> None:
        """Reads what is still there; a detached process may hold the pipes open for ever."""
        await asyncio.wait({self._closed}, timeout=_DRAIN_S)

    def exit_code(self) -> int | None:
        code = self._transport.get_returncode()
        return code if code is None or code >= 0 else 128 - code

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._transport.close()

    def _refill(self) -> None:
        self._timer = None
        self._budget = _BYTES_PER_TICK
        for pipe in self._pipes():
            pipe.resume_reading()

    def _pipes(self) -> list[Any]:
        # The two methods are on asyncio.ReadTransport; the type stubs only promise a BaseTransport.
        return [self._transport.get_pipe_transport(fd) for fd in self._open]


async def _start(command: str, directory: Path, env: dict[str, str], output: Output) -> _Running:
    """Starts it from the loop's own thread. Cancelled meanwhile, it ends what it has started."""
    mark = secrets.token_hex(16)
    starting = asyncio.ensure_future(_spawn(command, directory, env | {MARK: mark}, _Running(output, mark)))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _in_full(_stop(starting))
        raise
    except (OSError, ValueError) as error:
        raise ToolError(f"The command could not be started in {directory}: {error}.") from error


async def _stop(starting: asyncio.Future[_Running]) -> None:
    running = await starting
    await running.end()
    running.close()


async def _in_full(ending: Coroutine[Any, Any, None]) -> None:
    """Waits for `ending`, which is short, however often this is cancelled meanwhile."""
    task = asyncio.ensure_future(ending)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({task})
    task.result()


async def _spawn(command: str, directory: Path, env: dict[str, str], running: _Running) -> _Running:
    await asyncio.get_running_loop().subprocess_exec(
        lambda: running,
        *shell_arguments(command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=directory,
        env=env,
        start_new_session=True,
    )
    return running
