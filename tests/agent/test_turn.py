import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.agent.conversations import ALLOW, REFUSE, Person, staged
from tests.server import Incomplete, Refuse, Stall, Truncate, calls, patches, says, writes
from tui_assist.errors import Fault
from tui_assist.events import (
    Asked,
    CallFinished,
    CallOutput,
    CallPlanned,
    Decided,
    Notice,
    Retrying,
    StepStarted,
    TextDelta,
    TextDone,
    TurnFinished,
    TurnStarted,
)
from tui_assist.values.asking import Mode, Request, Rule, Verdict
from tui_assist.values.calls import Status
from tui_assist.values.content import Text

DIFF = "@@\n-one\n+ONE\n"


def prepare(tmp_path: Path, **files: str) -> Path:
    root = tmp_path / "repo"
    root.mkdir(exist_ok=True)
    for name, text in files.items():
        (root / f"{name}.txt").write_text(text)
    return root


async def test_a_plain_answer_ends_the_turn(tmp_path: Path) -> None:
    async with staged(tmp_path, [says("hello there")]) as stage:
        finished = await stage.turn("hi")
    assert finished.status == "completed"
    assert stage.of(TextDone)[-1].text == "hello there"
    assert [type(event) for event in stage.seen[:2]] == [TurnStarted, StepStarted]


async def test_an_accepted_patch_is_written_and_reported(tmp_path: Path) -> None:
    root = prepare(tmp_path, a="one\ntwo\n")
    async with staged(tmp_path, [patches("a.txt", DIFF, call_id="c1"), says("done")]) as stage:
        finished = await stage.turn("go")
    assert finished.status == "completed"
    assert (root / "a.txt").read_text() == "ONE\ntwo\n"
    assert stage.server.requests[1].output_of("c1")["status"] == "completed"
    assert [type(event) for event in stage.seen if isinstance(event, Asked | Decided | CallFinished)] == [
        Asked,
        Decided,
        CallFinished,
    ]


async def test_a_refused_patch_leaves_the_disk_and_tells_the_model_why(tmp_path: Path) -> None:
    root = prepare(tmp_path, a="one\n")
    person = Person(lambda request: REFUSE)
    async with staged(tmp_path, [patches("a.txt", DIFF, call_id="c1"), says("ok")], person) as stage:
        await stage.turn("go")
    assert (root / "a.txt").read_text() == "one\n"
    answered = stage.server.requests[1].output_of("c1")
    assert answered["status"] == "failed"
    assert "not now" in answered["output"]


async def test_all_patches_of_a_response_are_one_request(tmp_path: Path) -> None:
    root = prepare(tmp_path, a="one\n", b="one\n")
    script = [patches("a.txt", DIFF, call_id="c1") + patches("b.txt", DIFF, call_id="c2"), says("done")]
    async with staged(tmp_path, script) as stage:
        await stage.turn("go")
    assert [request.call_ids for request in stage.person.asked] == [("c1", "c2")]
    assert ((root / "a.txt").read_text(), (root / "b.txt").read_text()) == ("ONE\n", "ONE\n")


async def test_every_request_of_a_response_reaches_the_person_at_once(tmp_path: Path) -> None:
    prepare(tmp_path, a="one\n")
    person = Person(lambda request: None)
    script = [patches("a.txt", DIFF) + calls("shell", "true"), says("done")]
    async with staged(tmp_path, script, person) as stage:
        stage.conversation.send((Text("go"),))
        await stage.until(lambda seen: len(person.asked) == 2)
        await stage.conversation.cancel()
    assert [request.tool for request in person.asked] == ["apply_patch", "shell"]


async def test_calls_run_in_their_order_whatever_is_answered_first(tmp_path: Path) -> None:
    root = prepare(tmp_path)
    script = [calls("shell", "echo a >> log") + calls("shell", "echo b >> log"), says("done")]
    first = asyncio.Event()

    async def slow_on_the_first(request: Request) -> Any:
        if "echo a" in request.title:
            await first.wait()
        else:
            asyncio.get_running_loop().call_later(0.1, first.set)
        return ALLOW

    async with staged(tmp_path, script, slow_on_the_first) as stage:
        await stage.turn("go")
    assert (root / "log").read_text() == "a\nb\n"


async def test_a_file_that_changed_while_it_was_shown_is_planned_and_asked_again(tmp_path: Path) -> None:
    root = prepare(tmp_path, a="one\ntwo\n")

    def change_once(request: Request) -> Any:
        if len(person.asked) == 1:
            (root / "a.txt").write_text("zero\none\ntwo\n")
        return ALLOW

    person = Person(change_once)
    async with staged(tmp_path, [patches("a.txt", DIFF), says("done")], person) as stage:
        await stage.turn("go")
    assert [request.needs_focus for request in person.asked] == [False, True]
    assert "changed since it was shown" in person.asked[1].reasons[0]
    assert (root / "a.txt").read_text() == "zero\nONE\ntwo\n"


