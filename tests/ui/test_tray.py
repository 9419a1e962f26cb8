import asyncio
from pathlib import Path

import pytest
from textual import events

from tests.ui.driving import Driver, running
from tests.ui.fakes import FakeAssistant, command_request, patch_request
from tui_assist.events import CallFinished, CallPlanned, CallRunning
from tui_assist.ui.chat import pane
from tui_assist.ui.quick import QUIET_S, SEEN_S, QuickKeys
from tui_assist.values.asking import CommandView, Decision, Request, Rule, TextView, Verdict
from tui_assist.values.calls import Outcome, Status

Asked = asyncio.Task[Decision]

COUNTDOWN = 0.1  # seconds: shorter than for people, so that the tests are quick


@pytest.fixture(autouse=True)
def _short_countdown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pane, "COUNTDOWN_S", COUNTDOWN)


async def asked(driver: Driver, request: Request) -> Asked:
    """A request that stands on the screen for the first time."""
    task = driver.conversation.ask(request)
    await driver.until(lambda: request in driver.pane.tray.requests and driver.pane.tray.region.height)
    await driver.settle()
    return task


async def seen(driver: Driver, request: Request) -> Asked:
    """A request that has stood there for a while, nobody typing."""
    task = await asked(driver, request)
    await driver.rest()
    return task


async def after_countdown(driver: Driver) -> None:
    await driver.pilot.pause(COUNTDOWN * 2)


async def test_the_tray_is_there_only_while_something_waits(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        assert "waiting" not in driver.screen
        task = await seen(driver, command_request())
        assert "1 waiting" in driver.screen
        await driver.press("f2", "y")
        await driver.until(task.done)
        await driver.until(lambda: "waiting" not in driver.screen)


async def test_after_f2_y_allows(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, command_request())
        await driver.press("f2", "y")
        await driver.until(task.done)
        assert task.result() == Decision(Verdict.ALLOW)


async def test_n_asks_for_a_note_and_enter_sends_it(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, command_request())
        await driver.press("f2", "n")
        await driver.until(lambda: driver.pane.tray.noting)
        await driver.type("use tox")
        await driver.press("enter")
        await driver.until(task.done)
        assert task.result() == Decision(Verdict.REFUSE, "use tox")


async def test_escape_leaves_the_note_then_the_tray_and_decides_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, command_request())
        await driver.press("f2", "n")
        await driver.until(lambda: driver.pane.tray.noting)
        await driver.press("escape")
        await driver.until(lambda: not driver.pane.tray.noting)
        await driver.press("escape")
        await driver.until(lambda: driver.pane.composer.has_focus)
        await driver.press("a", "y", "n")
        assert (task.done(), driver.draft) == (False, "ayn")


async def test_f2_leads_out_of_the_note_and_back_into_it(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, command_request())
        await driver.press("f2", "n")
        await driver.type("too")
        await driver.press("f2")
        await driver.type("meanwhile")
        assert driver.draft == "meanwhile"
        await driver.press("f2")
        await driver.type(" slow")
        assert "Enter refuse with this note" in driver.screen
        await driver.press("enter")
        await driver.until(task.done)
        assert task.result() == Decision(Verdict.REFUSE, "too slow")


async def test_a_note_left_with_escape_is_there_again(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, command_request())
        await driver.press("f2", "n")
        await driver.type("too slow")
        await driver.press("escape")
        await driver.press("n")
        await driver.press("enter")
        await driver.until(task.done)
        assert task.result().note == "too slow"


async def test_a_note_whose_request_goes_away_becomes_a_draft(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, command_request())
        await driver.press("f2", "n")
        await driver.type("use make")
        task.cancel()
        await driver.until(lambda: not driver.pane.tray.requests)
        await driver.settle()
        await driver.type(" please")
        assert driver.draft == "use make please"


async def test_a_paste_of_lines_into_a_note_keeps_them_all(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, command_request())
        await driver.press("f2", "n")
        driver.app.post_message(events.Paste("one\ntwo\n"))
        await driver.settle()
        await driver.press("enter")
        await driver.until(task.done)
        assert task.result().note == "one two"


