from hashlib import sha256

from tests.patch.making import planned, update
from tui_assist.errors import ToolError
from tui_assist.patch.plan import REPLACES, FileSnapshot, plan_patch
from tui_assist.values.patch import FileChange, Hunk, HunkLine, Level, Match, Operation, Patch


def create(path: str, diff: str, call_id: str = "call") -> Operation:
    return Operation("create_file", path, diff, call_id=call_id)


def delete(path: str, call_id: str = "call") -> Operation:
    return Operation("delete_file", path, call_id=call_id)


def move(path: str, to: str, diff: str = "") -> Operation:
    return Operation("update_file", path, diff, to, call_id="call")


def test_an_update_is_planned_with_everything_a_reader_needs() -> None:
    before = b"def f():\n    a\n    b\n    c\n    d\n    e\n"

    def snapshot(path: str) -> FileSnapshot:
        return FileSnapshot(before, 0o755, ("hard link",))

    result = plan_patch("p1", [update("@@\n-    e\n+    E\n")], snapshot)
    lines = (
        HunkLine(" ", b"    b\n"),
        HunkLine(" ", b"    c\n"),
        HunkLine(" ", b"    d\n"),
        HunkLine("-", b"    e\n"),
        HunkLine("+", b"    E\n"),
    )
    hunk = Hunk("f1h1", 3, 3, lines, heading="def f():", match=Match())
    assert result.patch == Patch(
        "p1",
        (
            FileChange(
                id="f1",
                kind="update",
                path="f.txt",
                before=before,
                after=before.replace(b"e\n", b"E\n"),
                seen=sha256(before).hexdigest(),
                hunks=(hunk,),
                mode=0o755,
                notes=("hard link",),
                call_ids=("call",),
            ),
        ),
    )


def test_a_creation_is_one_hunk_of_added_lines() -> None:
    (change,) = planned({}, create("n", "+a\n+b")).patch.changes
    assert (change.kind, change.seen, change.before, change.after) == ("create", "", None, b"a\nb\n")
    assert [(hunk.old_start, hunk.new_start, hunk.added) for hunk in change.hunks] == [(0, 1, 2)]


def test_a_deletion_is_one_hunk_of_removed_lines() -> None:
    (change,) = planned({"f": b"a\nb"}, delete("f")).patch.changes
    assert (change.kind, change.after) == ("delete", None)
    assert [(hunk.old_start, hunk.new_start, hunk.removed) for hunk in change.hunks] == [(1, 0, 2)]


def test_changes_far_apart_are_hunks_of_their_own() -> None:
    before = "".join(f"{n}\n" for n in range(30)).encode()
    (change,) = planned({"f.txt": before}, update("@@\n-5\n+x\n@@\n-12\n+y\n@@\n-20\n+z\n")).patch.changes
    assert [(hunk.id, hunk.old_start, len(hunk.lines)) for hunk in change.hunks] == [
        ("f1h1", 3, 16),
        ("f1h2", 18, 8),
    ]


def test_a_hunk_of_two_sections_hides_no_doubt_of_either() -> None:
    (change,) = planned({"f.txt": b"a\n  b\nx\nx\n"}, update("@@\n-b\n+B\n@@\n-x\n+y\n")).patch.changes
    assert [hunk.match for hunk in change.hunks] == [Match(Level.INDENT, 2)]


def test_calls_that_change_one_file_become_one_change() -> None:
    result = planned(
        {"f.txt": b"a\nb\n"}, update("-a\n+A\n", call_id="c1"), update("-A\n+AA\n", call_id="c2")
    )
    (change,) = result.patch.changes
    assert (change.after, change.call_ids) == (b"AA\nb\n", ("c1", "c2"))


def test_a_failed_call_does_not_fail_the_others() -> None:
    result = planned({"f.txt": b"a\nb\n"}, update("-x\n+y\n", call_id="c1"), update("-b\n+B\n", call_id="c2"))
    assert set(result.failures) == {"c1"}
    assert [(change.after, change.call_ids) for change in result.patch.changes] == [(b"a\nB\n", ("c2",))]


def test_a_call_of_several_files_takes_effect_as_a_whole() -> None:
    result = planned({"f.txt": b"a\n"}, update("-a\n+b\n"), delete("gone"), delete("gone too"))
    assert result.patch.changes == ()
    assert result.failures == {
        "call": "gone does not exist, so it cannot be deleted; check the path\n"
        "gone too does not exist, so it cannot be deleted; check the path\n"
        "nothing of this patch was applied"
    }


