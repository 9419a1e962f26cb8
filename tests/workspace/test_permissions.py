import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workspace.test_writing import create, update
from tui_assist.errors import ToolError
from tui_assist.workspace import Workspace
from tui_assist.workspace.listing import walk

NOBODY = 65534


@pytest.fixture
def closed() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "sub").mkdir()
        (root / "sub" / "a").write_bytes(b"old")
        (root / "hidden").write_bytes(b"x")
        (root / "hidden").chmod(0)
        (root / "sub").chmod(0o555)
        root.chmod(0o777)
        privileged = os.geteuid() == 0
        if privileged:
            os.seteuid(NOBODY)
        yield root
        if privileged:
            os.seteuid(0)
        (root / "sub").chmod(0o755)


@pytest.mark.parametrize("path", ["sub/a", "sub/new", "sub/deep/new"])
def test_a_read_only_directory_is_known_before_anyone_is_asked(closed: Path, path: str) -> None:
    space = Workspace([closed])
    with pytest.raises(ToolError, match=r"sub.* is read-only"):
        space.check_writable(space.locate(path))


def test_a_read_only_directory_takes_no_write(closed: Path) -> None:
    for change in (update("sub/a", b"old", b"new"), create("sub/new", b"x")):
        with pytest.raises(ToolError, match="read-only"):
            Workspace([closed]).place(change)
    assert os.listdir(closed / "sub") == ["a"]


def test_an_unreadable_file_is_said(closed: Path) -> None:
    space = Workspace([closed])
    with pytest.raises(ToolError, match="hidden: permission denied"):
        space.read(space.locate("hidden"))


def test_an_unreadable_folder_costs_its_own_files_only(closed: Path) -> None:
    (closed / "shut").mkdir(mode=0)
    assert walk(closed) == ["hidden", "sub/a"]
