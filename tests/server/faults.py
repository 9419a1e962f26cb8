"""What goes wrong on a wire, one value each.

A fault changes how one request is answered, never the script.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tui_assist.practice.reply import Record


@dataclass(frozen=True, slots=True)
class Refuse:
    """An HTTP error before any record. `body` may be a JSON value or text."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChatOnly:
    """The server knows chat completions alone: 404 on every request for a response."""


@dataclass(frozen=True, slots=True)
class Html:
    """A proxy's page with status 200."""

    page: str = "<!doctype html><title>Sign in</title><p>Please sign in."


@dataclass(frozen=True, slots=True)
class Disconnect:
    """The connection drops before record `at`, 0-based, without an end of the body."""

    at: int


@dataclass(frozen=True, slots=True)
class Truncate:
    """The body ends cleanly before record `at`; -1 is the terminal record."""

    at: int = -1


@dataclass(frozen=True, slots=True)
class HalfLine:
    """The body ends cleanly in the middle of record `at`."""

    at: int


@dataclass(frozen=True, slots=True)
class BadJson:
    """Record `at` is no JSON; the others follow."""

    at: int


@dataclass(frozen=True, slots=True)
class Stall:
    """Nothing more comes from record `at` on, and the connection stays open."""

    at: int


@dataclass(frozen=True, slots=True)
class SplitUtf8:
    """Every write ends inside a character of several bytes, where there is one."""


@dataclass(frozen=True, slots=True)
class OneByte:
    """Every byte in a chunk of its own."""


@dataclass(frozen=True, slots=True)
class MissingIndices:
    """No `output_index`, `content_index` or `sequence_number`."""


@dataclass(frozen=True, slots=True)
class RotatingIds:
    """Another item id in every record."""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Every record that is no delta comes twice."""


@dataclass(frozen=True, slots=True)
class NestedError:
    """`{type: error, error: {…}}` before record `at`, then `response.failed`, as OpenAI streams it."""

    at: int
    code: str = "server_error"
    message: str = "The server had an error."


@dataclass(frozen=True, slots=True)
class FlatError:
    """`{type: error, code, message}` before record `at`, then nothing."""

    at: int
    code: str = "server_error"
    message: str = "The server had an error."


@dataclass(frozen=True, slots=True)
class ResponseFailed:
    """`response.failed` instead of the terminal record."""

    code: str = "server_error"
    message: str = "The server had an error."


@dataclass(frozen=True, slots=True)
class Incomplete:
    """`response.incomplete` before record `at`, -1 instead of the terminal record; drafts stay unfinished."""

    reason: str = "max_output_tokens"
    at: int = -1


Whole = SplitUtf8 | OneByte | MissingIndices | RotatingIds | Duplicates | Incomplete
"""Faults after which the response has ended all the same: the script goes on."""

Fault = (
    Refuse
    | ChatOnly
    | Html
    | Disconnect
    | Truncate
    | HalfLine
    | BadJson
    | Stall
    | NestedError
    | FlatError
    | ResponseFailed
    | Whole
)


def spoiled(fault: Fault | None, records: Iterator[Record]) -> Iterator[Record]:
    """The records as that fault would have them; faults of bytes and connections change none."""
    match fault:
        case MissingIndices():
            return map(without_indices, records)
        case RotatingIds():
            return (rotated(record, number) for number, record in enumerate(records))
        case Duplicates():
            return (twice for record in records for twice in copies(record))
        case NestedError(at, code, message):
            nested: Record = {
                "type": "error",
                "error": {"type": "server_error", "code": code, "message": message},
            }
            return ending(
                records, at, nested, "response.failed", {"error": {"code": code, "message": message}}
            )
        case FlatError(at, code, message):
            error: Record = {"type": "error", "code": code, "message": message, "param": None}
            return iter([*islice(records, at), error])
        case ResponseFailed(code, message):
            return ending(records, -1, None, "response.failed", {"error": {"code": code, "message": message}})
        case Incomplete(reason, at):
            return ending(
                records, at, None, "response.incomplete", {"incomplete_details": {"reason": reason}}
            )
        case _:
            return records


def without_indices(record: Record) -> Record:
    dropped = ("output_index", "content_index", "summary_index", "sequence_number")
    return {name: value for name, value in record.items() if name not in dropped}


def rotated(record: Record, number: int) -> Record:
    changed = dict(record)
    if "item_id" in changed:
        changed["item_id"] = f"{changed['item_id']}_{number}"
    if "id" in changed.get("item", {}):
        changed["item"] = {**changed["item"], "id": f"{changed['item']['id']}_{number}"}
    return changed


def copies(record: Record) -> tuple[Record, ...]:
    return (record,) if record["type"].endswith(".delta") else (record, record)


def ending(
    records: Iterator[Record], at: int, error: Record | None, terminal: str, why: Mapping[str, Any]
) -> Iterator[Record]:
    """The first `at` records, then another end of the response."""
    sent = [*records]
    last = sent[-1]["response"]
    sent = sent[:at]
    output = [record["item"] for record in sent if record["type"] == "response.output_item.done"]
    yield from sent
    if error is not None:
        yield error
    status = terminal.removeprefix("response.")
    response = {**last, "status": status, "output": output, **why}
    yield {"type": terminal, "sequence_number": len(sent) + 1, "response": response}
