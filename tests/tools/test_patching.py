import asyncio
import errno
import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tools.running import ALLOW, called, done
from tui_assist.errors import StalePlan, ToolError
from tui_assist.journal import About, Journal, Record
from tui_assist.patch.edit import amend
from tui_assist.tools import ApplyPatch
from tui_assist.tools.calls import parse_call
from tui_assist.values.asking import Decision, DiffView, HunkDecision, Verdict
from tui_assist.values.calls import Access, Call, Outcome, Plan, Status
from tui_assist.values.content import text_of
from tui_assist.values.patch import Patch
from tui_assist.workspace import Workspace

ABOUT = About("s1", "t1", "say it loud", "practice/model", "person")
ONE = "*** Update File: a.py\n@@\n-one\n+ONE\n two\n"


def patching(*sections: str, call_id: str = "c1") -> Call:
    return called("apply_patch", call_id, patch=f"*** Begin Patch\n{''.join(sections)}*** End Patch\n")


def text(outcome: Outcome) -> str:
    return text_of(outcome.content)


async def applied(tool: ApplyPatch, *calls: Call, decision: Decision = ALLOW) -> dict[str, Outcome]:
    return dict(await done(tool, await tool.plan(calls), decision))


async def why_not(tool: ApplyPatch, *sections: str) -> str:
    with pytest.raises(ToolError) as caught:
        await tool.plan((patching(*sections),))
    return str(caught.value)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "a.py").write_text("one\ntwo\n")
    (folder / "b.py").write_text("".join(f"{n}\n" for n in range(30)))
    return folder


def tool_for(
    root: Path, tell: Callable[[str], None] = lambda step: None, more: Sequence[Path] = ()
) -> ApplyPatch:
    workspace = Workspace([root, *more])
    return ApplyPatch(workspace, Journal(root.parent / "state", workspace, tell=tell), lambda: ABOUT)


def records(root: Path) -> tuple[Record, ...]:
    return Journal(root.parent / "state", Workspace([root])).records()


def now(path: Path) -> str:
    return f"  the file's SHA-256 is now {hashlib.sha256(path.read_bytes()).hexdigest()}"


@pytest.fixture
def tool(root: Path) -> ApplyPatch:
    return tool_for(root)


async def test_planning_shows_the_patch_and_writes_nothing(tool: ApplyPatch, root: Path) -> None:
    plan = await tool.plan((patching(ONE, "*** Add File: new/c.py\n+x\n"),))
    assert (plan.access, plan.title) == (Access.EDIT, "2 files, 2 hunks")
    assert plan.remarks == ()
    assert isinstance(plan.view, DiffView)
    assert sorted(os.listdir(root)) == ["a.py", "b.py"]
    assert (root / "a.py").read_text() == "one\ntwo\n"


async def test_a_patch_is_written_as_shown(tool: ApplyPatch, root: Path) -> None:
    outcome = (await applied(tool, patching(ONE, "*** Add File: new/c.py\n+x\n")))["c1"]
    assert (outcome.status, outcome.summary) == (Status.COMPLETED, "2 files, 2 hunks")
    assert text(outcome).splitlines() == ["M a.py", now(root / "a.py"), "A new/c.py", now(root / "new/c.py")]
    assert (root / "a.py").read_text() == "ONE\ntwo\n"
    assert (root / "new/c.py").read_text() == "x\n"
    assert outcome.patch is not None
    assert "-one\n+ONE\n" in outcome.patch


async def test_files_can_be_deleted_and_moved(tool: ApplyPatch, root: Path) -> None:
    moved = "*** Update File: b.py\n*** Move to: sub/c.py\n@@\n-3\n+three\n 4\n"
    outcome = (await applied(tool, patching("*** Delete File: a.py\n", moved)))["c1"]
    assert text(outcome).splitlines() == ["D a.py", "M sub/c.py (moved from b.py)", now(root / "sub/c.py")]
    assert sorted(path.name for path in root.rglob("*")) == ["c.py", "sub"]


