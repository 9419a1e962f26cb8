"""Writes diffs the patch tool can read (V4A), and their inverses. Reads no file: it gets numbered lines."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from tui_assist.practice.reply import PatchCall

CONTEXT = 3  # lines kept around a change
MOST_CONTEXT = 12  # lines, where fewer fit several places

_DEFINITION = re.compile(r"\s*(?:export |pub |async |static )*(?:def|class|func|function|fn|impl|struct)\b")
_MARKER = re.compile(r"\*\*\* (Add|Update|Delete) File: (.+)")
_TYPES: Mapping[str, Callable[[str, str], PatchCall]] = {
    "Add": lambda path, diff: PatchCall("create_file", path, diff),
    "Update": lambda path, diff: PatchCall("update_file", path, diff),
    "Delete": lambda path, diff: PatchCall("delete_file", path),
}

Block = tuple[int, int]
"""First and last line of a hunk's old side, both included."""


def update(known: Mapping[int, str], changes: Mapping[int, str]) -> str:
    """A diff that makes `changes` (line number to new text) in a file of which `known` lines were read.

    Every hunk keeps three lines of context, more where its old lines would fit a second place among the
    known lines. Changed lines must be known.
    """
    blocks = _merged([_grown((number, number), known, CONTEXT) for number in sorted(changes)])
    read = _Known.of(known)
    for _ in range(CONTEXT, MOST_CONTEXT):
        twice = {block for block in blocks if not read.unique(block)}
        if not twice:
            break
        blocks = _merged([_grown(block, known, 1) if block in twice else block for block in blocks])
    return "".join(_hunk(block, read, changes) for block in blocks)


def created(content: str) -> str:
    """The diff of a new file."""
    lines = content.split("\n")
    if lines[-1] == "":
        lines.pop()
    return "".join(f"+{line}\n" for line in lines)


def inverse(operation: PatchCall, content: str | None) -> PatchCall | None:
    """What takes `operation` back; None for a deletion whose content is not known."""
    match operation.operation:
        case "create_file":
            return PatchCall("delete_file", operation.path)
        case "delete_file":
            return None if content is None else PatchCall("create_file", operation.path, created(content))
        case "update_file":
            pieces = re.split(r"^(?=@@)", operation.diff, flags=re.MULTILINE)
            kept = "".join(filter(changes_something, pieces))
            return PatchCall("update_file", operation.path, _swapped(kept))


def content_of(diff: str) -> str:
    """The text of the file that a creation's diff makes."""
    return "".join(f"{line[1:]}\n" for line in _lines(diff) if line.startswith("+"))


def without(diff: str, hunk: Sequence[str]) -> str:
    """The diff as if the changes of `hunk`, one of its own with any context, had not been in it.

    Its removed lines become context, its added lines go. Unchanged when the hunk is not found.
    """
    lines = _lines(diff)
    changed = [at for at, line in enumerate(hunk) if line[0] != " "]
    if not changed:
        return diff
    core = list(hunk[changed[0] : changed[-1] + 1])
    before, after = hunk[: changed[0]][::-1], hunk[changed[-1] + 1 :]
    for at in range(len(lines) - len(core) + 1):
        end = at + len(core)
        if lines[at:end] == core and _agrees(lines[:at][::-1], before) and _agrees(lines[end:], after):
            kept = [f" {line[1:]}" for line in core if line[0] != "+"]
            return "".join(f"{line}\n" for line in [*lines[:at], *kept, *lines[end:]])
    return diff


def changes_something(diff: str) -> bool:
    return any(line.startswith(("-", "+")) for line in _lines(diff))


def operations_in(envelope: str) -> tuple[PatchCall, ...]:
    """The operations of an envelope as this model writes it."""
    found: list[PatchCall] = []
    for piece in re.split(r"^(?=\*\*\* )", envelope, flags=re.MULTILINE):
        first, _, body = piece.partition("\n")
        if marker := _MARKER.fullmatch(first.strip()):
            found.append(_TYPES[marker[1]](marker[2], body))
    return tuple(found)


def _grown(block: Block, known: Mapping[int, str], by: int) -> Block:
    """The block with up to `by` more known lines at each end."""
    first, last = block
    for _ in range(by):
        first -= (first - 1) in known
        last += (last + 1) in known
    return first, last


def _merged(blocks: Sequence[Block]) -> list[Block]:
    """Blocks in order, those that touch or overlap made one."""
    merged: list[Block] = []
    for first, last in sorted(blocks):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


@dataclass(frozen=True, slots=True)
class _Known:
    """The lines of a file that were read, by number and by text."""

    lines: Mapping[int, str]
    numbers: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, lines: Mapping[int, str]) -> Self:
        numbers: defaultdict[str, list[int]] = defaultdict(list)
        for number, text in lines.items():
            numbers[text].append(number)
        return cls(lines, numbers)

    def unique(self, block: Block) -> bool:
        """Whether the block's lines stand together only once, as far as is known."""
        wanted = [self.lines[number] for number in range(block[0], block[1] + 1)]
        rarest = min(range(len(wanted)), key=lambda offset: len(self.numbers[wanted[offset]]))
        starts = (number - rarest for number in self.numbers[wanted[rarest]])
        return sum(self._stand_at(start, wanted) for start in starts) == 1

    def _stand_at(self, start: int, wanted: Sequence[str]) -> bool:
        return all(self.lines.get(start + offset) == text for offset, text in enumerate(wanted))


def _hunk(block: Block, known: _Known, changes: Mapping[int, str]) -> str:
    anchor = "" if known.unique(block) else _anchor(block, known)
    lines = [f"@@ {anchor}" if anchor else "@@"]
    removed: list[str] = []
    added: list[str] = []
    for number in range(block[0], block[1] + 1):
        if number in changes:
            removed.append(f"-{known.lines[number]}")
            added.append(f"+{changes[number]}")
        else:
            lines += [*removed, *added, f" {known.lines[number]}"]
            removed, added = [], []
    return "".join(f"{line}\n" for line in [*lines, *removed, *added])


def _anchor(block: Block, known: _Known) -> str:
    """The nearest definition above the block, when its line is one of a kind among the known ones."""
    for number in range(block[0] - 1, 0, -1):
        text = known.lines.get(number)
        if text is None:
            return ""
        if _DEFINITION.match(text):
            return text if len(known.numbers[text]) == 1 else ""
    return ""


def _swapped(diff: str) -> str:
    """The diff backwards: what it added goes, what it removed comes; removals stay before additions."""
    lines: list[str] = []
    removed: list[str] = []
    added: list[str] = []
    for line in [*_lines(diff), "@@"]:
        if line.startswith("+"):
            removed.append(f"-{line[1:]}")
        elif line.startswith("-"):
            added.append(f"+{line[1:]}")
        else:
            lines += [*removed, *added, line]
            removed, added = [], []
    return "".join(f"{line}\n" for line in lines[:-1])


def _lines(diff: str) -> list[str]:
    lines = diff.split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines


def _agrees(lines: Sequence[str], context: Sequence[str]) -> bool:
    """Whether context lines are the same, as far as both have them next to the change."""
    for line, wanted in zip(lines, context, strict=False):
        if not line.startswith(" "):
            return True
        if line != wanted:
            return False
    return True
