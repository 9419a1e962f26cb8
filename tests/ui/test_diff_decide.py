import asyncio
from collections.abc import Sequence

import pytest
from textual.pilot import Pilot

from tests.ui.frames import Stage, frame, golden
from tests.ui.happenings import request_for, small_patch
from tui_assist.errors import UserError
from tui_assist.patch.diff import diff_change
from tui_assist.ui.diff.decide import DecideScreen, Why
from tui_assist.ui.diff.deciding import Review
from tui_assist.values.asking import Comment, Decision, DiffView, HunkDecision, Request, Verdict
from tui_assist.values.patch import FileChange, Patch

ALL = Decision(Verdict.ALLOW)
LINES = [b"line %d\n" % n for n in range(1, 41)]


def four() -> Patch:
    """Three hunks in two files, the first of two runs, and a move."""
    old = b"".join(LINES)
    new = (
        old.replace(b"line 2\n", b"second\n")
        .replace(b"line 6\n", b"sixth\n")
        .replace(b"line 30\n", b"late\n")
    )
    move = FileChange("f3", "move", "c.bin", b"\0", b"\0", "", (), move_to="d.bin")
    return Patch(
        "p", (diff_change("f1", "a.txt", old, new), diff_change("f2", "b.txt", None, b"one\n"), move)
    )


def asking(patch: Patch) -> Request:
    return request_for(("1",), "apply_patch", DiffView(patch), "some files")


Answers = list[Decision | None]


async def decide(
    pilot: Pilot[None], patch: Patch | None = None, review: Review | None = None, why: Why | None = None
) -> Answers:
    answers: Answers = []
    patch = patch or four()
    pilot.app.push_screen(DecideScreen(asking(patch), review or Review.of(patch), why=why), answers.append)
    await pilot.pause()
    await pilot.pause()
    return answers


def screen(pilot: Pilot[None]) -> DecideScreen:
    assert isinstance(pilot.app.screen, DecideScreen)
    return pilot.app.screen


def states(pilot: Pilot[None]) -> str:
    review = screen(pilot).review
    return " ".join(review.state(unit.id) for unit in review.units)


def at(pilot: Pilot[None]) -> str:
    unit = screen(pilot).diff.unit
    return unit.id if unit else ""


async def after(keys: Sequence[str]) -> Answers:
    async with Stage().run_test(size=(100, 24)) as pilot:
        answers = await decide(pilot)
        for key in keys:
            await pilot.press(key)
        await pilot.pause()
        return answers


@pytest.mark.parametrize("layout", ["unified", "split"])
async def test_the_review_looks_as_drawn(layout: str) -> None:
    app = Stage()
    async with app.run_test(size=(100, 26)) as pilot:
        await decide(pilot, small_patch())
        if layout == "split":
            await pilot.press("v", "y", "c", *"why not None?", "enter")
            await pilot.pause()
        assert frame(app) == golden(f"review_{layout}.txt")


async def test_y_and_n_decide_a_hunk_and_go_to_the_next() -> None:
    async with Stage().run_test(size=(100, 24)) as pilot:
        answers = await decide(pilot)
        assert at(pilot) == "f1h1"
        await pilot.press("y")
        assert at(pilot) == "f1h2"
        await pilot.press("n")
        assert (at(pilot), states(pilot)) == ("f2h1", "accepted refused open open")
        await pilot.press("y", "n")
        assert states(pilot) == "accepted refused accepted refused"
        assert "all decided: A applies 2" in frame(pilot.app)
        assert answers == []
        await pilot.press("A")
        await pilot.pause()
        (answer,) = answers
        assert answer is not None
        assert {key: one.accept for key, one in answer.hunks.items()} == {
            "f1h1": True,
            "f1h2": False,
            "f2h1": True,
            "f3": False,
        }


async def test_a_and_d_decide_the_rest_of_a_file() -> None:
    async with Stage().run_test(size=(100, 24)) as pilot:
        await decide(pilot)
        await pilot.press("n", "a")
        assert (states(pilot), at(pilot)) == ("refused accepted open open", "f2h1")
        await pilot.press("u")
        assert at(pilot) == "f1h2"
        await pilot.press("d", "d")
        assert states(pilot) == "refused refused refused open"


