import json
from collections.abc import Mapping
from typing import Any

from tui_assist.tools.calls import parse_call
from tui_assist.values.asking import Decision, Verdict
from tui_assist.values.calls import Call, Outcome, Plan, Tool
from tui_assist.values.content import text_of

ALLOW = Decision(Verdict.ALLOW)


def called(name: str, call_id: str = "c1", **arguments: Any) -> Call:
    item = {"type": "function_call", "call_id": call_id, "name": name, "arguments": json.dumps(arguments)}
    call = parse_call(item)
    assert call is not None
    return call


async def planned(tool: Tool, **arguments: Any) -> Plan:
    return await tool.plan((called(tool.spec.name, **arguments),))


async def done(tool: Tool, plan: Plan, decision: Decision = ALLOW) -> Mapping[str, Outcome]:
    return await tool.run(plan, decision, lambda text, stream: None)


async def outcome(tool: Tool, **arguments: Any) -> Outcome:
    return (await done(tool, await planned(tool, **arguments)))["c1"]


async def answer(tool: Tool, **arguments: Any) -> str:
    return text_of((await outcome(tool, **arguments)).content)
