"""A real assistant on a scripted server, for tests: real tools on real files, a person of few words."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from tests.server import Fault, ScriptedServer, Step, scripted
from tui_assist.agent.assistant import Assistant, Places, Practice
from tui_assist.agent.conversation import Conversation
from tui_assist.config.settings import Config, Kind, ProviderSettings
from tui_assist.events import Event, TurnFinished
from tui_assist.secrets import Secrets
from tui_assist.trust import Trust, discover
from tui_assist.values.asking import Approver, Decision, Request, Verdict
from tui_assist.values.content import Text
from tui_assist.workspace import Workspace

T = TypeVar("T")

ALLOW = Decision(Verdict.ALLOW)
REFUSE = Decision(Verdict.REFUSE, note="not now")


@dataclass
class Person:
    """An approver that remembers what it was asked and answers as told; waits forever when told nothing."""

    decide: Callable[[Request], Decision | None] = lambda request: ALLOW
    asked: list[Request] = field(default_factory=list)

    async def __call__(self, request: Request) -> Decision:
        self.asked.append(request)
        decision = self.decide(request)
        if decision is None:
            await asyncio.Event().wait()
        assert decision is not None
        return decision


async def no_practice() -> Practice:
    raise AssertionError("no practice server in this test")


def assistant_for(
    root: Path, home: Path, base_url: str, token: str, kind: Kind = "openai", **config: object
) -> Assistant:
    """An assistant whose only provider is the server at `base_url`."""
    provider = ProviderSettings(
        "scripted", kind, base_url=base_url, key_variable="SCRIPTED_KEY", model="test-model"
    )
    settings = replace(
        Config(provider="scripted", providers={"scripted": provider}),
        **config,  # type: ignore[arg-type]  # the fields are checked by dataclasses.replace
    )
    return Assistant(
        lambda: settings,
        Workspace([root]),
        Places(home / "state", home / "config"),
        Secrets(home / "keys.json", {"SCRIPTED_KEY": token}, keyring=lambda: None),
        Trust(home / "trust.json", home),
        discover(root, root),
        begin_practice=no_practice,
        remember=lambda provider: None,
    )


@dataclass
class Stage:
    server: ScriptedServer
    assistant: Assistant
    conversation: Conversation
    person: Person
    seen: list[Event]

    async def turn(self, text: str) -> TurnFinished:
        """Sends `text` and waits for the turn's end."""
        self.conversation.send((Text(text),))
        await self.conversation.wait()
        finished = self.seen[-1]
        assert isinstance(finished, TurnFinished), finished
        return finished

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.seen if isinstance(event, kind)]

    async def until(self, happened: Callable[[list[Event]], bool]) -> None:
        """Waits until what was seen satisfies `happened`."""
        async with asyncio.timeout(20):
            while not happened(self.seen):
                await asyncio.sleep(0.005)


@asynccontextmanager
async def staged(
    tmp_path: Path,
    steps: Sequence[Step],
    approver: Approver | None = None,
    *,
    faults: Mapping[int, Fault] | None = None,
    dialect: str = "openai",
    kind: Kind = "openai",
    rate: float = 0.0,
    resume: str | None = None,
    **config: object,
) -> AsyncIterator[Stage]:
    """A conversation in `tmp_path/repo` with a server that plays `steps`."""
    root = tmp_path / "repo"
    root.mkdir(exist_ok=True)
    person = approver if isinstance(approver, Person) else Person()
    async with scripted(steps, dialect=dialect, faults=faults or {}, rate=rate) as server:
        assistant = assistant_for(root, tmp_path / "home", server.base_url, server.token, kind, **config)
        conversation = await assistant.open(approver or person, resume=resume)
        seen: list[Event] = []
        conversation.listen(seen.append)
        try:
            yield Stage(server, assistant, conversation, person, seen)
        finally:
            await conversation.close()
            await assistant.close()
