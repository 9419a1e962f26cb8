from pathlib import Path

from tests.story.stage import CTRL_N, F2, opened

F6 = "\x1b[17~"


def test_two_panes_work_at_once_and_a_request_in_the_other_is_only_a_mark(repo: Path) -> None:
    with opened(repo.parent, rate=60, columns=140) as stage:
        stage.say("replace colour with color")
        stage.wait_for("I'll search")
        stage.send(CTRL_N)
        stage.read_until(lambda lines: "2 new" in lines[0] and "opening" not in lines[-1])
        stage.say("write 150 words")
        stage.send("a draft")
        stage.wait_for("quick brown fox")
        stage.send(F2)
        stage.wait_for("nothing waits for an answer")
        stage.wait_for("wrap(lines)")
        lines = stage.settle(0.01)
        assert not any("waiting" in line or "replace" in line for line in lines[1:])
        assert lines[0].startswith(" 1 replace colour with color ●  2 write 150 words ●")
        stage.wait_for("END-OF-STREAM")
        lines = stage.settle(0.1)
        assert not any("waiting" in line for line in lines)
        stage.send(F2)
        stage.wait_for("pane 1 waits: F6 goes there")
        assert stage.composer() == "a draft"
        stage.send(F6)
        stage.answer("y")
        stage.wait_for("are changed")
        assert b"colour" not in (repo / "paint.py").read_bytes()
        stage.send(F6)
        stage.wait_for("END-OF-STREAM")
        stage.wait_for("› a draft")
