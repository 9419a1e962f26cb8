"""Calls, plans and outcomes, and the two steps every tool has."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

from tui_assist.values.asking import Decision, View
from tui_assist.values.content import Parts
from tui_assist.values.patch import Placed, Repair

Item = Mapping[str, Any]
"""A response item: the plain dict the wire uses. Never changed in place."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the model, whatever item type it came in as."""

    call_id: str
    tool: str  # the tool's name: "shell", "apply_patch", "read_file", …
    arguments: Mapping[str, Any]
    item: Item
    placed: tuple[Placed, ...] = ()  # hunks of it that matched nowhere, where a person put them


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """What the model is told about a tool. `model` makes the wire definition a server understands."""

    name: str
    description: str
    parameters: Mapping[str, Any]  # JSON schema, strict: every property required, no others
    native: Literal["apply_patch", "shell"] | None = None  # the typed tool to offer where there is one


class Access(StrEnum):
    """What a plan touches; `approval` judges by it."""

    READ = "read"  # files inside the roots that hold no secrets
    OUTSIDE = "outside"  # reading a secret, or something outside the roots: asks
    EDIT = "edit"
    COMMAND = "command"
    FOREIGN = "foreign"  # a person's own tool: asks


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen, found out by reading only. `Tool.run` does exactly this."""

    calls: tuple[Call, ...]
    access: Access
    title: str  # one line for cards and the tray: `search "add("`, `3 files, 4 hunks, 1 not exact`
    view: View
    reasons: tuple[str, ...] = ()  # why no mode may let it through: "outside the root", "protected: .github"
    remarks: tuple[str, ...] = ()  # what the reader should know, though it keeps no mode from allowing it
    failures: Mapping[str, str] = field(default_factory=dict)  # call id → why that call cannot run
    repairs: Mapping[str, Repair] = field(default_factory=dict)  # call id → what would mend its failure
    steps: Any = None  # the tool's own, opaque to everyone else


class Status(StrEnum):
    COMPLETED = "completed"
    FAILED = "failed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class CommandResult:
    command: str
    stdout: str
    stderr: str
    exit_code: int | None  # None: ended by timeout or cancel
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one call: `content` for the model, `view` for the screen."""

    status: Status
    content: Parts
    summary: str = ""  # a few words for the right edge: "14 matches in 5 files"
    view: View | None = None
    commands: tuple[CommandResult, ...] = ()  # shell only: one each command that ran
    elapsed_s: float | None = None
    spill: str | None = None  # path of the file with a command's full output
    patch: str | None = None  # unified diff of what was written, for the record


Report = Callable[[str, Literal["stdout", "stderr"]], None]
"""Live output of a running call, as it arrives."""


class Tool(Protocol):
    """Two steps: `plan` only reads and says what would happen, `run` does exactly that."""

    @property
    def spec(self) -> ToolSpec: ...

    @property
    def together(self) -> bool:
        """Whether all calls of one response are one plan (patches) or each its own."""
        ...

    async def plan(self, calls: tuple[Call, ...]) -> Plan:
        """Reads only. Raises ToolError when none of `calls` can be planned and no repair would help."""
        ...

    async def run(self, plan: Plan, decision: Decision, report: Report) -> Mapping[str, Outcome]:
        """Does what was planned, as decided; an outcome for every call id that is not in `plan.failures`.

        Raises StalePlan before anything was done when the world no longer is as planned, ToolError
        for the model. Cancelling is an ordinary path: whatever was started is ended first.
        """
        ...

    async def close(self) -> None: ...


ToolSet = Sequence[Tool]
