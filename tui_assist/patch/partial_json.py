"""Reads the strings of JSON that is still being written. Checks nothing: bad JSON yields bad strings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PLAIN = re.compile(r'[^"\\]+')
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_HEX = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class Piece:
    """The next piece of the string under `key`; `ended` comes with its closing quote and no text."""

    key: str
    text: str
    ended: bool = False


class PartialJson:
    """Yields string values, however deep, as they grow. An escape that is cut waits for its rest."""

    def __init__(self) -> None:
        self._in_string = False
        self._escape = ""  # what came of an escape: "\\", "\\u", "\\u0", …
        self._high = ""  # the first half of a surrogate pair
        self._key = ""
        self._name: list[str] = []  # of a string that is a key
        self._value = False  # whether the next string is a value

    def feed(self, text: str) -> Iterator[Piece]:
        """The pieces in `text`, in order. Never raises."""
        at = 0
        while at < len(text):
            if not self._in_string:
                at = self._between(text, at)
            elif self._escape:
                yield from self._escaped(text[at])
                at += 1
            elif plain := _PLAIN.match(text, at):
                yield from self._part(plain[0])
                at = plain.end()
            else:
                yield from self._quote_or_escape(text[at])
                at += 1

    def _between(self, text: str, at: int) -> int:
        """Passes what stands between strings."""
        while at < len(text) and text[at] != '"':
            if text[at] == ":":
                self._value = True
            elif text[at] in ",{}":
                self._value = False
            at += 1
        if at < len(text):
            self._in_string = True
            self._name.clear()
        return at + 1

    def _quote_or_escape(self, character: str) -> Iterator[Piece]:
        if character == "\\":
            self._escape = character
            return
        self._in_string = False
        self._high = ""
        if self._value:
            yield Piece(self._key, "", ended=True)
        else:
            self._key = "".join(self._name)

    def _escaped(self, character: str) -> Iterator[Piece]:
        if self._escape == "\\":
            if character == "u":
                self._escape += character
            else:
                self._escape = ""
                yield from self._part(_ESCAPED.get(character, character))
            return
        self._escape += character
        if character not in _HEX:
            self._escape = ""
        elif len(self._escape) == 6:
            code = int(self._escape[2:], 16)
            self._escape = ""
            yield from self._unit(code)

    def _unit(self, code: int) -> Iterator[Piece]:
        """One UTF-16 unit: alone, or half of a pair."""
        if 0xD800 <= code < 0xDC00:
            self._high = chr(code)
        elif 0xDC00 <= code < 0xE000:
            pair = (self._high + chr(code)).encode("utf-16-le", "surrogatepass")
            self._high = ""
            yield from self._part(pair.decode("utf-16-le", "replace"))
        else:
            yield from self._part(chr(code))

    def _part(self, text: str) -> Iterator[Piece]:
        self._high = ""
        if self._value:
            yield Piece(self._key, text)
        else:
            self._name.append(text)
