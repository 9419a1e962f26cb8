import hashlib
import os
import resource
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from tui_assist.errors import StalePlan, ToolError
from tui_assist.values.patch import FileChange
from tui_assist.workspace import Workspace
from tui_assist.workspace.writing import clear, stage, swap, verify


def update(path: str, before: bytes, after: bytes) -> FileChange:
    return FileChange("f1", "update", path, before, after, hashlib.sha256(before).hexdigest(), ())


def create(path: str, after: bytes) -> FileChange:
    return FileChange("f1", "create", path, None, after, "", ())


def delete(path: str, before: bytes) -> FileChange:
    return replace(update(path, before, b""), kind="delete", after=None)


def move(path: str, to: str, before: bytes, after: bytes) -> FileChange:
    return replace(update(path, before, after), kind="move", move_to=to)


def write(root: Path, change: FileChange) -> None:
    place = Workspace([root]).place(change)
    try:
        stage(place, change)
        swap(place, change, verify(place, change))
    finally:
        clear(place)


def test_an_update_keeps_mode_and_leaves_nothing_else(root: Path) -> None:
    (root / "run").write_bytes(b"old")
    (root / "run").chmod(0o4750)
    write(root, update("run", b"old", b"new"))
    assert (root / "run").read_bytes() == b"new"
    assert stat.S_IMODE((root / "run").stat().st_mode) == 0o4750
    assert os.listdir(root) == ["run"]


def test_an_update_keeps_extended_attributes(root: Path) -> None:
    (root / "a").write_bytes(b"old")
    os.setxattr(root / "a", "user.note", b"kept")
    write(root, update("a", b"old", b"new"))
    assert os.getxattr(root / "a", "user.note") == b"kept"


def test_a_create_makes_its_folders(root: Path) -> None:
    write(root, create("a/b/c.py", b"x\n"))
    assert (root / "a/b/c.py").read_bytes() == b"x\n"


def test_a_delete_removes_the_file(root: Path) -> None:
    (root / "a").write_bytes(b"x")
    write(root, delete("a", b"x"))
    assert not (root / "a").exists()


def test_a_move_writes_there_and_removes_here(root: Path) -> None:
    (root / "a").write_bytes(b"x")
    (root / "a").chmod(0o700)
    write(root, move("a", "sub/b", b"x", b"y"))
    assert not (root / "a").exists()
    assert (root / "sub/b").read_bytes() == b"y"
    assert stat.S_IMODE((root / "sub/b").stat().st_mode) == 0o700


def test_a_move_never_covers_another_file(root: Path) -> None:
    (root / "a").write_bytes(b"x")
    (root / "b").write_bytes(b"mine")
    with pytest.raises(StalePlan, match="b exists now"):
        write(root, move("a", "b", b"x", b"y"))
    assert ((root / "a").read_bytes(), (root / "b").read_bytes()) == (b"x", b"mine")


def test_an_edit_since_the_plan_is_never_covered(root: Path) -> None:
    (root / "a").write_bytes(b"mine")
    with pytest.raises(StalePlan, match="a changed since it was shown"):
        write(root, update("a", b"old", b"new"))
    assert (root / "a").read_bytes() == b"mine"


def test_a_file_that_came_since_the_plan_is_never_covered(root: Path) -> None:
    (root / "a").write_bytes(b"mine")
    with pytest.raises(StalePlan, match="a exists now"):
        write(root, create("a", b"new"))


def test_a_file_that_went_since_the_plan_is_said(root: Path) -> None:
    with pytest.raises(StalePlan, match="gone"):
        write(root, update("a", b"old", b"new"))


def test_a_file_that_became_a_directory_is_stale(root: Path) -> None:
    (root / "a").mkdir()
    with pytest.raises(StalePlan, match="directory now"):
        write(root, update("a", b"old", b"new"))


def test_a_file_that_became_a_fifo_is_refused(root: Path) -> None:
    os.mkfifo(root / "a")
    with pytest.raises(ToolError, match="a is a FIFO"):
        write(root, update("a", b"old", b"new"))


def test_a_file_that_became_a_link_is_stale(root: Path) -> None:
    (root / "b").write_bytes(b"old")
    (root / "a").symlink_to("b")
    with pytest.raises(StalePlan, match="link"):
        write(root, update("a", b"old", b"new"))
    assert (root / "b").read_bytes() == b"old"


def test_a_folder_that_became_a_link_out_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a").write_bytes(b"old")
    (root / "sub").symlink_to(tmp_path / "out")
    with pytest.raises(ToolError, match="outside"):
        write(root, update("sub/a", b"old", b"new"))
    assert (tmp_path / "out" / "a").read_bytes() == b"old"


def test_a_folder_that_became_a_link_within_is_stale(root: Path) -> None:
    (root / "real").mkdir()
    (root / "real" / "a").write_bytes(b"old")
    (root / "sub").symlink_to("real")
    with pytest.raises(StalePlan, match="link"):
        write(root, update("sub/a", b"old", b"new"))


def test_a_hard_link_s_other_name_keeps_the_old_bytes(root: Path) -> None:
    (root / "a").write_bytes(b"old")
    os.link(root / "a", root / "twin")
    space = Workspace([root])
    found = space.snapshot(space.locate("a"))
    assert found is not None
    assert found.links == 2
    write(root, update("a", b"old", b"new"))
    assert (root / "twin").read_bytes() == b"old"


def test_a_full_disk_leaves_the_file_as_it_was(root: Path) -> None:
    (root / "a").write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            write(root, update("a", b"old", b"x" * 5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (root / "a").read_bytes() == b"old"
    assert os.listdir(root) == ["a"]


def test_git_s_own_files_are_never_written(root: Path) -> None:
    with pytest.raises(ToolError, match="belongs to git"):
        write(root, create(".git/hooks/pre-commit", b"x"))
