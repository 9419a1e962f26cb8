"""What a person reviews outside a turn: a patch taken back, done again or brought along.

Plans by reading and writes exactly what was accepted, through the journal. Shows nothing and asks nothing.
"""

from dataclasses import dataclass

from tui_assist.errors import UserError
from tui_assist.journal import About, Journal, Record
from tui_assist.values.asking import Choice, Decision, DiffView, Request
from tui_assist.values.patch import Patch
from tui_assist.workspace import Workspace

TITLE = 60  # characters of a prompt that name its patch


@dataclass(frozen=True, slots=True)
class Proposal:
    """A patch to review, and what to know of it first."""

    title: str  # one line: "undo patch 7: make add() handle None"
    done: str  # what has happened once it is written: "patch 7 is taken back"
    tool: str  # for the journal: undo, redo or apply
    patch: Patch
    unapplied: tuple[str, ...] = ()  # what cannot be done and is not in the patch, a sentence each
    reasons: tuple[str, ...] = ()  # what to look at twice
    reverts: int | None = None

    def request(self) -> Request:
        """What the review shows."""
        choices = (Choice.REVIEW, Choice.ALLOW, Choice.REFUSE)
        left = tuple(f"not possible: {sentence}" for sentence in self.unapplied)
        view, calls = DiffView(self.patch), (self.patch.id,)
        return Request(
            self.patch.id, "", "", calls, "apply_patch", self.title, view, choices, (*self.reasons, *left)
        )


class Proposals:
    """Makes proposals for one workspace and writes what came of them."""

    def __init__(self, workspace: Workspace, journal: Journal) -> None:
        self.workspace = workspace
        self.journal = journal

    def records(self) -> tuple[Record, ...]:
        """What was written, newest first."""
        return self.journal.records()

    def undo(self, number: int | None = None) -> Proposal:
        """What takes patch `number` back; None: the newest that was not taken back.

        Raises UserError when there is none, or nothing of it can be taken back.
        """
        record = self._newest_written() if number is None else self.record(number)
        found = self.journal.plan_undo(record.number)
        title, done = f"undo {name_of(record)}", f"patch {record.number} is taken back"
        return _checked(Proposal(title, done, "undo", found.patch, found.conflicts, (), found.reverts))

    def redo(self, number: int | None = None) -> Proposal:
        """What does patch `number` again; None: the one taken back last. Raises UserError likewise."""
        record = self._last_undone() if number is None else self.record(number)
        found = self.journal.plan_redo(record.number)
        title, done = f"redo {name_of(record)}", f"patch {record.number} is done again"
        return _checked(Proposal(title, done, "redo", found.patch, found.conflicts, (), found.reverts))

    def apply(self, data: bytes, name: str) -> Proposal:
        """What a patch of the person's own would do. Raises UserError when it holds none that fits."""
        from tui_assist.agent.brought import plan_brought  # the tools take a tenth of a second to load

        brought = plan_brought(self.workspace, data)
        title = f"apply {name}" + (f": {_first_line(brought.title)}" if brought.title else "")
        done = f"{name} is applied"
        return _checked(Proposal(title, done, "apply", brought.patch, brought.unapplied, brought.reasons))

    def write(self, proposal: Proposal, decision: Decision | None, session: str = "") -> Record | None:
        """Writes what was accepted, all or nothing; None when that is nothing.

        Raises StalePlan when the files changed since they were shown, ToolError when they cannot be written.
        """
        from tui_assist.tools.patching import chosen

        written = {} if decision is None else chosen(proposal.patch, decision)
        if decision is None or not written:
            return None
        prompt, reverts = proposal.title, proposal.reverts
        about = About(session, "", prompt, "", decision.by, tool=proposal.tool, reverts=reverts)
        return self.journal.commit(tuple(written.values()), about)

    def stage(self, number: int | None = None) -> str:
        """Stages what the files still have of a patch, the newest by default; what came of it, in words.

        Raises UserError when there is no such patch, ToolError when git does not take it.
        """
        from tui_assist.workspace.staging import stage

        record = self._newest_written() if number is None else self.record(number)
        found = stage(self.workspace, record.changes)
        said = f"staged of {name_of(record)}: {', '.join(found.paths) or 'nothing'}"
        return said + "".join(f"\nnot staged: {sentence}" for sentence in found.left)

    def message(self) -> str:
        """A first line for a commit: what was asked for last. "" when nothing was written yet."""
        standing = (one for one in self.records() if one.state == "applied" and one.about.reverts is None)
        return next((_first_line(record.about.prompt) for record in standing), "")

    def record(self, number: int) -> Record:
        """Raises UserError when there is no such patch."""
        found = next((record for record in self.records() if record.number == number), None)
        if found is None:
            raise UserError(
                f"there is no patch {number} in the journal of this folder; see the list of patches"
            )
        return found

    def _newest_written(self) -> Record:
        """The newest patch that still stands and takes no other back."""
        for record in self.records():
            if record.state == "applied" and record.about.reverts is None:
                return record
        raise UserError("the journal of this folder holds no patch that could be taken back")

    def _last_undone(self) -> Record:
        records = {record.number: record for record in self.records()}
        for record in records.values():
            undone = records.get(record.about.reverts or 0)
            if record.state == "applied" and undone is not None and undone.about.reverts is None:
                return undone
        raise UserError("nothing was taken back that could be done again")


def _checked(proposal: Proposal) -> Proposal:
    if not proposal.patch.changes:
        why = "; ".join(proposal.unapplied) or "the files are already so"
        raise UserError(f"cannot {proposal.title}: {why}")
    return proposal


def name_of(record: Record) -> str:
    """`patch 7: make add() handle None`."""
    prompt = _first_line(record.about.prompt)
    return f"patch {record.number}: {prompt}" if prompt else f"patch {record.number}"


def _first_line(prompt: str) -> str:
    line = next((line.strip() for line in prompt.splitlines() if line.strip()), "")
    return line if len(line) <= TITLE else f"{line[: TITLE - 1]}…"


def told(proposal: Proposal, record: Record | None) -> str:
    """What came of a proposal, in a sentence."""
    if record is None:
        return f"nothing was accepted: {proposal.title} was not done"
    written, asked = sum(len(change.hunks) for change in record.changes), proposal.patch.hunks
    part = f", {written} of {asked} hunks" if written < asked else ""
    left = "".join(f"\nnot done: {sentence}" for sentence in proposal.unapplied)
    return f"{proposal.done}{part}, as patch {record.number}: {', '.join(record.files)}{left}"


def size_of(record: Record) -> tuple[int, int] | None:
    """Lines added and removed; None when the journal no longer holds them."""
    try:
        changes = record.changes
    except UserError:
        return None
    return sum(change.added for change in changes), sum(change.removed for change in changes)
