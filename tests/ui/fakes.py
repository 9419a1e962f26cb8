"""A conversation and an assistant under the test's hand, with the shape the screen relies on."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tui_assist.agent.proposals import Proposals
from tui_assist.config.settings import Config, Effort, Kind, ProviderSettings
from tui_assist.errors import UserError
from tui_assist.events import Event, TurnFinished, TurnStarted
from tui_assist.journal import Journal
from tui_assist.ui.contract import Conversation
from tui_assist.values.asking import (
    Approver,
    Choice,
    CommandView,
    Decision,
    DiffView,
    Mode,
    Request,
)
from tui_assist.values.calls import ToolSet
from tui_assist.values.content import Prompt
from tui_assist.values.patch import FileChange, Hunk, HunkLine, Patch
from tui_assist.values.step import Response, Source, Usage
from tui_assist.workspace import Workspace


@dataclass
class FakeModel:
    provider: str = "openai"
    name: str = "gpt-5.2"
    context_window: int | None = 400_000

    async def respond(self, source: Source, emit: Callable[[Event], None]) -> Response:
        raise NotImplementedError

    async def close(self) -> None: ...


@dataclass
class FakeConversation:
    """Runs nothing: the test starts and ends turns, and asks through the approver."""

    approver: Approver
    workspace: Workspace
    id: str = "s1"
    title: str = ""
    model: FakeModel = field(default_factory=FakeModel)
    mode: Mode = Mode.ASK
    busy: bool = False
    queue: list[Prompt] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    effort: Effort | None = None
    draft: str = ""
    tools: ToolSet = ()
    sent: list[Prompt] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    past: list[Event] = field(default_factory=list)
    cancelled: int = 0
    closed: bool = False
    listeners: list[Callable[[Event], None]] = field(default_factory=list)
    asking: list["asyncio.Task[Decision]"] = field(default_factory=list)

    def listen(self, emit: Callable[[Event], None]) -> Callable[[], None]:
        self.listeners.append(emit)
        return lambda: self.listeners.remove(emit)

    def history(self) -> list[Event]:
        return self.past

    def emit(self, event: Event) -> None:
        for listener in tuple(self.listeners):
            listener(event)

    def send(self, prompt: Prompt) -> None:
        if self.busy:
            self.queue.append(prompt)
            return
        self.busy = True
        self.sent.append(prompt)
        self.emit(TurnStarted(self.id, f"t{len(self.sent)}", prompt))

    def finish(self) -> None:
        self.busy = False
        self.emit(TurnFinished(self.id, f"t{len(self.sent)}", "completed"))
        if self.queue:
            self.send(self.queue.pop(0))

    def ask(self, request: Request) -> "asyncio.Task[Decision]":
        async def wait() -> Decision:
            return await self.approver(request)

        task = asyncio.create_task(wait())
        self.asking.append(task)
        return task

    async def aside(self, question: str) -> str:
        return f"asked: {question}"

    async def cancel(self) -> None:
        self.cancelled += 1
        for task in self.asking:
            task.cancel()
        if self.busy:
            self.busy = False
            self.emit(TurnFinished(self.id, f"t{len(self.sent)}", "interrupted"))

    def tell_model(self, text: str) -> None:
        self.told.append(text)

    def keep_draft(self, text: str) -> None:
        self.draft = text

    async def use_model(self, name: str) -> None:
        self.model = FakeModel(self.model.provider, name)

    def use_effort(self, effort: Effort | None) -> None:
        self.effort = effort

    def context(self) -> list[tuple[str, str]]:
        return [("instructions", "3.1 kB")]

    async def close(self) -> None:
        await self.cancel()
        self.closed = True


@dataclass(frozen=True)
class FakeSession:
    id: str
    title: str
    at: float = 0.0
    turns: int = 1


@dataclass(frozen=True)
class FakeModelInfo:
    name: str
    context_window: int | None = None


@dataclass(frozen=True)
class FakeServer:
    name: str
    url: str
    model: str
    kind: Kind = "llamacpp"


@dataclass(frozen=True)
class FakePlaces:
    state: Path


@dataclass
class FakeAssistant:
    folder: Path
    provider: str = "openai"
    config: Config = field(default_factory=Config)
    offer: tuple[tuple[str, int], ...] = ()
    servers: tuple[FakeServer, ...] = ()
    kept: tuple[FakeSession, ...] = ()
    fails: str = ""
    draft: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    chosen: list[ProviderSettings] = field(default_factory=list)
    trusted: bool | None = None
    practising: bool = False
    opened: list[FakeConversation] = field(default_factory=list)
    resumed: list[str | None] = field(default_factory=list)
    closed: bool = False
    providers: dict[str, ProviderSettings] = field(default_factory=dict)

    @property
    def places(self) -> "FakePlaces":
        return FakePlaces(self.folder / ".state")

    def newest_session(self) -> str:
        if not self.kept:
            raise UserError("this folder has no session yet")
        return self.kept[0].id

    def __post_init__(self) -> None:
        self.workspace = Workspace((self.folder,))
        self.proposals = Proposals(self.workspace, Journal(self.places.state, self.workspace))

    async def open(
        self, approver: Approver, *, resume: str | None = None, provider: str = "", model: str = ""
    ) -> Conversation:
        if self.fails:
            raise UserError(self.fails)
        conversation = FakeConversation(
            approver, self.workspace, f"s{len(self.opened) + 1}", draft=self.draft
        )
        if provider:
            conversation.model = FakeModel(provider)
        self.opened.append(conversation)
        self.resumed.append(resume)
        return conversation

    def sessions(self) -> Sequence[FakeSession]:
        return self.kept

    async def models(self, provider: str = "") -> Sequence[FakeModelInfo]:
        return [FakeModelInfo("gpt-5.2", 400_000), FakeModelInfo("gpt-5.2-mini")]

    async def local_servers(self) -> Sequence[FakeServer]:
        return self.servers

    def keep_key(self, provider: str, key: str) -> str:
        self.keys[provider] = key
        return "the keyring"

    def choose(self, provider: ProviderSettings) -> None:
        self.chosen.append(provider)
        self.provider = provider.name

    async def start_practice(self) -> None:
        self.practising = True
        self.provider = "practice"

    def trust(self, yes: bool) -> None:
        self.trusted = yes
        self.offer = ()

    async def close(self) -> None:
        self.closed = True


def command_request(
    id: str = "r1",
    *commands: str,
    needs_focus: bool = False,
    rule: tuple[str, ...] = (),
    dangers: tuple[str, ...] = (),
) -> Request:
    words = commands or ("pytest -q",)
    choices = (Choice.ALLOW, *((Choice.SESSION, Choice.PROJECT) if rule else ()), Choice.REFUSE)
    view = CommandView(words, "/src/calc", 120.0, 16_000, dangers=dangers)
    title = "; ".join(words)
    return Request(id, "s1", "t1", (f"c-{id}",), "shell", title, view, choices, (), needs_focus, rule)


def patch_request(id: str = "r1", *, needs_focus: bool = False) -> Request:
    lines = (HunkLine("-", b"a\n"), HunkLine("+", b"b\n"))
    hunk = Hunk("f1h1", 1, 1, lines)
    change = FileChange("f1", "update", "calc.py", b"a\n", b"b\n", "", (hunk,))
    view = DiffView(Patch("p1", (change,)))
    choices = (Choice.REVIEW, Choice.ALLOW, Choice.REFUSE)
    return Request(
        id, "s1", "t1", (f"c-{id}",), "apply_patch", "1 file, 1 hunk", view, choices, (), needs_focus
    )
