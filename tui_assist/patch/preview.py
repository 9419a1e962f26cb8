"""Shows a patch while the model still writes it. Promises nothing: what it shows is never applied.

Takes the body of a typed diff, an envelope, or the JSON arguments of a function call, cut anywhere.
Each feed costs as much as its text is long, and none raises.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

from tui_assist.patch.partial_json import PartialJson

Kind = Literal[" ", "-", "+", "@"]

_KINDS: dict[str, Kind] = {" ": " ", "-": "-", "+": "+", "@": "@"}
_FILE = re.compile(r"\s*\*\*\* (Add|Update|Delete) File:(.*)")
_MOVE = re.compile(r"\*\*\* Move to:(.*)")
_TEXT_KEYS = ("patch", "input", "diff")


@dataclass(slots=True)
class PreviewFile:
    """What is known of one file so far."""

    path: str = ""
    lines: list[tuple[Kind, str]] = field(default_factory=list)  # whole lines, without endings
    verb: str = ""  # "add", "update" or "delete" once the envelope said so
    move_to: str = ""


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A line that came in whole."""

    path: str  # "" as long as it is not known
    kind: Kind
    text: str  # without the role character and the ending


class Preview:
    """A patch being written: `files` grows with each feed."""

    def __init__(self, path: str = "") -> None:
        """`path`: of a typed call, whose text is that one file's diff."""
        self.files: list[PreviewFile] = [PreviewFile(path)] if path else []
        self._in_file = bool(path)
        self._started = False
        self._json: PartialJson | None = None
        self._pieces: list[str] = []  # of the line that has not ended
        self._path_pieces: list[str] = []
        self._fresh: list[PreviewLine] = []

    @property
    def open_line(self) -> PreviewLine | None:
        """The line that has not ended, as far as it came; None when there is none to show."""
        line = "".join(self._pieces)
        if not line or not self._in_file or line.startswith("***"):
            return None
        return PreviewLine(self.files[-1].path, *_role(line))

    def feed(self, text: str) -> list[PreviewLine]:
        """Takes the next piece of text; the lines it completed."""
        if not self._started:
            if not text.strip():
                return []
            self._started = True
            if not self._in_file and text.lstrip().startswith("{"):
                self._json = PartialJson()
        if self._json is None:
            self._take(text)
        else:
            for piece in self._json.feed(text):
                self._argument(piece.key, piece.text, ended=piece.ended)
        fresh, self._fresh = self._fresh, []
        return fresh

    def _argument(self, key: str, text: str, *, ended: bool) -> None:
        if key in _TEXT_KEYS:
            self._take(text)
            if ended and self._pieces:
                self._take("\n")
            if ended:
                self._in_file = False
        elif key == "path":
            self._path_pieces.append(text)
            if ended:
                self._path("".join(self._path_pieces))
                self._path_pieces.clear()

    def _path(self, path: str) -> None:
        """The path of a typed operation, which comes before its diff or after it."""
        if self.files and not self.files[-1].path:
            self.files[-1].path = path
        else:
            self.files.append(PreviewFile(path))
            self._in_file = True

    def _take(self, text: str) -> None:
        *whole, rest = text.split("\n")
        for line in whole:
            self._line("".join((*self._pieces, line)).removesuffix("\r"))
            self._pieces.clear()
        if rest:
            self._pieces.append(rest)

    def _line(self, line: str) -> None:
        if found := _FILE.match(line):
            if self.files and not self.files[-1].lines and not self.files[-1].verb:
                self.files.pop()  # an argument named the path that the envelope names too
            self.files.append(PreviewFile(found[2].strip(), verb=found[1].lower()))
            self._in_file = True
        elif line.strip() in ("*** Begin Patch", "*** End Patch"):
            self._in_file = False
        elif (moved := _MOVE.match(line)) and self._in_file:
            self.files[-1].move_to = moved[1].strip()
        elif not line.startswith("***") and (self._in_file or self._begins_body(line)):
            self._keep(line)

    def _begins_body(self, line: str) -> bool:
        """Whether a diff begins here whose path is still to come."""
        if self._json is None or not line.startswith(("@@", "+", "-", " ")):
            return False
        self.files.append(PreviewFile())
        self._in_file = True
        return True

    def _keep(self, line: str) -> None:
        kind, text = _role(line)
        self.files[-1].lines.append((kind, text))
        self._fresh.append(PreviewLine(self.files[-1].path, kind, text))


def _role(line: str) -> tuple[Kind, str]:
    kind = _KINDS.get(line[:1], " ")
    if kind == "@":
        return kind, line
    return kind, line[1:] if line[:1] in _KINDS else line
