import asyncio
import http.client
from collections.abc import Mapping
from typing import Any

from tests.practice.client import exchange, post, serving
from tui_assist.practice.reply import CustomCall, FunctionCall, PatchCall, Raw, Reply, Say, ShellCall, Think
from tui_assist.practice.wire import Server


def brain(*reply: Any) -> Any:
    def answer(request: Mapping[str, Any]) -> Reply:
        return reply

    return answer


def types(records: list[dict[str, Any]]) -> list[str]:
    return [record["type"].removeprefix("response.") for record in records]


async def replied(*reply: Any) -> list[dict[str, Any]]:
    async with serving(brain(*reply)) as server:
        return await exchange(server, {"input": "go"})


async def test_a_message_streams_in_order() -> None:
    records = await replied(Say("Hello there"))
    assert types(records) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [record["sequence_number"] for record in records] == list(range(len(records)))
    assert records[-1]["response"]["output"] == [records[-2]["item"]]
    assert records[-1]["response"]["usage"]["output_tokens"] > 0


async def test_shell_and_patch_stream_as_the_real_service_does() -> None:
    tools = [{"type": "shell"}, {"type": "apply_patch"}]
    reply = (ShellCall(("ls -la", "pwd")), PatchCall("update_file", "a.py", "@@\n-a\n+b\n"))
    async with serving(brain(*reply)) as server:
        records = await exchange(server, {"input": "go", "tools": tools})
    assert types(records)[2:] == [
        "output_item.added",
        "shell_call_command.added",
        "shell_call_command.delta",
        "shell_call_command.delta",
        "shell_call_command.done",
        "shell_call_command.added",
        "shell_call_command.delta",
        "shell_call_command.done",
        "output_item.done",
        "output_item.added",
        "apply_patch_call_operation_diff.delta",
        "apply_patch_call_operation_diff.delta",
        "apply_patch_call_operation_diff.delta",
        "apply_patch_call_operation_diff.done",
        "output_item.done",
        "completed",
    ]
    shell, patch = records[-1]["response"]["output"]
    assert shell["action"]["commands"] == ["ls -la", "pwd"]
    assert patch["operation"] == {"type": "update_file", "path": "a.py", "diff": "@@\n-a\n+b\n"}
    assert (shell["id"][:3], patch["id"][:4]) == ("sh_", "apc_")
    assert records[11]["item"]["operation"] == {"type": "update_file", "path": "a.py", "diff": ""}


async def test_reasoning_and_text_calls_stream_in_parts() -> None:
    records = await replied(
        Think("Let me see"), FunctionCall("f", '{"x": 1}', "call_f"), CustomCall("c", "raw", "call_c")
    )
    assert types(records)[2:-1] == [
        "output_item.added",
        "reasoning_summary_part.added",
        *["reasoning_summary_text.delta"] * 3,
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "output_item.added",
        "custom_tool_call_input.delta",
        "custom_tool_call_input.done",
        "output_item.done",
    ]
    thought, function, custom = records[-1]["response"]["output"]
    assert [thought["id"][:3], function["id"][:3], custom["id"][:4]] == ["rs_", "fc_", "ctc_"]
    assert (function["arguments"], custom["input"]) == ('{"x": 1}', "raw")
    assert [record.get("output_index") for record in records[2:-1]] == [0] * 8 + [1] * 4 + [2] * 4


async def test_raw_records_are_sent_as_they_are() -> None:
    record = {
        "type": "response.output_item.done",
        "output_index": 0,
        "item": {"type": "novelty", "id": "n_1"},
    }
    records = await replied(Raw((record, {"type": "response.of_tomorrow"})))
    assert types(records)[2:] == ["output_item.done", "of_tomorrow", "completed"]
    assert records[-1]["response"]["output"] == [{"type": "novelty", "id": "n_1"}]


