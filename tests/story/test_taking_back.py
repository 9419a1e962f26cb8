from pathlib import Path

from tests.story.stage import CTRL_P, ENTER, contents, opened

REPLACE = "replace colour with color"


def test_a_patch_is_taken_back_after_a_restart_and_done_again(repo: Path) -> None:
    before = contents(repo)
    with opened(repo.parent) as stage:
        stage.say(REPLACE)
        stage.answer("y")
        stage.wait_for("changed")
        stage.idle()
    after = contents(repo)
    assert after != before
    with opened(repo.parent) as stage:
        stage.say("/undo")
        stage.wait_for("undo patch 1: " + REPLACE)
        assert contents(repo) == after
        stage.send("Y")
        stage.wait_for("patch 1 is taken back, as patch 2")
        assert contents(repo) == before
        stage.send(CTRL_P)
        stage.wait_for("What would you like to do?")
        stage.say("do a patch again")
        stage.wait_for("redo patch 1: " + REPLACE)
        stage.send("Y")
        stage.wait_for("patch 1 is done again, as patch 3")
    assert contents(repo) == after


def test_an_edit_made_since_is_shown_as_not_possible_and_stays(repo: Path) -> None:
    with opened(repo.parent) as stage:
        stage.say(REPLACE)
        stage.answer("y")
        stage.wait_for("changed")
        stage.idle()
        brush = (repo / "src/brush.py").read_text()
        (repo / "src/brush.py").write_text(brush.replace("tint = color", "tint = mine"))
        stage.say("/patches")
        stage.wait_for("patch 1: " + REPLACE)
        stage.send(ENTER)
        stage.wait_for("not possible: src/brush.py")
        stage.send("Y")
        stage.wait_for("not done: src/brush.py")
    assert (repo / "paint.py").read_text().startswith('colour = "red"')
    assert "tint = mine" in (repo / "src/brush.py").read_text()
