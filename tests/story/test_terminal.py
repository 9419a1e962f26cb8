import re
import signal
from pathlib import Path

import pytest

from tests.story.stage import CTRL_C, ENTER, F2, Stage, opened, until

ON, OFF = b"h", b"l"
OTHERS = (signal.SIGHUP, signal.SIGINT)

# What a program may leave switched on, and how a terminal is found by whoever comes next.
AS_FOUND = {
    b"25": ON,  # the cursor
    b"1049": OFF,  # the alternate screen
    b"2004": OFF,  # bracketed paste
    b"1000": OFF,  # mouse
    b"1002": OFF,
    b"1003": OFF,
    b"1006": OFF,
    b"1015": OFF,
    b"1004": OFF,  # focus reports
    b"2026": OFF,  # synchronised output
    b"2048": OFF,  # size reports
}


def modes(raw: bytes) -> dict[bytes, bytes]:
    """How each private mode that the app has ever set was left."""
    left: dict[bytes, bytes] = {}
    for numbers, state in re.findall(rb"\x1b\[\?([\d;]+)([hl])", raw):
        left.update(dict.fromkeys(numbers.split(b";"), state))
    return left


def assert_restored(stage: Stage) -> None:
    left = modes(stage.raw)
    assert {mode: state for mode, state in left.items() if AS_FOUND.get(mode, state) != state} == {}
    assert left[b"1049"] == OFF
    assert left[b"25"] == ON
    pushed, popped = len(re.findall(rb"\x1b\[>\d*u", stage.raw)), len(re.findall(rb"\x1b\[<\d*u", stage.raw))
    assert popped >= pushed  # the keyboard protocol


@pytest.mark.parametrize("size", [pytest.param((60, 20), marks=pytest.mark.slow), (40, 12), (20, 5)])
def test_small_terminals_show_what_matters(repo: Path, size: tuple[int, int]) -> None:
    columns, rows = size
    with opened(repo.parent, columns=columns, rows=rows, ready="›") as stage:
        stage.settle(0.5)
        stage.say("create a.txt with x")
        stage.read_until(lambda lines: any("patch" in line for line in lines))
        lines = stage.settle(0.7)
        assert max(map(len, lines)) <= columns
        assert sum(line.startswith("›") and len(line) == 1 for line in lines) == 1  # the composer
        stage.send("ok")
        stage.wait_for("› ok")
        stage.send(F2 + "y")
        until((repo / "a.txt").exists)
        stage.send(CTRL_C + CTRL_C + CTRL_C)
        assert stage.wait() == 0


@pytest.mark.slow
def test_a_review_fits_a_small_terminal(repo: Path) -> None:
    with opened(repo.parent, columns=40, rows=12, ready="›") as stage:
        stage.settle(0.5)
        stage.say("replace colour with color")
        stage.wait_for("y apply all")
        stage.answer(ENTER)
        stage.wait_for("Esc chat")
        stage.wait_for("n refuse   A apply")
        stage.send("Y")
        stage.wait_for("Done:")


@pytest.mark.slow
def test_a_storm_of_sizes_is_survived(repo: Path) -> None:
    with opened(repo.parent, rate=100) as stage:
        stage.say("write 200 words")
        stage.send("a draft")
        for number in range(50):
            stage.resize(10 + number * 37 % 150, 2 + number * 17 % 50)
            stage.settle(0.02, 0.03)
        stage.resize(90, 25)
        stage.wait_for("END-OF-STREAM", 20)
        lines = stage.settle()
        assert len(lines[0]) in range(60, 91)
        assert stage.composer() == "a draft"


@pytest.mark.parametrize("way", [CTRL_C + CTRL_C, pytest.param("\x11", marks=pytest.mark.slow)])
def test_the_terminal_is_left_as_it_was_found(repo: Path, way: str) -> None:
    with opened(repo.parent) as stage:
        stage.say("hello")
        stage.wait_for("Hello!")
        stage.send(way)
        assert stage.wait() == 0
        assert_restored(stage)


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, *(pytest.param(one, marks=pytest.mark.slow) for one in OTHERS)]
)
def test_a_signal_ends_it_orderly(repo: Path, number: signal.Signals) -> None:
    with opened(repo.parent, rate=50) as stage:
        stage.say("write 300 words")
        stage.wait_for("quick brown fox")
        stage.kill(number)
        assert stage.wait() == 128 + number
        assert_restored(stage)
    with opened(repo.parent, "--continue") as stage:
        stage.wait_for("The quick brown fox")
