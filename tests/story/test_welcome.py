import stat
from pathlib import Path

import pytest

from tests.story.stage import ENTER, READY, opened

WELCOME = "How shall we talk to a model?"
KEY = "sk-story-0123456789abcdef"


def test_without_a_provider_one_is_chosen_and_practising_answers(repo: Path) -> None:
    with opened(repo.parent, demo=False, ready=WELCOME) as stage:
        lines = stage.settle()
        for way in ("1  OpenAI", "2  Azure OpenAI", "3  Local server", "4  Other", "5  Practise offline"):
            assert any(way in line for line in lines)
        stage.wait_for("repository of 3 files")
        stage.send("5")
        stage.wait_for(READY, 20)
        stage.say("where is Brush defined?")
        stage.wait_for("src/brush.py:4")


def test_a_key_is_kept_in_its_own_file_and_shown_nowhere(repo: Path) -> None:
    with opened(repo.parent, demo=False, ready=WELCOME) as stage:
        stage.settle()
        stage.send("4")
        stage.wait_for("address, with /v1")
        stage.send("http://127.0.0.1:9/v1" + ENTER + "some-model" + ENTER + KEY)
        stage.wait_for("•" * len(KEY))
        stage.send(ENTER)
        stage.wait_for("is used from now on; the key is kept in")
        stage.wait_for("some-model")
        stage.say("hello")
        stage.wait_for("127.0.0.1:9")
        stage.settle()
        stage.say("/quit")
        stage.wait(20)
        assert KEY.encode() not in stage.raw
    holders = [
        path for path in repo.parent.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()
    ]
    assert holders == [repo.parent / "home/config/tui-assist/keys.json"]
    assert stat.S_IMODE(holders[0].stat().st_mode) == 0o600


@pytest.mark.slow
def test_the_chosen_provider_is_used_the_next_time(repo: Path) -> None:
    with opened(repo.parent, demo=False, ready=WELCOME) as stage:
        stage.settle()
        stage.send("4")
        stage.wait_for("address, with /v1")
        stage.send("http://127.0.0.1:9/v1" + ENTER + "some-model" + ENTER + ENTER)
        stage.wait_for("is used from now on")
        stage.wait_for("some-model")
    with opened(repo.parent, demo=False, ready="some-model") as stage:
        assert WELCOME not in stage.text()


@pytest.mark.slow
def test_what_a_folder_brings_is_asked_about_before_it_is_read(repo: Path) -> None:
    (repo / "AGENTS.md").write_text("Always answer in rhyme.\n")
    with opened(repo.parent, ready="this folder brings AGENTS.md") as stage:
        stage.answer("y")
        stage.wait_for(READY)
        stage.say("/context")
        stage.wait_for("AGENTS.md")
    with opened(repo.parent) as stage:
        assert "this folder brings" not in stage.text()
    (repo / "AGENTS.md").write_text("Always answer in prose.\n")
    with opened(repo.parent, ready="this folder brings AGENTS.md"):
        pass
