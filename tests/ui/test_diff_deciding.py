import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_assist.errors import UserError
from tui_assist.patch.diff import diff_change
from tui_assist.patch.select import select
from tui_assist.ui.diff.deciding import Review
from tui_assist.values.asking import Comment, Decision, HunkDecision, Verdict
from tui_assist.values.patch import FileChange, Patch

OLD = b"".join(b"line %d\n" % n for n in range(1, 31))
NEW = OLD.replace(b"line 2\n", b"second\n").replace(b"line 6\n", b"sixth\n").replace(b"line 25\n", b"late\n")


def planned() -> Patch:
    return Patch(
        "p",
        (
            diff_change("f1", "a.txt", OLD, NEW),
            diff_change("f2", "b.txt", None, b"one\ntwo\n"),
            FileChange("f3", "move", "c.bin", b"\0", b"\0", "", (), move_to="d.bin"),
        ),
    )


def begun() -> Review:
    return Review.of(planned())


def written(review: Review, file: int = 0) -> bytes | None:
    decision = review.decision()
    accepted = {key: one.accept for key, one in decision.hunks.items()}
    change = select((decision.reviewed or review.planned).changes[file], accepted)
    return change.after if change is not None else review.planned.changes[file].before


def test_hunks_and_files_without_any_are_decided() -> None:
    assert [unit.id for unit in begun().units] == ["f1h1", "f1h2", "f2h1", "f3"]
    assert (begun().decided, begun().total, begun().applied) == (0, 4, 0)


def test_each_state_has_its_name() -> None:
    review = begun().decide(["f1h1"], True).decide(["f3"], False)
    review = review.amend("f2h1", b"one\n2\n").decide(["f2h1"], True)
    assert [review.state(unit.id) for unit in review.units] == ["accepted", "open", "amended", "refused"]


def test_all_accepted_is_said_shortly() -> None:
    assert begun().decide_rest(True).decision() == Decision(Verdict.ALLOW)


def test_nothing_accepted_is_a_refusal_with_all_that_was_said() -> None:
    review = begun().comment("f1h2", "why late?").comment("f1h1", "no", line=2).comment("f3", "keep the name")
    review = review.decide_rest(False)
    assert review.decision() == Decision(
        Verdict.REFUSE, "a.txt, on `+second`: no\na.txt:22: why late?\nc.bin: keep the name"
    )


def test_what_is_open_when_it_is_applied_is_refused() -> None:
    decision = begun().decide(["f1h1"], True).comment("f1h2", "not this").decision()
    assert decision.verdict is Verdict.ALLOW
    assert decision.hunks == {
        "f1h1": HunkDecision(True),
        "f1h2": HunkDecision(False, "not this"),
        "f2h1": HunkDecision(False),
        "f3": HunkDecision(False),
    }


def test_the_rest_of_a_file_leaves_what_was_decided() -> None:
    review = begun().decide(["f1h1"], False).decide_rest(True, file=0)
    assert dict(review.accepted) == {"f1h1": False, "f1h2": True}


def test_the_next_open_one_is_looked_for_round_the_end() -> None:
    review = begun().decide(["f2h1", "f3"], True)

    def next_id(after: str, *, forward: bool = True) -> str | None:
        found = review.next_open(after, 1 if forward else -1)
        return found.id if found else None

    assert next_id("f1h1") == "f1h2"
    assert next_id("f1h2") == "f1h1"
    assert next_id("f3", forward=False) == "f1h2"
    assert begun().decide_rest(True).next_open("f1h1") is None


def test_every_step_is_taken_back() -> None:
    first = begun()
    steps = [first, first.decide(["f1h1"], True)]
    steps.append(steps[-1].comment("f1h1", "good"))
    steps.append(steps[-1].split("f1h1"))
    steps.append(steps[-1].choose_lines("f2h1", frozenset({0}), True))
    review = steps.pop()
    while steps:
        review = review.back()
        assert review is steps.pop()
    assert review.back() is review


