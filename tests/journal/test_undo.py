import stat
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journal.making import ABOUT, Desk
from tui_assist.errors import UserError
from tui_assist.patch.select import select

LINES = [b"%d\n" % number for number in range(30)]


def with_lines(**changed: bytes) -> bytes:
    """The thirty lines, some of them (`l5=…`) changed."""
    return b"".join(changed.get(f"l{number}", line) for number, line in enumerate(LINES))


def test_an_undone_patch_is_gone_and_says_so(desk: Desk) -> None:
    (desk.root / "a").write_bytes(b"one\n")
    record = desk.write(a=b"ONE\n", b=b"b\n")
    back = desk.undo(record.number)
    assert desk.tree == {"a": b"one\n"}
    assert back.about.reverts == 1
    assert [(one.number, one.state) for one in desk.journal.records()] == [(2, "applied"), (1, "undone")]


def test_planning_an_undo_writes_nothing(desk: Desk) -> None:
    desk.write(a=b"1\n")
    reversal = desk.journal.plan_undo(1)
    assert [(change.kind, change.path) for change in reversal.patch.changes] == [("delete", "a")]
    assert (reversal.conflicts, reversal.reverts, reversal.patch.id) == ((), 1, "undo-1")
    assert desk.tree == {"a": b"1\n"}


def test_a_deleted_file_comes_back_with_its_mode(desk: Desk) -> None:
    (desk.root / "run").write_bytes(b"x\n")
    (desk.root / "run").chmod(0o750)
    desk.write(run=None)
    desk.undo(1)
    assert desk.tree == {"run": b"x\n"}
    assert stat.S_IMODE((desk.root / "run").stat().st_mode) == 0o750


def test_a_moved_file_goes_back(desk: Desk) -> None:
    (desk.root / "a").write_bytes(with_lines())
    desk.commit(desk.change("a", with_lines(l5=b"five\n"), move_to="sub/b"))
    desk.undo(1)
    assert desk.tree == {"a": with_lines(), "sub": None}


def test_one_file_of_a_patch_can_be_taken_back(desk: Desk) -> None:
    desk.write(a=b"1\n", b=b"2\n")
    desk.undo(1, f1=False)
    assert desk.tree == {"a": b"1\n"}
    assert desk.journal.records()[1].state == "applied"


def test_one_hunk_can_be_taken_back_and_later_the_rest(desk: Desk) -> None:
    (desk.root / "a").write_bytes(with_lines())
    desk.write(a=with_lines(l5=b"five\n", l25=b"twenty-five\n"))
    desk.undo(1, f1h2=False)
    assert desk.tree == {"a": with_lines(l25=b"twenty-five\n")}
    (rest,) = desk.journal.plan_undo(1).patch.changes
    assert [hunk.id for hunk in rest.hunks] == ["f1h2"]
    desk.undo(1)
    assert desk.tree == {"a": with_lines()}
    with pytest.raises(UserError, match="patch 1 is taken back already"):
        desk.journal.plan_undo(1)


def test_one_hunk_of_a_moved_file_and_later_the_rest(desk: Desk) -> None:
    (desk.root / "a").write_bytes(with_lines())
    desk.commit(desk.change("a", with_lines(l5=b"five\n", l25=b"x\n"), move_to="b"))
    desk.undo(1, f1h2=False)
    assert desk.tree == {"a": with_lines(l25=b"x\n")}
    desk.undo(1)
    assert desk.tree == {"a": with_lines()}


def test_redo_does_it_again(desk: Desk) -> None:
    (desk.root / "a").write_bytes(b"one\n")
    desk.write(a=b"ONE\n", b=b"b\n")
    desk.undo(1)
    desk.redo(1)
    assert desk.tree == {"a": b"ONE\n", "b": b"b\n"}
    assert [one.state for one in desk.journal.records()] == ["applied", "undone", "applied"]
    desk.undo(1)
    assert desk.tree == {"a": b"one\n"}
    desk.redo(1)
    assert desk.tree == {"a": b"ONE\n", "b": b"b\n"}


def test_only_what_was_undone_can_be_redone(desk: Desk) -> None:
    desk.write(a=b"1\n")
    with pytest.raises(UserError, match="patch 1 is not taken back"):
        desk.journal.plan_redo(1)
    with pytest.raises(UserError, match="there is no patch 7"):
        desk.journal.plan_undo(7)


def test_an_older_patch_can_be_undone_when_it_still_applies(desk: Desk) -> None:
    (desk.root / "a").write_bytes(with_lines())
    desk.write(a=with_lines(l5=b"five\n"))
    desk.write(a=with_lines(l5=b"five\n", l25=b"x\n"))
    desk.undo(1)
    assert desk.tree == {"a": with_lines(l25=b"x\n")}


def test_edits_of_others_survive_an_undo(desk: Desk) -> None:
    (desk.root / "a").write_bytes(with_lines())
    desk.write(a=with_lines(l5=b"five\n"))
    (desk.root / "a").write_bytes(b"mine\n" + with_lines(l5=b"five\n", l20=b"mine too\n"))
    desk.undo(1)
    assert desk.tree == {"a": b"mine\n" + with_lines(l20=b"mine too\n")}


def test_an_undo_never_covers_an_edit_of_the_same_lines(desk: Desk) -> None:
    (desk.root / "a").write_bytes(with_lines())
    desk.write(a=with_lines(l5=b"five\n", l25=b"x\n"))
    (desk.root / "a").write_bytes(with_lines(l5=b"mine\n", l25=b"x\n"))
    reversal = desk.journal.plan_undo(1)
    assert reversal.conflicts == ("a, line 3: this was changed since, so it is left as it is",)
    desk.reverse(reversal)
    assert desk.tree == {"a": with_lines(l5=b"mine\n")}


