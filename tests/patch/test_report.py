import hashlib
from dataclasses import replace

from tests.patch.making import planned, update
from tui_assist.patch.edit import amend, narrow, split
from tui_assist.patch.report import report as report_on
from tui_assist.patch.select import select
from tui_assist.values.asking import Comment, Decision, HunkDecision, Verdict
from tui_assist.values.patch import FileChange, Operation, Patch

BEFORE = "".join(f"{n}\n" for n in range(30)).encode()
ALLOW = Decision(Verdict.ALLOW)


def patch() -> Patch:
    return planned(
        {"f.txt": BEFORE, "old": b"x\n", "gone": b""},
        update("@@\n-5\n+x\n@@\n-20\n+z\n", call_id="c1"),
        Operation("create_file", "new", "+a", call_id="c2"),
        Operation("update_file", "old", "", "moved", call_id="c2"),
        Operation("delete_file", "gone", call_id="c2"),
    ).patch


def report(call_id: str, planned: Patch, decision: Decision) -> str:
    accepted = {key: one.accept for key, one in decision.hunks.items()}
    reviewed = (decision.reviewed or planned).changes if decision.verdict is Verdict.ALLOW else ()
    chosen = [select(change, accepted) for change in reviewed]
    return report_on(call_id, planned, decision, {one.id: one for one in chosen if one is not None})


def now(content: bytes) -> str:
    return f"  the file's SHA-256 is now {hashlib.sha256(content).hexdigest()}"


def lines(*changed: tuple[int, str]) -> bytes:
    return "".join(f"{dict(changed).get(n, n)}\n" for n in range(30)).encode()


def reviewed(planned: Patch, change: FileChange) -> Patch:
    return replace(planned, changes=(change, *planned.changes[1:]))


def test_an_allowed_patch_is_a_line_for_each_file() -> None:
    assert report("c1", patch(), ALLOW) == f"M f.txt\n{now(lines((5, 'x'), (20, 'z')))}"
    assert report("c2", patch(), ALLOW) == "\n".join(
        ["A new", now(b"a\n"), "M moved (moved from old)", now(b"x\n"), "D gone"]
    )


def test_a_refused_patch_carries_the_person_s_words() -> None:
    assert report("c1", patch(), Decision(Verdict.REFUSE, "use a constant")) == (
        "f.txt was refused by the person and is unchanged\nThe person says: use a constant"
    )


def test_a_refused_hunk_is_quoted_with_its_reason() -> None:
    decision = Decision(
        Verdict.ALLOW, hunks={"f1h1": HunkDecision(True), "f1h2": HunkDecision(False, "20 is right")}
    )
    assert report("c1", patch(), decision) == (
        "M f.txt (1 of 2 hunks)\n"
        "  accepted at line 3\n"
        "  refused: 20 is right; these lines of f.txt stay as they were:\n"
        "  @@ -18,7 +18,7 @@\n"
        "   17\n   18\n   19\n  -20\n  +z\n   21\n   22\n   23\n" + now(lines((5, "x")))
    )


def test_all_hunks_refused_is_said_as_refused() -> None:
    decision = Decision(Verdict.ALLOW, hunks={"f1h1": HunkDecision(False, "no"), "f1h2": HunkDecision(False)})
    assert report("c1", patch(), decision) == (
        "f.txt was refused by the person and is unchanged\n  hunk at line 3 refused: no"
    )


def test_a_loose_match_is_said() -> None:
    changed = planned({"f.txt": b"  a\n"}, update("-a\n+b\n", call_id="c1")).patch
    assert report("c1", changed, ALLOW) == (
        f"M f.txt\n  line 1: not an exact match: indentation\n{now(b'  b' + bytes([10]))}"
    )


def test_a_call_that_changes_nothing_says_so() -> None:
    assert report("c9", patch(), ALLOW) == "Nothing had to change: the files are already as this patch asks."


def test_an_amended_hunk_is_quoted_as_it_was_written() -> None:
    planned = patch()
    changed = amend(planned.changes[0], "f1h1", b"2\n3\n4\nmine\n6\n7\n8\n")
    decision = Decision(
        Verdict.ALLOW,
        hunks={"f1h1": HunkDecision(True, "shorter", True)},
        reviewed=reviewed(planned, changed),
    )
    assert report("c1", planned, decision) == (
        "M f.txt\n"
        "  amended by the person: shorter; this is what was written:\n"
        "  @@ -3,7 +3,7 @@\n"
        "   2\n   3\n   4\n  -5\n  +mine\n   6\n   7\n   8\n"
        "  accepted at line 18\n" + now(lines((5, "mine"), (20, "z")))
    )


def two_runs() -> Patch:
    return planned({"f.txt": BEFORE}, update("@@\n 4\n-5\n+x\n 6\n-7\n+y\n 8\n", call_id="c1")).patch


def test_the_parts_of_a_split_hunk_are_told_one_by_one() -> None:
    decision = Decision(
        Verdict.ALLOW,
        hunks={"f1h1.1": HunkDecision(True), "f1h1.2": HunkDecision(False, "leave 7")},
        reviewed=reviewed(two_runs(), split(two_runs().changes[0], "f1h1")),
    )
    told = report("c1", two_runs(), decision).split("\n")
    assert told[:3] == [
        "M f.txt (1 of 2 hunks)",
        "  accepted at line 3",
        "  refused: leave 7; these lines of f.txt stay as they were:",
    ]
    assert {"  -7", "  +y", now(lines((5, "x")))} <= set(told)
    assert "  -5" not in told


def test_a_narrowed_hunk_is_told_though_nobody_said_amended() -> None:
    (change,) = two_runs().changes
    kept = frozenset(n for n, line in enumerate(change.hunks[0].lines) if line.content in (b"5\n", b"x\n"))
    decision = Decision(Verdict.ALLOW, reviewed=reviewed(two_runs(), narrow(change, "f1h1", kept)))
    told = report("c1", two_runs(), decision).split("\n")
    assert told[1] == "  amended by the person; this is what was written:"
    assert told[-1] == now(lines((5, "x")))


def test_comments_go_along_with_what_is_accepted() -> None:
    decision = Decision(
        Verdict.ALLOW,
        hunks={"f1h1": HunkDecision(True, "fine")},
        comments=(Comment("f1h1", 4, "why x?"), Comment("f1h2", 99, "no such line")),
    )
    assert report("c1", patch(), decision).split("\n") == [
        "M f.txt",
        "  accepted at line 3: fine",
        "  comment on `+x`: why x?",
        now(lines((5, "x"), (20, "z"))),
    ]


def test_comments_go_along_with_what_is_refused() -> None:
    refused = {"f1h1": HunkDecision(False), "f1h2": HunkDecision(False)}
    decision = Decision(Verdict.ALLOW, hunks=refused, comments=(Comment("f1h1", 3, "still used"),))
    assert report("c1", patch(), decision) == (
        "f.txt was refused by the person and is unchanged\n  comment on `-5`: still used"
    )
