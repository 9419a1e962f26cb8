import fcntl
import os
import resource
import stat
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.journal.making import ABOUT, Desk, sha
from tui_assist.errors import StalePlan, ToolError
from tui_assist.journal import Journal
from tui_assist.workspace import Workspace


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_patch_over_files_is_written_and_remembered(desk: Desk) -> None:
    (desk.root / "a").write_bytes(b"one\n")
    (desk.root / "gone").write_bytes(b"x\n")
    (desk.root / "old").write_bytes(b"m\n")
    changes = [
        desk.change("a", b"ONE\n", number=1),
        desk.change("new/deep/b", b"b\n", number=2),
        desk.change("gone", None, number=3),
        desk.change("old", b"M\n", move_to="sub/moved", number=4),
    ]
    record = desk.commit(*changes)
    assert desk.tree == {
        "a": b"ONE\n",
        "new": None,
        "new/deep": None,
        "new/deep/b": b"b\n",
        "sub": None,
        "sub/moved": b"M\n",
    }
    assert (record.number, record.at, record.about, record.state) == (1, 1.0, ABOUT, "applied")
    assert record.files == ("a", "new/deep/b", "gone", "old")
    (kept,) = desk.journal.records()
    assert kept == record
    assert [replace(change, mode=None) for change in kept.changes] == changes


def test_a_commit_keeps_mode_and_attributes(desk: Desk) -> None:
    (desk.root / "run").write_bytes(b"old\n")
    (desk.root / "run").chmod(0o4750)
    os.setxattr(desk.root / "run", "user.note", b"kept")
    desk.commit(desk.change("run", b"new\n", move_to="there"))
    assert stat.S_IMODE((desk.root / "there").stat().st_mode) == 0o4750
    assert os.getxattr(desk.root / "there", "user.note") == b"kept"


def test_the_journal_is_for_its_owner_alone(desk: Desk) -> None:
    desk.write(a=b"secret\n")
    assert {stat.S_IMODE(path.stat().st_mode) for path in files(desk.state)} == {0o600}
    assert stat.S_IMODE((desk.state / "journal").stat().st_mode) == 0o700
    assert desk.tree == {"a": b"secret\n"}


def test_equal_contents_are_kept_once(desk: Desk) -> None:
    desk.write(a=b"same\n")
    desk.write(a=b"other\n")
    desk.write(a=b"same\n")
    assert len(list(desk.state.glob("journal/*/contents/*"))) == 2


def test_records_are_newest_first_and_of_their_root_alone(desk: Desk, tmp_path: Path) -> None:
    desk.write(a=b"1\n")
    desk.write(a=b"2\n")
    (tmp_path / "other").mkdir()
    assert [record.number for record in desk.journal.records()] == [2, 1]
    assert Journal(desk.state, Workspace([tmp_path / "other"])).records() == ()


def test_paths_are_shown_from_where_one_is(desk: Desk) -> None:
    desk.write(a=b"1\n")
    (desk.root / "sub").mkdir()
    journal = Journal(desk.state, Workspace([desk.root], desk.root / "sub"))
    assert journal.records()[0].files == ("../a",)


