from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.patch.making import LINES, NUMBERED, files, replayed
from tui_assist.patch.diff import diff_change, digest
from tui_assist.patch.edit import split
from tui_assist.patch.rebase import rebase
from tui_assist.patch.select import invert
from tui_assist.patch.text import split_lines
from tui_assist.values.patch import FileChange

BASE = "".join(f"{n}\n" for n in range(1, 21))


def change_of(after: str, before: str = BASE) -> FileChange:
    return diff_change("f1", "f.txt", before.encode(), after.encode())


def onto(change: FileChange, current: str) -> tuple[str | None, dict[str, str], list[str], list[str]]:
    """The new content, what is said of each hunk, the ids in conflict and the ids that are done."""
    result = rebase(change, current.encode())
    new = result.change
    if new is not None:
        assert (new.before, new.seen) == (current.encode(), digest(current.encode()))
        assert replayed(new) == new.after
    return (
        new.after.decode() if new and new.after is not None else None,
        {hunk.id: hunk.match.describe() for hunk in new.hunks} if new else {},
        [conflict.hunk.id for conflict in result.conflicts],
        [hunk.id for hunk in result.done],
    )


TWO = change_of(BASE.replace("5\n", "five\n", 1).replace("18\n", "eighteen\n"))


def test_a_file_that_did_not_change_needs_nothing() -> None:
    result = rebase(TWO, BASE.encode(), 0o755)
    assert result.change is not None
    assert (result.change.hunks, result.change.mode, result.conflicts) == (TWO.hunks, 0o755, ())


def test_hunks_move_with_their_lines() -> None:
    assert onto(TWO, "new\n" + BASE.replace("10\n", "ten\nten and a half\n")) == (
        "new\n"
        + BASE.replace("5\n", "five\n", 1)
        .replace("18\n", "eighteen\n")
        .replace("10\n", "ten\nten and a half\n"),
        {"f1h1": "exact", "f1h2": "exact"},
        [],
        [],
    )


def test_a_hunk_whose_line_changed_is_a_conflict_and_the_others_move() -> None:
    current = BASE.replace("5\n", "FIVE\n", 1)
    result = rebase(TWO, current.encode())
    assert result.change is not None
    assert [hunk.id for hunk in result.change.hunks] == ["f1h2"]
    assert result.change.after == current.replace("18\n", "eighteen\n").encode()
    (conflict,) = result.conflicts
    assert (conflict.hunk, conflict.line) == (TWO.hunks[0], 2)
    assert conflict.current == (b"2\n", b"3\n", b"4\n", b"FIVE\n", b"6\n", b"7\n", b"8\n")


def test_a_hunk_that_somebody_did_already_is_dropped() -> None:
    current = "top\n" + BASE.replace("5\n", "five\n", 1)
    assert onto(TWO, current) == (
        current.replace("18\n", "eighteen\n"),
        {"f1h2": "exact"},
        [],
        ["f1h1"],
    )


def test_a_file_that_is_as_it_would_be_is_done() -> None:
    result = rebase(TWO, TWO.after)
    assert (result.change, result.conflicts, result.done) == (None, (), TWO.hunks)


def test_of_a_hunk_half_done_the_other_half_is_left() -> None:
    both = change_of(BASE.replace("5\n", "five\n", 1).replace("\n7\n", "\nseven\n"))
    current = BASE.replace("5\n", "five\n", 1)
    assert onto(both, current)[:2] == (
        current.replace("\n7\n", "\nseven\n"),
        {"f1h1": "exact"},
    )


def test_a_line_that_changed_beside_a_hunk_is_said() -> None:
    current = BASE.replace("\n6\n", "\nsix\n")
    assert onto(TWO, current)[1] == {"f1h1": "a line beside it changed", "f1h2": "exact"}


def test_two_insertions_at_one_place_are_a_conflict() -> None:
    ours = change_of(BASE.replace("5\n", "5\nours\n", 1))
    assert onto(ours, BASE.replace("5\n", "5\ntheirs\n", 1)) == (None, {}, ["f1h1"], [])


def test_the_same_insertion_among_equal_lines_is_done_wherever_it_was_made() -> None:
    change = change_of("a\nx\nx\nb\n", "a\nx\nb\n")
    assert onto(change, "top\na\nx\nx\nb\n") == (None, {}, [], ["f1h1"])


def test_lines_that_were_moved_take_their_hunk_along() -> None:
    lines = [f"{n}\n" for n in range(30)]
    change = change_of("".join(lines).replace("\n5\n", "\nfive\n"), "".join(lines))
    moved = [*lines[:2], *lines[9:], *lines[2:9]]
    assert onto(change, "".join(moved)) == (
        "".join(moved).replace("\n5\n", "\nfive\n"),
        {"f1h1": "its lines were moved here from line 6"},
        [],
        [],
    )


def test_an_equal_line_that_stood_elsewhere_before_is_not_taken_for_a_moved_one() -> None:
    base = "x\nkeep\nx\nend\n"
    change = change_of("y\nkeep\nx\nend\n", base)
    assert onto(change, "z\nkeep\nx\nend\n") == (None, {}, ["f1h1"], [])


def test_no_conflict_is_written_into_a_file_that_grew_at_its_end() -> None:
    change = change_of("a\nb", "a\nb\n")
    assert onto(change, "a\nb\nc\n")[0] == "a\nb\nc\n"


def test_creations_and_deletions_hold_as_a_whole() -> None:
    create, delete = diff_change("f1", "f", None, b"a\n"), diff_change("f1", "f", b"a\n", None)
    assert rebase(create, b"a\n").done == create.hunks
    assert rebase(delete, None).done == delete.hunks
    for change in (create, delete):
        result = rebase(change, b"a\nb\n")
        assert result.change is None
        assert [(one.hunk, one.line, one.current) for one in result.conflicts] == [
            (change.hunks[0], 1, (b"a\n", b"b\n"))
        ]