async def test_u_takes_steps_back() -> None:
    async with Stage().run_test(size=(100, 24)) as pilot:
        await decide(pilot)
        await pilot.press("y", "s", "y", "u", "u", "u")
        assert states(pilot) == "open open open open"
        await pilot.press("u")
        assert "nothing to take back" in frame(pilot.app)


async def test_all_is_applied_with_one_key() -> None:
    assert await after(["Y"]) == [ALL]


async def test_open_hunks_are_refused_only_after_asking() -> None:
    async with Stage().run_test(size=(100, 24)) as pilot:
        answers = await decide(pilot)
        await pilot.press("y", "A")
        await pilot.pause()
        assert "y refuse the 3 open and apply 1   Esc go on deciding" in frame(pilot.app)
        await pilot.press("n", "a", "escape")
        assert states(pilot) == "accepted open open open"
        assert answers == []
        await pilot.press("A", "y")
        await pilot.pause()
        (answer,) = answers
        assert answer is not None
        assert [key for key, one in answer.hunks.items() if one.accept] == ["f1h1"]


async def test_a_patch_refused_hunk_by_hunk_is_refused_with_the_words() -> None:
    keys = ["c", *"too big", "enter", "n", "n", "n", "n", "A"]
    assert await after(keys) == [Decision(Verdict.REFUSE, "a.txt:1: too big")]


async def test_q_leaves_undecided_or_asks_like_a() -> None:
    assert await after(["n", "q"]) == [None]
    (answer,) = await after(["y", "q", "y"])
    assert answer is not None
    assert answer.verdict is Verdict.ALLOW


async def test_escape_goes_back_one_step_at_a_time() -> None:
    async with Stage().run_test(size=(100, 24)) as pilot:
        answers = await decide(pilot)
        await pilot.press("c", "y", "escape", "A", "escape", "down", "down", "down", "space", "escape")
        await pilot.press("question_mark", "escape")
        assert answers == []
        assert states(pilot) == "open open open open"
        await pilot.press("escape")
        await pilot.pause()
        assert answers == [None]


async def test_what_was_decided_is_there_when_it_is_opened_again() -> None:
    async with Stage().run_test(size=(100, 24)) as pilot:
        await decide(pilot)
        await pilot.press("y", "n")
        review = screen(pilot).review
        await pilot.press("escape")
        await pilot.pause()
        await decide(pilot, review=review)
        assert states(pilot) == "accepted refused open open"
        assert at(pilot) == "f2h1"
        assert "2 of 4 decided   Esc chat   A apply 1" in frame(pilot.app)


async def test_j_and_k_go_to_open_hunks_and_the_others_to_any() -> None:
    async with Stage().run_test(size=(100, 24)) as pilot:
        await decide(pilot)
        await pilot.press("y", "y")
        places = []
        for key in ("j", "j", "k", "K", "J", "left_square_bracket", "P", "N", "right_square_bracket"):
            await pilot.press(key)
            places.append(at(pilot))
        assert places == ["f3", "f2h1", "f3", "f2h1", "f2h1", "f1h2", "f1h1", "f2h1", "f2h1"]


async def test_a_hunk_is_reached_by_its_number() -> None:
    async with Stage().run_test(size=(100, 24)) as pilot:
        await decide(pilot)
        await pilot.press("g", "3", "enter")
        assert at(pilot) == "f2h1"
        await pilot.press("g", "9", "enter")
        assert "there is no hunk 9; they go from 1 to 4" in frame(pilot.app)


async def test_text_is_searched_round_the_end() -> None:
    async with Stage().run_test(size=(100, 24)) as pilot:
        await decide(pilot)
        await pilot.press("slash", *"LATE", "enter")
        row = screen(pilot).diff.at
        assert screen(pilot).diff.document.line(row, 80).text.endswith("+ late")
        await pilot.press("slash", "enter")
        assert screen(pilot).diff.at == row
        await pilot.press("slash", *"d.bin", "enter")
        assert at(pilot) == "f3"
        await pilot.press("slash", *"nowhere", "enter")
        assert "“nowhere” is not in this patch" in frame(pilot.app)


