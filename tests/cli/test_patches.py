import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.test_exec import PROGRAM, environment, run
from tests.pty import Terminal
from tests.story.stage import ESC, git

OLD = 'colour = "red"\nprint(colour)\n'
NEW = 'color = "red"\nprint(color)\n'
REPLACE = "replace colour with color"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    (root / "paint.py").write_text(OLD)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "begin")
    return root


@pytest.fixture
def written(repo: Path) -> Path:
    """The repository after one patch of the practice model."""
    done = run(repo, "exec", "--demo", "--allow", "edit", REPLACE)
    assert (done.returncode, text(repo)) == (0, NEW)
    return repo


def text(repo: Path) -> str:
    return (repo / "paint.py").read_text()


@contextmanager
def terminal(repo: Path, line: str) -> Iterator[Terminal]:
    """`line` in a shell in a terminal; `tui-assist` is the program."""
    command = ["bash", "-c", line.replace("tui-assist", " ".join(PROGRAM))]
    with Terminal(command, directory=repo, environment=dict(environment(repo))) as opened:
        yield opened


def test_patches_lists_what_was_written(written: Path) -> None:
    listed = run(written, "patches")
    assert ("patch 1: " + REPLACE in listed.stdout, "+2 −2" in listed.stdout) == (True, True)
    (record,) = json.loads(run(written, "patches", "--json").stdout)
    expected = {"number": 1, "state": "applied", "prompt": REPLACE, "files": ["paint.py"], "added": 2}
    assert expected.items() <= record.items()


def test_patches_of_a_new_folder_are_none(repo: Path) -> None:
    assert run(repo, "patches").stdout == "no patch was written here yet\n"
    assert run(repo, "patches", "--json").stdout == "[]\n"


def test_blame_tells_the_prompt_of_a_line(written: Path) -> None:
    done = run(written, "blame", "paint.py:2")
    assert done.returncode == 0
    for word in ("patch 1", REPLACE, "practice", "--allow edit"):
        assert word in done.stdout


def test_blame_of_a_line_nobody_wrote_is_a_sentence(repo: Path) -> None:
    done = run(repo, "blame", "paint.py:2")
    assert (done.returncode, "no patch" in done.stderr) == (1, True)
    done = run(repo, "blame", "paint.py:9")
    assert (done.returncode, "no line 9" in done.stderr) == (1, True)


@pytest.mark.parametrize("command", [["undo"], ["redo"], ["apply", "fix.diff"]])
def test_without_a_terminal_nothing_is_written(written: Path, command: list[str]) -> None:
    (written / "fix.diff").write_text('--- paint.py\n+++ paint.py\n@@ -1 +1 @@\n-color = "red"\n+c = 1\n')
    done = run(written, *command)
    assert (done.returncode, text(written)) == (1, NEW)
    said = "nothing was taken back" if command == ["redo"] else "here is none"
    assert said in done.stderr


def test_undo_is_reviewed_and_then_done_and_redo_does_it_again(written: Path) -> None:
    with terminal(written, "tui-assist undo && tui-assist redo 1") as stage:
        stage.read_until_text("undo patch 1: " + REPLACE)
        assert text(written) == NEW
        stage.send("Y")
        stage.read_until_text("redo patch 1: " + REPLACE)
        assert text(written) == OLD
        stage.send("Y")
        assert stage.wait() == 0
        assert "patch 1 is done again, as patch 3" in stage.text()
    blamed = run(written, "blame", "paint.py:2").stdout
    assert all(word in blamed for word in ("patch 3", REPLACE, "practice/practice"))
    assert text(written) == NEW


def test_the_last_patches_are_taken_back_one_by_one(written: Path) -> None:
    run(written, "exec", "--demo", "--allow", "edit", "replace red with blue")
    with terminal(written, "tui-assist undo --last 2") as stage:
        stage.read_until_text("undo patch 2")
        stage.send("Y")
        stage.read_until_text("undo patch 1")
        stage.send("Y")
        assert stage.wait() == 0
    assert text(written) == OLD
    assert "only 0 patches" in run(written, "undo", "--last", "1").stderr


