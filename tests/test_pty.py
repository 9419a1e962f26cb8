import os
import signal
import time
from pathlib import Path

import pytest

from tests.pty import Terminal, Timeout

BASH = ["bash", "--norc", "--noprofile"]
PROMPT = {"PS1": "ready> "}


def test_what_is_typed_is_shown(tmp_path: Path) -> None:
    with Terminal(["cat"], directory=tmp_path) as terminal:
        terminal.send("grüße\r")
        lines = terminal.read_until(lambda lines: lines.count("grüße") == 2)
    assert lines[:2] == ["grüße", "grüße"]


def test_the_program_has_a_controlling_terminal_of_the_given_size(tmp_path: Path) -> None:
    command = ["bash", "-c", "stty size </dev/tty; pwd -P"]
    with Terminal(command, directory=tmp_path, columns=200, rows=7) as terminal:
        assert terminal.wait() == 0
        assert terminal.screen()[:2] == ["7 200", str(tmp_path.resolve())]


def test_a_new_size_reaches_the_program(tmp_path: Path) -> None:
    with Terminal([*BASH, "-i"], directory=tmp_path, environment=PROMPT) as terminal:
        terminal.read_until_text("ready>")
        terminal.resize(50, 9)
        terminal.send("stty size\r")
        lines = terminal.read_until_text("9 50")
    assert len(lines) == 9


def test_ctrl_c_interrupts(tmp_path: Path) -> None:
    with Terminal(["bash", "-c", "echo started; exec sleep 300"], directory=tmp_path) as terminal:
        terminal.read_until_text("started")
        terminal.send("\x03")
        assert terminal.wait() == -signal.SIGINT


def test_the_environment_can_be_added_to_and_taken_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAKEN", "1")
    command = ["bash", "-c", "echo [$GIVEN$TAKEN]"]
    with Terminal(command, directory=tmp_path, environment={"GIVEN": "yes", "TAKEN": None}) as terminal:
        assert terminal.read_until_text("[")[0] == "[yes]"


def test_bytes_written_are_counted(tmp_path: Path) -> None:
    with Terminal(["printf", "%0100d", "0"], directory=tmp_path) as terminal:
        terminal.wait()
        assert terminal.written == 100


def test_a_wait_in_vain_shows_the_screen(tmp_path: Path) -> None:
    with Terminal(["bash", "-c", "echo shown; sleep 300"], directory=tmp_path) as terminal:
        terminal.read_until_text("shown")
        with pytest.raises(Timeout, match=r"not within 0\.1 s; the screen was:\nshown"):
            terminal.read_until_text("hidden", timeout_s=0.1)


def test_a_wait_ends_with_the_program(tmp_path: Path) -> None:
    began = time.monotonic()
    with Terminal(["bash", "-c", "exit 3"], directory=tmp_path) as terminal:
        with pytest.raises(Timeout, match="it ended with exit code 3"):
            terminal.read_until_text("hidden", timeout_s=60)
        assert terminal.exit_code == 3
    assert time.monotonic() - began < 60


def test_a_killed_program_is_gone(tmp_path: Path) -> None:
    with Terminal(["sleep", "300"], directory=tmp_path) as terminal:
        terminal.kill()
        assert terminal.wait() == -signal.SIGKILL


def test_leaving_ends_the_program(tmp_path: Path) -> None:
    with Terminal(["bash", "-c", "trap '' HUP TERM; echo on; sleep 300"], directory=tmp_path) as terminal:
        terminal.read_until_text("on")
    with pytest.raises(ProcessLookupError):
        os.kill(terminal.pid, 0)


def test_a_missing_program_ends_as_in_a_shell(tmp_path: Path) -> None:
    with Terminal(["no-such-program"], directory=tmp_path) as terminal:
        assert terminal.wait() == 127


def test_questions_to_the_terminal_are_answered(tmp_path: Path) -> None:
    command = ["bash", "-c", r"stty raw -echo; printf '\e[6n'; read -rd R reply; stty sane; echo got"]
    with Terminal(command, directory=tmp_path) as terminal:
        terminal.read_until(lambda lines: any("got" in line for line in lines))
