"""Groups changed blocks of lines into hunks with context. Compares nothing: it is told what changed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tui_assist.patch.lines import Block
from tui_assist.values.patch import Hunk, HunkLine, Level, Match

CONTEXT = 3  # kept lines on each side of a hunk

EXACT = Match()
_LEVELS = list(Level)
_DEFINITION = re.compile(
    r"""\s*(?:(?:pub(?:\([a-z]+\))?|export|default|public|private|protected|internal|static|final|abstract|async
             |virtual|override|inline|extern|const|unsafe)\s+)*
        (?:def|class|func|function|fn|impl|struct|enum|trait|interface|module|namespace|type|sub|proc|macro_rules!
           |object|record|package|task|resource|CREATE\s+\w+)\b
      | [A-Za-z_][\w<>:,*&\[\] ]*\([^;]*\)?\s*(?:const\s*)?\{?\s*$   # C and its kin, at the left edge
      | \[{1,2}[^\]]+\]{1,2}\s*$                                     # a table of TOML or an INI file
      | \#{1,6}\s                                                    # a heading of Markdown
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Changed:
    """A block of changed lines and how well the hunk it came from matched."""

    block: Block
    match: Match = EXACT


def worst(matches: Sequence[Match]) -> Match:
    """One Match that hides no doubt of any."""
    if not matches:
        return Match()
    level = max((match.level for match in matches), key=_LEVELS.index)
    notes = dict.fromkeys(match.note for match in matches if match.note)
    return Match(level, max(match.places for match in matches), "; ".join(notes))


def build_hunks(
    change_id: str,
    old: Sequence[bytes],
    new: Sequence[bytes],
    changed: Sequence[Changed],
    encoding: str,
) -> tuple[Hunk, ...]:
    """The hunks that turn `old` into `new`. `changed` is in order; what lies between is equal."""
    heading, searched = "", 0
    hunks = []
    for number, group in enumerate(_grouped(changed), 1):
        start = max(group[0].block.old_start - CONTEXT, 0)
        heading = _heading(old, searched, start, encoding) or heading
        searched = start
        hunks.append(_hunk(f"{change_id}h{number}", old, new, group, heading))
    return tuple(hunks)


def _grouped(changed: Sequence[Changed]) -> Iterator[list[Changed]]:
    """Blocks whose context would touch belong to one hunk."""
    group: list[Changed] = []
    for one in changed:
        if group and one.block.old_start - group[-1].block.old_end > 2 * CONTEXT:
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _hunk(id_: str, old: Sequence[bytes], new: Sequence[bytes], group: list[Changed], heading: str) -> Hunk:
    first, last = group[0].block, group[-1].block
    before = min(CONTEXT, first.old_start)
    at = old_start = first.old_start - before
    lines: list[HunkLine] = []
    for one in group:
        block = one.block
        lines += [HunkLine(" ", line) for line in old[at : block.old_start]]
        lines += [HunkLine("-", line) for line in old[block.old_start : block.old_end]]
        lines += [HunkLine("+", line) for line in new[block.new_start : block.new_end]]
        at = block.old_end
    lines += [HunkLine(" ", line) for line in old[at : last.old_end + CONTEXT]]
    return Hunk(
        id=id_,
        old_start=old_start + 1 if any(line.kind != "+" for line in lines) else 0,
        new_start=first.new_start - before + 1 if any(line.kind != "-" for line in lines) else 0,
        lines=tuple(lines),
        heading=heading,
        match=worst([one.match for one in group]),
    )


def _heading(old: Sequence[bytes], floor: int, start: int, encoding: str) -> str:
    """The nearest definition above line `start`, not above `floor`."""
    for line in reversed(old[floor:start]):
        text = line.decode(encoding, "replace").rstrip()
        if len(text) <= 200 and _DEFINITION.match(text):
            return text.strip()
    return ""
