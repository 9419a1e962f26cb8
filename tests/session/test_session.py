from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_assist.session import Line, Session, answer, call_id_of, unanswered
from tui_assist.session.answers import answered_id, encodable, prompt_of, user_message
from tui_assist.session.lines import from_record, to_record
from tui_assist.session.views import view_of, view_record
from tui_assist.values.asking import CommandView, DiffView, SimpleCommand, TextView, View
from tui_assist.values.calls import CommandResult, Outcome, Status
from tui_assist.values.content import File, Image, Text
from tui_assist.values.patch import FileChange, Hunk, HunkLine, Level, Match, Patch

CALLS: list[dict[str, Any]] = [
    {"type": "function_call", "call_id": "c", "name": "search", "arguments": "{}"},
    {"type": "custom_tool_call", "call_id": "c", "name": "apply_patch", "input": ""},
    {"type": "apply_patch_call", "call_id": "c", "operation": {"type": "delete_file", "path": "a"}},
    {"type": "shell_call", "call_id": "c", "action": {"commands": ["ls"], "max_output_length": 9}},
    {"type": "local_shell_call", "id": "i", "call_id": "c", "action": {"command": ["ls"]}},
    {"type": "computer_call", "id": "i", "call_id": "c"},
    {"type": "mcp_approval_request", "id": "c", "name": "x", "server_label": "s", "arguments": ""},
    {"type": "tool_search_call", "call_id": "c", "execution": "client"},
    {"type": "teleport_call", "call_id": "c"},
]


def make(lines: list[Line] | None = None) -> tuple[Session, list[Line]]:
    kept: list[Line] = []
    ticks = count(1)
    return Session("s", kept.append, lambda: float(next(ticks)), lines or ()), kept


@pytest.mark.parametrize("call", CALLS, ids=lambda call: str(call["type"]))
def test_every_call_is_answered_by_an_item_that_refers_to_it(call: dict[str, Any]) -> None:
    answered = answer(call, Outcome(Status.FAILED, (Text("no"),)))

    assert call_id_of(call) == "c"
    assert unanswered([call]) == [call]
    assert unanswered([call, answered]) == []


def test_hosted_calls_are_answered_by_nobody() -> None:
    hosted = ["web_search_call", "file_search_call", "code_interpreter_call", "mcp_call"]
    assert [name for name in hosted if call_id_of({"type": name, "call_id": "c"})] == []


def test_a_call_is_open_although_an_earlier_one_of_the_same_id_was_answered() -> None:
    first, second = ({"type": "function_call", "call_id": "c", "name": name} for name in "ab")
    answered = answer(first, Outcome(Status.COMPLETED, (Text("ok"),)))
    assert unanswered([first, answered, second]) == [second]
    assert unanswered([first, answered, second, answered]) == []


def test_a_shell_call_is_answered_command_by_command() -> None:
    outcome = Outcome(
        Status.COMPLETED,
        (Text("ignored"),),
        commands=(CommandResult("a", "out", "", 0), CommandResult("b", "", "err", None, timed_out=True)),
    )
    assert answer(CALLS[3], outcome) == {
        "type": "shell_call_output",
        "call_id": "c",
        "output": [
            {"stdout": "out", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}},
            {"stdout": "", "stderr": "err", "outcome": {"type": "timeout"}},
        ],
        "max_output_length": 9,
    }


def test_a_refused_patch_is_answered_as_failed_with_the_persons_words() -> None:
    outcome = Outcome(Status.REFUSED, (Text("Refused by the person. keep it"),))
    assert answer(CALLS[2], outcome) == {
        "type": "apply_patch_call_output",
        "call_id": "c",
        "status": "failed",
        "output": "Refused by the person. keep it",
    }


def test_the_caller_of_a_call_is_echoed() -> None:
    caller = {"type": "program", "caller_id": "p"}
    answered = answer(CALLS[0] | {"caller": caller}, Outcome(Status.COMPLETED, (Text("ok"),)))
    assert answered["caller"] == caller


def test_a_prompt_survives_its_item() -> None:
    prompt = (Text("look"), Image("data:image/png;base64,AAAA"), File("a.pdf", "data:application/pdf,x"))
    assert prompt_of(user_message(prompt)) == prompt


def test_a_rewound_session_goes_on_from_where_it_was_rewound_to() -> None:
    session, kept = make()
    first = session.add_item({"n": 1})
    session.add_item({"n": 2})
    session.rewind(first.id)
    session.add_item({"n": 3})

    assert session.items() == ({"n": 1}, {"n": 3})
    assert make(kept)[0].items() == ({"n": 1}, {"n": 3})


