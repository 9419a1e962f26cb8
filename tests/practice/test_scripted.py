import json
from typing import Any

import httpx2
import pytest

from tests.practice.client import records_in
from tests.server import (
    DIALECTS,
    BadJson,
    ChatOnly,
    Disconnect,
    Duplicates,
    Fault,
    FlatError,
    HalfLine,
    Html,
    Incomplete,
    MissingIndices,
    NestedError,
    OneByte,
    Refuse,
    ResponseFailed,
    RotatingIds,
    ScriptedServer,
    SplitUtf8,
    Stall,
    Step,
    Truncate,
    calls,
    patches,
    raw,
    says,
    scripted,
    thinks,
    writes,
)

USER = {"type": "message", "role": "user", "content": "go"}
NATIVE: list[dict[str, Any]] = [{"type": "shell"}, {"type": "apply_patch"}]


async def ask(server: ScriptedServer, **parameters: Any) -> httpx2.Response:
    body = {"model": "test-model", "input": [USER], "stream": True, "store": False, **parameters}
    async with httpx2.AsyncClient(timeout=0.5, verify=False) as client:
        headers = {"Authorization": f"Bearer {server.token}"}
        return await client.post(f"{server.base_url}/responses", json=body, headers=headers)


async def body_with(fault: Fault) -> bytes:
    async with scripted([says("Grüße überall")], faults=[fault]) as server:
        return (await ask(server)).content


async def records_with(fault: Fault) -> list[dict[str, Any]]:
    return records_in(await body_with(fault))


async def test_a_script_plays_a_step_a_request_with_call_ids_in_order() -> None:
    steps: list[Step] = [
        thinks("hm") + calls("shell", "ls") + patches("a.py", "@@\n-a\n+b\n"),
        lambda asked: says(asked.output_of("call_1")["output"][0]["stdout"]),
    ]
    async with scripted(steps) as server:
        first = records_in((await ask(server, tools=NATIVE)).content)[-1]["response"]["output"]
        outcome = {"stdout": "a.py\n", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}
        answers = [
            {"type": "shell_call_output", "call_id": "call_1", "output": [outcome]},
            {
                "type": "apply_patch_call_output",
                "call_id": "call_2",
                "status": "completed",
                "output": "M a.py",
            },
        ]
        last = records_in((await ask(server, input=[USER, *first, *answers])).content)[-1]
        assert last["response"]["output"][0]["content"][0]["text"] == "a.py\n"
        assert server.requests[1].output_of("call_2")["output"] == "M a.py"
        assert server.refusals == []
        over = await ask(server)
    assert over.status_code == 400
    assert server.refusals == [over.text]


@pytest.mark.parametrize("dialect", [name for name in DIALECTS if name not in ("openai", "azure")])
async def test_servers_without_typed_tools_refuse_them(dialect: str) -> None:
    patch = patches("a.py", "+x\n", create=True) + patches("b.py")
    async with scripted([calls("shell", "ls") + patch], dialect=dialect) as server:
        refused = await ask(server, tools=NATIVE)
        assert refused.status_code in (400, 422)
        done = records_in((await ask(server)).content)[-1]["response"]["output"]
        unknown = {"type": "shell_call", "call_id": "c", "action": {"commands": ["ls"]}}
        assert (await ask(server, input=[USER, unknown])).status_code in (400, 422)
    assert [item["type"] for item in done] == ["function_call", "function_call"]
    assert json.loads(done[0]["arguments"]) == {"commands": ["ls"], "timeout_ms": None}
    assert json.loads(done[1]["arguments"])["patch"] == (
        "*** Begin Patch\n*** Add File: a.py\n+x\n*** Delete File: b.py\n*** End Patch"
    )


@pytest.mark.parametrize("dialect", ["llamacpp", "ollama", "vllm"])
async def test_servers_without_a_store_know_no_earlier_response(dialect: str) -> None:
    async with scripted([says("x")], dialect=dialect) as server:
        assert (await ask(server, previous_response_id="resp_1")).status_code in (400, 404)


async def test_llamacpp_sends_no_indices_and_no_arguments_done() -> None:
    async with scripted([says("a b c d e f") + calls("f", x="y" * 90)], dialect="llamacpp") as server:
        records = records_in((await ask(server)).content)
    assert not any({"sequence_number", "output_index", "content_index"} & set(record) for record in records)
    kinds = [record["type"] for record in records]
    assert kinds.count("response.created") > 1
    assert "response.function_call_arguments.done" not in kinds
    assert "output_tokens_details" not in records[-1]["response"]["usage"]