async def test_the_patches_of_a_response_are_one(tool: ApplyPatch, root: Path) -> None:
    operation = {"type": "update_file", "path": "a.py", "diff": "@@\n ONE\n-two\n+TWO\n"}
    typed = parse_call({"type": "apply_patch_call", "call_id": "c2", "operation": operation})
    assert typed is not None
    plan = await tool.plan((patching(ONE), typed))
    assert plan.title == "1 file, 1 hunk"
    outcomes = await done(tool, plan)
    said = f"M a.py\n{now(root / 'a.py')}"
    assert {key: text(one) for key, one in outcomes.items()} == {"c1": said, "c2": said}
    assert (root / "a.py").read_text() == "ONE\nTWO\n"


async def test_one_wrong_call_does_not_keep_the_others(tool: ApplyPatch, root: Path) -> None:
    plan = await tool.plan((patching(ONE), patching("*** Delete File: none\n", call_id="c2")))
    assert plan.failures == {"c2": "none does not exist, so it cannot be deleted; check the path"}
    assert list(await done(tool, plan)) == ["c1"]


async def test_refused_hunks_stay_out(tool: ApplyPatch, root: Path) -> None:
    two = "*** Update File: b.py\n@@\n-2\n+two\n 3\n@@\n-22\n+twenty-two\n 23\n"
    plan = await tool.plan((patching(two),))
    assert isinstance(plan.view, DiffView)
    second = plan.view.patch.changes[0].hunks[1].id
    decision = Decision(Verdict.ALLOW, hunks={second: HunkDecision(False, "keep the number")})
    outcome = (await done(tool, plan, decision))["c1"]
    assert (outcome.status, outcome.summary) == (Status.COMPLETED, "1 file, 1 hunk")
    assert "keep the number" in text(outcome)
    assert "two\n" in (root / "b.py").read_text()
    assert "22\n" in (root / "b.py").read_text()


async def test_a_patch_without_an_accepted_hunk_is_refused(tool: ApplyPatch, root: Path) -> None:
    plan = await tool.plan((patching(ONE),))
    assert isinstance(plan.view, DiffView)
    hunk = plan.view.patch.changes[0].hunks[0].id
    outcome = (await done(tool, plan, Decision(Verdict.ALLOW, hunks={hunk: HunkDecision(False)})))["c1"]
    assert (outcome.status, outcome.patch) == (Status.REFUSED, None)
    assert (root / "a.py").read_text() == "one\ntwo\n"


async def test_a_refusing_decision_writes_nothing(tool: ApplyPatch, root: Path) -> None:
    outcome = (await applied(tool, patching(ONE), decision=Decision(Verdict.REFUSE)))["c1"]
    assert outcome.status is Status.REFUSED
    assert (root / "a.py").read_text() == "one\ntwo\n"


async def test_a_patch_is_remembered_with_who_decided(tool: ApplyPatch, root: Path) -> None:
    await applied(tool, patching(ONE), decision=Decision(Verdict.ALLOW, by="accept edits"))
    (record,) = records(root)
    assert record.about == replace(ABOUT, decided_by="accept edits")
    assert record.files == ("a.py",)


async def test_nothing_written_is_nothing_remembered(tool: ApplyPatch, root: Path) -> None:
    await applied(tool, patching(ONE), decision=Decision(Verdict.REFUSE))
    assert records(root) == ()


def amended(plan: Plan, new_side: bytes) -> Patch:
    assert isinstance(plan.view, DiffView)
    patch = plan.view.patch
    first, *rest = patch.changes
    return replace(patch, changes=(amend(first, first.hunks[0].id, new_side), *rest))


async def test_an_amended_hunk_is_written_as_the_person_left_it(tool: ApplyPatch, root: Path) -> None:
    plan = await tool.plan((patching(ONE),))
    decision = Decision(
        Verdict.ALLOW, hunks={"f1h1": HunkDecision(True, amended=True)}, reviewed=amended(plan, b"Uno\ntwo\n")
    )
    outcome = (await done(tool, plan, decision))["c1"]
    assert (root / "a.py").read_text() == "Uno\ntwo\n"
    assert text(outcome).splitlines() == [
        "M a.py",
        "  amended by the person; this is what was written:",
        "  @@ -1,2 +1,2 @@",
        "  -one",
        "  +Uno",
        "   two",
        now(root / "a.py"),
    ]
    assert outcome.patch is not None
    assert "+Uno\n" in outcome.patch


