"""The door: reads the command line, builds what is needed and hands over to a face.

Imports the screen, the client and git only when the command needs them.
"""

import os
import sys
from collections.abc import Sequence

from tui_assist import __version__
from tui_assist.cli.arguments import Arguments, parse
from tui_assist.errors import UserError
from tui_assist.values.visible import visible


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program and returns its exit code."""
    try:
        arguments = parse(sys.argv[1:] if argv is None else argv)
        return _run(arguments)
    except UserError as error:
        print(f"tui-assist: {visible(str(error))}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader went away; nothing of ours is lost. Python must not flush into the closed pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


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
        case "chat":
            from tui_assist.cli.commands import chat

            return chat(arguments)
    return 0