def test_a_created_file_someone_went_on_with_is_not_deleted(desk: Desk) -> None:
    desk.write(a=b"1\n")
    desk.write(a=b"1\n2\n")
    reversal = desk.journal.plan_undo(1)
    assert reversal.patch.changes == ()
    assert reversal.conflicts == ("a has changed since, also by patch 2, so it is not deleted",)


def test_a_deleted_file_that_exists_again_is_not_covered(desk: Desk) -> None:
    (desk.root / "a").write_bytes(b"1\n")
    desk.write(a=None)
    (desk.root / "a").write_bytes(b"mine\n")
    assert desk.journal.plan_undo(1).conflicts == ("a exists again, so it is not put back",)


def test_a_file_does_not_go_back_where_another_is_by_now(desk: Desk) -> None:
    (desk.root / "a").write_bytes(b"1\n")
    desk.commit(desk.change("a", b"1\n", move_to="b"))
    (desk.root / "a").write_bytes(b"mine\n")
    assert desk.journal.plan_undo(1).conflicts == ("a exists now, so b cannot go back there",)


def test_a_file_that_is_gone_is_said(desk: Desk) -> None:
    desk.write(a=b"1\n")
    (desk.root / "a").unlink()
    assert desk.journal.plan_undo(1).conflicts == ("a is gone",)


def test_a_file_that_became_something_else_is_said(desk: Desk) -> None:
    desk.write(a=b"1\n")
    (desk.root / "a").unlink()
    (desk.root / "a").mkdir()
    assert desk.journal.plan_undo(1).conflicts == ("a is a directory, not a regular file",)


def test_a_file_is_followed_through_later_moves(desk: Desk) -> None:
    (desk.root / "a").write_bytes(with_lines())
    desk.write(a=with_lines(l5=b"five\n"))
    desk.commit(desk.change("a", with_lines(l5=b"five\n"), move_to="b"))
    desk.undo(1)
    assert desk.tree == {"b": with_lines()}


def test_files_that_are_no_text_go_back_whole(desk: Desk) -> None:
    (desk.root / "a").write_bytes(b"\0\1")
    desk.write(a=b"\0\2")
    desk.undo(1)
    assert desk.tree == {"a": b"\0\1"}


def test_a_journal_outlives_its_process_without_git(desk: Desk) -> None:
    (desk.root / "a").write_bytes("é\r\nzwei\r\n".encode("utf-16"))
    before = desk.tree
    desk.write(a="é\r\ndrei\r\nvier".encode("utf-16"))
    desk.undo(1)
    assert desk.tree == before


CONTENTS = st.one_of(
    st.none(),
    st.lists(st.sampled_from([b"a\n", b"b\n", b"c\r\n", b"\n", b"end"]), max_size=12).map(b"".join),
)
PATCHES = st.lists(st.dictionaries(st.sampled_from("pqr"), CONTENTS, min_size=1), min_size=1, max_size=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(PATCHES, st.data())
def test_undone_in_any_order_every_byte_is_as_before(
    tmp_path_factory: pytest.TempPathFactory, patches: Sequence[dict[str, bytes | None]], data: st.DataObject
) -> None:
    desk = fresh(tmp_path_factory)
    before = desk.tree
    numbers = []
    for patch in patches:
        changes = [one for one in desk.changes(**patch) if one.before != one.after]
        if changes:
            numbers.append(desk.commit(*changes).number)
    after = desk.tree
    undos = []
    for number in data.draw(st.permutations(numbers)):
        reversal = desk.journal.plan_undo(number)
        if not reversal.conflicts and reversal.patch.changes:
            undos.append(desk.reverse(reversal).number)
    if len(undos) == len(numbers):
        assert desk.tree == before
    for undo in reversed(undos):
        desk.undo(undo)
    assert desk.tree == after


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.sets(st.integers(0, 29), min_size=1), st.data())
def test_hunks_taken_back_one_by_one_restore_every_byte(
    tmp_path_factory: pytest.TempPathFactory, changed: set[int], data: st.DataObject
) -> None:
    desk = fresh(tmp_path_factory)
    (desk.root / "p").write_bytes(with_lines())
    whole = desk.change("p", with_lines(**{f"l{number}": b"new %d\n" % number for number in changed}))
    ids = [hunk.id for hunk in whole.hunks]
    accepted = {id_: data.draw(st.booleans()) for id_ in ids}
    change = select(whole, accepted)
    if change is None:
        return
    desk.commit(change)
    for wanted in data.draw(st.permutations([id_ for id_ in ids if accepted[id_]])):
        desk.undo(1, **{id_: id_ == wanted for id_ in ids})
    assert desk.tree == {"p": with_lines()}


def fresh(factory: pytest.TempPathFactory) -> Desk:
    folder = factory.mktemp("desk")
    (folder / "root").mkdir()
    desk = Desk(folder / "root", folder / "state")
    (desk.root / "p").write_bytes(b"a\nb\n")
    return desk


def test_a_person_s_own_split_is_undone_part_by_part(desk: Desk) -> None:
    (desk.root / "a").write_bytes(with_lines())
    change = desk.change("a", with_lines(l5=b"five\n", l25=b"x\n"))
    first, second = change.hunks
    parts = (replace(first, id="f1h1.1"), replace(second, id="f1h1.2"))
    desk.journal.commit([replace(change, hunks=parts)], ABOUT)
    desk.undo(1, **{"f1h1.1": False})
    assert desk.tree == {"a": with_lines(l5=b"five\n")}