async def test_s_splits_a_hunk() -> None:
    async with Stage().run_test(size=(100, 24)) as pilot:
        await decide(pilot)
        await pilot.press("s")
        assert at(pilot) == "f1h1.1"
        await pilot.press("y", "n")
        assert states(pilot) == "accepted refused open open open"
        await pilot.press("s")
        assert "one run of changes" in frame(pilot.app)


async def test_only_selected_lines_are_decided() -> None:
    async with Stage().run_test(size=(100, 24)) as pilot:
        answers = await decide(pilot)
        await pilot.press("slash", *"line 6", "enter", "space", "space")
        assert "y accept only these lines" in frame(pilot.app)
        assert frame(pilot.app).count("┃") == 2
        await pilot.press("y")
        assert states(pilot) == "amended open open open"
        await pilot.press("A", "y")
        await pilot.pause()
        (answer,) = answers
        assert answer is not None
        assert answer.reviewed is not None
        assert answer.reviewed.changes[0].hunks[0].added == 1


async def test_a_comment_stands_below_its_hunk_or_its_line() -> None:
    async with Stage().run_test(size=(100, 40)) as pilot:
        answers = await decide(pilot)
        await pilot.press("c", *"all good", "enter")
        await pilot.press("slash", *"second", "enter", "space", "up", "c", *"why?", "enter")
        rows = [row.rpartition("│")[2].strip(" ▎█") for row in frame(pilot.app).splitlines()]
        assert rows[rows.index("╰ you: why?") - 1] == "2 + second"
        assert "╰ you: all good" in rows
        await pilot.press("Y")
        await pilot.pause()
        (answer,) = answers
        assert answer is not None
        assert answer.hunks["f1h1"] == HunkDecision(True, "all good")
        assert answer.comments == (Comment("f1h1", 2, "why?"),)


async def test_a_word_on_a_file_without_lines_stands_below_its_name() -> None:
    async with Stage().run_test(size=(100, 30)) as pilot:
        await decide(pilot)
        await pilot.press("k", "c", *"keep it", "enter")
        lines = frame(pilot.app).splitlines()
        (row,) = (n for n, line in enumerate(lines) if "╰ you: keep it" in line)
        assert "c.bin → d.bin" in lines[row - 1]


async def test_the_new_side_of_a_hunk_is_edited_in_place() -> None:
    async with Stage().run_test(size=(100, 40)) as pilot:
        answers = await decide(pilot)
        await pilot.press("J", "J", "e")
        await pilot.press("end", "ctrl+j", *"two", "enter", *"y n")
        await pilot.pause()
        shown = frame(pilot.app)
        assert "✎ @@" in shown
        assert "3 + y n" in shown
        assert "Ctrl+S keep and accept   Esc drop the edit" in shown
        await pilot.press("ctrl+s")
        assert (states(pilot), at(pilot)) == ("open open amended open", "f2h1")
        await pilot.press("A", "y")
        await pilot.pause()
        (answer,) = answers
        assert answer is not None
        assert answer.reviewed is not None
        assert answer.reviewed.changes[1].after == b"one\ntwo\ny n\n"
        assert answer.hunks["f2h1"] == HunkDecision(True, amended=True)


async def test_an_edit_is_dropped_or_taken_back() -> None:
    async with Stage().run_test(size=(100, 40)) as pilot:
        await decide(pilot)
        begun = screen(pilot).review
        await pilot.press("e", "x", "escape")
        assert screen(pilot).review is begun
        await pilot.press("e", "ctrl+s")
        assert screen(pilot).review is begun
        await pilot.press("e", "x", "ctrl+s", "u")
        assert screen(pilot).review is begun
        assert at(pilot) == "f1h1"


async def test_an_edit_that_leaves_nothing_is_not_kept() -> None:
    async with Stage().run_test(size=(100, 40)) as pilot:
        await decide(pilot)
        await pilot.press("J", "J", "e", "f7", "delete", "ctrl+s")
        assert "Esc drops the edit" in frame(pilot.app)
        await pilot.press("escape")
        assert states(pilot) == "open open open open"


