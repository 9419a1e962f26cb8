"""Runs one function of a person's tool file: the main program of a process of its own.

Started as a script by `functions`, never imported by the assistant. The call comes as JSON on standard
input; the answer goes as JSON to descriptor 3, so that the function may print what it likes.
"""

import asyncio
import enum
import inspect
import json
import os
import sys
import traceback
import types
import typing

ANSWER = 3  # the descriptor


def main() -> int:
    os.set_inheritable(ANSWER, False)  # what the function starts has no part in the answer
    call = json.load(sys.stdin)
    try:
        answer = {"value": _plain(_run(call))}
        status = 0
    except BaseException as error:
        traceback.print_exc()
        answer = {"error": f"{type(error).__name__}: {error}"}
        status = 1
    sys.stdout.flush()
    with open(ANSWER, "w", encoding="utf-8") as stream:
        json.dump(answer, stream)
    return status


def _run(call: dict[str, typing.Any]) -> object:
    module = types.ModuleType("tool")
    module.__file__ = call["path"]
    sys.modules["tool"] = module  # dataclasses and type hints look their module up here
    exec(compile(call["source"].encode("latin-1"), call["path"], "exec"), module.__dict__)
    function = getattr(module, call["function"])
    hints = typing.get_type_hints(function)
    arguments = {name: _as_hinted(value, hints.get(name)) for name, value in call["arguments"].items()}
    value = function(**arguments)
    return asyncio.run(_awaited(value)) if inspect.isawaitable(value) else value


async def _awaited(value: typing.Awaitable[object]) -> object:
    return await value


def _as_hinted(value: object, hint: object) -> object:
    """JSON's value as the function expects it: members of an Enum, floats; the rest as it is."""
    if value is None:
        return None
    if hint is float and isinstance(value, int):
        return float(value)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return hint(value)
    inner = [one for one in typing.get_args(hint) if one is not type(None)]
    origin = typing.get_origin(hint)
    if origin is list and isinstance(value, list):
        return [_as_hinted(one, inner[0]) for one in value]
    if origin in (typing.Union, types.UnionType):
        return _as_hinted(value, inner[0])
    return value


def _plain(value: object) -> object:
    """`value` when JSON can hold it, else its text."""
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return str(value)
    return value


if __name__ == "__main__":
    sys.exit(main())
