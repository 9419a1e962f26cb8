"""Runs the person's own `!` command and shows it as a card. The model never sees it.

Nobody is asked: the person has typed it.
"""

import itertools
from pathlib import Path
from typing import Literal

from tui_assist.errors import ToolError
from tui_assist.events import CallFinished, CallOutput, CallPlanned, CallRunning
from tui_assist.ui.chat.chat import Chat
from tui_assist.ui.transcript.calls import OWN
from tui_assist.values.asking import CommandView
from tui_assist.values.calls import CommandResult, Outcome, Report, Status

TIMEOUT_S = 600.0
MAX_OUTPUT = 100_000  # characters per stream kept for the card

_numbers = itertools.count(1)


async def run_own(chat: Chat, command: str, directory: Path, spill: Path) -> None:
    """Runs `command` to its end and lets go of the chat's `own_command`. Cancelling ends the command."""
    session, call_id = (chat.conversation.id if chat.conversation else ""), f"own-{next(_numbers)}"
    view = CommandView((command,), str(directory), TIMEOUT_S, MAX_OUTPUT)

    def report(text: str, stream: Literal["stdout", "stderr"]) -> None:
        chat.document.feed(CallOutput(session, "own", call_id, text, stream))

    chat.feed(CallPlanned(session, "own", (call_id,), OWN, command, view))
    chat.document.toggle(len(chat.document.blocks) - 1)  # who typed it wants to read what it says
    chat.feed(CallRunning(session, "own", (call_id,)))
    outcome = Outcome(Status.CANCELLED, ())
    try:
        outcome = await _run(command, directory, spill, report)
    finally:
        chat.own_command = None
        chat.feed(CallFinished(session, "own", call_id, OWN, outcome))


async def _run(command: str, directory: Path, spill: Path, report: Report) -> Outcome:
    # Imported here: the first frame does not wait for the shell.
    from tui_assist.shell.run import run_command

    try:
        done = await run_command(
            command,
            directory=directory,
            timeout_s=TIMEOUT_S,
            max_output=MAX_OUTPUT,
            report=report,
            spill_dir=spill,
        )
    except ToolError as error:
        return Outcome(Status.FAILED, (), str(error))
    result = CommandResult(command, done.stdout, done.stderr, done.exit_code, done.timed_out)
    status = Status.COMPLETED if done.exit_code == 0 else Status.FAILED
    summary = "timed out" if done.timed_out else f"exit {done.exit_code}"
    spilled = str(done.spill) if done.spill else None
    return Outcome(status, (), summary, None, (result,), done.elapsed_s, spilled)
