import os
from pathlib import Path

import pytest

from tests.tools.running import answer, outcome, planned
from tui_assist.errors import ToolError
from tui_assist.tools import Search
from tui_assist.values.calls import Access
from tui_assist.workspace import Workspace


@pytest.fixture
def search(tmp_path: Path) -> Search:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.py").write_text("one\ntwo\none\n")
    (tmp_path / "sub" / "b.py").write_text("one\n")
    (tmp_path / ".env").write_text("one=secret\n")
    return Search(Workspace([tmp_path]))


async def test_lines_are_found_with_their_place(search: Search) -> None:
    found = await outcome(search, pattern="one", path=None, regex=False, context=None)
    assert found.summary == "3 matches in 2 files"
    assert (
        await answer(search, pattern="one") == "a.py:1: one\na.py:3: one\nsub/b.py:1: one\n" + found.summary
    )


async def test_context_is_marked(search: Search) -> None:
    assert await answer(search, pattern="two", path="a.py", context=1) == (
        "a.py-1- one\na.py:2: two\na.py-3- one\n1 match in 1 file"
    )


async def test_nothing_found_is_said(search: Search) -> None:
    assert await answer(search, pattern="none") == "no matches"


async def test_the_plan_says_what_is_searched_where(search: Search) -> None:
    plan = await planned(search, pattern="^o", path="sub", regex=True)
    assert (plan.access, plan.title) == (Access.READ, "search /^o/ in sub")


@pytest.mark.parametrize("path", ["..", ".env", "/etc"])
async def test_searching_outside_or_in_a_secret_asks(search: Search, path: str) -> None:
    assert (await planned(search, pattern="x", path=path)).access is Access.OUTSIDE


async def test_a_secret_that_was_named_and_allowed_is_searched(search: Search) -> None:
    assert await answer(search, pattern="one", path=".env") == ".env:1: one=secret\n1 match in 1 file"


async def test_our_own_folders_are_not_searched(search: Search, tmp_path: Path) -> None:
    space = Workspace([tmp_path], private=[tmp_path / "sub"])
    assert await answer(Search(space), pattern="one") == "a.py:1: one\na.py:3: one\n2 matches in 1 file"


async def test_every_root_is_searched_and_named_as_elsewhere(search: Search, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "c.py").write_text("one\n")
    both = Search(Workspace([tmp_path / "sub", other]))
    assert await answer(both, pattern="one") == f"b.py:1: one\n{other}/c.py:1: one\n2 matches in 2 files"


async def test_paths_are_relative_to_the_working_directory(search: Search, tmp_path: Path) -> None:
    inner = Search(Workspace([tmp_path], tmp_path / "sub"))
    text = await answer(inner, pattern="one")
    assert text == "../a.py:1: one\n../a.py:3: one\nb.py:1: one\n3 matches in 2 files"


async def test_a_fifo_is_never_waited_for(search: Search, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ToolError, match="pipe is neither a file nor a folder"):
        await answer(search, pattern="x", path="pipe")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"pattern": 3}, "pattern: expected text, got 3"),
        ({"pattern": ""}, "pattern: expected text, got nothing"),
        ({"pattern": "x", "regex": "yes"}, "regex: expected true or false, got 'yes'"),
        ({"pattern": "x", "path": "gone"}, "gone does not exist; find_files finds paths"),
        ({"pattern": "x", "context": -1}, "context: expected 0 or more, got -1"),
    ],
)
async def test_wrong_arguments_are_said(search: Search, arguments: dict[str, object], said: str) -> None:
    with pytest.raises(ToolError) as caught:
        await planned(search, **arguments)
    assert str(caught.value) == said


async def test_a_flood_of_matches_is_cut_and_said(search: Search, tmp_path: Path) -> None:
    (tmp_path / "many").write_text("flood " * 60 + "\n" + "flood\n" * 400)
    text = await answer(search, pattern="flood")
    assert text.endswith(
        "200 matches in 1 file, stopped there: at most 200 are shown; narrow the pattern or the path"
    )


async def test_a_root_inside_another_is_found_once(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.txt").write_text("needle\n")
    (tmp_path / "b.txt").write_text("needle\n")
    for roots in ([tmp_path, tmp_path / "inner"], [tmp_path / "inner", tmp_path]):
        said = await answer(Search(Workspace(roots)), pattern="needle", path=None, regex=False, context=None)
        assert "2 matches in 2 files" in said
        assert said.count("a.txt:1: needle") == 1
