"""Views and outcomes as lines, for the bodies of cards. What is too long is cut, and says so."""

import re
from collections.abc import Iterable, Iterator, Sequence

from tui_assist.ui.diff.document import DiffDocument
from tui_assist.ui.highlight import Highlighter
from tui_assist.ui.lines import Line, Span, fold, shorten
from tui_assist.ui.text import one_line, untab
from tui_assist.values.asking import CommandView, DiffView, ImageView, TextView, View
from tui_assist.values.calls import CommandResult
from tui_assist.values.content import Parts, text_of
from tui_assist.values.visible import visible

MOST_LINES = 400  # lines of a card's body
MOST_CHARACTERS = 100_000

CONTINUED: Span = ("↪ ", "muted")

_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")


def view_lines(view: View, width: int) -> Iterator[Line]:
    match view:
        case DiffView(patch):
            document = DiffDocument(patch)
            for y in range(min(document.row_count, MOST_LINES)):
                yield document.line(y, width)
            yield from missing(document.row_count - MOST_LINES)
        case CommandView():
            yield from command_lines(view, width)
        case TextView(text, language):
            yield from text_lines(text, width, language)
        case ImageView():
            yield Line((("[image]", "muted"),))


def command_lines(view: CommandView, width: int) -> Iterator[Line]:
    for command in view.commands:
        mark: Span = ("$ ", "accent")
        for row in command.split("\n"):
            yield from fold(((untab(visible(row)), ""),), width, [mark], [CONTINUED])
            mark = ("  ", "")
    network = "network on" if view.network else "no network"
    limits = (
        f"in {one_line(view.directory)} · {one_line(view.sandbox)}, {network} · timeout {view.timeout_s:g} s"
    )
    yield Line(shorten([(limits, "muted")], width))
    for danger in view.dangers:
        yield Line(shorten([("! ", "failure"), (one_line(danger), "failure")], width))


def text_lines(text: str, width: int, language: str = "") -> Iterator[Line]:
    """Foreign text as it is, highlighted; long lines go on below."""
    text = plain_output(text)
    kept = text[:MOST_CHARACTERS].split("\n")[:MOST_LINES]
    for spans in Highlighter(language).lines("\n".join(kept)):
        yield from fold(spans, width, (), [CONTINUED])
    yield from missing(text.count("\n") + 1 - len(kept))


def result_lines(results: Sequence[CommandResult], width: int) -> Iterator[Line]:
    """What every command wrote, and how it ended."""
    for result in results:
        if len(results) > 1:
            yield from fold(((one_line(result.command), ""),), width, [("$ ", "accent")], [CONTINUED])
        for text, role in ((result.stdout, ""), (result.stderr, "notice")):
            if text:
                yield from output_lines(text.removesuffix("\n").split("\n"), width, role)
        if len(results) > 1 or result.exit_code:
            yield Line(((how_it_ended(result), "muted"),))


def output_lines(rows: Sequence[str], width: int, role: str = "") -> Iterator[Line]:
    half = MOST_LINES // 2
    cut = len(rows) > MOST_LINES
    for row in rows[:half] if cut else rows:
        yield from output_line(row, width, role)
    if cut:
        yield Line(((f"… {len(rows) - MOST_LINES} lines", "muted"),))
        for row in rows[-half:]:
            yield from output_line(row, width, role)


def output_line(row: str, width: int, role: str = "") -> Iterator[Line]:
    return fold(((untab(visible(plain_output(row)[:2000])), role),), width, (), [CONTINUED])


def plain_output(text: str) -> str:
    """Output without colours, and of a line that was written over only what came last."""
    text = _COLOURS.sub("", text) if "\x1b" in text else text
    if "\r" not in text:
        return text
    return "\n".join(row.rstrip("\r").rpartition("\r")[2] for row in text.split("\n"))


def how_it_ended(result: CommandResult) -> str:
    if result.timed_out:
        return "timed out"
    return "ended" if result.exit_code is None else f"exit {result.exit_code}"


def content_lines(content: Parts, width: int) -> Iterator[Line]:
    return text_lines(text_of(content), width)


def missing(count: int) -> Iterator[Line]:
    if count > 0:
        yield Line(((f"… {count:,} more lines", "muted"),))


def inset(lines: Iterable[Line]) -> Iterator[Line]:
    """A card's body: two cells further right."""
    return (line.after(("  ", "")) for line in lines)
