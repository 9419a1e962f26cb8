from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.happenings import (
    S,
    T,
    asked,
    call_item,
    conversation,
    drafted,
    finished,
    patch_view,
    planned,
    prompt,
    running,
    said,
    says,
    step,
    step_ends,
    turn_ends,
)
from tui_assist.events import (
    CallFinished,
    CallOutput,
    Decided,
    Event,
    HostedProgress,
    Notice,
    ReasoningDelta,
    ReasoningDone,
    ResponseStarted,
    Retrying,
    TurnStarted,
)
from tui_assist.ui.lines import width_of
from tui_assist.ui.transcript.block import (
    AnswerBlock,
    PromptBlock,
    TurnEnd,
    describe_usage,
)
from tui_assist.ui.transcript.calls import OWN
from tui_assist.ui.transcript.cards import LIVE_LINES, Card, HostedBlock, ShellCard
from tui_assist.ui.transcript.document import Document
from tui_assist.ui.transcript.patchcard import PatchCard
from tui_assist.values.asking import CommandView, Decision, DiffView, Verdict
from tui_assist.values.calls import CommandResult, Outcome, Status
from tui_assist.values.content import File, Image, Text
from tui_assist.values.step import Usage

WIDTH = 90


class Clock:
    """Time that passes only when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def document(*events: Event, clock: Clock | None = None) -> Document:
    made = Document(clock or Clock())
    for event in events:
        made.feed(event)
    return made


def shown(made: Document, width: int = WIDTH) -> list[str]:
    return [
        (" " * block.indent + line.text).rstrip()
        for block in made.blocks
        for line in block.lines(width - block.indent)
    ]


def words(made: Document) -> list[str]:
    """What is shown, every gap one blank wide."""
    return [" ".join(line.split()) for line in shown(made)]


def kinds(made: Document) -> list[type]:
    return [type(block) for block in made.blocks]


def shell_view(*commands: str) -> CommandView:
    return CommandView(commands, "/src/calc", 120.0, 16_000, "sandbox full", network=False)


def test_a_prompt_carries_its_mark_and_what_is_attached() -> None:
    made = document(
        TurnStarted(S, T, (Text("fix it\nplease"), Image("data:x"), Image("data:y"), File("a.txt", "data:z")))
    )
    assert shown(made) == ["› fix it", "  please", "  with 2 images, a.txt"]


def test_an_answer_grows_and_is_replaced_by_its_whole_text() -> None:
    made = document(prompt("hi"), step(), says("Hel"), says("lo"))
    assert shown(made)[-1] == "  Hello"
    made.feed(said("Hello, **you**"))
    assert shown(made)[-1] == "  Hello, you"
    assert made.last_answer() == "Hello, **you**"


def test_reasoning_is_one_line_until_opened() -> None:
    made = document(step(), ReasoningDelta(S, T, "r", "First **this**\nthen that", True))
    assert shown(made) == ["  ▸ thinking  then that"]
    made.feed(ReasoningDone(S, T, "r", "First this.\n\nThen that."))
    made.toggle(0)
    assert shown(made) == ["  ▾ thought", "    First this.", "", "    Then that."]


def test_a_call_is_one_line_with_its_result_at_the_right() -> None:
    made = document(step(), *drafted("k", "search", '{"pattern": "add("}'), call_item("k", "1"), step_ends())
    assert shown(made)[0].endswith("still arriving")
    made.feed(planned(("1",), "search", 'search "add("'))
    made.feed(running("1"))
    assert shown(made)[0].endswith("● running")
    made.feed(finished("1", "search", "14 matches in 5 files", elapsed_s=0.12))
    assert shown(made, 80) == [
        '  ▸ search  "add("                              ✓ 14 matches in 5 files    0.1 s'
    ]


@pytest.mark.parametrize(
    ("status", "mark"),
    [
        (Status.COMPLETED, "✓"),
        (Status.FAILED, "✗ failed"),
        (Status.REFUSED, "✗ refused"),
        (Status.CANCELLED, "✗ cancelled"),
        (Status.NOT_RUN, "✗ not run"),
    ],
)
def test_every_end_of_a_call_has_its_mark(status: Status, mark: str) -> None:
    made = document(planned(("1",), "read_file", "a.py"), finished("1", "read_file", status=status))
    assert shown(made)[0].endswith(mark)


def test_a_refusal_shows_what_the_person_said() -> None:
    made = document(planned(("1",), "web", "x"))
    made.feed(Decided(S, T, "request", ("1",), Decision(Verdict.REFUSE, "not now")))
    assert shown(made)[-1] == "    you: not now"


def test_all_patch_calls_of_a_response_are_one_card() -> None:
    made = document(
        step(),
        *drafted("a", "apply_patch", "@@\n-x\n+y\n", path="a.py"),
        *drafted("b", "apply_patch", "@@\n+z\n", path="b.py"),
    )
    assert kinds(made) == [PatchCard]
    assert words(made)[0] == "▾ patch a.py, b.py +2 −1 still arriving"
    for event in (call_item("a", "1"), call_item("b", "2"), step_ends()):
        made.feed(event)
    made.feed(planned(("1", "2"), "apply_patch", "2 files", patch_view()))
    made.feed(asked(("1", "2"), "apply_patch", patch_view()))
    assert kinds(made) == [PatchCard]
    assert words(made) == [
        "▾ patch 2 files +5 −2 ● waiting for you",
        "calc/core.py +3 −2 1 hunk",
        "tests/test_core.py +2 new file 1 hunk",
    ]


def test_a_streaming_patch_shows_its_newest_lines() -> None:
    many = "".join(f"+line {number}\n" for number in range(40))
    made = document(step(), *drafted("a", "apply_patch", "@@\n", many, "+half", path="a.py"))
    assert shown(made)[-2:] == ["    + line 39", "    + half"]
    assert len(shown(made)) <= 14


def test_a_shell_call_that_is_a_patch_becomes_a_patch_card() -> None:
    made = document(step(), *drafted("k", "shell", "apply_patch <<EOF"), call_item("k", "1"), step_ends())
    made.feed(planned(("1",), "apply_patch", "2 files", patch_view()))
    assert kinds(made) == [PatchCard]


def test_history_without_deltas_shows_the_same_card() -> None:
    made = document(planned(("1",), "search", 'search "x"'), finished("1", "search", "no match"))
    assert words(made) == ['▸ search "x" ✓ no match']


def test_a_finished_call_that_was_never_planned_is_shown() -> None:
    made = document(finished("1", "computer", status=Status.NOT_RUN, text="not known here"))
    assert kinds(made) == [Card]
    assert shown(made)[0].endswith("✗ not run")


def test_a_running_command_shows_the_end_of_what_it_writes() -> None:
    made = document(planned(("1",), "shell", "x", shell_view("make all")), running("1"))
    for number in range(1000):
        made.feed(CallOutput(S, T, "1", f"line {number}\n", "stdout"))
    made.feed(CallOutput(S, T, "1", "half", "stdout"))
    assert shown(made)[-2:] == ["    line 999", "    half"]
    assert len(shown(made)) == 1 + LIVE_LINES


def test_endless_output_keeps_little_memory() -> None:
    card = ShellCard("shell")
    for _ in range(100):
        card.output("x" * 200_000)
    assert sum(map(len, [*card._tail, card._partial])) <= 10_000


def test_a_finished_command_says_how_each_command_ended() -> None:
    made = document(planned(("1",), "shell", "x", shell_view("true", "false")), running("1"))
    results = (CommandResult("true", "fine\n", "", 0), CommandResult("false", "", "bad\x1b[2J", 1))
    outcome = Outcome(Status.COMPLETED, (), commands=results, elapsed_s=2.0, spill="/tmp/all.txt")
    made.feed(CallFinished(S, T, "1", "shell", outcome))
    assert words(made) == ["▾ shell true and 1 more ✗ exit 0, exit 1 2.0 s"]
    made.blocks[0].toggle()
    assert shown(made)[1:] == [
        "    $ true",
        "    $ false",
        "    in /src/calc · sandbox full, no network · timeout 120 s",
        "    $ true",
        "    fine",
        "    exit 0",
        "    $ false",
        "    bad<U+001B>[2J",
        "    exit 1",
        "    all of it: /tmp/all.txt",
    ]


def test_hosted_items_have_one_live_line() -> None:
    made = document(step(), HostedProgress(S, T, "w", "web_search_call", "searching"))
    made.feed(HostedProgress(S, T, "w", "web_search_call", "completed"))
    assert kinds(made) == [HostedBlock]
    assert shown(made, 50) == ["  ▸ web search completed                         ✓"]


def test_a_retry_drops_the_draft_and_says_why() -> None:
    made = document(prompt("x"), step(), says("half an ans"), Retrying(S, T, 2, 1.5, "The server is busy."))
    assert shown(made) == ["› x", "  ↻ The server is busy · try 2 in 2 s, Esc stops"]
    made.feed(says("whole"))
    made.feed(Retrying(S, T, 3, 3.0, "Again."))
    assert shown(made) == ["› x", "  ↻ Again · try 3 in 3 s, Esc stops"]


def test_a_retry_counts_down_and_then_says_how_long_it_is_silent() -> None:
    clock = Clock()
    made = document(prompt("x"), step(), Retrying(S, T, 2, 3.0, "The server is busy."), clock=clock)
    clock.now += 1.0
    made.waits.tick()
    assert shown(made)[1:] == ["  ↻ The server is busy · try 2 in 2 s, Esc stops"]
    clock.now += 2.0
    made.waits.tick()
    assert shown(made)[1:] == ["  ↻ The server is busy · try 2"]
    clock.now += 4.0
    made.waits.tick()
    assert shown(made)[2:] == ["  … waiting for the model  4 s, Esc stops"]
    made.feed(says("here"))
    assert shown(made)[2:] == ["  here"]
    made.waits.tick()
    assert not made.waits


def test_a_countdown_ends_with_its_turn() -> None:
    made = document(prompt("x"), step(), Retrying(S, T, 2, 3.0, "The server is busy."))
    made.feed(turn_ends("interrupted"))
    assert shown(made)[1] == "  ↻ The server is busy"
    assert not made.waits


def test_what_is_said_meanwhile_survives_a_retry() -> None:
    made = document(prompt("x"), step(), says("half"), Notice(S, T, "by the way"))
    made.feed(Retrying(S, T, 2, 1.0, "Busy."))
    assert [line for line in shown(made) if line][1:] == [
        "  · by the way",
        "  ↻ Busy · try 2 in 1 s, Esc stops",
    ]


def test_a_call_shows_how_long_it_has_been_running() -> None:
    clock = Clock()
    made = document(planned(("1",), "shell", "x", shell_view("sleep 99")), running("1"), clock=clock)
    assert shown(made)[0].endswith("● running")
    clock.now += 75.4
    made.waits.tick()
    assert shown(made)[0].endswith("● running  1 min 15 s")
    made.feed(finished("1", "shell", "exit 0", elapsed_s=76.0))
    assert shown(made)[0].endswith("✓ exit 0  1 min 16 s")
    made.waits.tick()
    assert not made.waits


def test_a_model_that_is_quick_is_not_said_to_be_silent() -> None:
    clock = Clock()
    made = document(prompt("x"), step(), clock=clock)
    clock.now += 1.0
    made.waits.tick()
    assert shown(made) == ["› x"]


def test_a_command_of_ones_own_is_one_card_whatever_the_turn_does() -> None:
    made = document(prompt("x"), step(), planned(("own",), OWN, "make", shell_view("make")), running("own"))
    made.feed(Retrying(S, T, 2, 1.0, "Busy."))
    made.feed(turn_ends())
    made.feed(CallOutput(S, T, "own", "built\n", "stdout"))
    made.feed(prompt("y"))
    made.feed(turn_ends())
    outcome = Outcome(Status.FAILED, (), "exit 2", commands=(CommandResult("make", "built\n", "", 2),))
    made.feed(CallFinished(S, T, "own", OWN, outcome))
    assert [line for line in words(made) if "make" in line] == ["▾ you make ✗ exit 2"]


def test_a_cancelled_call_says_so_once() -> None:
    made = document(planned(("1",), "shell", "x", shell_view("sleep 9")), running("1"))
    made.feed(finished("1", "shell", "cancelled", Status.CANCELLED))
    assert words(made)[0] == "▸ shell sleep 9 ✗ cancelled"


def test_a_patch_of_many_calls_says_once_how_much_is_on_disk() -> None:
    view = patch_view()
    made = document(planned(("1", "2"), "apply_patch", "2 files", view), running("1", "2"))
    one, two = (DiffView(replace(view.patch, changes=(change,))) for change in view.patch.changes)
    made.feed(
        CallFinished(S, T, "1", "apply_patch", Outcome(Status.COMPLETED, (), "1 file", one, elapsed_s=0.3))
    )
    assert words(made)[0] == "▾ patch 2 files +5 −2 ✓ 1 of 2 files written 0.3 s"
    made.feed(
        CallFinished(S, T, "2", "apply_patch", Outcome(Status.COMPLETED, (), "1 file", two, elapsed_s=0.3))
    )
    assert words(made)[0] == "▾ patch 2 files +5 −2 ✓ 2 files written 0.3 s"


def test_a_hint_stands_only_as_long_as_nothing_was_sent() -> None:
    made = document()
    made.hint("Ask for a change.")
    assert shown(made) == ["  Ask for a change."]
    made.feed(Notice(S, T, "openai is used from now on"))
    made.feed(prompt("x"))
    assert shown(made) == ["  · openai is used from now on", "› x"]
    assert not made.blocks[0].gap


def test_an_attached_file_is_one_line_below_the_prompt() -> None:
    file = Text('<file path="src/a.py">\n' + "x = 1\n" * 1000 + "\n</file>")
    typed = Text('why?\n<file path="no.py">')
    made = document(TurnStarted(S, T, (typed, file)))
    assert shown(made) == ["› why?", '  <file path="no.py">', "  @src/a.py  (≈ 1.5k tokens)"]
    assert made.blocks[0].text() == 'why?\n<file path="no.py">'


def test_a_cut_response_marks_its_calls_and_keeps_its_text() -> None:
    made = document(prompt("x"), step(), says("so far"), *drafted("k", "search"), call_item("k", "1"))
    made.feed(step_ends("cut", reason="The connection closed."))
    assert shown(made)[1] == "  so far"
    assert shown(made)[2].endswith("✗ not run")
    assert "The connection closed" in shown(made)[3]


def test_an_error_is_a_sentence_where_it_happened() -> None:
    made = document(prompt("x"), turn_ends("failed", "The key was refused (401). Run tui-assist doctor."))
    assert shown(made)[-1] == "  ✗ The key was refused (401). Run tui-assist doctor."


def test_an_interrupted_turn_leaves_nothing_waiting() -> None:
    made = document(prompt("x"), planned(("1",), "shell", "x", shell_view("sleep 9")), running("1"))
    made.feed(turn_ends("interrupted"))
    assert shown(made)[1].endswith("✗ cancelled")
    assert shown(made)[-1].strip() == "interrupted"


def test_usage_of_all_steps_stands_at_the_right_edge_of_a_turn() -> None:
    made = document(prompt("x"), step(), step_ends(usage=Usage(12_000, 8_000, 300, 120)))
    made.feed(step(2))
    made.feed(step_ends(usage=Usage(400, 0, 10, 0)))
    made.feed(turn_ends())
    assert shown(made, 80)[-1] == "12.4k in, 8.0k cached · 310 out, 120 reasoning".rjust(80)


def test_tokens_nobody_counted_are_not_invented() -> None:
    assert describe_usage(Usage()) == ""
    assert describe_usage(Usage(input=5)) == "5 in"


def test_notices_make_escapes_visible() -> None:
    assert shown(document(Notice(S, T, "be\x1b[31mware")))[-1] == "  · be<U+001B>[31mware"


def test_a_document_says_what_changed_and_nothing_else() -> None:
    made = document(*conversation(20), prompt("x"), step(), says("a"))
    made.take_changes()
    made.feed(says("b"))
    assert made.take_changes() == (len(made.blocks), {len(made.blocks) - 1})


def test_blocks_that_were_dropped_are_said_to_be_gone() -> None:
    made = document(prompt("x"), step(), says("a"))
    made.take_changes()
    made.feed(Retrying(S, T, 2, 1, "busy"))
    assert made.take_changes()[0] == 1


def test_a_whole_conversation_has_its_kinds() -> None:
    made = document(*conversation(1), turn_ends("interrupted", "stopped"))
    assert kinds(made) == [PromptBlock, AnswerBlock, Card, TurnEnd]


EVENTS: list[Event] = [
    prompt("x\x1b"),
    step(),
    ResponseStarted(S, T, "id"),
    says("**text"),
    said("`text"),
    ReasoningDelta(S, T, "r", "deep", False),
    ReasoningDone(S, T, "r", "deep thought"),
    *drafted("k", "search", "{"),
    *drafted("p", "apply_patch", '{"patch": "*** Begin Patch\\n*** Add File: x\\n+a"}'),
    *drafted("s", "shell", "{"),
    call_item("k", "1"),
    call_item("p", "2"),
    call_item("s", "3"),
    HostedProgress(S, T, "h", "web_search_call", "searching"),
    Retrying(S, T, 2, 1.0, "busy"),
    step_ends(),
    step_ends("cut"),
    planned(("1",), "search", "x"),
    planned(("2", "4"), "apply_patch", "x", patch_view()),
    planned(("3",), "shell", "x", shell_view("ls")),
    planned(("3",), "apply_patch", "x", patch_view()),
    asked(("2",), "apply_patch", patch_view()),
    Decided(S, T, "q", ("2",), Decision(Verdict.REFUSE, "no")),
    running("1", "3"),
    CallOutput(S, T, "3", "out\r50%\r100%\x1b[31m", "stderr"),
    finished("1", "search", text="found\ttab\x07"),
    finished("2", "apply_patch", status=Status.FAILED, text="no"),
    finished("9", "unknown"),
    Notice(S, T, "note"),
    turn_ends(),
    turn_ends("failed", "why"),
    turn_ends("interrupted"),
]


def test_every_kind_of_event_is_among_the_samples() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(Event))


@given(st.lists(st.sampled_from(EVENTS), max_size=40), st.integers(10, 100), st.booleans())
def test_any_order_of_events_makes_lines_that_fit(events: list[Event], width: int, opened: bool) -> None:
    made = Document()
    for event in events:
        made.feed(event)
    for index, block in enumerate(made.blocks):
        assert block.index == index
        if opened and block.foldable:
            block.toggle()
        for line in block.lines(width):
            assert width_of(line.spans) <= max(width, 16), (type(block), line)
            assert not {"\x1b", "\n", "\r", "\t", "\x07"} & set(line.text)
