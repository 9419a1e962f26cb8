import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_assist.config.locate import Key, join_key, locate, quote, split_key

BARE = st.text("abcxyz019_-", min_size=1, max_size=5)
NAMES = BARE | st.text(st.characters(codec="utf-8"), max_size=5)
# Texts that look like TOML, to lead the scanner astray.
TRAPS = st.sampled_from(['"""', "'''", "# no", "a = 1", "[x]", "\\", "\n", '"', "}", "]", ",", "=", "é", " "])
BLOCK = st.lists(TRAPS, max_size=6).map("".join)


def basic_block(text: str) -> str:
    return '"""\n' + text.replace("\\", "\\\\").replace('"""', '""\\"') + ' """'


def literal_block(text: str) -> str:
    return "'''\n" + text.replace("'", "") + " '''"


SCALARS = st.one_of(
    st.integers(-99, 99).map(str),
    st.booleans().map(lambda value: str(value).lower()),
    st.sampled_from(["1.5", "-0.0", "inf", "1979-05-27 07:32:00", "0x1F", "1_000"]),
    st.text(st.characters(codec="utf-8"), max_size=8).map(quote),
    BLOCK.map(quote),
    BLOCK.map(basic_block),
    BLOCK.map(literal_block),
)
ARRAYS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3).map(lambda items: "[ # ]\n" + ",\n".join(items) + "\n]"),
    max_leaves=5,
)


def key_of(parts: tuple[str, ...]) -> str:
    return " . ".join(join_key((part,)) for part in parts)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[Key, int]]:
    """TOML text, and the line of every key in it as it was written."""
    lines: list[str] = []
    expected: dict[Key, int] = {}
    used: set[Key] = set()
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    # Headers have other first names than pairs, so that no name is both a value and a table.
    for prefix in [(), *draw(st.lists(st.lists(NAMES, min_size=1, max_size=2), max_size=3))]:
        table = tuple(f"t{name}" for name in prefix)
        if table in used:
            continue
        used.add(table)
        if table:
            lines.append(f"  [ {key_of(table)} ]  # header")
            for depth in range(1, len(table) + 1):
                expected.setdefault(table[:depth], "\n".join(lines).count("\n") + 1)
        for name in draw(st.lists(NAMES, max_size=4, unique=True)):
            lines += draw(st.sampled_from([[], [""], ["# a = 1"], ["\t"]]))
            line = "\n".join(lines).count("\n") + 2 if lines else 1
            key = (*table, f"k{name}")
            expected[key] = line
            if draw(st.booleans()):
                lines.append(f"{key_of(key[len(table) :])} = {draw(ARRAYS)} # end")
                continue
            inline = draw(st.lists(BARE, max_size=3, unique=True))
            pairs = [f"{part} = {draw(SCALARS.filter(lambda text: chr(10) not in text))}" for part in inline]
            lines.append(f"{key_of(key[len(table) :])} = {{ {', '.join(pairs)} }}")
            expected.update({(*key, part): line for part in inline})
    return "\n".join(lines).replace("\n", newline), expected


@settings(max_examples=60, deadline=None)
@given(documents())
def test_every_key_is_found_on_its_line(document: tuple[str, dict[Key, int]]) -> None:
    text, expected = document
    tomllib.loads(text)
    assert {key: place.line for key, place in locate(text).items()} == expected


def value_at(table: dict[str, Any], key: Key) -> Any:
    found: Any = table
    for name in key:
        found = found[name]
    return found


@settings(max_examples=60, deadline=None)
@given(documents())
def test_the_text_of_a_place_is_its_value(document: tuple[str, dict[Key, int]]) -> None:
    text, _ = document
    table = tomllib.loads(text)
    for key, place in locate(text).items():
        if not place.header:
            shown = tomllib.loads(f"value = {text[place.start : place.end]}")["value"]
            assert repr(shown) == repr(value_at(table, key))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("a.b = 1", {("a",): 1, ("a", "b"): 1}),
        ('\n"a.b" = 1', {("a.b",): 2}),
        ("[[x]]\na = 1\n[[x]]\na = 2", {("x",): 1, ("x", "a"): 2}),
        ('a = """\nb = 1\n"""\nc = 1', {("a",): 1, ("c",): 4}),
        ('a = """x\\""""\nb = 1', {("a",): 1, ("b",): 2}),
        ('a = """x"""""\nb = 1', {("a",): 1, ("b",): 2}),
        ("a = ''''x''''\nb = 1", {("a",): 1, ("b",): 2}),
        ("a = [{b = 1}, {c = [2]}]\nd = 1", {("a",): 1, ("d",): 2}),
        ("a = {b = {c = 1}}", {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 1}),
    ],
)
def test_the_corners_of_the_grammar(text: str, expected: dict[Key, int]) -> None:
    tomllib.loads(text)
    assert {key: place.line for key, place in locate(text).items()} == expected


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_a_key_survives_being_joined_and_split(parts: list[str]) -> None:
    assert split_key(join_key(tuple(parts))) == tuple(parts)


@pytest.mark.parametrize("dotted", ["", "a.", ".a", "a b", "a = 1", '"a'])
def test_what_is_no_key_is_not_split(dotted: str) -> None:
    with pytest.raises(ValueError, match="key"):
        split_key(dotted)