def test_a_review_that_is_left_accepts_nothing(written: Path) -> None:
    with terminal(written, "tui-assist undo") as stage:
        stage.read_until_text("undo patch 1")
        stage.settle()
        stage.send(ESC)
        assert stage.wait() == 3
    assert text(written) == NEW


def test_a_diff_from_a_pipe_is_reviewed_in_the_terminal(repo: Path) -> None:
    (repo / "paint.py").write_text(NEW)
    with terminal(repo, "git diff -R | tui-assist apply -") as stage:
        stage.read_until_text("apply the patch on standard input")
        assert text(repo) == NEW
        stage.send("Y")
        assert stage.wait() == 0
        assert "is applied, as patch 1" in stage.text()
    assert text(repo) == OLD


def test_what_cannot_be_applied_is_said_before_and_after(repo: Path) -> None:
    (repo / "fix.diff").write_text(
        "--- paint.py\n+++ paint.py\n@@ -2 +2 @@\n-print(colour)\n+print()\n"
        "--- gone.py\n+++ gone.py\n@@ -1 +1 @@\n-x\n+y\n"
    )
    with terminal(repo, "tui-assist apply fix.diff 2>/dev/tty") as stage:
        stage.read_until_text("not possible: gone.py")
        stage.send("Y")
        assert stage.wait() == 0
        assert "not done: gone.py" in stage.text()
    assert text(repo) == 'colour = "red"\nprint()\n'


def test_a_patch_that_cannot_be_read_is_a_sentence(repo: Path) -> None:
    for arguments, code, said in (
        (["apply", "none.diff"], 1, "none.diff: No such file"),
        (["apply", "paint.py"], 1, "found no diff"),
        (["apply", "-"], 1, "the patch is empty"),
        (["undo", "7"], 1, "there is no patch 7"),
    ):
        done = run(repo, *arguments)
        assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (code, True, False)


def test_what_is_proposed_changes_nothing_and_is_reviewed_later(repo: Path) -> None:
    done = run(repo, "exec", "--demo", "--propose", "../fix.json", REPLACE)
    assert (done.returncode, text(repo)) == (0, OLD), done.stderr
    assert "`tui-assist apply ../fix.json` reviews it" in done.stderr
    (repo / "paint.py").write_text("# new\n" + OLD)
    with terminal(repo, "tui-assist apply ../fix.json") as stage:
        stage.read_until_text("apply fix.json: " + REPLACE)
        stage.send("Y")
        assert stage.wait() == 0
    assert text(repo) == "# new\n" + NEW


def test_a_proposing_run_runs_no_command_also_with_a_kept_rule(repo: Path) -> None:
    state = repo.parent / "home/.local/state/tui-assist"
    state.mkdir(parents=True)
    rules = {str(repo): [{"words": ["touch"], "verdict": "allow"}]}
    (state / "rules.json").write_text(json.dumps(rules))
    (state / "rules.json").chmod(0o600)
    done = run(repo, "exec", "--demo", "--propose", "../fix.json", "run touch made")
    assert ((repo / "made").exists(), (repo.parent / "fix.json").exists()) == (False, False)
    assert "no patch was proposed" in done.stderr
    assert run(repo, "exec", "--demo", "run touch made").returncode == 0
    assert (repo / "made").exists()  # so the rule does hold elsewhere


def test_a_proposal_covers_no_file(repo: Path) -> None:
    done = run(repo, "exec", "--demo", "--propose", "paint.py", REPLACE)
    assert (done.returncode, "exists; name a new file" in done.stderr, text(repo)) == (2, True, OLD)
    assert run(repo, "exec", "--demo", "--propose", "no/x", REPLACE).returncode == 2
