"""Reads a command line as plain words, or not at all. Runs nothing and judges nothing.

Two readers must agree: the bash grammar of tree-sitter, which knows the language, and a tokenizer that
knows almost nothing of it. What only one of them takes is no plain command.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui_assist.values.asking import SimpleCommand

if TYPE_CHECKING:
    from tree_sitter import Node

LONGEST = 10_000  # characters; a longer command line is not read

# Unquoted: no glob, brace, history mark, comment or redirection; `~` only where it cannot expand.
_TOKEN = re.compile(
    rb"""
    (?P<blank> [ \t]+ )
  | (?P<operator> && | \|\| | ; | \| | \n )
  | (?P<word> (?: [\w%+,./:=@^-] | (?<=\w)[~\#] | \\[ -~] | '[^'\0]*' | "(?: [^"$`\\\0] | \\[^\n\0] )*" )+ )
    """,
    re.VERBOSE | re.ASCII,
)
_QUOTED = re.compile(rb"""'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)""", re.DOTALL)
_ESCAPED = re.compile(rb'\\(["\\$`])')
_KEYWORDS = frozenset(
    {"if", "then", "elif", "else", "fi", "case", "esac", "for", "select", "while", "until", "do", "done"}
    | {"in", "function", "time", "coproc"}
)
_STRUCTURE = frozenset({"program", "list", "pipeline"})
_OPERATORS = frozenset({"&&", "||", ";", "|", "\n"})
_WORDS = frozenset({"command_name", "word", "number", "string", "raw_string", "concatenation"})

_Spans = list[list[tuple[int, int]]]


def parse(command: str) -> tuple[SimpleCommand, ...] | None:
    """The simple commands of a line of plain words, in order; None when it is anything more.

    Words come without their quotes, as the program would get them. They may be joined by `&&`, `||`,
    `;`, `|` and newlines. None for an expansion, a substitution, a redirection, a glob, an assignment,
    a keyword, a subshell, `&`, a comment, an empty line, more than 10,000 characters, and whatever
    bash might read differently. Never raises.
    """
    if len(command) > LONGEST:
        return None
    try:
        source = command.encode()
    except UnicodeEncodeError:
        return None
    spans = _tokenize(source)
    if not spans or spans != _spans_of_grammar(source):
        return None
    commands = tuple(SimpleCommand(tuple(_unquote(source[a:b]) for a, b in words)) for words in spans)
    return None if any(_is_special(simple.words[0]) for simple in commands) else commands


def _tokenize(source: bytes) -> _Spans | None:
    """Where the words of each simple command stand; None when a byte fits no token."""
    commands: _Spans = [[]]
    position = 0
    while position < len(source):
        token = _TOKEN.match(source, position)
        if token is None:
            return None
        position = token.end()
        if token.lastgroup == "operator":
            commands.append([])
        elif token.lastgroup == "word":
            commands[-1].append(token.span())
    return [words for words in commands if words]


def _spans_of_grammar(source: bytes) -> _Spans | None:
    # Imported when the first command is read: the grammar is no part of starting up.
    import tree_sitter
    import tree_sitter_bash

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))
    root = parser.parse(source).root_node
    if root.has_error:
        return None
    commands: _Spans = []
    for node in _commands(root):
        if node is None or any(child.type not in _WORDS for child in node.children):
            return None
        commands.append([(child.start_byte, child.end_byte) for child in node.children])
    return commands


def _commands(root: "Node") -> Iterator["Node | None"]:
    """The command nodes in source order, and None for a node that is no plain structure.

    A stack, not recursion: a long chain of `&&` nests as deep as it is long.
    """
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type == "command":
            yield node
        elif node.type in _STRUCTURE:
            waiting.extend(reversed(node.children))
        elif node.type not in _OPERATORS or node.is_missing:
            yield None


def _unquote(word: bytes) -> str:
    return _QUOTED.sub(_unquoted_part, word).decode()


def _unquoted_part(part: re.Match[bytes]) -> bytes:
    single, double, escaped = part.groups()
    if single is not None:
        return bytes(single)
    if double is not None:
        return _ESCAPED.sub(rb"\1", double)
    return bytes(escaped)


def _is_special(name: str) -> bool:
    """Whether bash may take a first word for something other than a program's name."""
    return not name or "=" in name or name in _KEYWORDS