def test_a_path_the_workspace_refuses_fails_its_call() -> None:
    def refuse(path: str) -> FileSnapshot | None:
        raise ToolError(f"{path} is outside the root")

    assert plan_patch("p1", [update("-a\n+b\n")], refuse).failures == {"call": "f.txt is outside the root"}


def test_a_path_is_read_once_even_when_a_call_fails() -> None:
    asked = []

    def snapshot(path: str) -> FileSnapshot:
        asked.append(path)
        return FileSnapshot(b"a\n")

    plan_patch("p1", [update("-x\n+y\n", call_id="c1"), update("-a\n+b\n", call_id="c2")], snapshot)
    assert asked == ["f.txt"]


def test_a_file_that_ends_as_it_was_is_no_change() -> None:
    result = planned({"f.txt": b"a\n"}, update("-a\n+b\n"), update("-b\n+a\n"))
    assert result.patch.changes == ()


def test_a_created_and_deleted_file_is_no_change() -> None:
    assert planned({}, create("n", "+a"), delete("n")).patch.changes == ()


def test_a_move_keeps_its_bytes_and_says_where() -> None:
    (change,) = planned({"a": b"1\n"}, move("a", "b")).patch.changes
    assert (change.kind, change.path, change.move_to, change.before, change.after) == (
        "move",
        "a",
        "b",
        b"1\n",
        b"1\n",
    )


def test_a_move_may_go_on_in_a_second_move() -> None:
    (change,) = planned({"a": b"1\n"}, move("a", "b"), move("b", "c", "-1\n+2\n")).patch.changes
    assert (change.path, change.move_to, change.after) == ("a", "c", b"2\n")


def test_a_moved_file_can_be_deleted() -> None:
    (change,) = planned({"a": b"1\n"}, move("a", "b"), delete("b")).patch.changes
    assert (change.kind, change.path) == ("delete", "a")


def test_a_file_moved_away_is_no_longer_at_its_old_path() -> None:
    result = planned({"a": b"1\n"}, move("a", "b"), update("-1\n+2\n", "a", "second"))
    assert result.failures == {"second": "a is moved to b by this patch; name it by its new path"}


def test_a_created_file_can_be_moved() -> None:
    (change,) = planned({}, create("a", "+1"), move("a", "b")).patch.changes
    assert (change.kind, change.path, change.after) == ("create", "b", b"1\n")


def test_moving_onto_a_file_shows_both_files() -> None:
    result = planned({"a": b"1\n2\n", "b": b"2\n"}, move("a", "b"))
    assert [(change.kind, change.path, change.after, change.notes) for change in result.patch.changes] == [
        ("delete", "a", None, ()),
        ("update", "b", b"1\n2\n", (REPLACES,)),
    ]


def test_moving_onto_a_file_of_the_same_patch_is_a_plain_creation() -> None:
    result = planned({"a": b"1\n"}, create("b", "+2"), move("a", "b"))
    assert [(change.kind, change.path, change.after, change.notes) for change in result.patch.changes] == [
        ("create", "b", b"1\n", ()),
        ("delete", "a", None, ()),
    ]


def test_lines_inserted_where_another_hunk_removes_come_after_its_lines() -> None:
    sent = update("@@\n-a\n-b\n-c\n+x\n@@ a\n+y\n@@ -2,0 +3,1 @@\n+z\n")
    assert planned({"f.txt": b"a\nb\nc\nd\n"}, sent).patch.changes[0].after == b"x\ny\nz\nd\n"


def test_a_file_of_unknown_encoding_takes_ascii_only() -> None:
    files = {"f.txt": b"\xe9\nb\n"}
    assert planned(files, update("-b\n+c\n")).patch.changes[0].after == b"\xe9\nc\n"
    assert planned(files, update("-b\n+\xe8\n")).failures
    assert planned(files, update("-b\n+\u20ac\n")).failures == {
        "call": "f.txt is not UTF-8, and takes ASCII only: it cannot hold '\\u20ac' of the line '€'; "
        "send that line without it"
    }


def test_half_a_surrogate_pair_is_refused() -> None:
    assert list(planned({}, create("n", "+\ud800")).failures) == ["call"]


def test_a_large_file_of_equal_lines_is_replaced_without_a_search_for_the_best_diff() -> None:
    before, after = b"x\ny\n" * 5_000, "+y\n+z\n" * 5_000
    operation = Operation("create_file", "f", after, replaces=True, call_id="call")
    assert planned({"f": before}, operation).patch.changes[0].after == b"y\nz\n" * 5_000
