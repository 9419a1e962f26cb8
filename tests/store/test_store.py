import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tui_assist.errors import UserError
from tui_assist.session.answers import user_message
from tui_assist.store import KeptRules, Store
from tui_assist.values.asking import Rule, Verdict
from tui_assist.values.content import Image, Text


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "state", tmp_path / "repo")


def stored(store: Store, *texts: str) -> str:
    opened = store.create()
    opened.session.add_fact("turn", {"id": "t1"})
    for text in texts:
        opened.session.add_item(user_message((Text(text),)))
    opened.close()
    return opened.session.id


def file_of(store: Store, session_id: str) -> Path:
    return store.folder / f"{session_id}.jsonl"


def test_a_session_comes_back_as_it_was(store: Store) -> None:
    session_id = stored(store, "one", "two \u2028 \ud800 ✓")
    again = store.load(session_id)
    assert again.session.items() == (
        user_message((Text("one"),)),
        user_message((Text("two \u2028 \ud800 ✓"),)),
    )
    assert again.notices == ()
    again.close()


def test_its_file_is_for_its_owner_only(store: Store) -> None:
    session_id = stored(store, "secret")
    assert file_of(store, session_id).stat().st_mode & 0o777 == 0o600
    assert store.folder.stat().st_mode & 0o777 == 0o700


def test_a_session_without_a_turn_leaves_nothing_to_resume(store: Store) -> None:
    store.create().close()
    assert store.summaries() == []
    with pytest.raises(UserError, match="no earlier session"):
        store.newest()


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_cut_last_line_costs_only_itself(store: Store, cut: int) -> None:
    session_id = stored(store, "one", "two")
    path = file_of(store, session_id)
    path.write_bytes(path.read_bytes()[:-cut])

    again = store.load(session_id)
    again.session.add_item(user_message((Text("three"),)))
    again.close()
    assert again.session.items()[0] == user_message((Text("one"),))

    third = store.load(session_id)
    assert third.session.items()[-1] == user_message((Text("three"),))
    assert third.session.items()[0] == user_message((Text("one"),))
    third.close()


def test_damaged_lines_are_said(store: Store) -> None:
    session_id = stored(store, "one")
    with file_of(store, session_id).open("ab") as file:
        file.write(b"\0\0\0\0\n{broken\n[1]\n")
    again = store.load(session_id)
    assert again.notices == ("2 damaged line(s) of this session could not be read and were left out",)
    again.close()


def test_an_image_is_kept_beside_the_session_once(store: Store) -> None:
    prompt = (Image("data:image/png;base64," + "A" * 50_000),)
    opened = store.create()
    opened.session.add_item(user_message(prompt))
    opened.session.add_item(user_message(prompt))
    opened.close()

    assert file_of(store, opened.session.id).stat().st_size < 2_000
    assert len(list((store.folder / "attachments").iterdir())) == 1
    again = store.load(opened.session.id)
    assert again.session.items() == (user_message(prompt), user_message(prompt))
    again.close()


def test_a_session_opens_once_at_a_time(store: Store) -> None:
    session_id = stored(store, "one")
    first = store.load(session_id)
    with pytest.raises(UserError, match="open in another"):
        store.load(session_id)
    first.close()
    store.load(session_id).close()


def test_an_unknown_session_is_answered_with_the_known_ones(store: Store) -> None:
    session_id = stored(store, "one")
    with pytest.raises(UserError, match=session_id):
        store.load("nope")
    with pytest.raises(UserError, match="there is no session"):
        store.load("../../etc/passwd")


def test_what_was_written_survives_a_kill(store: Store, tmp_path: Path) -> None:
    script = (
        "import sys, os, pathlib\n"
        "from tui_assist.store import Store\n"
        "opened = Store(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])).create()\n"
        "opened.session.add_fact('turn', {'id': 't'})\n"
        "for n in range(50): opened.session.add_item({'n': n})\n"
        "print(opened.session.id, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "state"), str(tmp_path / "repo")],
        capture_output=True,
        text=True,
        check=False,
    )
    again = store.load(done.stdout.strip())
    assert again.session.items() == tuple({"n": n} for n in range(50))
    again.close()


def test_a_rule_is_kept_for_its_project_only(tmp_path: Path) -> None:
    rule = Rule(("pytest",), Verdict.ALLOW, "project")
    KeptRules(tmp_path, Path("/a")).keep(rule)
    KeptRules(tmp_path, Path("/a")).keep(rule)
    assert KeptRules(tmp_path, Path("/a")).load() == (rule,)
    assert KeptRules(tmp_path, Path("/b")).load() == ()
    assert os.stat(tmp_path / "rules.json").st_mode & 0o777 == 0o600


def test_damaged_rules_are_an_error_and_stay(tmp_path: Path) -> None:
    (tmp_path / "rules.json").write_text("{")
    with pytest.raises(UserError, match="repair or delete"):
        KeptRules(tmp_path, Path("/a")).load()
    with pytest.raises(UserError, match="repair or delete"):
        KeptRules(tmp_path, Path("/a")).keep(Rule(("ls",), Verdict.ALLOW, "project"))
    assert (tmp_path / "rules.json").read_text() == "{"


def test_a_line_is_json_with_its_version(store: Store) -> None:
    session_id = stored(store, "one")
    first = json.loads(file_of(store, session_id).read_text().splitlines()[0])
    assert first["v"] == 1
    assert first["kind"] == "fact"


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_a_full_disk_does_not_take_is_said_and_written_once_there_is_room(store: Store) -> None:
    opened = store.create()
    opened.session.add_item(user_message((Text("before"),)))
    with files_of_at_most(500):
        for number in range(5):
            opened.session.add_item(user_message((Text(f"meanwhile {number} {'x' * 100}"),)))
        assert "too large" in opened.sync()
    assert len(opened.session.items()) == 6
    opened.session.add_item(user_message((Text("after"),)))
    assert opened.sync() == ""
    opened.close()

    again = store.load(opened.session.id)
    assert (again.session.items(), again.notices) == (opened.session.items(), ())
    again.close()


def test_an_attachment_that_finds_no_room_stays_in_its_line(store: Store) -> None:
    picture = user_message((Image("data:image/png;base64," + "A" * 6000),))
    opened = store.create()
    opened.session.add_fact("turn", {"id": "t1"})
    with files_of_at_most(5000):
        opened.session.add_item(picture)
    opened.close()
    again = store.load(opened.session.id)
    assert again.session.items() == (picture,)
    again.close()


def test_a_place_where_nothing_can_be_kept_is_said_before_a_conversation(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(UserError, match=r"sessions cannot be kept in .*XDG_STATE_HOME"):
        Store(tmp_path / "state", tmp_path).create()


@pytest.mark.parametrize("content", ["[]", '{"ROOT": [{"words": "ls"}]}', '{"ROOT": [[1]]}', "{"])
def test_damaged_rules_are_said_with_their_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "rules.json").write_text(content.replace("ROOT", str(tmp_path)))
    with pytest.raises(UserError, match=r"rules\.json cannot be read"):
        KeptRules(tmp_path, tmp_path).load()