async def test_an_earlier_patch_of_the_same_response_does_not_make_a_later_command_stale(
    tmp_path: Path,
) -> None:
    prepare(tmp_path, a="one\n")
    script = [patches("a.txt", DIFF) + calls("shell", "cat a.txt", call_id="s1"), says("done")]
    async with staged(tmp_path, script) as stage:
        await stage.turn("go")
    assert stage.server.requests[1].output_of("s1")["output"][0]["stdout"] == "ONE\n"


async def test_a_call_of_an_unknown_tool_is_answered_and_the_turn_goes_on(tmp_path: Path) -> None:
    script = [calls("teleport", json="{}", call_id="c1") + calls("search", json="{oops", call_id="c2")]
    async with staged(tmp_path, [*script, says("sorry")]) as stage:
        finished = await stage.turn("go")
    assert finished.status == "completed"
    assert "no tool 'teleport'" in stage.server.requests[1].output_of("c1")["output"]
    assert "JSON" in stage.server.requests[1].output_of("c2")["output"]


async def test_commands_report_each_exit_code_and_stream_their_output(tmp_path: Path) -> None:
    async with staged(tmp_path, [calls("shell", "echo hi", "exit 3", call_id="s1"), says("ok")]) as stage:
        await stage.turn("go")
    output = stage.server.requests[1].output_of("s1")["output"]
    assert [entry["outcome"] for entry in output] == [
        {"type": "exit", "exit_code": 0},
        {"type": "exit", "exit_code": 3},
    ]
    assert "hi\n" in "".join(event.text for event in stage.of(CallOutput))


async def test_cancelling_a_command_ends_it_and_leaves_a_session_to_go_on_with(tmp_path: Path) -> None:
    script = [calls("shell", "echo begun; sleep 600", call_id="s1"), says("as you wish")]
    async with staged(tmp_path, script) as stage:
        stage.conversation.send((Text("go"),))
        await stage.until(lambda seen: any(isinstance(event, CallOutput) for event in seen))
        await stage.conversation.cancel()
        assert isinstance(stage.seen[-1], TurnFinished)
        assert stage.seen[-1].status == "interrupted"

        finished = await stage.turn("go on")
        assert finished.status == "completed"
        answered = str(stage.server.requests[-1].output_of("s1"))
    assert "cancelled by the person" in answered
    assert "begun" in answered


async def test_cancelling_a_stream_keeps_what_was_said(tmp_path: Path) -> None:
    script = [says("word " * 400), says("as you wish")]
    async with staged(tmp_path, script, rate=100) as stage:
        stage.conversation.send((Text("go"),))
        await stage.until(lambda seen: sum(isinstance(event, TextDelta) for event in seen) > 5)
        await stage.conversation.cancel()
        finished = await stage.turn("go on")
        assert finished.status == "completed", finished
        said = str(stage.server.requests[-1].input_items)
    assert "word word" in said


async def test_a_cut_stream_is_tried_again_in_the_open(tmp_path: Path) -> None:
    async with staged(tmp_path, [says("whole answer")], faults={0: Truncate(4)}) as stage:
        finished = await stage.turn("go")
    assert finished.status == "completed"
    assert len(stage.of(Retrying)) == 1
    texts = [item for item in stage.conversation.history() if isinstance(item, TextDone)]
    assert [text.text for text in texts] == ["whole answer"]


async def test_the_calls_of_an_incomplete_response_are_answered_and_none_runs(tmp_path: Path) -> None:
    root = prepare(tmp_path)
    script = [calls("shell", "touch ran", call_id="s1") + says("and"), says("ok")]
    async with staged(tmp_path, script, faults={0: Incomplete()}) as stage:
        finished = await stage.turn("go")
        assert finished.status == "failed"
        assert "continue" in finished.reason
        await stage.turn("continue")
        assert "not run" in str(stage.server.requests[-1].output_of("s1"))
    assert not (root / "ran").exists()


async def test_a_wrong_key_ends_the_turn_with_what_to_do(tmp_path: Path) -> None:
    async with staged(tmp_path, [says("x")], faults={0: Refuse(401)}) as stage:
        finished = await stage.turn("go")
    assert (finished.status, finished.fault) == ("failed", Fault.AUTH)
    assert "SCRIPTED_KEY" in finished.reason


OVERFLOW = {"error": {"code": "context_length_exceeded", "message": "too long", "type": "invalid"}}