async def test_deltas_joined_are_the_text() -> None:
    text = "Ein  langes\n\n  Wort: Donaudampfschifffahrtsgesellschaft ✓\n"
    records = await replied(Say(text))
    assert "".join(record["delta"] for record in records if "delta" in record) == text


async def test_without_stream_the_response_comes_whole() -> None:
    async with serving(brain(Say("Hello"))) as server:
        answered = (await post(server, {"model": "practice", "input": "go"})).json()
    assert answered["status"] == "completed"
    assert answered["output"][0]["content"][0]["text"] == "Hello"


async def test_a_stored_response_can_be_continued() -> None:
    seen: list[Any] = []

    def answer(request: Mapping[str, Any]) -> Reply:
        seen.append(request["input"])
        return (Say("Hello"),)

    async with serving(answer) as server:
        first = (await post(server, {"model": "practice", "input": "one"})).json()
        request = {"model": "practice", "input": "two", "previous_response_id": first["id"]}
        await post(server, request)
        unstored = (await post(server, {**request, "store": False})).json()
        gone = await post(server, {**request, "previous_response_id": unstored["id"]})
        twice = await post(server, {**request, "input": first["output"]})
    assert [item.get("role") for item in seen[1]] == ["user", "assistant", "user"]
    assert gone.status_code == 404
    assert gone.json()["error"]["code"] == "previous_response_not_found"
    assert "Duplicate item found with id" in twice.json()["error"]["message"]


async def status(server: Server, path: str, body: Any = None, **headers: str) -> int:
    request = {"model": "practice", "input": "go"} if body is None else body
    return (await post(server, request, path, **headers)).status_code


async def test_only_who_has_the_token_and_the_address_gets_an_answer() -> None:
    async with serving(brain(Say("Hello"))) as server:
        assert await status(server, "/v1/responses") == 200
        assert await status(server, "/v1/responses", Authorization="Bearer wrong") == 401
        assert await status(server, "/v1/responses", Authorization="") == 401
        assert await status(server, "/v1/responses", Host="evil.example") == 403
        assert await status(server, "/v1/responses", **{"Authorization": "", "api-key": server.token}) == 200


async def test_azure_paths_are_served_and_others_are_not_found() -> None:
    async with serving(brain(Say("Hello"))) as server:
        assert await status(server, "/openai/v1/responses") == 200
        assert await status(server, "/openai/responses?api-version=2025-04-01-preview") == 200
        assert await status(server, "/v1/chat/completions") == 404
        answered = await post(server, {}, "/v1/nothing")
    assert answered.json()["error"]["message"] == "Invalid URL (POST /v1/nothing)"


async def test_a_body_that_is_no_json_and_an_unknown_model_are_refused() -> None:
    async with serving(brain(Say("Hello"))) as server:
        assert await status(server, "/v1/responses", [1]) == 400
        assert await status(server, "/v1/responses", {"model": "gpt", "input": "x"}) == 404


async def test_bytes_that_are_no_http_end_the_connection() -> None:
    async with serving() as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        connection.connect()
        connection.sock.sendall(b"nonsense\r\n\r\n")
        answered = connection.sock.makefile("rb")
        line = await asyncio.to_thread(answered.readline)
        answered.close()
        connection.close()
    assert line == b"HTTP/1.1 400 Bad Request\r\n"


async def test_a_rule_that_fails_is_an_answer() -> None:
    def answer(request: Mapping[str, Any]) -> Reply:
        raise KeyError("story")

    async with serving(answer) as server:
        answered = await post(server, {"model": "practice", "input": "go"})
    assert (answered.status_code, answered.json()["error"]["message"]) == (
        500,
        "The model failed: KeyError('story')",
    )


async def test_no_answer_invites_a_web_page_in() -> None:
    async with serving(brain(Say("Hello"))) as server:
        answered = await post(server, {"model": "practice", "input": "go"}, Origin="https://evil.example")
    assert not [name for name in answered.headers if name.startswith("access-control")]
