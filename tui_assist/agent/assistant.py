"""What both faces start from: the configuration, the folder, and a way to open conversations.

Brings the rooms below together for one folder. Shows nothing and asks nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import platform
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui_assist import instructions
from tui_assist.config.settings import Config, ProviderSettings, RequestSettings
from tui_assist.errors import ModelError, UserError
from tui_assist.secrets import Secrets, redact
from tui_assist.shell.output import forget_old
from tui_assist.store import KeptRules, SessionSummary, Store
from tui_assist.trust import Offer, Trust
from tui_assist.values.asking import Approver
from tui_assist.workspace import Workspace

# The loop, the tools, the journal and the client take a tenth of a second to load: after the first frame.
if TYPE_CHECKING:
    from tui_assist.agent.conversation import Conversation, Equipment
    from tui_assist.agent.discreet import Configurable
    from tui_assist.agent.proposals import Proposals
    from tui_assist.journal import Journal
    from tui_assist.model.catalog import FoundServer, ModelInfo
    from tui_assist.model.client import ResponsesModel
    from tui_assist.tools import Functions

PRACTICE = "practice"


@dataclass(frozen=True, slots=True)
class Places:
    """Where a person's own files live."""

    state: Path  # sessions, rules, spill files
    config: Path  # config.toml, tools/, the key file


@dataclass(frozen=True, slots=True)
class Practice:
    """The running practice server."""

    provider: ProviderSettings
    key: str
    close: Callable[[], Awaitable[None]]


