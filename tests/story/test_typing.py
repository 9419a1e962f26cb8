from pathlib import Path

import pytest

from tests.story.stage import ESC, F2, contents, opened


def test_typing_never_answers_what_waits(repo: Path) -> None:
    before = contents(repo)
    with opened(repo.parent) as stage:
        stage.say("replace colour with color")
        stage.tray()
        stage.send("yes please")
        stage.wait_for("› yes please")
        stage.settle(0.6)
        assert stage.composer() == "yes please"
        assert "1 waiting" in stage.text()
        assert contents(repo) == before


def test_two_letters_close_together_are_typed_and_a_lone_one_answers(repo: Path) -> None:
    before = contents(repo)
    with opened(repo.parent) as stage:
        stage.say("replace colour with color")
        stage.tray()
        stage.send("y")
        stage.wait_for("applying …")
        stage.send("n")
        stage.wait_for("› yn")
        assert contents(repo) == before
        stage.send("\x03")
        stage.wait_gone("› yn")
        stage.settle(0.6)
        stage.send("y")
        stage.wait_for("are changed")


@pytest.mark.slow
def test_keys_before_a_request_was_seen_do_not_answer_it(repo: Path) -> None:
    with opened(repo.parent) as stage:
        stage.say("run touch made")
        stage.wait_for("1 waiting")
        stage.send(F2 + "y")
        stage.settle(0.3)
        assert "1 waiting" in stage.text()
        assert not (repo / "made").exists()


@pytest.mark.slow
def test_the_tray_says_how_it_is_reached_and_left(repo: Path) -> None:
    with opened(repo.parent) as stage:
        stage.say("run touch made")
        stage.tray()
        assert "F2 to answer" in stage.text()
        stage.send(F2)
        stage.wait_for("Esc back")
        stage.send(ESC)
        stage.wait_for("F2 to answer")
        stage.send("still here")
        stage.wait_for("› still here")


@pytest.mark.parametrize("name", ["/quit", pytest.param("/qu", marks=pytest.mark.slow)])
def test_a_command_typed_in_one_go_is_that_command(repo: Path, name: str) -> None:
    with opened(repo.parent) as stage:
        stage.send("/")
        stage.wait_for("/help")
        stage.say(name[1:])
        assert stage.wait() == 0


@pytest.mark.slow
def test_a_paste_is_text_whatever_it_holds(repo: Path) -> None:
    with opened(repo.parent) as stage:
        stage.say("run touch made")
        stage.tray()
        stage.send("\x1b[200~y\r\nn\x1b[201~")
        stage.wait_for("› y")
        stage.settle(0.6)
        assert stage.composer() == "y\nn"
        assert "1 waiting" in stage.text()
    assert not (repo / "made").exists()
