"""Makes the tool definitions a server understands out of tool specs. Invents no tool and runs none."""

from collections.abc import Sequence
from typing import Any

from tui_assist.model.profiles import Profile
from tui_assist.values.calls import ToolSpec

_NATIVE: dict[str, dict[str, Any]] = {
    "apply_patch": {"type": "apply_patch"},
    "shell": {"type": "shell", "environment": {"type": "local"}},
}


def definitions(tools: Sequence[ToolSpec], profile: Profile) -> list[dict[str, Any]]:
    """The wire's tool list: the typed tool where the profile has it, a strict function tool elsewhere.

    Sorted by name, so that the same tools are the same bytes and the server's prompt cache holds.
    """
    return [_definition(tool, profile) for tool in sorted(tools, key=lambda tool: tool.name)]


def _definition(tool: ToolSpec, profile: Profile) -> dict[str, Any]:
    if tool.native and tool.native in profile.native:
        return dict(_NATIVE[tool.native])
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": _strict(tool.parameters),
        "strict": True,
    }


def _strict(schema: Any) -> Any:
    """`schema` with every object closed and all its properties required, as strict mode demands."""
    if isinstance(schema, (list, tuple)):
        return [_strict(each) for each in schema]
    if not hasattr(schema, "items"):
        return schema
    closed = {key: _strict(value) for key, value in schema.items()}
    if schema.get("type") == "object":
        closed.setdefault("properties", {})
        closed["required"] = list(closed["properties"])
        closed["additionalProperties"] = False
    return closed
