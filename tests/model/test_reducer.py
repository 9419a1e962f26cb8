import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server import calls, patches, says, thinks, writes
from tests.server.dialects import llamacpp_stream, ollama_stream
from tests.server.faults import Duplicates, Incomplete, MissingIndices, RotatingIds, spoiled
from tui_assist.events import (
    CallDelta,
    CallStarted,
    Event,
    HostedProgress,
    ItemFinished,
    Notice,
    ReasoningDelta,
    ReasoningDone,
    ResponseStarted,
    TextDelta,
    TextDone,
)
from tui_assist.model.reducer import Reducer
from tui_assist.practice.stream import Composer
from tui_assist.values.step import Response, Usage

REPLY = (
    thinks("weighing it")
    + says("hello wörld")
    + calls("shell", "pytest -q", "git status")
    + patches("a.py", "@@\n-a\n+b\n")
    + patches("b.py")
    + calls("read_file", path="a.py")
    + writes("apply_patch", "*** Begin Patch\n*** End Patch")
)


def streamed(reply: Any = REPLY) -> list[dict[str, Any]]:
    numbers = iter(range(1000))
    made = Composer({"model": "m"}, lambda prefix: f"{prefix}_{next(numbers)}").records(reply)
    return [dict(record) for record in made]


def reduced(records: Any, **options: Any) -> tuple[Reducer, list[Event]]:
    events: list[Event] = []
    reducer = Reducer("s", "t", events.append, **options)
    for record in records:
        reducer.feed(record)
    return reducer, events


def of(kind: Any, events: list[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def without_ids(items: Any) -> list[dict[str, Any]]:
    return [{name: value for name, value in item.items() if name != "id"} for item in items]


def completed(output: Any = (), **more: Any) -> dict[str, Any]:
    return {"type": "response.completed", "response": {"id": "r", "output": [*output], **more}}


def done(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "response.output_item.done", "item": item, **more}


def delta(text: Any, **more: Any) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "delta": text, **more}


def message(text: str, **more: Any) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "role": "assistant", "status": "completed", "content": content, **more}


def call(call_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "function_call", "call_id": call_id, "name": "f", "arguments": "{}", **more}


def test_a_response_of_every_kind_becomes_its_items_in_order() -> None:
    records = streamed()
    reducer, events = reduced(records)
    response = reducer.response()
    assert response.status == "completed"
    assert [*response.items] == records[-1]["response"]["output"]
    assert [event.item for event in of(ItemFinished, events)] == [*response.items]
    assert (response.model, response.last_sequence) == ("m", len(records) - 1)


def test_every_piece_is_shown_as_it_arrives() -> None:
    _, events = reduced(streamed())
    assert [event.tool for event in of(CallStarted, events)] == [
        "shell",
        "apply_patch",
        "apply_patch",
        "read_file",
        "apply_patch",
    ]
    assert [event.path for event in of(CallStarted, events)] == ["", "a.py", "b.py", "", ""]
    assert "".join(event.text for event in of(TextDelta, events)) == "hello wörld"
    assert of(TextDone, events)[0].text == "hello wörld"
    assert "".join(event.text for event in of(ReasoningDelta, events)) == "weighing it"
    assert of(ReasoningDone, events)[0].text == "weighing it"
    shell, patch = (event.key for event in of(CallStarted, events)[:2])
    written = {key: "".join(e.text for e in of(CallDelta, events) if e.key == key) for key in (shell, patch)}
    assert written == {shell: "pytest -q\ngit status", patch: "@@\n-a\n+b\n"}


@pytest.mark.parametrize(
    "strange",
    [
        lambda records: spoiled(MissingIndices(), records),
        lambda records: spoiled(Duplicates(), records),
        llamacpp_stream,
        ollama_stream,
    ],
)
def test_strange_streams_say_the_same(strange: Any) -> None:
    plain, _ = reduced(streamed())
    odd, events = reduced(strange(iter(streamed())))
    assert odd.response().items == plain.response().items
    assert [event.item for event in of(ItemFinished, events)] == [*plain.response().items]
    assert "".join(event.text for event in of(TextDelta, events)) == "hello wörld"
    assert len(of(CallStarted, events)) == 5
    assert len(of(ResponseStarted, events)) == 1


def test_rotating_ids_make_no_second_item() -> None:
    plain, _ = reduced(streamed())
    odd, events = reduced(spoiled(RotatingIds(), iter(streamed())))
    assert without_ids(odd.response().items) == without_ids(plain.response().items)
    assert len({event.key for event in of(TextDelta, events)}) == 1
    assert len(of(ItemFinished, events)) == len(plain.response().items)


