"""Asks the tools `search` and `read_file`, and reads their answers. Knows their formats, nothing more."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tui_assist.practice.conversation import Done
from tui_assist.practice.reply import FunctionCall

_MATCH = re.compile(r"(.+?):(\d+): (.*)", re.DOTALL)
_HEADER = re.compile(r"(.+): lines (\d+)-(\d+) of (\d+)")
_NUMBERED = re.compile(r" *(\d+)\t(.*)", re.DOTALL)
_CUT_LINE = re.compile(r"… \([\d,]+ characters\)$")


@dataclass(frozen=True, slots=True)
class Found:
    path: str
    line: int  # 1-based
    text: str  # may be cut


@dataclass(frozen=True, slots=True)
class Search:
    """What a search answered."""

    matches: tuple[Found, ...]
    cut: bool  # there are more
    failure: str  # "" when it worked

    @property
    def paths(self) -> list[str]:
        return list(dict.fromkeys(match.path for match in self.matches))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading of a file answered."""

    path: str
    lines: dict[int, str]  # only those that came whole
    total: int | None  # lines of the whole file; None when it was not read
    failure: str


def search(pattern: str, path: str | None = None, *, regex: bool = False) -> FunctionCall:
    return _call("search", pattern=pattern, path=path, regex=regex, context=None)


def read_file(path: str, start: int | None = None, end: int | None = None) -> FunctionCall:
    return _call("read_file", path=path, start=start, end=end)


def find_files(pattern: str) -> FunctionCall:
    return _call("find_files", pattern=pattern)


def _call(name: str, **arguments: object) -> FunctionCall:
    return FunctionCall(name, json.dumps(arguments, ensure_ascii=False))


def searched(done: Done) -> Search:
    lines = done.output.split("\n")
    matches = tuple(
        Found(match[1], int(match[2]), match[3])
        for match in map(_MATCH.fullmatch, lines)
        if match is not None
    )
    nothing = lines[-1].startswith(("no match", "0 match"))
    failure = "" if matches or nothing else first_line(done.output)
    cut = re.search(r"stopped|not all|truncated|narrow", lines[-1]) is not None
    return Search(matches, cut, failure)


def read(done: Done) -> Reading:
    path = str(done.arguments.get("path", ""))
    first, *rest = done.output.split("\n")
    if first.endswith(": empty"):
        return Reading(path, {}, 0, "")
    header = _HEADER.match(first)
    if header is None:
        return Reading(path, {}, None, first_line(done.output))
    numbered = [match for match in map(_NUMBERED.fullmatch, rest) if match is not None]
    lines = {int(match[1]): match[2] for match in numbered if not _unsure(match[2])}
    return Reading(path, lines, int(header[4]), "")


def _unsure(text: str) -> bool:
    """Whether the line is not shown as it is in the file."""
    return _CUT_LINE.search(text) is not None or "\ufffd" in text


def ranges(numbers: Iterable[int], around: int, most: int) -> list[tuple[int, int]]:
    """At most `most` ranges of lines that hold every number with `around` lines on each side."""
    found = [(max(1, number - around), number + around) for number in sorted(numbers)]
    merged = found[:1]
    for first, last in found[1:]:
        if first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    while len(merged) > most:
        gaps = [merged[at + 1][0] - merged[at][1] for at in range(len(merged) - 1)]
        at = gaps.index(min(gaps))
        merged[at : at + 2] = [(merged[at][0], merged[at + 1][1])]
    return merged


def first_line(text: str) -> str:
    """The first line that says something, cut to a sentence's length."""
    line = next((line.strip() for line in text.split("\n") if line.strip()), "no reason was given")
    return line if len(line) <= 300 else f"{line[:300]}…"


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(names: Sequence[str], most: int = 8) -> str:
    """`a`, `b` and 3 more."""
    shown = [f"`{name}`" for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)


def fenced(text: str, path: str = "") -> str:
    """A code block that no line of `text` can close, in the language its file name suggests."""
    ticks = max((len(run) for run in re.findall(r"^\s*(`{3,})", text, flags=re.MULTILINE)), default=2) + 1
    language = _LANGUAGES.get(path.rsplit(".", 1)[-1].lower(), "") if "." in path else ""
    return f"{'`' * ticks}{language}\n{text}\n{'`' * ticks}"


_LANGUAGES = {
    "py": "python",
    "pyi": "python",
    "js": "javascript",
    "mjs": "javascript",
    "jsx": "jsx",
    "ts": "typescript",
    "tsx": "tsx",
    "rs": "rust",
    "go": "go",
    "c": "c",
    "h": "c",
    "cc": "cpp",
    "cpp": "cpp",
    "hpp": "cpp",
    "java": "java",
    "kt": "kotlin",
    "rb": "ruby",
    "php": "php",
    "sh": "bash",
    "bash": "bash",
    "toml": "toml",
    "yaml": "yaml",
    "yml": "yaml",
    "json": "json",
    "md": "markdown",
    "html": "html",
    "css": "css",
    "sql": "sql",
    "xml": "xml",
    "diff": "diff",
    "patch": "diff",
}