def test_a_patch_may_span_roots(desk: Desk, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    journal = Journal(desk.state, Workspace([desk.root, other]))
    away = replace(desk.change("b", b"2\n", number=2), path=str(other / "b"))
    journal.commit([desk.change("a", b"1\n"), away], ABOUT)
    assert (other / "b").read_bytes() == b"2\n"
    assert journal.records()[0].files == ("a", str(other / "b"))


def assert_nothing_happened(desk: Desk, before: dict[str, bytes | None]) -> None:
    assert desk.tree == before
    assert desk.journal.records() == ()
    assert desk.journal.recover() == ()


def test_a_file_edited_between_stops_all_of_it(desk: Desk) -> None:
    (desk.root / "b").write_bytes(b"b\n")
    changes = desk.changes(a=b"1\n", b=b"B\n")
    (desk.root / "b").write_bytes(b"mine\n")
    with pytest.raises(StalePlan, match="b changed since it was shown"):
        desk.commit(*changes)
    assert_nothing_happened(desk, {"b": b"mine\n"})


@pytest.mark.parametrize("step", ["verified", "prepared", "swapped a"])
def test_a_file_edited_in_the_last_moment_is_never_covered(desk: Desk, step: str) -> None:
    (desk.root / "a").write_bytes(b"a\n")
    (desk.root / "b").write_bytes(b"b\n")

    def edit(seen: str) -> None:
        if seen == step:
            (desk.root / "b").write_bytes(b"mine\n")

    with pytest.raises(ToolError, match="b changed since it was shown"):
        desk.stopping(edit).commit(desk.changes(a=b"A\n", b=b"B\n"), ABOUT)
    assert_nothing_happened(desk, {"a": b"a\n", "b": b"mine\n"})


@pytest.mark.parametrize("step", ["staged new", "prepared"])
def test_a_file_that_appears_in_the_last_moment_is_never_covered(desk: Desk, step: str) -> None:
    def appear(seen: str) -> None:
        if seen == step:
            (desk.root / "new").write_bytes(b"mine\n")

    with pytest.raises(ToolError, match="new exists now"):
        desk.stopping(appear).commit(desk.changes(new=b"ours\n"), ABOUT)
    assert_nothing_happened(desk, {"new": b"mine\n"})


def test_a_move_never_covers_a_file_that_appeared(desk: Desk) -> None:
    (desk.root / "a").write_bytes(b"a\n")

    def appear(seen: str) -> None:
        if seen == "prepared":
            (desk.root / "b").write_bytes(b"mine\n")

    with pytest.raises(ToolError, match="b exists now"):
        desk.stopping(appear).commit([desk.change("a", b"A\n", move_to="b")], ABOUT)
    assert_nothing_happened(desk, {"a": b"a\n", "b": b"mine\n"})


@pytest.mark.parametrize("step", ["planned", "verified", "prepared"])
def test_a_link_swapped_in_between_is_never_followed(desk: Desk, tmp_path: Path, step: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "b").write_bytes(b"b\n")
    (desk.root / "sub").mkdir()
    (desk.root / "sub" / "b").write_bytes(b"b\n")
    (desk.root / "a").write_bytes(b"a\n")

    def swap(seen: str) -> None:
        if seen == step:
            (desk.root / "sub").rename(desk.root / "aside")
            (desk.root / "sub").symlink_to(tmp_path / "out")

    changes = [desk.change("a", b"A\n"), desk.change("sub/b", b"B\n", number=2)]
    with pytest.raises(ToolError, match="sub"):
        desk.stopping(swap).commit(changes, ABOUT)
    assert (tmp_path / "out" / "b").read_bytes() == b"b\n"
    assert (desk.root / "a").read_bytes() == b"a\n"
    assert (desk.root / "aside" / "b").read_bytes() == b"b\n"
    assert desk.journal.recover() == ()


def test_a_link_in_the_place_of_the_file_is_never_followed(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"a\n")
    (desk.root / "a").write_bytes(b"a\n")

    def swap(seen: str) -> None:
        if seen == "prepared":
            (desk.root / "a").unlink()
            (desk.root / "a").symlink_to(tmp_path / "out")

    with pytest.raises(ToolError, match="a changed since it was shown"):
        desk.stopping(swap).commit(desk.changes(a=b"A\n"), ABOUT)
    assert (tmp_path / "out").read_bytes() == b"a\n"
    assert (desk.root / "a").is_symlink()


@pytest.mark.parametrize("step", ["", "planned", "verified", "prepared"])
def test_a_file_that_becomes_a_directory_stops_all_of_it(desk: Desk, step: str) -> None:
    (desk.root / "a").write_bytes(b"a\n")
    (desk.root / "b").write_bytes(b"b\n")
    changes = desk.changes(a=b"A\n", b=b"B\n")

    def swap(seen: str) -> None:
        if seen == step:
            (desk.root / "b").unlink()
            (desk.root / "b").mkdir()

    swap("")
    with pytest.raises(ToolError, match="b "):
        desk.stopping(swap).commit(changes, ABOUT)
    assert_nothing_happened(desk, {"a": b"a\n", "b": None})


@pytest.mark.parametrize("step", ["planned", "staged a", "verified"])
def test_a_file_where_the_directory_was_stops_all_of_it(desk: Desk, step: str) -> None:
    (desk.root / "sub").mkdir()
    (desk.root / "sub" / "b").write_bytes(b"b\n")
    changes = [desk.change("a", b"A\n"), desk.change("sub/b", b"B\n", number=2)]

    def swap(seen: str) -> None:
        if seen == step:
            (desk.root / "sub").rename(desk.root.parent / "aside")
            (desk.root / "sub").write_bytes(b"in the way")

    with pytest.raises(StalePlan, match="sub"):
        desk.stopping(swap).commit(changes, ABOUT)
    assert_nothing_happened(desk, {"sub": b"in the way"})


@pytest.mark.parametrize("limit", [10, 1_000, 2_500])
def test_a_full_disk_changes_nothing(desk: Desk, limit: int) -> None:
    (desk.root / "a").write_bytes(b"a\n")
    changes = [*desk.changes(a=b"A\n"), desk.change("sub/big", b"x" * 5_000, number=2)]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(ToolError, match=r"nothing was written: .*file too large"):
            desk.commit(*changes)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert_nothing_happened(desk, {"a": b"a\n"})


STEPS = [
    "kept b",
    "planned",
    "staged a",
    "staged sub/c",
    "verified",
    "prepared",
    "swapped a",
    "swapped d",
    "synced",
]


@pytest.mark.parametrize("step", STEPS)
def test_whatever_fails_on_the_way_everything_is_as_it_was(desk: Desk, step: str) -> None:
    for name in "abd":
        (desk.root / name).write_bytes(name.encode() + b"\n")
    (desk.root / "d").chmod(0o600)
    before = desk.tree

    def fail(seen: str) -> None:
        if seen == step:
            raise OSError(28, "No space left on device")

    changes = [
        desk.change("a", b"A\n", number=1),
        desk.change("b", b"B\n", move_to="e/b", number=2),
        desk.change("sub/c", b"C\n", number=3),
        desk.change("d", None, number=4),
    ]
    with pytest.raises(ToolError, match=r"nothing was written: .*no space left on device"):
        desk.stopping(fail).commit(changes, ABOUT)
    assert_nothing_happened(desk, before)
    assert stat.S_IMODE((desk.root / "d").stat().st_mode) == 0o600


def test_a_folder_someone_else_uses_by_then_stays(desk: Desk) -> None:
    def fail(seen: str) -> None:
        if seen == "verified":
            (desk.root / "new" / "mine").write_bytes(b"x")
            raise OSError(28, "No space left on device")

    with pytest.raises(ToolError):
        desk.stopping(fail).commit([desk.change("new/deep/a", b"1\n")], ABOUT)
    assert desk.tree == {"new": None, "new/mine": b"x"}


def test_a_state_folder_that_takes_nothing_stops_the_commit(desk: Desk) -> None:
    desk.state.write_bytes(b"a file where the folder was")
    with pytest.raises(ToolError, match="nothing was written: the journal cannot be kept"):
        desk.write(a=b"1\n")
    assert desk.tree == {}
    assert desk.journal.records() == ()


def test_another_instance_is_waited_for(desk: Desk) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def hold(seen: str) -> None:
        if seen == "verified":
            inside.set()
            go_on.wait()

    first = threading.Thread(target=lambda: desk.stopping(hold).commit(desk.changes(a=b"1\n"), ABOUT))
    first.start()
    inside.wait()
    with pytest.raises(ToolError, match="another tui-assist is writing"):
        desk.stopping(lambda step: None, patience_s=0).commit(desk.changes(b=b"2\n"), ABOUT)
    second = threading.Thread(target=lambda: desk.write(c=b"3\n"))
    second.start()
    go_on.set()
    first.join()
    second.join()
    assert desk.tree == {"a": b"1\n", "c": b"3\n"}
    assert [record.number for record in desk.journal.records()] == [2, 1]


def test_the_lock_is_free_after_a_commit(desk: Desk) -> None:
    desk.write(a=b"1\n")
    (lock,) = desk.state.glob("journal/*/lock")
    with lock.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_the_oldest_records_make_room_but_never_the_newest_twenty(desk: Desk) -> None:
    journal = desk.stopping(lambda step: None, cap=60_000)
    for number in range(30):
        journal.commit(desk.changes(a=b"%d\n" % number * 500), ABOUT)
    kept = [record.number for record in desk.journal.records()]
    assert kept == list(range(30, 10, -1))
    assert all(record.changes for record in desk.journal.records())
    assert len(list(desk.state.glob("journal/*/contents/*"))) == 21


def test_below_the_cap_nothing_is_dropped(desk: Desk) -> None:
    for number in range(25):
        desk.write(a=b"%d\n" % number)
    assert len(desk.journal.records()) == 25


def test_a_damaged_record_costs_itself(desk: Desk) -> None:
    desk.write(a=b"1\n")
    desk.write(a=b"2\n")
    (record,) = desk.state.glob("journal/*/records/1.json")
    record.write_bytes(b"{")
    assert [record.number for record in desk.journal.records()] == [2]
    assert desk.write(a=b"3\n").number == 3


def test_an_empty_file_can_be_made_and_removed(desk: Desk) -> None:
    desk.write(a=b"")
    desk.write(a=None)
    desk.undo(2)
    assert desk.tree == {"a": b""}
    assert sha(b"") == desk.journal.records()[1].changes[0].seen


@pytest.fixture
def unprivileged() -> Iterator[Desk]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        privileged = os.geteuid() == 0
        if privileged:
            os.seteuid(65534)
        root = Path(name) / "root"
        (root / "sub").mkdir(parents=True)
        yield Desk(root, Path(name) / "state")
        (root / "sub").chmod(0o755)
        if privileged:
            os.seteuid(0)


def closing(desk: Desk, step: str) -> Journal:
    def close(seen: str) -> None:
        if seen == step:
            (desk.root / "sub").chmod(0o555)

    return desk.stopping(close)


def test_a_directory_closed_before_staging_changes_nothing(unprivileged: Desk) -> None:
    desk = unprivileged
    (desk.root / "sub" / "b").write_bytes(b"b\n")
    changes = [desk.change("a", b"A\n"), desk.change("sub/b", b"B\n", number=2)]
    with pytest.raises(ToolError, match=r"^nothing was written: sub/b: permission denied$"):
        closing(desk, "staged a").commit(changes, ABOUT)
    assert_nothing_happened(desk, {"sub": None, "sub/b": b"b\n"})


def test_a_directory_closed_after_staging_keeps_no_more_than_a_file_that_is_named(unprivileged: Desk) -> None:
    desk = unprivileged
    (desk.root / "sub" / "b").write_bytes(b"b\n")
    changes = [desk.change("a", b"A\n"), desk.change("sub/b", b"B\n", number=2)]
    with pytest.raises(
        ToolError, match=r"nothing was written: sub/b: permission .*\.tmp: permission denied, rem"
    ):
        closing(desk, "swapped a").commit(changes, ABOUT)
    (desk.root / "sub").chmod(0o755)
    for stray in (desk.root / "sub").glob(".b.*.tmp"):
        stray.unlink()
    assert_nothing_happened(desk, {"sub": None, "sub/b": b"b\n"})


def test_a_read_only_directory_is_known_before_anything_is_staged(unprivileged: Desk) -> None:
    (unprivileged.root / "sub").chmod(0o555)
    with pytest.raises(ToolError, match="sub is read-only"):
        unprivileged.commit(unprivileged.change("sub/b", b"B\n"))
    assert_nothing_happened(unprivileged, {"sub": None})