async def test_what_no_editor_shows_is_not_edited() -> None:
    patch = Patch("p", (diff_change("f1", "a.txt", None, b"\x1b[2J\n"),))
    async with Stage().run_test(size=(100, 40)) as pilot:
        await decide(pilot, patch)
        await pilot.press("e")
        assert "no editor here can show" in frame(pilot.app)


async def test_an_editor_of_ones_own_needs_a_terminal_to_give_away() -> None:
    async with Stage().run_test(size=(100, 40)) as pilot:
        await decide(pilot)
        await pilot.press("e", "x", "ctrl+g")
        assert "cannot be handed to an editor" in frame(pilot.app)
        await pilot.press("ctrl+s")
        assert states(pilot) == "amended open open open"


async def test_line_endings_and_blank_lines_survive_an_edit() -> None:
    patch = Patch("p", (diff_change("f1", "a.txt", b"a\r\nb\r\n\r\n", b"a\r\nB\r\n\r\n"),))
    async with Stage().run_test(size=(100, 40)) as pilot:
        await decide(pilot, patch)
        await pilot.press("e", "x", "ctrl+s")
        assert screen(pilot).review.patch.changes[0].after == b"xa\r\nB\r\n\r\n"


async def test_the_model_is_asked_why_aside() -> None:
    asked: list[str] = []

    async def why(question: str) -> str:
        asked.append(question)
        return "Because [b]two[/b]\x1b[2J is less."

    async with Stage().run_test(size=(100, 40)) as pilot:
        answers = await decide(pilot, why=why)
        await pilot.press("J", "w")
        await pilot.pause()
        await pilot.pause()
        assert "aside, about a.txt" in frame(pilot.app)
        assert "Because [b]two[/b]<U+001B>[2J is less." in frame(pilot.app)
        assert "+late" in asked[0]
        await pilot.press("y", "escape")
        assert states(pilot) == "open accepted open open"
        assert "aside" not in frame(pilot.app)
        assert answers == []


async def test_asking_why_is_given_up_with_escape_and_says_what_failed() -> None:
    async def never(question: str) -> str:
        await asyncio.Event().wait()
        return ""

    async def fails(question: str) -> str:
        raise UserError("the model is away; ask again")

    async with Stage().run_test(size=(100, 40)) as pilot:
        await decide(pilot, why=never)
        await pilot.press("w")
        assert "asking …   Esc gives it up" in frame(pilot.app)
        await pilot.press("escape")
        assert "asking" not in frame(pilot.app)
        await pilot.press("escape")
        await pilot.pause()
        await decide(pilot, why=fails)
        await pilot.press("w")
        await pilot.pause()
        await pilot.pause()
        assert "the model is away; ask again" in frame(pilot.app)


async def test_without_a_model_there_is_no_key_to_ask_it() -> None:
    async with Stage().run_test(size=(140, 40)) as pilot:
        await decide(pilot)
        assert "w why" not in frame(pilot.app)
        await pilot.press("w")
        assert "aside" not in frame(pilot.app)


async def test_nothing_is_decided_while_a_command_runs() -> None:
    async with Stage().run_test(size=(100, 24)) as pilot:
        answers = await decide(pilot)
        screen(pilot).hold(True)
        await pilot.press("Y", "y", "A", "y", "a", "n")
        await pilot.pause()
        assert answers == []
        assert states(pilot) == "open open open open"
        assert "waits until the running command has ended" in frame(pilot.app)
        screen(pilot).hold(False)
        await pilot.press("Y")
        await pilot.pause()
        assert answers == [ALL]


async def test_every_key_is_listed() -> None:
    async with Stage().run_test(size=(60, 50)) as pilot:
        await decide(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        shown = frame(pilot.app)
        for words in ("take the last step back", "go to a hunk by its number", "refused, amended by you"):
            assert words in shown


async def test_the_review_works_in_a_tiny_screen() -> None:
    app = Stage()
    async with app.run_test(size=(20, 5)) as pilot:
        await decide(pilot, small_patch())
        await pilot.press(
            "j", "v", "N", "f", "question_mark", "escape", "space", "c", "escape", "A", "escape"
        )
        await pilot.resize_terminal(8, 3)
        await pilot.resize_terminal(100, 24)
        await pilot.pause()
        assert "Y apply all" in frame(app)
