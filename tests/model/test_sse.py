import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_assist.errors import Fault, ModelError
from tui_assist.model.sse import RecordReader


def read(*chunks: bytes) -> list[dict[str, Any]]:
    reader = RecordReader()
    return [record for chunk in chunks for record in reader.feed(chunk)] + reader.end()


def stream(*records: Any, ending: str = "\n") -> bytes:
    texts = (f"data: {json.dumps(record, ensure_ascii=False)}{ending}{ending}" for record in records)
    return "".join(texts).encode()


texts = st.text(st.characters(codec="utf-8"))
records = st.lists(st.dictionaries(texts, texts, min_size=1), max_size=5)


@given(records, st.sampled_from(["\n", "\r", "\r\n"]), st.data())
def test_any_chunking_gives_the_same_records(sent: list[Any], ending: str, data: st.DataObject) -> None:
    content = stream(*sent, ending=ending)
    cuts = data.draw(st.lists(st.integers(0, len(content)), max_size=20))
    edges = sorted({0, len(content), *cuts})
    assert read(*(content[start:end] for start, end in pairwise(edges))) == sent


@given(records, st.sampled_from(["\n", "\r", "\r\n"]))
def test_bytes_one_by_one_give_the_same_records(sent: list[Any], ending: str) -> None:
    content = stream(*sent, ending=ending)
    assert read(*(content[at : at + 1] for at in range(len(content)))) == sent


def complaint_about(content: bytes) -> Fault | None:
    try:
        read(content)
    except ModelError as error:
        return error.fault
    return None


@given(st.binary(max_size=200))
def test_nonsense_gives_records_or_a_protocol_error(content: bytes) -> None:
    assert complaint_about(b"data: " + content + b"\n\n") in (None, Fault.PROTOCOL)


def test_unicode_line_separators_do_not_end_a_line() -> None:
    sent = {"type": "x", "delta": "a\u2028b\u2029c\x85d\x0be"}
    assert read(stream(sent)) == [sent]


def test_data_lines_of_one_record_are_joined() -> None:
    assert read(b'data: {"type":\ndata: "x"}\n\n') == [{"type": "x"}]


def test_comments_done_and_a_byte_order_mark_are_no_records() -> None:
    content = b'\xef\xbb\xbf: hello\n\ndata: {"type":"x"}\n\nid: 4\nretry: 1\n\ndata: [DONE]\n\n'
    assert read(content) == [{"type": "x"}]


def test_the_event_line_names_a_record_without_a_type() -> None:
    assert read(b'event: error\ndata: {"message":"no"}\n\n') == [{"type": "error", "message": "no"}]


def test_the_type_of_the_record_wins_over_the_event_line() -> None:
    assert read(b'event: other\ndata: {"type":"x"}\n\n') == [{"type": "x"}]


def test_a_last_record_needs_no_blank_line() -> None:
    assert read(b'data: {"type":"x"}') == [{"type": "x"}]


def test_half_a_record_at_the_end_is_dropped_silently() -> None:
    assert read(b'data: {"type":"x"}\n\ndata: {"type":"y", "del') == [{"type": "x"}]


def test_broken_json_is_a_protocol_error_that_quotes_the_line() -> None:
    with pytest.raises(ModelError, match=r"type.: oops") as caught:
        read(b'data: {"type": oops\n\n')
    assert caught.value.fault is Fault.PROTOCOL


@pytest.mark.parametrize(
    "line", [b"data: [1]\n\n", b'data: "\xff"\n\n', b"data: " + b"[" * 100_000 + b"\n\n"]
)
def test_what_is_no_object_is_a_protocol_error(line: bytes) -> None:
    with pytest.raises(ModelError) as caught:
        read(line)
    assert caught.value.fault is Fault.PROTOCOL
    assert len(str(caught.value)) < 300


def test_an_endless_line_is_refused_before_it_fills_the_memory() -> None:
    reader = RecordReader(max_record=1000)
    for _ in range(10):
        reader.feed(b"x" * 100)
    with pytest.raises(ModelError, match="larger than 1,000 bytes"):
        reader.feed(b"x")


def test_many_small_records_are_not_one_large_one() -> None:
    reader = RecordReader(max_record=1000)
    assert len(reader.feed(stream({"type": "x"}) * 1000)) == 1000
    assert reader.feed(b": ping\n" * 1000) == []


def test_half_of_a_surrogate_pair_is_replaced_and_a_whole_one_kept() -> None:
    assert read(b'data: {"type":"x","delta":"a\\ud83d"}\n\n') == [{"type": "x", "delta": "a\ufffd"}]
    assert read(b'data: {"type":"x","delta":["\\ud83d\\ude00"]}\n\n') == [{"type": "x", "delta": ["😀"]}]
