import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.story.stage import git
from tui_assist.agent.proposals import Proposal, Proposals, name_of, size_of, told
from tui_assist.errors import UserError
from tui_assist.journal import About, Journal
from tui_assist.patch.bundle import dump
from tui_assist.patch.diff import diff_change
from tui_assist.values.asking import Decision, HunkDecision, Verdict
from tui_assist.values.patch import Patch
from tui_assist.workspace import Workspace

ALLOW, REFUSE = Decision(Verdict.ALLOW), Decision(Verdict.REFUSE)
OLD = "".join(f"{number}\n" for number in range(30))
NEW = OLD.replace("3\n4\n", "3\nfour\n", 1).replace("25\n", "twenty-five\n")
PROMPT = "write numbers as words\nplease"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "a.txt").write_text(OLD)
    return folder


def proposals_for(root: Path, cwd: Path | None = None) -> Proposals:
    workspace = Workspace([root], cwd)
    return Proposals(workspace, Journal(root.parent / "state", workspace))


def wrote(root: Path, content: str, prompt: str = PROMPT) -> Proposals:
    """As a turn would have written it."""
    proposals = proposals_for(root)
    change = diff_change("f1", "a.txt", (root / "a.txt").read_bytes(), content.encode())
    proposals.journal.commit((change,), About("s1", "t1", prompt, "practice/model", "person"))
    return proposals


def text(root: Path) -> str:
    return (root / "a.txt").read_text()


def test_undo_without_a_number_takes_the_newest_patch_back(root: Path) -> None:
    proposals = wrote(root, NEW)
    proposal = proposals.undo()
    assert (proposal.title, text(root)) == ("undo patch 1: write numbers as words", NEW)
    record = proposals.write(proposal, ALLOW, "s2")
    assert record is not None
    assert (text(root), record.about.session, record.about.reverts) == (OLD, "s2", 1)
    assert told(proposal, record) == "patch 1 is taken back, as patch 2: a.txt"


def test_undo_goes_further_back_each_time_and_redo_forward_again(root: Path) -> None:
    wrote(root, "one\n")
    proposals = wrote(root, "two\n")
    seen = []
    for plan in (proposals.undo, proposals.undo, proposals.redo, proposals.redo, proposals.undo):
        proposals.write(plan(), ALLOW)
        seen.append(text(root))
    assert seen == ["one\n", OLD, "one\n", "two\n", "one\n"]


def test_what_was_refused_is_not_written(root: Path) -> None:
    proposals = wrote(root, NEW)
    proposal = proposals.undo()
    assert [proposals.write(proposal, decision) for decision in (REFUSE, None)] == [None, None]
    assert text(root) == NEW
    assert told(proposal, None).startswith("nothing was accepted")


def test_one_hunk_can_be_taken_back(root: Path) -> None:
    proposals = wrote(root, NEW)
    proposal = proposals.undo()
    first = proposal.patch.changes[0].hunks[0].id
    record = proposals.write(proposal, replace(ALLOW, hunks={first: HunkDecision(False)}))
    assert record is not None
    assert text(root) == NEW.replace("twenty-five", "25")
    assert "1 of 2 hunks" in told(proposal, record)


def test_what_someone_else_changed_since_is_said_and_stays(root: Path) -> None:
    proposals = wrote(root, NEW)
    (root / "a.txt").write_text(NEW.replace("four", "vier"))
    proposal = proposals.undo()
    record = proposals.write(proposal, ALLOW)
    assert text(root) == OLD.replace("3\n4\n", "3\nvier\n", 1)
    assert [sentence.startswith("a.txt, line ") for sentence in proposal.unapplied] == [True]
    assert "not possible: a.txt, line " in "".join(proposal.request().reasons)
    assert "not done: a.txt, line " in told(proposal, record)


def test_nothing_to_undo_or_redo_is_a_sentence(root: Path) -> None:
    proposals = proposals_for(root)
    with pytest.raises(UserError, match="holds no patch"):
        proposals.undo()
    with pytest.raises(UserError, match="nothing was taken back"):
        proposals.redo()
    with pytest.raises(UserError, match="there is no patch 7"):
        proposals.undo(7)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the patch is empty"),
        (b"hello", "found no diff"),
        (b"{}", "no bundle"),
        (b"*** Begin Patch\nhello", "stands outside any file"),
        (b"*** Begin Patch\n*** Delete File: x\n*** End Patch", "cannot apply x"),
        (b"*** Begin Patch \xff", "not UTF-8"),
    ],
)
def test_what_is_no_patch_is_a_sentence(root: Path, data: bytes, said: str) -> None:
    with pytest.raises(UserError, match=said):
        proposals_for(root).apply(data, "x")


