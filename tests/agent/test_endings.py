import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.agent.conversations import ALLOW, Person, Stage, staged
from tests.server import Fault, Refuse, Truncate, calls, patches, says
from tui_assist.events import Asked, CallFinished, CallRunning, TurnFinished
from tui_assist.tools import ShellTool
from tui_assist.values.asking import Decision, Request
from tui_assist.values.calls import Status
from tui_assist.values.content import Text, text_of

OVERFLOW = {"error": {"code": "context_length_exceeded", "message": "too long", "type": "invalid"}}
DIFF = "@@\n-one\n+ONE\n"


def repo(tmp_path: Path, **files: str) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    for name, text in files.items():
        (root / f"{name}.txt").write_text(text)
    return root


def ends(stage: Stage) -> dict[str, tuple[Status, str]]:
    return {
        event.call_id: (event.outcome.status, text_of(event.outcome.content))
        for event in stage.of(CallFinished)
    }


async def interrupt(stage: Stage, asked: int = 0, running: int = 0) -> None:
    """Starts a turn and interrupts it once that much was asked and ran; then the session must go on."""
    stage.conversation.send((Text("go"),))
    await stage.until(lambda seen: len(stage.of(Asked)) >= asked and len(stage.of(CallRunning)) >= running)
    await stage.conversation.cancel()
    assert isinstance(stage.seen[-1], TurnFinished)
    assert stage.seen[-1].status == "interrupted"
    again = await stage.turn("go on")
    assert (again.status, stage.server.refusals) == ("completed", [])


async def test_a_silent_command_that_was_interrupted_is_not_called_undone(tmp_path: Path) -> None:
    root = repo(tmp_path)
    script = [calls("shell", "touch made; sleep 600", call_id="s1"), says("ok")]
    async with staged(tmp_path, script) as stage:
        stage.conversation.send((Text("go"),))
        await stage.until(lambda seen: (root / "made").exists())
        await stage.conversation.cancel()
    status, said = ends(stage)["s1"]
    assert status is Status.CANCELLED
    assert "may be done in part" in said
    assert "nothing was done" not in said


async def test_interrupted_between_two_calls_each_answer_is_true(tmp_path: Path) -> None:
    root = repo(tmp_path, a="one\n")
    person = Person(lambda request: ALLOW if request.tool == "apply_patch" else None)
    script = [patches("a.txt", DIFF, call_id="p1") + calls("shell", "touch made", call_id="s1"), says("ok")]
    async with staged(tmp_path, script, person) as stage:
        await interrupt(stage, asked=2, running=1)
        assert ends(stage)["p1"][0] is Status.COMPLETED
        assert "nothing was done" in ends(stage)["s1"][1]
    assert (root / "a.txt").read_text() == "ONE\n"
    assert not (root / "made").exists()


async def test_interrupted_while_a_stale_patch_is_asked_again_nothing_was_done(tmp_path: Path) -> None:
    root = repo(tmp_path, a="one\n")

    def change_then_wait(request: Request) -> Decision | None:
        if len(person.asked) > 1:
            return None
        (root / "a.txt").write_text("zero\none\n")
        return ALLOW

    person = Person(change_then_wait)
    async with staged(tmp_path, [patches("a.txt", DIFF, call_id="p1"), says("ok")], person) as stage:
        await interrupt(stage, asked=2)
        assert "nothing was done" in ends(stage)["p1"][1]
    assert (root / "a.txt").read_text() == "zero\none\n"


async def test_a_file_that_changes_each_time_it_is_shown_ends_as_a_failure(tmp_path: Path) -> None:
    root = repo(tmp_path, a="one\n")

    def change(request: Request) -> Decision:
        with (root / "a.txt").open("a") as file:
            file.write("more\n")
        return ALLOW

    async with staged(tmp_path, [patches("a.txt", DIFF, call_id="p1"), says("ok")], Person(change)) as stage:
        finished = await stage.turn("go")
    assert finished.status == "completed"
    assert ends(stage)["p1"] == (Status.FAILED, "the files kept changing; read them again")
    assert (root / "a.txt").read_text().startswith("one\n")


async def test_an_approver_that_fails_lets_nothing_happen_and_leaves_a_session_to_go_on_with(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = repo(tmp_path, a="one\n")

    async def broken(request: Request) -> Decision:
        raise RuntimeError("no screen")

    script = [patches("a.txt", DIFF, call_id="p1") + calls("shell", "touch made", call_id="s1"), says("ok")]
    async with staged(tmp_path, script, broken) as stage:
        finished = await stage.turn("go")
        assert (finished.status, "no screen" in finished.reason) == ("failed", True)
        assert {status for status, _ in ends(stage).values()} == {Status.FAILED}
        assert (await stage.turn("go on")).status == "completed"
    assert (root / "a.txt").read_text() == "one\n"
    assert not (root / "made").exists()


async def test_a_tool_that_fails_in_an_odd_way_leaves_no_call_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def boom(*_: object) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(ShellTool, "run", boom)
    script = [calls("shell", "ls", call_id="s1") + calls("shell", "pwd", call_id="s2"), says("ok")]
    async with staged(tmp_path, script) as stage:
        assert (await stage.turn("go")).status == "failed"
        assert "look what is done" in ends(stage)["s1"][1]
        assert "not run" in ends(stage)["s2"][1]
        assert (await stage.turn("go on")).status == "completed"
        assert stage.server.refusals == []


async def test_an_interrupt_right_after_sending_ends_the_turn(tmp_path: Path) -> None:
    async with staged(tmp_path, [says("ok")]) as stage:
        stage.conversation.send((Text("go"),))
        await stage.conversation.cancel()
        assert not stage.conversation.busy
        await asyncio.wait_for(stage.conversation.wait(), 5)
        assert (await stage.turn("again")).status == "completed"


async def test_turns_stay_left_out_when_the_next_try_is_cut(tmp_path: Path) -> None:
    script = [says(word) for word in ("one", "two", "three", "four")]
    faults: dict[int, Fault] = {2: Refuse(400, OVERFLOW), 3: Truncate(3)}
    async with staged(tmp_path, script, faults=faults) as stage:
        for prompt in ("first", "second", "third", "fourth"):
            assert (await stage.turn(prompt)).status == "completed"
        assert len(stage.of(Asked)) == 1
        assert "first" not in str(stage.server.requests[-1].input_items)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("read_file", r'{"path": "\udc80x", "start": null, "end": null}'),
        ("read_file", r'{"path": "\ud800x", "start": null, "end": null}'),
        ("search", r'{"pattern": "\ud800", "path": null, "regex": false, "context": null}'),
        ("search", r'{"pattern": "x", "path": "\udc80", "regex": false, "context": null}'),
        ("find_files", r'{"pattern": "\ud800"}'),
        ("shell", r'{"commands": ["echo \ud800"], "timeout_ms": null}'),
        ("apply_patch", r'{"patch": "*** Begin Patch\n*** Add File: \ud800\n+x\n*** End Patch"}'),
        ("tele\ud800port", "{}"),
    ],
)
async def test_half_a_character_fails_its_call_and_not_the_session(
    tmp_path: Path, tool: str, arguments: str
) -> None:
    script = [calls(tool, json=arguments, call_id="c1"), says("sorry"), says("ok")]
    async with staged(tmp_path, script) as stage:
        assert (await stage.turn("go")).status == "completed"
        assert (await stage.turn("go on")).status == "completed"
