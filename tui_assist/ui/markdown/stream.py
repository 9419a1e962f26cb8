"""Markdown that is still being written: finished blocks are rendered once, only the tail again.

Keeps the text as it came; sanitising happens where text becomes lines.
"""

import re
from dataclasses import dataclass, field

from tui_assist.ui.highlight import Highlighter
from tui_assist.ui.lines import BLANK, Line, Span
from tui_assist.ui.markdown.render import Env, code_label, code_lines, render

LONGEST_TAIL = 6_000  # characters; a longer block is cut at a line's end, so that no delta costs more

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([^`\n]*)$")
_INNER_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])\s+\S")
_INDENTED = re.compile(r"[ \t]")


@dataclass(slots=True)
class _Code:
    """A fence at the outermost level: its lines come one by one."""

    fence: str
    language: str
    finished: list[str] = field(default_factory=list)
    closed: bool = False
    shown: list[tuple[Span, ...]] = field(default_factory=list)  # the finished lines, highlighted

    def highlight(self) -> None:
        highlighter = Highlighter(self.language)
        self.shown += [highlighter.line(text) for text in self.finished[len(self.shown) :]]

    def close(self) -> None:
        """All lines again, together: now a string over several lines is known as one."""
        self.closed = True
        self.shown = Highlighter(self.language).lines("\n".join(self.finished)) if self.finished else []


@dataclass(slots=True)
class _Chunk:
    """Finished Markdown that nothing that follows can change."""

    source: str
    tight: bool  # goes on without a blank line: an item of the list above


class MarkdownStream:
    """A text that grows, as lines for any width."""

    def __init__(self) -> None:
        self.parsed = 0  # characters handed to the parser so far
        self._width = 0
        self._clear()

    def _clear(self) -> None:
        """As if nothing had come in."""
        self._pieces: list[str] = []
        self._blocks: list[_Chunk | _Code] = []
        self._tail: list[str] = []  # whole lines of the open block
        self._partial = ""  # the line being written
        self._inner = ""  # the fence that is open inside the tail
        self._blank = False  # the last whole line was blank
        self._env: Env = {}
        self._lines: list[Line] = []
        self._stable = 0  # lines of finished blocks
        self._rendered = 0  # finished blocks among `_lines`
        self._code_lines = 0  # lines of the open code block that are final, in `_lines`

    @property
    def source(self) -> str:
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def add(self, text: str) -> None:
        self._pieces.append(text)
        *lines, self._partial = (self._partial + text).replace("\r\n", "\n").split("\n")
        for line in lines:
            self._line(line)

    def finish(self, text: str) -> None:
        """The whole text: replaces what was added."""
        if text != self.source:
            self._clear()
            self.add(text)
        if self._partial:
            self._line(self._partial)
            self._partial = ""
        self._flush()
        if self._blocks and isinstance(code := self._blocks[-1], _Code) and not code.closed:
            self._code_lines = 0
            code.close()

    def forget(self) -> None:
        """Drops the rendered lines; they are made again when asked for."""
        self._lines = []
        self._stable = self._rendered = self._code_lines = 0

    def lines(self, width: int) -> list[Line]:
        """The text as lines of at most `width` cells. The list is the stream's own: read only."""
        if width != self._width:
            self.forget()
            self._width = width
        del self._lines[self._stable + self._code_lines :]
        while self._rendered < len(self._blocks):
            block = self._blocks[self._rendered]
            if isinstance(block, _Code) and not block.closed:
                self._open_code(block)
                return self._lines
            self._settle(block)
        tail = "\n".join([*self._tail, self._partial])
        if tail.strip():
            joined = bool(self._tail and self._tight(self._tail[0]))
            self._append(self._parse(_mended(tail)), joined)
        return self._lines

    # Splitting

    def _line(self, line: str) -> None:
        """Takes in one whole line."""
        last = self._blocks[-1] if self._blocks else None
        if isinstance(last, _Code) and not last.closed:
            self._code_line(last, line)
            return
        if self._inner:
            self._tail.append(line)
            if line.strip().startswith(self._inner) and not line.strip().strip(self._inner[0]):
                self._inner = ""
            return
        found = _FENCE.match(line)
        if found and not (self._tail and _ITEM.match(self._tail[0]) and _INDENTED.match(line)):
            self._flush()
            self._blocks.append(_Code(found[1], found[2].split()[0] if found[2].split() else ""))
            return
        if self._begins_block(line):
            self._flush()
        if not line.strip() and not self._tail:
            return
        self._blank = not line.strip()
        self._tail.append(line)
        if inner := _INNER_FENCE.match(line):
            self._inner = inner[1]

    def _begins_block(self, line: str) -> bool:
        if not self._tail or not line.strip():
            return False
        if _INDENTED.match(line):
            return False
        if self._blank or sum(map(len, self._tail)) > LONGEST_TAIL:
            return True
        return bool(_ITEM.match(line) and _ITEM.match(self._tail[0]))

    def _code_line(self, code: _Code, line: str) -> None:
        mark = line.strip()
        if (
            mark.startswith(code.fence)
            and not mark.strip(code.fence[0])
            and len(line) - len(line.lstrip()) < 4
        ):
            self._code_lines = 0  # made again: highlighted together they may look different
            code.close()
        else:
            code.finished.append(line)

    def _flush(self) -> None:
        """The tail is finished."""
        if self._tail:
            self._blocks.append(_Chunk("\n".join(self._tail), self._tight(self._tail[0])))
        self._tail = []
        self._blank = False

    def _tight(self, first: str) -> bool:
        """Whether a block that begins with the line `first` is the next item of a tight list."""
        last = self._blocks[-1] if self._blocks else None
        if not isinstance(last, _Chunk) or not _ITEM.match(first) or not _ITEM.match(last.source):
            return False
        return not last.source.endswith("\n")

    # Rendering

    def _parse(self, source: str) -> list[Line]:
        self.parsed += len(source)
        return render(source, self._width, self._env)

    def _append(self, lines: list[Line], joined: bool = False) -> None:
        if lines and self._lines and not joined:
            self._lines.append(BLANK)
        self._lines += lines

    def _settle(self, block: _Chunk | _Code) -> None:
        """Renders a finished block for good."""
        del self._lines[self._stable :]
        if isinstance(block, _Chunk):
            self._append(self._parse(block.source), block.tight)
        else:
            self._begin_code(block)
            for spans in block.shown:
                self._lines += code_lines(spans, self._width)
        self._rendered += 1
        self._stable = len(self._lines)
        self._code_lines = 0

    def _begin_code(self, code: _Code) -> None:
        if self._lines:
            self._lines.append(BLANK)
        if code.language:
            self._lines.append(code_label(code.language, self._width))

    def _open_code(self, code: _Code) -> None:
        """Renders the code block being written: lines that were finished before stay."""
        shown = len(code.shown)
        code.highlight()
        if not self._code_lines:
            self._begin_code(code)
            shown = 0
        for spans in code.shown[shown:]:
            self._lines += code_lines(spans, self._width)
        self._code_lines = len(self._lines) - self._stable
        if self._partial:
            self._lines += code_lines(Highlighter(code.language).line(self._partial), self._width)


def _mended(tail: str) -> str:
    """`tail` with the inline code or bold that is still being written closed, so that it does not flicker."""
    last = tail.rpartition("\n\n")[2]
    if last.count("`") % 2 and not last.endswith("`"):
        return tail + "`"
    if last.count("**") % 2 and not last.endswith(("*", " ", "\n")):
        return tail + "**"
    return tail
