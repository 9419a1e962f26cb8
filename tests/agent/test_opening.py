import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.agent.conversations import ALLOW, Person, assistant_for, staged
from tests.server import Refuse, calls, says, scripted, writes
from tui_assist.errors import UserError
from tui_assist.events import CallOutput, Notice, TextDelta
from tui_assist.journal import About, Journal
from tui_assist.patch.diff import diff_change
from tui_assist.values.asking import Decision, Request, Rule, Verdict
from tui_assist.values.content import Text
from tui_assist.workspace import Workspace

DAY_S = 24 * 3600


async def test_instructions_and_tools_stay_small_on_the_first_request(tmp_path: Path) -> None:
    async with staged(tmp_path, [says("hi")]) as stage:
        await stage.turn("hello")
        request = stage.server.requests[0]
    sent = request["instructions"] + json.dumps(request["tools"])
    assert len(sent.encode()) < 12_000


async def test_instructions_and_function_tools_stay_small_too(tmp_path: Path) -> None:
    async with staged(tmp_path, [says("hi")], dialect="llamacpp", kind="llamacpp") as stage:
        await stage.turn("hello")
        request = stage.server.requests[0]
    assert {tool["type"] for tool in request["tools"]} == {"function"}
    sent = request.get("instructions", "") + json.dumps(request["tools"]) + json.dumps(request["input"])
    assert len(sent.encode()) < 12_000


async def test_a_conversation_that_cannot_be_opened_leaves_its_session_free(tmp_path: Path) -> None:
    async with staged(tmp_path, [says("hi")]) as stage:
        await stage.turn("hello")
        session_id = stage.conversation.id
    rules = tmp_path / "home" / "state" / "rules.json"
    rules.write_text("{")
    with pytest.raises(UserError, match=r"rules\.json"):
        async with staged(tmp_path, [], resume=session_id):
            pass
    rules.unlink()
    async with staged(tmp_path, [says("again")], resume=session_id) as stage:
        assert (await stage.turn("more")).status == "completed"


async def test_a_session_that_is_open_elsewhere_is_refused_and_stays_whole(tmp_path: Path) -> None:
    async with staged(tmp_path, [says("hi"), says("more")]) as stage:
        await stage.turn("hello")
        with pytest.raises(UserError, match="open in another"):
            await stage.assistant.open(stage.person, resume=stage.conversation.id)
        assert (await stage.turn("go on")).status == "completed"


async def test_another_model_chosen_in_a_turn_waits_for_its_end(tmp_path: Path) -> None:
    script = [says("word " * 200), says("two")]
    async with staged(tmp_path, script, rate=200) as stage:
        stage.conversation.send((Text("go"),))
        await stage.until(lambda seen: any(isinstance(event, TextDelta) for event in seen))
        await stage.conversation.use_model("other-model")
        await stage.conversation.wait()
        await stage.turn("again")
        assert [request["model"] for request in stage.server.requests] == ["test-model", "other-model"]


async def test_a_key_is_kept_from_commands_whatever_its_variable_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLM_AUTH", "hush-hush")
    monkeypatch.setenv("OTHER", "shown")
    (tmp_path / "repo").mkdir()
    async with scripted([calls("shell", "env"), says("ok")]) as server:
        assistant = assistant_for(tmp_path / "repo", tmp_path / "home", server.base_url, server.token)
        named = replace(assistant.providers["scripted"], name="named", key_variable="LLM_AUTH")
        assistant.providers = {**assistant.providers, "named": named}
        conversation = await assistant.open(Person())
        printed: list[str] = []
        conversation.listen(lambda event: printed.append(getattr(event, "text", "")))
        conversation.send((Text("go"),))
        await conversation.wait()
        await conversation.close()
        await assistant.close()
    assert "OTHER=shown" in "".join(printed)
    assert "hush-hush" not in "".join(printed)


