"""Reads a diff as a person does: scrolls through a review and takes down every line. Knows git's diff too.

Both become the same set of changed lines, so that what was shown can be compared with what happened.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.pty import Lines
from tests.story.stage import Stage, git

SCROLL_BAR = 1  # columns at the right
TAB = 4  # columns
HOME, PAGE_DOWN = "\x1b[H", "\x1b[6~"


@dataclass(frozen=True, slots=True, order=True)
class Changed:
    """One removed or added line."""

    path: str
    kind: str  # - or +
    number: int  # 1-based, in the old file for - and in the new one for +
    text: str  # without its newline; ␍ is a carriage return, · a blank at the end
    ended: bool = True  # False: the file's last line, without a newline


def rows_of_review(stage: Stage) -> Lines:
    """Every row of the open review, which shows no list of files: in pages that overlap."""
    stage.send(HOME)
    lines = stage.settle(0.15)
    top = next(at for at, line in enumerate(lines) if line.startswith("▎"))
    bottom = next(at for at, line in enumerate(lines) if line.startswith("────"))

    def page() -> Lines:
        shown = stage.settle(0.12)[top:bottom]
        width = len(max(shown, key=len))
        return [line[1:].ljust(width)[: stage.columns - 1 - SCROLL_BAR].rstrip() for line in shown]

    stage.send("G")
    last = page()
    stage.send(HOME)
    rows = page()
    while rows[-len(last) :] != last:
        stage.send(PAGE_DOWN)
        rows = _joined(rows, page())
    return rows


def _joined(rows: Lines, page: Lines) -> Lines:
    overlap = next(size for size in range(len(page), 0, -1) if rows[-size:] == page[:size])
    return rows + page[overlap:]


def unified(rows: Lines, digits: int) -> list[Changed]:
    """The changed lines of a review in unified view whose line numbers take `digits` columns."""
    row = re.compile(rf" ([ \d]{{{digits}}}) ([ \d]{{{digits}}}) ([-+ ]) (.*)")
    found: list[Changed] = []
    path, kind = "", " "
    for line in rows:
        match = row.fullmatch(line + " " * (2 * digits + 5 - len(line)))
        if heading := _heading(line):
            path = heading
        elif match and match[4].startswith("\\ no newline") and kind != " ":
            found[-1] = _unended(found[-1])
        elif match and match[3] != " ":
            found.append(Changed(path, match[3], int(match[1] if match[3] == "-" else match[2]), match[4]))
        kind = match[3] if match else " "
    return sorted(found)


def split(rows: Lines, digits: int) -> list[Changed]:
    """The same, of a review that shows both sides beside each other."""
    side = re.compile(rf" ([ \d]{{{digits}}}) ([-+ ]) (.*)")
    found: dict[str, list[Changed]] = {"-": [], "+": []}
    path = ""
    for line in rows:
        if heading := _heading(line):
            path = heading
            continue
        if "│" not in line:
            continue
        for kind, half in zip("-+", line.split("│", 1), strict=True):
            match = side.fullmatch(half.rstrip())
            if match and match[2] == kind:
                found[kind].append(Changed(path, kind, int(match[1]), match[3]))
            elif "\\ no newline" in half:
                found[kind][-1] = _unended(found[kind][-1])
    return sorted([*found["-"], *found["+"]])


def _heading(line: str) -> str:
    """The path, when `line` is a file's heading."""
    match = re.fullmatch(r"(\S.*?) {2,}(?:\+\d+)? ?(?:−\d+)?(?:  new file|  deleted|  moved)?", line)
    return match[1] if match else ""


def _unended(changed: Changed) -> Changed:
    return Changed(changed.path, changed.kind, changed.number, changed.text, False)


def changed_in(repo: Path) -> list[Changed]:
    """What git says has changed, new files included."""
    git(repo, "add", "-A", "-N")
    diff = git(repo, "-c", "core.quotepath=false", "diff", "-U0", "--no-color", "--no-ext-diff")
    return sorted(_parsed(diff))


def _parsed(diff: str) -> Iterator[Changed]:
    path, old, new = "", 0, 0
    before: Changed | None = None
    for line in [*diff.split("\n"), "end"]:
        now: Changed | None = None
        if line.startswith("\\") and before:
            before = _unended(before)
            continue
        if match := re.match(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@", line):
            old, new = int(match[1]), int(match[2])
        elif line.startswith(("--- ", "+++ ")):
            name = line[4:].removesuffix("\t")
            path = path if name == "/dev/null" else name[2:]
        elif line.startswith("-"):
            now, old = Changed(path, "-", old, _as_shown(line[1:])), old + 1
        elif line.startswith("+"):
            now, new = Changed(path, "+", new, _as_shown(line[1:])), new + 1
        if before:
            yield before
        before = now


def _as_shown(text: str) -> str:
    body = text.removesuffix("\r")
    kept = body.rstrip(" \t")
    shown = ""
    for char in kept + body[len(kept) :].replace(" ", "·"):
        shown += char if char != "\t" else "→".ljust(TAB - len(shown) % TAB)
    return (shown + "␍" * (len(text) - len(body))).rstrip()
