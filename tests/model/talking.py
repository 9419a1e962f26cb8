"""What the tests of the client share: a conversation of two steps with a scripted server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.server import ScriptedServer
from tui_assist.config.settings import Kind, ProviderSettings, RequestSettings
from tui_assist.events import Event
from tui_assist.model.client import ResponsesModel
from tui_assist.values.calls import Item, ToolSpec
from tui_assist.values.step import Create, Response

STRINGS = {"type": "array", "items": {"type": "string"}}
TOOLS = (
    ToolSpec("shell", "Runs commands.", {"type": "object", "properties": {"commands": STRINGS}}, "shell"),
    ToolSpec(
        "apply_patch",
        "Changes files.",
        {"type": "object", "properties": {"patch": {"type": "string"}}},
        "apply_patch",
    ),
    ToolSpec("read_file", "Reads a file.", {"type": "object", "properties": {"path": {"type": "string"}}}),
)

ANSWERS = {
    "function_call": ("function_call_output", "ok"),
    "custom_tool_call": ("custom_tool_call_output", "ok"),
    "apply_patch_call": ("apply_patch_call_output", "ok"),
    "shell_call": (
        "shell_call_output",
        [{"stdout": "ok\n", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}],
    ),
}


def user(text: str) -> Item:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def answers(response: Response) -> list[Item]:
    """An output for every call of the response."""
    made: list[Item] = []
    for item in response.items:
        if item["type"] in ANSWERS:
            kind, output = ANSWERS[item["type"]]
            status = {"status": "completed"} if kind == "apply_patch_call_output" else {}
            made.append({"type": kind, "call_id": item["call_id"], "output": output, **status})
    return made


class Talk:
    """One session with one model: keeps its items, its events and what it would have slept."""

    def __init__(self, server: ScriptedServer, kind: Kind, request: RequestSettings, **provider: Any) -> None:
        self.slept: list[float] = []
        self.events: list[Event] = []
        self.items: list[Item] = []
        settings = ProviderSettings(
            **{
                "name": "there",
                "kind": kind,
                "base_url": server.base_url,
                "base_model": "gpt-5.2",
                **provider,
            }
        )
        self.model = ResponsesModel(settings, "test-model", request, server.token, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def step(self, *items: Item) -> Response:
        """Adds `items`, asks for a response and keeps what it gives."""
        self.items += items
        source = Create("session", "turn", tuple(self.items), "Be careful.", TOOLS)
        response = await self.model.respond(source, self.events.append)
        self.items += response.items
        return response

    def of(self, kind: Any) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@asynccontextmanager
async def talking(
    server: ScriptedServer, kind: Kind = "openai", request: RequestSettings | None = None, **provider: Any
) -> AsyncIterator[Talk]:
    talk = Talk(server, kind, request or RequestSettings(), **provider)
    try:
        yield talk
    finally:
        await talk.model.close()
