"""Looks at this machine for `doctor`: Python, git, terminal, ripgrep, folders, sandbox. Changes nothing."""

import asyncio
import contextlib
import os
import platform
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from tui_assist.errors import ToolError

_OLDEST_PYTHON = (3, 11)
_ASK_S = 5.0  # for one program to answer
_SMALLEST = (40, 12)  # columns, rows: below this the screen shows little


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `ok` is None where nothing is wrong and something is worth knowing."""

    name: str
    ok: bool | None
    text: str
    advice: str = ""  # what to do next


def check_python() -> Check:
    found = platform.python_version()
    if sys.version_info[:2] < _OLDEST_PYTHON:
        return Check("Python", False, found, "install Python 3.11 or newer")
    return Check("Python", True, f"{found} on {platform.system()} {platform.release()}")


async def check_git() -> Check:
    if shutil.which("git") is None:
        return Check(
            "git", False, "not found", "install git; without it ignored files and diffs are not known"
        )
    status, said = await _ask("git", "--version")
    if status != 0:
        return Check("git", False, f"it does not run: {said}", "install git again")
    return Check("git", True, said.removeprefix("git version "))


def check_repository(root: Path, branch: str | None) -> Check:
    """What kind of folder `root` is; `branch` as the workspace reads it."""
    if branch is not None:
        return Check("repository", True, f"{root}, on {branch}")
    if (root / "HEAD").is_file() and (root / "objects").is_dir() and (root / "refs").is_dir():
        return Check("repository", None, f"{root} is a bare repository", "start in a checkout of it")
    if (root / ".git").exists():
        return Check("repository", None, f"{root} has a .git that git cannot read", "run: git fsck")
    advice = "run `git init` for diffs, ignored files and branches; everything else works without"
    return Check("repository", None, f"{root} is no git repository", advice)


def check_terminal(environ: Mapping[str, str], screen: TextIO) -> Check:
    """What the screen will have: kind, colours, size, encoding."""
    if not screen.isatty():
        return Check("terminal", None, "none here", "the screen needs one; `tui-assist exec` does not")
    term = environ.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        return Check("terminal", False, f"TERM={term or 'not set'}", "set TERM, often to xterm-256color")
    size = os.get_terminal_size(screen.fileno())
    encoding = (screen.encoding or "unknown").lower()
    inside = " in tmux" if environ.get("TMUX") else ""
    text = f"{term}{inside}, {_colours(environ)}, {size.columns} × {size.lines}, {encoding}"
    if encoding.replace("-", "") != "utf8":
        return Check("terminal", False, text, "set LANG to a UTF-8 locale such as C.UTF-8")
    if size.columns < _SMALLEST[0] or size.lines < _SMALLEST[1]:
        advice = f"make it at least {_SMALLEST[0]} × {_SMALLEST[1]} to see everything"
        return Check("terminal", None, text, advice)
    if environ.get("TMUX") and not term.startswith(("tmux", "screen")):
        return Check("terminal", None, text, "in tmux TERM should be tmux-256color: check default-terminal")
    return Check("terminal", True, text)


def _colours(environ: Mapping[str, str]) -> str:
    if environ.get("NO_COLOR"):
        return "no colour (NO_COLOR)"
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "16 million colours"
    return "256 colours" if "256" in environ.get("TERM", "") else "16 colours or more"


async def check_ripgrep() -> Check:
    from tui_assist.search.text import binary

    try:
        path = binary()
    except ToolError:
        return Check("ripgrep", False, "not found", "install tui-assist again, or ripgrep: search needs it")
    status, said = await _ask(path, "--version")
    if status != 0:
        return Check("ripgrep", False, f"{path} does not run: {said}", "install ripgrep on PATH")
    return Check("ripgrep", True, f"{said.partition(' (')[0].removeprefix('ripgrep ')} at {path}")


def check_shell() -> Check:
    if shutil.which("bash") is None:
        return Check(
            "shell", None, "bash is missing", "install bash: /bin/sh is used, and every command asks"
        )
    return Check("shell", True, "bash")


async def check_sandbox() -> Check:
    """Which sandbox program is there and starts. Commands do not use it in this version."""
    said = "this version runs commands without a sandbox"
    if platform.system() == "Darwin":
        there = Path("/usr/bin/sandbox-exec").exists()
        return Check("sandbox", None, f"sandbox-exec {'found' if there else 'missing'}; {said}")
    path = shutil.which("bwrap")
    if path is None:
        return Check("sandbox", None, f"bubblewrap not found; {said}")
    options = ("--unshare-user", "--cap-drop", "ALL", "--ro-bind", "/", "/", "--dev", "/dev", "--")
    status, answer = await _ask(path, *options, "/bin/sh", "-c", ":")
    if status != 0:
        return Check("sandbox", None, f"bubblewrap found at {path} but cannot start ({answer}); {said}")
    return Check("sandbox", None, f"bubblewrap starts; {said}")


def check_folder(name: str, folder: Path) -> Check:
    """Whether the program can write into `folder`, or make it. Makes nothing."""
    # os.path never raises, where Path's own methods do in folders that may not be searched.
    there = next(path for path in (folder, *folder.parents) if os.path.exists(path))
    if not os.path.isdir(there):
        return Check(name, False, f"{there} is no folder", f"move it away: {folder} must be one")
    if not os.access(there, os.W_OK | os.X_OK):
        return Check(name, False, f"{there} is not writable", f"make {folder} yours: sessions are kept there")
    return Check(name, True, f"{folder}{'' if there == folder else ', made when first needed'}")


async def _ask(*command: str) -> tuple[int | None, str]:
    """The exit code and first line of a program's answer; None and the reason when it did not answer."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        return None, error.strerror or str(error)
    try:
        async with asyncio.timeout(_ASK_S):
            said, _ = await process.communicate()
    except TimeoutError:
        return None, f"no answer within {_ASK_S:g} s"
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode, said.decode("utf-8", "replace").strip().partition("\n")[0]
