"""The calls of one response: planned, asked, run, answered, every one on every path.

Knows no tool by name and decides nothing itself: `approval` judges, the approver answers.
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from tui_assist import approval
from tui_assist.errors import StalePlan, ToolError
from tui_assist.events import Asked, CallFinished, CallOutput, CallPlanned, CallRunning, Decided, Event
from tui_assist.session import Session, answer, unanswered
from tui_assist.shell.danger import rule_words
from tui_assist.tools.calls import why_not
from tui_assist.values.asking import Approver, CommandView, Decision, Request, Rule, TextView, Verdict
from tui_assist.values.calls import Access, Call, Outcome, Plan, Status, Tool, ToolSet
from tui_assist.values.content import Text
from tui_assist.values.patch import Placed

NOBODY = "nobody to ask"
"""`Decision.by` of a refusal that only happened because nobody could be asked."""

MOVED_ON = "the files changed since it was shown; this is the patch on what they are now"

REPLANS = 5  # a file that changes each time it is shown ends as a failure, not as an endless question
LIVE_TAIL = 4_000  # characters of a running call's output the model gets when it is cancelled


@dataclass(slots=True)
class _Group:
    """Calls that are planned, asked and run as one."""

    tool: Tool
    calls: tuple[Call, ...]
    plan: Plan | None = None
    decision: "asyncio.Task[Decision] | None" = None


@dataclass(slots=True)
class CallRunner:
    """Answers the calls of one response in `session`."""

    session: Session
    turn: str
    tools: ToolSet
    approver: Approver
    policy: Callable[[], approval.Policy]
    keep_rule: Callable[[Rule], None]
    emit: Callable[[Event], None]
    new_id: Callable[[], str]
    needed_asking: bool = False
    seen: list[str] = field(default_factory=list)  # each call with its result, for the loop guard
    _live: dict[str, str] = field(default_factory=dict)  # by call id, what a call said since it began

    async def run(self, calls: Sequence[Call]) -> None:
        """Plans all, asks for all at once, runs in order. When it returns, every call is answered.

        Where a hunk goes that matches nowhere is asked before: without it there is no plan.
        Cancelled, it answers what is open as cancelled and passes the cancellation on.
        """
        groups: list[_Group] = []
        self._live.clear()
        try:
            groups = self._groups(calls)
            for group in groups:
                await self._plan(group)
            for group in groups:
                if group.plan is not None:
                    group.decision = asyncio.create_task(self._decide(group.plan))
            for group in groups:
                if group.plan is not None:
                    await self._carry_out(group, group.plan)
        except asyncio.CancelledError:
            self._answer_open(calls, _cancelled)
            raise
        except Exception:  # a bug, reported further up; no call stays open for it
            self._answer_open(calls, _broken)
            raise
        finally:
            for group in groups:
                if group.decision is not None:
                    group.decision.cancel()

    def finish(self, call: Call, outcome: Outcome) -> None:
        """Answers one call, once."""
        self.session.add_item(answer(call.item, outcome))
        self.seen.append(json.dumps([call.tool, call.arguments, str(outcome.content)], default=str))
        self.emit(CallFinished(self.session.id, self.turn, call.call_id, call.tool, outcome))

    def repeats(self) -> bool:
        """Whether the last three calls were the same call with the same result."""
        return len(self.seen) >= 3 and len(set(self.seen[-3:])) == 1

    def _groups(self, calls: Sequence[Call]) -> list[_Group]:
        """One group a call, except that a tool which plans together gets all of its calls at once."""
        tools = {tool.spec.name: tool for tool in self.tools}
        groups: dict[str | int, _Group] = {}
        for number, call in enumerate(calls):
            tool = tools.get(call.tool)
            if tool is None:
                self.finish(call, _failed(_no_such_tool(call, sorted(tools))))
                continue
            key = call.tool if tool.together else number
            before = groups[key].calls if key in groups else ()
            groups[key] = _Group(tool, (*before, call))
        return list(groups.values())

    async def _plan(self, group: _Group) -> None:
        """Plans a group; calls that cannot be planned are answered here."""
        try:
            plan = await self._placed(group)
        except ToolError as error:
            self._show_unplanned(group, str(error))
            group.plan = None
            return
        if len(group.calls) == len(plan.failures) == 1:
            self._show_unplanned(group, plan.failures[group.calls[0].call_id])
            group.plan = None
            return
        for call in group.calls:
            if call.call_id in plan.failures:
                self.finish(call, _failed(plan.failures[call.call_id]))
        group.calls = tuple(call for call in group.calls if call.call_id not in plan.failures)
        group.plan = plan if group.calls else None
        if group.plan is not None:
            self.emit(
                CallPlanned(self.session.id, self.turn, _ids(group), _name(group), plan.title, plan.view)
            )

    async def _placed(self, group: _Group) -> Plan:
        """The plan of a group, once the person was asked about hunks of it that match nowhere.

        No event tells of it: the plan says which hunks were placed, and where nobody is asked it is as if
        nothing could be mended.
        """
        told: set[str] = set()  # calls whose mismatch the model is told
        while True:
            plan = await group.tool.plan(group.calls)
            for repair in (one for call_id, one in plan.repairs.items() if call_id not in told):
                request = approval.request_to_place(
                    repair, id=self.new_id(), session=self.session.id, turn=self.turn
                )
                decision = await self.approver(request)
                choice = decision.choice
                if decision.verdict is Verdict.ALLOW and choice is not None:
                    placed = Placed(repair.operation, repair.hunk, repair.candidates[choice])
                    group.calls = tuple(
                        replace(call, placed=(*call.placed, placed))
                        if call.call_id == repair.call_id
                        else call
                        for call in group.calls
                    )
                    break
                told.add(repair.call_id)
            else:
                return plan

    def _show_unplanned(self, group: _Group, reason: str) -> None:
        title = f"{_name(group)} cannot run"
        view = TextView(reason)
        self.emit(CallPlanned(self.session.id, self.turn, _ids(group), _name(group), title, view))
        for call in group.calls:
            self.finish(call, _failed(reason))

    async def _decide(self, plan: Plan) -> Decision:
        judgement = approval.judge(plan, self.policy())
        if judgement.verdict is not Verdict.ASK:
            return approval.as_decision(judgement)
        words = rule_words(plan.view.parsed) if isinstance(plan.view, CommandView) else ()
        request = approval.request_for(
            plan, id=self.new_id(), session=self.session.id, turn=self.turn, rule=words
        )
        return await self.ask(request)

    async def ask(self, request: Request) -> Decision:
        """The approver's answer to `request`, with both shown as they happen."""
        self.emit(Asked(self.session.id, self.turn, request))
        decision = await self.approver(request)
        self.needed_asking |= decision.by == NOBODY
        self.emit(Decided(self.session.id, self.turn, request.id, request.call_ids, decision))
        return decision

    async def _carry_out(self, group: _Group, plan: Plan) -> None:
        """Does what was planned, as decided; plans and asks again when the world moved on."""
        assert group.decision is not None
        decision = await group.decision
        for _ in range(REPLANS):
            if decision.rule is not None:
                self.keep_rule(decision.rule)
            if decision.verdict is Verdict.REFUSE:
                self._finish_all(group.calls, _refused(decision))
                return
            try:
                await self._run(group, plan, decision)
                return
            except StalePlan:
                self._live.clear()
                await self._plan(group)
                if group.plan is None:
                    return
                # Shown once as something else: no mode and no quick key lets it through now.
                plan = replace(group.plan, reasons=(MOVED_ON, *group.plan.reasons))
                decision = await self._decide(plan)
            except ToolError as error:
                self._finish_all(group.calls, _failed(str(error)))
                return
        self._finish_all(group.calls, _failed("the files kept changing; read them again"))

    async def _run(self, group: _Group, plan: Plan, decision: Decision) -> None:
        call_id = group.calls[0].call_id

        def report(text: str, stream: Literal["stdout", "stderr"]) -> None:
            self._live[call_id] = (self._live.get(call_id, "") + text)[-LIVE_TAIL:]
            self.emit(CallOutput(self.session.id, self.turn, call_id, text, stream))

        if plan.access is not Access.READ:
            self._live[call_id] = ""  # from here on something may have been done
            self.emit(CallRunning(self.session.id, self.turn, _ids(group)))
        started = time.monotonic()
        outcomes = await group.tool.run(plan, decision, report)
        elapsed = time.monotonic() - started
        for call in group.calls:
            self.finish(call, _timed(outcomes[call.call_id], elapsed))

    def _finish_all(self, calls: Sequence[Call], outcome: Outcome) -> None:
        for call in calls:
            self.finish(call, outcome)

    def _answer_open(self, calls: Sequence[Call], outcome: Callable[[str | None], Outcome]) -> None:
        """Answers every call that has none yet by what it said while it ran, None if it never did."""
        waiting = unanswered(self.session.items())
        for call in calls:
            if call.item in waiting:
                self.finish(call, outcome(self._live.get(call.call_id)))