@given(st.integers(0, len(streamed())))
def test_a_stream_cut_anywhere_keeps_what_was_finished(at: int) -> None:
    reducer, events = reduced(streamed()[:at])
    response = reducer.response()
    assert response.status == ("completed" if at == len(streamed()) else "cut")
    assert [*response.items] == [event.item for event in of(ItemFinished, events)]


@given(st.lists(st.sampled_from(streamed()), max_size=60))
def test_records_in_any_order_never_break_it(records: list[dict[str, Any]]) -> None:
    reducer, events = reduced(records)
    finished = [event.item for event in of(ItemFinished, events)]
    assert sorted(map(id, reducer.response().items)) == sorted(map(id, finished))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.sampled_from(streamed()), st.data())
def test_a_field_of_another_type_never_breaks_it(record: dict[str, Any], data: st.DataObject) -> None:
    inner = record.get("item") or record.get("response") or {"x": 1}
    spoilt = {**record, data.draw(st.sampled_from(sorted(record))): data.draw(json_values)}
    for name in {"item", "response"} & set(spoilt) & set(record):
        spoilt[name] = {**inner, data.draw(st.sampled_from(sorted(inner))): data.draw(json_values)}
    reducer, _ = reduced([*streamed()[:8], spoilt, *streamed()[8:]])
    assert reducer.response().status in ("completed", "incomplete", "failed")


def test_text_of_an_unfinished_message_is_partial() -> None:
    reducer, events = reduced([delta("half a sen", output_index=0, item_id="m")])
    assert reducer.response("cut", "why") == Response("cut", (), partial="half a sen", reason="why")
    assert of(TextDone, events) == []


def test_done_texts_and_items_win_over_the_sum_of_deltas() -> None:
    _, events = reduced([delta("helo", item_id="m"), done(message("hello", id="m")), completed()])
    assert [(event.key, event.text) for event in of(TextDone, events)] == [("s.0", "hello")]


def test_missing_added_and_done_events_are_made_up_for() -> None:
    reducer, _ = reduced([delta("hel", item_id="m"), delta("lo", item_id="m"), completed()])
    assert reducer.response().items == (message("hello"),)


def test_items_only_the_terminal_record_has_are_finished_by_it() -> None:
    reducer, events = reduced([completed([message("a", id="m"), call("c")])])
    assert reducer.response().items == (message("a", id="m"), call("c"))
    assert [event.item["type"] for event in of(ItemFinished, events)] == ["message", "function_call"]


def test_an_empty_output_does_not_undo_finished_items() -> None:
    reducer, _ = reduced([done(call("c"), output_index=0), completed()])
    assert reducer.response().items == (call("c"),)


def test_items_come_in_the_order_of_the_terminal_record() -> None:
    reducer, _ = reduced([done(call("c")), completed([message("a", id="m"), call("c")])])
    assert [item["type"] for item in reducer.response().items] == ["message", "function_call"]


def test_a_server_that_counts_every_item_as_0_loses_none() -> None:
    items = [message("a", id="m"), call("c1"), call("c2"), message("b", id="n")]
    reducer, _ = reduced([*(done(item, output_index=0) for item in items), completed()])
    assert [*reducer.response().items] == items


def test_equal_calls_with_other_call_ids_are_two() -> None:
    reducer, _ = reduced([done(call("c1")), done(call("c2")), completed()])
    assert [item["call_id"] for item in reducer.response().items] == ["c1", "c2"]


def test_a_call_that_was_never_finished_is_dropped_and_said() -> None:
    added = {"type": "response.output_item.added", "output_index": 0, "item": call("c", arguments="")}
    reducer, events = reduced([added, completed()])
    assert reducer.response().items == ()
    assert [event.text for event in of(Notice, events)] == [
        "The server began a call of f and never finished it; it was not run."
    ]


def test_a_call_without_call_id_or_with_an_object_for_arguments_can_be_answered() -> None:
    odd = {"type": "function_call", "id": "fc_1", "name": "f", "arguments": {"a": 1}}
    reducer, _ = reduced([done(odd), completed()])
    assert reducer.response().items == ({**odd, "call_id": "fc_1", "arguments": '{"a": 1}'},)


@pytest.mark.parametrize("value", [None, 3, {"a": 1}, ""])
def test_null_and_mistyped_deltas_are_no_text(value: Any) -> None:
    _, events = reduced([delta(value, output_index=0)])
    assert of(TextDelta, events) == []


