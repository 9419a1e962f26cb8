from collections import Counter

import pytest

from tui_assist.ui.actions import ACTIONS, Context, key_name, keys_of, parse_slash
from tui_assist.ui.chat.commands import RUN
from tui_assist.ui.keys import key_sections


def test_every_action_that_works_everywhere_does_something() -> None:
    ids = {action.id for action in ACTIONS if action.context == "everywhere"}
    assert ids - set(RUN) == set()


def test_no_id_and_no_name_is_used_twice() -> None:
    ids = Counter(action.id for action in ACTIONS)
    names = Counter(action.slash for action in ACTIONS if action.slash)
    assert [name for used in (ids, names) for name, count in used.items() if count > 1] == []


def test_no_key_means_two_things_in_one_place() -> None:
    everywhere = keys_of("everywhere")
    places: tuple[Context, ...] = ("composer", "tray", "transcript")
    assert [key for place in places for key in keys_of(place) if key in everywhere] == []


def test_every_key_is_on_the_keys_screen() -> None:
    shown = " ".join(keys for _, rows in key_sections() for keys, _ in rows)
    wanted = {key_name(key) for action in ACTIONS for key in action.keys if not action.id.startswith("pane-")}
    assert {name for name in wanted if name not in shown} == set()


@pytest.mark.parametrize(
    ("key", "name"),
    [("ctrl+p", "Ctrl+P"), ("shift+tab", "Shift+Tab"), ("f2", "F2"), ("y", "y"), ("escape", "Esc")],
)
def test_keys_are_written_as_people_write_them(key: str, name: str) -> None:
    assert key_name(key) == name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/model gpt-5", ("model", "gpt-5")),
        ("/help", ("help", "")),
        ("/etc/hosts is odd", None),
        ("say /help", None),
        ("/help\nme", None),
    ],
)
def test_a_slash_begins_a_command_only_when_it_is_one(text: str, found: tuple[str, str] | None) -> None:
    parsed = parse_slash(text)
    assert (parsed and (parsed[0].id, parsed[1])) == found
