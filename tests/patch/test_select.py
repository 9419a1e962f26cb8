from tests.patch.making import planned, update
from tui_assist.patch.diff import diff_change
from tui_assist.patch.select import invert, select
from tui_assist.values.patch import FileChange, Operation

BEFORE = "".join(f"{n}\n" for n in range(30)).encode()


def two_hunks(before: bytes = BEFORE) -> FileChange:
    return planned({"f.txt": before}, update("@@\n-5\n+x\n+y\n@@\n-20\n+z\n")).patch.changes[0]


def test_a_refused_hunk_leaves_its_lines_as_they_were() -> None:
    part = select(two_hunks(), {"f1h1": False, "f1h2": True})
    assert part is not None
    assert part.after == BEFORE.replace(b"\n20\n", b"\nz\n")
    assert [(hunk.id, hunk.old_start, hunk.new_start) for hunk in part.hunks] == [("f1h2", 18, 18)]


def test_a_change_without_accepted_hunks_is_none() -> None:
    assert select(two_hunks(), {"f1h1": False, "f1h2": False}) is None


def test_hunks_nobody_named_go_by_the_file() -> None:
    change = two_hunks()
    assert select(change, {}) == change
    assert select(change, {"f1": False}) is None
    part = select(change, {"f1": False, "f1h1": True})
    assert part is not None
    assert [hunk.id for hunk in part.hunks] == ["f1h1"]


def test_a_byte_order_mark_survives_a_selection() -> None:
    change = two_hunks(b"\xef\xbb\xbf" + BEFORE)
    part = select(change, {"f1h2": False})
    assert part is not None
    assert part.after == b"\xef\xbb\xbf" + BEFORE.replace(b"\n5\n", b"\nx\ny\n")


def test_a_change_without_hunks_goes_by_its_own_id() -> None:
    operation = Operation("update_file", "a", "", "b", call_id="c")
    change = planned({"a": b"\0"}, operation).patch.changes[0]
    assert select(change, {}) == change
    assert select(change, {"f1": False}) is None


def test_a_move_keeps_its_place_when_one_of_its_hunks_is_refused() -> None:
    operation = Operation("update_file", "a", "@@\n-5\n+x\n@@\n-20\n+z\n", "b", call_id="c")
    part = select(planned({"a": BEFORE}, operation).patch.changes[0], {"f1h1": False})
    assert part is not None
    assert (part.move_to, part.after) == ("b", BEFORE.replace(b"\n20\n", b"\nz\n"))


def test_a_creation_taken_back_is_a_deletion() -> None:
    change = diff_change("f1", "n", None, b"a\n")
    back = invert(change)
    assert (back.kind, back.before, back.after, back.seen) == (
        "delete",
        b"a\n",
        None,
        diff_change("", "", b"a\n", None).seen,
    )


def test_a_move_taken_back_goes_to_its_old_place() -> None:
    back = invert(diff_change("f1", "a", b"1\n", b"2\n", move_to="b"))
    assert (back.kind, back.path, back.move_to, back.after) == ("move", "b", "a", b"1\n")
