"""Renders whole Markdown blocks into lines. Raw HTML stays text; nothing foreign is markup for the screen."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from tui_assist.ui.highlight import Highlighter
from tui_assist.ui.lines import BLANK, Line, Span, fold, shorten, width_of, wrap
from tui_assist.ui.markdown.table import table
from tui_assist.ui.text import cells, one_line
from tui_assist.values.visible import visible

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Env = dict[str, Any]
"""What a document's blocks share: its link references."""

NARROW = 8  # cells that nested text is laid out in, however deep it stands
INDENT: Span = ("  ", "")
CONTINUED: Span = ("↪ ", "muted")

_TASKS = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}


@cache
def _parser() -> "MarkdownIt":
    # Imported here: nothing is parsed before the first frame.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def render(source: str, width: int, env: Env) -> list[Line]:
    """`source` as lines of at most `width` cells. Never raises on any text."""
    lines = _blocks(_parser().parse(source, env), max(width, NARROW))
    return [line if width_of(line.spans) <= width else _cropped(line, width) for line in lines]


def _cropped(line: Line, width: int) -> Line:
    """What nesting pushed beyond a narrow screen is cut, and marked."""
    return line._replace(spans=shorten(line.spans, width))


def code_lines(spans: Sequence[Span], width: int) -> Iterator[Line]:
    """One line of a code block; what is longer than the screen goes on below."""
    return fold(spans, width, [INDENT], [CONTINUED], "block")


def code_label(language: str, width: int) -> Line:
    return Line(shorten((INDENT, (one_line(language), "muted")), width), "block")


def _blocks(tokens: Sequence["Token"], width: int, tight: bool = False) -> Iterator[Line]:
    at = 0
    started = False
    while at < len(tokens):
        end = _closing(tokens, at)
        lines = list(_block(tokens[at], tokens[at + 1 : end], width))
        if lines and started and not tight:
            yield BLANK
        started = started or bool(lines)
        yield from lines
        at = end + 1


def _closing(tokens: Sequence["Token"], at: int) -> int:
    """The index of the token that closes the one at `at`; itself when it opens nothing."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += tokens[index].nesting
        if depth <= 0:
            return index
    return len(tokens) - 1


def _block(token: "Token", inner: Sequence["Token"], width: int) -> Iterator[Line]:
    match token.type:
        case "paragraph_open":
            yield from _prose(inner[0], width)
        case "heading_open":
            hashes = "#" * int(token.tag[1]) + " "
            yield from _prose(inner[0], width, "heading", [(hashes, "muted")])
        case "bullet_list_open":
            yield from _items(inner, width, lambda _: "• ")
        case "ordered_list_open":
            start = int(token.attrs.get("start", 1))
            size = len(str(start + sum(t.type == "list_item_open" for t in inner))) + 2
            yield from _items(inner, width, lambda n: f"{start + n}. ".rjust(size))
        case "blockquote_open":
            mark = ("│ ", "quote")
            yield from _prefixed(_blocks(inner, max(width - 2, NARROW)), mark, mark)
        case "fence" | "code_block":
            yield from _code(token, width)
        case "hr":
            yield Line((("─" * width, "muted"),))
        case "table_open":
            yield from table(_rows(inner), width)
        case _ if token.content:
            yield from wrap([(one_line(token.content, prose=True), "")], width)


def _prefixed(lines: Iterable[Line], first: Span, rest: Span) -> Iterator[Line]:
    mark = first
    for line in lines:
        yield line.after(mark)
        mark = rest


def _items(inner: Sequence["Token"], width: int, mark_of: Callable[[int], str]) -> Iterator[Line]:
    at = number = 0
    while at < len(inner):
        end = _closing(inner, at)
        item = inner[at + 1 : end]
        mark = _task_mark(item) or mark_of(number)
        size = cells(mark)
        tight = all(token.hidden for token in _children(item) if token.type == "paragraph_open")
        lines = list(_blocks(item, max(width - size, NARROW), tight)) or [BLANK]
        if number and not tight:
            yield BLANK
        yield from _prefixed(lines, (mark, "accent"), (" " * size, ""))
        at = end + 1
        number += 1


def _children(tokens: Sequence["Token"]) -> Iterator["Token"]:
    return (token for token in tokens if token.level == tokens[0].level)


def _task_mark(item: Sequence["Token"]) -> str:
    """`☐ ` or `☑ ` for an item that begins with `[ ]` or `[x]`, which is taken out; else nothing."""
    if len(item) < 2 or item[1].type != "inline" or item[1].content[:4] not in _TASKS:
        return ""
    first = (item[1].children or [item[1]])[0]
    if first.type == "text" and first.content.startswith(item[1].content[:4]):
        first.content = first.content[4:]
        return _TASKS[item[1].content[:4]]
    return ""


def _prose(token: "Token", width: int, role: str = "", mark: Sequence[Span] = ()) -> Iterator[Line]:
    rest = [(" " * sum(cells(text) for text, _ in mark), "")] if mark else []
    for row in inline(token.children or [], role):
        yield from wrap(row, width, mark, rest)
        mark = rest


def _code(token: "Token", width: int) -> Iterator[Line]:
    language = token.info.split()[0] if token.info.split() else ""
    if language:
        yield code_label(language, width)
    for spans in Highlighter(language).lines(token.content.removesuffix("\n")):
        yield from code_lines(spans, width)


def _rows(inner: Sequence["Token"]) -> list[list[tuple[list[Span], str]]]:
    """Rows of cells with their alignment; the first row is the heading."""
    rows: list[list[tuple[list[Span], str]]] = []
    for index, token in enumerate(inner):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in {"th_open", "td_open"}:
            style = str(token.attrs.get("style", ""))
            role = "strong" if token.type == "th_open" else ""
            spans = [span for row in inline(inner[index + 1].children or [], role) for span in row]
            rows[-1].append((spans, style.removeprefix("text-align:")))
    return rows


_OPENED = {"strong_open": "strong", "em_open": "emphasis", "s_open": "strike", "link_open": "link"}


def inline(tokens: Sequence["Token"], role: str = "") -> list[list[Span]]:
    """Inline tokens as rows of spans; a hard break begins a new row."""
    rows: list[list[Span]] = [[]]
    roles = [role] if role else []
    links: list[tuple[str, int]] = []
    for token in tokens:
        now = " ".join(roles)
        match token.type:
            case "strong_open" | "em_open" | "s_open" | "link_open":
                roles.append(_OPENED[token.type])
                if token.type == "link_open":
                    links.append((str(token.attrs.get("href", "")), len(rows[-1])))
            case "strong_close" | "em_close" | "s_close":
                roles.pop()
            case "link_close":
                roles.pop()
                href, start = links.pop()
                _address(rows[-1], href, start)
            case "softbreak":
                rows[-1].append((" ", now))
            case "hardbreak":
                rows.append([])
            case "code_inline":
                rows[-1].append((one_line(token.content), f"{now} code".strip()))
            case "image":
                shown = one_line(token.content, prose=True) or "image"
                rows[-1].append((f"[{shown}]", now))
                _address(rows[-1], str(token.attrs.get("src", "")), len(rows[-1]))
            case _ if token.content:
                rows[-1].append((one_line(token.content, prose=True), now))
    return rows


def _address(row: list[Span], href: str, start: int) -> None:
    """Spells out where a link leads, unless its text already says so."""
    shown = visible(one_line(href))
    said = "".join(text for text, _ in row[start:])
    if shown and said not in {shown, shown.removeprefix("mailto:")}:
        row.append((f" ({shown})", "muted"))