def test_a_split_hunk_is_decided_in_parts() -> None:
    review = begun().split("f1h1")
    assert [unit.id for unit in review.of_file(0)] == ["f1h1.1", "f1h1.2", "f1h2"]
    review = review.decide(["f1h1.2"], True)
    assert written(review) == OLD.replace(b"line 6\n", b"sixth\n")
    assert review.decision().reviewed == review.patch


def test_one_run_cannot_be_split() -> None:
    with pytest.raises(UserError, match="one run of changes"):
        begun().split("f1h2")
    with pytest.raises(UserError, match="as a whole"):
        begun().split("f3")


def test_only_the_selected_lines_are_accepted() -> None:
    hunk = begun().hunk("f1h1")
    assert hunk is not None
    sixth = frozenset(
        at for at, line in enumerate(hunk.lines) if b"6" in line.content or b"six" in line.content
    )
    accepted = begun().choose_lines("f1h1", sixth, True)
    assert accepted.state("f1h1") == "amended"
    assert written(accepted) == OLD.replace(b"line 6\n", b"sixth\n")
    refused = begun().choose_lines("f1h1", sixth, False)
    assert refused.is_open("f1h1")
    assert written(refused.decide(["f1h1"], True)) == OLD.replace(b"line 2\n", b"second\n")


def test_all_or_no_lines_selected_is_the_whole_hunk_or_nothing() -> None:
    every = frozenset(range(20))
    assert begun().choose_lines("f1h1", every, False).state("f1h1") == "refused"
    assert begun().choose_lines("f1h1", every, True).state("f1h1") == "accepted"
    with pytest.raises(UserError, match="no changed line"):
        begun().choose_lines("f1h1", frozenset({0}), True)


def test_an_amended_hunk_is_written_as_the_person_left_it() -> None:
    review = begun().amend("f2h1", b"one\nand two\n").decide(["f2h1"], True)
    assert written(review, 1) == b"one\nand two\n"
    assert review.decision().hunks["f2h1"] == HunkDecision(True, amended=True)


def test_a_comment_stays_with_its_line_and_is_never_lost() -> None:
    review = begun().comment("f1h1", "six?", line=7)
    hunk = review.hunk("f1h1")
    assert hunk is not None
    assert hunk.lines[7].content == b"sixth\n"
    cut = review.split("f1h1")
    part = cut.hunk("f1h1.2")
    assert part is not None
    (comment,) = cut.comments
    assert (comment.hunk, part.lines[comment.line].content) == ("f1h1.2", b"sixth\n")
    gone = review.choose_lines("f1h1", frozenset({1, 2}), True)
    assert (gone.comments, gone.words) == ((), {"f1h1": "six?"})


def test_a_comment_is_changed_and_taken_away() -> None:
    review = begun().comment("f1h1", "a", line=1).comment("f1h1", "b", line=1).comment("f1h1", "c")
    assert review.comments == (Comment("f1h1", 1, "b"),)
    assert (review.said("f1h1"), review.said("f1h1", 1)) == ("c", "b")
    assert review.comment("f1h1", "").comment("f1h1", "", line=1).decision().note == ""


@given(st.lists(st.tuples(st.sampled_from("ynsu"), st.integers(0, 9), st.frozensets(st.integers(0, 9)))))
def test_any_order_of_steps_writes_only_lines_that_were_there(
    steps: list[tuple[str, int, frozenset[int]]],
) -> None:
    review = begun()
    for key, at, lines in steps:
        unit = review.units[at % len(review.units)].id
        try:
            match key:
                case "y" | "n":
                    review = (
                        review.choose_lines(unit, lines, key == "y")
                        if lines
                        else review.decide([unit], key == "y")
                    )
                case "s":
                    review = review.split(unit)
                case _:
                    review = review.back()
        except UserError:
            continue
    known = set((OLD + NEW).splitlines())
    assert set((written(review) or b"").splitlines()) <= known
    assert review.decided <= review.total
