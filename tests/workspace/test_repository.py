import asyncio
from pathlib import Path

import pytest

from tests.workspace.conftest import Git
from tui_assist.errors import ToolError
from tui_assist.workspace import Workspace
from tui_assist.workspace.repository import clean_environment


async def test_files_are_what_git_does_not_ignore(repository: Path) -> None:
    (repository / "new.py").write_text("x")
    (repository / "noise.log").write_text("x")
    assert await Workspace([repository]).files() == (".gitignore", "gone.py", "kept.py", "new.py")


async def test_files_with_odd_names_come_through(repository: Path) -> None:
    (repository / "ä\n\t\"x'.py").write_text("x")
    assert "ä\n\t\"x'.py" in await Workspace([repository]).files()


async def test_files_are_named_from_the_working_directory(repository: Path) -> None:
    (repository / "sub").mkdir()
    (repository / "sub" / "in.py").write_text("x")
    files = await Workspace([repository], repository / "sub").files()
    assert files == ("../.gitignore", "../gone.py", "../kept.py", "in.py")
    files = await Workspace([repository], repository / "sub" / "deeper").files()
    assert files == ("../../.gitignore", "../../gone.py", "../../kept.py", "../in.py")


async def test_deleted_files_are_not_listed(repository: Path) -> None:
    (repository / "gone.py").unlink()
    assert await Workspace([repository]).files() == (".gitignore", "kept.py")


async def test_files_of_every_root_are_listed(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "more.py").write_text("x")
    assert (await Workspace([repository, other]).files())[-1] == f"{other}/more.py"


async def test_files_are_walked_where_there_is_no_repository(root: Path) -> None:
    (root / "sub").mkdir()
    (root / "sub" / "a.py").write_text("x")
    (root / "node_modules").mkdir()
    (root / "node_modules" / "b.js").write_text("x")
    (root / "loop").symlink_to(".")
    assert await Workspace([root]).files() == ("loop", "sub/a.py")


async def test_without_git_it_still_works(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    space = Workspace([repository])
    assert await space.files() == (".gitignore", "gone.py", "kept.py")
    assert await space.branch() == "main"
    assert await space.changed() is None
    with pytest.raises(ToolError, match="git is not installed"):
        await space.diff()


async def test_a_bare_repository_has_no_work_tree(root: Path, git: Git) -> None:
    git(root, "init", "-q", "--bare", ".")
    space = Workspace([root])
    assert "HEAD" in await space.files()
    assert (await space.branch(), await space.changed()) == ("main", None)


async def test_a_folder_without_repository_has_no_branch(root: Path) -> None:
    assert await Workspace([root]).branch() is None


async def test_a_detached_head_is_a_short_commit(repository: Path, git: Git) -> None:
    git(repository, "checkout", "-q", "--detach")
    assert await Workspace([repository]).branch() == git(repository, "rev-parse", "HEAD")[:8]


async def test_changed_counts_edits_deletions_and_new_files(repository: Path) -> None:
    (repository / "kept.py").write_text("one\n2\n")
    (repository / "gone.py").unlink()
    (repository / "new.py").write_text("x")
    (repository / "noise.log").write_text("x")
    assert await Workspace([repository]).changed() == 3


async def test_changed_counts_everything_before_the_first_commit(root: Path, git: Git) -> None:
    git(root, "init", "-q")
    (root / "a").write_text("x")
    (root / "b").write_text("x")
    git(root, "add", "a")
    assert await Workspace([root]).changed() == 2


async def test_changed_counts_below_the_root_alone(repository: Path) -> None:
    (repository / "sub").mkdir()
    (repository / "sub" / "a").write_text("x")
    (repository / "kept.py").write_text("other")
    assert await Workspace([repository / "sub"]).changed() == 1


async def test_nothing_the_repository_chose_is_run(repository: Path, git: Git) -> None:
    trap = repository.parent / "trap"
    script = repository.parent / "evil"
    script.write_text(f"#!/bin/sh\ntouch {trap}\ncat\n")
    script.chmod(0o755)
    hooks = repository / ".git" / "hooks" / "post-index-change"
    hooks.parent.mkdir(exist_ok=True)
    hooks.write_text(script.read_text())
    hooks.chmod(0o755)
    for name in ("core.fsmonitor", "diff.external", "filter.x.clean", "filter.x.smudge", "diff.x.textconv"):
        git(repository, "config", name, str(script))
    git(repository, "config", "filter.a=b.clean", str(script))
    git(repository, "config", "filter.x.required", "true")
    (repository / ".gitattributes").write_text("* filter=x diff=x\ngone.py filter=a=b\n")
    (repository / "kept.py").write_text("as long\n")  # git looks into fresh files of the same length
    (repository / "gone.py").write_text("eyb\n")
    trap.unlink(missing_ok=True)
    space = Workspace([repository])
    await asyncio.gather(space.files(), space.branch(), space.changed(), space.diff())
    assert not trap.exists()


def test_git_is_started_without_our_git_variables() -> None:
    environment = clean_environment(
        {"PATH": "/bin", "GIT_DIR": "/x", "GIT_EXTERNAL_DIFF": "y", "SECRET": "z"}
    )
    assert set(environment) & {"GIT_DIR", "GIT_EXTERNAL_DIFF", "SECRET"} == set()


async def test_git_variables_of_ours_change_nothing(
    repository: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert await Workspace([repository]).changed() == 0
