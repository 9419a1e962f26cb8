from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.patch.making import files, replayed
from tui_assist.errors import UserError
from tui_assist.patch.diff import diff_change
from tui_assist.patch.edit import amend, narrow, split
from tui_assist.patch.runs import new_side
from tui_assist.patch.select import invert, select
from tui_assist.values.patch import FileChange


def change_of(before: str, after: str) -> FileChange:
    return diff_change("f1", "f.txt", before.encode(), after.encode())


def side_by_side(change: FileChange) -> list[tuple[str, int, str]]:
    return [
        (hunk.id, hunk.old_start, "".join(f"{line.kind}{line.content.decode()}" for line in hunk.lines))
        for hunk in change.hunks
    ]


def test_a_hunk_is_cut_at_the_context_between_its_runs() -> None:
    change = split(change_of("a\nb\nc\nd\ne\n", "A\nb\nc\nd\nE\n"), "f1h1")
    assert side_by_side(change) == [("f1h1.1", 1, "-a\n+A\n b\n"), ("f1h1.2", 3, " c\n d\n-e\n+E\n")]
    assert change.after == b"A\nb\nc\nd\nE\n"


def test_a_hunk_of_one_run_is_not_cut() -> None:
    change = change_of("a\nb\n", "a\nB\n")
    assert split(change, "f1h1") == change


def test_insertions_around_one_line_can_be_parted_and_refused() -> None:
    change = split(change_of("a\n", "x\na\ny\n"), "f1h1")
    parts = [select(change, {id_: False}) for id_ in ("f1h1.1", "f1h1.2")]
    assert [part and part.after for part in parts] == [b"a\ny\n", b"x\na\n"]


def test_a_removed_line_that_is_not_kept_stays_in_the_file() -> None:
    change = narrow(change_of("a\nb\nc\n", "A\nC\nc\n"), "f1h1", frozenset({0, 2}))
    assert side_by_side(change) == [("f1h1", 1, "-a\n+A\n b\n c\n")]


def test_an_added_line_stays_beside_the_line_it_replaced() -> None:
    change = narrow(change_of("a\nb\nc\n", "A\nB\nC\n"), "f1h1", frozenset({1, 4}))
    assert change.after == b"a\nB\nc\n"


def test_added_lines_without_a_partner_follow_the_last_removed_one() -> None:
    change = narrow(change_of("a\nb\nc\nend\n", "X\nend\n"), "f1h1", frozenset({1, 3}))
    assert change.after == b"a\nX\nc\nend\n"


def test_no_line_is_glued_to_a_last_line_without_newline() -> None:
    change = narrow(change_of("a", "a\nb\n"), "f1h1", frozenset({2}))
    assert change.after == b"a\nb\n"
    assert narrow(change_of("a\r\nb", "a\r\nb\r\nc"), "f1h1", frozenset({3})).after == b"a\r\nb\r\nc"


def test_a_deletion_that_spares_a_line_is_an_update() -> None:
    change = narrow(diff_change("f1", "f", b"a\nb\n", None), "f1h1", frozenset({0}))
    assert (change.kind, change.after) == ("update", b"b\n")


def test_a_hunk_of_which_nothing_is_left_is_to_be_refused() -> None:
    change = change_of("a\nb\n", "a\nB\n")
    with pytest.raises(UserError, match="refuse it instead"):
        narrow(change, "f1h1", frozenset({0}))
    with pytest.raises(UserError, match="refuse it instead"):
        amend(change, "f1h1", b"a\nb\n")


def test_an_amended_hunk_has_the_words_of_the_person() -> None:
    change = amend(change_of("a\nb\nc\n", "a\nB\nc\n"), "f1h1", b"a\nmine\nand more\nc\n")
    assert side_by_side(change) == [("f1h1", 1, " a\n-b\n+mine\n+and more\n c\n")]


def test_amended_lines_take_the_endings_around_them() -> None:
    change = amend(change_of("a\r\nb\r\nc\nd\n", "a\r\nB\r\nc\nd\n"), "f1h1", b"a\nX\nY\nc\nD\n")
    assert change.after == b"a\r\nX\r\nY\r\nc\nD\n"


def test_a_file_without_final_newline_stays_so_when_its_end_is_amended() -> None:
    assert amend(change_of("a\nb", "a\nB"), "f1h1", b"a\nB!\n").after == b"a\nB!"
    assert amend(change_of("a\nb\n", "a\nB\n"), "f1h1", b"a\nB!").after == b"a\nB!\n"


def test_an_ending_that_was_proposed_survives_an_amendment_beside_it() -> None:
    assert amend(change_of("a\r\nb\r\n", "a\nB\r\n"), "f1h1", b"a\nX\n").after == b"a\nX\r\n"


def test_a_byte_order_mark_survives_an_amendment() -> None:
    change = diff_change("f1", "f", "\ufeffa\r\n".encode("utf-16-le"), "\ufeffb\r\n".encode("utf-16-le"))
    assert amend(change, "f1h1", "ü\n".encode("utf-16-le")).after == "\ufeffü\r\n".encode("utf-16-le")


def test_bytes_of_another_encoding_are_no_amendment() -> None:
    with pytest.raises(UserError, match="utf-8"):
        amend(change_of("a\n", "b\n"), "f1h1", b"\xff\n")
    with pytest.raises(UserError, match="NUL"):
        amend(change_of("a\n", "b\n"), "f1h1", b"\0\n")


def test_a_hunk_that_is_not_there_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError, match="f9h9"):
        split(change_of("a\n", "b\n"), "f9h9")


def edited(change: FileChange, data: st.DataObject) -> FileChange:
    """One random edit; a refused one leaves the change as it is."""
    hunk = data.draw(st.sampled_from(change.hunks))
    indexes = st.frozensets(st.integers(0, len(hunk.lines) - 1))
    edits: list[Callable[[], FileChange | None]] = [
        lambda: split(change, hunk.id),
        lambda: narrow(change, hunk.id, data.draw(indexes)),
        lambda: amend(change, hunk.id, data.draw(files()).encode()),
        lambda: amend(change, hunk.id, b"".join(new_side(hunk)[1:]) + b"tail"),
        lambda: select(change, {hunk.id: False}),
    ]
    try:
        return data.draw(st.sampled_from(edits))() or change
    except UserError:
        return change


@given(files(), files(), st.data())
def test_after_any_edits_the_content_is_the_old_one_with_the_hunks_done(
    before: str, after: str, data: st.DataObject
) -> None:
    change = change_of(before, after)
    for _ in range(data.draw(st.integers(1, 5))):
        if not change.hunks:
            break
        known = {hunk.id for hunk in change.hunks}
        change = edited(change, data)
        assert replayed(change) == change.after
        ids = [hunk.id for hunk in change.hunks]
        assert len(set(ids)) == len(ids)
        assert all(id_ in known or id_.rsplit(".", 1)[0] in known for id_ in ids)
        assert replayed(invert(change)) == change.before


@given(files(), files(), st.data())
def test_every_part_of_a_split_hunk_can_be_refused(before: str, after: str, data: st.DataObject) -> None:
    change = change_of(before, after)
    for hunk in change.hunks:
        change = split(change, hunk.id)
    assert change.after == after.encode()
    refused = {hunk.id: data.draw(st.booleans()) for hunk in change.hunks}
    part = select(change, refused)
    assert part is None or replayed(part) == part.after
