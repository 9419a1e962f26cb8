"""Sets one value in TOML text and leaves every other byte. Writes no file."""

import tomllib
from typing import Any

from tui_assist.config.locate import Key, Place, join_key, locate, quote, split_key
from tui_assist.errors import ConfigError

Plain = str | bool | int | float


def set_value(content: bytes, dotted_key: str | Key, value: Plain) -> bytes:
    """`content` with a key, dotted or in parts, set to `value`: at its old place or in its table.

    Give parts where a name may hold dots. Comments, order and line endings stay. Raises ConfigError
    when the file is no TOML or the key cannot be set in it, with the line to write by hand.
    """
    key = split_key(dotted_key) if isinstance(dotted_key, str) else dotted_key
    by_hand = f"{join_key(key)} = {_render(value)}"
    try:
        text = content.decode("utf-8")
        wanted = _with(tomllib.loads(text.removeprefix("\ufeff")), key, value)
        # A BOM is kept; it is no part of the TOML.
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        edited = mark + _edit(text.removeprefix("\ufeff"), key, _render(value))
        if tomllib.loads(edited.removeprefix("\ufeff")) != wanted:
            raise ValueError("the edit would change more than one value")
    except (ValueError, KeyError) as error:
        raise ConfigError(f"the config file cannot be changed: {error}; write by hand: {by_hand}") from error
    return edited.encode()


def _edit(text: str, key: Key, rendered: str) -> str:
    places = locate(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    here = places.get(key)
    if here is not None and not here.header:
        return text[: here.start] + rendered + text[here.end :]
    for depth in range(len(key) - 1, 0, -1):
        parent = places.get(key[:depth])
        if parent is None:
            continue
        if not parent.header and text[parent.start] == "{" and places.get(key[:depth]) == parent:
            return _into_braces(text, parent, f"{join_key(key[depth:])} = {rendered}")
        if parent.table == key[:depth] or not parent.header:
            return _into_table(text, places, parent.table, key, rendered, newline)
    if len(key) == 1:
        return _into_table(text, places, (), key, rendered, newline)
    start = text if not text or text.endswith("\n") else text + newline
    gap = newline if start.strip() else ""
    return f"{start}{gap}[{join_key(key[:-1])}]{newline}{key_line(key[-1:], rendered)}{newline}"


def key_line(key: Key, rendered: str) -> str:
    return f"{join_key(key)} = {rendered}"


def _into_braces(text: str, parent: Place, pair: str) -> str:
    inside = text[parent.start + 1 : parent.end - 1]
    joined = f"{inside.rstrip()}, {pair} " if inside.strip() else f" {pair} "
    return f"{text[: parent.start]}{{{joined}}}{text[parent.end :]}"


def _into_table(
    text: str, places: dict[Key, Place], table: Key, key: Key, rendered: str, newline: str
) -> str:
    """A line below the last pair that stands under the header `table`, or below the header itself."""
    line = key_line(key[len(table) :], rendered)
    ends = [place.end for place in places.values() if place.table == table]
    if not ends:  # no pair and no header: the first line of the file
        return f"{line}{newline}{text}"
    end = text.find("\n", max(ends))
    if end < 0:
        return f"{text}{newline}{line}{newline}"
    return f"{text[: end + 1]}{line}{newline}{text[end + 1 :]}"


def _with(table: dict[str, Any], key: Key, value: Plain) -> dict[str, Any]:
    below = table
    for name in key[:-1]:
        below = below.setdefault(name, {})
        if not isinstance(below, dict):
            raise ValueError(f"{name} is no table")
    if isinstance(below.get(key[-1]), dict):
        raise ValueError(f"{join_key(key)} is a table")
    below[key[-1]] = value
    return table


def _render(value: Plain) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return quote(value) if isinstance(value, str) else repr(value)