async def test_ollama_sends_arguments_in_one_delta() -> None:
    async with scripted([calls("f", x="y" * 90)], dialect="ollama") as server:
        records = records_in((await ask(server)).content)
    deltas = [record["delta"] for record in records if "delta" in record]
    assert deltas == [json.dumps({"x": "y" * 90})]


async def test_azure_is_served_under_its_own_paths_alone() -> None:
    async with scripted([says("x")] * 2, dialect="azure") as server:
        assert (await ask(server)).status_code == 200
        async with httpx2.AsyncClient(headers={"api-key": server.token}) as client:
            body = {"model": "m", "input": "go"}
            dated = f"{server.endpoint}/openai/responses"
            assert (
                await client.post(f"{dated}?api-version=2025-04-01-preview", json=body)
            ).status_code == 200
            assert (await client.post(dated, json=body)).status_code == 404
            assert (await client.post(f"{server.endpoint}/v1/responses", json=body)).status_code == 404


async def test_models_are_listed_as_the_server_does() -> None:
    async with scripted([], dialect="vllm") as server, httpx2.AsyncClient() as client:
        listed = (await client.get(f"{server.base_url}/models")).json()["data"]
    assert (listed[0]["id"], listed[0]["max_model_len"]) == ("test-model", 32768)


async def test_refusals_before_the_stream_keep_their_step() -> None:
    refusal = Refuse(429, {"error": {"message": "slow down"}}, {"retry-after": "3"})
    faults: list[Fault | None] = [refusal, Refuse(502, "Bad gateway"), Html(), ChatOnly(), None]
    async with scripted([says("x")], faults=faults) as server:
        answers = [await ask(server) for _ in faults]
    assert [answer.status_code for answer in answers] == [429, 502, 200, 404, 200]
    assert answers[0].headers["retry-after"] == "3"
    assert answers[2].headers["content-type"] == "text/html"
    assert server.played == 1


async def test_a_dropped_connection_has_no_end_of_body() -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        await body_with(Disconnect(4))


async def test_a_stalled_stream_stays_open() -> None:
    with pytest.raises(httpx2.ReadTimeout):
        await body_with(Stall(4))


async def test_cut_bodies_end_cleanly() -> None:
    whole = await body_with(Duplicates())
    assert b"response.completed" in whole
    assert len(await records_with(Truncate(3))) == 3
    assert b"response.completed" not in await body_with(Truncate())
    assert not (await body_with(HalfLine(3))).endswith(b"\n\n")
    assert b"oops" in await body_with(BadJson(4))


@pytest.mark.parametrize("fault", [SplitUtf8(), OneByte()])
async def test_odd_chunks_join_to_the_whole_text(fault: Fault) -> None:
    assert (await records_with(fault))[-1]["response"]["output"][0]["content"][0]["text"] == "Grüße überall"


async def test_records_can_be_spoiled() -> None:
    assert "output_index" not in json.dumps(await records_with(MissingIndices()))
    ids = [record["item_id"] for record in await records_with(RotatingIds()) if "item_id" in record]
    assert len(set(ids)) == len(ids)
    kinds = [record["type"] for record in await records_with(Duplicates())]
    assert kinds.count("response.created") == 2


async def test_responses_can_end_badly() -> None:
    nested = await records_with(NestedError(4, "rate_limit_exceeded"))
    assert nested[-2]["error"]["code"] == nested[-1]["response"]["error"]["code"] == "rate_limit_exceeded"
    assert (await records_with(FlatError(4)))[-1]["type"] == "error"
    assert (await records_with(ResponseFailed()))[-1]["type"] == "response.failed"
    incomplete = (await records_with(Incomplete(at=4)))[-1]
    assert incomplete["type"] == "response.incomplete"
    assert incomplete["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    assert incomplete["response"]["output"] == []


async def test_raw_records_and_custom_calls_pass_through() -> None:
    async with scripted([raw([{"type": "ping"}]) + writes("note", "x") + calls("f", json="{oops")]) as server:
        records = records_in((await ask(server)).content)
    assert records[2]["type"] == "ping"
    assert [item["type"] for item in records[-1]["response"]["output"]] == [
        "custom_tool_call",
        "function_call",
    ]
