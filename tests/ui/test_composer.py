import json
import stat
from pathlib import Path

import pytest
from textual.events import Paste

from tests.ui.driving import running
from tui_assist.ui.composer.attach import attach, mention, mentions, prompt_of, short_count
from tui_assist.ui.composer.completion import Wanted, commands, wanted_at
from tui_assist.ui.composer.editor import edit, editor_command
from tui_assist.ui.composer.history import History, history_in
from tui_assist.values.content import Image, Text
from tui_assist.workspace import Workspace


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("@", Wanted("path", "", (0, 0), (0, 1))),
        ("see @ca/co", Wanted("path", "ca/co", (0, 4), (0, 10))),
        ("me@example", None),
        ("@done now", None),
        ("/mo", Wanted("command", "mo", (0, 0), (0, 3))),
        ("/model gpt", None),
        ("a /mo", None),
    ],
)
def test_what_stands_at_the_cursor_is_completed(line: str, wanted: Wanted | None) -> None:
    assert wanted_at([line], (0, len(line))) == wanted


def test_commands_that_begin_so_come_before_those_that_hold_it() -> None:
    assert [row.text for row in commands("new")] == ["/new"]
    assert [row.text for row in commands("co")] == ["/continue", "/context", "/commit", "/copy"]
    assert commands("nonsense") == ()


async def test_tab_takes_a_suggested_path(tmp_path: Path) -> None:
    (tmp_path / "calc").mkdir()
    (tmp_path / "calc" / "core.py").write_text("x = 1\n")
    async with running(tmp_path) as driver:
        await driver.type("see @cor")
        await driver.until(lambda: "› @calc/core.py" in driver.screen)
        await driver.press("tab")
        assert driver.draft == "see @calc/core.py "


async def test_escape_closes_the_suggestions_before_it_stops_the_turn(tmp_path: Path) -> None:
    (tmp_path / "core.py").write_text("x = 1\n")
    async with running(tmp_path) as driver:
        await driver.press("a", "enter")
        await driver.type("@co")
        await driver.until(lambda: driver.pane.drafting.open)
        await driver.press("escape")
        assert (driver.pane.drafting.open, driver.conversation.cancelled) == (False, 0)
        await driver.press("escape")
        await driver.until(lambda: driver.conversation.cancelled)


async def test_a_mentioned_file_goes_with_the_prompt_and_its_size_is_shown_before(tmp_path: Path) -> None:
    (tmp_path / "core.py").write_text("x = 1\n" * 100)
    async with running(tmp_path) as driver:
        await driver.type("fix @core.py please")
        await driver.until(lambda: "attaches core.py ≈ 150 tokens" in driver.screen)
        await driver.press("enter")
        await driver.until(lambda: driver.conversation.sent)
        file = '<file path="core.py">\n' + "x = 1\n" * 100 + "\n</file>"
        assert driver.conversation.sent == [(Text("fix @core.py please"), Text(file))]


async def test_choosing_a_command_does_it_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.type("/them")
        await driver.until(lambda: driver.pane.drafting.open)
        await driver.press("enter")
        await driver.until(lambda: "Which colours?" in driver.screen)
        assert driver.conversation.sent == []


