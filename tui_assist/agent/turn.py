"""The loop: one turn from a prompt until control returns. Model, tools and approver are arguments.

Owns the order of things; knows no screen, no file and no wire.
"""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tui_assist.agent.calls import CallRunner, not_run
from tui_assist.agent.recorder import Recorder
from tui_assist.approval import Policy
from tui_assist.errors import Fault, ModelError, UserError
from tui_assist.events import Event, StepFinished, StepStarted, TurnFinished, TurnStarted
from tui_assist.session import Session, unanswered
from tui_assist.session.answers import encodable
from tui_assist.tools.calls import parse_call
from tui_assist.values.asking import Approver, Choice, Decision, Request, Rule, TextView, Verdict
from tui_assist.values.calls import Call, ToolSet
from tui_assist.values.content import Prompt
from tui_assist.values.step import Create, Model, Response

CONTINUE = (Choice.ALLOW, Choice.REFUSE)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a turn runs with."""

    model: Model
    tools: ToolSet
    approver: Approver
    instructions: str
    policy: Callable[[], Policy]  # asked at each call: the person may change the mode meanwhile
    keep_rule: Callable[[Rule], None]
    clock: Callable[[], float]
    step_limit: int


async def run_turn(
    session: Session, turn: str, prompt: Prompt, setting: Setting, emit: Callable[[Event], None]
) -> TurnFinished:
    """Runs one turn to its end and returns its last event, which was emitted too.

    Cancelling is an ordinary path: what was said is kept, every call is answered, `TurnFinished` is
    emitted, then the cancellation goes on. The session can be replayed after every ending.
    """
    recorder = Recorder(session, setting.model, emit, setting.clock)
    steps = _Steps(session, turn, setting, recorder)
    recorder.emit(TurnStarted(session.id, turn, prompt))
    try:
        finished = await steps.run()
    except asyncio.CancelledError:
        steps.close("the person interrupted the response")
        recorder.emit(TurnFinished(session.id, turn, "interrupted", "interrupted"))
        raise
    except UserError as error:
        steps.close("the response was cut")
        fault = error.fault if isinstance(error, ModelError) else None
        finished = TurnFinished(session.id, turn, "failed", str(error), fault)
    recorder.emit(finished)
    return finished


@dataclass(slots=True)
class _Steps:
    """The steps of one turn."""

    session: Session
    turn: str
    setting: Setting
    recorder: Recorder
    runner: CallRunner = field(init=False)
    _asked: int = 0

    def __post_init__(self) -> None:
        self.runner = CallRunner(
            session=self.session,
            turn=self.turn,
            tools=self.setting.tools,
            approver=self.setting.approver,
            policy=self.setting.policy,
            keep_rule=self.setting.keep_rule,
            emit=self.recorder.emit,
            new_id=self._new_id,
        )

    async def run(self) -> TurnFinished:
        for number in itertools.count(1):
            if number > 1 and (number - 1) % self.setting.step_limit == 0 and not await self._go_on(number):
                return self._finished("completed", f"stopped after {number - 1} steps, as you chose")
            self.recorder.emit(StepStarted(self.session.id, self.turn, number))
            response = await self._respond()
            self.recorder.settle(response)
            self.recorder.emit(
                StepFinished(
                    self.session.id,
                    self.turn,
                    response.status,
                    response.usage,
                    response.model,
                    response.reason,
                )
            )
            calls = [call for item in response.items if (call := parse_call(item)) is not None]
            if response.status != "completed":
                return self._unfinished(response, calls)
            if not calls:
                return self._finished("completed")
            await self.runner.run(calls)
            if self.runner.repeats() and not await self._go_on_repeating():
                return self._finished("completed", "stopped: the same call gave the same result three times")
        raise AssertionError("a turn ends inside its loop")

    def close(self, reason: str) -> None:
        """Leaves a session that can be replayed: keeps the text so far, answers what is open."""
        self.recorder.keep_partial()
        for item in unanswered(self.session.items()):
            call = parse_call(item)
            if call is not None:
                self.runner.finish(call, not_run(reason))

    async def _respond(self) -> Response:
        """One response; when the conversation does not fit, with the older turns left out if so chosen."""
        while True:
            try:
                return await self.setting.model.respond(self._source(), self.recorder.emit)
            except ModelError as error:
                if error.fault is not Fault.OVERFLOW or not await self._make_room(error):
                    raise
                self.recorder.begin_step()

    def _source(self) -> Create:
        conversation = self.session.conversation()
        return Create(
            session=self.session.id,
            turn=self.turn,
            items=tuple(encodable(item) for item, _ in conversation),
            origins=tuple(origin for _, origin in conversation),
            instructions=self.setting.instructions,
            tools=tuple(tool.spec for tool in self.setting.tools),
        )

    async def _make_room(self, error: ModelError) -> bool:
        question = (
            f"{error}\n\nLeave the older half of the turns out of what is sent? "
            "They stay in the session and on the screen."
        )
        decision = await self._ask("the conversation no longer fits the model", question)
        return decision.verdict is Verdict.ALLOW and self.session.leave_out_oldest()

    async def _go_on(self, number: int) -> bool:
        decision = await self._ask(
            f"{number - 1} steps in this turn: go on?", "The model has not finished. Let it go on?"
        )
        return decision.verdict is Verdict.ALLOW

    async def _go_on_repeating(self) -> bool:
        decision = await self._ask(
            "the same call three times: go on?",
            "The model made the same call three times and got the same result. Let it go on?",
        )
        self.runner.seen.clear()
        return decision.verdict is Verdict.ALLOW

    async def _ask(self, title: str, text: str) -> Decision:
        request = Request(
            self._new_id(), self.session.id, self.turn, (), "turn", title, TextView(text), CONTINUE
        )
        return await self.runner.ask(request)

    def _unfinished(self, response: Response, calls: list[Call]) -> TurnFinished:
        """Answers the finished calls of a response that did not complete: none of them runs."""
        for call in calls:
            self.runner.finish(call, not_run(f"the response was {response.status}"))
        if response.status == "incomplete":
            reason = f"the answer is incomplete ({response.reason}); write “continue” to go on"
            return self._finished("failed", reason)
        return self._finished("failed", response.reason or f"the response was {response.status}")

    def _finished(self, status: Literal["completed", "failed"], reason: str = "") -> TurnFinished:
        return TurnFinished(
            self.session.id, self.turn, status, reason, needed_asking=self.runner.needed_asking
        )

    def _new_id(self) -> str:
        self._asked += 1
        return f"{self.turn}-{self._asked}"
