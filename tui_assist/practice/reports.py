"""Reads what the patch tool answers: what was written, which hunks were refused, what the person said.

Knows that text's format and nothing else.
"""

import re
from collections.abc import Iterator

_WRITTEN = re.compile(r"[AMD] (.+?)(?: \(\d+ of \d+ hunks\))?(?: \(moved from .+\))?")
_REFUSED = re.compile(r"  refused(?:: (.+))?; these lines of (.+) stay as they were:")
_WHOLE = re.compile(r"(.+) was refused by .+? and is unchanged(?:: (.+))?")
_SAYS = re.compile(r"The .+? says: (.+)")
_ANSWERED = re.compile(r"Refused(?: by the person\.| \(.+?\)\.)\s*(.*)", re.DOTALL)


def written(text: str) -> set[str]:
    """The paths of which at least one hunk reached the disk."""
    return {match[1] for match in map(_WRITTEN.fullmatch, text.split("\n")) if match}


def wrote(text: str, path: str) -> bool:
    """Whether `path`, as the call named it, is among the paths written; they may be told from the root."""
    return any(f"/{told}".endswith(f"/{path.removeprefix('./')}") for told in written(text))


def refused_hunks(text: str, path: str) -> list[list[str]]:
    """The lines of every refused hunk of `path`, each with its ` `, `-` or `+`."""
    return [hunk for told, hunk in _quoted_hunks(text) if f"/{told}".endswith(f"/{path.removeprefix('./')}")]


def _quoted_hunks(text: str) -> Iterator[tuple[str, list[str]]]:
    path, hunk = "", list[str]()
    for line in [*text.split("\n"), ""]:
        if path and line.startswith(("   ", "  -", "  +", "  @@", "  \\")) and not _REFUSED.fullmatch(line):
            hunk += [line[2:]] if line[2] in " -+" else []
            continue
        if path:
            yield path, hunk
        match = _REFUSED.fullmatch(line)
        path, hunk = (match[2], []) if match else ("", [])


def words_of_person(text: str) -> list[str]:
    """What was said about a patch: notes to all of it, to a file and to refused hunks."""
    answered = _ANSWERED.fullmatch(text)
    if answered:
        return [answered[1].strip()] if answered[1].strip() else []
    found = []
    for line in text.split("\n"):
        for pattern, group in ((_REFUSED, 1), (_WHOLE, 2), (_SAYS, 1)):
            match = pattern.fullmatch(line)
            if match and match[group]:
                found.append(match[group])
    return list(dict.fromkeys(found))


def was_refused(text: str) -> bool:
    """Whether a decision, not an error, kept everything of a call from happening."""
    return _ANSWERED.fullmatch(text) is not None or any(map(_WHOLE.fullmatch, text.split("\n")))
