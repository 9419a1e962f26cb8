"""The open items of one response, found by whatever a server gives: index, id or kind. Emits nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tui_assist.values.calls import Item

CALLS = frozenset(
    {
        "function_call",
        "custom_tool_call",
        "shell_call",
        "apply_patch_call",
        "local_shell_call",
        "computer_call",
    }
)
"""Item types the client answers; what counts for them is the finished item alone."""


def text_of(record: Mapping[str, Any], name: str) -> str:
    """The field as text; "" when it is missing, null or of another type."""
    value = record.get(name)
    return value if isinstance(value, str) else ""


def mapping_of(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def list_of(record: Mapping[str, Any], name: str) -> list[Any]:
    value = record.get(name)
    return value if isinstance(value, list) else []


def number_of(record: Mapping[str, Any], name: str) -> int | None:
    value = record.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def message_text(item: Item) -> str:
    """What a message or refusal says, its parts joined."""
    content = item.get("content")
    if isinstance(content, str):
        return content
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    return "".join(text_of(part, "text") or text_of(part, "refusal") for part in parts)


def reasoning_text(item: Item) -> str:
    """The summary of a reasoning item, else its raw text, its parts as paragraphs."""
    for name in ("summary", "content"):
        parts = [text_of(part, "text") for part in list_of(item, name) if isinstance(part, dict)]
        if any(parts):
            return "\n\n".join(parts)
    return ""


def same(one: Item, other: Item) -> bool:
    """Whether two items are the same one told twice, by call id, id, or all they say but their id."""
    if one.get("type") != other.get("type"):
        return False
    if text_of(one, "call_id") or text_of(other, "call_id"):
        return one.get("call_id") == other.get("call_id")
    if text_of(one, "id") and one.get("id") == other.get("id"):
        return True
    return {**one, "id": ""} == {**other, "id": ""}


@dataclass(slots=True)
class Draft:
    """An item while it streams in. The only mutable thing of a step."""

    key: str
    type: str
    index: int | None = None
    id: str = ""
    tool: str = ""
    parts: dict[tuple[str, int], list[str]] = field(default_factory=dict)  # pieces by field and part index
    item: Item | None = None  # once it is finished

    @property
    def text(self) -> str:
        return "".join(piece for pieces in self.parts.values() for piece in pieces)


class Drafts:
    """The items of one response in the order they appeared."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._all: list[Draft] = []

    def find(self, record: Mapping[str, Any], type: str = "", id: str = "") -> Draft | None:
        """The draft a record names: by index, else by id. Ids rotate on some servers, so the index wins."""
        index = number_of(record, "output_index")
        fitting = [draft for draft in reversed(self._all) if not type or draft.type == type]
        if index is not None:
            for draft in fitting:
                if draft.index == index:
                    return draft
        for draft in fitting:
            if id and draft.id == id and (index is None or draft.index is None):
                return draft
        return None

    def only_open(self, record: Mapping[str, Any], type: str) -> Draft | None:
        """The single open draft of a type, for records that name nothing we know."""
        indexed = number_of(record, "output_index") is not None
        fitting = [draft for draft in self.unfinished() if draft.type == type]
        fitting = [draft for draft in fitting if not indexed or draft.index is None]
        return fitting[0] if len(fitting) == 1 else None

    def open(self, record: Mapping[str, Any], type: str, id: str = "") -> Draft:
        draft = Draft(f"{self._prefix}.{len(self._all)}", type, number_of(record, "output_index"), id)
        self._all.append(draft)
        return draft

    def finished(self) -> list[Draft]:
        return [draft for draft in self._all if draft.item is not None]

    def unfinished(self) -> list[Draft]:
        return [draft for draft in self._all if draft.item is None]

    def arrange(self, output: list[Item]) -> None:
        """Puts finished items in the order of the terminal record; what it leaves out keeps its place."""
        order = [next((d for d in self._all if d.item and same(d.item, item)), None) for item in output]
        told = list({draft.key: draft for draft in order if draft is not None}.values())
        places = sorted(self._all.index(draft) for draft in told)
        for place, draft in zip(places, told, strict=True):
            self._all[place] = draft
