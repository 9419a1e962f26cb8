"""Says in words what is destructive about a command. Allows nothing: no danger found is no permission.

A command read as plain words is judged by its words; any other text is cut into pieces that may be words,
and in doubt it is called destructive.
"""

import re
from collections.abc import Iterator, Sequence

from tui_assist.shell.hazards import (
    DELETES,
    FETCHES,
    NEVER_A_RULE,
    RUNS_INPUT,
    RUNS_OTHERS,
    WHEREVER,
    hazard,
    program,
)
from tui_assist.shell.parse import LONGEST
from tui_assist.values.asking import SimpleCommand

# What bash itself may do with text that is not plain words.
_TEXT_HAZARDS = (
    (
        re.compile(r"(?<!>)>{1,2}(?!>|&\d|&-|\(|\s*/dev/(?:null|stdout|stderr)(?:[\s;|&)]|$))"),
        ">: writes over or into a file",
    ),
    (
        re.compile(r"(?:^|[;|&\n(]|\b(?:do|then|else)\b)\s*[^\s;|&=]*(?:[$`*?]|\{(?=\S)|(?<=\w)\[)"),
        "$: runs a command whose name is computed",
    ),
    (re.compile(r"\$'[^']*\\[xuU0-7]"), "$'…': hides text in escapes"),
    (re.compile(r"\$\{[^}$]*@P"), "${…@P}: runs what a variable holds"),
)
_GIVEN_CODE = re.compile(r"\b(?:python|perl|ruby|node|php|bun|deno)\S*[^\n]*(?:<<|\s-[a-zA-Z]*[cer]\b)")
_CONTINUED = re.compile(r"\\\n")
_QUOTES = re.compile(r"[\"'\\]")
_SEGMENTS = re.compile(r"[;|&\n()`]+")
_PIECES = re.compile(r"[\s{},<>$]+")
_REDIRECTED_FIRST = re.compile(r"\s*\d*[<>]")
_ASSIGNMENT = re.compile(r"\w+\+?=")


def dangers(command: str, parsed: tuple[SimpleCommand, ...] | None) -> tuple[str, ...]:
    """What is destructive about `command`, as lines like `rm -rf: deletes files`; () when nothing was found.

    `parsed` is what `parse` made of it. When that is None the text is scanned, and whatever could be a
    destructive program counts, quoted or not.
    """
    if parsed is None and len(command) > LONGEST:
        return ("too long to be read: may do anything",)
    found = _of_text(command) if parsed is None else _of_commands(parsed)
    return tuple(dict.fromkeys(found))


def rule_words(parsed: tuple[SimpleCommand, ...] | None) -> tuple[str, ...]:
    """The words a kept rule would hold: those of the one simple command; () when no rule may be kept.

    () for what runs other programs or code it is given (interpreters, shells, wrappers, git, find, sed,
    awk, make), for bash's own commands that change its state, and for anything destructive.
    """
    if parsed is None or len(parsed) != 1:
        return ()
    words = parsed[0].words
    if program(words[0]) in NEVER_A_RULE or dangers("", parsed):
        return ()
    return words


def _of_commands(parsed: Sequence[SimpleCommand]) -> Iterator[str]:
    fetches = any(program(simple.words[0]) in FETCHES for simple in parsed)
    for simple in parsed:
        words = simple.words
        yield from _of_words(words, fetches)
        if program(words[0]) not in RUNS_OTHERS:
            continue
        for position, word in enumerate(words[1:], start=1):
            yield from _of_words(words[position:], fetches)
            if re.search(r"[\s;|&$`]", word):  # a script in an argument: `bash -c "…"`
                yield from _of_text(word)


def _of_words(words: Sequence[str], fetches: bool) -> Iterator[str]:
    """What is destructive about `words`, if the first is the program."""
    if found := hazard(words):
        yield found
    name = program(words[0])
    if name in RUNS_INPUT and _reads_its_input(words[1:]):
        yield f"{name}: runs {'what was downloaded' if fetches else 'whatever it is sent'}"


def _reads_its_input(arguments: Sequence[str]) -> bool:
    """Whether a shell or interpreter is given no script: options only, or told to with `-` or `-s`."""
    if {"-s", "-"} & set(arguments):
        return True
    return all(word.startswith("-") and word[1:2] not in "-Vvcem" for word in arguments)


def _of_text(text: str) -> Iterator[str]:
    joined = _CONTINUED.sub("", text)
    for pattern, said in _TEXT_HAZARDS:
        if pattern.search(joined):
            yield said
    segments = _SEGMENTS.split(_QUOTES.sub("", joined))
    fetches = any(program(piece) in FETCHES for segment in segments for piece in _PIECES.split(segment))
    for segment in segments:
        yield from _of_segment(segment, fetches)
    if _GIVEN_CODE.search(text) and DELETES.search(text):
        yield "code in the command that may delete or start something"


def _of_segment(segment: str, fetches: bool) -> Iterator[str]:
    pieces = [piece for piece in _PIECES.split(segment) if piece]
    may_start = True
    anywhere = bool(_REDIRECTED_FIRST.match(segment))
    for position, piece in enumerate(pieces):
        name = program(piece)
        if may_start or anywhere or name in WHEREVER:
            yield from _of_words(pieces[position:], fetches)
        anywhere = anywhere or name in RUNS_OTHERS
        may_start = may_start and bool(_ASSIGNMENT.match(piece))