async def test_what_was_amended_to_nothing_is_not_written(tool: ApplyPatch, root: Path) -> None:
    plan = await tool.plan((patching(ONE),))
    assert isinstance(plan.view, DiffView)
    (change,) = plan.view.patch.changes
    emptied = replace(plan.view.patch, changes=(replace(change, after=change.before, hunks=()),))
    outcome = (await done(tool, plan, Decision(Verdict.ALLOW, reviewed=emptied)))["c1"]
    assert (outcome.status, records(root)) == (Status.REFUSED, ())
    assert text(outcome) == "a.py was refused by the person and is unchanged"


async def test_a_review_of_other_bytes_is_never_written(tool: ApplyPatch, root: Path) -> None:
    plan = await tool.plan((patching(ONE),))
    assert isinstance(plan.view, DiffView)
    patch = plan.view.patch
    other = replace(patch, changes=(replace(patch.changes[0], path="b.py"),))
    with pytest.raises(ToolError, match="while the patch was reviewed"):
        await done(tool, plan, Decision(Verdict.ALLOW, reviewed=other))
    assert (root / "a.py").read_text() == "one\ntwo\n"


async def test_nothing_to_change_asks_nothing(tool: ApplyPatch) -> None:
    plan = await tool.plan((patching("*** Add File: a.py\n+one\n+two\n"),))
    assert (plan.access, plan.title) == (Access.READ, "no changes")
    outcome = (await done(tool, plan))["c1"]
    assert (outcome.status, outcome.summary) == (Status.COMPLETED, "completed")


async def test_what_is_not_exact_is_in_the_title(tool: ApplyPatch) -> None:
    plan = await tool.plan((patching("*** Update File: a.py\n@@\n-  one\n+  ONE\n   two\n"),))
    assert plan.title == "1 file, 1 hunk, 1 not exact"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("../x.py", "is outside"),
        ("/etc/x.py", "is outside"),
        ("out/x.py", "is outside"),
        (".git/hooks/pre-commit", "belongs to git"),
        (".GIT/config", "belongs to git"),
        ("sub", "sub is a directory"),
        ("pipe", "pipe is a FIFO"),
        ("A.py", "only in case"),
        ("a.py/x", "a.py"),
        ("n" * 300, "file name too long"),
        ("n/" * 3000 + "n", "file name too long"),
    ],
)
async def test_where_no_patch_may_go(tool: ApplyPatch, root: Path, path: str, said: str) -> None:
    (root / "out").symlink_to(root.parent)
    (root / "sub").mkdir()
    os.mkfifo(root / "pipe")
    assert said in await why_not(tool, f"*** Add File: {path}\n+x\n")


async def test_an_absolute_path_inside_is_fine(tool: ApplyPatch, root: Path) -> None:
    await applied(tool, patching(f"*** Add File: {root}/new.py\n+x\n"))
    assert (root / "new.py").read_text() == "x\n"


async def test_a_move_may_not_leave_either(tool: ApplyPatch) -> None:
    assert "outside" in await why_not(tool, "*** Update File: a.py\n*** Move to: ../a.py\n@@\n-one\n+1\n")


async def test_two_new_names_that_differ_in_case_are_refused(tool: ApplyPatch) -> None:
    assert "only in case" in await why_not(tool, "*** Add File: n.py\n+x\n*** Add File: N.py\n+x\n")


@pytest.mark.parametrize("content", [b"a\0b\n", b"\xff\xfea\xd8x\0"])
async def test_binary_files_are_refused(tool: ApplyPatch, root: Path, content: bytes) -> None:
    (root / "bin").write_bytes(content)
    assert "bin is binary" in await why_not(tool, "*** Update File: bin\n@@\n-a\n+b\n")


async def test_a_patch_through_a_link_changes_the_real_file(tool: ApplyPatch, root: Path) -> None:
    (root / "name.py").symlink_to("a.py")
    plan = await tool.plan((patching(ONE.replace("a.py", "name.py")),))
    assert plan.reasons == ("name.py is a link to a.py",)
    await done(tool, plan)
    assert (root / "name.py").is_symlink()
    assert (root / "a.py").read_text() == "ONE\ntwo\n"