async def test_a_request_never_takes_the_focus(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.type("half a w")
        await asked(driver, command_request())
        await driver.type("ord y")
        assert driver.draft == "half a word y"


async def test_keys_in_the_first_half_second_answer_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await asked(driver, command_request())
        driver.clock.now += SEEN_S - 0.01
        await driver.press("f2", "y")
        await driver.settle()
        assert not task.done()
        driver.clock.now += 0.02
        await driver.press("y")
        await driver.until(task.done)


async def test_a_lone_key_answers_after_the_countdown(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, command_request())
        await driver.press("y")
        await driver.until(lambda: "applying …" in driver.screen)
        assert not task.done()
        await driver.until(task.done)
        assert (task.result(), driver.draft) == (Decision(Verdict.ALLOW), "")


async def test_a_second_letter_means_that_the_person_was_typing(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, command_request())
        await driver.press("y", "e")
        await after_countdown(driver)
        assert (task.done(), driver.draft) == (False, "ye")


async def test_escape_takes_a_lone_key_back(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, command_request())
        await driver.press("y", "escape")
        await after_countdown(driver)
        assert (task.done(), driver.draft) == (False, "")


async def test_a_key_right_after_another_is_a_letter(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, command_request())
        await driver.press("a", "backspace")
        driver.clock.now += QUIET_S - 0.01
        await driver.press("y")
        await after_countdown(driver)
        assert (task.done(), driver.draft) == (False, "y")


async def test_a_draft_makes_every_key_a_letter(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("a")
        task = await seen(driver, command_request())
        await driver.press("y")
        await after_countdown(driver)
        assert (task.done(), driver.draft) == (False, "ay")


@pytest.mark.parametrize(
    "request_",
    [
        patch_request(needs_focus=True),
        command_request("r1", "rm -rf /", needs_focus=True, dangers=("deletes everything",)),
        command_request("r1", *(f"echo {number}" for number in range(60))),
    ],
    ids=["not exact", "destructive", "longer than the tray"],
)
async def test_what_must_be_looked_at_is_never_answered_by_a_lone_key(
    tmp_path: Path, request_: Request
) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, request_)
        await driver.press("y")
        await after_countdown(driver)
        assert (task.done(), driver.draft) == (False, "y")


@pytest.mark.parametrize("key", ["s", "p"])
async def test_a_lone_key_never_keeps_a_rule(tmp_path: Path, key: str) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, command_request(rule=("pytest",)))
        await driver.press(key)
        await after_countdown(driver)
        assert (task.done(), driver.draft) == (False, key)


async def test_a_paste_never_answers(tmp_path: Path) -> None:
    from textual.events import Paste

    async with running(tmp_path) as driver:
        task = await seen(driver, command_request())
        driver.app.post_message(Paste("y"))
        await driver.until(lambda: driver.draft == "y")
        await after_countdown(driver)
        assert not task.done()


async def test_a_rule_is_shown_before_it_is_kept(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, command_request(rule=("pytest", "-q")))
        await driver.press("f2", "p")
        await driver.until(
            lambda: "allow commands that begin with: pytest -q (project)   Enter keep it" in driver.screen
        )
        assert not task.done()
        await driver.press("enter")
        await driver.until(task.done)
        rule = Rule(("pytest", "-q"), Verdict.ALLOW, "project")
        assert task.result() == Decision(Verdict.ALLOW, rule=rule)


async def test_any_other_key_keeps_no_rule(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, command_request(rule=("pytest",)))
        await driver.press("f2", "s", "x")
        await driver.settle()
        assert not task.done()
        assert driver.pane.tray.has_focus


async def test_without_a_rule_there_is_no_key_for_one(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, command_request())
        await driver.press("f2", "s", "enter")
        await driver.settle()
        assert not task.done()