def test_a_file_that_is_gone_is_a_conflict() -> None:
    result = rebase(TWO, None)
    assert (result.change, [(one.hunk.id, one.line) for one in result.conflicts]) == (
        None,
        [("f1h1", 0), ("f1h2", 0)],
    )


def test_a_change_without_hunks_conflicts_under_its_own_id() -> None:
    change = diff_change("f1", "f.bin", b"\0a", b"\0b")
    result = rebase(change, b"\0c")
    assert (result.change, [one.hunk.id for one in result.conflicts]) == (None, ["f1"])


def test_a_move_goes_on_with_what_its_file_became() -> None:
    move = diff_change("f1", "a", b"\0a", b"\0a", move_to="b")
    pure = diff_change("f1", "a", b"a\n", b"a\n", move_to="b")
    result = rebase(pure, b"b\n").change
    assert result is not None
    assert (result.move_to, result.after) == ("b", b"b\n")
    assert rebase(move, b"\0a").change == move


def test_a_mode_goes_on_with_what_its_file_became() -> None:
    runnable = replace(change_of(BASE.replace("5\n", "five\n", 1)), mode=0o644, new_mode=0o755)
    result = rebase(runnable, runnable.after, 0o644)
    assert result.change is not None
    assert (result.change.hunks, result.change.new_mode, result.done) == ((), 0o755, runnable.hunks)
    assert rebase(runnable, runnable.after, 0o755).change is None


def test_a_byte_order_mark_that_came_or_went_stays_so() -> None:
    marked = b"\xef\xbb\xbf"
    change = diff_change("f1", "f", b"a\nb\nc\n", b"a\nB\nc\n")
    result = rebase(change, marked + b"a\nb\nc\n").change
    assert result is not None
    assert result.after == marked + b"a\nB\nc\n"
    back = rebase(diff_change("f1", "f", marked + b"a\nb\n", marked + b"A\nb\n"), b"a\nb\n").change
    assert back is not None
    assert back.after == b"A\nb\n"


def test_a_file_of_another_encoding_takes_ascii_only() -> None:
    ascii_only = diff_change("f1", "f", b"a\nb\n", b"A\nb\n")
    result = rebase(ascii_only, b"a\nb\n\xff\n").change
    assert result is not None
    assert (result.after, result.encoding) == (b"A\nb\n\xff\n", "latin-1")
    accented = diff_change("f1", "f", b"a\nb\n", "ä\nb\n".encode())
    assert rebase(accented, b"a\nb\n\xff\n").change is None


def test_parts_of_a_split_hunk_move_each_by_itself() -> None:
    parts = split(change_of(BASE.replace("\n5\n", "\nfive\n").replace("\n8\n", "\neight\n")), "f1h1")
    current = BASE.replace("\n5\n", "\nFIVE\n")
    assert onto(parts, current) == (
        current.replace("\n8\n", "\neight\n"),
        {"f1h1.2": "exact"},
        ["f1h1.1"],
        [],
    )


@st.composite
def unrelated(draw: st.DrawFn) -> tuple[str, str, str, str]:
    """A text, two edits of it with kept lines between, and both."""
    lines = split_lines(draw(files(NUMBERED)))
    places = draw(st.lists(st.integers(0, len(lines) - 1), max_size=8, unique_by=lambda n: n // 3))
    who = {place: draw(st.sampled_from(["ours", "theirs"])) for place in places if place % 3 == 1}
    edit = {place: draw(st.sampled_from(["", "new {}", "{}new\n", "{}new\nand newer\n"])) for place in who}

    def made(by: set[str]) -> str:
        return "".join(
            edit[place].format(line) if who.get(place) in by and line.endswith("\n") else line
            for place, line in enumerate(lines)
        )

    return made(set()), made({"ours"}), made({"theirs"}), made({"ours", "theirs"})


@given(unrelated())
def test_unrelated_edits_come_out_the_same_in_either_order(texts: tuple[str, str, str, str]) -> None:
    base, ours, theirs, both = texts
    for first, second in ((ours, theirs), (theirs, ours)):
        result = rebase(change_of(second, base), first.encode())
        assert result.conflicts == ()
        assert (result.change.after if result.change else first.encode()) == both.encode()


@given(unrelated())
def test_undo_keeps_what_was_edited_elsewhere_since(texts: tuple[str, str, str, str]) -> None:
    base, ours, theirs, both = texts
    result = rebase(invert(change_of(ours, base)), both.encode())
    assert result.conflicts == ()
    assert (result.change.after if result.change else both.encode()) == theirs.encode()


@given(files(LINES), files(LINES), files(LINES))
def test_each_hunk_is_placed_or_done_or_in_conflict_and_nothing_else_changes(
    base: str, ours: str, theirs: str
) -> None:
    change = change_of(ours, base)
    result = rebase(change, theirs.encode())
    placed = result.change.hunks if result.change else ()
    told = [*placed, *(conflict.hunk for conflict in result.conflicts), *result.done]
    assert sorted(hunk.id for hunk in told) == sorted(hunk.id for hunk in change.hunks)
    if result.change:
        assert replayed(result.change) == result.change.after
        assert replayed(invert(result.change)) == result.change.before
    sent = {hunk.id: hunk for hunk in change.hunks}
    for hunk in placed:
        gone = {line.content for line in hunk.lines if line.kind == "-"}
        meant = {line.content for line in sent[hunk.id].lines if line.kind == "-"}
        last = split_lines(theirs)[-1:]  # without a newline it is written again when lines follow it
        assert gone <= meant | {line.encode() for line in last if not line.endswith("\n")}
