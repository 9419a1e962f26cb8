"""The door: reads the command line, builds what is needed and hands over to a face.

Imports the screen, the client and git only when the command needs them.
"""

import io
import os
import sys
from collections.abc import Sequence

from tui_assist import __version__
from tui_assist.cli.arguments import Arguments, parse
from tui_assist.errors import UserError
from tui_assist.values.visible import visible


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program and returns its exit code."""
    _mend_streams()
    try:
        arguments = parse(sys.argv[1:] if argv is None else argv)
        return _run(arguments)
    except UserError as error:
        print(f"tui-assist: {visible(str(error))}", file=sys.stderr)
        _let_go_of_output()
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader went away; nothing of ours is lost
        _let_go_of_output()
        return 1


def _mend_streams() -> None:
    """Gives every standard stream something to hold and lets it print any character."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        # Else the next file that is opened would take the number of the closed one.
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w" if number else "r"))  # noqa: SIM115  # held to the end
        stream = getattr(sys, name)
        if number and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _let_go_of_output() -> None:
    """Python must not fail at its end over what a closed pipe or a full disk did not take."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: Arguments) -> int:
    match arguments.command:
        case "help":
            print(arguments.help, end="")
        case "version":
            print(f"tui-assist {__version__}")
        case "config":
            from tui_assist.cli.commands import show_config

            return show_config(arguments)
        case "doctor":
            from tui_assist.cli.commands import show_diagnosis

            return show_diagnosis(arguments)
        case "exec":
            from tui_assist.cli.commands import execute

            return execute(arguments)
        case "patches" | "undo" | "redo" | "blame" | "apply":
            from tui_assist.cli.patches import run_command

            return run_command(arguments)
        case "chat":
            from tui_assist.cli.commands import chat

            return chat(arguments)
    return 0
