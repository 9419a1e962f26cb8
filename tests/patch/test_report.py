from tests.patch.making import planned, update
from tui_assist.patch.report import report
from tui_assist.values.asking import Decision, HunkDecision, Verdict
from tui_assist.values.patch import Operation, Patch

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


def test_an_allowed_patch_is_a_line_for_each_file() -> None:
    assert report("c1", patch(), ALLOW) == "M f.txt"
    assert report("c2", patch(), ALLOW) == "A new\nM moved (moved from old)\nD gone"


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
        "  refused: 20 is right; these lines of f.txt stay as they were:\n"
        "  @@ -18,7 +18,7 @@\n"
        "   17\n   18\n   19\n  -20\n  +z\n   21\n   22\n   23"
    )


def test_all_hunks_refused_is_said_as_refused() -> None:
    decision = Decision(Verdict.ALLOW, hunks={"f1h1": HunkDecision(False, "no"), "f1h2": HunkDecision(False)})
    assert report("c1", patch(), decision) == (
        "f.txt was refused by the person and is unchanged\n  hunk at line 3 refused: no"
    )


def test_a_loose_match_is_said() -> None:
    changed = planned({"f.txt": b"  a\n"}, update("-a\n+b\n", call_id="c1")).patch
    assert report("c1", changed, ALLOW) == "M f.txt\n  line 1: not an exact match: indentation"


def test_a_call_that_changes_nothing_says_so() -> None:
    assert report("c9", patch(), ALLOW) == "Nothing had to change: the files are already as this patch asks."
