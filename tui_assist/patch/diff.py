"""Makes file changes from two contents, and texts from file changes. Reads no files and parses no diffs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate
from typing import Literal

from tui_assist.patch.errors import PatchError
from tui_assist.patch.hunks import EXACT, Changed, build_hunks
from tui_assist.patch.lines import changed_blocks
from tui_assist.patch.text import cut_lines, decode, shared_mark
from tui_assist.values.patch import FileChange, Hunk, Match, Patch

Span = tuple[int, int]
"""Characters of a line, 0-based, half open."""

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_ALIKE = 0.3  # a pair of lines with less in common is shown as replaced


def diff_change(
    change_id: str,
    path: str,
    before: bytes | None,
    after: bytes | None,
    *,
    mode: int | None = None,
    move_to: str | None = None,
    call_ids: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
    match: Match = EXACT,
    changed: Sequence[Changed] | None = None,
) -> FileChange:
    """The change from `before` to `after` (None: no file), with hunks where both are text.

    `changed` says what differs when the caller knows; else the contents are compared, and every hunk
    has `match`. Content that is no text has no hunks and a note.
    """
    sides = _Sides.of(path, before, after)
    if changed is None:
        changed = [Changed(block, match) for block in changed_blocks(sides.old, sides.new)]
    return FileChange(
        id=change_id,
        kind=_kind(before, after, move_to),
        path=path,
        before=before,
        after=after,
        seen=digest(before),
        hunks=build_hunks(change_id, sides.old, sides.new, changed, sides.encoding),
        encoding=sides.encoding,
        mode=mode,
        move_to=move_to,
        notes=tuple(dict.fromkeys((*notes, *sides.notes))),
        call_ids=call_ids,
    )


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both contents as lines of one encoding; without lines when there is no such encoding."""

    old: tuple[bytes, ...] = ()
    new: tuple[bytes, ...] = ()
    encoding: str = "latin-1"
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, path: str, before: bytes | None, after: bytes | None) -> "_Sides":
        try:
            texts = [decode(content, path) for content in (before, after) if content]
        except PatchError:
            return cls(notes=("binary",))
        encodings = {text.encoding for text in texts} or {"utf-8"}
        if len(encodings) > 1 and not encodings <= {"utf-8", "latin-1"}:
            return cls(notes=(f"encoding changes from {texts[0].encoding} to {texts[1].encoding}",))
        encoding = "latin-1" if len(encodings) > 1 else encodings.pop()
        mark = len(shared_mark(before, after))
        old, new = (cut_lines((content or b"")[mark:], encoding) for content in (before, after))
        return cls(old, new, encoding, ("not UTF-8",) if encoding == "latin-1" else ())


def _kind(
    before: bytes | None, after: bytes | None, move_to: str | None
) -> Literal["create", "update", "delete", "move"]:
    if before is None:
        return "create"
    if after is None:
        return "delete"
    return "move" if move_to is not None else "update"


def digest(content: bytes | None) -> str:
    """SHA-256 in hex; "" for no file."""
    return "" if content is None else sha256(content).hexdigest()


def unified(patch: Patch) -> str:
    """The patch as git writes one, for the record; never parsed again. Foreign bytes become U+FFFD."""
    return "".join(_unified_change(change) for change in patch.changes)


def _unified_change(change: FileChange) -> str:
    new_path = change.move_to or change.path
    lines = [f"diff --git a/{change.path} b/{new_path}"]
    old_mode = _file_mode(change.mode)
    new_mode = old_mode if change.new_mode is None else _file_mode(change.new_mode)
    if change.kind == "create":
        lines.append(f"new file mode {new_mode}")
    elif change.kind == "delete":
        lines.append(f"deleted file mode {old_mode}")
    elif new_mode != old_mode:
        lines += [f"old mode {old_mode}", f"new mode {new_mode}"]
    if change.kind == "move":
        lines += [f"rename from {change.path}", f"rename to {new_path}"]
    if change.hunks:
        lines.append("--- /dev/null" if change.before is None else f"--- a/{change.path}")
        lines.append("+++ /dev/null" if change.after is None else f"+++ b/{new_path}")
    elif change.before != change.after and (change.before or change.after):
        lines.append(f"Binary files a/{change.path} and b/{new_path} differ")
    head = "".join(line + "\n" for line in lines)
    return head + "".join(unified_hunk(hunk, change.encoding) for hunk in change.hunks)


def _file_mode(permissions: int | None) -> str:
    return f"{0o100000 | (0o644 if permissions is None else permissions & 0o777):o}"


def unified_hunk(hunk: Hunk, encoding: str) -> str:
    """One hunk with its header, as unified diffs have it."""
    old = sum(line.kind != "+" for line in hunk.lines)
    new = sum(line.kind != "-" for line in hunk.lines)
    heading = f" {hunk.heading}" if hunk.heading else ""
    text = f"@@ -{hunk.old_start},{old} +{hunk.new_start},{new} @@{heading}\n"
    for line in hunk.lines:
        shown = line.content.decode(encoding, "replace")
        text += line.kind + (shown if shown.endswith("\n") else shown + "\n\\ No newline at end of file\n")
    return text


def word_spans(old: str, new: str) -> tuple[list[Span], list[Span]]:
    """The changed words of two versions of a line; ([], []) when they have too little in common."""
    old_words, new_words = _WORD.findall(old), _WORD.findall(new)
    blocks = changed_blocks(old_words, new_words)
    changed = sum(len(word) for block in blocks for word in old_words[block.old_start : block.old_end])
    if len(old.strip()) == 0 or changed > (1 - _ALIKE) * len(old):
        return [], []
    old_at, new_at = _offsets(old_words), _offsets(new_words)
    return (
        [(old_at[b.old_start], old_at[b.old_end]) for b in blocks if b.old_end > b.old_start],
        [(new_at[b.new_start], new_at[b.new_end]) for b in blocks if b.new_end > b.new_start],
    )


def _offsets(words: Sequence[str]) -> list[int]:
    return list(accumulate((len(word) for word in words), initial=0))
