"""The effective configuration as frozen values. Knows no files: `load` reads bytes into these."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tui_assist.values.asking import Mode

Kind = Literal["openai", "azure", "tzafon", "llamacpp", "ollama", "vllm", "lmstudio", "practice", "other"]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """One `[providers.NAME]` table: where a model lives and how to knock."""

    name: str
    kind: Kind = "other"
    base_url: str = ""  # with /v1; for a dated Azure api-version the resource's endpoint
    key_variable: str = ""  # environment variable that holds the key; "" for none
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    connect_timeout_s: float = 10.0
    idle_timeout_s: float = 300.0  # between two chunks of a stream
    model: str = ""  # the model, or Azure deployment, to use when none is named
    base_model: str = ""  # what a deployment really is, for its capabilities
    context_window: int | None = None  # tokens; None: ask the server or leave unknown
    api_version: str = ""  # Azure only; "" is the v1 endpoint
    auth: Literal["key", "token", "entra"] = "key"  # Azure only, except key
    scope: str = "https://cognitiveservices.azure.com/.default"  # Entra ID only


@dataclass(frozen=True, slots=True)
class RequestSettings:
    """The `[request]` table. None: not sent. A profile drops what its server does not take, and says so."""

    effort: Effort | None = None
    summary: Literal["auto", "concise", "detailed"] | None = "auto"
    verbosity: Literal["low", "medium", "high"] | None = None
    service_tier: Literal["auto", "default", "flex", "scale", "priority"] | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: int | None = None
    parallel_tool_calls: bool | None = None
    truncation: Literal["auto", "disabled"] | None = None
    state: Literal["manual", "server"] = "manual"  # "server": previous_response_id
    store: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: "default", "environment OPENAI_API_KEY", "flag --model", a file and line."""

    source: str
    line: int | None = None  # 1-based

    def __str__(self) -> str:
        return self.source if self.line is None else f"{self.source}:{self.line}"


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a person can set, after all layers."""

    provider: str = ""  # a key of `providers`; "" when nothing was chosen or found
    model: str = ""  # "" leaves it to the provider
    mode: Mode = Mode.ASK
    theme: str = "night"
    notify: bool = True
    step_limit: int = 50  # steps of one turn before it asks to go on
    instructions: str = ""  # the person's own, added to ours
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)
    request: RequestSettings = RequestSettings()
    origins: Mapping[str, Origin] = field(default_factory=dict)  # by dotted key
