import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_assist.ui.lines import edges, fold, shorten, width_of, wrap
from tui_assist.ui.text import breaks, cells, chop, crop, crop_left, one_line, untab
from tui_assist.values.visible import visible

FORBIDDEN = [
    *range(0x09),
    *range(0x0B, 0x20),
    *range(0x7F, 0xA0),
    0xAD,
    0x61C,
    0x180E,
    *range(0x200B, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2070),
    0xFEFF,
    *range(0xFFF9, 0xFFFC),
    0xD800,
    0xDFFF,
    0xE0001,
    0xE007F,
    0xE0FFF,
    *range(0x1D173, 0x1D17B),
]

FOREIGN = st.text(
    st.one_of(st.characters(), st.sampled_from([chr(point) for point in FORBIDDEN]), st.just("中"))
)


@pytest.mark.parametrize("point", FORBIDDEN)
def test_every_hidden_character_is_spelled_out(point: int) -> None:
    assert visible(f"a{chr(point)}b") == f"a<U+{point:04X}>b"


def test_ordinary_text_is_returned_as_it_is() -> None:
    text = "plain"
    assert visible(text) is text
    assert visible("tab\there\nänd 中文 🙂") == "tab\there\nänd 中文 🙂"


def test_carriage_returns_go_only_before_a_newline() -> None:
    assert visible("a\r\nb\rc") == "a\nb<U+000D>c"


def test_joined_emoji_stay_in_prose_only() -> None:
    family = "👩\u200d👧 ❤\ufe0f"
    assert visible(family, prose=True) == family
    assert visible(family) == "👩<U+200D>👧 ❤<U+FE0F>"


@given(FOREIGN)
def test_sanitised_text_is_fit_and_stays_as_it_is(text: str) -> None:
    shown = visible(text)
    assert not {chr(point) for point in FORBIDDEN} & set(shown)
    assert visible(shown) == shown


@given(FOREIGN)
def test_one_line_is_one_line(text: str) -> None:
    assert "\n" not in one_line(text)
    assert "\t" not in one_line(text)


@given(FOREIGN, st.integers(2, 40))
def test_no_piece_is_wider_than_asked(text: str, width: int) -> None:
    shown = one_line(text)
    for split in (breaks, chop):
        for start, end in split(shown, width):
            assert cells(shown[start:end]) <= width


@given(FOREIGN, st.integers(2, 40))
def test_chopping_loses_nothing(text: str, width: int) -> None:
    shown = one_line(text)
    assert "".join(shown[start:end] for start, end in chop(shown, width)) == shown


@given(FOREIGN, st.integers(2, 40))
def test_breaking_loses_only_blanks(text: str, width: int) -> None:
    shown = one_line(text)
    kept = "".join(shown[start:end] for start, end in breaks(shown, width))
    assert "".join(kept.split()) == "".join(shown.split())


def test_words_are_kept_whole_where_they_fit() -> None:
    text = "the quick brown fox"
    assert [text[start:end] for start, end in breaks(text, 10)] == ["the quick", "brown fox"]


def test_wide_characters_break_anywhere() -> None:
    text = "中文中文中"
    assert [text[start:end] for start, end in breaks(text, 4)] == ["中文", "中文", "中"]


@given(FOREIGN, st.integers(0, 30))
def test_cropping_fits(text: str, width: int) -> None:
    shown = one_line(text)
    assert cells(crop(shown, width)) <= width
    assert cells(crop_left(shown, width)) <= width


def test_cropping_says_that_something_is_missing() -> None:
    assert crop("calculator", 5) == "calc…"
    assert crop_left("src/calc/core.py", 8).endswith("core.py")
    assert crop_left("src/calc/core.py", 8).startswith("…")


def test_tabs_reach_the_next_stop() -> None:
    assert untab("a\tb") == "a   b"


def test_a_line_says_how_it_goes_on_from_the_one_above() -> None:
    assert [line.joined for line in wrap([("one two three", "")], 7)] == [None, " "]
    assert [line.joined for line in wrap([("abcdefghij", "")], 7)] == [None, ""]
    assert [(line.joined, line.lead) for line in fold([("abcdefghij", "")], 7, (), [("↪ ", "")])] == [
        (None, 0),
        ("", 2),
    ]


def test_code_goes_on_below_with_a_mark() -> None:
    lines = fold([("abcdefghij", "")], 8, (), [("↪ ", "")])
    assert [line.text for line in lines] == ["abcdef", "↪ ghij"]


def test_what_stands_at_the_right_edge_folds_under_on_a_narrow_screen() -> None:
    left, right = [("search  a long title of a call", "")], [("14 matches in 5 files", "")]
    assert [line.text for line in edges(left, right, 60)] == [
        "search  a long title of a call         14 matches in 5 files"
    ]
    assert [line.text for line in edges(left, right, 40)] == [
        "search  a long title of a call",
        "    14 matches in 5 files",
    ]


@given(st.lists(st.tuples(FOREIGN.map(one_line), st.just(""))), st.integers(1, 30))
def test_shortened_spans_fit(spans: list[tuple[str, str]], width: int) -> None:
    assert width_of(shorten(spans, width)) <= width
