import asyncio
from typing import Any

import pytest

from tests.model.talking import TOOLS, answers, talking, user
from tests.server import (
    BadJson,
    ChatOnly,
    Disconnect,
    Duplicates,
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
    SplitUtf8,
    Stall,
    Truncate,
    calls,
    raw,
    says,
    scripted,
)
from tui_assist.config.settings import ProviderSettings, RequestSettings
from tui_assist.errors import Fault, ModelError
from tui_assist.events import Event, ItemFinished, Notice, Retrying, TextDelta, TextDone
from tui_assist.model.client import ResponsesModel
from tui_assist.model.retry import MAX_ATTEMPTS, wait_before
from tui_assist.practice.stream import Composer
from tui_assist.values.step import Create

GREETING = "Grüße, 世界 👋, and a few more words"
SCRIPT = [says(GREETING) + calls("shell", "ls -l"), says("Done.")]
RECORDS = len([*Composer({}).records(SCRIPT[0])])
OVERFLOW = {"error": {"code": "context_length_exceeded", "message": "Your input exceeds the context window"}}
QUOTA = {"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}}
RATE = {"error": {"code": "rate_limit_exceeded", "message": "Rate limit reached"}}


@pytest.mark.parametrize("fault", [SplitUtf8(), OneByte(), MissingIndices(), RotatingIds(), Duplicates()])
async def test_a_strange_stream_is_read_as_if_it_were_plain(fault: Any) -> None:
    async with scripted(SCRIPT, faults=[fault]) as server, talking(server) as talk:
        first = await talk.step(user("hi"))
        second = await talk.step(*answers(first))
    assert (first.status, second.status, talk.slept) == ("completed", "completed", [])
    assert "".join(event.text for event in talk.of(TextDelta)) == GREETING + "Done."
    assert [item["type"] for item in first.items] == ["message", "shell_call"]


@pytest.mark.parametrize(
    "fault",
    [
        Truncate(),
        Truncate(5),
        Truncate(0),
        HalfLine(5),
        Disconnect(5),
        Disconnect(0),
        Refuse(500, "oops"),
        Refuse(503),
        Refuse(408),
        Refuse(409),
        Refuse(429, RATE),
        NestedError(at=4),
        FlatError(at=4),
        ResponseFailed(code="rate_limit_exceeded"),
    ],
)
async def test_what_waiting_cures_is_tried_again_in_the_open(fault: Any) -> None:
    async with scripted(SCRIPT, faults=[fault]) as server, talking(server) as talk:
        response = await talk.step(user("hi"))
    assert response.status == "completed"
    assert len(server.requests) == 2
    assert [(event.attempt, event.wait_s) for event in talk.of(Retrying)] == [(2, talk.slept[0])]
    assert 0 < talk.slept[0] <= 0.5


async def test_a_stall_is_noticed_and_tried_again() -> None:
    async with scripted(SCRIPT, faults=[Stall(5)]) as server, talking(server, idle_timeout_s=0.2) as talk:
        response = await talk.step(user("hi"))
    assert response.status == "completed"
    assert "sent nothing for 0.2 s" in talk.of(Retrying)[0].reason


@pytest.mark.parametrize(
    ("fault", "expected", "words"),
    [
        (Refuse(401, {"error": {"message": "no", "code": "invalid_api_key"}}), Fault.AUTH, "/provider"),
        (Refuse(404, {"error": {"message": "x", "code": "model_not_found"}}), Fault.NOT_FOUND, "/model"),
        (Refuse(400, {"error": {"code": 400, "message": "model 'x' not found"}}), Fault.NOT_FOUND, "/model"),
        (ChatOnly(), Fault.NO_RESPONSES, "chat completions"),
        (Refuse(429, QUOTA), Fault.QUOTA, "billing"),
        (Refuse(429, RATE, {"retry-after": "86400"}), Fault.RATE, "slow down"),
        (Html(), Fault.PROTOCOL, "web page (Sign in)"),
        (Refuse(502, "<html><title>Bad gateway</title>"), Fault.SERVER, "Bad gateway"),
        (Refuse(400, OVERFLOW), Fault.OVERFLOW, "no longer fits"),
        (Refuse(307, "", {"location": "http://127.0.0.1:9/"}), Fault.REJECTED, "redirects"),
        (NestedError(at=2, code="context_length_exceeded"), Fault.OVERFLOW, "no longer fits"),
        (FlatError(at=2, code="insufficient_quota"), Fault.QUOTA, "billing"),
        (BadJson(1), Fault.PROTOCOL, "oops"),
    ],
)
async def test_a_failure_for_good_says_what_to_do(fault: Any, expected: Fault, words: str) -> None:
    faults = [fault] * MAX_ATTEMPTS
    async with scripted(SCRIPT, faults=faults) as server, talking(server) as talk:
        if isinstance(fault, BadJson):
            server._faults = {0: BadJson(0)}
        with pytest.raises(ModelError) as caught:
            await talk.step(user("hi"))
    assert caught.value.fault is expected
    assert words in str(caught.value)
    assert len(server.requests) == (MAX_ATTEMPTS if expected is Fault.SERVER else 1)


async def test_the_servers_own_wait_is_kept() -> None:
    faults = [Refuse(429, RATE, {"retry-after": "7"}), Refuse(503, None, {"retry-after-ms": "1500"})]
    async with scripted(SCRIPT, faults=faults) as server, talking(server) as talk:
        await talk.step(user("hi"))
    assert talk.slept == [7.0, 1.5]


async def test_a_stream_that_is_cut_every_time_keeps_what_was_said() -> None:
    faults = [Truncate(6)] * MAX_ATTEMPTS
    async with scripted(SCRIPT, faults=faults) as server, talking(server) as talk:
        response = await talk.step(user("hi"))
    assert (response.status, response.items) == ("cut", ())
    assert GREETING.startswith(response.partial)
    assert response.partial
    assert "ended the stream" in response.reason
    assert len(server.requests) == MAX_ATTEMPTS
    assert [event.attempt for event in talk.of(Retrying)] == [2, 3, 4, 5]


async def test_what_a_server_said_before_it_died_is_told_again_at_the_end() -> None:
    events: list[Event] = []
    async with scripted(SCRIPT, dialect="llamacpp", faults=[Truncate(RECORDS - 3)]) as server:

        async def die(_seconds: float) -> None:
            await server.close()

        settings = ProviderSettings("there", "llamacpp", server.base_url)
        model = ResponsesModel(settings, "m", RequestSettings(), None, sleep=die)
        response = await model.respond(Create("s", "t", (user("hi"),), "", TOOLS), events.append)
        await model.close()
    last = max(index for index, event in enumerate(events) if isinstance(event, Retrying))
    assert (response.status, [item["type"] for item in response.items]) == ("cut", ["message"])
    assert "cannot be reached" in response.reason
    assert "".join(event.text for event in events[last:] if isinstance(event, TextDelta)) == GREETING
    assert [event.item for event in events[last:] if isinstance(event, ItemFinished)] == [*response.items]


async def test_a_server_that_dies_before_it_says_anything_is_an_error() -> None:
    faults: list[Any] = [
        Truncate(1),
        *[Refuse(503, {"error": {"message": "Loading model"}})] * (MAX_ATTEMPTS - 1),
    ]
    async with (
        scripted(SCRIPT, dialect="llamacpp", faults=faults) as server,
        talking(server, "llamacpp") as talk,
    ):
        with pytest.raises(ModelError, match="Loading model") as caught:
            await talk.step(user("hi"))
    assert caught.value.fault is Fault.SERVER


async def test_a_cut_inside_a_call_keeps_the_finished_message_alone() -> None:
    only_call_open = RECORDS - 3
    faults = [Truncate(only_call_open)] * MAX_ATTEMPTS
    async with scripted(SCRIPT, faults=faults) as server, talking(server) as talk:
        response = await talk.step(user("hi"))
    assert (response.status, [item["type"] for item in response.items]) == ("cut", ["message"])
    assert response.partial == ""


async def test_broken_json_after_finished_items_keeps_them() -> None:
    faults = [BadJson(RECORDS - 3)]
    async with scripted(SCRIPT, faults=faults) as server, talking(server) as talk:
        response = await talk.step(user("hi"))
    assert (response.status, [item["type"] for item in response.items]) == ("cut", ["message"])
    assert "broken JSON" in response.reason


async def test_a_server_that_keeps_the_line_open_after_the_end_is_not_waited_for() -> None:
    async with scripted(SCRIPT, faults=[Stall(RECORDS)]) as server, talking(server) as talk:
        response = await talk.step(user("hi"))
    assert (response.status, talk.slept) == ("completed", [])


async def test_a_silent_server_is_given_up_with_what_it_said() -> None:
    faults = [Stall(5)] * MAX_ATTEMPTS
    async with scripted(SCRIPT, faults=faults) as server, talking(server, idle_timeout_s=0.1) as talk:
        response = await talk.step(user("hi"))
    assert response.status == "cut"
    assert "idle_timeout_s" in response.reason


async def test_a_server_that_never_says_anything_is_an_error() -> None:
    faults = [Stall(0)] * MAX_ATTEMPTS
    async with scripted(SCRIPT, faults=faults) as server, talking(server, idle_timeout_s=0.1) as talk:
        with pytest.raises(ModelError) as caught:
            await talk.step(user("hi"))
    assert caught.value.fault is Fault.SILENT


async def test_an_unreachable_server_is_an_error_after_its_tries() -> None:
    slept: list[float] = []
    events: list[Event] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    settings = ProviderSettings("nobody", "other", "http://127.0.0.1:9/v1")
    model = ResponsesModel(settings, "m", RequestSettings(), None, sleep=sleep)
    with pytest.raises(ModelError, match="cannot be reached") as caught:
        await model.respond(Create("s", "t", (user("hi"),), "", TOOLS), events.append)
    await model.close()
    assert caught.value.fault is Fault.UNREACHABLE
    assert len(slept) == MAX_ATTEMPTS - 1
    assert [type(event) for event in events] == [Retrying] * (MAX_ATTEMPTS - 1)


async def test_a_failed_response_says_why_and_is_not_tried_again() -> None:
    fault = ResponseFailed(code="invalid_prompt", message="Not this prompt.")
    async with scripted(SCRIPT, faults=[fault]) as server, talking(server) as talk:
        response = await talk.step(user("hi"))
    assert response.status == "failed"
    assert "Not this prompt." in response.reason
    assert len(server.requests) == 1


async def test_an_incomplete_response_keeps_its_text() -> None:
    async with scripted(SCRIPT, faults=[Incomplete(at=6)]) as server, talking(server) as talk:
        response = await talk.step(user("hi"))
    assert (response.status, response.items) == ("incomplete", ())
    assert response.partial
    assert "max_output_tokens" in response.reason


async def test_a_refusal_is_shown_and_replayed() -> None:
    refusal = {"type": "refusal", "refusal": "I will not do that."}
    item = {
        "type": "message",
        "id": "msg_9",
        "role": "assistant",
        "status": "completed",
        "content": [refusal],
    }
    done = {"type": "response.output_item.done", "output_index": 0, "item": item}
    async with scripted([raw([done]), says("ok")]) as server, talking(server) as talk:
        await talk.step(user("hi"))
        await talk.step(user("please"))
    assert [event.text for event in talk.of(TextDone)] == ["I will not do that.", "ok"]
    assert server.refusals == []


async def test_unknown_events_and_items_are_no_trouble() -> None:
    item = {"type": "hologram", "id": "h_1", "beam": 1}
    records = [
        {"type": "response.glow", "heat": 3},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
    ]
    async with scripted([raw(records), says("ok")]) as server, talking(server) as talk:
        response = await talk.step(user("hi"))
    assert response.items == (item,)
    assert talk.of(ItemFinished)[0].item == item


@pytest.mark.parametrize("dialect", ["openai", "llamacpp"])
async def test_arguments_that_are_no_json_do_not_spoil_the_next_request(dialect: Any) -> None:
    script = [calls("read_file", json='{"path": '), says("ok")]
    async with scripted(script, dialect=dialect) as server, talking(server, dialect) as talk:
        first = await talk.step(user("hi"))
        second = await talk.step(*answers(first))
    assert first.items[0]["arguments"] == '{"path": '
    assert second.status == "completed"
    assert server.requests[1].input_items[1]["arguments"] == "{}"


async def test_waiting_for_the_next_try_can_be_cancelled() -> None:
    async with scripted(SCRIPT, faults=[Refuse(429, RATE, {"retry-after": "60"})]) as server:
        settings = ProviderSettings("there", "openai", server.base_url)
        model = ResponsesModel(settings, "test-model", RequestSettings(), server.token)
        waiting = asyncio.Event()
        source = Create("s", "t", (user("hi"),), "", TOOLS)

        def emit(event: Event) -> None:
            waiting.set()

        step = asyncio.create_task(model.respond(source, emit))
        await waiting.wait()
        step.cancel()
        with pytest.raises(asyncio.CancelledError):
            await step
        await model.close()
    assert len(server.requests) == 1


async def test_an_error_with_status_200_is_no_stream() -> None:
    refusal = Refuse(200, {"error": {"message": "upstream said no", "code": "x"}})
    async with scripted(SCRIPT, faults=[refusal]) as server, talking(server) as talk:
        with pytest.raises(ModelError, match="upstream said no"):
            await talk.step(user("hi"))
    assert talk.of(Notice) == []


def test_waits_grow_and_end() -> None:
    failure = ModelError(Fault.SERVER, "x")
    waits = [wait_before(attempt, failure) for attempt in range(2, MAX_ATTEMPTS + 2)]
    assert waits.pop() is None
    for wait, longest in zip(waits, [0.5, 1.0, 2.0, 4.0], strict=True):
        assert wait is not None
        assert 0.75 * longest <= wait <= longest


@pytest.mark.parametrize(
    "fault", [Fault.AUTH, Fault.NOT_FOUND, Fault.QUOTA, Fault.OVERFLOW, Fault.PROTOCOL, Fault.REJECTED]
)
def test_what_waiting_does_not_cure_is_not_waited_for(fault: Fault) -> None:
    assert wait_before(2, ModelError(fault, "x")) is None
