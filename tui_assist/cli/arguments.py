"""Reads the command line into one frozen value. Does nothing it asks for."""

import argparse
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

from tui_assist.errors import UsageError

Command = Literal[
    "chat", "exec", "doctor", "config", "patches", "undo", "redo", "blame", "apply", "help", "version"
]
Allowed = Literal["edit", "shell"]

_COMMANDS: tuple[Command, ...] = (
    "exec", "doctor", "config", "patches", "undo", "redo", "blame", "apply",
)  # fmt: skip
_OF_PATCHES = ("patches", "undo", "redo", "blame", "apply")
_ABOUT = {
    "chat": "A terminal coding assistant that shows every patch and command before it happens.",
    "exec": "Do one turn without a screen and print the answer. What would need asking is refused.",
    "doctor": "Check what tui-assist needs here: Python, git, terminal, keys, the provider.",
    "config": "Show the effective configuration and where each value came from. Keys are never shown.",
    "patches": "List the patches that were written here, newest first: when, why, by whom, what is undone.",
    "undo": "Take a patch back, reviewed first; the newest one when none is named.",
    "redo": "Do a patch again that was taken back, reviewed first; the last one when none is named.",
    "blame": "Say which patch wrote a line: its session, prompt, model, and who decided.",
    "apply": "Review a patch of your own and write what you accept of it: a git or unified diff, a patch\n"
    "from '*** Begin Patch', or a bundle of `exec --propose`. - reads it from standard input.",
}
_USAGE = {
    "chat": "tui-assist [OPTIONS] [PROMPT]\n       tui-assist COMMAND …",
    "exec": "tui-assist exec [OPTIONS] PROMPT|-",
    "doctor": "tui-assist doctor [OPTIONS]",
    "config": "tui-assist config [OPTIONS]",
    "patches": "tui-assist patches [OPTIONS]",
    "undo": "tui-assist undo [OPTIONS] [PATCH]",
    "redo": "tui-assist redo [OPTIONS] [PATCH]",
    "blame": "tui-assist blame [OPTIONS] FILE:LINE",
    "apply": "tui-assist apply [OPTIONS] FILE|-",
}
_CHAT_EPILOG = """commands:
  exec PROMPT      one turn without a screen; - reads the prompt from standard input
  undo [PATCH]     take a patch back, the newest or by its number; redo does it again
  patches          every patch that was written here
  blame FILE:LINE  which prompt, model and patch wrote that line
  apply FILE|-     review a diff or patch file and write what you accept of it
  doctor           check Python, git, terminal, keys and the provider
  config           effective settings and where each came from

`tui-assist COMMAND --help` says more. A prompt that is a command's name goes after --:
  tui-assist -- doctor

exit codes: 0 done, 1 error, 2 usage, 3 something needed asking or nothing was accepted, 130 interrupted"""


@dataclass(frozen=True, slots=True)
class Arguments:
    """The command line, understood. None: not given."""

    command: Command = "chat"
    prompt: str | None = None  # for `exec`, "-" is standard input
    directory: Path | None = None
    add_dirs: tuple[Path, ...] = ()
    model: str | None = None
    provider: str | None = None
    base_url: str | None = None
    demo: bool = False
    resume_last: bool = False  # --continue
    resume: str | None = None  # a session id; "" is the list of sessions
    instructions: Path | None = None
    json: bool = False
    allow: frozenset[Allowed] = frozenset()
    propose: Path | None = None  # where `exec` writes a bundle instead of changing anything
    number: int | None = None  # of a patch, for `undo` and `redo`
    last: int | None = None  # how many patches `undo` takes back
    file: str | None = None  # for `apply` ("-" is standard input) and `blame`
    line: int = 0  # 1-based, for `blame`
    help: str = ""  # the text to print, for `help`

    def flags(self) -> dict[str, object]:
        """What the configuration takes from the command line, by dotted key."""
        given = {
            "provider": "practice" if self.demo else self.provider,
            "model": self.model,
            "base_url": self.base_url,
        }
        return {key: value for key, value in given.items() if value is not None}


