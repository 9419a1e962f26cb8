"""Highlights code: text becomes spans with roles such as `syntax-keyword`. Knows no colours.

Never fails on foreign text: an unknown language, a huge text or an endless line stay plain.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tui_assist.ui.lines import Span
from tui_assist.ui.text import untab
from tui_assist.values.visible import visible

if TYPE_CHECKING:
    from pygments.lexer import Lexer

LONGEST_LINE = 600  # characters; longer lines stay plain
LONGEST_TEXT = 200_000  # characters; longer texts are highlighted line by line

_ROLES = {
    "Keyword.Type": "syntax-type",
    "Keyword": "syntax-keyword",
    "Operator.Word": "syntax-keyword",
    "Name.Function": "syntax-function",
    "Name.Decorator": "syntax-function",
    "Name.Class": "syntax-type",
    "Name.Exception": "syntax-type",
    "Name.Builtin": "syntax-type",
    "Name.Tag": "syntax-keyword",
    "Name.Attribute": "syntax-function",
    "Literal.String": "syntax-string",
    "Literal.Number": "syntax-number",
    "Comment": "syntax-comment",
    "Operator": "syntax-operator",
    "Punctuation": "",
}


@lru_cache(maxsize=512)
def _role(kind: str) -> str:
    """The role of a token type, written `Literal.String.Doc`: the nearest ancestor that has one."""
    while kind:
        if kind in _ROLES:
            return _ROLES[kind]
        kind = kind.rpartition(".")[0]
    return ""


@lru_cache(maxsize=64)
def _lexer(language: str) -> "Lexer | None":
    """By a language's name or a file's name; None for plain text."""
    if not language:
        return None
    # Imported here: pygments is not needed for the first frame.
    from pygments.lexers import find_lexer_class_for_filename, get_lexer_by_name
    from pygments.lexers.special import TextLexer
    from pygments.util import ClassNotFound

    options = {"stripnl": False, "ensurenl": False}
    try:
        lexer = get_lexer_by_name(language.lower(), **options)
    except ClassNotFound:
        try:
            found = find_lexer_class_for_filename(language.rpartition("/")[2])
        except (ClassNotFound, ValueError):
            return None
        if found is None:
            return None
        lexer = found(**options)
    return None if isinstance(lexer, TextLexer) else lexer


def plain(text: str) -> tuple[Span, ...]:
    return _plain(text, tabs=False)


def _plain(text: str, *, tabs: bool) -> tuple[Span, ...]:
    shown = _shown(text, tabs=tabs)
    return ((shown, ""),) if shown else ()


def _shown(text: str, *, tabs: bool) -> str:
    return visible(text) if tabs else untab(visible(text))


class Highlighter:
    """Highlights one language, by its name or a file's name. With `tabs` they stay, for who shows them."""

    def __init__(self, language: str, *, tabs: bool = False) -> None:
        self._language = language
        self._tabs = tabs

    def line(self, text: str) -> tuple[Span, ...]:
        """One line by itself: what a string begun further up says is not known."""
        lexer = _lexer(self._language)
        if lexer is None or len(text) > LONGEST_LINE:
            return _plain(text, tabs=self._tabs)
        return next(iter(_split(lexer.get_tokens(text), tabs=self._tabs)), ())

    def lines(self, text: str) -> list[tuple[Span, ...]]:
        """Every line of `text`, with what earlier lines began in mind."""
        lexer = _lexer(self._language)
        texts = text.split("\n")
        if lexer is None:
            return [_plain(line, tabs=self._tabs) for line in texts]
        if len(text) > LONGEST_TEXT or max(map(len, texts)) > LONGEST_LINE:
            return [self.line(line) for line in texts]
        found = _split(lexer.get_tokens(text), tabs=self._tabs)
        return found if len(found) == len(texts) else [self.line(line) for line in texts]


def _split(tokens: Iterable[tuple[Any, str]], *, tabs: bool) -> list[tuple[Span, ...]]:
    lines: list[tuple[Span, ...]] = []
    spans: list[Span] = []
    for kind, text in tokens:
        role = _role(str(kind).removeprefix("Token."))
        first, *more = text.split("\n")
        _add(spans, first, role, tabs=tabs)
        for piece in more:
            lines.append(tuple(spans))
            spans = []
            _add(spans, piece, role, tabs=tabs)
    lines.append(tuple(spans))
    return lines


def _add(spans: list[Span], text: str, role: str, *, tabs: bool) -> None:
    if not text:
        return
    shown = _shown(text, tabs=tabs)
    if spans and spans[-1][1] == role:
        spans[-1] = (spans[-1][0] + shown, role)
    else:
        spans.append((shown, role))
