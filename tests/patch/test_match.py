import random

import pytest

from tui_assist.patch.errors import HunkNotFound
from tui_assist.patch.finder import Finder
from tui_assist.patch.indent import reindented
from tui_assist.patch.match import Edit, place_sections, place_with
from tui_assist.patch.sections import parse_sections
from tui_assist.values.patch import Level, Match


def edits(lines: list[str], diff: str) -> list[Edit]:
    return place_sections([line + "\n" for line in lines], parse_sections(diff), "f.py")


def compared(lines: list[str], diff: str) -> int:
    finder = Finder(lines)
    place_with(finder, parse_sections(diff), "f.py")
    return finder.compared


def test_an_exact_hunk_is_placed_with_an_exact_match() -> None:
    assert edits(["a", "b", "c"], " a\n-b\n+B\n c\n") == [Edit(1, 2, ("B",), Match())]


def test_a_hunk_with_two_runs_gives_two_edits() -> None:
    assert edits(["a", "b", "c"], "-a\n b\n+n\n c\n") == [
        Edit(0, 1, (), Match()),
        Edit(2, 2, ("n",), Match()),
    ]


def test_the_best_level_wins() -> None:
    lines = ["x \u2013", "  x -", "x - ", "x -"]
    found = []
    while lines:
        edit = edits(lines, "-x -\n+y\n")[0]
        found.append((lines.pop(edit.start), edit.match.level))
    assert found == [
        ("x -", Level.EXACT),
        ("x - ", Level.TRAILING),
        ("  x -", Level.INDENT),
        ("x \u2013", Level.LOOKALIKE),
    ]


def test_two_lines_that_fit_as_well_are_counted() -> None:
    assert edits(["a", "x", "b", "x"], "-x\n+y\n")[0].match == Match(places=2)


def test_two_anchors_that_lead_to_different_places_are_counted() -> None:
    lines = ["def f", "x", "def f", "x"]
    assert edits(lines, "@@ def f\n-x\n+y\n") == [Edit(1, 2, ("y",), Match(places=2))]


def test_a_hunk_stays_in_the_function_the_hunk_before_it_named() -> None:
    lines = ["def f", "a", "x", "def g", "x"]
    assert edits(lines, "@@ def f\n-a\n+A\n@@ def f\n-x\n+y\n")[1] == Edit(2, 3, ("y",), Match())


def test_a_failure_names_the_hunk_the_file_and_the_nearest_line() -> None:
    with pytest.raises(HunkNotFound) as caught:
        edits(["a", "def total(self):", "    return 1"], "-a\n+b\n@@\n def total(this):\n-    return 1\n")
    assert str(caught.value) == (
        "hunk 2 of f.py is not in the file; nearest is line 2: 'def total(self):' "
        "(the hunk says 'def total(this):'); read the file and send the hunk again"
    )


@pytest.mark.parametrize(
    ("pairs", "added", "expected"),
    [
        ([("a", "  a"), ("  b", "    b")], "    new", "      new"),
        ([("    a", "a")], "      new", "  new"),
        ([("    a", "a")], "new", "new"),
        ([("    a", "\ta"), ("        b", "\t\tb")], "            new", "\t\t\tnew"),
        ([("\ta", "  a")], "\t\tnew", "    new"),
        ([("a", "  a"), ("b", "   b")], "new", "new"),
        ([("a", "a")], "  new", "  new"),
        ([("a", "  a")], "", ""),
    ],
)
def test_added_lines_follow_one_rule_of_indentation(
    pairs: list[tuple[str, str]], added: str, expected: str
) -> None:
    assert reindented(added, pairs) == expected


def test_five_thousand_hunks_look_at_each_line_a_few_times() -> None:
    lines = [f"line {n}" for n in range(50_000)]
    diff = "".join(f"@@\n {lines[n]}\n-{lines[n + 1]}\n+new\n" for n in range(0, 50_000, 10))
    assert compared(lines, diff) < 3 * (len(lines) + diff.count("\n"))


def test_five_thousand_equal_hunks_in_equal_lines_stay_linear() -> None:
    lines = ["x"] * 50_000
    diff = "@@\n x\n-x\n x\n+y\n" * 5_000
    assert compared(lines, diff) < 10 * (len(lines) + diff.count("\n"))


def test_runs_of_two_frequent_lines_stay_linear() -> None:
    seed = random.Random(7)
    lines = [seed.choice("ab") for _ in range(20_000)]
    starts = range(0, 20_000 - 40, 40)
    diff = "".join("@@\n" + "".join(f" {line}\n" for line in lines[n : n + 30]) + "+y\n" for n in starts)
    assert compared(lines, diff) < 12 * (len(lines) + diff.count("\n"))


def test_a_finder_finds_every_place_of_a_frequent_run() -> None:
    seed = random.Random(8)
    lines = [seed.choice("ab") for _ in range(500)]
    finder = Finder(lines)
    for length in range(1, 9):
        run = tuple(lines[100 : 100 + length])
        expected = [n for n in range(len(lines) - length + 1) if tuple(lines[n : n + length]) == run]
        assert finder.places(run, Level.EXACT) == expected
