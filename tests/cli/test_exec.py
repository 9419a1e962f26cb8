import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = [sys.executable, "-m", "tui_assist"]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    (root / "paint.py").write_text('colour = "red"\nprint(colour)\n')
    return root


def environment(repo: Path) -> dict[str, str]:
    home = repo.parent / "home"
    kept = {"PATH": os.environ["PATH"], "HOME": str(home), "TUI_ASSIST_PRACTICE_RATE": "0"}
    return kept | {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "LC_ALL": "C.UTF-8"}


def run(repo: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=repo,
        env=environment(repo),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def records(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_question_is_answered_on_standard_output(repo: Path) -> None:
    done = run(repo, "exec", "--demo", "where is colour defined?")
    assert done.returncode == 0
    assert "paint.py:1" in done.stdout


def test_the_prompt_may_come_from_standard_input(repo: Path) -> None:
    done = run(repo, "exec", "--demo", "-", stdin="show paint.py")
    assert done.returncode == 0
    assert "print(colour)" in done.stdout


def test_what_would_need_asking_is_refused_and_says_so_in_the_exit_code(repo: Path) -> None:
    before = (repo / "paint.py").read_text()
    done = run(repo, "exec", "--demo", "replace colour with color")
    assert done.returncode == 3
    assert (repo / "paint.py").read_text() == before
    assert run(repo, "exec", "--demo", "--allow", "edit", "run touch x").returncode == 3
    assert not (repo / "x").exists()


def test_allow_edit_lets_an_exact_patch_through(repo: Path) -> None:
    done = run(repo, "exec", "--demo", "--allow", "edit", "replace colour with color")
    assert done.returncode == 0, done.stderr
    assert (repo / "paint.py").read_text() == 'color = "red"\nprint(color)\n'


def test_allow_shell_runs_the_command(repo: Path) -> None:
    done = run(repo, "exec", "--demo", "--allow", "shell", "run touch made")
    assert done.returncode == 0, done.stderr
    assert (repo / "made").exists()


def test_json_is_one_event_a_line_with_version_session_and_turn(repo: Path) -> None:
    done = run(repo, "exec", "--demo", "--json", "hello")
    events = records(done)
    assert events[0]["type"] == "turn_started"
    assert events[-1]["type"] == "turn_finished"
    assert {(event["v"], event["session"], event["turn"]) for event in events} == {
        (1, events[0]["session"], "t1")
    }


def test_a_session_goes_on_with_continue(repo: Path) -> None:
    run(repo, "exec", "--demo", "--allow", "edit", "replace colour with color")
    done = run(repo, "exec", "--demo", "--continue", "--allow", "edit", "undo")
    assert done.returncode == 0, done.stderr
    assert (repo / "paint.py").read_text() == 'colour = "red"\nprint(colour)\n'


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["exec"], "needs a prompt"),
        (["exec", "--demo", "--nope", "x"], "--nope is no option"),
        (["exec", "--demo", "-C", "/does/not/exist", "x"], "No such file"),
        (["exec", "--demo", "-C", "paint.py", "x"], "no folder"),
        (["exec", "--demo", "--instructions", "nope.md", "x"], "nope.md"),
    ],
)
def test_a_wrong_command_line_is_exit_code_2_with_a_sentence(
    repo: Path, arguments: list[str], said: str
) -> None:
    done = run(repo, *arguments)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_provider_exec_says_what_to_do(repo: Path) -> None:
    done = run(repo, "exec", "hello")
    assert done.returncode == 1
    assert "OPENAI_API_KEY" in done.stderr


def test_an_unreachable_server_is_exit_code_1_with_its_address(repo: Path) -> None:
    done = run(repo, "exec", "--base-url", "http://127.0.0.1:9/v1", "-m", "x", "hello")
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr


def test_without_a_terminal_the_screen_is_refused_with_the_way_out(repo: Path) -> None:
    done = run(repo, "--demo")
    assert done.returncode == 1
    assert "exec" in done.stderr


def test_an_interrupted_run_is_exit_code_130_and_leaves_no_child(repo: Path) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "exec", "--demo", "--allow", "shell", "--json", "run sleep 4321"],
        cwd=repo,
        env=environment(repo),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["type"] == "call_running":
            break
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    process.stdout.read()
    process.stdout.close()
    assert process.wait(10) == 130
    left = subprocess.run(["pgrep", "-f", "sleep 4321"], capture_output=True, text=True, check=False)
    assert left.stdout == ""


def test_version_and_help_answer_at_once(repo: Path) -> None:
    assert run(repo, "--version").stdout.startswith("tui-assist ")
    assert "--continue" in run(repo, "--help").stdout
