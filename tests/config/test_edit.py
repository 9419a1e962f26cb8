import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.config.test_locate import BARE, documents
from tui_assist.config import set_value
from tui_assist.config.locate import Key, join_key
from tui_assist.errors import ConfigError


@pytest.mark.parametrize(
    ("before", "key", "value", "after"),
    [
        ("", "theme", "day", 'theme = "day"\n'),
        ('theme = "night"  # dark', "theme", "day", 'theme = "day"  # dark'),
        ("# mine\n[request]\n", "theme", "day", 'theme = "day"\n# mine\n[request]\n'),
        ("a = 1\n\n[request]\n", "theme", "day", 'a = 1\ntheme = "day"\n\n[request]\n'),
        ("a = 1", "theme", "day", 'a = 1\ntheme = "day"\n'),
        ("a = 1\r\n", "theme", "day", 'a = 1\r\ntheme = "day"\r\n'),
        ("", "providers.mine.model", "x", '[providers.mine]\nmodel = "x"\n'),
        ("a = 1", "providers.mine.model", "x", 'a = 1\n\n[providers.mine]\nmodel = "x"\n'),
        ("[providers.mine]", "providers.mine.model", "x", '[providers.mine]\nmodel = "x"\n'),
        ("[providers.mine]\n[b]\n", "providers.mine.model", "x", '[providers.mine]\nmodel = "x"\n[b]\n'),
        ("[p]\na = [\n1,\n]\n\n[b]\n", "p.c", True, "[p]\na = [\n1,\n]\nc = true\n\n[b]\n"),
        ("[a.b]\nc = 1\n", "a.d", 2, "[a.b]\nc = 1\n\n[a]\nd = 2\n"),
        ("request.effort = 'low'\n", "request.top_p", 0.5, "request.effort = 'low'\nrequest.top_p = 0.5\n"),
        ("request = {effort = 'low'}", "request.effort", "high", 'request = {effort = "high"}'),
        ("request = {effort = 'low'}", "request.top_p", 1, "request = {effort = 'low', top_p = 1 }"),
        ("request = {}", "request.top_p", 1, "request = { top_p = 1 }"),
        ("", 'providers."h:1".model', 'a"b\\', '[providers."h:1"]\nmodel = "a\\"b\\\\"\n'),
        ("\ufeffa = 1\n", "a", 2, "\ufeffa = 2\n"),
        ("[p.x]\na = 1\n[p.y]\nb = 1\n", "p.x.c", 2, "[p.x]\na = 1\nc = 2\n[p.y]\nb = 1\n"),
    ],
)
def test_one_value_is_set_and_the_rest_stays(before: str, key: str, value: Any, after: str) -> None:
    assert set_value(before.encode(), key, value).decode() == after


def test_a_name_with_dots_is_given_in_parts() -> None:
    edited = set_value(b"", ("providers", "h.example:80", "kind"), "vllm")
    assert tomllib.loads(edited.decode()) == {"providers": {"h.example:80": {"kind": "vllm"}}}


@pytest.mark.parametrize(
    ("before", "key"),
    [
        (b"a =", "theme"),
        (b"\xff", "theme"),
        (b"theme = 1\n", "theme.x"),
        (b"[theme]\n", "theme"),
        (b"[[providers]]\n", "providers.x.model"),
    ],
)
def test_what_cannot_be_set_is_left_to_the_person(before: bytes, key: str) -> None:
    with pytest.raises(ConfigError, match=f"write by hand: {key} = ") as caught:
        set_value(before, key, "day")
    assert "cannot be changed" in str(caught.value)


@settings(max_examples=60, deadline=None)
@given(documents(), st.lists(BARE, min_size=1, max_size=3), st.text() | st.integers(-9, 9) | st.booleans())
def test_an_edit_changes_one_value_only(
    document: tuple[str, dict[Key, int]], parts: list[str], value: str | int | bool
) -> None:
    text, _ = document
    key = tuple(f"new{part}" for part in parts)
    wanted = tomllib.loads(text)
    below = wanted
    for name in key[:-1]:
        below = below.setdefault(name, {})
    below[key[-1]] = value
    assert tomllib.loads(set_value(text.encode(), join_key(key), value).decode()) == wanted


@settings(max_examples=60, deadline=None)
@given(documents(), st.data())
def test_replacing_a_value_keeps_everything_around_it(
    document: tuple[str, dict[Key, int]], data: st.DataObject
) -> None:
    text, expected = document
    values = [key for key in expected if len(key) == 1 and key[0].startswith("k")]
    if not values or isinstance(tomllib.loads(text)[(key := data.draw(st.sampled_from(values)))[0]], dict):
        return
    edited = tomllib.loads(set_value(text.encode(), join_key(key), "new").decode())
    assert edited == {**tomllib.loads(text), key[0]: "new"}