def parse(argv: Sequence[str]) -> Arguments:
    """The arguments without the program's name. Raises UsageError. Prints nothing and never exits."""
    words = list(argv)
    literal: list[str] = []
    if "--" in words:
        at = words.index("--")
        words, literal = words[:at], words[at + 1 :]
    command = _command(words)
    parser = _parser(command)
    found, unknown = parser.parse_known_intermixed_args(words)
    if unknown:
        raise UsageError(_no_option(unknown[0].partition("=")[0], command, parser))
    prompts = [*(found.words[1:] if command != "chat" else found.words), *literal]
    if found.help:
        return Arguments(command="help", help=parser.format_help())
    if getattr(found, "version", False):
        return Arguments(command="version")
    _check(command, found, prompts)
    if command in _OF_PATCHES:
        return _of_patches(command, found, prompts)
    return Arguments(
        command=command,
        prompt=prompts[0] if prompts else None,
        directory=found.directory,
        add_dirs=tuple(found.add_dirs),
        model=found.model,
        provider=found.provider,
        base_url=found.base_url,
        demo=found.demo,
        resume_last=getattr(found, "resume_last", False),
        resume=getattr(found, "resume", None),
        instructions=getattr(found, "instructions", None),
        json=getattr(found, "json", False),
        allow=frozenset(getattr(found, "allow", ())),
        propose=getattr(found, "propose", None),
    )


