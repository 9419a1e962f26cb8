"""The stories "run CMD" and "use my tool NAME": one call, then what came of it."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tui_assist.practice.conversation import Run, Talk
from tui_assist.practice.readings import fenced, first_line
from tui_assist.practice.reply import FunctionCall, Reply, Say, ShellCall, offered
from tui_assist.practice.stories.sentences import sentence

RUN = sentence(r"(?:run|execute)\s+(?:the\s+commands?\s+)?(?P<commands>\S.*)")
USE_TOOL = sentence(
    r"(?:use|call|try)\s+(?:(?:my|the)\s+)?(?:tool\s+(?P<name>[\w-]+)|(?P<named>[\w-]+)\s+tool)",
    r"(?:\s+(?:with|on|for)\s+(?P<arguments>.+?))?[.!]?",
)

LAST_LINES = 12  # of a command's output that the answer repeats

_AND = re.compile(r"\s+(?:and\s+then|and|then)\s+(?:run\s+)?")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_PAIR = re.compile(r"""(\w+)\s*=\s*("[^"]*"|'[^']*'|\[[^\]]*\]|\{[^}]*\}|\S+)""")


def run(talk: Talk, said: re.Match[str]) -> Reply:
    if offered(talk.tools, "shell") is None:
        return (Say("I cannot run commands here: I was not offered the tool `shell`."),)
    if not talk.now.done:
        return (ShellCall(commands_in(said["commands"])),)
    done = talk.now.done[0]
    if not done.runs:
        return (Say(f"It did not run: {first_line(done.output)}"),)
    missing = len(done.arguments.get("commands", ())) - len(done.runs)
    rest = [f"{missing} more did not run."] if missing > 0 else []
    return (Say("\n\n".join([*map(_told, done.runs), *rest])),)


def commands_in(text: str) -> tuple[str, ...]:
    """Commands between backticks as they are; else the text, split at "and" outside quotation marks."""
    if ticked := re.findall(r"`([^`]+)`", text):
        return tuple(ticked)
    covered = _QUOTED.sub(lambda quoted: "x" * len(quoted[0]), text)
    ends = [match.span() for match in _AND.finditer(covered)]
    starts = [0, *(end for _, end in ends)]
    return tuple(
        text[start:stop].strip()
        for start, stop in zip(starts, [*(start for start, _ in ends), None], strict=True)
    )


def _told(run: Run) -> str:
    lines = run.output.rstrip("\n").split("\n") if run.output.strip() else []
    ended = (
        "was stopped by its time limit" if run.exit_code is None else f"ended with exit code {run.exit_code}"
    )
    if not lines:
        return f"`{run.command}` {ended} and printed nothing."
    cut = f"; its last {LAST_LINES} of {len(lines)} lines" if len(lines) > LAST_LINES else ""
    return f"`{run.command}` {ended}{cut}:\n\n{fenced(chr(10).join(lines[-LAST_LINES:]))}"


def use_tool(talk: Talk, said: re.Match[str]) -> Reply:
    name = said["name"] or said["named"]
    tool = offered(talk.tools, name)
    if tool is None or tool["type"] != "function":
        return (Say(f"I was not offered a function tool named `{name}`."),)
    if talk.now.done:
        output = talk.now.done[0].output
        if not output.strip():
            return (Say(f"`{name}` answered nothing."),)
        return (Say(f"`{name}` answered:\n\n{fenced(output.rstrip())}"),)
    arguments = arguments_for(tool.get("parameters") or {}, said["arguments"] or "")
    return (FunctionCall(name, json.dumps(arguments, ensure_ascii=False)),)


def arguments_for(schema: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Every property of the schema: from JSON, from `key=value` words, else a default of its type.

    Words without a key go to the first text property.
    """
    properties: Mapping[str, Any] = schema.get("properties") or {}
    given = _given(text)
    if not given and text.strip():
        texts = [name for name, shape in properties.items() if "string" in _types(shape)]
        given = {texts[0]: text.strip()} if texts else {}
    return {
        name: _converted(given[name], shape) if name in given else _default(shape)
        for name, shape in properties.items()
    }


def _given(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except ValueError:
        return {name: value.strip("\"'") for name, value in _PAIR.findall(text)}
    return parsed if isinstance(parsed, dict) else {}


def _types(shape: Mapping[str, Any]) -> list[str]:
    found = shape.get("type")
    if isinstance(found, str):
        return [found]
    return list(found or [kind for option in shape.get("anyOf", ()) for kind in _types(option)])


def _converted(value: Any, shape: Mapping[str, Any]) -> Any:
    if not isinstance(value, str) or "string" in _types(shape):
        return value
    try:
        return json.loads(value.lower() if value in ("True", "False", "None") else value)
    except ValueError:
        return value


def _default(shape: Mapping[str, Any]) -> Any:
    if "default" in shape:
        return shape["default"]
    if shape.get("enum"):
        return shape["enum"][0]
    types = _types(shape)
    if "null" in types:
        return None
    if "object" in types:
        return arguments_for(shape, "")
    empty: dict[str, Any] = {"integer": 0, "number": 0, "boolean": False, "array": []}
    return next((empty[kind] for kind in types if kind in empty), "")