@pytest.mark.parametrize("status", [400, 401])
async def test_a_key_that_the_server_repeats_is_neither_shown_nor_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr("secrets.token_urlsafe", lambda size: "sk-hush-hush")
    said = {"error": {"message": "no such key: Bearer sk-hush-hush", "type": "invalid"}}
    async with staged(tmp_path, [says("hi")], faults={0: Refuse(status, said)}) as stage:
        assert (await stage.turn("hello")).status == "failed"
    assert stage.server.token == "sk-hush-hush"
    assert "hush-hush" not in str(stage.seen)
    assert "hush-hush" not in next((tmp_path / "home").rglob("*.jsonl")).read_text()


async def test_old_spill_folders_are_forgotten_when_a_conversation_opens(tmp_path: Path) -> None:
    output = tmp_path / "home" / "state" / "output"
    for name, days in (("old", 15), ("recent", 13)):
        (output / name).mkdir(parents=True)
        (output / name / "x.txt").write_text("x")
        then = (output / name).stat().st_mtime - days * DAY_S
        os.utime(output / name, (then, then))
    async with staged(tmp_path, []):
        assert [path.name for path in output.iterdir()] == ["recent"]


async def test_a_tool_file_is_trusted_as_it_was_shown_not_as_it_is_by_then(tmp_path: Path) -> None:
    file = tmp_path / "home" / "config" / "tools" / "mine.py"
    file.parent.mkdir(parents=True)
    file.write_text('def shown() -> str:\n    """Seen by the person."""\n    return "x"\n')
    (tmp_path / "repo").mkdir()
    async with scripted([]) as server:
        assistant = assistant_for(tmp_path / "repo", tmp_path / "home", server.base_url, server.token)
        assert [name for name, _ in assistant.offer] == [str(file)]
        file.write_text('def slipped_in() -> str:\n    """Never seen."""\n    return "x"\n')
        assistant.trust(True)
        conversation = await assistant.open(Person())
        assert "slipped_in" not in [tool.spec.name for tool in conversation.tools]
        assert [name for name, _ in assistant.offer] == [str(file)]
        await conversation.close()
        await assistant.close()


async def test_a_rule_that_cannot_be_kept_holds_for_the_session_and_says_so(tmp_path: Path) -> None:
    rule = Rule(("ls",), Verdict.ALLOW, "project")

    def decide(request: Request) -> Decision:
        (tmp_path / "home" / "state" / "rules.json").mkdir(exist_ok=True)
        return replace(ALLOW, rule=rule)

    script = [calls("shell", "ls"), calls("shell", "ls -l"), says("ok")]
    async with staged(tmp_path, script, Person(decide)) as stage:
        assert (await stage.turn("go")).status == "completed"
        assert len(stage.person.asked) == 1
        assert "this session only" in stage.of(Notice)[0].text
        assert not [event for event in stage.of(CallOutput) if "rror" in event.text]


PATCH = "*** Begin Patch\n*** Add File: a.py\n+one\n*** Add File: b.py\n+two\n*** End Patch\n"


async def test_a_patch_is_kept_with_the_turn_it_came_from(tmp_path: Path) -> None:
    async with staged(tmp_path, [writes("apply_patch", PATCH), says("done")]) as stage:
        await stage.turn("add two files")
        (record,) = stage.assistant.journal.records()
        session = stage.conversation.id
    assert record.about == About(session, "t1", "add two files", "scripted/test-model", "person")
    assert record.files == ("a.py", "b.py")


async def test_a_patch_that_a_crash_cut_is_settled_when_a_conversation_opens(tmp_path: Path) -> None:
    class Crash(BaseException):
        pass

    def crash(step: str) -> None:
        if step in ("swapped a.py", "undoing"):
            raise Crash

    root = tmp_path / "repo"
    root.mkdir()
    changes = [diff_change(f"f{n}", f"{name}.py", None, b"x\n") for n, name in enumerate("ab", 1)]
    journal = Journal(tmp_path / "home" / "state", Workspace([root]), tell=crash)
    with pytest.raises(Crash):
        journal.commit(changes, About("s", "t", "p", "m", "person"))

    async with staged(tmp_path, []) as stage:
        said = [event.text for event in stage.conversation.history() if isinstance(event, Notice)]
    assert said == ["patch 1 was interrupted and is taken back: a.py, b.py"]
    assert list(root.iterdir()) == []
