"""Reads unified diffs as git and diff write them, from bytes. Knows no file and places nothing.

Git's own headers are read here: quoted names, modes, renames, copies, binary and combined diffs, and the
mail that `git format-patch` puts around. Text that belongs to no diff is passed over.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

from tui_assist.values.patch import HunkLine

_MAIL = re.compile(rb"From [0-9a-f]{40} ")
_RANGE = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_ESCAPE = re.compile(rb'\\([0-3][0-7]{2}|[abtnvfr"\\])')
_ESCAPED = dict(zip(b'abtnvfr"\\', b'\a\b\t\n\v\f\r"\\', strict=True))
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')
_NO_FILE = b"/dev/null"
_KINDS: dict[str, Literal[" ", "-", "+"]] = {" ": " ", "-": "-", "+": "+"}
_LINK, _MODULE = 0o120000, 0o160000


@dataclass(frozen=True, slots=True)
class DiffHunk:
    number: int  # 1-based in its file
    old_start: int  # as its header says: 1-based, or the line before when it has no old lines
    lines: tuple[HunkLine, ...]


@dataclass(slots=True)
class DiffFile:
    """One file of a diff."""

    old: str = ""
    new: str = ""
    kind: Literal["create", "update", "delete", "rename", "copy"] = "update"
    names: tuple[str, ...] = ()  # of a plain diff: what the file may be called, likeliest first
    executable: bool | None = None  # as it will be, when the diff says
    mail: int = 0  # which mail of a series it came in
    hunks: list[DiffHunk] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # hunks that cannot be read
    problem: str = ""  # why nothing of the file can be applied

    @property
    def path(self) -> str:
        return self.new or self.old


def read_diff(data: bytes) -> list[DiffFile]:
    """The files of every diff in `data`, in order; none when there is no diff. Raises nothing."""
    reader = _Reader(data.split(b"\n"))
    files = []
    while reader.at < len(reader.lines):
        if (file := reader.next_file()) is not None:
            files.append(file)
    return files


class _Reader:
    """Where the reading is; every method goes on from `at`."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self.lines = lines  # without their `\n`
        self.at = 0
        self.mail = 0
        self.prefixed = True  # whether plain names come after `a/` and `b/`

    def next_file(self) -> DiffFile | None:
        """The file that begins at this line; None, and one line on, when none does."""
        line = self.lines[self.at]
        if line.startswith(b"diff --git "):
            return self._git_file()
        if line.startswith((b"diff --cc ", b"diff --combined ")):
            name = _name(line.split(b" ", 2)[2])
            self.at += 1
            return DiffFile(name, name, problem="a merge's combined diff is not applied", mail=self.mail)
        if line.startswith(b"--- ") and self._begins_plain():
            return self._plain_file()
        self.mail += _MAIL.match(line) is not None
        self.at += 1
        return None

    def _begins_plain(self) -> bool:
        following = self.lines[self.at + 1 : self.at + 3]
        return len(following) == 2 and following[0].startswith(b"+++ ") and following[1].startswith(b"@@ ")

    def _plain_file(self) -> DiffFile:
        old, new = (_header_name(line[4:]) for line in self.lines[self.at : self.at + 2])
        self.at += 2
        if old == new:
            self.prefixed = False
        file = DiffFile(mail=self.mail)
        if old == _NO_FILE or new == _NO_FILE:
            file.kind = "create" if old == _NO_FILE else "delete"
        names = [name for name in (new, old) if name != _NO_FILE]
        marked = self.prefixed and all(name[:2] in (b"a/", b"b/") for name in names)
        stripped = [name.partition(b"/")[2] for name in names if b"/" in name]
        file.names = tuple(dict.fromkeys(map(_text, [*stripped, *names] if marked else [*names, *stripped])))
        file.old = file.new = file.names[0] if file.names else ""
        self._read_hunks(file)
        return file

    def _git_file(self) -> DiffFile:
        pair = _header_pair(self.lines[self.at].removesuffix(b"\r")[len(b"diff --git ") :])
        file = DiffFile(_text(pair[0]), _text(pair[1]), mail=self.mail)
        self.at += 1
        while self.at < len(self.lines) and self._extended(file, self.lines[self.at].removesuffix(b"\r")):
            self.at += 1
        self._read_hunks(file)
        return file

    def _extended(self, file: DiffFile, line: bytes) -> bool:
        """Takes one header line; whether it was one."""
        word, _, value = line.partition(b" ")
        match word:
            case b"old" | b"new" | b"deleted" if b"mode " in line:
                self._mode(file, line)
            case b"rename" | b"copy":
                side, _, name = value.partition(b" ")
                file.kind = "rename" if word == b"rename" else "copy"
                setattr(file, "old" if side == b"from" else "new", _name(name))
            case b"index":
                self._refuse_kind(file, int(value[-6:], 8) if re.fullmatch(rb"\S+ [0-7]{6}", value) else 0)
            case b"---" | b"+++":
                self._side(file, word, _header_name(value))
            case b"Binary" | b"GIT":
                file.problem = "binary content is not applied"
            case _:
                return word in (b"similarity", b"dissimilarity")
        return True

    def _mode(self, file: DiffFile, line: bytes) -> None:
        digits = line.rsplit(b" ", 1)[1]
        mode = int(digits, 8) if re.fullmatch(rb"[0-7]{1,6}", digits) else 0
        self._refuse_kind(file, mode)
        if line.startswith(b"new file"):
            file.kind = "create"
        elif line.startswith(b"deleted"):
            file.kind = "delete"
        if line.startswith(b"new"):
            file.executable = mode & 0o100 != 0

    def _refuse_kind(self, file: DiffFile, mode: int) -> None:
        if mode & 0o170000 in (_LINK, _MODULE):
            what = "symbolic link" if mode & 0o170000 == _LINK else "submodule"
            file.problem = f"a {what} is not applied"

    def _side(self, file: DiffFile, word: bytes, name: bytes) -> None:
        """The `---` and `+++` lines only tell what the first line could not."""
        if name == _NO_FILE:
            file.kind = "create" if word == b"---" else "delete"
        elif not file.path:
            file.old = file.new = _text(name.partition(b"/")[2] or name)

    def _read_hunks(self, file: DiffFile) -> None:
        number = 0
        while self.at < len(self.lines) and (found := _RANGE.match(self.lines[self.at])):
            number += 1
            began = self.at
            old, new = (int(found[group]) if found[group] else 1 for group in (2, 4))
            hunk = self._hunk(number, int(found[1]), old, new)
            if hunk is None:
                file.broken.append(
                    f"hunk {number} (line {began + 1} of the diff) is cut or its counts are wrong"
                )
                self.at = began + 1  # what it took for its own lines may begin the next file
                self._skip_to_next()
            else:
                file.hunks.append(hunk)

    def _hunk(self, number: int, old_start: int, old: int, new: int) -> DiffHunk | None:
        """The hunk of `old` and `new` lines whose header is at this line; None when it has others."""
        began = self.at
        self.at += 1
        while (old > 0 or new > 0) and self.at < len(self.lines):
            kind = self.lines[self.at][:1]
            if kind in (b" ", b"", b"\r", b"-"):
                old -= 1
            if kind in (b" ", b"", b"\r", b"+"):
                new -= 1
            if kind not in (b" ", b"", b"\r", b"-", b"+", b"\\"):
                return None
            self.at += 1
        if old or new:
            return None
        if self.at < len(self.lines) and self.lines[self.at].startswith(b"\\"):
            self.at += 1
        lines = _hunk_lines(b"".join(line + b"\n" for line in self.lines[began : self.at]))
        return None if lines is None else DiffHunk(number, old_start, lines)

    def _skip_to_next(self) -> None:
        starts = (b"diff --", b"@@ ", b"From ")
        while self.at < len(self.lines) and not self.lines[self.at].startswith(starts):
            if self.lines[self.at].startswith(b"--- ") and self._begins_plain():
                return
            self.at += 1


