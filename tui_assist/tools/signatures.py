"""Reads tool signatures out of Python source, as strict JSON schemas. Executes nothing of it."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tui_assist.errors import ToolError, UserError
from tui_assist.tools import arguments

_PLAIN = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_ENUMS = {"Enum", "StrEnum", "IntEnum"}
_LONGEST_DESCRIPTION = 400  # characters

Schema = dict[str, Any]
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    schema: Schema
    optional: bool  # it has a default: null leaves it to the function


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    description: str
    parameters: tuple[Parameter, ...]

    @property
    def schema(self) -> Schema:
        return arguments.schema(**{one.name: one.schema for one in self.parameters})

    def parse(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments to call with. Raises ToolError for what the schema does not allow."""
        unknown = sorted(set(given) - {one.name for one in self.parameters})
        if unknown:
            raise ToolError(f"{self.name} has no parameter {unknown[0]!r}")
        found = {}
        for parameter in self.parameters:
            value = given.get(parameter.name)
            if value is None and parameter.optional:
                continue
            _check(value, parameter.schema, parameter.name)
            found[parameter.name] = value
        return found


def read_signatures(source: bytes, path: str) -> list[Signature]:
    """A signature for each public function at the top of the file.

    Raises UserError with path and line for what cannot become a tool.
    """
    try:
        tree = ast.parse(source, path)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None) or 1
        raise UserError(f"{path}:{line}: this is no Python that can be read: {error}") from error
    reader = _Reader(path, dict(_enums(tree)))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [reader.signature(node) for node in functions if not node.name.startswith("_")]


def _enums(tree: ast.Module) -> Iterator[tuple[str, list[Any]]]:
    """The Enum classes of the file with their literal values."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and _ENUMS & {_name(base) for base in node.bases}:
            values = [one.value for one in node.body if isinstance(one, ast.Assign)]
            yield node.name, [value.value for value in values if isinstance(value, ast.Constant)]


class _Reader:
    def __init__(self, path: str, enums: dict[str, list[Any]]) -> None:
        self._path = path
        self._enums = enums

    def signature(self, node: _Function) -> Signature:
        given = node.args
        if given.posonlyargs or given.vararg or given.kwarg:
            raise self._error(node, f"{node.name}: only plain named parameters can be called by a model")
        without = len(given.args) - len(given.defaults)
        defaults: list[ast.expr | None] = [*[None] * without, *given.defaults]
        pairs = [*zip(given.args, defaults, strict=True)]
        pairs += zip(given.kwonlyargs, given.kw_defaults, strict=True)
        parameters = tuple(self._parameter(node.name, arg, default) for arg, default in pairs)
        text = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
        return Signature(node.name, text[:_LONGEST_DESCRIPTION], parameters)

    def _parameter(self, function: str, arg: ast.arg, default: ast.expr | None) -> Parameter:
        if arg.annotation is None:
            raise self._error(arg, f"{function}: parameter {arg.arg} has no type; write `{arg.arg}: str`")
        schema = self._schema(arg.annotation)
        return Parameter(arg.arg, schema if default is None else _nullable(schema), default is not None)

    def _schema(self, node: ast.expr) -> Schema:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):  # a quoted annotation
            try:
                return self._schema(ast.parse(node.value, mode="eval").body)
            except SyntaxError:
                raise self._unknown(node) from None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self._union(node, [node.left, node.right])
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        name = _name(node)
        if name in _PLAIN:
            return {"type": _PLAIN[name]}
        if self._enums.get(name):
            return _choice(self._enums[name])
        if name == "list":
            raise self._error(node, "a list needs the type of its items: list[str]")
        raise self._unknown(node)

    def _subscript(self, node: ast.Subscript) -> Schema:
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        match _name(node.value):
            case "list" | "List":
                return {"type": "array", "items": self._schema(inner[0])}
            case "Optional":
                return _nullable(self._schema(inner[0]))
            case "Union":
                return self._union(node, inner)
            case "Literal":
                values = [one.value for one in inner if isinstance(one, ast.Constant)]
                if len(values) == len(inner) and all(isinstance(value, str | int) for value in values):
                    return _choice(values)
        raise self._unknown(node)

    def _union(self, node: ast.expr, members: list[ast.expr]) -> Schema:
        """Only `T | None`: a function tool's schema has no other unions."""
        kept = [one for one in members if not (isinstance(one, ast.Constant) and one.value is None)]
        if len(kept) != 1 or len(members) != 2:
            raise self._unknown(node)
        return _nullable(self._schema(kept[0]))

    def _unknown(self, node: ast.expr) -> UserError:
        known = "str, int, float, bool, list[…], Literal[…], an Enum of this file, or one of them | None"
        return self._error(node, f"{ast.unparse(node)} is no type a tool can take; use {known}")

    def _error(self, node: ast.expr | ast.arg | _Function, text: str) -> UserError:
        return UserError(f"{self._path}:{node.lineno}: {text}")


def _name(node: ast.expr) -> str:
    """`Literal` for both `Literal` and `typing.Literal`."""
    match node:
        case ast.Name(name):
            return name
        case ast.Attribute(_, name):
            return name
    return ""


def _choice(values: list[Any]) -> Schema:
    types = sorted({"string" if isinstance(value, str) else "integer" for value in values})
    return {"type": types[0] if len(types) == 1 else types, "enum": values}


def _nullable(schema: Schema) -> Schema:
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    found = schema | {"type": [*types, "null"] if "null" not in types else types}
    if "enum" in schema and None not in schema["enum"]:
        found["enum"] = [*schema["enum"], None]
    return found


def _check(value: object, schema: Schema, where: str) -> None:
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is(value, one) for one in types):
        raise ToolError(f"{where}: expected {' or '.join(types)}, got {arguments.shown(value)}")
    if "enum" in schema and value not in schema["enum"]:
        raise ToolError(f"{where}: expected one of {schema['enum']}, got {arguments.shown(value)}")
    if isinstance(value, list):
        for number, one in enumerate(value, 1):
            _check(one, schema["items"], f"{where}, item {number}")


def _is(value: object, type_: str) -> bool:
    match type_:
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "string":
            return isinstance(value, str)
        case _:
            return isinstance(value, list)
