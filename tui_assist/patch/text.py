"""Decodes a file's bytes into lines and back without losing one byte. Refuses what is no text.

Lines are cut at `\\n` only, so a `\\r` stays in its line's ending. A byte order mark is never part of
a line: it stands before the first one and survives its deletion.
"""

import codecs
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tui_assist.patch.errors import PatchError, quoted

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Text:
    """A file's content as lines. `encode` of every line after `mark` gives the same bytes again."""

    encoding: str  # utf-8, utf-16-le, utf-16-be or latin-1
    mark: bytes  # the byte order mark, b"" for none
    lines: tuple[str, ...]  # with their own endings; the last may have none

    def encode(self, line: str) -> bytes:
        return line.encode(self.encoding)

    def join(self, lines: Iterable[str]) -> bytes:
        return self.mark + "".join(lines).encode(self.encoding)


EMPTY = Text("utf-8", b"", ())


def decode(content: bytes, path: str) -> Text:
    """`content` as text: by its byte order mark, else strict UTF-8, else Latin-1, which keeps any byte.

    Raises PatchError for binary files: a NUL without a UTF-16 mark, or invalid UTF-16.
    """
    mark, encoding = next((found for found in _MARKS if content.startswith(found[0])), (b"", "utf-8"))
    body = content[len(mark) :]
    if content.startswith(codecs.BOM_UTF32_LE) or (encoding == "utf-8" and b"\0" in body):
        raise _binary(path, "it holds NUL bytes")
    try:
        return Text(encoding, mark, split_lines(body.decode(encoding)))
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise _binary(path, "its UTF-16 is invalid") from error
    return Text("latin-1", mark, split_lines(body.decode("latin-1")))


def _binary(path: str, why: str) -> PatchError:
    return PatchError(f"{path} is binary ({why}): it cannot be patched; change it with a command instead")


def check_writable(lines: Iterable[str], encoding: str, path: str) -> None:
    """Raises PatchError when a line holds a character that cannot be added to a file in `encoding`.

    Latin-1 only stands for bytes nobody knows the meaning of: such a file takes ASCII, no guesses.
    """
    known = "ascii" if encoding == "latin-1" else encoding
    for line in lines:
        try:
            line.encode(known)
        except UnicodeEncodeError as error:
            kept = "not UTF-8, and takes ASCII only" if known == "ascii" else f"kept in {encoding}"
            raise PatchError(
                f"{path} is {kept}: it cannot hold {line[error.start]!a} of the line "
                f"{quoted(line)}; send that line without it"
            ) from error


def split_lines(text: str) -> tuple[str, ...]:
    """`text` cut after every `\\n`; nothing else ends a line."""
    *whole, last = text.split("\n")
    lines = [line + "\n" for line in whole]
    return tuple([*lines, last] if last else lines)


def ending(line: str) -> str:
    """A line's own ending: `\\r\\n`, `\\n`, or nothing."""
    if line.endswith("\r\n"):
        return "\r\n"
    return "\n" if line.endswith("\n") else ""


def bare(line: str) -> str:
    """A line without its ending."""
    return line.removesuffix("\n").removesuffix("\r") if line.endswith("\n") else line


def majority_ending(lines: Iterable[str]) -> str:
    """The ending most lines have; `\\n` when none has any."""
    counted = Counter(found for line in lines if (found := ending(line)))
    return counted.most_common(1)[0][0] if counted else "\n"


def cut_lines(body: bytes, encoding: str) -> tuple[bytes, ...]:
    """`body`, which `encoding` decodes, as lines of bytes."""
    return tuple(line.encode(encoding) for line in split_lines(body.decode(encoding)))


def shared_mark(before: bytes | None, after: bytes | None) -> bytes:
    """The byte order mark that stands before the lines of both contents; no file and no bytes have any."""
    marks = {byte_order_mark(content) for content in (before, after) if content}
    return marks.pop() if len(marks) == 1 else b""


def byte_order_mark(content: bytes) -> bytes:
    """The mark `content` begins with; b"" for none."""
    return next((mark for mark, _ in _MARKS if content.startswith(mark)), b"")
