from pathlib import Path

import pytest

from tests.story.stage import ESC, F2, opened, until


def running(words: str) -> list[int]:
    """The processes whose command line is exactly `words`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes() == words.replace(" ", "\0").encode() + b"\0":
                found.append(int(path.parent.name))
        except OSError:
            continue  # it has ended meanwhile
    return found


def test_a_command_is_shown_as_it_will_run_and_streams_while_one_types(repo: Path) -> None:
    command = "for n in 1 2 3; do echo line $n; until [ -e go$n ]; do sleep 0.02; done; done; pwd; exit 3"
    with opened(repo.parent, columns=160) as stage:
        stage.say(f"run {command}")
        asked = "\n".join(stage.tray())
        for said in (command, f"in {repo}", "timeout 120 s", "output 16,000 characters", "no sandbox"):
            assert said in asked
        stage.send(F2 + "y")
        stage.wait_for("line 1")
        stage.send("typed meanwhile")
        stage.wait_for("› typed meanwhile")
        (repo / "go1").touch()
        lines = stage.wait_for("line 2")
        assert any("● running" in line for line in lines)
        (repo / "go2").touch()
        (repo / "go3").touch()
        stage.wait_for("exit 3  ")
        stage.wait_for("ended with exit code 3")
        stage.wait_for(str(repo))
        assert stage.composer() == "typed meanwhile"


def test_two_commands_run_in_order_each_with_its_own_exit_code(repo: Path) -> None:
    with opened(repo.parent) as stage:
        stage.say("run echo first > made and cat made missing and echo last")
        asked = stage.tray()
        for command in ("echo first > made", "cat made missing", "echo last"):
            assert any(command in line for line in asked)
        assert not (repo / "made").exists()
        stage.send(F2 + "y")
        stage.wait_for("exit 0, exit 1, exit 0")
        stage.wait_for("cat made missing ended with exit code 1")


@pytest.mark.slow
def test_a_refused_command_never_runs(repo: Path) -> None:
    with opened(repo.parent) as stage:
        stage.say("run touch made")
        stage.answer("n")
        stage.wait_for("why not?")
        stage.say("make it in src")
        stage.wait_for("It did not run")
        stage.wait_for("make it in src")
    assert not (repo / "made").exists()


def test_esc_stops_a_command_and_its_children_and_keeps_the_draft(repo: Path) -> None:
    with opened(repo.parent) as stage:
        stage.say("run (trap '' TERM; sleep 4711.5) & sleep 4711.5")
        stage.answer("y")
        stage.wait_for("● running")
        until(lambda: len(running("sleep 4711.5")) == 2, 5)
        stage.send("half a thought")
        stage.wait_for("› half a thought")
        stage.send(ESC)
        stage.wait_for("✗ cancelled", 2)
        until(lambda: len(running("sleep 4711.5")) == 0, 2)
        assert stage.composer() == "half a thought"
        stage.send("\x03")
        stage.say("hello")
        stage.wait_for("Hello!")


def test_a_command_of_ones_own_runs_unasked_and_the_model_does_not_see_it(repo: Path) -> None:
    with opened(repo.parent) as stage:
        stage.say("!echo $((40 + 2))")
        stage.wait_for("✓ exit 0")
        stage.settle()
        assert "waiting" not in stage.text()
        stage.say("!sleep 4712.5")
        until(lambda: len(running("sleep 4712.5")) == 1, 5)
        stage.send(ESC)
        stage.wait_for("✗ cancelled", 2)
        until(lambda: len(running("sleep 4712.5")) == 0, 2)
