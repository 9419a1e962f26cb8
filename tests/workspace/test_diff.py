import os
from pathlib import Path

import pytest

from tests.workspace.conftest import Git
from tui_assist.errors import ToolError
from tui_assist.values.patch import FileChange
from tui_assist.workspace import Workspace


async def changes(root: Path, cwd: Path | None = None) -> dict[str, FileChange]:
    return {change.path: change for change in (await Workspace([root], cwd).diff()).changes}


async def test_edits_deletions_and_new_files_are_shown(repository: Path) -> None:
    (repository / "kept.py").write_text("one\n2\n")
    (repository / "gone.py").unlink()
    (repository / "new.py").write_text("x\n")
    found = await changes(repository)
    assert {path: change.kind for path, change in found.items()} == {
        "gone.py": "delete",
        "kept.py": "update",
        "new.py": "create",
    }
    assert [(line.kind, line.content) for line in found["kept.py"].hunks[0].lines] == [
        (" ", b"one\n"),
        ("-", b"two\n"),
        ("+", b"2\n"),
    ]


async def test_what_was_staged_is_shown_too(repository: Path, git: Git) -> None:
    (repository / "kept.py").write_text("one\n2\n")
    git(repository, "add", ".")
    assert list(await changes(repository)) == ["kept.py"]


async def test_a_file_that_was_only_touched_is_not_shown(repository: Path) -> None:
    os.utime(repository / "kept.py", (1, 1))
    assert await changes(repository) == {}


async def test_paths_are_relative_to_the_working_directory(repository: Path) -> None:
    (repository / "sub").mkdir()
    (repository / "sub" / "new.py").write_text("x\n")
    (repository / "kept.py").write_text("x\n")
    assert list(await changes(repository, repository / "sub")) == ["../kept.py", "new.py"]


async def test_a_root_below_the_top_is_compared_alone(repository: Path, git: Git) -> None:
    (repository / "sub").mkdir()
    (repository / "sub" / "a.py").write_text("x\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "second")
    (repository / "sub" / "a.py").write_text("y\n")
    (repository / "kept.py").write_text("y\n")
    found = await changes(repository / "sub")
    assert {path: change.before for path, change in found.items()} == {"a.py": b"x\n"}


async def test_before_the_first_commit_everything_is_new(root: Path, git: Git) -> None:
    git(root, "init", "-q")
    (root / "a").write_text("x\n")
    git(root, "add", "a")
    assert [change.kind for change in (await changes(root)).values()] == ["create"]


async def test_a_link_is_compared_by_where_it_points(repository: Path) -> None:
    (repository / "link").symlink_to("/etc/passwd")
    assert (await changes(repository))["link"].after == b"/etc/passwd"


async def test_what_lies_behind_a_link_is_gone(repository: Path, git: Git) -> None:
    (repository / "sub").mkdir()
    (repository / "sub" / "hostname").write_text("ours\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "second")
    (repository / "sub" / "hostname").unlink()
    (repository / "sub").rmdir()
    (repository / "sub").symlink_to("/etc")
    assert (await changes(repository))["sub/hostname"].kind == "delete"


async def test_what_cannot_be_shown_says_why(repository: Path) -> None:
    (repository / "kept.py").write_bytes(b"\0\1\2")
    (repository / "big").write_bytes(b"x\n" * 3_000_000)
    found = await changes(repository)
    assert (found["kept.py"].hunks, bool(found["kept.py"].notes)) == ((), True)
    assert (found["big"].hunks, found["big"].notes) == ((), ("too large to show",))


async def test_a_file_that_became_a_fifo_is_named(repository: Path) -> None:
    (repository / "kept.py").unlink()
    os.mkfifo(repository / "kept.py")
    assert (await changes(repository))["kept.py"].notes == ("kept.py is a FIFO, not a regular file",)


async def test_without_a_work_tree_there_is_nothing_to_compare(root: Path) -> None:
    with pytest.raises(ToolError, match="no git work tree"):
        await Workspace([root]).diff()
