"""The tool `search`: text in the files of the roots. Leaves out secrets, unless one is named and allowed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from tui_assist.errors import ToolError
from tui_assist.search import Line, Matches, search_text
from tui_assist.search.text import MOST_CONTEXT, MOST_MATCHES
from tui_assist.tools import arguments
from tui_assist.tools.files import access_to, check_still
from tui_assist.values.asking import Decision, TextView
from tui_assist.values.calls import Access, Call, Outcome, Plan, Report, Status, ToolSpec
from tui_assist.values.content import Text
from tui_assist.workspace import Located, Workspace

MOST_CHARACTERS = 40_000  # of one answer


@dataclass(frozen=True, slots=True)
class SearchArguments:
    pattern: str
    path: str | None  # a file or folder; None for everything
    regex: bool
    context: int  # lines on each side

    @classmethod
    def parse(cls, given: arguments.Arguments) -> "SearchArguments":
        pattern = arguments.text(given, "pattern")
        if not pattern:
            raise ToolError("pattern: expected text, got nothing")
        return cls(
            pattern,
            arguments.optional_text(given, "path"),
            arguments.flag(given, "regex"),
            min(arguments.optional_count(given, "context", 0) or 0, MOST_CONTEXT),
        )


class Search:
    """Lines that hold a text or fit a regular expression."""

    together = False

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.spec = ToolSpec(
            "search",
            "Search text in files, case sensitive. Ignored files and secrets are left out.",
            arguments.schema(
                pattern={"type": "string"},
                path={"type": ["string", "null"], "description": "file or folder; null: everywhere"},
                regex={"type": "boolean", "description": "pattern is a ripgrep regular expression"},
                context={"type": ["integer", "null"], "description": "lines around each match"},
            ),
        )

    async def plan(self, calls: tuple[Call, ...]) -> Plan:
        wanted = SearchArguments.parse(calls[0].arguments)
        title = f"search {'/' + wanted.pattern + '/' if wanted.regex else repr(wanted.pattern)}"
        if wanted.path is None:
            return Plan(calls, Access.READ, title, TextView(title), steps=(wanted, None))
        located = self._workspace.locate(wanted.path)
        access, reasons = access_to(located)
        if access is Access.READ and not os.path.exists(located.path):
            raise ToolError(f"{located.shown} does not exist; find_files finds paths")
        title = f"{title} in {located.shown}"
        return Plan(calls, access, title, TextView(title), reasons, steps=(wanted, located))

    async def run(self, plan: Plan, decision: Decision, report: Report) -> Mapping[str, Outcome]:
        wanted, located = plan.steps
        if located is not None:
            check_still(self._workspace, located)
            # A FIFO would be waited for.
            if not (os.path.isfile(located.path) or os.path.isdir(located.path)):
                raise ToolError(f"{located.shown} is neither a file nor a folder; nothing was searched")
        matches = await self._search(wanted, located)
        text = "\n".join(_shown(matches))
        outcome = Outcome(
            Status.COMPLETED,
            (Text(f"{text}\n{_last_line(matches, text)}".lstrip("\n")),),
            matches.describe(),
            TextView(text),
        )
        return {call.call_id: outcome for call in plan.calls}

    async def _search(self, wanted: SearchArguments, located: Located | None) -> Matches:
        space = self._workspace
        paths = [located.shown] if located else [space.show(root) for root in space.roots]
        # A secret that was named has been allowed by name; within a folder none is shown.
        named = located.path if located and located.secret else None

        def skip(path: PurePath) -> bool:
            real = Path(os.path.normpath(space.cwd / path))
            return space.holds_secrets(real) and real != named

        found = await search_text(
            space.cwd, wanted.pattern, paths, regex=wanted.regex, context=wanted.context, skip=skip
        )
        # A root inside another one is searched twice.
        return Matches(tuple(dict.fromkeys(self._named(line) for line in found.lines)), found.cut)

    def _named(self, line: Line) -> Line:
        """With the path as everything else names it: `../here/a.py` is `a.py` when we are in `here`."""
        if not line.path.startswith(("..", "/")):
            return line
        path = Path(os.path.normpath(self._workspace.cwd / line.path))
        return Line(self._workspace.show(path), line.number, line.text, line.match)

    async def close(self) -> None:
        """Holds nothing: a search that is cancelled ends its process."""


def _shown(matches: Matches) -> list[str]:
    """`path:line: text`, context as `path-line- text`, within MOST_CHARACTERS."""
    found: list[str] = []
    size = 0
    for line in matches.lines:
        mark = ":" if line.match else "-"
        text = f"{line.path}{mark}{line.number}{mark} {line.text}"
        size += len(text) + 1
        if size > MOST_CHARACTERS:
            break
        found.append(text)
    return found


def _last_line(matches: Matches, text: str) -> str:
    said = matches.describe()
    if matches.cut:
        return f"{said}: at most {MOST_MATCHES} are shown; narrow the pattern or the path"
    if text.count("\n") + 1 < len(matches.lines):
        return f"{said}; not all are shown: narrow the pattern or the path"
    return said
