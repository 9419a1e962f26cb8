"""A program in a real terminal, for tests and benchmarks. Knows nothing of what the program shows.

The program has the slave side of a pty as its controlling terminal; what it writes is read by a thread as
it comes, counted, and fed to a `pyte` screen. Waits end as soon as what they wait for is there.
"""

import errno
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

Lines = list[str]

# A session's leader that opens a terminal gets it as its controlling terminal: no code between fork and
# exec, which would not be safe beside the reading threads.
_ATTACH = ("/bin/sh", "-c", 'exec "$@" 0<>"$0" 1>&0 2>&0')

# What terminals are asked and answer at once; a program that waits for it would start late.
_ANSWERS = ((b"\x1b[6n", b"\x1b[1;1R"), (b"\x1b[c", b"\x1b[?62;c"))


class Timeout(AssertionError):
    """What was waited for did not come; the message holds the screen as it was."""


class Terminal:
    """Runs `command` in a terminal of `columns` × `rows`; a context manager that ends it.

    `environment` is added to this process's own; a value of None takes a name out.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        directory: Path,
        columns: int = 100,
        rows: int = 30,
        environment: Mapping[str, str | None] | None = None,
    ) -> None:
        self.started = time.monotonic()
        self.written = 0
        """Bytes the program has written so far."""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = threading.Condition()
        self._open = True
        self._master, slave = pty.openpty()
        self._set_size(columns, rows)
        try:
            self._process = subprocess.Popen(
                [*_ATTACH, os.ttyname(slave), *(str(word) for word in command)],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                cwd=directory,
                env=_environment(environment or {}),
                start_new_session=True,
            )
        except BaseException:
            os.close(self._master)
            raise
        finally:
            os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; −n when signal n ended it."""
        return self._process.poll()

    def screen(self) -> Lines:
        """The lines as they are now, without blanks at their ends."""
        with self._changed:
            return self._lines()

    def text(self) -> str:
        return "\n".join(self.screen())

    def cursor(self) -> tuple[int, int]:
        """Column and row, 0-based."""
        with self._changed:
            return self._screen.cursor.x, self._screen.cursor.y

    def send(self, text: str) -> None:
        """Types `text`; control characters are keys: `\\r` is Enter, `\\x1b` is Esc, `\\x03` is Ctrl+C."""
        rest = text.encode()
        while rest:
            rest = rest[os.write(self._master, rest) :]

    def read_until(self, predicate: Callable[[Lines], object], timeout_s: float = 10.0) -> Lines:
        """The first screen for which `predicate` holds. Raises Timeout with the last screen otherwise."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while not predicate(lines := self._lines()):
                left = deadline - time.monotonic()
                if left <= 0 or not self._open:
                    shown = "\n".join(lines).rstrip()
                    why = f"not within {timeout_s} s" if self._open else f"it ended with {self._ended()}"
                    raise Timeout(f"{why}; the screen was:\n{shown}")
                self._changed.wait(left)
            return lines

    def read_until_text(self, text: str, timeout_s: float = 10.0) -> Lines:
        """The first screen that shows `text` within one line."""
        return self.read_until(lambda lines: any(text in line for line in lines), timeout_s)

    def settle(self, quiet_s: float = 0.2, timeout_s: float = 10.0) -> Lines:
        """The screen once nothing was written for `quiet_s` seconds, or `timeout_s` is over."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while self._open and time.monotonic() < deadline and self._changed.wait(quiet_s):
                pass
            return self._lines()

    def wait(self, timeout_s: float = 10.0) -> int:
        """Waits for the program to end and for its last words; its exit code. Raises Timeout."""
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise Timeout(f"still running after {timeout_s} s; the screen was:\n{self.text()}") from None
        self._reader.join(1.0)
        return code

    def resize(self, columns: int, rows: int) -> None:
        """Makes the terminal another size; the program is told as by a real one."""
        with self._changed:
            self._screen.resize(rows, columns)
        self._set_size(columns, rows)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Sends a signal to the program alone, as `kill -9 PID` would; nothing when it has ended."""
        self._process.send_signal(number)

    def close(self) -> None:
        """Ends the program and all that is still in its process group."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self._process.kill()
        self._process.wait()
        self._reader.join(5.0)
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _lines(self) -> Lines:
        return [line.rstrip() for line in self._screen.display]

    def _ended(self) -> str:
        try:
            return f"exit code {self._process.wait(1.0)}"
        except subprocess.TimeoutExpired:
            return "its terminal closed"

    def _read(self) -> None:
        while data := self._next():
            with self._changed:
                self.written += len(data)
                self._stream.feed(data)
                self._changed.notify_all()
            for question, answer in _ANSWERS:
                if question in data:
                    os.write(self._master, answer)
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def _next(self) -> bytes:
        try:
            return os.read(self._master, 65_536)
        except OSError as error:
            # Linux says EIO instead of an end when the last holder of the slave is gone.
            if error.errno not in (errno.EIO, errno.EBADF):
                raise
            return b""


def _environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    names = dict(os.environ) | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    for name in ("COLUMNS", "LINES", "NO_COLOR", "TMUX", *changes):
        names.pop(name, None)
    return names | {name: value for name, value in changes.items() if value is not None}


def tui_assist(*arguments: str) -> list[str]:
    """The command that starts the app as a person would, with this interpreter."""
    return [sys.executable, "-m", "tui_assist", *arguments]
