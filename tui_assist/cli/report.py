"""Renders the effective configuration with the origin of every value. Shows no header, query value or key."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tui_assist.config.locate import Key, join_key
from tui_assist.config.settings import Config, Origin
from tui_assist.config.shape import leaves
from tui_assist.secrets import HIDDEN
from tui_assist.values.visible import visible

_DEFAULT = Origin("default")
_WIDEST = 60  # characters of a value in the text form; the JSON form has all of it


@dataclass(frozen=True, slots=True)
class _Row:
    key: Key
    value: str | int | float | bool | None
    origin: Origin


def as_text(config: Config) -> str:
    """One aligned line a setting, grouped by table.

    Of providers that are not in use only what somebody set; the JSON form has everything.
    """
    rows = [row for row in _rows(config) if _worth_showing(row, config)]
    table = [(join_key(row.key), _show(row.value), str(row.origin)) for row in rows]
    widths = [max(len(line[column]) for line in table) for column in (0, 1)]
    lines: list[str] = []
    last: Key | None = None
    for row, (key, value, origin) in zip(rows, table, strict=True):
        group = row.key[:2] if row.key[0] == "providers" else row.key[:-1]
        if last is not None and group != last:
            lines.append("")
        last = group
        lines.append(visible(f"{key:{widths[0]}}  {value:{widths[1]}}  {origin}"))
    return "\n".join(lines)


def as_json(config: Config) -> str:
    """`{"settings": {KEY: {"value", "source", "line"}}}` with every setting there is."""
    settings = {
        join_key(row.key): {"value": row.value, "source": row.origin.source, "line": row.origin.line}
        for row in _rows(config)
    }
    return json.dumps({"v": 1, "settings": settings}, indent=1)


def _rows(config: Config) -> Iterator[_Row]:
    for key, value in leaves(config):
        # Servers take keys in headers and queries too.
        shown = HIDDEN if key[:1] == ("providers",) and key[2] in ("headers", "query") else value
        yield _Row(key, shown, config.origins.get(join_key(key), _DEFAULT))


def _worth_showing(row: _Row, config: Config) -> bool:
    if row.key[0] != "providers":
        return True
    return row.key[1] == config.provider or row.origin != _DEFAULT


def _show(value: str | int | float | bool | None) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str) or value == HIDDEN:
        return str(value)
    line = " ".join(value.split())
    short = line if len(line) <= _WIDEST else line[: _WIDEST - 1] + "…"
    return f'"{short}"'
