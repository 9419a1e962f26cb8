import subprocess
from pathlib import Path

import pytest

from tests.patch.making import planned, update
from tui_assist.patch.diff import diff_change, unified, word_spans
from tui_assist.patch.lines import Block, changed_blocks
from tui_assist.values.patch import Patch


def test_a_moved_line_is_one_removal_and_one_addition() -> None:
    assert changed_blocks("abcd", "bcda") == [Block(0, 1, 0, 0), Block(4, 4, 3, 4)]


def test_lines_that_are_unique_keep_repeated_ones_apart() -> None:
    assert changed_blocks("{}A{}", "{}B{}A{}") == [Block(2, 2, 2, 5)]


def test_binary_content_has_no_hunks_and_a_note() -> None:
    change = diff_change("f1", "x.bin", b"\0", b"\1")
    assert (change.hunks, change.notes, change.exact) == ((), ("binary",), False)


def test_a_byte_order_mark_that_comes_or_goes_is_shown() -> None:
    change = diff_change("f1", "x", b"\xef\xbb\xbfa\n", b"a\n")
    assert [line.content for line in change.hunks[0].lines] == [b"\xef\xbb\xbfa\n", b"a\n"]


def test_a_change_of_encoding_is_said() -> None:
    change = diff_change("f1", "x", b"a\n", b"\xff\xfea\0\n\0")
    assert (change.hunks, change.notes) == ((), ("encoding changes from utf-8 to utf-16-le",))


def test_utf_16_lines_are_cut_at_their_own_newline() -> None:
    before, after = (b"\xff\xfe" + text.encode("utf-16-le") for text in ("a\r\n\u0a0a\nb", "a\r\n\u0a0a\nc"))
    change = diff_change("f1", "x", before, after)
    assert [line.content.decode(change.encoding) for line in change.hunks[0].lines] == [
        "a\r\n",
        "\u0a0a\n",
        "b",
        "c",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nb\nc\n", b"a\nB\nc\n"),
        (b"a\nb", b"a\nb\nc"),
        (b"a\n" * 30, b"x\n" + b"a\n" * 29 + b"y"),
        (b"a\n", b""),
    ],
)
def test_git_applies_the_unified_text(tmp_path: Path, before: bytes, after: bytes) -> None:
    (tmp_path / "f.txt").write_bytes(before)
    patch = Patch(
        "p1", (diff_change("f1", "f.txt", before, after), diff_change("f2", "n/new", None, b"x\ny\n"))
    )
    subprocess.run(["git", "apply"], cwd=tmp_path, input=unified(patch).encode(), check=True)
    assert ((tmp_path / "f.txt").read_bytes(), (tmp_path / "n/new").read_bytes()) == (after, b"x\ny\n")


def test_a_move_without_hunks_is_a_rename() -> None:
    patch = Patch("p1", (diff_change("f1", "a", b"1\n", b"1\n", move_to="b"),))
    assert unified(patch) == "diff --git a/a b/b\nrename from a\nrename to b\n"


@pytest.mark.parametrize(
    ("lines", "heading"),
    [
        (["class A:", "    def f(self):"], "def f(self):"),
        (["export async function f() {"], "export async function f() {"),
        (["static int main(int argc)", "{"], "static int main(int argc)"),
        (["[tool.ruff]"], "[tool.ruff]"),
        (["## Usage"], "## Usage"),
        (["    call(x)"], ""),
    ],
)
def test_a_hunk_is_headed_by_the_definition_above_it(lines: list[str], heading: str) -> None:
    before = "".join(line + "\n" for line in [*lines, *"1234", "old"])
    change = planned({"f.txt": before.encode()}, update("-old\n+new\n")).patch.changes[0]
    assert change.hunks[0].heading == heading


def test_changed_words_of_a_pair_of_lines_are_marked() -> None:
    assert word_spans("x = foo(a, b)", "x = bar(a, b, c)") == ([(4, 7)], [(4, 7), (12, 15)])


def test_lines_with_nothing_in_common_have_no_marked_words() -> None:
    assert word_spans("import os", "return 42") == ([], [])
