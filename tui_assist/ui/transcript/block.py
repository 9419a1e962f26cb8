"""Blocks of the transcript that are text: prompts, answers, reasoning, notices. They know no widgets."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from tui_assist.ui.composer.attach import Attachment, read_attachment, short_count
from tui_assist.ui.lines import Line, Span, edges, shorten, wrap
from tui_assist.ui.markdown import MarkdownStream
from tui_assist.ui.text import one_line, untab
from tui_assist.values.content import File, Image, Prompt, Text
from tui_assist.values.step import Usage
from tui_assist.values.visible import visible

PROMPT_LINES = 30  # lines of a prompt shown until it is opened


class Block(ABC):
    """One thing in the transcript. `lines` may be asked for at any width and any time."""

    indent = 2  # cells left of every line
    foldable = False  # whether the person can open and close it
    spaced = True  # whether a blank line stands above
    spaced_below = False  # whether one stands below, whatever follows

    def __init__(self) -> None:
        self.version = 0  # grows with every change
        self.index = -1  # in its document; -1 as long as it is in none
        self.gap = False  # whether a blank line stands above: the document knows
        self.opened = False  # as the person left it

    @abstractmethod
    def lines(self, width: int) -> Sequence[Line]:
        """Lines of at most `width` cells."""

    @abstractmethod
    def text(self) -> str:
        """What `copy` puts on the clipboard."""

    def size(self) -> tuple[int, int]:
        """Characters and newlines, to guess a height from without laying out."""
        return 0, 0

    def estimate(self, width: int) -> int:
        """About how many lines it will take."""
        characters, newlines = self.size()
        return 1 + newlines + characters // max(1, width)

    def toggle(self) -> None:
        self.opened = not self.opened
        self.changed()

    def changed(self) -> None:
        self.version += 1

    @property
    def ticking(self) -> bool:
        """Whether it counts seconds: what it shows depends on the time."""
        return False

    def tick(self, now: float) -> None:  # noqa: B027 most blocks count nothing
        """`now` (seconds that only go forward) is shown from here on."""

    def forget(self) -> None:  # noqa: B027 most blocks keep nothing
        """Drops what was laid out: the block is out of sight."""


class PromptBlock(Block):
    """What the person sent."""

    indent = 0
    spaced_below = True

    def __init__(self, prompt: Prompt) -> None:
        super().__init__()
        texts = [part for part in prompt if isinstance(part, Text)]
        files = {part: read_attachment(part) for part in texts[1:]}  # the first one is what was typed
        self._text = "\n".join(part.text for part in texts if files.get(part) is None)
        self._attached = [*_attachments(prompt), *(_file(one) for one in files.values() if one)]
        self._many = self._text.count("\n") >= PROMPT_LINES
        self.foldable = self._many

    def lines(self, width: int) -> Sequence[Line]:
        rows = self._text.split("\n")
        shown = rows if self.opened or not self._many else rows[:PROMPT_LINES]
        mark: Span = ("› ", "prompt")
        lines: list[Line] = []
        for row in shown:
            spans = [(untab(visible(row, prose=True)), "strong")]
            lines += wrap(spans, width, [mark], [("  ", "")])
            mark = ("  ", "")
        if len(shown) < len(rows):
            lines.append(Line((("  ", ""), (f"… {len(rows) - len(shown)} more lines", "muted"))))
        return lines + [Line(shorten([("  ", ""), (one, "muted")], width)) for one in self._attached]

    def text(self) -> str:
        return self._text

    def size(self) -> tuple[int, int]:
        return len(self._text), min(self._text.count("\n"), PROMPT_LINES) + len(self._attached)


def _file(attached: Attachment) -> str:
    return f"@{one_line(attached.path)}  (≈ {short_count(attached.tokens or 0)} tokens)"


def _attachments(prompt: Prompt) -> list[str]:
    """At most one line that says what else came along: `with 2 images, notes.txt`."""
    images = sum(isinstance(part, Image) for part in prompt)
    named = [one_line(part.name) for part in prompt if isinstance(part, File)]
    shown = [f"{images} images" if images > 1 else "1 image"] if images else []
    return [f"with {', '.join([*shown, *named])}"] if shown or named else []


class AnswerBlock(Block):
    """What the model says."""

    def __init__(self) -> None:
        super().__init__()
        self._stream = MarkdownStream()
        self._characters = self._newlines = 0

    def add(self, text: str) -> None:
        self._stream.add(text)
        self._characters += len(text)
        self._newlines += text.count("\n")
        self.changed()

    def finish(self, text: str) -> None:
        self._stream.finish(text)
        self._characters, self._newlines = len(text), text.count("\n")
        self.changed()

    def lines(self, width: int) -> Sequence[Line]:
        return self._stream.lines(width)

    def text(self) -> str:
        return self._stream.source

    def size(self) -> tuple[int, int]:
        return self._characters, self._newlines

    def forget(self) -> None:
        self._stream.forget()


class ReasoningBlock(AnswerBlock):
    """What the model thought: one line until opened."""

    foldable = True
    spaced = False

    def __init__(self) -> None:
        super().__init__()
        self._open = True

    def finish(self, text: str) -> None:
        super().finish(text)
        self._open = False

    def close(self) -> None:
        """No more of it comes."""
        self.finish(self.text())

    def lines(self, width: int) -> Sequence[Line]:
        source = self.text()
        word = "thinking" if self._open else "thought"
        if self.opened:
            head = Line((("▾ ", "muted"), (word, "reasoning")))
            body = super().lines(max(8, width - 2))
            return [head, *(_dim(line).after(("  ", "")) for line in body)]
        gist = _gist(source)
        return [Line(shorten([("▸ ", "muted"), (f"{word}  {gist}".rstrip(), "reasoning")], width))]

    def size(self) -> tuple[int, int]:
        return super().size() if self.opened else (0, 0)


def _gist(source: str) -> str:
    """The newest line of reasoning, without its marks."""
    rows = [row for row in source[-2000:].split("\n") if row.strip()]
    plain = rows[-1].replace("**", "").replace("`", "").strip(" #-") if rows else ""
    return one_line(plain, prose=True)[:400]


def _dim(line: Line) -> Line:
    return line._replace(spans=tuple((text, f"{role} reasoning".strip()) for text, role in line.spans))


class NoticeBlock(Block):
    """One sentence: something to know, an error with its next step, a retry. Its mark says which."""

    def __init__(self, text: str, mark: str = "·", role: str = "notice") -> None:
        super().__init__()
        self._text, self._mark, self._role = text, mark, role

    def say(self, text: str) -> None:
        self._text = text
        self.changed()

    def lines(self, width: int) -> Sequence[Line]:
        mark: Span = (f"{self._mark} ", self._role)
        lines: list[Line] = []
        for row in self._text.split("\n"):
            lines += wrap([(untab(visible(row)), self._role)], width, [mark], [("  ", "")])
            mark = ("  ", "")
        return lines

    def text(self) -> str:
        return self._text

    def size(self) -> tuple[int, int]:
        return len(self._text), self._text.count("\n")


class HintBlock(NoticeBlock):
    """What may be done, as long as nothing was."""

    indent = 0

    def __init__(self, text: str) -> None:
        super().__init__(text, " ", "muted")

    def text(self) -> str:
        return ""


class TurnEnd(Block):
    """How a turn ended, and what it cost, at the right edge."""

    spaced = False

    def __init__(self, said: str, usage: Usage) -> None:
        super().__init__()
        self._said, self._usage = said, describe_usage(usage)

    def lines(self, width: int) -> Sequence[Line]:
        return list(edges([(self._said, "muted")], [(self._usage, "muted")], width))

    def text(self) -> str:
        return self._usage

    @property
    def empty(self) -> bool:
        return not self._said and not self._usage


def describe_usage(usage: Usage) -> str:
    """`12.4k in, 8.0k cached · 310 out, 120 reasoning`; what is not known is left out."""
    came = [f"{tokens(usage.input)} in"] if usage.input is not None else []
    came += [f"{tokens(usage.cached)} cached"] if usage.cached else []
    went = [f"{tokens(usage.output)} out"] if usage.output is not None else []
    went += [f"{tokens(usage.reasoning)} reasoning"] if usage.reasoning else []
    return " · ".join(part for part in (", ".join(came), ", ".join(went)) if part)


def tokens(count: int) -> str:
    return str(count) if count < 1000 else f"{count / 1000:.1f}k"


def both(one: Usage, other: Usage) -> Usage:
    """The sum of two responses' tokens; what neither says stays unknown."""

    def total(a: int | None, b: int | None) -> int | None:
        return None if a is None and b is None else (a or 0) + (b or 0)

    return Usage(
        total(one.input, other.input),
        total(one.cached, other.cached),
        total(one.output, other.output),
        total(one.reasoning, other.reasoning),
    )
