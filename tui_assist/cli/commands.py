"""The commands of the door: chat, exec, config, doctor. Each builds its parts and returns an exit code."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tui_assist.agent.assistant import Assistant
from tui_assist.cli.arguments import Arguments
from tui_assist.cli.assembly import Assembly, prompt_text
from tui_assist.errors import UsageError, UserError
from tui_assist.values.content import Text

if TYPE_CHECKING:
    from tui_assist.headless import Proposing


def chat(arguments: Arguments) -> int:
    """The screen. Raises UserError where there is no terminal for it."""
    _check_terminal()
    assembly = Assembly(arguments)
    assistant = assembly.assistant()
    resume = _session(arguments, assistant)
    # Read by textual when it is imported: a key press is painted within 8 ms, and only what changed.
    os.environ.setdefault("TEXTUAL_FPS", "120")
    from tui_assist.ui.app import AssistApp
    from tui_assist.ui.composer.history import history_in

    app = AssistApp(
        assistant,
        first_prompt=arguments.prompt or "",
        resume=resume,
        history=history_in(assembly.places.state / "history.jsonl"),
    )
    app.run()
    return app.return_code or 0


def execute(arguments: Arguments) -> int:
    """One turn without a screen."""
    prompt = prompt_text(arguments)
    if arguments.propose is not None:
        _check_new_file(arguments.propose)
    assembly = Assembly(arguments)
    return asyncio.run(_execute(arguments, assembly.assistant(), prompt))


async def _execute(arguments: Arguments, assistant: Assistant, prompt: str) -> int:
    from tui_assist import headless

    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        proposing = headless.Proposing() if arguments.propose is not None else None
        approver = proposing or headless.refuse
        conversation = await assistant.open(approver, resume=_session(arguments, assistant))
        try:
            code = await headless.run(
                conversation, (Text(prompt),), sys.stdout, sys.stderr, as_json=arguments.json
            )
        finally:
            await conversation.close()
        if proposing is not None and arguments.propose is not None:
            _keep_proposal(proposing, arguments.propose, prompt)
        return code
    except asyncio.CancelledError:
        return headless.INTERRUPTED
    finally:
        await assistant.close()


def _check_new_file(path: Path) -> None:
    """Before a turn is spent: what was proposed must find its place, and cover nothing."""
    if os.path.lexists(path):
        raise UsageError(f"--propose {path} exists; name a new file")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise UsageError(f"--propose {path}: files cannot be made in {path.parent}")


def _keep_proposal(proposing: "Proposing", path: Path, prompt: str) -> None:
    patch = proposing.patch
    if not patch.changes:
        print(f"no patch was proposed, so {path} was not written", file=sys.stderr)
        return
    try:
        with open(path, "xb") as file:
            file.write(proposing.bundle(prompt))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; what was proposed is only in the session") from error
    size = f"{len(patch.changes)} file{'' if len(patch.changes) == 1 else 's'}"
    print(f"proposed: {size} in {path}; `tui-assist apply {path}` reviews it", file=sys.stderr)


def show_config(arguments: Arguments) -> int:
    from tui_assist.cli import report

    assembly = Assembly(arguments)
    config = assembly.config()
    print(report.as_json(config) if arguments.json else report.as_text(config))
    return 0


def show_diagnosis(arguments: Arguments) -> int:
    from tui_assist.cli import doctor

    assembly = Assembly(arguments)
    checks = asyncio.run(doctor.diagnose(assembly))
    print(json.dumps(doctor.as_records(checks), indent=1) if arguments.json else doctor.as_text(checks))
    return 1 if any(check.ok is False for check in checks) else 0


def _session(arguments: Arguments, assistant: Assistant) -> str | None:
    """The session to go on with; "" to choose from a list; None for a new one."""
    return assistant.newest_session() if arguments.resume_last else arguments.resume


def _check_terminal() -> None:
    # The screen is drawn on standard error, so that standard output stays free.
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise UserError(
            "this needs a terminal, and here is none; `tui-assist exec PROMPT` does one turn without a screen"
        )
    if os.environ.get("TERM", "dumb") in ("", "dumb", "unknown"):
        raise UserError(
            f"the terminal TERM={os.environ.get('TERM', '')!r} cannot show a screen; set TERM to what it is "
            "(often xterm-256color), or use `tui-assist exec PROMPT`"
        )