def not_run(reason: str) -> Outcome:
    """The outcome of a call whose response did not complete."""
    return Outcome(Status.NOT_RUN, (Text(f"not run: {reason}"),), summary="not run")


def _failed(reason: str) -> Outcome:
    return Outcome(Status.FAILED, (Text(reason),), summary="failed", view=TextView(reason))


def _refused(decision: Decision) -> Outcome:
    said = "Refused by the person." if decision.by == "person" else f"Refused ({decision.by})."
    text = f"{said} {decision.note}".strip()
    return Outcome(Status.REFUSED, (Text(text),), summary="refused", view=TextView(text))


def _cancelled(live: str | None) -> Outcome:
    if live is None:
        text = "cancelled by the person before it ran; nothing was done"
    else:
        said = f"Its last output:\n{live}" if live else "It had printed nothing."
        text = f"cancelled by the person while it ran, and ended; it may be done in part. {said}"
    return Outcome(Status.CANCELLED, (Text(text),), summary="cancelled", view=TextView(text))


def _broken(live: str | None) -> Outcome:
    text = (
        "not run: tui-assist failed" if live is None else "tui-assist failed while it ran; look what is done"
    )
    return Outcome(Status.FAILED, (Text(text),), summary="failed", view=TextView(text))


def _timed(outcome: Outcome, elapsed_s: float) -> Outcome:
    return outcome if outcome.elapsed_s is not None else replace(outcome, elapsed_s=elapsed_s)


def _no_such_tool(call: Call, known: Sequence[str]) -> str:
    return why_not(call) or f"there is no tool {call.tool!r} here; use one of: {', '.join(known)}"


def _ids(group: _Group) -> tuple[str, ...]:
    return tuple(call.call_id for call in group.calls)


def _name(group: _Group) -> str:
    return group.tool.spec.name
