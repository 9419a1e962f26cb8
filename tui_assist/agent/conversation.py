"""One session with its model, tools, mode and queue: what a face holds on to.

A turn belongs here, not to a pane: it goes on whoever watches. Shows nothing itself.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from tui_assist.agent.discreet import Configurable
from tui_assist.agent.origin import Origin
from tui_assist.agent.recorder import incomplete_message, unfinished_text
from tui_assist.agent.replay import last_usage, message_text, replay
from tui_assist.agent.turn import Setting, run_turn
from tui_assist.approval import Policy
from tui_assist.config.settings import Effort, RequestSettings
from tui_assist.errors import UserError
from tui_assist.events import Event, Notice, StepFinished, TurnFinished
from tui_assist.instructions import Instructions
from tui_assist.session import answer, unanswered
from tui_assist.session.answers import encodable, user_message
from tui_assist.store import KeptRules, StoredSession
from tui_assist.values.asking import Approver, Mode, Rule, Verdict
from tui_assist.values.calls import Outcome, Status, ToolSet
from tui_assist.values.content import Prompt, Text, text_of
from tui_assist.values.step import Create, Model
from tui_assist.workspace import Workspace

log = logging.getLogger(__name__)

UNDECIDED = "not run yet: the person is deciding about it"
INTERRUPTED = "interrupted; it may have run"
TITLE = 60  # characters


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a conversation works with. `connect` makes the model of a name, with its request settings."""

    workspace: Workspace
    tools: ToolSet
    origin: Origin
    instructions: Instructions
    rules: KeptRules
    connect: Callable[[str, RequestSettings], Awaitable[Configurable]]
    request: RequestSettings
    step_limit: int
    allow: frozenset[str] = frozenset()
    propose: bool = False