async def test_a_paste_never_sends_and_shows_what_is_hidden_in_it(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        driver.app.post_message(Paste("one\r\ntwo\x1b[2J\n"))
        await driver.until(lambda: driver.draft)
        assert (driver.draft, driver.conversation.sent) == ("one\ntwo<U+001B>[2J\n", [])


async def test_the_composer_grows_to_a_third_of_the_screen(tmp_path: Path) -> None:
    async with running(tmp_path, size=(80, 30)) as driver:
        driver.app.post_message(Paste("line\n" * 50))
        await driver.until(lambda: driver.pane.composer.region.height > 1)
        assert driver.pane.composer.region.height == 30 * 33 // 100


async def test_up_and_down_walk_through_what_was_sent_and_back_to_the_draft(tmp_path: Path) -> None:
    async with running(tmp_path, history=History(["one", "two"])) as driver:
        await driver.type("new")
        seen = []
        for key in ("up", "up", "up", "down", "down", "down"):
            await driver.press(key)
            seen.append(driver.draft)
        assert seen == ["two", "one", "one", "two", "new", "new"]


async def test_ctrl_r_finds_an_older_prompt(tmp_path: Path) -> None:
    async with running(tmp_path, history=History(["fix the parser", "run tests"])) as driver:
        await driver.press("ctrl+r")
        await driver.until(lambda: "Older prompts" in driver.screen)
        await driver.type("parser")
        await driver.press("enter")
        await driver.until(lambda: driver.draft == "fix the parser")


async def test_the_draft_is_kept_while_one_types(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await driver.type("half a th")
        await driver.until(lambda: driver.conversation.draft)
        assert driver.conversation.draft == "half a th"


def test_history_survives_a_restart_and_broken_lines(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history.jsonl"
    history_in(path).add("one\ntwo")
    with path.open("a") as file:
        file.write('{"no": "text"}\n"cut')
    assert history_in(path).texts == ["one\ntwo"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text().splitlines()[0]) == "one\ntwo"


def test_the_same_prompt_twice_is_kept_once() -> None:
    history = History()
    for text in ("a", "a", " ", "b"):
        history.add(text)
    assert history.texts == ["a", "b"]


def test_search_finds_every_word_newest_first() -> None:
    assert History(["fix a", "run", "fix b", "fix a"]).search("FIX") == ["fix a", "fix b"]


def test_an_image_is_attached_as_an_image(tmp_path: Path) -> None:
    (tmp_path / "shot.png").write_bytes(b"\x89PNG")
    attached, refused = attach("look at @shot.png", Workspace((tmp_path,)))
    assert (attached[0].part, refused) == (Image("data:image/png;base64,iVBORw=="), [])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (".env", ".env is not attached: it may hold secrets; the model can ask to read it"),
        ("data.bin", "data.bin is not attached: it is binary"),
        ("../o.txt", "../o.txt is not attached: it is outside the folder; the model can ask to read it"),
    ],
)
def test_what_is_not_attached_is_said(tmp_path: Path, name: str, said: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "o.txt").write_text("x")
    (root / ".env").write_text("KEY=1")
    (root / "data.bin").write_bytes(b"a\0b")
    assert attach(f"see @{name}", Workspace((root,))) == ([], [said])


def test_a_mention_of_no_file_is_only_text(tmp_path: Path) -> None:
    assert attach("add @property, @app.route('/') and me@home", Workspace((tmp_path,))) == ([], [])


def test_a_name_with_blanks_is_quoted() -> None:
    assert list(mentions(f"see {mention('my file.txt')} and {mention('b.txt')}")) == ["my file.txt", "b.txt"]


def test_a_full_stop_behind_a_path_is_not_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hi")
    attached, _ = attach("look at @a.txt.", Workspace((tmp_path,)))
    assert prompt_of("x", attached) == (Text("x"), Text('<file path="a.txt">\nhi\n</file>'))


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0"), (812, "812"), (12_400, "12.4k"), (400_000, "400k"), (1_200_000, "1.2M")]
)
def test_counts_are_short(number: int, shown: str) -> None:
    assert short_count(number) == shown


def test_the_editor_gets_the_draft_and_gives_it_back(tmp_path: Path) -> None:
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\ntest -z "$TEXTUAL_FPS" && echo more >> "$1"\n')
    script.chmod(0o755)
    environment = {"VISUAL": str(script), "EDITOR": "no", "TEXTUAL_FPS": "120", "PATH": "/usr/bin:/bin"}
    assert edit("draft\n", editor_command(environment), environment) == "draft\nmore"


async def test_a_path_written_out_is_sent_by_one_enter(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    async with running(tmp_path) as driver:
        await driver.type("read @notes.txt")
        await driver.until(lambda: driver.pane.drafting.open)
        await driver.press("enter")
        await driver.until(lambda: driver.conversation.sent)
        assert len(driver.conversation.sent[0]) == 2
