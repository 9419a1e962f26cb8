from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from tests.ui.frames import Stage, frame
from tests.ui.happenings import small_patch
from tui_assist.patch.diff import diff_change
from tui_assist.ui.diff.document import DiffDocument, badge
from tui_assist.ui.diff.review import ReviewScreen
from tui_assist.ui.diff.rows import Layout
from tui_assist.ui.diff.view import DiffView
from tui_assist.ui.lines import Line, width_of
from tui_assist.values.patch import FileChange, Hunk, HunkLine, Level, Match, Patch

LAYOUTS: list[Layout] = ["unified", "split"]

CONTENTS = st.lists(
    st.sampled_from(
        [b"same\n", b"a = 'x'\n", b"tab\t\n", b"crlf\r\n", b"\x1b[2J\n", "中文\n".encode(), b"  \n"]
    ),
    max_size=12,
).map(b"".join)


def one(before: bytes | None, after: bytes | None, path: str = "a.py") -> Patch:
    return Patch("patch", (diff_change("f1", path, before, after),))


def texts(patch: Patch, layout: Layout = "unified", width: int = 60) -> list[str]:
    return [line.text.rstrip() for line in lines(patch, layout, width)]


def lines(patch: Patch, layout: Layout = "unified", width: int = 60) -> list[Line]:
    document = DiffDocument(patch, layout)
    return [document.line(y, width) for y in range(document.row_count)]


def with_match(match: Match) -> Patch:
    change = diff_change("f1", "a.py", b"a\n", b"b\n")
    return Patch("patch", (replace(change, hunks=(replace(change.hunks[0], match=match),)),))


def test_a_unified_diff_has_both_numbers_and_a_sign() -> None:
    assert texts(one(b"a\nb\nc\n", b"a\nB\nc\n")) == [
        "a.py                                                   +1 −1",
        "@@                                       hunk 1 of 1 · exact",
        " 1 1   a",
        " 2   - b",
        "   2 + B",
        " 3 3   c",
    ]


def test_a_split_diff_has_each_side_in_its_half() -> None:
    assert texts(one(b"a\nb\nc\n", b"a\nB\nnew\nc\n"), "split", 41)[2:] == [
        " 1   a              │ 1   a",
        " 2 - b              │ 2 + B",
        "                    │ 3 + new",
        " 3   c              │ 4   c",
    ]


def test_a_missing_newline_is_said_on_its_side() -> None:
    patch = one(b"a\nb", b"a\nb\n")
    assert texts(patch)[2:] == [
        " 1 1   a",
        " 2   - b",
        "       \\ no newline at the end",
        "   2 + b",
    ]
    assert texts(patch, "split", 61)[3:] == [
        " 2 - b                        │ 2 + b",
        "     \\ no newline at the end  │",
    ]


def test_what_hides_in_a_changed_line_is_made_visible() -> None:
    patch = one(b"x\n", b"y  \r\n\x1b[31mz\n\ttab\n")
    assert texts(patch)[3:] == [
        "   1 + y··␍",
        "   2 + <U+001B>[31mz",
        "   3 + →   tab",
    ]


def test_a_tab_never_looks_like_blanks() -> None:
    patch = one(b"if x:\n    a \n\tsame\n", b"if x:\n\ta\t\n\tsame\n")
    assert texts(patch)[2:] == [" 1 1   if x:", " 2   -     a·", "   2 + →   a→", " 3 3       same"]


def test_a_hard_blank_never_looks_like_a_blank() -> None:
    assert texts(one(b"a b\n", "a\u00a0b\n".encode()))[2:] == [" 1   - a b", "   1 + a⍽b"]


def test_changed_words_are_marked_inside_the_line() -> None:
    found = lines(one(b"value = colour + 1\n", b"value = color + 1\n", "notes.txt"))
    marked = [span for line in found for span in line.spans if "-word" in span[1]]
    assert marked == [("colour", "removed-word"), ("color", "added-word")]


def test_lines_are_highlighted_by_the_files_language() -> None:
    found = lines(one(None, b"'''begun\nhere'''\nreturn 1\n"))
    spans = [span for line in found for span in line.spans]
    assert ("return", "syntax-keyword") in spans
    assert any(text == "here'''" and role == "syntax-string" for text, role in spans)


@pytest.mark.parametrize(
    ("match", "shown"),
    [
        (Match(), "exact"),
        (Match(Level.INDENT), "≈ indentation"),
        (Match(places=3), "! one of 3 places"),
        (Match(note="no context: appended at the end"), "! no context: appended at the end"),
    ],
)
def test_how_a_hunk_matched_is_said_by_shape(match: Match, shown: str) -> None:
    assert badge(match) == shown
    assert texts(with_match(match))[1].endswith(shown)


def test_notes_stand_below_the_files_name() -> None:
    change = replace(diff_change("f1", "a.py", b"a\n", b"b\n"), notes=("hard link",), encoding="latin-1")
    assert texts(Patch("patch", (change,)))[1:3] == ["  ! hard link", "  ! shown as latin-1"]


