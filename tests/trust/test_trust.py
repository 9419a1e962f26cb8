import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tui_assist.errors import UserError
from tui_assist.trust import LARGEST, Trust, discover

DECIDE = """
import sys
from pathlib import Path
from tui_assist.trust import Trust
trust = Trust(Path(sys.argv[1]), Path("/nowhere"))
for number in range(30):
    trust.decide_file(Path(f"/tools/{sys.argv[2]}{number}.py"), "abc", True)
"""


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "home" / "repo"
    (root / ".tui-assist").mkdir(parents=True)
    (root / "pkg" / "deep").mkdir(parents=True)
    (root / "AGENTS.md").write_text("use tabs")
    (root / ".tui-assist" / "config.toml").write_text("this is no toml")
    return root


def trust_of(tmp_path: Path) -> Trust:
    return Trust(tmp_path / "state" / "trust.json", tmp_path / "home")


def names(root: Path, cwd: Path) -> list[str]:
    return [file.name for file in discover(root, cwd).files]


def test_an_offer_lists_names_sizes_and_hashes(repo: Path) -> None:
    (file, settings) = discover(repo, repo).files
    assert (file.name, file.size, file.sha) == ("AGENTS.md", 8, hashlib.sha256(b"use tabs").hexdigest())
    assert (settings.name, settings.content) == (".tui-assist/config.toml", b"this is no toml")


def test_guides_come_from_the_root_down_to_the_working_directory(repo: Path) -> None:
    (repo / "pkg" / "CLAUDE.md").write_text("b")
    (repo / "pkg" / "deep" / "AGENTS.md").write_text("c")
    assert names(repo, repo / "pkg" / "deep") == [
        "AGENTS.md",
        "pkg/CLAUDE.md",
        "pkg/deep/AGENTS.md",
        ".tui-assist/config.toml",
    ]


def test_guides_below_the_working_directory_are_left(repo: Path) -> None:
    (repo / "pkg" / "AGENTS.md").write_text("b")
    assert names(repo, repo) == ["AGENTS.md", ".tui-assist/config.toml"]


def test_claude_md_counts_only_where_there_is_no_agents_md(repo: Path) -> None:
    (repo / "CLAUDE.md").write_text("other")
    assert "CLAUDE.md" not in names(repo, repo)


def test_the_offer_tells_guides_from_settings(repo: Path) -> None:
    offer = discover(repo, repo)
    assert [file.name for file in offer.guides] == ["AGENTS.md"]
    assert offer.settings is not None
    assert offer.settings.name == ".tui-assist/config.toml"


def test_a_folder_that_brings_nothing_needs_no_question(tmp_path: Path) -> None:
    offer = discover(tmp_path, tmp_path)
    assert (offer.files, offer.settings, trust_of(tmp_path).remembered(offer)) == ((), None, True)


def test_a_link_out_of_the_root_is_refused(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "id_rsa").write_text("secret")
    (repo / "AGENTS.md").unlink()
    (repo / "AGENTS.md").symlink_to(tmp_path / "id_rsa")
    offer = discover(repo, repo)
    assert [file.name for file in offer.files] == [".tui-assist/config.toml"]
    assert offer.refused == (f"AGENTS.md: it is a link to {tmp_path}/id_rsa, outside the folder",)


def test_a_link_within_the_root_is_read(repo: Path) -> None:
    (repo / "pkg" / "AGENTS.md").symlink_to(repo / "AGENTS.md")
    assert discover(repo, repo / "pkg").files[1].content == b"use tabs"


def test_pipes_folders_and_huge_files_are_refused_without_waiting(repo: Path) -> None:
    (repo / "AGENTS.md").unlink()
    os.mkfifo(repo / "AGENTS.md")
    (repo / "pkg" / "CLAUDE.md").mkdir()
    (repo / "pkg" / "deep" / "AGENTS.md").write_bytes(b"x" * (LARGEST + 1))
    offer = discover(repo, repo / "pkg" / "deep")
    assert [file.name for file in offer.files] == [".tui-assist/config.toml"]
    assert [line.partition(":")[0] for line in offer.refused] == [
        "AGENTS.md",
        "pkg/CLAUDE.md",
        "pkg/deep/AGENTS.md",
    ]