async def test_a_conversation_that_does_not_fit_is_a_choice(tmp_path: Path) -> None:
    script = [says("one"), says("two"), says("three")]
    async with staged(tmp_path, script, faults={2: Refuse(400, OVERFLOW)}) as stage:
        await stage.turn("first")
        await stage.turn("second")
        finished = await stage.turn("third")
        assert finished.status == "completed"
        assert [request.tool for request in stage.person.asked] == ["turn"]
        sent = str(stage.server.requests[-1].input_items)
        shown = [event for event in stage.conversation.history() if isinstance(event, TurnStarted)]
    assert "first" not in sent
    assert "third" in sent
    assert len(shown) == 3


async def test_a_single_turn_that_does_not_fit_fails_without_a_loop(tmp_path: Path) -> None:
    async with staged(tmp_path, [says("x")], faults={0: Refuse(400, OVERFLOW)}) as stage:
        finished = await stage.turn("much")
    assert (finished.status, finished.fault) == ("failed", Fault.OVERFLOW)


async def test_the_same_call_three_times_asks_to_go_on(tmp_path: Path) -> None:
    script = [calls("find_files", json='{"pattern":"x"}') for _ in range(3)]
    person = Person(lambda request: REFUSE)
    async with staged(tmp_path, [*script, says("never")], person) as stage:
        finished = await stage.turn("go")
    assert [request.tool for request in person.asked] == ["turn"]
    assert "three times" in finished.reason


async def test_the_step_limit_asks_to_go_on(tmp_path: Path) -> None:
    script = [calls("find_files", json=f'{{"pattern":"x{number}"}}') for number in range(3)]
    async with staged(tmp_path, [*script, says("done")], step_limit=2) as stage:
        finished = await stage.turn("go")
    assert finished.status == "completed"
    assert [request.title for request in stage.person.asked] == ["2 steps in this turn: go on?"]


async def test_plan_mode_changes_nothing_and_says_so_to_the_model(tmp_path: Path) -> None:
    root = prepare(tmp_path, a="one\n")
    script = [patches("a.txt", DIFF, call_id="c1") + calls("shell", "touch x", call_id="s1"), says("ok")]
    async with staged(tmp_path, script) as stage:
        stage.conversation.mode = Mode.PLAN
        await stage.turn("go")
        assert stage.person.asked == []
        assert "plan mode" in str(stage.server.requests[1].output_of("c1"))
        assert "plan mode" in str(stage.server.requests[1].output_of("s1"))
    assert sorted(path.name for path in root.iterdir()) == ["a.txt"]


async def test_accept_edits_lets_an_exact_patch_through_and_asks_for_the_rest(tmp_path: Path) -> None:
    root = prepare(tmp_path, a="one\n", b="  one  \n")
    script = [patches("a.txt", DIFF), patches("b.txt", DIFF), says("ok")]
    async with staged(tmp_path, script) as stage:
        stage.conversation.mode = Mode.ACCEPT_EDITS
        await stage.turn("go")
    assert (root / "a.txt").read_text() == "ONE\n"
    assert [request.needs_focus for request in stage.person.asked] == [True]


async def test_a_kept_rule_lets_the_same_command_through_next_time(tmp_path: Path) -> None:
    rule = Rule(("ls",), Verdict.ALLOW, "project")
    person = Person(lambda request: type(ALLOW)(Verdict.ALLOW, rule=rule))
    script = [calls("shell", "ls"), calls("shell", "ls -la"), says("ok")]
    async with staged(tmp_path, script, person) as stage:
        await stage.turn("go")
        assert len(person.asked) == 1
        assert person.asked[0].rule == ("ls",)
        again = await stage.assistant.open(person)
        assert again._policy().rules == (rule,)
        await again.close()


async def test_another_effort_counts_from_the_next_step_of_the_same_model(tmp_path: Path) -> None:
    async with staged(tmp_path, [says("one"), says("two")]) as stage:
        await stage.turn("first")
        model = stage.conversation.model
        stage.conversation.use_effort("low")
        await stage.turn("second")
        assert stage.conversation.model is model
        assert (stage.conversation.effort, stage.server.requests[1]["reasoning"]["effort"]) == ("low", "low")


async def test_a_prompt_sent_meanwhile_waits_for_the_turn_to_end(tmp_path: Path) -> None:
    async with staged(tmp_path, [says("one"), says("two")]) as stage:
        stage.conversation.send((Text("first"),))
        stage.conversation.send((Text("second"),))
        assert len(stage.conversation.queue) == 1
        await stage.conversation.wait()
    assert [event.text for event in stage.of(TextDone)] == ["one", "two"]