class Assistant:
    """One folder, one person's configuration, any number of conversations."""

    def __init__(
        self,
        load_config: Callable[[], Config],
        workspace: Workspace,
        places: Places,
        secrets: Secrets,
        trust: Trust,
        offer: Offer,
        *,
        allow: frozenset[str] = frozenset(),
        propose: bool = False,
        begin_practice: Callable[[], Awaitable[Practice]],
        remember: Callable[[ProviderSettings], None],
    ) -> None:
        """`load_config` is asked again when trust changes what may be read; `remember` keeps a choice.

        `propose`: every patch goes to the approver, and nothing else that changes something is done.
        """
        self._load_config = load_config
        self.config = load_config()
        self.workspace = workspace
        self.places = places
        self.provider = self.config.provider
        self.providers: Mapping[str, ProviderSettings] = self.config.providers
        self._secrets = secrets
        self._trust = trust
        self._offer = offer
        self._allow = allow
        self._propose = propose
        self._begin_practice = begin_practice
        self._remember = remember
        self._practice: Practice | None = None
        self._warming: set[asyncio.Task[None]] = set()
        self._offered_tools: list[tuple[Path, bytes]] | None = None  # as shown, until it is decided
        self._store = Store(places.state, workspace.roots[0])

    @cached_property
    def journal(self) -> Journal:
        """What was written to this folder, to be taken back."""
        from tui_assist.journal import Journal

        return Journal(self.places.state, self.workspace)

    @cached_property
    def proposals(self) -> Proposals:
        """Patches a person asks for themselves: undo, redo, apply."""
        from tui_assist.agent.proposals import Proposals

        return Proposals(self.workspace, self.journal)

    @property
    def offer(self) -> tuple[tuple[str, int], ...]:
        """What wants to be read and nobody decided on yet: names and sizes in bytes. () when settled.

        The folder's guides and settings, and the person's own tool files, each by its exact content.
        """
        folder = self._offer.files if self._trust.remembered(self._offer) is None else ()
        files = tuple((file.name, file.size) for file in folder)
        if self._offered_tools is None:
            self._offered_tools = self._new_tool_files()
        return files + tuple((str(path), len(content)) for path, content in self._offered_tools)

    def trust(self, yes: bool) -> None:
        """Remembers the person's decision about exactly what was on offer, whatever the files hold by now."""
        for path, content in self._offered_tools or ():
            self._trust.decide_file(path, hashlib.sha256(content).hexdigest(), yes)
        if self._trust.remembered(self._offer) is None:
            self._trust.decide(self._offer, yes)
        self._offered_tools = None
        self.config = self._load_config()

    def _new_tool_files(self) -> list[tuple[Path, bytes]]:
        if not self._functions_dir.is_dir():
            return []
        files = [(path, path.read_bytes()) for path in self._functions("").untrusted]
        return [
            (path, content)
            for path, content in files
            if self._trust.is_trusted_file(path, hashlib.sha256(content).hexdigest()) is None
        ]

    def keep_key(self, provider: str, key: str) -> str:
        """Keeps a key and says where, in words."""
        return self._secrets.keep(provider, key)

    def choose(self, provider: ProviderSettings) -> None:
        """Uses `provider` from now on, also in later runs."""
        self.providers = {**self.providers, provider.name: provider}
        self.provider = provider.name
        self._remember(provider)

    async def start_practice(self) -> None:
        """Starts the offline model and uses it, in this run only."""
        if self._practice is None:
            self._practice = await self._begin_practice()
        practice = self._practice
        self.providers = {**self.providers, practice.provider.name: practice.provider}
        self.provider = practice.provider.name

    async def local_servers(self) -> tuple[FoundServer, ...]:
        """Servers that answer on the usual loopback ports."""
        from tui_assist.model.catalog import probe_local

        return await probe_local()

    async def models(self, provider: str = "") -> tuple[ModelInfo, ...]:
        """What the provider lists. Raises ModelError when it cannot be asked."""
        settings = self._settings(provider)
        return await self._list(settings, await self._key(settings))

    def sessions(self) -> list[SessionSummary]:
        """The sessions of this folder, newest first."""
        return self._store.summaries()

    def newest_session(self) -> str:
        """The session `--continue` goes on with. Raises UserError when there is none."""
        return self._store.newest()

    async def open(
        self, approver: Approver, *, resume: str | None = None, provider: str = "", model: str = ""
    ) -> Conversation:
        """A conversation: a new one, or the stored one `resume`. Raises UserError when it cannot be had."""
        await asyncio.to_thread(_load)
        await asyncio.to_thread(forget_old, self._spills)
        recovered = await asyncio.to_thread(self.journal.recover)
        from tui_assist.agent.conversation import Conversation

        if (provider or self.provider) == PRACTICE:
            await self.start_practice()
        settings = self._settings(provider)
        stored = self._store.create() if resume is None else self._store.load(resume)
        try:
            functions = self._functions(stored.session.id)
            stored.notices = (*stored.notices, *recovered, *functions.errors)
            equipment = await self._equipment(stored.session.id, settings, functions)
            connected = await equipment.connect(model or self.config.model, self.config.request)
            return Conversation(stored, connected, equipment, approver, self.config.mode)
        except BaseException:
            stored.close()
            raise

    async def _equipment(
        self, session_id: str, settings: ProviderSettings, functions: Functions
    ) -> Equipment:
        from tui_assist.agent.conversation import Equipment
        from tui_assist.agent.origin import Origin
        from tui_assist.tools import standard_tools

        origin = Origin(session_id)
        own = standard_tools(
            self.workspace,
            self.journal,
            origin.about,
            spill_dir=self._spills / session_id,
            environment=self._environment(),
        )
        return Equipment(
            workspace=self.workspace,
            tools=(*own, *functions.tools),
            origin=origin,
            instructions=await self._instructions(),
            rules=KeptRules(self.places.state, self.workspace.roots[0]),
            connect=partial(self._connect, settings),
            request=self.config.request,
            step_limit=self.config.step_limit,
            allow=self._allow,
            propose=self._propose,
        )

    def _environment(self) -> dict[str, str]:
        """What commands start from: no variable that a provider's key is read from, whatever its name."""
        keys = {provider.key_variable for provider in self.providers.values()}
        return {name: value for name, value in os.environ.items() if name not in keys}

    async def close(self) -> None:
        """Ends the practice server, if one runs."""
        for task in self._warming:
            task.cancel()
        if self._practice is not None:
            await self._practice.close()
            self._practice = None

    def _settings(self, name: str) -> ProviderSettings:
        """The provider called `name`, or the chosen one."""
        name = name or self.provider
        if name in self.providers:
            return self.providers[name]
        known = ", ".join(sorted(self.providers))
        raise UserError(
            f"there is no provider {name!r}; known are: {known}"
            if name
            else "no model yet: set OPENAI_API_KEY, name a server with --base-url, or practise with --demo"
        )

    async def _key(self, settings: ProviderSettings) -> str | None:
        if self._practice is not None and settings.name == PRACTICE:
            return self._practice.key
        # A keyring may take seconds to answer.
        return await asyncio.to_thread(self._secrets.find, settings)

    async def _connect(self, settings: ProviderSettings, name: str, request: RequestSettings) -> Configurable:
        """The model `name` of a provider, or the one it lists first; its client warms up meanwhile."""
        from tui_assist.agent.discreet import DiscreetModel
        from tui_assist.model.client import ResponsesModel

        key = await self._key(settings)
        name = name or settings.model
        window = settings.context_window
        if not name or (window is None and settings.kind not in ("openai", "azure", PRACTICE)):
            name, window = await self._listed(settings, key, name, window)
        model = ResponsesModel(settings, name, request, key, context_window=window)
        warming = asyncio.create_task(_warm(model))
        self._warming.add(warming)
        warming.add_done_callback(self._warming.discard)
        return DiscreetModel(model, self._hide)

    def _hide(self, text: str) -> str:
        return redact(text, self._secrets.seen)

    async def _list(self, settings: ProviderSettings, key: str | None) -> tuple[ModelInfo, ...]:
        from tui_assist.agent.discreet import hidden
        from tui_assist.model.catalog import list_models

        try:
            return await list_models(settings, key)
        except ModelError as error:
            raise hidden(error, self._hide) from None

    async def _listed(
        self, settings: ProviderSettings, key: str | None, name: str, window: int | None
    ) -> tuple[str, int | None]:
        """The model to use and its context window, from the server's own list."""
        try:
            models = await self._list(settings, key)
        except ModelError:
            if name:
                return name, window  # the window stays unknown; a step will say what is wrong
            raise
        if not name:
            if not models:
                raise UserError(
                    f"{settings.base_url} lists no model; load one there, or name one with --model"
                )
            name = models[0].name
        found = next((model for model in models if model.name == name), None)
        return name, window or (found.context_window if found else None)

    @property
    def _functions_dir(self) -> Path:
        return self.places.config / "tools"

    def _functions(self, session_id: str) -> Functions:
        from tui_assist.tools import person_functions

        return person_functions(
            self.workspace,
            self._spills / session_id,
            self._functions_dir,
            lambda path, sha: self._trust.is_trusted_file(path, sha) is True,
            self._environment(),
        )

    @property
    def _spills(self) -> Path:
        """Where the full outputs of commands are, a folder for each session."""
        return self.places.state / "output"

    async def _instructions(self) -> instructions.Instructions:
        trusted = self._trust.remembered(self._offer) is True
        surroundings = instructions.Surroundings(
            directory=str(self.workspace.cwd),
            platform=f"{platform.system()} {platform.release()}",
            date=date.today().isoformat(),
            branch=await self.workspace.branch(),
            roots=tuple(str(root) for root in self.workspace.roots[1:]),
        )
        guides = [(file.name, file.content) for file in self._offer.guides] if trusted else []
        return instructions.build(surroundings, self.config.instructions, guides)


def _load() -> None:
    import tui_assist.agent.conversation
    import tui_assist.model.client
    import tui_assist.tools  # noqa: F401  # loaded for whoever imports it next


async def _warm(model: ResponsesModel) -> None:
    try:
        await model.warm()
    except UserError:
        return  # the first step says the same, where it is read
