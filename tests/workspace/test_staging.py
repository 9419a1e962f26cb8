import os
from pathlib import Path

import pytest

from tests.story.stage import git
from tui_assist.errors import ToolError
from tui_assist.patch.diff import diff_change
from tui_assist.values.patch import FileChange
from tui_assist.workspace import Workspace
from tui_assist.workspace.staging import Staged, stage

OLD = "".join(f"{number}\n" for number in range(40))
NEW = OLD.replace("3\n4\n", "3\nfour\n", 1).replace("35\n", "thirty-five\n")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "a.txt").write_text(OLD)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "begin")
    return folder


def written(root: Path, path: str, after: str | None, move_to: str | None = None) -> FileChange:
    """The change, done."""
    file = root / path
    before = file.read_bytes() if file.exists() else None
    content = None if after is None else after.encode()
    if content is None or move_to:
        file.unlink()
    if content is not None:
        (root / (move_to or path)).parent.mkdir(parents=True, exist_ok=True)
        (root / (move_to or path)).write_bytes(content)
    return diff_change("f1", path, before, content, move_to=move_to)


def staged(root: Path, *changes: FileChange) -> Staged:
    return stage(Workspace([root]), changes)


def in_index(root: Path, path: str) -> str:
    return git(root, "show", f":{path}")


def test_only_the_hunks_of_the_patch_are_staged_in_a_file_with_other_edits(root: Path) -> None:
    change = written(root, "a.txt", NEW)
    (root / "a.txt").write_text(NEW.replace("20\n", "my own\n"))
    assert staged(root, change) == Staged(("a.txt",), ())
    assert in_index(root, "a.txt") == NEW
    assert "my own" in (root / "a.txt").read_text()


def test_what_was_staged_before_stays_staged(root: Path) -> None:
    (root / "a.txt").write_text(OLD.replace("20\n", "twenty\n"))
    git(root, "add", "a.txt")
    change = diff_change(
        "f1", "a.txt", (root / "a.txt").read_bytes(), NEW.replace("20\n", "twenty\n").encode()
    )
    (root / "a.txt").write_bytes(change.after or b"")
    assert staged(root, change).left == ()
    assert in_index(root, "a.txt") == NEW.replace("20\n", "twenty\n")


def test_an_edit_of_another_that_is_not_staged_is_not_staged_along(root: Path) -> None:
    (root / "a.txt").write_text(OLD.replace("20\n", "my own\n"))
    change = written(root, "a.txt", NEW.replace("20\n", "my own\n"))
    assert staged(root, change).left == ()
    assert in_index(root, "a.txt") == NEW


def test_a_hunk_that_is_no_longer_in_the_file_is_not_staged(root: Path) -> None:
    change = written(root, "a.txt", NEW)
    (root / "a.txt").write_text(NEW.replace("four", "4"))
    assert staged(root, change) == Staged(
        ("a.txt",), ("a.txt: line 2 was edited since, its hunk is not staged",)
    )
    assert in_index(root, "a.txt") == OLD.replace("35\n", "thirty-five\n")
    (root / "a.txt").write_text(OLD)
    assert staged(root, change) == Staged(
        (), ("a.txt: it is not in the file as it was written, so it is not staged",)
    )


def test_files_are_created_moved_and_deleted_in_the_index(root: Path) -> None:
    (root / "b.txt").write_text("b\n")
    git(root, "add", "b.txt")
    changes = (
        written(root, "new/ä.txt", "new\n"),
        written(root, "a.txt", NEW, "moved.txt"),
        written(root, "b.txt", None),
    )
    assert staged(root, *changes).left == ()
    assert sorted(git(root, "ls-files", "-z").split("\0")[:-1]) == ["moved.txt", "new/ä.txt"]
    assert in_index(root, "moved.txt") == NEW
    assert git(root, "diff", "--name-only") == ""


def test_a_new_file_that_may_run_may_run_in_the_index_too(root: Path) -> None:
    change = written(root, "run.sh", "#!/bin/sh\n")
    os.chmod(root / "run.sh", 0o755)
    staged(root, change)
    assert git(root, "ls-files", "-s", "run.sh").startswith("100755")


@pytest.mark.parametrize(
    ("attributes", "said"),
    [("*.txt filter=lfs", "filter=lfs"), ("*.txt eol=crlf", "eol=crlf"), ("*.txt ident", "ident=set")],
)
def test_a_file_that_git_converts_is_left_to_the_person(root: Path, attributes: str, said: str) -> None:
    change = written(root, "a.txt", NEW)
    (root / ".gitattributes").write_text(attributes + "\n")
    found = staged(root, change)
    assert (found.paths, said in found.left[0], in_index(root, "a.txt")) == ((), True, OLD)


def test_text_attributes_matter_to_windows_lines_only(root: Path) -> None:
    (root / ".gitattributes").write_text("* text=auto\n")
    lines, windows = written(root, "a.txt", NEW), written(root, "w.txt", "a\r\n")
    found = staged(root, lines, windows)
    assert (found.paths, "text=auto" in found.left[0]) == (("a.txt",), True)
    (root / ".gitattributes").unlink()
    git(root, "config", "core.autocrlf", "true")
    assert "core.autocrlf" in staged(root, windows).left[0]


def test_what_conflicts_with_the_index_is_said(root: Path) -> None:
    (root / "a.txt").write_text(OLD.replace("3\n4\n", "3\nvier\n", 1))
    git(root, "add", "a.txt")
    (root / "a.txt").write_text(OLD)
    found = staged(root, written(root, "a.txt", NEW))
    assert "does not fit what is staged" in found.left[0]
    assert in_index(root, "a.txt") == NEW.replace("four", "vier")


def test_staging_runs_nothing_the_repository_chose(root: Path) -> None:
    hook = root / ".git/hooks/post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch ran\n")
    hook.chmod(0o755)
    git(root, "config", "core.fsmonitor", "touch ran; false")
    assert staged(root, written(root, "a.txt", NEW)).paths == ("a.txt",)
    assert not (root / "ran").exists()


def test_a_locked_index_is_a_sentence_and_stays(root: Path) -> None:
    change = written(root, "a.txt", NEW)
    (root / ".git/index.lock").touch()
    with pytest.raises(ToolError, match="git did not take it"):
        staged(root, change)
    assert in_index(root, "a.txt") == OLD


def test_without_a_repository_nothing_is_staged(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(OLD)
    found = staged(tmp_path, written(tmp_path, "a.txt", NEW))
    assert found == Staged((), ("a.txt: there is no git repository, or git is not installed",))


def test_a_file_of_an_inner_repository_is_staged_there(root: Path) -> None:
    inner = root / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    change = written(root, "inner/x.txt", "x\n")
    assert staged(root, change).paths == ("inner/x.txt",)
    assert (git(inner, "ls-files"), git(root, "ls-files")) == ("x.txt\n", "a.txt\n")
