"""The person's own functions as tools. Never imported here: each call runs in a process of its own.

A file is not even parsed before the person trusted its exact content, and what runs is that content.
"""

import hashlib
import json
import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui_assist.errors import UserError
from tui_assist.shell.output import BothEnds
from tui_assist.shell.run import Finished, run_command
from tui_assist.tools import child
from tui_assist.tools.arguments import shown
from tui_assist.tools.signatures import Signature, read_signatures
from tui_assist.values.asking import Decision, TextView
from tui_assist.values.calls import Access, Call, Outcome, Plan, Report, Status, ToolSpec
from tui_assist.values.content import Text

TIMEOUT_S = 120.0  # of one call
MAX_OUTPUT = 16_000  # characters of what a function returns, and of each stream it prints to
LARGEST_ANSWER = 4 * 1024 * 1024  # bytes read of what it returns
LARGEST_FILE = 1024 * 1024  # bytes of a tool file
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,63}", re.ASCII)

IsTrusted = Callable[[Path, str], bool]  # the file's real path and the SHA-256 of its content in hex


@dataclass(frozen=True, slots=True)
class Functions:
    """What a folder of tool files gives."""

    tools: tuple["FunctionTool", ...] = ()
    untrusted: tuple[Path, ...] = ()  # to be shown to the person, who may trust them
    errors: tuple[str, ...] = ()  # a sentence each, for the person


def load_functions(
    folder: Path,
    is_trusted: IsTrusted,
    *,
    directory: Path,
    spill_dir: Path,
    taken: frozenset[str] = frozenset(),
    timeout_s: float = TIMEOUT_S,
    environment: Mapping[str, str] | None = None,
) -> Functions:
    """A tool for each public function in the trusted `*.py` files of `folder`, in the order of their names.

    The functions run in `directory`. Names in `taken`, or used twice, are errors. Never raises: a file that
    is wrong costs its own tools only.
    """
    tools: dict[str, FunctionTool] = {}
    untrusted: list[Path] = []
    errors: list[str] = []
    for path in sorted(folder.glob("*.py")):
        try:
            source = _source(path)
            if not is_trusted(path.resolve(), hashlib.sha256(source).hexdigest()):
                untrusted.append(path)
                continue
            for signature in read_signatures(source, str(path)):
                _check_name(signature.name, path, taken | set(tools))
                tools[signature.name] = FunctionTool(
                    signature,
                    path,
                    source,
                    directory=directory,
                    spill_dir=spill_dir,
                    timeout_s=timeout_s,
                    environment=environment,
                )
        except OSError as error:
            errors.append(f"{path}: cannot be read: {error.strerror}")
        except UserError as error:
            errors.append(str(error))
    return Functions(tuple(tools.values()), tuple(untrusted), tuple(errors))


def _source(path: Path) -> bytes:
    if not path.is_file():
        raise UserError(f"{path} is not a regular file; only those become tools")
    if path.stat().st_size > LARGEST_FILE:
        raise UserError(f"{path} has more than {LARGEST_FILE:,} bytes; that is no tool file")
    return path.read_bytes()


def _check_name(name: str, path: Path, taken: frozenset[str]) -> None:
    if not _NAME.fullmatch(name):
        raise UserError(f"{path}: {name} is no name for a tool; use up to 64 letters, digits and _")
    if name in taken:
        raise UserError(f"{path}: there is a tool {name} already; give the function another name")


class FunctionTool:
    """One function of a trusted file."""

    together = False

    def __init__(
        self,
        signature: Signature,
        path: Path,
        source: bytes,
        *,
        directory: Path,
        spill_dir: Path,
        timeout_s: float = TIMEOUT_S,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._signature = signature
        self._path = path
        self._source = source
        self._directory = directory
        self._spill_dir = spill_dir
        self._timeout_s = timeout_s
        self._environment = environment
        self.spec = ToolSpec(signature.name, signature.description, signature.schema)

    async def plan(self, calls: tuple[Call, ...]) -> Plan:
        arguments = self._signature.parse(calls[0].arguments)
        name = self._signature.name
        short = ", ".join(f"{key}={shown(value)}" for key, value in arguments.items())
        whole = ",\n".join(f"    {key}={value!r}" for key, value in arguments.items())
        view = TextView(f"{name}(\n{whole}\n)" if whole else f"{name}()", "python")
        return Plan(
            calls,
            Access.FOREIGN,
            f"{name}({short})",
            view,
            remarks=(f"runs your own code from {self._path}, in a process of its own",),
            steps=arguments,
        )

    async def run(self, plan: Plan, decision: Decision, report: Report) -> Mapping[str, Outcome]:
        """Runs the function, at most for its time; cancelling ends it and what it started."""
        with tempfile.TemporaryDirectory(prefix="tui-assist-") as folder:
            call, answer = Path(folder, "call.json"), Path(folder, "answer.json")
            call.write_text(json.dumps(self._call(plan.steps)), encoding="utf-8")
            words = shlex.join([sys.executable, "-I", str(child.__file__)])
            finished = await run_command(
                f"exec {words} <{shlex.quote(str(call))} {child.ANSWER}>{shlex.quote(str(answer))}",
                directory=self._directory,
                timeout_s=self._timeout_s,
                max_output=MAX_OUTPUT,
                report=report,
                spill_dir=self._spill_dir,
                env=self._environment,
            )
            outcome = self._outcome(finished, _answer(answer))
        return {call.call_id: outcome for call in plan.calls}

    def _call(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "path": str(self._path),
            "source": self._source.decode("latin-1"),  # byte for byte: a file may declare an encoding
            "function": self._signature.name,
            "arguments": arguments,
        }

    def _outcome(self, finished: Finished, answer: Mapping[str, Any]) -> Outcome:
        name = self._signature.name
        if finished.timed_out:
            return self._failed(finished, f"{name} was ended after {self._timeout_s:g} s without an answer")
        if "error" in answer:
            return self._failed(finished, f"{name} failed: {answer['error']}")
        if "value" not in answer:
            return self._failed(finished, f"{name} ended without an answer, exit code {finished.exit_code}")
        text = _cut(_text(answer["value"], finished.stdout))
        return Outcome(
            Status.COMPLETED,
            (Text(text),),
            view=TextView(text),
            elapsed_s=finished.elapsed_s,
            spill=str(finished.spill) if finished.spill else None,
        )

    def _failed(self, finished: Finished, reason: str) -> Outcome:
        printed = finished.stdout + finished.stderr
        return Outcome(
            Status.FAILED,
            (Text(_cut(reason)),),
            "failed",
            TextView(f"{_cut(reason)}\n{printed}".rstrip()),
            elapsed_s=finished.elapsed_s,
            spill=str(finished.spill) if finished.spill else None,
        )

    async def close(self) -> None:
        """Holds nothing between calls."""


def _answer(path: Path) -> Mapping[str, Any]:
    """What the child wrote; empty when it wrote nothing that can be read."""
    try:
        with path.open("rb") as stream:
            found = json.loads(stream.read(LARGEST_ANSWER))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(value: object, printed: str) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return printed.rstrip("\n") or "done; it returned nothing"
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    ends = BothEnds(MAX_OUTPUT)
    ends.add(text)
    return ends.text()
