"""What happened, as frozen dataclasses: the whole vocabulary is the union `Event`.

Every event carries its session and its turn. Events are the only thing that travels up to a face.
"""

from dataclasses import dataclass
from typing import Literal

from tui_assist.errors import Fault
from tui_assist.values.asking import Decision, Request, View
from tui_assist.values.calls import Item, Outcome
from tui_assist.values.content import Prompt
from tui_assist.values.step import Usage


@dataclass(frozen=True, slots=True)
class Happened:
    session: str
    turn: str


@dataclass(frozen=True, slots=True)
class TurnStarted(Happened):
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class StepStarted(Happened):
    number: int  # 1-based in its turn


@dataclass(frozen=True, slots=True)
class ResponseStarted(Happened):
    response_id: str


@dataclass(frozen=True, slots=True)
class TextDelta(Happened):
    key: str  # which open message, stable within a step
    text: str


@dataclass(frozen=True, slots=True)
class TextDone(Happened):
    """The message's whole text: replaces what the deltas said."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta(Happened):
    key: str
    text: str
    summary: bool  # a summary for reading, or the raw reasoning text


@dataclass(frozen=True, slots=True)
class ReasoningDone(Happened):
    """The reasoning's whole text: replaces what the deltas said."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class CallStarted(Happened):
    """The model began to write a call. `path` is known early for a typed patch."""

    key: str
    tool: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class CallDelta(Happened):
    """A piece of a call's arguments, patch text, diff or command, as it streams in."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class ItemFinished(Happened):
    """A response item is whole. It is what the session keeps."""

    key: str
    item: Item


@dataclass(frozen=True, slots=True)
class HostedProgress(Happened):
    """A server-run item (web search, code interpreter, MCP …) moved on."""

    key: str
    type: str
    state: str


@dataclass(frozen=True, slots=True)
class Retrying(Happened):
    """The step failed and will be tried again; what was drafted is dropped."""

    attempt: int  # of the coming try, 2 or more
    wait_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class StepFinished(Happened):
    status: Literal["completed", "incomplete", "failed", "cut"]
    usage: Usage
    model: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CallPlanned(Happened):
    call_ids: tuple[str, ...]
    tool: str
    title: str
    view: View


@dataclass(frozen=True, slots=True)
class Asked(Happened):
    request: Request


@dataclass(frozen=True, slots=True)
class Decided(Happened):
    request_id: str
    call_ids: tuple[str, ...]
    decision: Decision


@dataclass(frozen=True, slots=True)
class CallRunning(Happened):
    call_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallOutput(Happened):
    """Live output of a running call."""

    call_id: str
    text: str
    stream: Literal["stdout", "stderr"]


@dataclass(frozen=True, slots=True)
class CallFinished(Happened):
    call_id: str
    tool: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Notice(Happened):
    """Something the person should know that is no error: a dropped setting, a repaired session."""

    text: str


@dataclass(frozen=True, slots=True)
class TurnFinished(Happened):
    """Control is back with the person. `failed` comes with the reason and what to do next."""

    status: Literal["completed", "interrupted", "failed"]
    reason: str = ""
    fault: Fault | None = None
    needed_asking: bool = False  # something was refused only because nobody could be asked


Event = (
    TurnStarted
    | StepStarted
    | ResponseStarted
    | TextDelta
    | TextDone
    | ReasoningDelta
    | ReasoningDone
    | CallStarted
    | CallDelta
    | ItemFinished
    | HostedProgress
    | Retrying
    | StepFinished
    | CallPlanned
    | Asked
    | Decided
    | CallRunning
    | CallOutput
    | CallFinished
    | Notice
    | TurnFinished
)
