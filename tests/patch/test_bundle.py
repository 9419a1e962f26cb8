import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.patch.making import files, replayed
from tui_assist.errors import ToolError, UserError
from tui_assist.patch.bundle import Bundle, dump, load, plan_bundle
from tui_assist.patch.diff import diff_change
from tui_assist.patch.edit import split
from tui_assist.patch.plan import FileSnapshot
from tui_assist.patch.select import select
from tui_assist.values.patch import Patch

BASE = b"".join(b"%d\n" % n for n in range(1, 21))
CHANGED = BASE.replace(b"\n5\n", b"\nfive\n").replace(b"\n18\n", b"\neighteen\n")
PATCH = Patch(
    "p1",
    (
        diff_change("f1", "a", BASE, CHANGED, mode=0o755, notes=("hard link",), call_ids=("c1",)),
        diff_change("f2", "new", None, b"\xef\xbb\xbfa\nb"),
        diff_change("f3", "old\udcff", b"\xff\n\xfe\n", None),
        diff_change("f4", "a.bin", b"\0\xff", b"\0\xfe"),
        diff_change("f5", "wide", *(f"\ufeffa\r\n{b}\r\n".encode("utf-16-le") for b in "bB")),
        diff_change("f6", "moved", b"x\n", b"x\n", move_to="to"),
        diff_change("f7", "empty", None, b""),
        diff_change("f8", "marked", b"a\n", b"\xef\xbb\xbfa\n"),
    ),
)


def here(**contents: bytes) -> Any:
    def snapshot(path: str) -> FileSnapshot | None:
        if path == "refused":
            raise ToolError("outside the folder")
        return FileSnapshot(contents[path], 0o600) if path in contents else None

    return snapshot


def test_a_bundle_is_read_as_it_was_written() -> None:
    assert load(dump(PATCH, ("one hunk is not exact",), "make it so")) == Bundle(
        PATCH, ("one hunk is not exact",), "make it so"
    )


@given(files(), files(), st.booleans())
def test_any_change_comes_back(before: str, after: str, cut: bool) -> None:
    change = diff_change("f1", "f", before.encode(), after.encode())
    for hunk in change.hunks:
        change = split(change, hunk.id) if cut else change
    assert load(dump(Patch("p", (change,)))).patch.changes == (change,)


def test_a_part_of_a_change_comes_back() -> None:
    part = select(PATCH.changes[0], {"f1h1": False})
    assert part is not None
    assert load(dump(Patch("p", (part,)))).patch.changes == (part,)


def test_a_bundle_is_planned_on_the_files_as_they_are_here() -> None:
    one = Bundle(Patch("p1", PATCH.changes[:1]))
    planned = plan_bundle(one, here(a=b"top\n" + BASE.replace(b"\n18\n", b"\nXVIII\n")))
    (change,) = planned.patch.changes
    assert (change.id, [hunk.id for hunk in change.hunks], change.mode) == ("f1", ["f1h1"], 0o600)
    assert change.after == replayed(change) == b"top\n" + CHANGED.replace(b"\neighteen\n", b"\nXVIII\n")
    assert planned.unapplied == ("a: hunk f1h2 (line 15) does not fit any more",)
    assert [conflict.line for conflict in planned.conflicts["a"]] == [16]


def test_what_is_here_already_or_may_not_be_changed_is_said() -> None:
    refused = diff_change("f9", "refused", b"a\n", b"b\n")
    changes = (PATCH.changes[0], PATCH.changes[1], PATCH.changes[3], PATCH.changes[5], refused)
    planned = plan_bundle(
        Bundle(Patch("p1", changes)), here(a=CHANGED, new=b"other\n", moved=b"x\n", to=b"y\n")
    )
    assert planned.patch.changes == ()
    assert planned.unapplied == (
        "a: hunk f1h1 (line 2) is in the file already",
        "a: hunk f1h2 (line 15) is in the file already",
        "new: hunk f2h1 (line 0) does not fit any more",
        "a.bin: the change does not fit any more",
        "to: already exists; moved was not moved there",
        "refused: outside the folder",
    )


def broken(**values: Any) -> bytes:
    record = json.loads(dump(Patch("p1", PATCH.changes[:1])))
    change = record["changes"][0]
    for key, value in values.items():
        (record if key in record else change)[key] = value
    return json.dumps(record).encode()


HUNK: dict[str, Any] = {"id": "f1h1", "line": 3, "match": {"level": "exact"}, "lines": []}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"hello", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "is not an object"),
        (b"{}", "no bundle"),
        (broken(version=2), "version 2"),
        (broken(changes={}), "'changes' of the bundle is dict, not list"),
        (broken(changes=[1]), "changes 1 of the bundle is not an object"),
        (broken(reasons=[1]), "something else than text"),
        (broken(before="1\n"), "hash"),
        (broken(before={"base64": "?"}), "cannot be read"),
        (broken(before="\ud800"), "cannot be read"),
        (broken(kind="create"), "kind 'create'"),
        (broken(kind="link"), "is none of create, update, delete, move"),
        (broken(encoding="cp1252"), "is none of"),
        (broken(encoding="utf-16-le"), "utf-16-le|does not fit"),
        (broken(mode="755"), "'mode' of changes 1 of the bundle is str, not int"),
        (broken(hunks=[HUNK | {"lines": [["-", "9\n"]]}]), "does not fit"),
        (broken(hunks=[HUNK | {"lines": [["?", ""]]}]), "a line"),
        (broken(hunks=[HUNK | {"match": {"level": "good"}}]), "'level'"),
        (broken(mark=-1), "does not fit"),
        (broken(mark=0, after="x"), "what its hunks tell"),
        (broken(hunks=[], after="x"), "no hunks to show"),
    ],
)  # fmt: skip
def test_a_damaged_bundle_is_refused_with_what_is_wrong(data: bytes, why: str) -> None:
    with pytest.raises(UserError, match=why):
        load(data)


def test_two_changes_of_one_id_are_refused() -> None:
    with pytest.raises(UserError, match="one id"):
        load(dump(Patch("p1", (PATCH.changes[0], PATCH.changes[0]))))


def test_what_a_later_version_adds_is_passed_over() -> None:
    record = json.loads(dump(PATCH)) | {"colour": "blue"}
    assert load(json.dumps(record).encode()).patch == PATCH


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


@given(st.data())
def test_whatever_stands_in_a_bundle_only_user_errors_are_raised(data: st.DataObject) -> None:
    record = json.loads(dump(PATCH))
    place: Any = record
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        key: Any = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            place[key] = data.draw(ANY)
            break
        place = place[key]
    try:
        bundle = load(json.dumps(record).encode())
    except UserError:
        return
    assert load(dump(bundle.patch, bundle.reasons, bundle.title)) == bundle
