"""Reads a request into turns: what the person said, which calls were made and what came of them.

Typed, custom and function calls become the same values. Decides nothing.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui_assist.practice.diffs import operations_in
from tui_assist.practice.reply import PatchCall, Tools
from tui_assist.practice.reports import was_refused, written, wrote

_EXIT = re.compile(r"^\[(?:exit (-?\d+)|timeout|timed out|not started)[^\]]*\]$", re.MULTILINE)
_NEVER_RAN = re.compile(
    r"Refused(?: by the person\.| \()|not run:|cancelled by the person before|interrupted;"
)


@dataclass(frozen=True, slots=True)
class Run:
    """One command of a shell call that has run."""

    command: str
    output: str
    exit_code: int | None  # None: ended by its time limit


@dataclass(frozen=True, slots=True)
class Done:
    """One call and its answer."""

    tool: str
    arguments: Mapping[str, Any]  # {} when they cannot be read
    output: str
    operations: tuple[PatchCall, ...] = ()  # of an `apply_patch` call
    applied: tuple[PatchCall, ...] = ()  # those of them that reached the disk, whole or in part
    runs: tuple[Run, ...] = ()  # of a `shell` call


@dataclass(frozen=True, slots=True)
class Turn:
    """What the person said and the calls that followed, in call order."""

    prompt: str
    done: tuple[Done, ...]

    def of(self, tool: str) -> list[Done]:
        return [done for done in self.done if done.tool == tool]


@dataclass(frozen=True, slots=True)
class Talk:
    """The whole conversation; the last turn is the one to answer."""

    turns: tuple[Turn, ...]
    tools: Tools

    @property
    def now(self) -> Turn:
        return self.turns[-1]


def read_talk(request: Mapping[str, Any]) -> Talk:
    """The conversation of a valid request."""
    items = request["input"]
    outputs = {
        item.get("call_id") or item.get("id"): item
        for item in items
        if str(item.get("type", "")).endswith("_output")
    }
    turns: list[tuple[str, list[Done]]] = []
    for item in items:
        if item.get("role") == "user":
            turns.append((_said(item), []))
        elif turns and item.get("type") in _READERS and item["call_id"] in outputs:
            turns[-1][1].append(_READERS[item["type"]](item, outputs[item["call_id"]]))
    read = tuple(Turn(prompt, tuple(done)) for prompt, done in turns)
    return Talk(read or (Turn("", ()),), request.get("tools") or ())


def _said(item: Mapping[str, Any]) -> str:
    """A message's first text: what follows it are attachments."""
    content = item.get("content")
    if isinstance(content, str):
        return content.strip()
    texts = [str(part.get("text", "")) for part in content or () if part.get("type") == "input_text"]
    return texts[0].strip() if texts else ""


def _text(output: Any) -> str:
    if isinstance(output, str):
        return output
    if isinstance(output, Sequence):
        return "\n".join(str(part.get("text", "")) for part in output if isinstance(part, Mapping))
    return ""


def _function(call: Mapping[str, Any], output: Mapping[str, Any]) -> Done:
    try:
        arguments = json.loads(call["arguments"] or "{}")
    except ValueError:
        arguments = {}
    if not isinstance(arguments, dict):
        arguments = {}
    name, text = call["name"], _text(output.get("output"))
    if name == "apply_patch":
        return _patched(operations_in(str(arguments.get("patch", ""))), text)
    if name == "shell":
        commands = arguments.get("commands")
        return Done(
            "shell", arguments, text, runs=_runs_in(commands if isinstance(commands, list) else [], text)
        )
    return Done(name, arguments, text)


def _custom(call: Mapping[str, Any], output: Mapping[str, Any]) -> Done:
    text = _text(output.get("output"))
    if call["name"] == "apply_patch":
        return _patched(operations_in(call["input"]), text)
    return Done(call["name"], {"input": call["input"]}, text)


def _patched(operations: tuple[PatchCall, ...], text: str) -> Done:
    """An envelope's answer names what was written as `M path`, `A path`, `D path` lines."""
    applied = tuple(operation for operation in operations if wrote(text, operation.path))
    return Done("apply_patch", {}, text, operations, applied)


def _patch(call: Mapping[str, Any], output: Mapping[str, Any]) -> Done:
    given = call["operation"]
    operations = (PatchCall(given["type"], given["path"], given.get("diff", "")),)
    text = _text(output.get("output"))
    stands = not (was_refused(text) or text.startswith("Nothing had to change"))
    applied = operations if written(text) or (output.get("status") == "completed" and stands) else ()
    return Done("apply_patch", {}, text, operations, applied)


def _shell(call: Mapping[str, Any], output: Mapping[str, Any]) -> Done:
    commands, runs = call["action"]["commands"], []
    for number, entry in enumerate(output["output"]):
        command = commands[number] if number < len(commands) else ""
        said = "\n".join(filter(None, (entry["stdout"].rstrip("\n"), entry["stderr"].rstrip("\n"))))
        runs.append(Run(command, said, entry["outcome"].get("exit_code")))
    text = "\n".join(run.output for run in runs)
    if len(runs) == 1 and _NEVER_RAN.match(text):
        runs = []
    return Done("shell", call["action"], text, runs=tuple(runs))


def _runs_in(commands: Sequence[str], text: str) -> tuple[Run, ...]:
    """The runs in a function's answer: `$ command`, its output, `[exit n]`, one after the other."""
    runs, start = [], 0
    for command, end in zip(commands, _EXIT.finditer(text), strict=False):
        said = text[start : end.start()].strip("\n").removeprefix(f"$ {command}").strip("\n")
        runs.append(Run(command, said, None if end[1] is None else int(end[1])))
        start = end.end()
    return tuple(runs)


_READERS = {
    "function_call": _function,
    "custom_tool_call": _custom,
    "apply_patch_call": _patch,
    "shell_call": _shell,
}