def test_a_rewind_takes_back_no_draft() -> None:
    session, kept = make()
    first = session.add_item({"n": 1})
    session.add_fact("draft", {"text": "half a thought"})
    session.rewind(first.id)
    session.add_item({"n": 2})

    assert session.newest("draft") == {"text": "half a thought"}
    assert make(kept)[0].newest("draft") == {"text": "half a thought"}


def test_each_item_knows_the_model_it_came_from() -> None:
    session, _ = make()
    session.add_fact("turn", {"provider": "openai", "model": "a"})
    session.add_item({"n": 1})
    session.add_fact("turn", {"provider": "ollama", "model": "b"})
    session.add_item({"n": 2})

    assert [origin for _, origin in session.conversation()] == ["openai/a", "ollama/b"]


def test_leaving_out_the_oldest_turns_hides_whole_turns_and_loses_nothing() -> None:
    session, kept = make()
    for number in range(4):
        session.add_item(user_message((Text(f"prompt {number}"),)))
        session.add_item({"type": "function_call", "call_id": str(number)})
        session.add_item({"type": "function_call_output", "call_id": str(number)})

    assert session.leave_out_oldest()
    assert len(session.items()) == 6
    assert prompt_of(session.items()[0]) == (Text("prompt 2"),)
    assert unanswered(session.items()) == []
    assert sum(line.kind == "item" for line in kept) == 12


def test_a_single_turn_cannot_be_left_out() -> None:
    session, _ = make()
    session.add_item(user_message((Text("only"),)))
    assert not session.leave_out_oldest()


def test_a_lost_line_costs_itself_alone_and_no_answer_stays_without_its_call() -> None:
    session, kept = make()
    session.add_item(user_message((Text("go"),)))
    session.add_item({"type": "function_call", "call_id": "c1"})
    session.add_item({"type": "function_call", "call_id": "c2"})
    session.add_item({"type": "function_call_output", "call_id": "c1"})
    session.add_item({"type": "function_call_output", "call_id": "c2"})

    left = make([line for line in kept if line.value.get("call_id") != "c1" or line.id == "4"])[0]
    assert [item.get("call_id") for item in left.items()] == [None, "c2", "c2"]
    assert unanswered(left.items()) == []


def test_a_circle_of_parents_in_a_damaged_file_ends() -> None:
    lines = [Line("1", "2", 0.0, "item", "", {"n": 1}), Line("2", "1", 0.0, "item", "", {"n": 2})]
    assert len(make(lines)[0].path()) == 2


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_reading_a_line_never_raises(value: Any) -> None:
    assert from_record(value) is None or isinstance(value, dict)


@given(st.dictionaries(st.text(), st.text()), st.sampled_from(["item", "fact"]))
def test_a_line_survives_its_record(value: dict[str, str], kind: Any) -> None:
    line = Line("1", None, 1.5, kind, "" if kind == "item" else "name", value)
    assert from_record(to_record(line)) == line


HUNK = Hunk(
    "f1h1",
    3,
    3,
    (HunkLine(" ", b"a\r\n"), HunkLine("-", b"\xff\n"), HunkLine("+", "é".encode())),
    "def f()",
    Match(Level.INDENT, 2, "note"),
)
CHANGE = FileChange("f1", "update", "a.py", None, None, "00", (HUNK,), "latin-1", 0o644, None, ("n",), ("c",))


@pytest.mark.parametrize(
    "view",
    [
        TextView("x", "python"),
        CommandView(("ls",), "/tmp", 5.0, 10, parsed=(SimpleCommand(("ls",)),), dangers=("d",)),
        CommandView(("ls $(x)",), "/tmp", 5.0, 10),
        DiffView(Patch("p", (CHANGE,))),
    ],
    ids=lambda view: type(view).__name__,
)
def test_a_view_survives_its_record(view: View) -> None:
    assert view_of(view_record(view)) == view


def test_a_view_that_cannot_be_read_says_so() -> None:
    assert view_of({"diff": "p", "changes": [{}]}) == TextView(
        "(this part of the stored session cannot be read)"
    )


def test_a_plain_message_answers_nothing() -> None:
    assert answered_id({"type": "message"}) is None


@given(st.text(st.characters(exclude_categories=[])))
def test_whatever_is_kept_can_be_sent(text: str) -> None:
    sent = encodable({"content": [{"text": text}], "n": 1})["content"][0]["text"]
    sent.encode()
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert sent == text


def test_halves_of_a_character_that_were_streamed_apart_are_joined() -> None:
    assert encodable("\ud83d" + "\ude00 \ud83d") == "\U0001f600 \ufffd"
