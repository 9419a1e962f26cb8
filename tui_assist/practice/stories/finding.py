"""The stories "where is X defined?" and "show FILE": look, and answer from what was found."""

import re

from tui_assist.practice.conversation import Talk
from tui_assist.practice.readings import (
    fenced,
    find_files,
    first_line,
    listed,
    read,
    read_file,
    search,
    searched,
)
from tui_assist.practice.reply import Reply, Say, offered
from tui_assist.practice.stories.sentences import PATH, as_path, sentence, unquoted

WHERE = sentence(
    r"where(?:\s+is|\s+are|'s)\s+(?:the\s+)?(?:(?:class|function|method|type|constant)\s+)?"
    rf"(?P<name>{PATH})(?:\s+(?:defined|declared|implemented))?\s*\?*"
)
SHOW = sentence(
    rf"(?:show|print|open|cat|read)\s+(?:me\s+)?(?:the\s+file\s+|file\s+)?(?P<path>{PATH})",
    r"(?::(?P<at>\d+)(?:-(?P<until>\d+))?)?",
    r"(?:,?\s+lines?\s+(?P<first>\d+)(?:\s*(?:-|–|to|until)\s*(?P<last>\d+))?)?",
)

MOST_SHOWN = 120  # lines of one answer
MOST_DEFINITIONS = 8

_KEYWORDS = (
    "def|class|function|func|fn|const|let|var|val|type|interface|struct|enum|trait|impl|module|mod|record"
    "|object|protocol|macro_rules!|#define|static|union|typedef"
)


def where(talk: Talk, said: re.Match[str]) -> Reply:
    name = re.split(r"::|\.|#", unquoted(said["name"]).removesuffix("()"))[-1]
    if offered(talk.tools, "search") is None:
        return (Say("I cannot look for it: I was not offered the tool `search`."),)
    if not talk.now.done:
        escaped = re.escape(name)
        defined = rf"(?:^|[^\w.])(?:{_KEYWORDS})\s+(?:\([^)]*\)\s*)?[*&]?{escaped}(?:\W|$)"
        assigned = rf"^{escaped}\s*(?::[^=]+)?=[^=]"
        pattern = f"{defined}|{assigned}"
        return (search(pattern, regex=True),)
    found = searched(talk.now.done[0])
    if found.failure:
        return (Say(f"The search did not work: {found.failure}"),)
    if not found.matches:
        return (Say(f"I found no definition of `{name}` in these files."),)
    shown = [
        f"`{match.path}:{match.line}`\n\n{fenced(match.text, match.path)}"
        for match in found.matches[:MOST_DEFINITIONS]
    ]
    more = len(found.matches) - len(shown)
    first = f"`{name}` is defined here:" if len(shown) == 1 else f"`{name}` is defined in these places:"
    last = [f"… and in {more} more."] if more > 0 else []
    return (Say("\n\n".join([first, *shown, *last])),)


def show(talk: Talk, said: re.Match[str]) -> Reply:
    """A file's lines; a name that is no path is looked for once."""
    path, done = as_path(said["path"]), talk.now.done
    first = int(said["first"] or said["at"] or 1) or 1
    last = int(said["last"] or said["until"] or 0) or first + MOST_SHOWN - 1
    last = max(first, min(last, first + MOST_SHOWN - 1))
    if offered(talk.tools, "read_file") is None:
        return (Say("I cannot read files here: I was not offered the tool `read_file`."),)
    if not done:
        return (read_file(path, first, last),)
    reading = read(done[-1])
    if done[-1].tool == "find_files":
        paths = [line for line in done[-1].output.split("\n") if line.rsplit("/", 1)[-1] == path]
        if len(paths) == 1:
            return (read_file(paths[0], first, last),)
        if paths:
            return (Say(f"Which one do you mean? {listed(paths)}"),)
        return (Say(f"I could not read `{path}`: {first_line(done[0].output)}"),)
    if reading.failure:
        missing = "does not exist" in reading.failure and len(done) == 1 and "/" not in path
        if missing and offered(talk.tools, "find_files"):
            return (find_files(path),)
        return (Say(f"I could not read `{reading.path}`: {reading.failure}"),)
    if not reading.lines:
        return (Say(f"`{reading.path}` is empty."),)
    return (Say(_shown(reading.path, reading.lines, reading.total or 0)),)


def _shown(path: str, lines: dict[int, str], total: int) -> str:
    first, last = min(lines), max(lines)
    heading = f"`{path}`" if last - first + 1 == total else f"`{path}`, lines {first}-{last} of {total}"
    said = f"{heading}\n\n{fenced(chr(10).join(lines.values()), path)}"
    if last < total:
        said += f"\n\nFor more: `show {path} lines {last + 1}-{min(last + MOST_SHOWN, total)}`"
    return said
