from functools import partial
from pathlib import Path

import pytest

from tests.story.stage import git
from tests.ui.driving import Driver, running
from tui_assist.journal import About
from tui_assist.patch.diff import diff_change
from tui_assist.ui.diff.decide import DecideScreen
from tui_assist.ui.palette import LineScreen, ListScreen

OLD, NEW = b"def add(a, b):\n    return a\n", b"def add(a, b):\n    return a + b\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    (root / "calc.py").write_bytes(OLD)
    return root


def wrote(app: Driver, prompt: str = "make add() add") -> None:
    """As a turn would have written it."""
    change = diff_change("f1", "calc.py", OLD, NEW)
    app.assistant.proposals.journal.commit((change,), About("s1", "t1", prompt, "gpt-5.2", "person"))


async def command(app: Driver, text: str) -> None:
    await app.type(text)
    await app.press("enter")


def shows(app: Driver, text: str) -> bool:
    return text in app.screen


async def reviewing(app: Driver) -> None:
    await app.until(lambda: isinstance(app.app.screen, DecideScreen))
    await app.settle()


async def test_undo_shows_what_it_would_do_and_then_does_it(folder: Path) -> None:
    async with running(folder) as app:
        wrote(app)
        await command(app, "/undo")
        await reviewing(app)
        assert "undo patch 1: make add() add" in app.screen
        assert (folder / "calc.py").read_bytes() == NEW
        await app.press("Y")
        await app.until(lambda: "patch 1 is taken back" in app.screen)
        assert (folder / "calc.py").read_bytes() == OLD
        assert "patch 1 is taken back" in app.conversation.told[0]


async def test_an_undo_that_is_left_does_nothing(folder: Path) -> None:
    async with running(folder) as app:
        wrote(app)
        await command(app, "/undo 1")
        await reviewing(app)
        await app.press("escape")
        await app.until(lambda: not isinstance(app.app.screen, DecideScreen))
        assert (folder / "calc.py").read_bytes() == NEW


async def test_the_list_offers_to_take_back_and_to_do_again(folder: Path) -> None:
    async with running(folder) as app:
        wrote(app)
        for words, said, content in (("make", "is taken back", OLD), ("undone", "is done again", NEW)):
            await command(app, "/patches")
            await app.until(lambda: isinstance(app.app.screen, ListScreen))
            await app.until(lambda: "patch 1: make add() add" in app.screen)
            assert "1 file +1 −1" in app.screen
            await app.type(words)
            await app.press("enter")
            await reviewing(app)
            await app.press("Y")
            await app.until(lambda: not isinstance(app.app.screen, DecideScreen))
            await app.until(partial(shows, app, said))
            assert (folder / "calc.py").read_bytes() == content


async def test_nothing_is_taken_back_while_a_turn_runs(folder: Path) -> None:
    async with running(folder) as app:
        wrote(app)
        await app.type("go on")
        await app.press("enter")
        await command(app, "/undo")
        assert "a turn runs" in app.hint
        assert not isinstance(app.app.screen, DecideScreen)


@pytest.mark.parametrize(
    ("typed", "said"),
    [("/undo", "holds no patch"), ("/undo x", "x is no number"), ("/redo 4", "there is no patch 4")],
)
async def test_what_cannot_be_done_is_said(folder: Path, typed: str, said: str) -> None:
    async with running(folder) as app:
        await command(app, typed)
        await app.until(lambda: said in app.screen)


async def test_a_patch_is_staged_and_committed_with_a_message_of_ones_own(folder: Path) -> None:
    git(folder, "init", "-q")
    git(folder, "config", "user.name", "A Person")
    git(folder, "config", "user.email", "person@example.org")
    git(folder, "add", "calc.py")
    git(folder, "commit", "-q", "-m", "begin")
    (folder / "calc.py").write_bytes(OLD)
    async with running(folder) as app:
        wrote(app, "it's broken")
        (folder / "calc.py").write_bytes(b"mine = 1\n" + NEW)
        await command(app, "/stage")
        await app.until(lambda: "staged of patch 1: it's broken: calc.py" in app.screen)
        assert git(folder, "show", ":calc.py").encode() == NEW
        await command(app, "/commit")
        await app.until(lambda: isinstance(app.app.screen, LineScreen))
        await app.settle()
        await app.type(" no more")
        await app.press("enter")
        await app.until(lambda: "exit 0" in app.screen)
    assert git(folder, "log", "-1", "--format=%s") == "it's broken no more\n"
    assert git(folder, "diff", "--numstat") == "1\t0\tcalc.py\n"


async def test_a_file_that_changed_during_the_review_is_shown_again(folder: Path) -> None:
    async with running(folder, size=(150, 30)) as app:
        wrote(app)
        await command(app, "/undo")
        await reviewing(app)
        first = app.app.screen
        (folder / "calc.py").write_bytes(b"# mine\n" + NEW)
        await app.press("Y")
        await app.until(lambda: isinstance(app.app.screen, DecideScreen) and app.app.screen is not first)
        await app.settle()
        assert (folder / "calc.py").read_bytes() == b"# mine\n" + NEW
        await app.press("Y")
        await app.until(lambda: "patch 1 is taken back" in app.screen)
        assert "here it is again" in app.screen
        assert (folder / "calc.py").read_bytes() == b"# mine\n" + OLD
