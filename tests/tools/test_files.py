import os
from pathlib import Path

import pytest

from tests.tools.running import answer, done, outcome, planned
from tui_assist.errors import StalePlan, ToolError
from tui_assist.tools import FindFiles, ReadFile
from tui_assist.values.asking import TextView
from tui_assist.values.calls import Access
from tui_assist.workspace import Workspace


@pytest.fixture
def reader(tmp_path: Path) -> ReadFile:
    (tmp_path / "a.py").write_text("one\ntwo\nthree")
    return ReadFile(Workspace([tmp_path]))


async def test_a_file_is_read_with_numbered_lines(reader: ReadFile) -> None:
    assert await answer(reader, path="a.py", start=None, end=None) == (
        "a.py: lines 1-3 of 3\n     1\tone\n     2\ttwo\n     3\tthree"
    )


async def test_a_range_is_read(reader: ReadFile) -> None:
    found = await outcome(reader, path="a.py", start=2, end=9)
    assert (found.summary, found.view) == ("2 lines", TextView("two\nthree", "a.py"))


async def test_numbers_in_quotes_are_numbers(reader: ReadFile) -> None:
    assert (await planned(reader, path="a.py", start="2", end="2")).title == "read a.py lines 2-2"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "path: expected text, got nothing"),
        ({"path": 3}, "path: expected text, got 3"),
        ({"path": ""}, "the path is empty; send a path relative to the working directory"),
        ({"path": "a.py", "start": "x"}, "start: expected a whole number or null, got 'x'"),
        ({"path": "a.py", "start": 0}, "start: expected 1 or more, got 0"),
        ({"path": "a.py", "start": 3, "end": 2}, "end: expected 3 or more, got 2"),
        ({"path": "n" * 300}, "n" * 300 + " does not exist; find_files finds paths"),
        ({"path": "b.py"}, "b.py does not exist; find_files finds paths"),
    ],
)
async def test_wrong_arguments_are_said(reader: ReadFile, arguments: dict[str, object], said: str) -> None:
    with pytest.raises(ToolError) as caught:
        await planned(reader, **arguments)
    assert str(caught.value) == said


async def test_past_the_end_is_said(reader: ReadFile) -> None:
    with pytest.raises(ToolError, match=r"a\.py has 3 lines; line 4 is past its end"):
        await answer(reader, path="a.py", start=4)


async def test_a_long_file_says_how_to_go_on(reader: ReadFile, tmp_path: Path) -> None:
    (tmp_path / "long").write_text("x\n" * 2500)
    text = await answer(reader, path="long")
    assert text.startswith("long: lines 1-2000 of 2500; ask for start 2001 to go on\n")
    assert text.endswith("  2000\tx")


async def test_a_wide_file_is_cut_by_size_and_by_line(reader: ReadFile, tmp_path: Path) -> None:
    (tmp_path / "wide").write_text(("y" * 3000 + "\n") * 100)
    text = await answer(reader, path="wide")
    assert len(text) < 52_000
    assert "yyy… (3,000 characters)\n" in text
    assert "ask for start" in text.partition("\n")[0]


async def test_an_empty_file_is_empty(reader: ReadFile, tmp_path: Path) -> None:
    (tmp_path / "none").touch()
    assert await answer(reader, path="none") == "none: empty"


async def test_windows_lines_and_other_encodings_are_read(reader: ReadFile, tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes("ä\r\nb\x0c\r\n".encode("utf-16"))
    assert await answer(reader, path="w") == "w: lines 1-2 of 2\n     1\tä\n     2\tb\x0c"
    (tmp_path / "l").write_bytes(b"\xe4\n")
    assert (await answer(reader, path="l")).endswith("\t\ufffd")


async def test_a_binary_file_is_refused(reader: ReadFile, tmp_path: Path) -> None:
    (tmp_path / "bin").write_bytes(b"a\0b")
    with pytest.raises(ToolError, match="bin is a binary file of 3 bytes"):
        await answer(reader, path="bin")


async def test_a_fifo_is_refused(reader: ReadFile, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ToolError, match="pipe is a FIFO"):
        await answer(reader, path="pipe")


@pytest.mark.parametrize("path", ["../x", "/etc/hostname", ".env", "out/x", "keys/id_rsa", "harmless.txt"])
async def test_reading_outside_or_a_secret_asks(reader: ReadFile, tmp_path: Path, path: str) -> None:
    (tmp_path / "out").symlink_to(tmp_path.parent)
    (tmp_path / ".env").write_text("KEY=1")
    (tmp_path / "harmless.txt").symlink_to(".env")
    plan = await planned(reader, path=path)
    assert plan.access is Access.OUTSIDE
    assert plan.reasons


async def test_reading_inside_asks_nothing(reader: ReadFile, tmp_path: Path) -> None:
    (tmp_path / "b.py").symlink_to("a.py")
    plan = await planned(reader, path="b.py")
    assert (plan.access, plan.reasons, plan.title) == (Access.READ, (), "read a.py")


async def test_a_path_that_leads_elsewhere_since_is_stale(reader: ReadFile, tmp_path: Path) -> None:
    plan = await planned(reader, path="a.py")
    (tmp_path / "a.py").unlink()
    (tmp_path / "a.py").symlink_to("/etc/hostname")
    with pytest.raises(StalePlan):
        await done(reader, plan)


@pytest.fixture
def finder(tmp_path: Path) -> FindFiles:
    for name in ("a.py", "b.md", "sub/c.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return FindFiles(Workspace([tmp_path]))


async def test_paths_are_found(finder: FindFiles) -> None:
    assert await answer(finder, pattern="*.py") == "a.py\nsub/c.py\n2 files"


async def test_nothing_found_says_how_much_was_looked_at(finder: FindFiles) -> None:
    assert await answer(finder, pattern="*.rs") == "no file fits *.rs; 3 files were looked at"


async def test_a_name_that_is_no_text_can_be_sent(finder: FindFiles, tmp_path: Path) -> None:
    Path(os.fsdecode(bytes(tmp_path) + b"/odd\xff.rs")).touch()
    assert await answer(finder, pattern="*.rs") == "odd?.rs\n1 file"


async def test_too_many_paths_are_cut(finder: FindFiles, tmp_path: Path) -> None:
    for number in range(250):
        (tmp_path / f"n{number:03}.txt").touch()
    text = await answer(finder, pattern="*.txt")
    assert text.endswith("n199.txt\n250 files, 200 shown; narrow the pattern")
