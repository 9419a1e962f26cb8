"""Reads unified diffs, as a courtesy to models that send them. Takes only what a strict parser takes.

The result is each file's section body: the range headers stay, for the line they claim.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchedFile, PatchSet

_BEGIN = re.compile(r"^(?:diff --git .+|--- .+\n\+\+\+ .+)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*\n?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class UnifiedFile:
    type: Literal["create_file", "update_file", "delete_file"]
    path: str
    diff: str
    move_to: str | None


def parse_unified(text: str) -> list[UnifiedFile] | None:
    """The files of a unified diff; None when `text` is none, or its line counts are wrong."""
    text = _FENCE.sub("", text.replace("\r\n", "\n"))
    begin = _BEGIN.search(text)
    if begin is None:
        return None
    text = text[begin.start() :]
    try:
        files = [file for file in PatchSet(text) if not file.is_binary_file]
    except (UnidiffParseError, ValueError, IndexError):
        return None
    return [_file(file) for file in files] if files and _counts_agree(text, files) else None


def _counts_agree(text: str, files: Sequence[PatchedFile]) -> bool:
    """Whether every changed line is in a hunk: the parser passes over lines beyond a header's count."""
    sent = sum(line.startswith(("+", "-")) for line in text.split("\n"))
    return sent == sum(file.added + file.removed + (2 if file else 0) for file in files)


def _file(file: PatchedFile) -> UnifiedFile:
    source, target = _name(file.source_file), _name(file.target_file)
    if file.is_removed_file:
        return UnifiedFile("delete_file", source, "", None)
    if file.is_added_file:
        return UnifiedFile(
            "create_file",
            target,
            "".join(f"+{_text(line.value)}\n" for hunk in file for line in hunk if line.is_added),
            None,
        )
    return UnifiedFile("update_file", source, _body(file), target if target != source else None)


def _name(header: str) -> str:
    """A path of a `---` or `+++` line without git's `a/` or `b/`."""
    return header[2:] if header.startswith(("a/", "b/")) else header


def _text(line: str) -> str:
    return line.removesuffix("\n")


def _body(file: PatchedFile) -> str:
    lines: list[str] = []
    for hunk in file:
        lines.append(
            f"@@ -{hunk.source_start},{hunk.source_length} +{hunk.target_start},{hunk.target_length} @@"
        )
        lines += [f"{line.line_type}{_text(line.value)}" for line in hunk if line.line_type in " +-"]
    return "".join(line + "\n" for line in lines)
