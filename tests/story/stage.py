"""The app on a stage: in a real terminal, a repository and a home of its own. Knows no story."""

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.pty import Lines, Terminal, tui_assist

ENTER, ESC, TAB, SHIFT_TAB, F2 = "\r", "\x1b", "\t", "\x1b[Z", "\x1bOQ"
CTRL_C, CTRL_N, CTRL_P = "\x03", "\x0e", "\x10"

READY = "rules, not AI"  # in the status line, once the session is open
SEEN_S = 0.6  # seconds; a request that stood on the screen for less is answered by no key

_ASKED = re.compile(r"\by (apply all|run|yes)\b")
_KEPT = 400_000  # bytes of what was written last


class Stage(Terminal):
    """The app's terminal, with what a person does in it."""

    raw = b""
    """What the app has written last, as it was written."""

    @property
    def columns(self) -> int:
        return int(self._screen.columns)

    def say(self, text: str) -> None:
        self.send(text + ENTER)

    def wait_for(self, text: str, timeout_s: float = 10.0) -> Lines:
        return self.read_until_text(text, timeout_s)

    def wait_gone(self, text: str, timeout_s: float = 10.0) -> Lines:
        return self.read_until(lambda lines: not any(text in line for line in lines), timeout_s)

    def idle(self, timeout_s: float = 10.0) -> Lines:
        """The screen once the turn has ended: its usage stands at its end, and nothing is written."""
        self.read_until(lambda lines: " ●" not in lines[0], timeout_s)
        return self.settle(0.15)

    def tray(self, timeout_s: float = 10.0) -> Lines:
        """The screen once a request stands in the tray, long enough to be answered."""
        self.read_until(lambda lines: any(_ASKED.search(line) for line in lines), timeout_s)
        time.sleep(SEEN_S)
        return self.settle(0.1)

    def answer(self, key: str) -> None:
        """F2, then `key`."""
        self.tray()
        self.send(F2 + key)

    def composer(self) -> str:
        """The lines of the draft."""
        lines = self.screen()
        start = max(at for at, line in enumerate(lines) if line.startswith("› ") or line == "›")
        return "\n".join(line[2:] for line in lines[start:-1])

    def _next(self) -> bytes:
        data = super()._next()
        self.raw = (self.raw + data)[-_KEPT:]
        return data


def environment(folder: Path, rate: float = 0) -> dict[str, str | None]:
    """A home, and nothing of the person's who runs the tests. `rate`: deltas a second, 0 for no limit."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    strange = [name for name in os.environ if re.match(r"OPENAI_|AZURE_|TUI_ASSIST_|GIT_|XDG_", name)]
    return dict.fromkeys(strange) | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_DATA_HOME": str(home / "data"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "TUI_ASSIST_PRACTICE_RATE": str(rate),
    }


@contextmanager
def opened(
    folder: Path,
    *arguments: str,
    rate: float = 0,
    columns: int = 100,
    rows: int = 30,
    demo: bool = True,
    ready: str = READY,
) -> Iterator[Stage]:
    """The app in `folder`/repo once it shows `ready`: with the practice model, that its session is open."""
    command = tui_assist(*(["--demo"] if demo else []), *arguments)
    places = environment(folder, rate)
    with Stage(command, directory=folder / "repo", columns=columns, rows=rows, environment=places) as stage:
        stage.wait_for(ready, 20)
        stage.settle(0.1)
        yield stage


def git(repo: Path, *arguments: str) -> str:
    names = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    person = ("-c", "user.name=A Person", "-c", "user.email=person@example.org")
    command = ["git", *person, *arguments]
    done = subprocess.run(command, cwd=repo, env=names | who, capture_output=True, check=True)
    return done.stdout.decode()


def contents(repo: Path) -> dict[str, bytes]:
    """Every file but git's own, by its path."""
    files = (path for path in repo.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(repo).as_posix(): path.read_bytes() for path in files}


def stored(folder: Path) -> str:
    """The sessions as they are on disk."""
    return "".join(path.read_text() for path in (folder / "home/state").rglob("sessions/**/*.jsonl"))


def until(holds: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """Waits for what no screen shows. Raises AssertionError when it does not come."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {timeout_s} s"
        time.sleep(0.02)
