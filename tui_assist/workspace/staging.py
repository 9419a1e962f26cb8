"""Puts the hunks of written changes into git's index, and nothing else. Changes no file and runs no filter.

What the index holds otherwise stays; a path whose content git would convert is left to the person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tui_assist.errors import ToolError
from tui_assist.patch.rebase import rebase
from tui_assist.patch.select import select
from tui_assist.values.patch import FileChange
from tui_assist.workspace import Workspace, repository

ATTRIBUTES = ("filter", "eol", "working-tree-encoding", "ident", "text", "crlf")
NEWLINES = ("text", "crlf")  # matter only to a file that has Windows line endings
FILES = ("100644", "100755")
EMPTY = b""


@dataclass(frozen=True, slots=True)
class Staged:
    paths: tuple[str, ...]
    left: tuple[str, ...]  # what was not staged and why, a sentence each


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the index is to hold for one path; no content: nothing."""

    top: Path
    name: str  # from `top`
    content: bytes | None
    mode: str


def stage(workspace: Workspace, changes: Sequence[FileChange]) -> Staged:
    """Stages of `changes` what the files still have of them.

    Raises ToolError when git does not take it; nothing is staged of that repository then.
    """
    entries: list[_Entry] = []
    paths: list[str] = []
    left: list[str] = []
    for change in changes:
        name = change.move_to or change.path
        try:
            entries += _entries(workspace, change, left)
            paths.append(name)
        except ToolError as error:
            left.append(f"{name}: {error}")
    for top in dict.fromkeys(entry.top for entry in entries):
        _write(top, [entry for entry in entries if entry.top == top])
    return Staged(tuple(paths), tuple(left))


def _entries(workspace: Workspace, change: FileChange, left: list[str]) -> Iterator[_Entry]:
    """The index entries of one change. Raises ToolError when nothing of it can be staged."""
    path = workspace.locate(change.path).path
    target = workspace.locate(change.move_to).path if change.move_to else path
    standing = _standing(workspace, change, left)
    top = _top(target)
    if _top(path) != top:
        raise ToolError("it moved between two repositories; stage it with git")
    name, new_name = (one.relative_to(top).as_posix() for one in (path, target))
    _check_attributes(top, new_name, change)
    mode, content = _in_index(top, name)
    if content == EMPTY and standing.before is None:
        content = None  # only announced, by `git add -N`
    found = rebase(standing, content)
    for conflict in found.conflicts:
        left.append(f"{change.path}: the hunk at line {conflict.hunk.old_start} does not fit what is staged")
    if found.change is None:
        raise ToolError("nothing of it fits what is staged" if found.conflicts else "it is staged already")
    if change.move_to is not None:
        yield _Entry(top, name, None, "")
    if mode is None:
        mode = FILES[bool(target.stat().st_mode & 0o100)] if target.exists() else FILES[0]
    yield _Entry(top, new_name, found.change.after, mode)


def _standing(workspace: Workspace, change: FileChange, left: list[str]) -> FileChange:
    """`change` with the hunks that are in the file as they were written. Raises ToolError when none is."""
    snapshot = workspace.snapshot(workspace.locate(change.move_to or change.path))
    current = snapshot.content if snapshot else None
    if current == change.after:
        return change
    gone = ToolError("it is not in the file as it was written, so it is not staged")
    if change.move_to is not None or None in (change.before, change.after, current):
        raise gone
    done = {hunk.id for hunk in rebase(change, current).done}
    found = select(change, {hunk.id: hunk.id in done for hunk in change.hunks})
    if found is None:
        raise gone
    missing = [hunk for hunk in change.hunks if hunk.id not in done]
    left += [
        f"{change.path}: line {hunk.new_start} was edited since, its hunk is not staged" for hunk in missing
    ]
    return found


def _top(path: Path) -> Path:
    folder = next(folder for folder in path.parents if folder.is_dir())
    found = repository.ask(folder, "rev-parse", "--show-toplevel")
    if not found:
        raise ToolError("there is no git repository, or git is not installed")
    return Path(repository.names(found.removesuffix(b"\n") + b"\0")[0])


def _check_attributes(top: Path, name: str, change: FileChange) -> None:
    """Raises ToolError when git would put other bytes into the index than the file has."""
    found = repository.ask(top, "check-attr", "-z", *ATTRIBUTES, "--", name)
    if found is None:
        raise ToolError("git cannot tell its attributes, so it is not staged")
    words = repository.names(found)
    values = dict(zip(words[1::3], words[2::3], strict=True))
    windows = any(b"\r\n" in content for content in (change.before, change.after) if content)
    config = repository.ask(top, "config", "--get", "core.autocrlf") or b"false"
    converts = config.strip() != b"false" and values.get("text") != "unset"
    for attribute, value in values.items():
        if value in ("unspecified", "unset") or (attribute in NEWLINES and not windows):
            continue
        raise ToolError(
            f"its git attribute {attribute}={value} converts it, so it is not staged; use git add"
        )
    if converts and windows:
        raise ToolError("core.autocrlf converts its line endings, so it is not staged; use git add")


def _in_index(top: Path, name: str) -> tuple[str | None, bytes | None]:
    """Mode and content of a path in the index; None for none."""
    listed = repository.ask(top, "ls-files", "-s", "-z", "--", name)
    if listed is None:
        raise ToolError("git cannot read its index")
    records = repository.names(listed)
    if not records:
        return None, None
    mode, key, number = records[0].partition("\t")[0].split(" ")
    if len(records) > 1 or number != "0":
        raise ToolError("it is in the middle of a merge; settle that first")
    if mode not in FILES:
        raise ToolError("it is no regular file in git; stage it with git")
    content = repository.ask(top, "cat-file", "blob", key)
    if content is None:
        raise ToolError("git cannot read what is staged of it")
    return mode, content


def _write(top: Path, entries: Sequence[_Entry]) -> None:
    lines = [_line(top, entry) for entry in entries]
    if repository.write(top, "update-index", "-z", "--index-info", given=b"".join(lines)) is None:
        raise ToolError("git did not take it: another git command may hold the index; nothing was staged")


def _line(top: Path, entry: _Entry) -> bytes:
    name = entry.name.encode("utf-8", "surrogateescape")
    if entry.content is None:
        digits = 64 if repository.ask(top, "rev-parse", "--show-object-format") == b"sha256\n" else 40
        return b"0 " + b"0" * digits + b"\t" + name + b"\0"
    key = repository.write(top, "hash-object", "-w", "--no-filters", "--stdin", given=entry.content)
    if key is None:
        raise ToolError("git did not take it: its objects cannot be written; nothing was staged")
    return entry.mode.encode() + b" " + key.strip() + b"\t" + name + b"\0"