async def test_down_chooses_the_next_request(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        first = await asked(driver, command_request("r1", "ls"))
        second = await seen(driver, command_request("r2", "pwd"))
        await driver.press("f2", "down")
        await driver.rest()
        driver.pane.note_shown()
        driver.clock.now += SEEN_S
        await driver.press("y")
        await driver.until(second.done)
        assert not first.done()


async def test_the_next_request_is_not_answered_by_a_key_meant_for_the_last(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        first = await asked(driver, command_request("r1", "ls"))
        second = await seen(driver, command_request("r2", "pwd"))
        await driver.press("f2", "y")
        await driver.until(first.done)
        await driver.settle()
        await driver.press("y")
        await driver.settle()
        assert not second.done()


async def test_a_command_is_shown_whole_with_all_that_matters(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        words = "git push --force origin main"
        await asked(driver, command_request("r1", words, needs_focus=True, dangers=("destructive",)))
        for said in (words, "in /src/calc", "no sandbox", "network on", "timeout 120 s", "! destructive"):
            assert said in driver.screen


async def test_an_interrupted_turn_takes_its_request_away(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("a", "enter")
        task = await seen(driver, command_request())
        await driver.press("f2")
        await driver.press("escape")
        await driver.press("escape")
        await driver.until(task.cancelled)
        await driver.until(lambda: "waiting" not in driver.screen)
        assert driver.pane.composer.has_focus


async def test_a_countdown_ends_with_its_request_and_the_letter_is_kept(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, command_request())
        await driver.press("y")
        task.cancel()
        await driver.until(lambda: driver.draft == "y")


async def test_enter_reviews_a_patch_and_the_review_answers(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, patch_request())
        await driver.press("f2", "enter")
        await driver.until(lambda: "calc.py" in driver.screen and driver.app.screen is not driver.app.chats)
        await driver.press("Y")
        await driver.until(task.done)
        assert task.result().verdict is Verdict.ALLOW


async def test_on_a_wide_screen_the_review_stands_right_of_the_chat(tmp_path: Path) -> None:
    async with running(tmp_path, size=(140, 30)) as driver:
        task = await seen(driver, patch_request())
        await driver.press("f2", "enter")
        await driver.until(lambda: "Esc chat" in driver.screen)
        await driver.until(lambda: driver.pane.region.width < 60)
        await driver.press("escape")
        await driver.until(lambda: driver.pane.region.width == 140)
        await driver.rest()
        await driver.press("y")
        await driver.until(task.done)


async def test_y_in_the_tray_lets_nothing_past_a_review_that_was_begun(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, patch_request())
        await driver.press("f2", "enter")
        await driver.until(lambda: "0 of 1 decided" in driver.screen)
        await driver.press("n")
        await driver.until(lambda: "1 of 1 decided" in driver.screen)
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is driver.app.chats)
        await driver.rest()
        await driver.press("y")
        await driver.until(lambda: "1 of 1 decided" in driver.screen)
        assert not task.done()


async def test_a_review_closes_when_its_turn_is_interrupted(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, patch_request())
        await driver.press("f2", "enter")
        await driver.until(lambda: driver.app.screen is not driver.app.chats)
        task.cancel()
        await driver.until(lambda: driver.app.screen is driver.app.chats)


async def test_nothing_is_answered_while_a_command_without_sandbox_runs(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        talk = driver.conversation
        view = CommandView(("sleep 9",), "/src", 9.0, 100)
        talk.emit(CallPlanned("s1", "t1", ("c9",), "shell", "sleep 9", view))
        talk.emit(CallRunning("s1", "t1", ("c9",)))
        task = await seen(driver, command_request())
        await driver.press("f2", "y")
        await driver.settle()
        assert not task.done()
        assert "waits until the running command has ended" in driver.screen
        talk.emit(CallFinished("s1", "t1", "c9", "shell", Outcome(Status.COMPLETED, ())))
        await driver.until(lambda: not driver.pane.tray.held)
        await driver.press("y")
        await driver.until(task.done)


async def test_a_review_keeps_its_note_while_a_command_without_sandbox_runs(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        talk = driver.conversation
        task = await seen(driver, patch_request())
        await driver.press("f2", "enter")
        await driver.until(lambda: "Esc chat" in driver.screen)
        await driver.press("c")
        await driver.type("rather not")
        talk.emit(CallPlanned("s1", "t1", ("c9",), "own_tool", "x", TextView("x")))
        talk.emit(CallRunning("s1", "t1", ("c9",)))
        await driver.until(lambda: "waits until the running command has ended" in driver.screen)
        await driver.press("enter")
        talk.emit(CallFinished("s1", "t1", "c9", "own_tool", Outcome(Status.COMPLETED, ())))
        await driver.until(lambda: "Enter keep   Esc back" in driver.screen)
        await driver.press("enter")
        await driver.press("A")
        await driver.press("y")
        await driver.until(task.done)
        assert (task.result().verdict, task.result().note) == (Verdict.REFUSE, "calc.py:1: rather not")


async def test_a_review_goes_on_where_it_was_left(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await seen(driver, patch_request())
        await driver.press("f2", "enter")
        await driver.until(lambda: "Esc chat" in driver.screen)
        await driver.press("y")
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is driver.app.chats)
        await driver.rest()
        await driver.press("enter")
        await driver.until(lambda: "1 of 1 decided" in driver.screen)
        await driver.press("A")
        await driver.until(task.done)
        assert task.result() == Decision(Verdict.ALLOW)


async def test_what_a_folder_brings_is_asked_before_the_session_opens(tmp_path: Path) -> None:
    assistant = FakeAssistant(tmp_path, offer=(("AGENTS.md", 2100),))
    async with running(tmp_path, assistant=assistant, opens=False) as driver:
        await driver.until(lambda: "AGENTS.md (2.1 kB): read them?" in driver.screen)
        await driver.rest()
        await driver.press("y", "backspace")
        assert (assistant.trusted, assistant.opened) == (None, [])
        await driver.rest()
        await driver.press("f2", "y")
        await driver.until(lambda: assistant.opened)
        assert assistant.trusted is True


def test_a_request_counts_as_seen_from_when_it_was_shown() -> None:
    quick = QuickKeys()
    quick.show("r1", 1.0)
    quick.show("r1", 2.0)
    assert [quick.seen(1.0 + SEEN_S - 0.01), quick.seen(1.0 + SEEN_S)] == [False, True]
    quick.show("r2", 9.0)
    assert not quick.seen(9.1)
