"""Finds where keys and values stand in TOML text. Judges nothing: `tomllib` has accepted the text before."""

import re
import tomllib
from dataclasses import dataclass

Key = tuple[str, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LINE_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'")
# Up to two quotes may stand directly before the closing three.
_BLOCK_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})' r"|'''.*?'''(?:'{0,2})", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\r\n]+")


@dataclass(frozen=True, slots=True)
class Place:
    """A key with a value, or a table's header."""

    line: int  # 1-based, of the key
    start: int  # character offsets of the value, or of the header with its brackets
    end: int
    table: Key = ()  # the header it stands under
    header: bool = False


def locate(text: str) -> dict[Key, Place]:
    """The place of every key and table of valid TOML, tables named only in passing included.

    Of a repeated name (an array of tables) the first place counts. Keys inside arrays have none.
    """
    scanner = _Scanner(text)
    scanner.document()
    return scanner.places


def split_key(dotted: str) -> Key:
    """`providers."my server".model` as its parts. Raises ValueError for what is no TOML key."""
    scanner = _Scanner(dotted)
    key = scanner.key()
    if scanner.at != len(dotted):
        raise ValueError(f"not a key: {dotted}")
    return key


def join_key(key: Key) -> str:
    """The parts as one dotted TOML key, quoted where they must be."""
    return ".".join(part if _BARE.fullmatch(part) else quote(part) for part in key)


def quote(text: str) -> str:
    """`text` as a TOML basic string on one line."""
    short = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    control = {chr(code): f"\\u{code:04x}" for code in (*range(0x20), 0x7F)}
    return '"' + "".join(short.get(char) or control.get(char, char) for char in text) + '"'


class _Scanner:
    """One walk over the text; `at` is the character reached."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.places: dict[Key, Place] = {}
        self._counted = (0, 1)  # an offset and its line, so that lines are counted once

    def document(self) -> None:
        table: Key = ()
        self._skip()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table, table)
            self._skip()

    def key(self) -> Key:
        parts = [self._part()]
        while True:
            ahead = self._spaces(self.at)
            if self.text[ahead : ahead + 1] != ".":
                return tuple(parts)
            self.at = self._spaces(ahead + 1)
            parts.append(self._part())

    def _part(self) -> str:
        if found := _BARE.match(self.text, self.at):
            self.at = found.end()
            return found.group()
        found = _LINE_STRING.match(self.text, self.at)
        if found is None:
            raise ValueError(f"no key at character {self.at}")
        self.at = found.end()
        return str(tomllib.loads(f"part = {found.group()}")["part"])

    def _header(self) -> Key:
        start = self.at
        brackets = 2 if self.text.startswith("[[", start) else 1
        self.at = self._spaces(start + brackets)
        table = self.key()
        self.at = self._spaces(self.at) + brackets
        self._note(table, Place(self._line(start), start, self.at, table, header=True))
        return table

    def _pair(self, prefix: Key, table: Key) -> None:
        """`key = value`, below `prefix`."""
        line = self._line(self.at)
        key = prefix + self.key()
        self.at = self._spaces(self._spaces(self.at) + 1)
        start = self.at
        # Noted before the value: an inline table's keys come after their parent.
        self._note(key, Place(line, start, start, table))
        self._value(key, table)
        if self.places[key].start == start:
            self.places[key] = Place(line, start, self.at, table)

    def _value(self, key: Key | None, table: Key) -> None:
        for pattern in (_BLOCK_STRING, _LINE_STRING):
            if found := pattern.match(self.text, self.at):
                self.at = found.end()
                return
        if self.text[self.at] in "[{":
            self._collection("]" if self.text[self.at] == "[" else "}", key, table)
            return
        found = _SCALAR.match(self.text, self.at)
        if found is None:
            raise ValueError(f"no value at character {self.at}")
        self.at += len(found.group().rstrip())

    def _collection(self, closing: str, key: Key | None, table: Key) -> None:
        self.at += 1
        self._skip()
        while self.text[self.at] != closing:
            if self.text[self.at] == ",":
                self.at += 1
            elif closing == "]":
                self._value(None, table)
            elif key is None:  # an inline table in an array: its keys have no place
                self.key()
                self.at = self._spaces(self._spaces(self.at) + 1)
                self._value(None, table)
            else:
                self._pair(key, table)
            self._skip()
        self.at += 1

    def _note(self, key: Key, place: Place) -> None:
        for length in range(1, len(key)):
            self.places.setdefault(key[:length], place)
        self.places.setdefault(key, place)

    def _skip(self) -> None:
        """Past blanks, newlines and comments."""
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _spaces(self, at: int) -> int:
        while self.text[at : at + 1] in (" ", "\t"):
            at += 1
        return at

    def _line(self, at: int) -> int:
        offset, line = self._counted
        self._counted = (at, line + self.text.count("\n", offset, at))
        return self._counted[1]
