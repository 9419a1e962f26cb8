import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from tui_assist.errors import ToolError
from tui_assist.search import Line, Matches, search_text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b").mkdir()
    (tmp_path / "a.py").write_text("one\ndef add(a, b):\n    return a\n")
    (tmp_path / "b" / "c.py").write_text("add(1)\nADD\n")
    return tmp_path


async def test_matches_come_by_path_and_line(folder: Path) -> None:
    found = await search_text(folder, "add(")
    assert found == Matches(
        (Line("a.py", 2, "def add(a, b):", True), Line("b/c.py", 1, "add(1)", True)), cut=False
    )
    assert found.describe() == "2 matches in 2 files"


async def test_a_regular_expression_is_one_only_when_asked(folder: Path) -> None:
    assert (await search_text(folder, "^def .*:$")).count == 0
    assert (await search_text(folder, "^def .*:$", regex=True)).count == 1


async def test_a_broken_expression_is_said(folder: Path) -> None:
    with pytest.raises(ToolError, match="regex parse error"):
        await search_text(folder, "(", regex=True)


async def test_context_lines_are_no_matches(folder: Path) -> None:
    found = await search_text(folder, "def add", context=1)
    assert [(line.number, line.match) for line in found.lines] == [(1, False), (2, True), (3, False)]
    assert found.describe() == "1 match in 1 file"


async def test_one_file_can_be_searched(folder: Path) -> None:
    assert [line.path for line in (await search_text(folder, "add", ["b/c.py"])).lines] == ["b/c.py"]


async def test_the_cap_ends_the_search(folder: Path) -> None:
    (folder / "many.txt").write_text("hit\n" * 5000)
    found = await search_text(folder, "hit", context=2, limit=7)
    assert (found.count, found.cut, found.lines[-1].match) == (7, True, True)
    assert found.describe() == "7 matches in 1 file, stopped there"


async def test_exactly_the_cap_is_not_cut(folder: Path) -> None:
    (folder / "many.txt").write_text("hit\n" * 7)
    assert not (await search_text(folder, "hit", limit=7)).cut


async def test_ignored_files_and_git_are_left_out_and_hidden_ones_are_not(folder: Path) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=folder, check=True)
    (folder / ".gitignore").write_text("*.log\n")
    for name in ("x.log", ".hidden", ".git/needle"):
        (folder / name).write_text("needle\n")
    assert [line.path for line in (await search_text(folder, "needle")).lines] == [".hidden"]


async def test_links_are_not_followed(folder: Path) -> None:
    (folder / "in").mkdir()
    (folder / "in" / "a.txt").write_text("needle")
    (folder / "link").symlink_to("in")
    (folder / "file").symlink_to("in/a.txt")
    assert [line.path for line in (await search_text(folder, "needle")).lines] == ["in/a.txt"]


async def test_skipped_files_do_not_appear(folder: Path) -> None:
    found = await search_text(folder, "add", skip=lambda path: path.name == "c.py")
    assert [line.path for line in found.lines] == ["a.py"]


async def test_bytes_that_are_no_text_come_through(folder: Path) -> None:
    (folder / "odd.txt").write_bytes(b"needle \xff\xfe\r\n")
    (folder / "bin").write_bytes(b"\0needle\n")
    assert (await search_text(folder, "needle")).lines == (Line("odd.txt", 1, "needle \ufffd\ufffd", True),)


async def test_a_line_without_end_is_cut(folder: Path) -> None:
    (folder / "min.js").write_text("needle" + "x" * 3_000_000)
    (line,) = (await search_text(folder, "needle")).lines
    assert line.text == "needle" + "x" * 294 + "…"


@pytest.mark.parametrize("pattern", ["", "a\nb", "a\0", "x" * 2001])
async def test_a_pattern_of_more_than_a_line_is_refused(folder: Path, pattern: str) -> None:
    with pytest.raises(ToolError, match="pattern"):
        await search_text(folder, pattern)


async def test_a_pattern_is_never_an_option(folder: Path) -> None:
    (folder / "o.txt").write_text("--pre=touch\n")
    assert (await search_text(folder, "--pre=touch")).count == 1


async def test_the_person_s_ripgrep_settings_are_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "rc").write_text("--ignore-case\n")
    monkeypatch.setenv("RIPGREP_CONFIG_PATH", str(folder / "rc"))
    assert (await search_text(folder, "ADD")).count == 1


async def test_a_cancelled_search_leaves_no_process(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    task = asyncio.create_task(search_text(folder, "x", ["pipe"]))  # ripgrep waits for a writer
    while not (children := _children()):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children
    assert _children() == []


def _children() -> list[str]:
    found = []
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        found += (task / "children").read_text().split()
    return found