def _of_patches(command: Command, found: argparse.Namespace, words: list[str]) -> Arguments:
    """The arguments of a command on patches, none of which speaks to a model."""
    if len(words) > 1:
        raise UsageError(f"{command} takes one argument, here are {len(words)}: {' '.join(words)}")
    word = words[0] if words else ""
    number, file, line = None, None, 0
    if command in ("undo", "redo") and words:
        if not word.isdecimal():
            raise UsageError(f"{word!r} is no number of a patch; `tui-assist patches` lists them")
        number = int(word)
    elif command == "apply":
        if not word:
            raise UsageError(
                "apply needs a patch: tui-assist apply FILE, or - to read it from standard input"
            )
        file = word
    elif command == "blame":
        file, _, digits = word.rpartition(":")
        if not (file and digits.isdecimal() and int(digits)):
            raise UsageError("blame needs a file and a line: tui-assist blame src/app.py:12")
        line = int(digits)
    elif words:
        raise UsageError(f"{command} takes no argument, but here is {word!r}")
    last = getattr(found, "last", None)
    if last is not None and number is not None:
        raise UsageError("undo takes the number of a patch or --last, not both")
    return Arguments(
        command=command,
        directory=found.directory,
        add_dirs=tuple(found.add_dirs),
        json=getattr(found, "json", False),
        number=number,
        last=last,
        file=file,
        line=line,
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. `tui-assist --help` lists what there is")


def _no_option(option: str, command: Command, parser: "_Parser") -> str:
    shown = "tui-assist" if command == "chat" else command
    owners = [other for other in (*_COMMANDS, "chat") if option in _options(_parser(other))]
    if owners:
        others = " and ".join("tui-assist without a command" if name == "chat" else name for name in owners)
        return f"{option} is no option of {shown}, only of {others}"
    close = difflib.get_close_matches(option, _options(parser), 1, 0.6)
    hint = f"did you mean {close[0]}?" if close else "`--help` lists what there is."
    return f"{option} is no option of {shown}; {hint} A prompt that begins with - goes after --"


def _options(parser: "_Parser") -> list[str]:
    return [option for action in parser._actions for option in action.option_strings]


def _command(words: list[str]) -> Command:
    """The command that the first word that is no option, nor an option's value, names."""
    scout = _Parser(add_help=False, allow_abbrev=False)
    _add_folders(scout)
    _add_model(scout)
    _add_session(scout, "*")
    _add_exec(scout)
    _add_last(scout)
    scout.add_argument("words", nargs="*")
    found, _ = scout.parse_known_intermixed_args(words)
    first = found.words[0] if found.words else ""
    return next((command for command in _COMMANDS if command == first), "chat")


def _parser(command: Command) -> _Parser:
    parser = _Parser(
        prog="tui-assist",
        usage=_USAGE[command],
        description=_ABOUT[command],
        epilog=_CHAT_EPILOG if command == "chat" else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("-h", "--help", action="store_true", help="show this and end")
    _add_folders(parser)
    if command not in _OF_PATCHES:
        _add_model(parser)
    if command == "chat":
        parser.add_argument("--version", action="store_true", help="show the version and end")
        _add_session(parser, "?")
    elif command == "exec":
        _add_session(parser, None)
        _add_exec(parser)
    elif command == "undo":
        _add_last(parser)
    elif command in ("doctor", "config", "patches"):
        parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _add_folders(parser: _Parser) -> None:
    add = parser.add_argument
    add("-C", dest="directory", type=_path, metavar="DIR", help="work in DIR instead of here")
    add("--add-dir", dest="add_dirs", type=_path, action="append", default=[], metavar="DIR",
        help="one more folder that files may be read and changed in; may be repeated")  # fmt: skip


def _add_model(parser: _Parser) -> None:
    add = parser.add_argument
    add("-m", "--model", type=_text, metavar="MODEL", help="the model, or Azure deployment")
    add("-p", "--provider", type=_text, metavar="PROVIDER", help="a provider of the configuration")
    add("--base-url", type=_text, metavar="URL", help="an address that speaks /v1/responses")
    add("--demo", action="store_true", help="practise offline: rules, not AI; no key, no network")


def _add_session(parser: _Parser, resume: Literal["?", "*"] | None) -> None:
    """`resume` says whether --resume may stand without an id."""
    add = parser.add_argument
    add("--continue", dest="resume_last", action="store_true", help="go on with this folder's last session")
    some: dict[str, Any] = {} if resume is None else {"nargs": "?", "const": ""}
    shown = "go on with session ID" + ("" if resume is None else "; without ID, list this folder's sessions")
    add("--resume", type=str, metavar="ID", help=shown, **some)
    add("--instructions", type=_path, metavar="FILE", help="instructions of your own, added to ours")


def _add_exec(parser: _Parser) -> None:
    add = parser.add_argument
    add("--json", action="store_true", help="print one event a line as JSON")
    add("--allow", action="append", default=[], choices=("edit", "shell"),
        help="let exact patches of this folder, or commands, through unasked; may be repeated")  # fmt: skip
    add("--propose", type=_path, metavar="FILE",
        help="change and run nothing; write the patches to FILE, for `apply FILE`")  # fmt: skip


def _add_last(parser: _Parser) -> None:
    parser.add_argument("--last", type=_count, metavar="N", help="take the N newest patches back, one by one")


def _check(command: Command, found: argparse.Namespace, prompts: list[str]) -> None:
    if len(prompts) > 1 and command in ("chat", "exec"):
        raise UsageError(f"one prompt is taken, here are {len(prompts)}: put it in quotes")
    if prompts and command in ("doctor", "config"):
        raise UsageError(f"{command} takes no prompt, but here is {prompts[0]!r}")
    if command == "exec" and not (prompts and prompts[0].strip()):
        raise UsageError('exec needs a prompt: tui-assist exec "…", or - to read it from standard input')
    if getattr(found, "propose", None) is not None and found.allow:
        raise UsageError("--propose changes and runs nothing, so there is nothing to --allow: leave one out")
    if any(map(_broken, prompts)) and command in ("chat", "exec"):
        raise UsageError("the prompt is not valid UTF-8: check the terminal's encoding (LANG, LC_ALL)")
    if getattr(found, "demo", False) and (found.provider or found.base_url):
        raise UsageError("--demo is a provider of its own: leave out --provider and --base-url")
    if getattr(found, "resume_last", False) and getattr(found, "resume", None) is not None:
        raise UsageError("--continue and --resume each choose a session: give one of them")
    if command == "chat" and prompts and found.resume == "":
        raise UsageError("which session is the prompt for? Give --resume an ID, or use --continue")


def _broken(prompt: str) -> bool:
    """Whether bytes that are no UTF-8 came in as lone surrogates."""
    return any("\ud800" <= char <= "\udfff" for char in prompt)


def _text(value: str) -> str:
    if not value.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return value


def _count(value: str) -> int:
    if not value.isdecimal() or not int(value):
        raise argparse.ArgumentTypeError("it is no number from 1 up")
    return int(value)


def _path(value: str) -> Path:
    if not value or "\0" in value:
        raise argparse.ArgumentTypeError("it is no path")
    return Path(value)
