"""What both faces start from: the configuration, the folder, and a way to open conversations.

Brings the rooms below together for one folder. Shows nothing and asks nothing.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tui_assist.config.settings import Config, ProviderSettings
from tui_assist.secrets import Secrets
from tui_assist.store import Store
from tui_assist.trust import Offer, Trust
from tui_assist.workspace import Workspace


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
        config: Config,
        workspace: Workspace,
        places: Places,
        secrets: Secrets,
        trust: Trust,
        offer: Offer,
        *,
        allow: frozenset[str] = frozenset(),
        begin_practice: Callable[[], Awaitable[Practice]],
        remember: Callable[[ProviderSettings], None],
    ) -> None:
        self.config = config
        self.workspace = workspace
        self.places = places
        self.provider = config.provider
        self.providers: Mapping[str, ProviderSettings] = config.providers
        self._secrets = secrets
        self._trust = trust
        self._offer = offer
        self._allow = allow
        self._begin_practice = begin_practice
        self._remember = remember
        self._practice: Practice | None = None
        self._keys: dict[str, str] = {}  # keys that are in use but kept nowhere
        self._store = Store(places.state, workspace.roots[0])
