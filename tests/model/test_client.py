import asyncio
import logging

import pytest

from tests.model.talking import TOOLS, Talk, answers, talking, user
from tests.server import Refuse, calls, patches, says, scripted, thinks
from tui_assist.config.settings import Kind, ProviderSettings, RequestSettings
from tui_assist.errors import ModelError
from tui_assist.events import Event, ItemFinished, Notice, ResponseStarted, TextDelta
from tui_assist.model.client import ResponsesModel
from tui_assist.practice.stream import Composer
from tui_assist.practice.wire import frame
from tui_assist.values.step import Create, Model, Response, Resume

FIRST = thinks("look first") + says("Let me look.") + calls("shell", "ls") + patches("a.py", "@@\n-a\n+b\n")
TWO_STEPS = [FIRST, says("Done.")]
CHECKS: dict[Kind, str] = {
    "openai": "openai",
    "azure": "azure",
    "tzafon": "tzafon",
    "llamacpp": "llamacpp",
    "ollama": "ollama",
    "vllm": "vllm",
    "lmstudio": "lmstudio",
    "practice": "openai",
    "other": "llamacpp",
}


async def two_steps(talk: Talk) -> tuple[Response, Response]:
    first = await talk.step(user("run it"))
    return first, await talk.step(*answers(first))


def text_of(response: Response) -> str:
    return "".join(
        part["text"] for item in response.items if item["type"] == "message" for part in item["content"]
    )


@pytest.mark.parametrize("kind", CHECKS)
async def test_a_turn_of_two_steps_goes_through_every_dialect(kind: Kind) -> None:
    async with scripted(TWO_STEPS, dialect=CHECKS[kind]) as server, talking(server, kind) as talk:
        first, second = await two_steps(talk)
    assert server.refusals == []
    assert (first.status, second.status) == ("completed", "completed")
    assert (text_of(first), text_of(second)) == ("Let me look.", "Done.")
    assert len(server.requests) == 2
    assert talk.of(Notice) == []


@pytest.mark.parametrize("kind", ["openai", "azure", "practice"])
async def test_reasoning_is_replayed_to_the_model_that_thought_it(kind: Kind) -> None:
    async with scripted(TWO_STEPS, dialect=CHECKS[kind]) as server, talking(server, kind) as talk:
        await two_steps(talk)
    assert [item["type"] for item in server.requests[1].input_items] == [
        "message",
        "reasoning",
        "message",
        "shell_call",
        "apply_patch_call",
        "shell_call_output",
        "apply_patch_call_output",
    ]


async def test_another_model_gets_the_conversation_without_its_reasoning() -> None:
    async with scripted(TWO_STEPS) as server, talking(server) as talk:
        first = await talk.step(user("run it"))
        async with talking(server) as other:
            other.items = talk.items
            await other.step(*answers(first))
    assert "reasoning" not in {item["type"] for item in server.requests[1].input_items}


async def test_the_request_is_stable_and_keeps_nothing_on_the_server() -> None:
    async with scripted(TWO_STEPS) as server, talking(server) as talk:
        await two_steps(talk)
    one, two = ({**request, "input": None} for request in server.requests)
    assert one == two
    assert (one["store"], one["instructions"], one["stream"]) == (False, "Be careful.", True)


async def test_settings_a_server_does_not_take_are_said_once() -> None:
    request = RequestSettings(effort="high", verbosity="low", temperature=0.1)
    async with (
        scripted(TWO_STEPS, dialect="llamacpp") as server,
        talking(server, "llamacpp", request) as talk,
    ):
        await two_steps(talk)
    assert [event.text for event in talk.of(Notice)] == [
        "there does not take `effort`; it is not sent",
        "there does not take `verbosity`; it is not sent",
    ]
    assert server.requests[1]["temperature"] == 0.1


async def test_new_settings_count_from_the_next_step() -> None:
    async with scripted(TWO_STEPS) as server, talking(server) as talk:
        first = await talk.step(user("hi"))
        talk.model.configure(RequestSettings(effort="low"))
        await talk.step(*answers(first))
    assert server.requests[0]["reasoning"] == {"summary": "auto"}
    assert server.requests[1]["reasoning"] == {"effort": "low", "summary": "auto"}


def unsupported(name: str) -> Refuse:
    message = f"Unsupported parameter: '{name}' is not supported with this model."
    error = {
        "message": message,
        "type": "invalid_request_error",
        "param": name,
        "code": "unsupported_parameter",
    }
    return Refuse(400, {"error": error})


async def test_a_refused_parameter_is_dropped_once_remembered_and_said() -> None:
    request = RequestSettings(temperature=0.1)
    faults = [unsupported("temperature"), unsupported("reasoning.summary")]
    async with scripted(TWO_STEPS, faults=faults) as server, talking(server, request=request) as talk:
        await two_steps(talk)
    assert [("temperature" in asked, "reasoning" in asked) for asked in server.requests] == [
        (True, True),
        (False, True),
        (False, False),
        (False, False),
    ]
    assert len(talk.of(Notice)) == 2
    assert talk.slept == []


async def test_a_parameter_that_cannot_be_left_out_ends_the_step() -> None:
    async with scripted(TWO_STEPS, faults=[unsupported("model")]) as server, talking(server) as talk:
        with pytest.raises(ModelError, match="Unsupported parameter"):
            await talk.step(user("hi"))
    assert len(server.requests) == 1