def test_constant_sequence_numbers_drop_nothing() -> None:
    _, events = reduced([delta("a", sequence_number=0), delta("a", sequence_number=0)])
    assert [event.text for event in of(TextDelta, events)] == ["a", "a"]


def test_a_delta_that_comes_twice_is_shown_once() -> None:
    first = delta("a", sequence_number=1)
    second = delta("b", sequence_number=2)
    _, events = reduced([first, second, second])
    assert [event.text for event in of(TextDelta, events)] == ["a", "b"]


def test_a_resumed_stream_ignores_what_was_seen() -> None:
    _, events = reduced([delta("a", sequence_number=4), delta("b", sequence_number=5)], after=4)
    assert [event.text for event in of(TextDelta, events)] == ["b"]


def test_a_refusal_is_text() -> None:
    refusal = {"type": "message", "id": "m", "content": [{"type": "refusal", "refusal": "I will not."}]}
    records = [{"type": "response.refusal.delta", "item_id": "m", "delta": "I will"}, done(refusal)]
    _, events = reduced([*records, completed()])
    assert [event.text for event in of(TextDelta, events)] == ["I will"]
    assert [event.text for event in of(TextDone, events)] == ["I will not."]


def test_raw_reasoning_is_no_summary() -> None:
    record = {"type": "response.reasoning_text.delta", "item_id": "r", "delta": "hm"}
    item = {
        "type": "reasoning",
        "id": "r",
        "summary": [],
        "content": [{"type": "reasoning_text", "text": "hm."}],
    }
    _, events = reduced([record, done(item)])
    assert [(event.text, event.summary) for event in of(ReasoningDelta, events)] == [("hm", False)]
    assert [event.text for event in of(ReasoningDone, events)] == ["hm."]


def test_an_error_and_the_failure_after_it_are_one() -> None:
    records = [
        {"type": "error", "error": {"code": "server_error", "message": "first"}},
        {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "second"}}},
    ]
    reducer, _ = reduced(records)
    assert (reducer.response().status, reducer.response().reason) == ("failed", "first")


def test_a_flat_error_without_an_end_is_a_failure_but_no_end() -> None:
    reducer, _ = reduced([{"type": "error", "code": "x", "message": "no", "param": None}])
    assert reducer.failure is not None
    assert (reducer.failure.code, reducer.ended) == ("x", False)


def test_an_error_without_a_type_is_one_and_its_kind_counts_before_its_number() -> None:
    error = {"code": 400, "message": "too long", "type": "exceed_context_size_error"}
    reducer, _ = reduced([{"error": error}])
    assert reducer.failure is not None
    assert (reducer.failure.code, reducer.failure.message) == ("exceed_context_size_error", "too long")


def test_incomplete_says_why_in_words() -> None:
    reducer, _ = reduced(spoiled(Incomplete(at=6), iter(streamed(says("one two three four")))))
    response = reducer.response()
    assert (response.status, response.reason) == (
        "incomplete",
        "the output limit was reached (max_output_tokens)",
    )
    assert response.partial == "one two"


def test_usage_is_none_where_the_server_says_nothing() -> None:
    assert reduced([completed()])[0].response().usage == Usage()
    usage = {"input_tokens": 7, "output_tokens": 2, "output_tokens_details": {"reasoning_tokens": 1}}
    assert reduced([completed(usage=usage)])[0].response().usage == Usage(7, None, 2, 1)


def test_hosted_items_tell_their_progress() -> None:
    item = {"type": "web_search_call", "id": "ws", "status": "completed"}
    at = {"item_id": "ws", "output_index": 0}
    records = [
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.web_search_call.in_progress", **at},
        {"type": "response.web_search_call.searching", **at},
        done(item, output_index=0),
        completed([item]),
    ]
    reducer, events = reduced(records)
    assert [event.tool for event in of(CallStarted, events)] == ["web_search_call"]
    assert [event.state for event in of(HostedProgress, events)] == ["in progress", "searching"]
    assert reducer.response().items == (item,)


def test_unknown_items_are_kept_and_unknown_events_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    item = {"type": "hologram", "id": "h", "beam": [1]}
    with caplog.at_level(logging.INFO):
        reducer, _ = reduced([{"type": "response.glow"}, {"type": "response.glow"}, done(item), completed()])
    assert reducer.response().items == (item,)
    assert [record.getMessage() for record in caplog.records] == [
        "unknown stream event 'response.glow' skipped"
    ]


def test_what_follows_the_terminal_record_is_ignored() -> None:
    _, events = reduced([completed(), completed(), delta("x")])
    assert [type(event) for event in events] == [ResponseStarted]
