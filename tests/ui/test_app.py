import subprocess
from pathlib import Path

import pytest
from textual import events

from tests.ui.driving import running
from tests.ui.fakes import FakeAssistant, FakeModel, command_request, patch_request
from tui_assist.events import TextDelta, TextDone
from tui_assist.ui.app import AssistApp
from tui_assist.values.asking import Mode
from tui_assist.values.content import Text
from tui_assist.values.step import Usage


async def test_enter_sends_the_draft_and_empties_the_composer(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.type("hello")
        await driver.press("enter")
        await driver.settle()
        assert (driver.conversation.sent, driver.draft) == ([(Text("hello"),)], "")


async def test_letters_typed_before_the_session_is_open_are_kept(tmp_path: Path) -> None:
    async with running(tmp_path, opens=False) as driver:
        await driver.type("hi")
        await driver.press("enter")
        await driver.until(lambda: driver.assistant.opened and driver.conversation.sent)
        assert driver.conversation.sent == [(Text("hi"),)]


async def test_the_first_prompt_is_sent(tmp_path: Path) -> None:
    async with running(tmp_path, first_prompt="fix it") as driver:
        await driver.until(lambda: driver.conversation.sent)
        assert driver.conversation.sent == [(Text("fix it"),)]


async def test_ctrl_j_begins_a_new_line(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("a", "ctrl+j", "b")
        assert driver.draft == "a\nb"


async def test_enter_while_a_turn_runs_queues(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("a", "enter", "b", "enter", "c", "enter")
        await driver.until(lambda: "2 queued: c" in driver.screen)
        assert driver.conversation.queue == [(Text("b"),), (Text("c"),)]


async def test_up_in_an_empty_composer_takes_the_last_queued_prompt_back(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("a", "enter", "b", "enter", "c", "enter")
        await driver.until(lambda: len(driver.conversation.queue) == 2)
        await driver.press("up")
        await driver.settle()
        assert (driver.draft, driver.conversation.queue) == ("c", [(Text("b"),)])


async def test_escape_stops_the_turn_and_leaves_the_draft(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("a", "enter", "b")
        await driver.until(lambda: driver.pane.chat.busy)
        await driver.press("escape")
        await driver.until(lambda: not driver.pane.chat.busy)
        assert (driver.conversation.cancelled, driver.draft) == (1, "b")


async def test_escape_twice_clears_the_draft_and_ctrl_z_brings_it_back(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("a", "b", "escape")
        await driver.settle()
        assert (driver.draft, driver.hint) == ("ab", "Esc again clears the draft")
        await driver.press("escape")
        await driver.settle()
        assert driver.draft == ""
        await driver.press("ctrl+z")
        assert driver.draft == "ab"


async def test_two_escapes_far_apart_clear_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("a", "escape")
        await driver.rest()
        await driver.press("escape")
        await driver.settle()
        assert driver.draft == "a"


async def test_ctrl_c_clears_the_draft_then_twice_quits(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("a", "ctrl+c")
        await driver.settle()
        assert driver.draft == ""
        await driver.press("ctrl+c")
        await driver.settle()
        assert driver.hint == "Ctrl+C again quits"
        await driver.press("ctrl+c")
        await driver.until(lambda: driver.assistant.closed)
        assert driver.conversation.closed


async def test_quitting_stops_turns_and_keeps_drafts(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("a", "enter", "b", "ctrl+q")
        await driver.until(lambda: driver.assistant.closed)
        conversation = driver.conversation
        assert (conversation.cancelled, conversation.closed, conversation.draft) == (1, True, "b")


async def test_a_stored_draft_comes_back(tmp_path: Path) -> None:
    assistant = FakeAssistant(tmp_path, draft="where was I")
    async with running(tmp_path, assistant=assistant) as driver:
        await driver.until(lambda: driver.draft)
        assert driver.draft == "where was I"


async def test_shift_tab_goes_round_the_modes(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        seen = []
        for _ in range(3):
            await driver.press("shift+tab")
            seen.append(driver.conversation.mode)
        assert seen == [Mode.ACCEPT_EDITS, Mode.PLAN, Mode.ASK]


async def test_the_status_line_says_what_a_prompt_goes_to(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        driver.conversation.usage = Usage(input=12_000, output=400)
        driver.conversation.effort = "high"
        driver.app.chats.refresh_panes()
        await driver.settle()
        last = driver.screen.splitlines()[-1]
        assert " ".join(last.split()) == (
            "ask · no sandbox openai gpt-5.2 high 12.4k of 400k Shift+Tab mode Ctrl+P all ? keys"
        )


@pytest.mark.parametrize("width", [34, 60, 140])
async def test_rules_are_never_taken_for_a_model(tmp_path: Path, width: int) -> None:
    async with running(tmp_path, size=(width, 24)) as driver:
        driver.conversation.model = FakeModel("practice", "practice")
        driver.app.chats.refresh_panes()
        await driver.until(lambda: "rules, not AI" in driver.screen.splitlines()[-1])


async def test_a_hint_stands_until_the_first_prompt(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        assert "say what to change or run" in driver.screen
        await driver.type("hi")
        await driver.press("enter")
        await driver.until(lambda: "› hi" in driver.screen)
        await driver.settle()
        assert "say what to change or run" not in driver.screen


async def test_a_narrow_and_short_screen_shows_its_lines_only_to_answer_a_key(tmp_path: Path) -> None:
    async with running(tmp_path, size=(40, 12)) as driver:
        assert "no sandbox" not in driver.screen
        await driver.press("ctrl+c")
        await driver.until(lambda: "Ctrl+C again quits" in driver.screen)


async def test_an_unknown_window_is_not_invented(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        driver.conversation.model = FakeModel("ollama", "qwen3", None)
        driver.conversation.usage = Usage(input=12_000, output=400)
        driver.app.chats.refresh_panes()
        await driver.settle()
        assert "ollama qwen3   12.4k  " in driver.screen.splitlines()[-1]


async def test_two_panes_run_two_turns_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("a", "enter", "ctrl+n")
        await driver.until(lambda: len(driver.assistant.opened) == 2)
        await driver.press("b", "enter")
        await driver.until(lambda: driver.conversation.sent)
        assert [one.busy for one in driver.assistant.opened] == [True, True]


async def test_a_request_in_another_pane_is_a_mark_and_never_a_jump(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("ctrl+n")
        await driver.until(lambda: len(driver.assistant.opened) == 2)
        second = driver.pane
        driver.assistant.opened[0].ask(command_request())
        await driver.until(lambda: "1 new ●" in driver.screen)
        assert driver.pane is second
        assert "waiting" not in driver.screen


@pytest.mark.parametrize("keys", [("alt+1",), ("f6",), ("ctrl+pageup",), ("ctrl+pagedown",)])
async def test_keys_switch_between_two_panes(tmp_path: Path, keys: tuple[str, ...]) -> None:
    async with running(tmp_path) as driver:
        first = driver.pane
        await driver.press("ctrl+n")
        await driver.until(lambda: len(driver.app.chats.panes) == 2 and driver.pane is not first)
        await driver.press(*keys)
        assert driver.pane is first
        await driver.press("x")
        assert first.composer.text == "x"


async def test_each_pane_has_its_own_draft(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("a", "ctrl+n")
        await driver.until(lambda: len(driver.assistant.opened) == 2)
        await driver.press("b", "alt+1")
        assert [pane.composer.text for pane in driver.app.chats.panes] == ["a", "b"]


async def test_close_ends_the_panes_session(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("ctrl+n")
        await driver.until(lambda: len(driver.assistant.opened) == 2)
        await driver.type("/close")
        await driver.press("enter")
        await driver.until(lambda: len(driver.app.chats.panes) == 1)
        assert [one.closed for one in driver.assistant.opened] == [False, True]


async def test_a_question_mark_in_an_empty_composer_shows_every_key(tmp_path: Path) -> None:
    async with running(tmp_path, size=(100, 60)) as driver:
        await driver.press("question_mark")
        await driver.until(lambda: "In the tray, after F2" in driver.screen)
        await driver.press("escape", "a", "question_mark")
        assert driver.draft == "a?"


async def test_the_palette_does_what_is_chosen(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("ctrl+p")
        await driver.type("colours")
        await driver.press("enter")
        await driver.until(lambda: "Which colours?" in driver.screen)
        await driver.type("day")
        await driver.press("enter")
        await driver.until(lambda: driver.app.theme == "day")


async def test_new_begins_a_session_in_the_same_pane(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.type("/new")
        await driver.press("enter")
        await driver.until(lambda: len(driver.assistant.opened) == 2)
        assert (len(driver.app.chats.panes), driver.assistant.opened[0].closed) == (1, True)


async def test_new_while_a_turn_runs_leaves_the_turn_alone(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("a", "enter")
        await driver.until(lambda: driver.pane.chat.busy)
        await driver.type("/new")
        await driver.press("enter")
        await driver.until(lambda: len(driver.assistant.opened) == 2)
        assert (len(driver.app.chats.panes), driver.assistant.opened[0].busy) == (2, True)


async def test_copy_sends_the_last_answer_to_the_terminal(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.press("a", "enter")
        await driver.until(lambda: driver.pane.chat.busy)
        driver.conversation.emit(TextDelta("s1", "t1", "m", "for"))
        driver.conversation.emit(TextDone("s1", "t1", "m", "forty-two"))
        await driver.type("/copy")
        await driver.press("enter")
        await driver.until(lambda: driver.hint)
        assert (driver.app.clipboard, driver.hint) == (
            "forty-two",
            "9 characters sent to the terminal's clipboard",
        )


async def test_what_cannot_be_opened_is_said_where_it_happened(tmp_path: Path) -> None:
    assistant = FakeAssistant(tmp_path, fails="openai: no key; set OPENAI_API_KEY")
    async with running(tmp_path, assistant=assistant, opens=False) as driver:
        await driver.until(lambda: "set OPENAI_API_KEY" in driver.screen)


async def test_the_next_prompt_opens_what_could_not_be_opened_before(tmp_path: Path) -> None:
    assistant = FakeAssistant(tmp_path, fails="the server is not up yet")
    async with running(tmp_path, assistant=assistant, opens=False) as driver:
        await driver.until(lambda: "not up yet" in driver.screen)
        assistant.fails = ""
        await driver.type("hello")
        await driver.press("enter")
        await driver.until(lambda: assistant.opened and driver.conversation.sent)
        assert driver.conversation.sent == [(Text("hello"),)]


async def test_an_own_command_runs_and_is_not_sent_to_the_model(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.type("!echo me-too")
        await driver.press("enter")
        await driver.until(lambda: driver.pane.chat.own_command is None and "exit 0" in driver.screen)
        assert driver.conversation.sent == []


async def test_escape_stops_an_own_command(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.type("!sleep 60")
        await driver.press("enter")
        await driver.until(lambda: driver.pane.chat.own_command is not None)
        await driver.press("escape")
        await driver.until(lambda: driver.pane.chat.own_command is None)


@pytest.mark.parametrize("size", [(60, 24), (40, 12), (20, 5)])
async def test_small_screens_still_show_tray_and_composer(tmp_path: Path, size: tuple[int, int]) -> None:
    async with running(tmp_path, size=size) as driver:
        driver.conversation.ask(patch_request())
        await driver.until(lambda: "patch" in driver.screen)
        await driver.press("x")
        await driver.until(lambda: "› x" in driver.screen)


async def test_a_storm_of_sizes_leaves_the_draft_alone(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.type("still here")
        for width, height in [(20, 5), (200, 60), (1, 1), (40, 12), (3, 2), (100, 30)]:
            await driver.pilot.resize_terminal(width, height)
        assert driver.draft == "still here"
        await driver.until(lambda: "› still here" in driver.screen)


async def test_titles_with_control_characters_stay_harmless(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        driver.conversation.title = "\x1b]52;c;eA==\x07[/red]"
        driver.app.chats.refresh_panes()
        await driver.until(lambda: "<U+001B>" in driver.screen)
        assert "\x1b" not in driver.screen


async def test_what_is_typed_before_the_first_frame_arrives_in_its_order(tmp_path: Path) -> None:
    app = AssistApp(FakeAssistant(tmp_path))
    early = (events.Key("a", "a"), events.Paste("b\nc"), events.Key("ctrl+j", None), events.Key("d", "d"))
    for event in early:
        app.post_message(event)
    async with app.run_test() as pilot:
        app.post_message(events.Key("e", "e"))
        for _ in range(400):
            if app.chats.pane.composer.text.endswith("e"):
                break
            await pilot.pause(0.01)
        assert app.chats.pane.composer.text == "ab\nc\nde"


async def test_the_composer_has_the_focus_that_nothing_else_has(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        driver.app.screen.set_focus(None)
        await driver.type("kept")
        driver.app.post_message(events.AppBlur())
        await driver.type(" too")
        assert driver.draft == "kept too"


async def test_what_changed_is_asked_again_after_a_turn(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", tmp_path], check=True)
    async with running(tmp_path) as driver:
        await driver.until(lambda: driver.screen.splitlines()[0].endswith("main"))
        await driver.press("a", "enter")
        await driver.until(lambda: driver.pane.chat.busy)
        (tmp_path / "new.py").write_text("x = 1\n")
        driver.conversation.finish()
        await driver.until(lambda: driver.screen.splitlines()[0].endswith("main ±1"))