def test_an_undecided_offer_asks(repo: Path, tmp_path: Path) -> None:
    assert trust_of(tmp_path).remembered(discover(repo, repo)) is None


@pytest.mark.parametrize("answer", [True, False])
def test_an_answer_is_remembered_by_the_next_start(repo: Path, tmp_path: Path, answer: bool) -> None:
    trust_of(tmp_path).decide(discover(repo, repo), answer)
    assert trust_of(tmp_path).remembered(discover(repo, repo)) is answer


@pytest.mark.parametrize("name", ["AGENTS.md", ".tui-assist/config.toml", "pkg/AGENTS.md"])
def test_changed_or_new_content_asks_again(repo: Path, tmp_path: Path, name: str) -> None:
    trust = trust_of(tmp_path)
    trust.decide(discover(repo, repo / "pkg"), True)
    (repo / name).write_text("rm -rf")
    assert trust.remembered(discover(repo, repo / "pkg")) is None


def test_content_moved_to_another_name_asks_again(repo: Path, tmp_path: Path) -> None:
    trust = trust_of(tmp_path)
    trust.decide(discover(repo, repo), True)
    (repo / "AGENTS.md").rename(repo / "CLAUDE.md")
    assert trust.remembered(discover(repo, repo)) is None


def test_going_back_to_a_decided_version_does_not_ask(repo: Path, tmp_path: Path) -> None:
    trust = trust_of(tmp_path)
    trust.decide(discover(repo, repo), True)
    (repo / "AGENTS.md").write_text("other branch")
    trust.decide(discover(repo, repo), False)
    (repo / "AGENTS.md").write_text("use tabs")
    assert trust.remembered(discover(repo, repo)) is True


def test_the_same_content_in_another_folder_asks(repo: Path, tmp_path: Path) -> None:
    trust = trust_of(tmp_path)
    trust.decide(discover(repo, repo), True)
    (repo / "pkg" / ".tui-assist").mkdir()
    (repo / "pkg" / "AGENTS.md").write_text("use tabs")
    (repo / "pkg" / ".tui-assist" / "config.toml").write_text("this is no toml")
    assert trust.remembered(discover(repo / "pkg", repo / "pkg")) is None


def test_another_name_for_the_folder_is_the_same_folder(repo: Path, tmp_path: Path) -> None:
    trust = trust_of(tmp_path)
    trust.decide(discover(repo, repo), True)
    (tmp_path / "link").symlink_to(repo)
    assert trust.remembered(discover(tmp_path / "link", tmp_path / "link")) is True


@pytest.mark.parametrize("wide", ["home", "."])
def test_home_and_what_holds_it_are_never_trusted(tmp_path: Path, wide: str) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / wide / "AGENTS.md").write_text("x")
    trust = trust_of(tmp_path)
    offer = discover(tmp_path / wide, tmp_path / wide)
    with pytest.raises(UserError, match="is not trusted"):
        trust.decide(offer, True)
    trust.decide(offer, False)
    assert (trust.remembered(offer), (tmp_path / "state").exists()) == (False, False)


def test_a_tool_file_is_trusted_by_its_hash(tmp_path: Path) -> None:
    trust = trust_of(tmp_path)
    tool = tmp_path / "tool.py"
    trust.decide_file(tool, "aaa", True)
    trust.decide_file(tool, "bbb", False)
    assert [trust.is_trusted_file(tool, sha) for sha in ("aaa", "bbb", "ccc")] == [True, False, None]


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b'{"folders": 3}', b'{"folders": {"/x": {"a": 1}}}', b"\xff"]
)
def test_a_damaged_file_trusts_nothing(repo: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "trust.json").write_bytes(content)
    assert Trust(tmp_path / "trust.json", tmp_path / "home").remembered(discover(repo, repo)) is None


def test_two_instances_keep_each_others_decisions(tmp_path: Path) -> None:
    path = tmp_path / "trust.json"
    processes = [subprocess.Popen([sys.executable, "-c", DECIDE, str(path), name]) for name in ("one", "two")]
    assert [process.wait() for process in processes] == [0, 0]
    trust = Trust(path, Path("/nowhere"))
    assert all(
        trust.is_trusted_file(Path(f"/tools/{name}{number}.py"), "abc")
        for name in ("one", "two")
        for number in range(30)
    )
