import os
import subprocess
from pathlib import Path

import pytest

from tests.pty import tui_assist
from tests.story.stage import CTRL_C, ENTER, READY, environment, opened, stored, until


def test_after_a_kill_the_text_so_far_and_the_draft_are_there_and_it_goes_on(repo: Path) -> None:
    with opened(repo.parent, rate=120) as stage:
        stage.say("hello")
        stage.wait_for("Hello!")
        stage.idle()
        stage.say("write 500 words")
        stage.send("half a thought")
        stage.wait_for("wrap(lines)")
        until(lambda: "half a thought" in stored(repo.parent))
        stage.kill()
        stage.wait()
    with opened(repo.parent, "--continue") as stage:
        for kept in ("Hello!", "write 500 words", "quick brown fox", "to scroll.", "› half a thought"):
            stage.wait_for(kept)
        assert "END-OF-STREAM" not in stage.text()
        stage.send(CTRL_C)
        stage.say("where is Brush defined?")
        stage.wait_for("src/brush.py:4")


@pytest.mark.slow
def test_after_a_kill_the_finished_calls_are_there_and_the_patch_that_was_cut_is_not(repo: Path) -> None:
    (repo / "long.txt").write_text("".join(f"colour {n}\n" for n in range(60)))
    with opened(repo.parent, rate=60) as stage:
        stage.say("replace colour with color in long.txt")
        stage.wait_for("+ color 5")
        stage.kill()
        stage.wait()
    with opened(repo.parent, "--continue") as stage:
        stage.wait_for("60 matches in 1 file")
        stage.wait_for("60 lines in 1 file; I read around each.")
        assert "waiting" not in stage.text()
        assert (repo / "long.txt").read_text().count("colour") == 60
        stage.say("replace colour with color in long.txt")
        stage.answer("y")
        stage.wait_for("is changed")
    assert (repo / "long.txt").read_text().count("colour") == 0


@pytest.mark.slow
def test_a_command_that_ran_when_it_was_killed_is_said_to_have_been_interrupted(repo: Path) -> None:
    with opened(repo.parent) as stage:
        stage.say("run touch made; sleep 30")
        stage.answer("y")
        stage.wait_for("● running")
        stage.kill()
        stage.wait()
    with opened(repo.parent, "--continue") as stage:
        stage.wait_for("run touch made; sleep 30")
        stage.say("hello")
        stage.wait_for("Hello!")


def test_resume_lists_the_sessions_of_this_folder(repo: Path) -> None:
    for prompt in ("show README.md", "where is Brush defined?"):
        names = {name: value for name, value in environment(repo.parent).items() if value is not None}
        command = tui_assist("exec", "--demo", prompt)
        subprocess.run(command, cwd=repo, env=os.environ | names, check=True, capture_output=True)
    with opened(repo.parent, "--resume", ready="Go on with which session?") as stage:
        lines = stage.settle()
        assert any("show README.md" in line and "1 turn" in line for line in lines)
        assert any("where is Brush defined?" in line for line in lines)
        stage.send("\x1b[B" + ENTER)
        stage.wait_for(READY)
        stage.wait_for("It mixes.")
