"""Reads a call's arguments once, at the edge. Raises ToolError in words the model can act on."""

from collections.abc import Mapping
from typing import Any

from tui_assist.errors import ToolError

Arguments = Mapping[str, Any]


def text(arguments: Arguments, name: str) -> str:
    found = arguments.get(name)
    if isinstance(found, str):
        return found
    raise ToolError(f"{name}: expected text, got {shown(found)}")


def optional_text(arguments: Arguments, name: str) -> str | None:
    """None also for "": small models send it where they mean null."""
    return None if arguments.get(name) in (None, "") else text(arguments, name)


def optional_count(arguments: Arguments, name: str, least: int) -> int | None:
    found = arguments.get(name)
    if found is None:
        return None
    if isinstance(found, str) and found.isascii() and found.isdigit():  # small models quote numbers
        found = int(found[:9])
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int):
        raise ToolError(f"{name}: expected a whole number or null, got {shown(found)}")
    if found < least:
        raise ToolError(f"{name}: expected {least} or more, got {found}")
    return found


def flag(arguments: Arguments, name: str) -> bool:
    found = arguments.get(name)
    if found is None or isinstance(found, bool):
        return bool(found)
    raise ToolError(f"{name}: expected true or false, got {shown(found)}")


def shown(value: object) -> str:
    """A value as a short piece of a message."""
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def schema(**properties: Mapping[str, Any]) -> dict[str, Any]:
    """A strict JSON schema: every property required, no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