def _hunk_lines(hunk: bytes) -> tuple[HunkLine, ...] | None:
    """The lines of one hunk with their endings, bytes as they are; None when they are no hunk."""
    try:
        (file,) = PatchSet("--- a\n+++ b\n" + hunk.decode("latin-1"))
        (read,) = file
    except (UnidiffParseError, ValueError):
        return None
    lines: list[HunkLine] = []
    for line in read:
        if line.line_type in _KINDS:
            lines.append(HunkLine(_KINDS[line.line_type], line.value.encode("latin-1")))
        elif lines:  # "\ No newline at end of file"
            lines[-1] = HunkLine(lines[-1].kind, lines[-1].content.removesuffix(b"\n"))
    return tuple(lines)


def _header_pair(names: bytes) -> tuple[bytes, bytes]:
    """Both names of a `diff --git` line without prefixes; empty when only further headers can tell."""
    if names.startswith(b'"'):
        quoted = [_unquoted(found) for found in _QUOTED.findall(names)]
        return _without_prefix(*quoted) if len(quoted) == 2 else (b"", b"")
    for place, character in enumerate(names):
        if character == ord(" "):
            pair = _without_prefix(names[:place], names[place + 1 :])
            if pair[0]:
                return pair
    return b"", b""


def _without_prefix(old: bytes, new: bytes) -> tuple[bytes, bytes]:
    """One file's two names; empty when they are those of two files."""
    if old == new:
        return old, new
    tails = old.partition(b"/")[2], new.partition(b"/")[2]
    return tails if tails[0] == tails[1] else (b"", b"")


def _header_name(raw: bytes) -> bytes:
    """The name on a `---` or `+++` line: a tab and a time may follow it."""
    raw = raw.removesuffix(b"\r")
    found = _QUOTED.match(raw)
    return _unquoted(found[0]) if found else raw.partition(b"\t")[0]


def _name(raw: bytes) -> str:
    return _text(_unquoted(raw.removesuffix(b"\r")))


def _unquoted(raw: bytes) -> bytes:
    """A name without git's C-style quotes."""
    if not _QUOTED.fullmatch(raw):
        return raw
    return _ESCAPE.sub(
        lambda found: bytes([int(found[1], 8) if len(found[1]) == 3 else _ESCAPED[found[1][0]]]), raw[1:-1]
    )


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