async def test_two_names_of_one_file_are_one_file(tool: ApplyPatch, root: Path) -> None:
    (root / "name.py").symlink_to("a.py")
    other = "*** Update File: name.py\n@@\n ONE\n-two\n+TWO\n"
    plan = await tool.plan((patching(ONE, other),))
    assert (plan.title, plan.reasons) == ("1 file, 1 hunk", ("name.py is a link to a.py",))


async def test_a_link_itself_is_not_deleted(tool: ApplyPatch, root: Path) -> None:
    (root / "name.py").symlink_to("a.py")
    assert "symbolic link" in await why_not(tool, "*** Delete File: name.py\n")


@pytest.mark.parametrize("path", ["AGENTS.md", ".github/workflows/ci.yml", ".env", ".vscode/tasks.json"])
async def test_a_protected_path_says_so(tool: ApplyPatch, path: str) -> None:
    plan = await tool.plan((patching(f"*** Add File: {path}\n+x\n"),))
    assert len(plan.reasons) == 1
    assert path in plan.reasons[0]


async def test_a_hard_link_is_not_exact(tool: ApplyPatch, root: Path) -> None:
    os.link(root / "a.py", root / "twin.py")
    plan = await tool.plan((patching(ONE),))
    assert isinstance(plan.view, DiffView)
    assert plan.view.patch.changes[0].notes == ("hard link: 1 other name keeps the old content",)


async def test_a_patch_from_a_shell_call_is_relative_to_its_directory(root: Path) -> None:
    (root / "sub").mkdir()
    command = "cd sub && apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: x\n+x\n*** End Patch\nEOF"
    call = parse_call({"type": "shell_call", "call_id": "c1", "action": {"commands": [command]}})
    assert call is not None
    await applied(tool_for(root), call)
    assert (root / "sub" / "x").read_text() == "x\n"


async def test_a_file_that_changed_since_stops_everything(tool: ApplyPatch, root: Path) -> None:
    plan = await tool.plan((patching("*** Add File: first\n+x\n", ONE),))
    (root / "a.py").write_text("mine\n")
    with pytest.raises(StalePlan, match=r"a\.py changed since it was shown"):
        await done(tool, plan)
    assert not (root / "first").exists()


async def test_a_write_that_fails_half_way_writes_nothing(root: Path) -> None:
    def full(step: str) -> None:
        if step == "swapped a.py":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    other = patching("*** Update File: b.py\n@@\n-3\n+three\n 4\n", call_id="c2")
    with pytest.raises(ToolError, match=r"nothing was written: a\.py: no space left on device"):
        await applied(tool_for(root, full), patching(ONE), other)
    assert (root / "a.py").read_text() == "one\ntwo\n"
    assert records(root) == ()


async def test_a_cancel_while_writing_comes_after_the_truth(root: Path) -> None:
    writing, go_on = threading.Event(), threading.Event()

    def wait(step: str) -> None:
        writing.set()
        go_on.wait()

    tool = tool_for(root, wait)
    plan = await tool.plan((patching(ONE, "*** Add File: second\n+x\n"),))
    seen: list[Outcome] = []

    async def turn(plan: Plan) -> None:
        seen.extend((await done(tool, plan)).values())
        await asyncio.sleep(0)
        raise AssertionError("the cancel was lost")

    task = asyncio.create_task(turn(plan))
    await asyncio.to_thread(writing.wait)
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [outcome.summary for outcome in seen] == ["2 files, 2 hunks"]
    assert (root / "second").exists()


async def test_a_second_root_is_patched_and_a_move_between_roots_is_refused_before_it_is_shown(
    root: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "f.py").write_text("one\ntwo\n")
    tool = tool_for(root, more=(other,))
    change = f"*** Update File: {other}/f.py\n@@\n-one\n+ONE\n two\n"
    assert (await applied(tool, patching(change)))["c1"].status is Status.COMPLETED
    assert (other / "f.py").read_text() == "ONE\ntwo\n"

    move = f"*** Update File: a.py\n*** Move to: {other}/a.py\n@@\n-one\n+ONE\n two\n"
    assert "cannot be moved to another root" in await why_not(tool, move)