async def test_a_custom_tool_patch_and_a_heredoc_are_the_same_request(tmp_path: Path) -> None:
    root = prepare(tmp_path, a="one\n", b="one\n")
    envelope = "*** Begin Patch\n*** Update File: {}.txt\n@@\n-one\n+ONE\n*** End Patch"
    heredoc = f"apply_patch <<'EOF'\n{envelope.format('b')}\nEOF"
    script = [
        writes("apply_patch", envelope.format("a"), call_id="c1"),
        calls("shell", heredoc, call_id="s1"),
        says("ok"),
    ]
    async with staged(tmp_path, script) as stage:
        await stage.turn("go")
        assert [request.tool for request in stage.person.asked] == ["apply_patch", "apply_patch"]
        assert stage.server.requests[1].output_of("c1")["type"] == "custom_tool_call_output"
        assert stage.server.requests[2].output_of("s1")["type"] == "shell_call_output"
    assert ((root / "a.txt").read_text(), (root / "b.txt").read_text()) == ("ONE\n", "ONE\n")


async def test_a_stalled_stream_can_be_cancelled(tmp_path: Path) -> None:
    async with staged(tmp_path, [says("never whole")], faults={0: Stall(5)}) as stage:
        stage.conversation.send((Text("go"),))
        await stage.until(lambda seen: any(isinstance(event, TextDelta) for event in seen))
        await stage.conversation.cancel()
    assert stage.of(TurnFinished)[-1].status == "interrupted"


@pytest.mark.parametrize(("dialect", "role"), [("openai", "developer"), ("llamacpp", "user")])
async def test_what_the_person_did_themselves_is_told_with_the_next_prompt(
    tmp_path: Path, dialect: Any, role: str
) -> None:
    script = [says("one"), says("two")]
    async with staged(tmp_path, script, dialect=dialect, kind=dialect) as stage:
        await stage.turn("first")
        stage.conversation.tell_model("patch 1 is taken back")
        await stage.turn("second")
        told = stage.server.requests[1].input_items[-2]
        assert (told["role"], "taken back" in str(told["content"])) == (role, True)
        shown = [event for event in stage.conversation.history() if isinstance(event, TurnStarted)]
        assert len(shown) == 2


async def test_a_resumed_session_shows_and_sends_what_it_was(tmp_path: Path) -> None:
    prepare(tmp_path, a="one\n")
    async with staged(tmp_path, [patches("a.txt", DIFF, call_id="c1"), says("done")]) as stage:
        await stage.turn("go")
        stage.conversation.keep_draft("half a thought")
        session_id = stage.conversation.id
    async with staged(tmp_path, [says("again")], resume=session_id) as stage:
        assert stage.conversation.draft == "half a thought"
        history = stage.conversation.history()
        await stage.turn("more")
        assert stage.server.refusals == []
    kinds = [type(event) for event in history if isinstance(event, TurnStarted | CallPlanned | CallFinished)]
    assert kinds == [TurnStarted, CallPlanned, CallFinished]
    assert not [event for event in history if isinstance(event, Notice)]


async def test_an_open_call_of_a_killed_run_is_answered_on_load(tmp_path: Path) -> None:
    person = Person(lambda request: None)
    async with staged(tmp_path, [calls("shell", "true", call_id="s1")], person) as stage:
        stage.conversation.send((Text("go"),))
        await stage.until(lambda seen: bool(person.asked))
        session_id = stage.conversation.id
        file = next(stage.assistant.places.state.rglob("*.jsonl"))
        killed = file.read_bytes()
        await stage.conversation.cancel()
    file.write_bytes(killed)
    async with staged(tmp_path, [says("ok")], resume=session_id) as stage:
        await stage.turn("and now?")
        assert "it may have run" in str(stage.server.requests[0].output_of("s1"))


@pytest.mark.parametrize("status", [Status.FAILED])
async def test_a_patch_outside_the_root_is_refused_to_the_model(tmp_path: Path, status: Status) -> None:
    script = [patches("../escape.txt", "+x\n", create=True, call_id="c1"), says("ok")]
    async with staged(tmp_path, script) as stage:
        await stage.turn("go")
        assert stage.person.asked == []
    assert stage.of(CallFinished)[0].outcome.status is status
    assert not (tmp_path / "escape.txt").exists()


async def test_an_aside_is_answered_and_leaves_no_trace(tmp_path: Path) -> None:
    root = prepare(tmp_path, a="one\n")
    person = Person(lambda request: None)
    script = [patches("a.txt", DIFF, call_id="c1"), says("because of *two*"), says("done")]
    async with staged(tmp_path, script, person) as stage:
        stage.conversation.send((Text("go"),))
        await stage.until(lambda seen: len(person.asked) == 1)
        before = list(stage.seen)
        assert await stage.conversation.aside("why this?") == "because of *two*"
        assert stage.seen == before
        asked = stage.server.requests[1]
        assert "why this?" in str(asked.input_items[-1])
        assert "deciding" in str(asked.output_of("c1"))
        assert not asked.get("tools")
        await stage.conversation.cancel()
        await stage.turn("go on")
        assert "why this?" not in str(stage.server.requests[2].input_items)
    assert (root / "a.txt").read_text() == "one\n"
