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


@pytest.mark.slow  # it waits between its tries
def test_an_unreachable_server_is_exit_code_1_with_its_address(repo: Path) -> None:
    done = run(repo, "exec", "--base-url", "http://127.0.0.1:9/v1", "-m", "x", "hello")
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr


def test_without_a_terminal_the_screen_is_refused_with_the_way_out(repo: Path) -> None:
    done = run(repo, "--demo")
    assert done.returncode == 1
    assert "exec" in done.stderr


def shell(repo: Path, line: str, **more: str) -> subprocess.CompletedProcess[str]:
    program = " ".join(PROGRAM)
    command = ["bash", "-c", f"set -o pipefail; {line.replace('tui-assist', program)}"]
    env = environment(repo) | more
    return subprocess.run(command, cwd=repo, env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (r"printf 'hi \xff' | tui-assist exec --demo -", 2, "not UTF-8"),
        ("tui-assist exec --demo - <&-", 2, "the prompt is empty"),
        ("tui-assist config <&- >&-", 0, ""),
        ("tui-assist exec --demo hello >&-", 0, ""),
        ("tui-assist exec --demo --json hello >&-", 0, ""),
        ("tui-assist exec --demo 'show paint.py' | true", 1, "read_file"),
        ("tui-assist exec --demo --json 'show paint.py' | true", 1, ""),
        ("tui-assist exec --demo hello >/dev/full", 1, "cannot be written: No space left"),
    ],
)
def test_streams_that_are_closed_full_or_not_text_end_in_an_exit_code_without_noise(
    repo: Path, line: str, code: int, said: str
) -> None:
    done = shell(repo, line)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_an_answer_that_the_terminal_cannot_encode_is_printed_all_the_same(repo: Path) -> None:
    (repo / "paint.py").write_text("été ✓\n")
    done = shell(repo, "tui-assist exec --demo 'show paint.py'", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert r"\xe9t\xe9 \u2713" in done.stdout


def test_what_was_repaired_in_a_session_is_said(repo: Path) -> None:
    run(repo, "exec", "--demo", "hello")
    file = next((repo.parent / "home").rglob("*.jsonl"))
    with file.open("ab") as stream:
        stream.write(b"{broken\n")
    done = run(repo, "exec", "--demo", "--json", "--continue", "hello again")
    events = records(done)
    assert [event["type"] for event in events[:2]] == ["turn_started", "notice"]
    assert "1 damaged line(s)" in str(events[1]["text"])
    assert {event["turn"] for event in events} == {"t2"}


def test_a_state_folder_that_cannot_be_written_is_a_sentence(repo: Path) -> None:
    state = repo.parent / "state"
    state.write_text("a file")
    done = shell(repo, "tui-assist exec --demo hello", XDG_STATE_HOME=str(state))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(state) in done.stderr


def test_a_full_disk_is_said_and_the_answer_is_given(repo: Path) -> None:
    done = shell(repo, "ulimit -f 1; tui-assist exec --demo 'show paint.py'")
    assert done.returncode == 0, done.stderr
    assert "print(colour)" in done.stdout
    assert "not on the disk" in done.stderr


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
