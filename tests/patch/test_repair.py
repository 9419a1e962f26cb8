from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.patch.making import planned, replayed, update
from tui_assist.patch.repair import repaired
from tui_assist.values.patch import Operation, Repair

FILE = b"def add(a, b):\n    total = a + b\n    return total\n\ndef sub(a, b):\n    return a - b\n"
WRONG = "@@\n def add(a, b):\n-    result = a + b\n+    total = b + a\n     return total\n"


def repair_of(content: bytes, operation: Operation) -> Repair:
    return planned({"f.txt": content}, operation).repairs["call"]


def test_a_hunk_that_is_nearly_there_names_the_place() -> None:
    repair = repair_of(FILE, update(WRONG))
    assert (repair.hunk, repair.path, repair.title) == (1, "f.txt", "hunk 1 of f.txt does not match")
    assert repair.wanted == ("def add(a, b):", "    result = a + b", "    return total")
    assert [one.line for one in repair.candidates] == [1]
    assert repair.candidates[0].lines == ("def add(a, b):", "    total = a + b", "    return total")
    assert "is not in the file" in repair.message


def test_placed_by_hand_the_hunk_applies_there_and_is_not_exact() -> None:
    repair = repair_of(FILE, update(WRONG))
    patch = planned({"f.txt": FILE}, repaired(update(WRONG), 1, repair.candidates[0])).patch
    assert patch.changes[0].after == FILE.replace(b"total = a + b", b"total = b + a")
    assert [hunk.match.note for hunk in patch.changes[0].hunks] == ["placed by hand at line 1"]
    assert not patch.exact


def test_lines_that_differ_only_far_to_the_right_are_not_the_same() -> None:
    line = b"x" * 500
    repair = repair_of(b"one two three\n" + line + b"\n", update(f"@@\n one two three\n-{'x' * 500}y\n+z\n"))
    assert [(one.line, one.likeness < 1) for one in repair.candidates] == [(1, True)]


def test_a_hunk_like_nothing_in_the_file_has_no_repair() -> None:
    failed = planned({"f.txt": FILE}, update("@@\n-import somewhere\n+x\n"))
    assert (list(failed.failures), dict(failed.repairs)) == (["call"], {})


def test_a_call_that_fails_for_more_has_no_repair() -> None:
    other = Operation("delete_file", "none.txt", call_id="call")
    assert not planned({"f.txt": FILE}, update(WRONG), other).repairs


def test_a_hunk_that_fits_several_places_offers_them() -> None:
    content = b"a line that is here twice\nx\na line that is here twice\n"
    diff = "@@ not there\n-a line that is here twice\n+b\n"
    repair = repair_of(content, update(diff))
    assert [(one.line, one.likeness) for one in repair.candidates] == [(1, 1.0), (3, 1.0)]
    patch = planned({"f.txt": content}, repaired(update(diff), 1, repair.candidates[1])).patch
    assert patch.changes[0].after == b"a line that is here twice\nx\nb\n"


def test_lines_another_hunk_removes_are_no_candidate() -> None:
    taken = "@@\n-    total = a + b\n+    pass\n"
    assert not planned({"f.txt": FILE}, update(taken + WRONG)).repairs


def test_a_hunk_is_not_placed_on_lines_the_person_has_not_seen() -> None:
    candidate = repair_of(FILE, update(WRONG)).candidates[0]
    moved = b"# new\n" + FILE
    again = planned({"f.txt": moved}, repaired(update(WRONG), 1, candidate))
    assert not again.patch.changes
    assert [one.line for one in again.repairs["call"].candidates] == [2]


def test_other_hunks_of_the_patch_stay_exact() -> None:
    diff = WRONG + "@@\n-    return a - b\n+    return b - a\n"
    repair = repair_of(FILE, update(diff))
    patch = planned({"f.txt": FILE}, repaired(update(diff), repair.hunk, repair.candidates[0])).patch
    assert patch.changes[0].after == (
        FILE.replace(b"total = a + b", b"total = b + a").replace(b"return a - b", b"return b - a")
    )


TEXTS = st.text(st.sampled_from("abcdefgh "), min_size=6, max_size=20)


@given(st.lists(TEXTS, min_size=3, max_size=30, unique_by=str.strip), st.data())
def test_a_repaired_hunk_changes_the_candidates_lines_and_no_other(
    lines: list[str], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(lines) - 3))
    wrong = data.draw(st.integers(0, 2))
    old = [line + "!" * (offset == wrong) for offset, line in enumerate(lines[start : start + 3])]
    diff = f"@@\n {old[0]}\n-{old[1]}\n+new\n {old[2]}\n"
    content = "".join(line + "\n" for line in lines).encode()
    for candidate in repair_of(content, update(diff)).candidates:
        done = planned({"f.txt": content}, repaired(update(diff), 1, candidate))
        (change,) = done.patch.changes
        at = candidate.line
        expected = [*lines[:at], "new", *lines[at + 1 :]]
        assert replayed(change) == change.after == "".join(line + "\n" for line in expected).encode()
        stale = repaired(update(diff), 1, replace(candidate, line=candidate.line + 1))
        assert planned({"f.txt": content}, stale).failures