async def test_a_server_without_typed_tools_is_asked_again_with_functions() -> None:
    async with (
        scripted(TWO_STEPS, dialect="llamacpp", faults=[]) as server,
        talking(server, "openai") as talk,
    ):
        refusal = {"message": "Invalid value: 'shell'.", "param": "tools[1].type", "code": "invalid_value"}
        server._faults = {0: Refuse(400, {"error": refusal})}
        await two_steps(talk)
    assert {tool["type"] for tool in server.requests[0]["tools"]} == {"shell", "apply_patch", "function"}
    assert {tool["type"] for tool in server.requests[2]["tools"]} == {"function"}
    assert len(server.requests) == 3
    assert [event.text for event in talk.of(Notice)] == [
        "there lacks a tool type; function tools are used instead"
    ]


SERVER_STATE = RequestSettings(state="server")


async def test_with_state_on_the_server_only_new_items_are_sent() -> None:
    async with scripted(TWO_STEPS) as server, talking(server, request=SERVER_STATE) as talk:
        await two_steps(talk)
    second = server.requests[1]
    assert (second["previous_response_id"], second["store"]) == ("resp_1", True)
    assert [item["type"] for item in second.input_items] == ["shell_call_output", "apply_patch_call_output"]


async def test_a_server_that_forgot_gets_the_whole_conversation_and_it_is_said() -> None:
    gone = Refuse(404, {"error": {"message": "Previous response with id 'resp_1' not found.", "code": "x"}})
    async with scripted(TWO_STEPS, faults={1: gone}) as server, talking(server, request=SERVER_STATE) as talk:
        await two_steps(talk)
    assert len(server.requests[2].input_items) == 6  # reasoning was kept there only
    assert "previous_response_id" not in server.requests[2]
    assert [event.text for event in talk.of(Notice)] == [
        "there does not remember responses; the whole conversation is sent"
    ]


async def test_an_edited_conversation_is_sent_whole() -> None:
    async with scripted([says("a"), says("b")]) as server, talking(server, request=SERVER_STATE) as talk:
        await talk.step(user("hi"))
        talk.items = [user("something else"), *talk.items[1:]]
        await talk.step(user("more"))
    assert "previous_response_id" not in server.requests[1]


async def test_a_server_without_state_is_never_trusted_with_it() -> None:
    async with (
        scripted(TWO_STEPS, dialect="ollama") as server,
        talking(server, "ollama", SERVER_STATE) as talk,
    ):
        await two_steps(talk)
    assert server.refusals == []
    assert [event.text for event in talk.of(Notice)] == ["there does not take `state`; it is not sent"]


async def test_a_limit_that_was_hit_in_silence_is_seen() -> None:
    request, long = RequestSettings(max_output_tokens=16), says("word " * 60)
    async with scripted([long], dialect="llamacpp") as server, talking(server, "llamacpp", request) as talk:
        response = await talk.step(user("hi"))
    assert (response.status, response.reason) == ("incomplete", "the output limit was reached")


async def test_a_context_window_that_was_filled_in_silence_is_seen() -> None:
    async with scripted([says("word " * 60)] * 2, dialect="llamacpp") as server:
        async with talking(server, "llamacpp") as talk:
            usage = (await talk.step(user("hi"))).usage
        full = (usage.input or 0) + (usage.output or 0)
        async with talking(server, "llamacpp", context_window=full) as talk:
            response = await talk.step(user("hi"))
    assert (response.status, response.reason) == ("incomplete", "the context window is full")


async def test_what_cannot_go_on_says_so() -> None:
    async with scripted([]) as server, talking(server, "llamacpp") as talk:
        with pytest.raises(ModelError, match="send the message again"):
            await talk.model.respond(Resume("s", "t", "resp_1", 4), talk.events.append)


async def test_a_response_on_the_server_is_read_on_from_where_it_was() -> None:
    records = [*Composer({"model": "m"}).records(says("one two three"))]
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split()[1].decode())
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + b"".join(map(frame, records)))  # a server that repeats itself
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    model = ResponsesModel(ProviderSettings("p", "openai", address), "m", RequestSettings(), None)
    events: list[Event] = []
    response = await model.respond(Resume("s", "t", "resp_1", 4), events.append)
    await model.close()
    listening.close()
    await listening.wait_closed()
    assert asked == ["/v1/responses/resp_1?starting_after=4&stream=true"]
    assert [event.text for event in events if isinstance(event, TextDelta)] == [" two", " three"]
    assert (response.status, text_of(response)) == ("completed", "one two three")


async def test_a_cancelled_step_closes_its_connection() -> None:
    async with scripted([says("word " * 2000)], rate=100) as server, talking(server) as talk:
        step = asyncio.create_task(talk.step(user("hi")))
        while not talk.of(TextDelta):
            await asyncio.sleep(0.005)
        step.cancel()
        with pytest.raises(asyncio.CancelledError):
            await step
        while server._connections:
            await asyncio.sleep(0.005)
    assert talk.of(ItemFinished) == []


async def test_a_burst_leaves_the_loop_to_others() -> None:
    async with scripted([says("word " * 3000)]) as server, talking(server) as talk:
        await talk.model.warm()
        step = asyncio.create_task(talk.step(user("hi")))
        turns = 0
        while not step.done():
            turns += 1
            await asyncio.sleep(0)
        assert turns > 10
        assert len(talk.of(TextDelta)) == 3001


async def test_two_sessions_share_a_model() -> None:
    async with scripted([says("a"), says("b")]) as server, talking(server) as talk:
        sources = [Create(name, "t", (user("hi"),), "", TOOLS) for name in ("one", "two")]
        await asyncio.gather(*(talk.model.respond(source, talk.events.append) for source in sources))
    assert {event.session for event in talk.of(ResponseStarted)} == {"one", "two"}
    assert len({event.key for event in talk.of(ItemFinished)}) == 2


async def test_it_is_a_model(caplog: pytest.LogCaptureFixture) -> None:
    async with scripted([]) as server, talking(server) as talk:
        model: Model = talk.model
        assert (model.provider, model.name, model.context_window) == ("there", "test-model", 400_000)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
