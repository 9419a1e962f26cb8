"""What each kind of server understands, as frozen values. Asks no server: what is not known is None."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from tui_assist.config.settings import Kind, ProviderSettings

_ENCRYPTED = "reasoning.encrypted_content"

_SAMPLING = frozenset({"temperature", "top_p", "max_output_tokens"})
_EVERYTHING = _SAMPLING | {
    "reasoning.effort",
    "reasoning.summary",
    "text.verbosity",
    "service_tier",
    "parallel_tool_calls",
    "truncation",
    "metadata",
    "store",
    "prompt_cache_key",
}
_FUNCTION_ITEMS = frozenset({"message", "function_call", "function_call_output"})


@dataclass(frozen=True, slots=True)
class Profile:
    """What one server takes. `translate`, `tools` and the client obey it; nobody else needs it."""

    kind: Kind
    native: frozenset[str] = frozenset()  # typed tools it knows: "apply_patch", "shell"
    parameters: frozenset[str] = _SAMPLING  # of the request table and our own, dotted
    include: tuple[str, ...] = ()
    reasoning: Literal["encrypted", "content", "none"] = "none"  # how reasoning goes back to it
    state: bool = False  # previous_response_id
    resume: bool = False  # reading on in a response by its id
    items: frozenset[str] | None = _FUNCTION_ITEMS  # item types it takes; None: all
    lists: bool = False  # a function's output may be a list of parts; else text only
    files: bool = False  # takes input_file parts
    note_role: Literal["developer", "user"] = "user"  # who says what became of an item it cannot read
    silent_limit: bool = False  # says "completed" when the output limit was hit
    context_window: int | None = None  # tokens


_OPENAI = Profile(
    kind="openai",
    native=frozenset({"apply_patch", "shell"}),
    parameters=_EVERYTHING,
    include=(_ENCRYPTED,),
    reasoning="encrypted",
    state=True,
    resume=True,
    items=None,
    lists=True,
    files=True,
    note_role="developer",
)

_PROFILES: dict[Kind, Profile] = {
    "openai": _OPENAI,
    "azure": replace(_OPENAI, kind="azure"),
    "practice": replace(_OPENAI, kind="practice", state=False, resume=False),
    "tzafon": Profile("tzafon", parameters=_SAMPLING | {"store"}, state=True, note_role="developer"),
    "llamacpp": Profile(
        "llamacpp", reasoning="content", items=_FUNCTION_ITEMS | {"reasoning"}, silent_limit=True
    ),
    # Ollama carries the reasoning text itself in `encrypted_content`, so its own items go back as they came.
    "ollama": Profile(
        "ollama",
        parameters=_SAMPLING | {"reasoning.effort"},
        reasoning="encrypted",
        items=_FUNCTION_ITEMS | {"reasoning"},
        silent_limit=True,
    ),
    "vllm": Profile(
        "vllm",
        parameters=_SAMPLING | {"reasoning.effort", "parallel_tool_calls"},
        reasoning="content",
        items=_FUNCTION_ITEMS | {"reasoning"},
    ),
    "lmstudio": Profile(
        "lmstudio", parameters=_SAMPLING | {"reasoning.effort", "store"}, state=True, silent_limit=True
    ),
    "other": Profile("other", parameters=_SAMPLING | {"reasoning.effort", "store"}, silent_limit=True),
}

# Published context windows, by model family without the date of a snapshot.
_WINDOWS = {
    "gpt-4o": 128_000,
    "gpt-4o-mini": 128_000,
    "gpt-4.1": 1_047_576,
    "gpt-4.1-mini": 1_047_576,
    "gpt-4.1-nano": 1_047_576,
    "o1": 200_000,
    "o3": 200_000,
    "o3-mini": 200_000,
    "o3-pro": 200_000,
    "o4-mini": 200_000,
    "codex-mini-latest": 200_000,
    "gpt-5": 400_000,
    "gpt-5-mini": 400_000,
    "gpt-5-nano": 400_000,
    "gpt-5-codex": 400_000,
    "gpt-5.1": 400_000,
    "gpt-5.1-codex": 400_000,
    "gpt-5.2": 400_000,
}
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_BEFORE_TYPED_TOOLS = re.compile(r"(gpt-3\.5|gpt-4o?|chatgpt|o1|o3|o4)\b")
_BEFORE_REASONING = re.compile(r"(gpt-3\.5|gpt-4o?|chatgpt)\b")


def profile_for(provider: ProviderSettings, model: str = "") -> Profile:
    """The profile of `provider`, narrowed to what `model` is known not to do.

    On Azure `model` is a deployment and says nothing: only `base_model` counts, and without one the
    typed tools are not offered.
    """
    profile = _PROFILES[provider.kind]
    if provider.context_window is not None:
        profile = replace(profile, context_window=provider.context_window)
    if provider.kind not in ("openai", "azure"):
        return profile
    if provider.kind == "azure" and not provider.base_model:
        return replace(profile, native=frozenset())
    return _narrowed(profile, provider.base_model or model or provider.model)


def cautious(profile: Profile) -> Profile:
    """`profile` with nothing but messages and function tools: what is left when a server refuses a type."""
    return replace(
        profile, native=frozenset(), include=(), reasoning="none", items=_FUNCTION_ITEMS, lists=False
    )


def _narrowed(profile: Profile, model: str) -> Profile:
    if _BEFORE_TYPED_TOOLS.match(model):
        profile = replace(profile, native=frozenset())
    if _BEFORE_REASONING.match(model):
        unknown = {"reasoning.effort", "reasoning.summary", "text.verbosity"}
        profile = replace(profile, parameters=profile.parameters - unknown, include=(), reasoning="none")
    if profile.context_window is None:
        profile = replace(profile, context_window=_WINDOWS.get(_SNAPSHOT.sub("", model)))
    return profile
