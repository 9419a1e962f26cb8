from pathlib import Path

import pytest

from tests.story.reading import Changed, changed_in, rows_of_review, split, unified
from tests.story.stage import ENTER, ESC, F2, Stage, contents, git, opened

REPLACE = "replace colour with color"
DIGITS = 4  # of the longest line number below

FILES = {
    "README.md": b"# Colours\n\nEvery colour has a name.\nNo colour is ugly.  \n\nAnd so on.\n",
    "big.py": "".join(
        f"def shade_{n}(colour):\n" if n in (2, 398, 401, 900, 1203, 1499) else f"value_{n} = {n}\n"
        for n in range(1, 1501)
    ).encode(),
    "docs/guide/deep/colours.txt": "the colour — die Farbe, 色 — is a colour\n\n\n\tcolour\n".encode(),
    "src/windows.ini": b"[paint]\r\ncolour = red\r\nother = 1\r\n; colour below\r\n",
    "src/unended.json": b'{\n  "size": 3,\n  "colour": "red"}',
    "src/nested/my notes.txt": b"one\ntwo\ncolour\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\nlast colour\n",
    "untouched.txt": b"nothing to see\n",
}


@pytest.fixture
def palette(tmp_path: Path) -> Path:
    """Seven files, nested, one of them long, with every kind of line ending."""
    root = tmp_path / "repo"
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "core.autocrlf", "false")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "begin")
    return root


def open_review(stage: Stage) -> None:
    stage.answer(ENTER)
    stage.wait_for("Esc chat")
    if any(line.endswith("▫") or "▫  │" in line for line in stage.settle()):
        stage.send("f")  # the whole width for the diff
        stage.settle()


@pytest.mark.parametrize("view", ["unified", pytest.param("split", marks=pytest.mark.slow)])
def test_what_was_shown_is_what_happens_and_nothing_happens_before(palette: Path, view: str) -> None:
    with opened(palette.parent, columns=138, rows=60) as stage:
        stage.say(REPLACE)
        open_review(stage)
        if view == "split":
            stage.send("v")
        rows = rows_of_review(stage)
        assert any(row.endswith("value_397 = 397") for row in rows)  # context
        assert contents(palette) == FILES
        stage.send("Y")
        stage.wait_for("are changed")
        stage.idle()
    shown = unified(rows, DIGITS) if view == "unified" else split(rows, DIGITS)
    assert len({changed.path for changed in shown}) == len(FILES) - 1
    assert shown == changed_in(palette)


def test_undo_brings_every_byte_back(palette: Path) -> None:
    with opened(palette.parent) as stage:
        stage.say(REPLACE)
        stage.answer("y")
        stage.wait_for("are changed")
        assert contents(palette) != FILES
        stage.idle()
        stage.say("undo")
        stage.answer("y")
        stage.wait_gone("waiting ─")
        stage.idle()
    assert contents(palette) == FILES


def test_a_patch_is_seen_as_it_streams_and_decided_only_when_it_is_complete(repo: Path) -> None:
    (repo / "long.txt").write_text("".join(f"colour {n}\n" for n in range(40)))
    before = contents(repo)
    with opened(repo.parent, rate=60) as stage:
        stage.say("replace colour with color in long.txt")
        stage.wait_for("still arriving")
        first = stage.wait_for("- colour 1")
        stage.send(F2 + "y")
        stage.wait_for("nothing waits for an answer")
        stage.wait_for("+ color 20")
        assert not any("waiting" in line for line in first)
        assert contents(repo) == before
        stage.tray()
        assert contents(repo) == before
        assert stage.composer() == "y"
        stage.send(F2 + "y")
        stage.wait_for("is changed")
    assert (repo / "long.txt").read_text() == "".join(f"color {n}\n" for n in range(40))


def test_a_refusal_reaches_the_model_with_its_sentence(repo: Path) -> None:
    before = contents(repo)
    with opened(repo.parent) as stage:
        stage.say(REPLACE)
        stage.answer("n")
        stage.wait_for("why not?")
        stage.say("only in the tests")
        stage.wait_for("You said “only in the tests”")
        stage.wait_for("✗ refused")
    assert contents(repo) == before


def test_hunks_are_decided_one_by_one_and_the_model_hears_of_each(palette: Path) -> None:
    with opened(palette.parent, columns=138, rows=40) as stage:
        stage.say(REPLACE)
        open_review(stage)
        stage.send("d")  # the first file
        stage.wait_gone(" 0 of ")
        stage.send("c")
        stage.wait_for("your words")
        stage.say("keep this one")
        stage.wait_for("╰ you: keep this one")
        stage.send("n" + "y")
        stage.wait_for("A apply 1")
        stage.send("A")
        stage.wait_for("and apply 1   Esc go on deciding")
        assert contents(palette) == FILES
        stage.send("y")
        stage.wait_gone("Esc chat")
        stage.wait_for("changed")
        stage.idle()
    now = contents(palette)
    assert sum(now[name] != FILES[name] for name in FILES) == 1


@pytest.mark.slow
def test_a_review_is_left_undecided_with_esc_and_refuses_with_a_sentence(repo: Path) -> None:
    before = contents(repo)
    with opened(repo.parent) as stage:
        stage.say(REPLACE)
        open_review(stage)
        stage.send(ESC)
        stage.wait_gone("Esc chat")
        open_review(stage)
        stage.send("c")
        stage.wait_for("your words")
        stage.say("not yet")
        stage.wait_for("╰ you: not yet")
        stage.send("A")
        stage.wait_for("go on deciding")
        assert contents(repo) == before
        stage.send("y")
        stage.wait_for("not yet”")
    assert contents(repo) == before


@pytest.mark.slow
def test_files_are_created_and_shown_as_new(repo: Path) -> None:
    with opened(repo.parent) as stage:
        stage.say("create notes/today.txt with hello there")
        open_review(stage)
        rows = rows_of_review(stage)
        assert not (repo / "notes").exists()
        stage.send("Y")
        stage.wait_for("is changed")
    assert unified(rows, 1) == [Changed("notes/today.txt", "+", 1, "hello there")] == changed_in(repo)
    assert (repo / "notes/today.txt").read_text() == "hello there\n"
