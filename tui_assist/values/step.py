"""A model step: what a model takes and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from tui_assist.values.calls import Item, ToolSpec

if TYPE_CHECKING:
    from tui_assist.events import Event


@dataclass(frozen=True, slots=True)
class Create:
    """Ask for a new response to the items of a conversation."""

    session: str
    turn: str
    items: tuple[Item, ...]  # the lossless conversation; `model` translates it for its server
    instructions: str
    tools: tuple[ToolSpec, ...]
    origins: tuple[str, ...] = ()  # who made each item, "provider/model"; "" the person, () unknown


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on reading a response that runs on the server."""

    session: str
    turn: str
    response_id: str
    after: int  # the last sequence number seen


Source = Create | Resume


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one response; None where the server does not say."""

    input: int | None = None
    cached: int | None = None
    output: int | None = None
    reasoning: int | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """How one response ended. Its calls run only when `status` is "completed"."""

    status: Literal["completed", "incomplete", "failed", "cut"]
    items: tuple[Item, ...]  # finished items in output order, as received
    id: str = ""
    model: str = ""  # as the server names it
    usage: Usage = Usage()
    reason: str = ""  # why incomplete, failed or cut, for the person
    partial: str = ""  # text of a message that never finished
    last_sequence: int | None = None


class Model(Protocol):
    """A model behind a provider."""

    @property
    def provider(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def context_window(self) -> int | None:
        """Tokens; None when not known."""
        ...

    async def respond(self, source: Source, emit: "Callable[[Event], None]") -> Response:
        """One response, its deltas emitted as they arrive.

        Retries by itself, visibly (`Retrying`), what waiting can cure. Raises ModelError for what it
        cannot. Cancelling closes the connection.
        """
        ...

    async def close(self) -> None: ...