class Conversation:
    """One session, live. Everything that belongs to it is here; two of them share only the workspace."""

    def __init__(
        self,
        stored: StoredSession,
        model: Configurable,
        equipment: Equipment,
        approver: Approver,
        mode: Mode,
    ) -> None:
        self._stored = stored
        self._session = stored.session
        self._equipment = equipment
        self._approver = approver
        self._listeners: list[Callable[[Event], None]] = []
        self._turn: asyncio.Task[None] | None = None
        self._rules: tuple[Rule, ...] = equipment.rules.load()
        self._request = equipment.request
        self._former: list[Model] = []  # a running turn may still speak to one
        self.model = model
        self.mode = mode
        self.workspace = equipment.workspace
        self.tools: ToolSet = equipment.tools  # a turn takes those that stand here when it starts
        self.queue: list[Prompt] = []
        self.usage = last_usage(self._session)
        self._repair()

    @property
    def id(self) -> str:
        return self._session.id

    @property
    def title(self) -> str:
        kept = self._session.newest("title")
        return str(kept["text"]) if kept else ""

    @property
    def draft(self) -> str:
        kept = self._session.newest("draft")
        return str(kept["text"]) if kept else ""

    @property
    def notices(self) -> tuple[str, ...]:
        """What the person should know of how it was opened: repairs, tools that could not be loaded."""
        return self._stored.notices

    @property
    def busy(self) -> bool:
        return self._turn is not None

    @property
    def effort(self) -> Effort | None:
        return self._request.effort

    def listen(self, emit: Callable[[Event], None]) -> Callable[[], None]:
        """Every event from now on goes to `emit`; call the result to stop."""
        self._listeners.append(emit)
        return lambda: self._listeners.remove(emit)

    def history(self) -> list[Event]:
        """What happened so far, as the events it happened with, for a face that comes late."""
        return [*replay(self._session), *(Notice(self.id, "", text) for text in self.notices)]

    def send(self, prompt: Prompt) -> None:
        """Starts a turn; while one runs, the prompt waits for its end."""
        if self.busy:
            self.queue.append(prompt)
            return
        if not self.title:
            first = next((line for line in text_of(prompt).splitlines() if line.strip()), "")
            self._session.add_fact("title", {"text": first.strip()[:TITLE]})
        self._turn = asyncio.create_task(self._run(prompt))
        self._turn.add_done_callback(self._ended)

    def tell_model(self, text: str) -> None:
        """Something the person did themselves; it goes with the next prompt. Between turns only."""
        content = [{"type": "input_text", "text": text}]
        self._session.add_item({"type": "message", "role": "developer", "content": content})

    async def cancel(self) -> None:
        """Interrupts the running turn and waits until it ended. What is queued is kept, not sent."""
        await asyncio.sleep(0)  # a turn that was sent just now has to begin, or it could not end
        turn = self._turn
        if turn is not None:
            turn.cancel()
            await asyncio.wait([turn])

    async def wait(self) -> None:
        """Until no turn runs and nothing is queued."""
        while self._turn is not None:
            await asyncio.wait([self._turn])

    def keep_draft(self, text: str) -> None:
        """Stores what stands in the composer, so that it survives anything."""
        if text != self.draft:
            self._session.add_fact("draft", {"text": text})

    async def aside(self, question: str) -> str:
        """The model's answer to `question` about the conversation so far. Nothing of it is recorded.

        Raises ModelError when the model cannot be asked, UserError when it gives no whole answer.
        """
        conversation = self._session.conversation()
        items = [encodable(item) for item, _ in conversation]
        origins = [origin for _, origin in conversation]
        asked = [answer(item, Outcome(Status.NOT_RUN, (Text(UNDECIDED),))) for item in unanswered(items)]
        asked.append(user_message((Text(question),)))
        response = await self.model.respond(
            Create(
                session=self.id,
                turn="",
                items=(*items, *asked),
                origins=(*origins, *("" for _ in asked)),
                instructions=self._equipment.instructions.text,
                tools=(),
            ),
            lambda event: None,
        )
        messages = (message_text(item) for item in response.items if item.get("type") == "message")
        said = "\n\n".join(filter(None, messages))
        if response.status != "completed" or not said:
            raise UserError(f"no answer: the response was {response.status}; ask again")
        return said

    async def use_model(self, name: str) -> None:
        """The next turn asks model `name` of the same provider. Raises UserError when it cannot be used."""
        old, self.model = self.model, await self._equipment.connect(name, self._request)
        self._former.append(old)
        if not self.busy:
            await self._close_former()

    async def _close_former(self) -> None:
        while self._former:
            await self._former.pop().close()

    def use_effort(self, effort: Effort | None) -> None:
        """The next step thinks as hard as `effort` says. What the client learnt of its server stays."""
        self._request = replace(self._request, effort=effort)
        self.model.configure(self._request)

    def context(self) -> list[tuple[str, str]]:
        """What a request is made of, for `/context`: name and size."""
        rows = [(name, f"{size / 1000:.1f} kB") for name, size in self._equipment.instructions.parts]
        tools = ", ".join(tool.spec.name for tool in self.tools)
        items = self._session.items()
        size = sum(len(str(item)) for item in items)
        rows.append(("tools", tools))
        rows.append(("conversation", f"{len(items)} items, {size / 1000:.1f} kB"))
        window = self.model.context_window
        used = "unknown" if self.usage.input is None else f"{self.usage.input:,} tokens"
        of = "of an unknown window" if window is None else f"of {window:,} tokens"
        rows.append(("last request", f"{used} {of}"))
        return rows

    async def close(self) -> None:
        """Interrupts what runs and lets go of files, tools and connections."""
        self.queue.clear()
        await self.cancel()
        for tool in self.tools:
            await tool.close()
        await self._close_former()
        await self.model.close()
        self._stored.close()

    async def _run(self, prompt: Prompt) -> None:
        turn = f"t{sum(line.name == 'turn' for line in self._session.path()) + 1}"
        self._equipment.origin.begin(turn, text_of(prompt), f"{self.model.provider}/{self.model.name}")
        try:
            await run_turn(self._session, turn, prompt, self._setting(), self._emit)
        except asyncio.CancelledError:
            pass  # the turn has said so itself
        except Exception as error:
            # A bug must not take the session with it: it is shown, logged, and every call answered.
            log.exception("a turn failed")
            self._repair()
            reason = f"internal error: {type(error).__name__}: {error}; the session is intact"
            self._emit(TurnFinished(self.id, turn, "failed", reason))

    def _ended(self, turn: asyncio.Task[None]) -> None:
        """Whatever a turn ended with: the next one can begin."""
        self._turn = None
        if trouble := self._stored.sync():
            self._emit(Notice(self.id, "", trouble))
        if self.queue and not turn.cancelling():
            self.send(self.queue.pop(0))

    def _setting(self) -> Setting:
        return Setting(
            model=self.model,
            tools=self.tools,
            approver=self._approver,
            instructions=self._equipment.instructions.text,
            policy=self._policy,
            keep_rule=self._keep_rule,
            clock=time.monotonic,
            step_limit=self._equipment.step_limit,
        )

    def _policy(self) -> Policy:
        return Policy(self.mode, self._rules, self._equipment.allow, self._equipment.propose)

    def _keep_rule(self, rule: Rule) -> None:
        if rule.verdict is not Verdict.ASK and rule not in self._rules:
            self._rules = (*self._rules, rule)
            if rule.scope == "project":
                self._keep_for_project(rule)

    def _keep_for_project(self, rule: Rule) -> None:
        try:
            self._equipment.rules.keep(rule)
        except UserError as error:
            self._emit(Notice(self.id, "", f"this rule holds for this session only: {error}"))

    def _emit(self, event: Event) -> None:
        if isinstance(event, StepFinished):
            self.usage = event.usage
        for listener in tuple(self._listeners):
            listener(event)

    def _repair(self) -> None:
        """After a crash or `kill -9`: keeps text that was streaming, answers calls that were open."""
        for text in unfinished_text(self._session):
            self._session.add_item(incomplete_message(text))
        for item in unanswered(self._session.items()):
            self._session.add_item(answer(item, Outcome(Status.NOT_RUN, (Text(INTERRUPTED),))))
