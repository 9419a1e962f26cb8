from pathlib import Path

from tests.story.stage import ENTER, ESC, SHIFT_TAB, TAB, contents, opened, stored


def test_questions_are_answered_from_the_real_files(repo: Path) -> None:
    with opened(repo.parent, rows=50) as stage:
        stage.say("where is Brush defined?")
        stage.wait_for("src/brush.py:4")
        stage.idle()
        stage.say("show README.md")
        stage.wait_for("It mixes.")
        stage.idle()
        stage.say("what are you?")
        stage.wait_for("I am the practice model")
        stage.idle()
        stage.say("paint the house")
        stage.wait_for("I cannot do that")


def test_a_mentioned_file_is_completed_and_attached(repo: Path) -> None:
    with opened(repo.parent) as stage:
        stage.send("tell me about @brus")
        stage.wait_for("› @src/brush.py")
        stage.send(TAB)
        stage.wait_for("attaches src/brush.py")
        assert stage.composer().strip() == "tell me about @src/brush.py"
        stage.send(ENTER)
        stage.wait_for("For real work choose a provider")
    assert "class Brush" in stored(repo.parent)


def test_commands_are_suggested_and_done(repo: Path) -> None:
    with opened(repo.parent) as stage:
        stage.send("/to")
        stage.wait_for("/tools   Show what the model may call")
        stage.send(ENTER)
        stage.wait_for("apply_patch")
        stage.send(ESC)
        stage.wait_gone("What the model may call")
        assert stage.composer() == ""
        stage.say("/nonsense")
        stage.wait_for("› /nonsense")


def test_shift_tab_goes_through_the_modes(repo: Path) -> None:
    with opened(repo.parent) as stage:
        for mode in ("accept edits", "plan", "ask"):
            stage.send(SHIFT_TAB)
            stage.wait_for(f" {mode} · no sandbox")


def test_accepted_edits_are_applied_unasked_and_shown(repo: Path) -> None:
    with opened(repo.parent) as stage:
        stage.say("/mode accept edits")
        stage.wait_for(" accept edits · no sandbox")
        stage.say("replace colour with color")
        stage.wait_for("are changed")
        lines = stage.idle()
        assert any("paint.py      +3 −3" in line for line in lines)
        assert b"colour" not in (repo / "paint.py").read_bytes()
        stage.say("run touch made")
        stage.tray()
        assert not (repo / "made").exists()


def test_plan_mode_changes_nothing(repo: Path) -> None:
    before = contents(repo)
    with opened(repo.parent) as stage:
        stage.say("/mode plan")
        stage.wait_for(" plan · no sandbox")
        stage.say("replace colour with color")
        stage.wait_for("Not changed")
        stage.idle()
        stage.say("run touch made")
        stage.wait_for("It did not run")
        assert "waiting" not in stage.text()
    assert contents(repo) == before