def test_a_binary_change_says_so() -> None:
    assert texts(one(b"\0a", b"\0b", "x.bin")) == ["x.bin", "  ! binary"]


def test_utf_16_is_shown_as_text() -> None:
    patch = one("a\r\nb\r\n".encode("utf-16"), "a\r\nc\r\n".encode("utf-16"))
    assert texts(patch)[-3:] == [" 1 1   a", " 2   - b␍", "   2 + c␍"]


def test_the_end_of_a_long_line_is_reached_by_moving_it() -> None:
    document = DiffDocument(one(None, b"x" * 80 + b"end\n", "x.txt"))
    assert document.line(2, 40).text.endswith("x›")
    assert document.line(2, 40, 60).text == "   1 + " + "x" * 20 + "end"


@given(CONTENTS, CONTENTS, st.integers(20, 90), st.sampled_from(LAYOUTS))
def test_rows_are_as_many_as_counted_and_fit(before: bytes, after: bytes, width: int, layout: Layout) -> None:
    document = DiffDocument(one(before, after), layout)
    for y in range(document.row_count):
        line = document.line(y, width)
        assert width_of(line.spans) <= width
        assert not {"\x1b", "\r", "\t", "\n"} & set(line.text)
    hunk_rows = sum(section.rows for section in document.sections)
    assert hunk_rows == document.row_count


@given(CONTENTS, CONTENTS)
def test_every_changed_line_is_shown_once(before: bytes, after: bytes) -> None:
    patch = one(before, after)
    fills = [line.fill for line in lines(patch)]
    assert fills.count("added") == sum(change.added for change in patch.changes)
    assert fills.count("removed") == sum(change.removed for change in patch.changes)


def long_patch(count: int) -> Patch:
    content = tuple(HunkLine("+", b"value = 'text' + 1\n") for _ in range(count))
    hunk = Hunk("f1h1", 0, 1, content)
    return Patch("patch", (FileChange("f1", "create", "a.py", None, b"", "", (hunk,)),))


async def test_a_long_diff_lays_out_only_the_rows_on_the_screen() -> None:
    app = Stage(lambda: DiffView(long_patch(50_000)))
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.query_one(DiffView)
        view.focus()
        await pilot.pause()
        assert view.document.row_count == 50_002
        before = view.document.made
        assert before < 200
        await pilot.press("G")
        await pilot.pause()
        assert "50000 + value" in frame(app)
        assert view.document.made - before < 60


async def test_hunks_and_files_are_reached_by_their_keys() -> None:
    app = Stage(lambda: DiffView(small_patch()))
    async with app.run_test(size=(80, 8)) as pilot:
        view = app.query_one(DiffView)
        view.focus()
        places = []
        for key in (
            "right_square_bracket",
            "N",
            "right_square_bracket",
            "left_square_bracket",
            "P",
            "G",
            "g",
        ):
            await pilot.press(key)
            assert view.section is not None
            places.append((view.section.file, view.section.hunk))
        assert places == [(0, 0), (1, None), (1, 0), (0, 0), (0, None), (1, 0), (0, None)]


async def test_changing_the_layout_stays_in_the_hunk() -> None:
    app = Stage(lambda: DiffView(small_patch()))
    async with app.run_test(size=(80, 8)) as pilot:
        view = app.query_one(DiffView)
        view.focus()
        await pilot.press("N", "j", "j", "v")
        assert view.diff_layout == "split"
        assert view.section is not None
        assert (view.section.file, view.section.hunk) == (1, 0)


async def read(pilot: Pilot[None], patch: Patch | None = None) -> list[None]:
    left: list[None] = []
    pilot.app.push_screen(ReviewScreen(patch or small_patch()), left.append)
    await pilot.pause()
    return left


async def test_a_patch_to_read_offers_no_key_that_decides() -> None:
    app = Stage()
    async with app.run_test(size=(100, 24)) as pilot:
        left = await read(pilot)
        assert not {"apply", "accept", "decided", "▫"} & set(frame(app).split())
        await pilot.press("y", "n", "A", "j", "k", "space", "g")
        assert left == []
        await pilot.press("q")
        await pilot.pause()
        assert left == [None]


async def test_an_empty_patch_says_that_nothing_changed() -> None:
    app = Stage()
    async with app.run_test(size=(60, 12)) as pilot:
        await read(pilot, Patch("patch", ()))
        await pilot.press("j", "right_square_bracket", "N", "v", "G", "pagedown")
        assert "Nothing changed." in frame(app)


async def test_f_hides_the_files_and_a_click_chooses_one() -> None:
    app = Stage()
    async with app.run_test(size=(100, 12)) as pilot:
        await read(pilot)
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        await pilot.click("#files", offset=(3, 1))
        await pilot.pause()
        assert screen.diff.section is not None
        assert screen.diff.section.file == 1
        assert screen.files.display
        await pilot.press("f")
        assert not screen.files.display
