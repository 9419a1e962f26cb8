"""A small assistant for the practice model: real tools over a folder, every request through the wire."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from tui_assist.errors import ToolError
from tui_assist.journal import About, Journal
from tui_assist.practice.rules import answer
from tui_assist.practice.wire import Brain, Server
from tui_assist.session import answer as answer_item
from tui_assist.tools.calls import parse_call
from tui_assist.tools.files import FindFiles, ReadFile
from tui_assist.tools.patching import ApplyPatch
from tui_assist.tools.search import Search
from tui_assist.tools.shell import ShellTool
from tui_assist.values.asking import Decision, DiffView, HunkDecision, Verdict
from tui_assist.values.calls import Call, Outcome, Status, Tool
from tui_assist.values.content import Text
from tui_assist.values.patch import Patch
from tui_assist.workspace import Workspace

Record = dict[str, Any]

GREETER = {
    "type": "function",
    "name": "greet",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "times": {"type": "integer"},
            "loud": {"type": ["boolean", "null"]},
        },
        "required": ["name", "times", "loud"],
        "additionalProperties": False,
    },
}


class Client:
    """One conversation. `decide` answers every patch; `patches` are those it was shown."""

    def __init__(self, server: Server, folder: Path, native: bool) -> None:
        self.items: list[Record] = []
        self.patches: list[Patch] = []
        self.calls: list[Call] = []
        self.decision = Decision(Verdict.ALLOW)
        self.missing: frozenset[str] = frozenset()  # tools not offered
        self._server = server
        self._native = native
        space = Workspace([folder])
        tools: list[Tool] = [Search(space), ReadFile(space), FindFiles(space), ShellTool(space, folder)]
        state = folder.parent / f"{folder.name}-state"
        about = About("s", "t", "say", "practice", "person")
        self._patching = ApplyPatch(space, Journal(state, space), lambda: about)
        self._tools = {tool.spec.name: tool for tool in tools}

    async def say(self, text: str) -> str:
        """One turn: what the model said in the end."""
        self.items.append(
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        )
        for _ in range(20):
            output = await self.step()
            self.items += output
            calls = [call for call in map(parse_call, output) if call is not None]
            if not calls:
                return said(output)
            self.calls += calls
            await self._carry_out(calls)
        raise AssertionError("the turn does not end")

    async def step(self) -> list[Record]:
        records = await exchange(self._server, {"input": self.items, "tools": self._offered()})
        output: list[Record] = records[-1]["response"]["output"]
        return output

    def _offered(self) -> list[Record]:
        offered: list[Record] = [GREETER]
        for tool in (*self._tools.values(), self._patching):
            native = tool.spec.native if self._native else None
            schema = dict(tool.spec.parameters)
            function = {"type": "function", "name": tool.spec.name, "strict": True, "parameters": schema}
            offered.append({"type": native} if native else function)
        return [tool for tool in offered if tool.get("name", tool["type"]) not in self.missing]

    async def _carry_out(self, calls: list[Call]) -> None:
        patches = [call for call in calls if call.tool == "apply_patch"]
        outcomes = await self._patch(patches)
        for call in calls:
            outcome = outcomes.get(call.call_id) or await self._run(call)
            self.items.append(answer_item(call.item, outcome))

    async def _run(self, call: Call) -> Outcome:
        if call.tool == "greet":
            return done(f"Hello {call.arguments['name']} × {call.arguments['times']}")
        try:
            plan = await self._tools[call.tool].plan((call,))
            outcomes = await self._tools[call.tool].run(plan, self.decision, lambda text, stream: None)
        except ToolError as error:
            return failed(str(error))
        return outcomes[call.call_id]

    async def _patch(self, calls: list[Call]) -> Mapping[str, Outcome]:
        """As the agent does it: one plan for all calls, one decision, then the tool."""
        if not calls:
            return {}
        try:
            plan = await self._patching.plan(tuple(calls))
        except ToolError as error:
            return {call.call_id: failed(str(error)) for call in calls}
        outcomes = {call_id: failed(why) for call_id, why in plan.failures.items()}
        if isinstance(plan.view, DiffView):
            self.patches.append(plan.view.patch)
        if self.decision.verdict is Verdict.REFUSE:
            text = f"Refused by the person. {self.decision.note}".strip()
            refused = Outcome(Status.REFUSED, (Text(text),))
            return {call.call_id: outcomes.get(call.call_id, refused) for call in calls}
        return {**outcomes, **await self._patching.run(plan, self.decision, lambda text, stream: None)}

    def refuse_second_hunk(self, why: str) -> None:
        self.decision = Decision(Verdict.ALLOW, hunks={"f1h2": HunkDecision(False, why)})

    @property
    def answers(self) -> list[str]:
        """What the calls were answered, as text."""
        return [str(item.get("output")) for item in self.items if "output" in item]


def done(text: str) -> Outcome:
    return Outcome(Status.COMPLETED, (Text(text),))


def failed(text: str) -> Outcome:
    return Outcome(Status.FAILED, (Text(text),))


def said(output: list[Record]) -> str:
    return "\n".join(part["text"] for item in output if item["type"] == "message" for part in item["content"])


@asynccontextmanager
async def serving(brain: Brain = answer, rate: float = 0.0) -> AsyncIterator[Server]:
    server = Server(brain, rate=rate, models=("practice",))
    await server.start()
    try:
        yield server
    finally:
        await server.close()


async def post(server: Server, body: Any, path: str = "/v1/responses", **headers: str) -> httpx2.Response:
    url = server.base_url.removesuffix("/v1") + path
    async with httpx2.AsyncClient(verify=False) as client:  # no certificates to load for http
        given = {"Authorization": f"Bearer {server.token}", **headers}
        return await client.post(url, content=json.dumps(body), headers=given)


async def exchange(server: Server, request: Record) -> list[Record]:
    """The records of a streamed response."""
    answered = await post(server, {"model": "practice", "store": False, "stream": True, **request})
    assert answered.status_code == 200, answered.text
    return records_in(answered.content)


def records_in(body: bytes) -> list[Record]:
    frames = body.decode().split("\n\n")
    assert frames[-1] == ""
    return [json.loads(frame.split("\ndata: ", 1)[1]) for frame in frames[:-1]]
