"""Judges plans: what may happen unasked, what must be asked, what is refused. Pure rules on values.

It compares what `shell` has parsed into the view; it never parses a command itself. In doubt, ask.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tui_assist.values.asking import (
    Choice,
    CommandView,
    Decision,
    DiffView,
    Mode,
    RepairView,
    Request,
    Rule,
    SimpleCommand,
    Verdict,
)
from tui_assist.values.calls import Access, Plan
from tui_assist.values.patch import Repair

PLAN_NOTE = (
    "The person chose plan mode: nothing is changed or run now. Read and search as you need, "
    "then describe what you would do and stop."
)
PROPOSE_NOTE = (
    "This run only proposes patches: nothing is run. Read and search as you need, then send the patch."
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the person has chosen beforehand: a mode, kept rules, and `exec --allow` flags."""

    mode: Mode = Mode.ASK
    rules: tuple[Rule, ...] = ()
    allow: frozenset[str] = field(default_factory=frozenset)  # "edit", "shell"
    propose: bool = False  # patches always reach the approver, and nothing else that changes something does


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and what it rests on: a mode, a rule or a flag, in words."""

    verdict: Verdict
    by: str = ""
    note: str = ""  # for the model, when refused


ASK = Judgement(Verdict.ASK)


def judge(plan: Plan, policy: Policy) -> Judgement:
    """What `policy` says of `plan`. Anything not clearly allowed or refused is asked."""
    if plan.access is Access.READ:
        return Judgement(Verdict.ALLOW, "reading")
    if plan.access is Access.OUTSIDE:
        return ASK
    if policy.propose:
        return ASK if plan.access is Access.EDIT else Judgement(Verdict.REFUSE, "--propose", PROPOSE_NOTE)
    if policy.mode is Mode.PLAN:
        return Judgement(Verdict.REFUSE, "plan mode", PLAN_NOTE)
    if plan.access is Access.EDIT:
        return _judge_edit(plan, policy)
    if plan.access is Access.COMMAND:
        return _judge_command(plan, policy)
    return ASK


def _judge_edit(plan: Plan, policy: Policy) -> Judgement:
    """A patch passes unasked only when every hunk is exact and nothing about it needs a look."""
    if plan.reasons or not isinstance(plan.view, DiffView) or not plan.view.patch.exact:
        return ASK
    if policy.mode is Mode.ACCEPT_EDITS:
        return Judgement(Verdict.ALLOW, "mode accept edits")
    if "edit" in policy.allow:
        return Judgement(Verdict.ALLOW, "--allow edit")
    return ASK


def _judge_command(plan: Plan, policy: Policy) -> Judgement:
    """Refusing rules beat asking, asking beats allowing; every simple command must be allowed."""
    parsed = plan.view.parsed if isinstance(plan.view, CommandView) else None
    refusing = [rule for rule in policy.rules if rule.verdict is Verdict.REFUSE]
    for command in parsed or ():
        for rule in refusing:
            if _begins(command, rule):
                return Judgement(Verdict.REFUSE, rule.describe(), f"A rule forbids this: {rule.describe()}")
    if "shell" in policy.allow and (parsed or not refusing):
        # What cannot be read may hold what a rule forbids: then the flag does not decide.
        return Judgement(Verdict.ALLOW, "--allow shell")
    if not parsed or plan.reasons or _dangers(plan):
        return ASK
    allowing = [_allowing(command, policy.rules) for command in parsed]
    if all(allowing):
        return Judgement(Verdict.ALLOW, "; ".join(sorted({rule.describe() for rule in allowing if rule})))
    return ASK


def _allowing(command: SimpleCommand, rules: Sequence[Rule]) -> Rule | None:
    """The rule that allows `command`, unless another asks for it."""
    matching = [rule for rule in rules if _begins(command, rule)]
    if any(rule.verdict is not Verdict.ALLOW for rule in matching):
        return None
    return matching[0] if matching else None


def _dangers(plan: Plan) -> tuple[str, ...]:
    """What is destructive about the commands of `plan`: `sort -o x` is, though a rule for `sort` was kept."""
    return plan.view.dangers if isinstance(plan.view, CommandView) else ()


def _begins(command: SimpleCommand, rule: Rule) -> bool:
    return bool(rule.words) and command.words[: len(rule.words)] == rule.words


def request_for(plan: Plan, *, id: str, session: str, turn: str, rule: tuple[str, ...] = ()) -> Request:
    """The request that shows `plan` to a person. `rule` holds the words a kept rule would have."""
    inexact = isinstance(plan.view, DiffView) and not plan.view.patch.exact
    choices = [Choice.ALLOW]
    if isinstance(plan.view, DiffView):
        choices.insert(0, Choice.REVIEW)
    if rule:
        choices += [Choice.SESSION, Choice.PROJECT]
    return Request(
        id=id,
        session=session,
        turn=turn,
        call_ids=tuple(call.call_id for call in plan.calls if call.call_id not in plan.failures),
        tool=plan.calls[0].tool,
        title=plan.title,
        view=plan.view,
        choices=(*choices, Choice.REFUSE),
        reasons=(*plan.reasons, *plan.remarks),
        needs_focus=bool(_dangers(plan) or inexact or plan.reasons),
        rule=rule,
    )


def request_to_place(repair: Repair, *, id: str, session: str, turn: str) -> Request:
    """The request where a hunk goes that matches nowhere. Nothing is written by its answer."""
    return Request(
        id=id,
        session=session,
        turn=turn,
        call_ids=(repair.call_id,),
        tool="repair",
        title=repair.title,
        view=RepairView(repair),
        choices=(Choice.REVIEW, Choice.REFUSE),
        needs_focus=True,
    )


def as_decision(judgement: Judgement) -> Decision:
    """The decision of a judgement that needed no person."""
    if judgement.verdict is Verdict.ALLOW:
        return Decision(Verdict.ALLOW, by=judgement.by)
    return Decision(Verdict.REFUSE, note=judgement.note, by=judgement.by)
