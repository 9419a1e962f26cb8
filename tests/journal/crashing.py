"""A process that commits and recovers in children of its own, and kills them with SIGKILL when told to.

Run as a module: a JSON command a line comes in, a JSON answer a line goes out.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.journal.making import ABOUT, Desk

NEVER = 1_000_000
OLD = {"a": b"a\n", "sub/b": b"b\n" * 9, "gone": b"x\n", "from": b"m\n"}
FOLDERS = ["sub"]


def prepared(folder: Path) -> Desk:
    """A root with a few files, one patch already in its journal, and the next not yet."""
    root = folder / "root"
    root.mkdir(parents=True)
    desk = Desk(root, folder / "state")
    desk.write(a=b"earlier\n")
    desk.write(a=None)
    (root / "sub").mkdir()
    for name, content in OLD.items():
        (root / name).write_bytes(content)
    return desk


def commit(desk: Desk, tell: Callable[[str], None]) -> None:
    changes = [
        desk.change("a", b"A\n", number=1),
        desk.change("sub/b", b"B\n" * 9, number=2),
        desk.change("gone", None, number=3),
        desk.change("from", b"M\n", move_to="away/to", number=4),
        desk.change("new/deep/c", b"c\n", number=5),
    ]
    desk.stopping(tell).commit(changes, ABOUT)


def recover(desk: Desk, tell: Callable[[str], None]) -> None:
    desk.stopping(tell).recover()


WORK = {"commit": commit, "recover": recover}


class Server:
    """The same, from the test's side. `steps` and the like are what a child was told before it ended."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.journal.crashing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, work: str, desk: Desk, *, at: int = NEVER, after_s: float = 60.0) -> bool:
        """Whether the child was killed, at its step number `at` or `after_s` seconds."""
        command = {
            "work": work,
            "root": str(desk.root),
            "state": str(desk.state),
            "at": at,
            "after_s": after_s,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        status = json.loads(self._process.stdout.readline())
        assert status in (0, -signal.SIGKILL), status
        return bool(status)

    def close(self) -> None:
        self._process.communicate()


def _run(command: dict[str, Any]) -> int:
    """Does the work in a child; its exit status."""
    child = os.fork()
    if child == 0:
        _work(command)
    if command["after_s"] < 60:
        time.sleep(command["after_s"])
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _work(command: dict[str, Any]) -> None:
    seen = 0

    def tell(step: str) -> None:
        nonlocal seen
        if seen == command["at"]:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    try:
        WORK[command["work"]](Desk(Path(command["root"]), Path(command["state"])), tell)
    except BaseException as error:
        print(repr(error), file=sys.stderr)
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line))), flush=True)
