import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workspace.conftest import Git
from tui_assist.errors import ToolError
from tui_assist.workspace import Workspace


def test_a_path_is_relative_to_the_working_directory(root: Path) -> None:
    (root / "sub").mkdir()
    located = Workspace([root], root / "sub").locate("../a.py")
    assert (located.path, located.shown, located.inside, located.link) == (
        root / "a.py",
        "../a.py",
        True,
        False,
    )


def test_an_absolute_path_inside_is_inside(root: Path) -> None:
    assert Workspace([root]).locate(str(root / "a.py")).shown == "a.py"


def test_a_path_that_climbs_out_is_outside(root: Path) -> None:
    located = Workspace([root]).locate("../elsewhere")
    assert not located.inside
    assert located.reasons() == (f"outside the root: {root.parent / 'elsewhere'}",)


def test_a_link_that_leaves_the_root_is_outside(root: Path) -> None:
    (root / "out").symlink_to(root.parent)
    assert not Workspace([root]).locate("out/x").inside


def test_a_link_is_shown_by_where_it_leads(root: Path) -> None:
    (root / "real.py").write_text("x")
    (root / "name.py").symlink_to("real.py")
    located = Workspace([root]).locate("name.py")
    assert (located.shown, located.reasons()) == ("real.py", ("name.py is a link to real.py",))


def test_a_link_to_a_secret_is_secret(root: Path) -> None:
    (root / ".env").write_text("KEY=1")
    (root / "plain.txt").symlink_to(".env")
    assert Workspace([root]).locate("plain.txt").secret


def test_a_protected_link_protects_what_it_leads_to(root: Path) -> None:
    (root / "notes.txt").write_text("x")
    (root / "AGENTS.md").symlink_to("notes.txt")
    assert Workspace([root]).locate("AGENTS.md").protected


def test_a_second_root_is_shown_in_full(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    located = Workspace([root, other]).locate(str(other / "x"))
    assert (located.inside, located.shown) == (True, str(other / "x"))


@given(st.text(max_size=60) | st.lists(st.sampled_from(["..", ".", "a", "/", "~", "\0"])).map("/".join))
def test_any_path_is_located_or_refused(path: str) -> None:
    space = Workspace([Path(__file__).parent])
    try:
        located = space.locate(path)
        assert located.inside == located.path.is_relative_to(space.roots[0])
        space.snapshot(located)
        space.check_writable(located)
    except ToolError:
        return
    assert located.inside


def test_a_snapshot_is_the_file_at_one_moment(root: Path) -> None:
    (root / "a").write_bytes(b"a\r\n\xff")
    (root / "a").chmod(0o640)
    space = Workspace([root])
    found = space.snapshot(space.locate("a"))
    assert found is not None
    assert (found.content, found.mode, found.links) == (b"a\r\n\xff", 0o640, 1)


def test_what_does_not_exist_has_no_snapshot(root: Path) -> None:
    space = Workspace([root])
    assert space.snapshot(space.locate("none")) is None


def test_a_fifo_is_never_waited_for(root: Path) -> None:
    os.mkfifo(root / "pipe")
    space = Workspace([root])
    with pytest.raises(ToolError, match="pipe is a FIFO, not a regular file"):
        space.read(space.locate("pipe"))


def test_a_directory_is_no_file(root: Path) -> None:
    (root / "sub").mkdir()
    space = Workspace([root])
    with pytest.raises(ToolError, match="sub is a directory, not a regular file"):
        space.snapshot(space.locate("sub"))


def test_a_device_is_no_file(root: Path) -> None:
    space = Workspace([root])
    with pytest.raises(ToolError, match="is a device"):
        space.read(space.locate("/dev/null"))


def test_a_loop_of_links_is_said(root: Path) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    space = Workspace([root])
    with pytest.raises(ToolError, match="symbolic links"):
        space.read(space.locate("a"))


def test_more_than_the_limit_is_not_read(root: Path) -> None:
    (root / "big").write_bytes(b"x" * 11)
    space = Workspace([root])
    with pytest.raises(ToolError, match="big has 11 bytes; at most 10 are read"):
        space.read(space.locate("big"), 10)


@pytest.mark.parametrize("path", [".git/config", ".GIT/hooks/x", "sub/.git/HEAD"])
def test_what_is_git_s_cannot_be_written(root: Path, path: str) -> None:
    space = Workspace([root])
    with pytest.raises(ToolError, match="belongs to git"):
        space.check_writable(space.locate(path))


def test_a_bare_repository_inside_cannot_be_written(root: Path, git: Git) -> None:
    git(root, "init", "-q", "--bare", "bare")
    space = Workspace([root])
    with pytest.raises(ToolError, match="belongs to git"):
        space.check_writable(space.locate("bare/hooks/post-index-change"))


def test_a_root_within_a_bare_repository_can_be_written(root: Path, git: Git) -> None:
    git(root, "init", "-q", "--bare", ".")
    (root / "work").mkdir()
    space = Workspace([root / "work"])
    space.check_writable(space.locate("a.py"))


def test_what_is_outside_cannot_be_written(root: Path) -> None:
    space = Workspace([root])
    with pytest.raises(ToolError, match="outside"):
        space.check_writable(space.locate("../x"))


def test_our_own_settings_are_secret_and_never_written(root: Path) -> None:
    own = root / ".config" / "ours"
    own.mkdir(parents=True)
    space = Workspace([root], private=[own])
    located = space.locate(".config/ours/config.toml")
    assert located.secret
    with pytest.raises(ToolError, match="belongs to tui-assist"):
        space.check_writable(located)


def test_a_new_name_that_differs_in_case_only_is_refused(root: Path) -> None:
    (root / "Read.me").write_text("x")
    space = Workspace([root])
    with pytest.raises(ToolError, match="only in case"):
        space.check_writable(space.locate("read.me"))


def test_a_new_folder_that_differs_in_case_only_is_refused(root: Path) -> None:
    (root / "Src").mkdir()
    space = Workspace([root])
    with pytest.raises(ToolError, match="only in case"):
        space.check_writable(space.locate("src/deep/new.py"))


def test_a_file_is_no_folder_for_a_new_file(root: Path) -> None:
    (root / "a").write_text("x")
    space = Workspace([root])
    with pytest.raises(ToolError, match=r"a is a file|a part of this path is a file"):
        space.check_writable(space.locate("a/b"))


async def test_a_root_inside_another_is_listed_once(root: Path) -> None:
    (root / "inner").mkdir()
    (root / "inner" / "a").write_text("")
    (root / "b").write_text("")
    assert sorted(await Workspace([root, root / "inner", root]).files()) == ["b", "inner/a"]
    found = await Workspace([root / "inner", root]).files()
    assert sorted(found) == [str(root / "b"), "a"]
