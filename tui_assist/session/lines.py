"""The line: what a session is made of, in memory and on disk. Knows the shape, not the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

VERSION = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One thing a session keeps. Its parent is the line before it on its path."""

    id: str
    parent: str | None
    at: float  # seconds since the epoch
    kind: Literal["item", "fact"]
    name: str  # a fact's name; "" for an item
    value: Mapping[str, Any]  # an item's wire dict, or a fact's fields


def to_record(line: Line) -> dict[str, Any]:
    """The JSON object of a line: `{v, id, parent, at, kind, item}` or `{…, fact, value}`."""
    head = {"v": VERSION, "id": line.id, "parent": line.parent, "at": line.at, "kind": line.kind}
    if line.kind == "item":
        return head | {"item": line.value}
    return head | {"fact": line.name, "value": line.value}


def from_record(record: Any) -> Line | None:
    """The line of a JSON object, or None when it is not one we can read."""
    match record:
        case {
            "v": int(version),
            "id": str(id),
            "parent": (str() | None) as parent,
            "at": (int() | float()) as at,
            "kind": "item",
            "item": dict(item),
        } if version <= VERSION:
            return Line(id, parent, float(at), "item", "", item)
        case {
            "v": int(version),
            "id": str(id),
            "parent": (str() | None) as parent,
            "at": (int() | float()) as at,
            "kind": "fact",
            "fact": str(name),
            "value": dict(value),
        } if version <= VERSION:
            return Line(id, parent, float(at), "fact", name, value)
        case _:
            return None
