"""The `shell` tool: runs the commands of a call, in order. Runs only what was planned and shown.

Each command has a shell, a time limit and an exit code of its own; a timeout ends the list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui_assist.errors import ToolError
from tui_assist.shell.danger import dangers
from tui_assist.shell.environment import has_bash
from tui_assist.shell.parse import parse
from tui_assist.shell.run import Finished, run_command
from tui_assist.values.asking import CommandView, Decision, SimpleCommand
from tui_assist.values.calls import (
    Access,
    Call,
    CommandResult,
    Outcome,
    Plan,
    Report,
    Status,
    ToolSpec,
)
from tui_assist.values.content import Text
from tui_assist.workspace.workspace import Workspace

TIMEOUT_S = 120.0
LONGEST_TIMEOUT_S = 600.0
MAX_OUTPUT = 16_000  # characters per stream, kept from both ends
LARGEST_OUTPUT = 64_000
LONGEST_COMMAND = 32_000  # characters
_NOT_STARTED = 126  # what shells answer for "found, and could not be run"

_DESCRIPTION = (
    "Runs shell commands in order, each in a new bash in the working directory, without a terminal or"
    " input. Directory and variables do not carry over: join what belongs together with &&. What a command"
    " leaves in the background is ended with it. Long output is cut in the middle."
)


@dataclass(frozen=True, slots=True)
class _Steps:
    commands: tuple[str, ...]
    directory: Path
    timeout_s: float
    max_output: int


class ShellTool:
    """Commands in the workspace's directory. Full outputs that were cut go to `spill_dir`."""

    together = False
    spec = ToolSpec(
        name="shell",
        description=_DESCRIPTION,
        parameters={
            "type": "object",
            "properties": {
                "commands": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "bash command lines, run in order",
                },
                "timeout_ms": {
                    "type": ["integer", "null"],
                    "description": "for each command; null for 120000, at most 600000",
                },
            },
            "required": ["commands", "timeout_ms"],
            "additionalProperties": False,
        },
        native="shell",
    )

    def __init__(
        self, workspace: Workspace, spill_dir: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        """`environment` is what commands start from, less what looks like a secret; None: this process's."""
        self._workspace = workspace
        self._spill_dir = spill_dir
        self._environment = environment

    async def plan(self, calls: tuple[Call, ...]) -> Plan:
        """What the one call of `calls` would run. Raises ToolError for commands that are none."""
        (call,) = calls
        steps = _Steps(
            commands=_commands(call.arguments.get("commands")),
            directory=self._workspace.cwd,
            timeout_s=_timeout_s(call.arguments.get("timeout_ms")),
            max_output=_max_output(call.arguments.get("max_output_length")),
        )
        bash = has_bash()
        return Plan(
            calls=calls,
            access=Access.COMMAND,
            title=_title(steps.commands),
            view=_view(steps, readable=bash),
            reasons=() if bash else ("there is no bash here: /bin/sh runs it",),
            steps=steps,
        )

    async def run(self, plan: Plan, decision: Decision, report: Report) -> Mapping[str, Outcome]:
        """Runs the commands until one takes too long or cannot be started.

        A command that fails is an outcome like any other. Cancelling ends the running one first.
        """
        steps: _Steps = plan.steps
        ran: list[_Ran] = []
        for command in steps.commands:
            if len(steps.commands) > 1:
                report(f"$ {command}\n", "stdout")
            ran.append(await self._run_one(command, steps, report))
            if ran[-1].ends_the_list:
                break
        return {plan.calls[0].call_id: _outcome(ran, len(steps.commands))}

    async def close(self) -> None:
        """Nothing is kept open between calls."""

    async def _run_one(self, command: str, steps: _Steps, report: Report) -> "_Ran":
        try:
            finished = await run_command(
                command,
                directory=steps.directory,
                timeout_s=steps.timeout_s,
                max_output=steps.max_output,
                report=report,
                spill_dir=self._spill_dir,
                env=self._environment,
            )
        except ToolError as error:
            return _Ran(CommandResult(command, "", str(error), _NOT_STARTED), None)
        stderr = finished.stderr
        if finished.left_running:
            stderr = _with_line(stderr, "[what it left in the background was ended]")
        result = CommandResult(command, finished.stdout, stderr, finished.exit_code, finished.timed_out)
        return _Ran(result, finished)


@dataclass(frozen=True, slots=True)
class _Ran:
    result: CommandResult
    finished: Finished | None  # None: it could not be started

    @property
    def ends_the_list(self) -> bool:
        return self.finished is None or self.finished.timed_out

    @property
    def elapsed_s(self) -> float:
        return self.finished.elapsed_s if self.finished else 0.0

    def ending(self) -> str:
        if self.finished is None:
            return "not started"
        if self.finished.timed_out:
            return f"timed out after {self.elapsed_s:.0f} s"
        return f"exit {self.result.exit_code}"


def _commands(value: Any) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise ToolError("commands: expected a list with at least one command line; send the call again.")
    for number, command in enumerate(value, start=1):
        if not isinstance(command, str) or not command.strip():
            raise ToolError(f"commands: entry {number} is no command line; send text.")
        if len(command) > LONGEST_COMMAND:
            raise ToolError(
                f"commands: entry {number} has {len(command):,} characters, at most {LONGEST_COMMAND:,} can"
                " run; write a script file with apply_patch and run that."
            )
        if "\0" in command or any("\ud800" <= letter <= "\udfff" for letter in command):
            raise ToolError(f"commands: entry {number} holds a character no command can have; leave it out.")
    return tuple(value)


def _timeout_s(value: Any) -> float:
    """Seconds; none and 0 mean the default, more than ten minutes means ten minutes."""
    milliseconds = _count("timeout_ms", value)
    return min(milliseconds / 1000, LONGEST_TIMEOUT_S) if milliseconds else TIMEOUT_S


def _max_output(value: Any) -> int:
    return min(_count("max_output_length", value) or MAX_OUTPUT, LARGEST_OUTPUT)


def _count(name: str, value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ToolError(f"{name}: expected a whole number or null, got {value!r:.40}; send the call again.")
    return value


def _title(commands: Sequence[str]) -> str:
    first = " ".join(commands[0].split())
    return first if len(commands) == 1 else f"{first} (+{len(commands) - 1} more)"


def _view(steps: _Steps, *, readable: bool) -> CommandView:
    read = [parse(command) if readable else None for command in steps.commands]
    found = [
        each for command, one in zip(steps.commands, read, strict=True) for each in dangers(command, one)
    ]
    return CommandView(
        commands=steps.commands,
        directory=str(steps.directory),
        timeout_s=steps.timeout_s,
        max_output=steps.max_output,
        parsed=_joined(read),
        dangers=tuple(dict.fromkeys(found)),
    )


def _joined(read: Sequence[tuple[SimpleCommand, ...] | None]) -> tuple[SimpleCommand, ...] | None:
    """All simple commands of the call; None as soon as one command line could not be read."""
    joined: tuple[SimpleCommand, ...] = ()
    for one in read:
        if one is None:
            return None
        joined += one
    return joined


def _outcome(ran: Sequence[_Ran], planned: int) -> Outcome:
    last = ran[-1]
    lines = [_transcript(one) for one in ran]
    if len(ran) < planned:
        lines.append(f"[not run: {planned - len(ran)} more, because the command before did not finish]")
    spills = [one.finished.spill for one in ran if one.finished and one.finished.spill]
    failed = last.finished is None and len(ran) == 1
    return Outcome(
        status=Status.FAILED if failed else Status.COMPLETED,
        content=(Text("\n".join(lines)),),
        summary=_summary(ran, planned),
        commands=tuple(one.result for one in ran),
        elapsed_s=sum(one.elapsed_s for one in ran),
        spill=str(spills[-1]) if spills else None,
    )


def _transcript(ran: _Ran) -> str:
    text = f"$ {ran.result.command}\n"
    text += _with_line(ran.result.stdout)
    text += _with_line(ran.result.stderr)
    if ran.finished and ran.finished.spill:
        text += f"[full output: {ran.finished.spill}]\n"
    return f"{text}[{ran.ending()}]"


def _with_line(text: str, line: str = "") -> str:
    """`text` with its last line ended, and `line` after it."""
    ended = text if not text or text.endswith("\n") else f"{text}\n"
    return f"{ended}{line}\n" if line else ended


def _summary(ran: Sequence[_Ran], planned: int) -> str:
    """How the first command that did not succeed ended; "exit 0" when all did."""
    worst = next((one for one in ran if one.ending() != "exit 0"), ran[-1])
    return worst.ending() if planned == 1 else f"{worst.ending()} of {planned} commands"