def test_a_record_is_named_by_the_first_line_of_its_prompt(root: Path) -> None:
    record = wrote(root, NEW, "\n  " + "long " * 40).record(1)
    assert len(name_of(record)) <= 70
    assert size_of(record) == (2, 2)


def applied(root: Path, data: bytes, cwd: Path | None = None) -> Proposal:
    proposals = proposals_for(root, cwd)
    proposal = proposals.apply(data, "my.diff")
    assert proposals.write(proposal, ALLOW) is not None
    return proposal


ENVELOPE = """\
*** Begin Patch
*** Update File: a.txt
@@
-28
+twenty-eight
*** Add File: new/b.txt
+b
*** Update File: missing.txt
@@
-x
+y
*** End Patch
"""


def test_an_envelope_is_applied_but_for_the_file_that_does_not_fit(root: Path) -> None:
    proposal = applied(root, ENVELOPE.encode())
    assert ("twenty-eight" in text(root), (root / "new/b.txt").read_text()) == (True, "b\n")
    assert ["missing.txt" in sentence for sentence in proposal.unapplied] == [True]


def test_a_git_diff_is_applied_from_the_root_also_in_a_folder_below(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "add", "-A")
    (root / "a.txt").write_text(NEW)
    diff = git(root, "diff").encode()
    git(root, "checkout", "a.txt")
    below = root / "below"
    below.mkdir()
    proposal = applied(root, diff, below)
    assert (text(root), proposal.patch.changes[0].path) == (NEW, "../a.txt")


def test_what_a_diff_asks_for_and_cannot_have_is_said(root: Path) -> None:
    (root.parent / "outside.txt").write_text("x\n")
    (root / "link.txt").symlink_to("a.txt")
    diff = (
        "--- a.txt\n+++ a.txt\n@@ -1,1 +1,1 @@\n-0\n+zero\n"
        "--- ../outside.txt\n+++ ../outside.txt\n@@ -1,1 +1,1 @@\n-x\n+y\n"
        "--- link.txt\n+++ link.txt\n@@ -30,1 +30,1 @@\n-29\n+last\n"
        "--- .git/config\n+++ .git/config\n@@ -0,0 +1,1 @@\n+x\n"
    )
    proposal = applied(root, diff.encode())
    assert text(root).startswith("zero\n1\n")
    said = "\n".join(proposal.unapplied)
    assert ("outside" in said, "belongs to git" in said, "link.txt" in said) == (True, True, True)
    assert (root.parent / "outside.txt").read_text() == "x\n"


def test_a_mode_that_a_diff_wants_is_left_and_said(root: Path) -> None:
    diff = (
        "diff --git a/a.txt b/a.txt\nold mode 100644\nnew mode 100755\n"
        "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-0\n+zero\n"
    )
    proposal = applied(root, diff.encode())
    assert (text(root)[:5], os.stat(root / "a.txt").st_mode & 0o111) == ("zero\n", 0)
    assert ["its mode is not changed" in sentence for sentence in proposal.unapplied] == [True]


def test_a_bundle_is_applied_on_what_the_file_is_by_now(root: Path) -> None:
    change = diff_change("f1", "a.txt", OLD.encode(), NEW.encode())
    bundle = dump(Patch("p", (change,)), ("not exact",), "write numbers\nas words")
    (root / "a.txt").write_text("new first line\n" + OLD)
    proposal = applied(root, bundle)
    assert text(root) == "new first line\n" + NEW
    assert (proposal.title, proposal.reasons) == ("apply my.diff: write numbers", ("not exact",))


def test_a_patch_that_was_brought_can_be_taken_back(root: Path) -> None:
    proposals = proposals_for(root)
    before = text(root)
    applied(root, ENVELOPE.encode())
    proposals.write(proposals.undo(), ALLOW)
    assert (text(root), (root / "new").exists()) == (before, (root / "new").exists())
