"""Reads plain values into what a setting's type hint asks for. Knows no setting by name."""

import dataclasses
import math
import types
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from tui_assist.config.locate import Key
from tui_assist.config.settings import Config, ProviderSettings

ANY_NAME = "NAME"  # stands for a person's own name in a key of the schema

_NOT_SETTABLE = {Config: {"origins"}, ProviderSettings: {"name"}}


class Mistyped(Exception):
    """The value does not fit; `accepted` says what would."""

    def __init__(self, accepted: str) -> None:
        super().__init__(accepted)
        self.accepted = accepted


@cache
def fields_of(kind: type) -> dict[str, Any]:
    """The settable fields of a settings class with their hints, in order."""
    hints = get_type_hints(kind)
    hidden = _NOT_SETTABLE.get(kind, set())
    return {field.name: hints[field.name] for field in dataclasses.fields(kind) if field.name not in hidden}


def inner(hint: Any) -> Any:
    """What stands under the keys of a `Mapping[str, …]`; None for every other hint."""
    return get_args(hint)[1] if get_origin(hint) is Mapping else None


def is_table(hint: Any) -> bool:
    return dataclasses.is_dataclass(hint) or inner(hint) is not None


def known_keys(hint: Any = Config, prefix: Key = ()) -> Iterator[Key]:
    """Every key there is, `ANY_NAME` standing for names a person chooses."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        for name, below in fields_of(hint).items():
            yield from known_keys(below, (*prefix, name))
    elif inner(hint) is not None:
        yield from known_keys(inner(hint), (*prefix, ANY_NAME))
    else:
        yield prefix


def leaves(value: Any, prefix: Key = ()) -> Iterator[tuple[Key, Any]]:
    """A settings value taken apart: every key with its plain value."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for name in fields_of(type(value)):
            yield from leaves(getattr(value, name), (*prefix, name))
    elif isinstance(value, Mapping):
        for name, below in value.items():
            yield from leaves(below, (*prefix, name))
    else:
        yield prefix, value


def read(hint: Any, value: object, *, seconds: bool = False) -> object:
    """`value` as `hint` wants it: a text for an enum becomes the enum, a whole number a float.

    Raises Mistyped. Whole numbers start at 1 and others at 0, `seconds` above 0: no setting of ours
    has a use for less.
    """
    hint = _without_none(hint)
    accepted = describe(hint, seconds=seconds)
    if get_origin(hint) is Literal:
        if value in get_args(hint) and isinstance(value, str):
            return value
        raise Mistyped(accepted)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        if isinstance(value, str) and value in list(hint):
            return hint(value)
        raise Mistyped(accepted)
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
        if math.isfinite(number) and (number > 0 or (number == 0 and not seconds)):
            return number
    elif hint is int and isinstance(value, int) and not isinstance(value, bool):
        if value >= 1:
            return value
    elif hint in (bool, str) and isinstance(value, hint):
        return value
    raise Mistyped(accepted)


def words_of(hint: Any) -> tuple[str, ...]:
    """The words a setting chooses from; () when it takes anything."""
    hint = _without_none(hint)
    if get_origin(hint) is Literal:
        return tuple(str(word) for word in get_args(hint))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return tuple(str(word) for word in hint)
    return ()


def describe(hint: Any, *, seconds: bool = False) -> str:
    """What a setting takes, in words."""
    hint = _without_none(hint)
    if words := [f'"{word}"' for word in words_of(hint)]:
        return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
    if is_table(hint):
        return "a table"
    if hint is float:
        return "a number of seconds above 0" if seconds else "a number, 0 or more"
    return {str: "text", bool: "true or false", int: "a whole number, 1 or more"}[hint]


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in (Union, types.UnionType):
        return hint
    (kept,) = [part for part in get_args(hint) if part is not types.NoneType]
    return kept
