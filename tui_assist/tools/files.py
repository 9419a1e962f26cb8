"""The tools `read_file` and `find_files`. They change nothing and open nothing but regular files."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass

from tui_assist.errors import StalePlan, ToolError
from tui_assist.search import find_paths
from tui_assist.tools import arguments
from tui_assist.values.asking import Decision, TextView
from tui_assist.values.calls import Access, Call, Outcome, Plan, Report, Status, ToolSpec
from tui_assist.values.content import Text
from tui_assist.workspace import Located, Workspace

MOST_LINES = 2_000  # of one reading
MOST_BYTES = 50_000  # of one reading's text
LONGEST_LINE = 2_000  # characters of a line
LARGEST_FILE = 16 * 1024 * 1024  # bytes
MOST_PATHS = 200  # of one listing


def access_to(located: Located) -> tuple[Access, tuple[str, ...]]:
    """How reading a file is judged, and why it asks when it does."""
    if located.inside and not located.secret:
        return Access.READ, ()
    return Access.OUTSIDE, located.reasons()


def check_still(workspace: Workspace, located: Located) -> None:
    """Raises StalePlan when the path leads elsewhere than it did when it was planned."""
    if workspace.locate(located.asked) != located:
        raise StalePlan(f"{located.asked} leads elsewhere now; nothing was read")


@dataclass(frozen=True, slots=True)
class ReadArguments:
    path: str
    start: int | None  # 1-based, first line
    end: int | None  # 1-based, last line

    @classmethod
    def parse(cls, given: arguments.Arguments) -> "ReadArguments":
        start = arguments.optional_count(given, "start", 1)
        end = arguments.optional_count(given, "end", 1)
        if start is not None and end is not None and end < start:
            raise ToolError(f"end: expected {start} or more, got {end}")
        return cls(arguments.text(given, "path"), start, end)

    def describe(self) -> str:
        if self.start is None and self.end is None:
            return ""
        return f" lines {self.start or 1}-{'' if self.end is None else self.end}"


class ReadFile:
    """Lines of one text file, numbered."""

    together = False

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        line = {"type": ["integer", "null"]}
        self.spec = ToolSpec(
            "read_file",
            f"Read lines of a text file, numbered; at most {MOST_LINES:,} lines and {MOST_BYTES // 1000} kB.",
            arguments.schema(
                path={"type": "string"},
                start=line | {"description": "first line, from 1"},
                end=line | {"description": "last line"},
            ),
        )

    async def plan(self, calls: tuple[Call, ...]) -> Plan:
        wanted = ReadArguments.parse(calls[0].arguments)
        located = self._workspace.locate(wanted.path)
        access, reasons = access_to(located)
        if access is Access.READ and not os.path.exists(located.path):
            raise ToolError(f"{located.shown} does not exist; find_files finds paths")
        title = f"read {located.shown}{wanted.describe()}"
        return Plan(calls, access, title, TextView(title), reasons, steps=(wanted, located))

    async def run(self, plan: Plan, decision: Decision, report: Report) -> Mapping[str, Outcome]:
        wanted, located = plan.steps
        outcome = await asyncio.to_thread(self._read, wanted, located)
        return {call.call_id: outcome for call in plan.calls}

    def _read(self, wanted: ReadArguments, located: Located) -> Outcome:
        check_still(self._workspace, located)
        content = self._workspace.read(located, LARGEST_FILE).content
        lines = lines_of(content, located.shown)
        if not lines:
            return _done(f"{located.shown}: empty", "empty", "")
        first = wanted.start or 1
        if first > len(lines):
            raise ToolError(f"{located.shown} has {len(lines)} lines; line {first} is past its end")
        numbered = _numbered(lines, first, min(wanted.end or len(lines), len(lines)))
        last = first + len(numbered) - 1
        header = f"{located.shown}: lines {first}-{last} of {len(lines)}"
        if last < min(wanted.end or len(lines), len(lines)):
            header += f"; ask for start {last + 1} to go on"
        body = "\n".join(line[:LONGEST_LINE] for line in lines[first - 1 : last])
        count = f"{len(numbered)} {'line' if len(numbered) == 1 else 'lines'}"
        return _done("\n".join([header, *numbered]), count, body, located.shown)

    async def close(self) -> None:
        """Holds nothing."""


def lines_of(content: bytes, shown: str) -> list[str]:
    """The lines of a text file without their endings; what is not UTF-8 becomes U+FFFD.

    Split at newlines alone: form feeds and their like stay. Raises ToolError for a binary file.
    """
    lines = _decoded(content, shown).split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def _decoded(content: bytes, shown: str) -> str:
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if b"\0" in content[:8192]:
        raise ToolError(f"{shown} is a binary file of {len(content):,} bytes; it has no lines to read")
    return content.decode("utf-8", "replace")


def _numbered(lines: list[str], first: int, last: int) -> list[str]:
    found: list[str] = []
    size = 0
    for number in range(first, last + 1):
        text = lines[number - 1]
        if len(text) > LONGEST_LINE:
            text = f"{text[:LONGEST_LINE]}… ({len(text):,} characters)"
        size += len(text.encode("utf-8", "replace")) + 8
        if found and (size > MOST_BYTES or len(found) == MOST_LINES):
            break
        found.append(f"{number:>6}\t{text}")
    return found


def _done(content: str, summary: str, body: str, language: str = "") -> Outcome:
    return Outcome(Status.COMPLETED, (Text(content),), summary, TextView(body, language))


class FindFiles:
    """Paths by name. Shows names only, of secrets too; never their content."""

    together = False

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.spec = ToolSpec(
            "find_files",
            "List paths that fit a glob (*.py, src/**/test_*) or contain a text. Ignored files are left out.",
            arguments.schema(pattern={"type": "string"}),
        )

    async def plan(self, calls: tuple[Call, ...]) -> Plan:
        pattern = arguments.text(calls[0].arguments, "pattern") or "**"
        title = f"find_files {pattern}"
        return Plan(calls, Access.READ, title, TextView(title), steps=pattern)

    async def run(self, plan: Plan, decision: Decision, report: Report) -> Mapping[str, Outcome]:
        files = await self._workspace.files()
        found = await asyncio.to_thread(find_paths, files, plan.steps)
        count = f"{len(found):,} {'file' if len(found) == 1 else 'files'}"
        if not found:
            summary, lines = "no files", [f"no file fits {plan.steps}; {len(files):,} files were looked at"]
        elif len(found) > MOST_PATHS:
            summary, lines = count, [*found[:MOST_PATHS], f"{count}, {MOST_PATHS} shown; narrow the pattern"]
        else:
            summary, lines = count, [*found, count]
        # A name that is no UTF-8 cannot be sent; it is shown with a question mark.
        text = "\n".join(lines).encode("utf-8", "replace").decode()
        view = TextView("\n".join(found[:MOST_PATHS]))
        outcome = Outcome(Status.COMPLETED, (Text(text),), summary, view)
        return {call.call_id: outcome for call in plan.calls}

    async def close(self) -> None:
        """Holds nothing."""
