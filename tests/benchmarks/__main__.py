"""`python -m tests.benchmarks [RUNS]`: what a person waits for, through a real terminal.

Prints, never asserts. The practice server is a process of its own and not counted.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from pathlib import Path

from tests.pty import Terminal, tui_assist

LETTER = "Ж"  # in no text the app shows by itself
LAST_WORD = "END-OF-STREAM"
LETTERS = 60
TICKS = os.sysconf("SC_CLK_TCK")


class RawTerminal(Terminal):
    """A terminal that keeps the bytes and emulates no screen: a slow reader would slow the app down."""

    raw = b""

    def _set_size(self, columns: int, rows: int) -> None:
        super()._set_size(columns, rows)
        # Without the terminal's own echo, a letter is only seen once the app shows it.
        modes = termios.tcgetattr(self._master)
        modes[3] &= ~termios.ECHO
        termios.tcsetattr(self._master, termios.TCSANOW, modes)

    def _read(self) -> None:
        while data := self._next():
            with self._changed:
                self.written += len(data)
                self.raw = (self.raw + data)[-1_000_000:]
                self._changed.notify_all()
            if b"\x1b[6n" in data:
                os.write(self._master, b"\x1b[1;1R")

    def wait_for(self, text: str, timeout_s: float = 60.0) -> float:
        """Seconds until `text` is written, from now."""
        began = time.monotonic()
        wanted = text.encode()
        with self._changed:
            while wanted not in self.raw:
                if not self._changed.wait(timeout_s):
                    raise TimeoutError(f"{text!r} was not shown: {self.raw[-2000:]!r}")
        return time.monotonic() - began

    def forget(self) -> None:
        with self._changed:
            self.raw = b""


def start(folder: Path, rate: int) -> RawTerminal:
    home = folder / "home"
    return RawTerminal(
        tui_assist("--demo"),
        directory=folder,
        columns=120,
        rows=40,
        environment={
            "HOME": str(home),
            "XDG_STATE_HOME": None,
            "XDG_CONFIG_HOME": None,
            "TUI_ASSIST_PRACTICE_RATE": str(rate),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        },
    )


def version(folder: Path) -> dict[str, float]:
    began = time.monotonic()
    subprocess.run(tui_assist("--version"), cwd=folder, check=True, capture_output=True)
    return {"--version, s": time.monotonic() - began}


def first_letter(folder: Path) -> dict[str, float]:
    with start(folder, 0) as terminal:
        terminal.send(LETTER)
        terminal.wait_for(LETTER)
        return {"first letter, s": time.monotonic() - terminal.started}


def burst(folder: Path) -> dict[str, float]:
    with start(folder, 0) as terminal:
        ready(terminal)
        before, written = cpu_s(terminal.pid), terminal.written
        terminal.send("stream 3000 words\r")
        took = terminal.wait_for(LAST_WORD)
        return {
            "3,000 deltas, s": took,
            "3,000 deltas, CPU s": cpu_s(terminal.pid) - before,
            "3,000 deltas, bytes a delta": (terminal.written - written) / 3000,
            "3,000 deltas, RSS MiB": rss_mib(terminal.pid),
        }


def paced(folder: Path) -> dict[str, float]:
    with start(folder, 200) as terminal:
        ready(terminal)
        terminal.send("stream 2400 words\r")
        time.sleep(1.0)
        began, before = time.monotonic(), cpu_s(terminal.pid)
        delays = []
        for _ in range(LETTERS):
            time.sleep(0.09)
            terminal.forget()
            terminal.send(LETTER)
            delays.append(terminal.wait_for(LETTER) * 1000)
        share = (cpu_s(terminal.pid) - before) / (time.monotonic() - began)
        return {
            "200 deltas a second, cores": share,
            "letter meanwhile, median ms": statistics.median(delays),
            "letter meanwhile, worst ms": max(delays),
        }


def idle(folder: Path) -> dict[str, float]:
    with start(folder, 0) as terminal:
        ready(terminal)
        time.sleep(3.0)
        before = cpu_s(terminal.pid)
        time.sleep(3.0)
        return {"idle, % of a core": (cpu_s(terminal.pid) - before) / 3.0 * 100}


def ready(terminal: RawTerminal) -> None:
    """The session is open, and what loads in the background has loaded."""
    terminal.wait_for("rules, not AI")
    time.sleep(3.0)


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


MEASURES: tuple[Callable[[Path], dict[str, float]], ...] = (version, first_letter, burst, paced, idle)


def main(runs: int) -> None:
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, median of {runs} (min … max)")
    for measure in MEASURES:
        results: dict[str, list[float]] = {}
        for _ in range(runs):
            with tempfile.TemporaryDirectory() as folder:
                for name, value in measure(Path(folder)).items():
                    results.setdefault(name, []).append(value)
        for name, values in results.items():
            median = statistics.median(values)
            print(f"{name:<32}{median:>9.3f}   ({min(values):.3f} … {max(values):.3f})", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
