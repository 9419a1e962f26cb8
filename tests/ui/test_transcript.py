from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from tests.ui.frames import Stage, frame, golden, layouts
from tests.ui.happenings import (
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
from tui_assist.events import CallOutput, Event
from tui_assist.ui.transcript import Document, Transcript
from tui_assist.values.asking import CommandView
from tui_assist.values.step import Usage

Shown = tuple[Transcript, Pilot[None]]


@asynccontextmanager
async def transcript(*events: Event, size: tuple[int, int] = (60, 12)) -> AsyncIterator[Shown]:
    document = Document()
    for event in events:
        document.feed(event)
    app = Stage(lambda: Transcript(document))
    async with app.run_test(size=size) as pilot:
        shown = app.query_one(Transcript)
        shown.focus()
        await settle(shown, pilot)
        yield shown, pilot


async def settle(shown: Transcript, pilot: Pilot[None]) -> None:
    await pilot.pause()
    shown.flush()
    await pilot.pause()


def rows(shown: Transcript) -> list[str]:
    return frame(shown.app).split("\n")


def numbered(count: int) -> Event:
    return said("\n".join(f"line {number}  " for number in range(count)))


async def test_cards_of_every_state_look_as_drawn() -> None:
    view = CommandView(("pytest -q tests",), "/src/calc", 120.0, 16_000, "sandbox full", network=False)
    events = [
        prompt("make add() handle None"),
        step(),
        said("I'll look at the callers first."),
        *drafted("k", "search", "{}"),
        call_item("k", "1"),
        step_ends(usage=Usage(12_400, 8_000, 310, 120)),
        planned(("1",), "search", 'search "add("'),
        finished("1", "search", "14 matches in 5 files", elapsed_s=0.12),
        step(2),
        said("Two callers pass None on purpose, so `add()` should treat it as 0."),
        planned(("2",), "apply_patch", "2 files, 2 hunks", patch_view()),
        asked(("2",), "apply_patch", patch_view()),
        planned(("3",), "shell", "pytest", view),
        running("3"),
        CallOutput("session", "turn", "3", "....\n4 passed in 0.1 s\n", "stdout"),
        finished("4", "read_file", "calc/none.py: no such file"),
    ]
    async with transcript(*events, size=(100, 24)) as (shown, _):
        assert frame(shown.app) == golden("transcript_cards.txt")


async def test_it_follows_the_stream() -> None:
    async with transcript(prompt("x"), step(), numbered(30)) as (shown, pilot):
        assert "line 29" in rows(shown)[11]
        shown.document.feed(says("and more", "next"))
        await settle(shown, pilot)
        assert "and more" in rows(shown)[11]


async def test_it_stays_when_the_person_scrolled_up_and_says_how_much_is_new() -> None:
    async with transcript(prompt("x"), step(), numbered(40)) as (shown, pilot):
        await pilot.press("pageup")
        top = rows(shown)[0]
        shown.document.feed(said("one\n\ntwo", "next"))
        await settle(shown, pilot)
        assert rows(shown)[0] == top
        assert rows(shown)[11].endswith("↓ 4 new · End")
        await pilot.press("end")
        assert "two" in rows(shown)[11]
        assert shown.follow


async def test_keys_and_wheel_scroll_by_what_they_promise() -> None:
    async with transcript(prompt("x"), step(), numbered(50)) as (shown, pilot):
        await pilot.press("home")
        assert rows(shown)[0].startswith("› x")
        await pilot.press("down")
        await pilot.press("pagedown")
        assert shown.scroll_offset.y == 11
        shown.action_scroll(-3)
        assert shown.scroll_offset.y == 8
        await pilot.press("end")
        assert "line 49" in rows(shown)[11]


async def test_scrolling_to_the_end_follows_again() -> None:
    async with transcript(prompt("x"), step(), numbered(40)) as (shown, pilot):
        await pilot.press("up", "up")
        assert not shown.follow
        await pilot.press("down", "down")
        assert shown.follow


async def test_the_same_text_stays_at_the_top_when_the_width_changes() -> None:
    long = said("\n\n".join(f"Paragraph {n} " + "with many words " * 12 for n in range(40)))
    async with transcript(prompt("x"), step(), long) as (shown, pilot):
        await pilot.press("home")
        shown.place(shown.virtual_size.height // 2)
        await settle(shown, pilot)
        while "Paragraph" not in rows(shown)[0]:
            await pilot.press("down")
        name = rows(shown)[0].split()[1]
        for width in (40, 90, 30, 60):
            await pilot.resize_terminal(width, 12)
            await settle(shown, pilot)
            assert rows(shown)[0].split()[:2] == ["Paragraph", name]


async def test_scrolling_up_through_blocks_never_seen_shows_every_line_once() -> None:
    async with transcript(*conversation(40), size=(40, 12)) as (shown, pilot):
        seen: list[str] = []
        while shown.scroll_offset.y > 0:
            seen += [row.strip() for row in reversed(rows(shown))]
            before = shown.scroll_offset.y
            shown.action_page(-1)
            await pilot.pause()
            assert shown.scroll_offset.y < before or before == 0
        seen += [row.strip() for row in reversed(rows(shown))]
        questions = [int(row.split()[2]) for row in seen if row.startswith("› question")]
        assert sorted(set(questions), reverse=True) == list(range(39, -1, -1))


async def test_the_cursor_goes_from_block_to_block_and_opens_them() -> None:
    async with transcript(*conversation(2), size=(60, 30)) as (shown, pilot):
        await pilot.press("alt+up")
        assert shown.cursor == len(shown.document.blocks) - 1
        assert any(row.startswith("▎ ▸ search") for row in rows(shown))
        await pilot.press("enter")
        assert any(row.startswith("▎ ▾ search") for row in rows(shown))
        await pilot.press("enter", "left_square_bracket")
        assert shown.cursor == len(shown.document.blocks) - 2
        assert not any("▾" in row for row in rows(shown))


async def test_a_click_on_its_first_line_opens_a_card() -> None:
    async with transcript(*conversation(1), size=(60, 20)) as (shown, pilot):
        y = next(y for y, row in enumerate(rows(shown)) if "▸ search" in row)
        await pilot.click(Transcript, offset=(5, y))
        assert any("▾ search" in row for row in rows(shown))


async def test_copying_gives_the_text_of_the_block() -> None:
    copied: list[str] = []

    class Listening(Stage):
        def on_transcript_copied(self, message: Transcript.Copied) -> None:
            copied.append(message.text)

    document = Document()
    for event in (prompt("ask"), step(), said("the **answer**"), step_ends(), turn_ends()):
        document.feed(event)
    app = Listening(lambda: Transcript(document))
    async with app.run_test(size=(60, 12)) as pilot:
        shown = app.query_one(Transcript)
        shown.focus()
        await settle(shown, pilot)
        await pilot.press("c", "alt+up", "alt+up", "c")
        await pilot.pause()
    assert copied == ["the **answer**", "ask"]
    assert document.last_answer() == "the **answer**"


async def test_text_is_selected_with_the_mouse() -> None:
    async with transcript(prompt("first words"), step(), said("one two\n\nthree"), size=(40, 12)) as (
        shown,
        pilot,
    ):
        await pilot.mouse_down(Transcript, offset=(2, 0))
        await pilot.hover(Transcript, offset=(7, 4))
        await pilot.mouse_up(Transcript, offset=(7, 4))
        assert shown.screen.get_selected_text() == "first words\n\n  one two\n\n  three"


async def test_copied_lines_are_whole_where_the_screen_broke_them() -> None:
    text = "many words that are broken on a narrow screen\n\n```\n" + "x" * 50 + "\n```"
    async with transcript(prompt("x"), step(), said(text), size=(30, 12)) as (shown, pilot):
        await pilot.mouse_down(Transcript, offset=(2, 2))
        await pilot.hover(Transcript, offset=(29, 6))
        await pilot.mouse_up(Transcript, offset=(29, 6))
        assert shown.screen.get_selected_text() == (
            "many words that are broken on a narrow screen\n\n    " + "x" * 50
        )


async def test_it_works_in_a_tiny_screen() -> None:
    async with transcript(*conversation(3), size=(20, 5)) as (shown, pilot):
        await pilot.press("home", "pagedown", "alt+up", "enter", "end")
        await pilot.resize_terminal(5, 2)
        await settle(shown, pilot)
        await pilot.resize_terminal(80, 24)
        await settle(shown, pilot)
        assert any("question 2" in row for row in rows(shown))


async def test_a_delta_lays_nothing_out_and_no_timer_runs_at_rest() -> None:
    async with transcript(*conversation(30), prompt("x"), step()) as (shown, pilot):
        await settle(shown, pilot)
        before = layouts(shown.app)
        for number in range(15):
            shown.document.feed(says(f"word {number}\n\n"))
            await settle(shown, pilot)
        assert layouts(shown.app) == before
        assert shown.pace.resting


async def test_deltas_are_gathered_for_a_frame() -> None:
    async with transcript(prompt("x"), step(), says("a ")) as (shown, pilot):
        await settle(shown, pilot)
        before = shown._viewport.laid_out
        for _ in range(500):
            shown.document.feed(says("word "))
        assert shown._viewport.laid_out == before
        shown.flush()
        assert shown._viewport.laid_out == before + 1


async def work_of_a_delta(turns: int) -> tuple[int, int, int]:
    """Blocks laid out, strips painted and screen layouts for one delta after `turns` turns."""
    async with transcript(*conversation(turns), prompt("x"), step(), says("begin ")) as (shown, pilot):
        await settle(shown, pilot)
        before = (shown._viewport.laid_out, shown.palette.painted, layouts(shown.app))
        shown.document.feed(says("more"))
        await settle(shown, pilot)
        after = (shown._viewport.laid_out, shown.palette.painted, layouts(shown.app))
        laid_out, painted, laid = (new - old for new, old in zip(after, before, strict=True))
        return laid_out, painted, laid


@pytest.mark.parametrize("turns", [3, 1250])
async def test_the_work_of_a_delta_is_one_block_and_one_line_at_any_length(turns: int) -> None:
    assert await work_of_a_delta(turns) == (1, 1, 0)


async def test_filling_a_long_history_lays_out_only_what_is_seen() -> None:
    async with transcript(*conversation(1250), size=(80, 24)) as (shown, _):
        assert len(shown.document.blocks) == 3750
        assert shown._viewport.laid_out < 40


async def test_another_theme_repaints_what_is_shown() -> None:
    async with transcript(prompt("x"), step(), said("# Heading"), size=(40, 8)) as (shown, pilot):
        before = shown.palette.style("heading")
        shown.app.theme = "textual-light"
        await pilot.pause()
        assert shown.palette.style("heading") != before


async def test_what_came_while_it_was_hidden_is_there_when_shown() -> None:
    async with transcript(prompt("x"), step(), said("before"), size=(40, 8)) as (shown, pilot):
        shown.display = False
        await pilot.pause()
        shown.document.feed(said("meanwhile", "next"))
        await settle(shown, pilot)
        shown.display = True
        await settle(shown, pilot)
        assert any("meanwhile" in row for row in rows(shown))
