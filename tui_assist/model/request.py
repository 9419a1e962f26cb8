"""Makes a request's body out of settings and a profile. Sends nothing; knows nothing of the conversation."""

import hashlib
from collections.abc import Collection
from typing import Any

from tui_assist.config.settings import RequestSettings
from tui_assist.model.profiles import Profile

_DEFAULTS = RequestSettings()

_NAMES = {
    "effort": "reasoning.effort",
    "summary": "reasoning.summary",
    "verbosity": "text.verbosity",
    "service_tier": "service_tier",
    "temperature": "temperature",
    "top_p": "top_p",
    "max_output_tokens": "max_output_tokens",
    "parallel_tool_calls": "parallel_tool_calls",
    "truncation": "truncation",
    "metadata": "metadata",
    "store": "store",
}
"""Fields of the request table and what the wire calls them, dotted."""


def parameters(
    settings: RequestSettings,
    profile: Profile,
    session: str,
    dropped: Collection[str] = (),
    *,
    stateful: bool,
) -> dict[str, Any]:
    """Everything but model, input, instructions and tools: what is set, taken and not `dropped` before."""
    wanted: dict[str, Any] = {wire: getattr(settings, field) for field, wire in _NAMES.items()}
    wanted["metadata"] = dict(settings.metadata) or None
    wanted["store"] = settings.store or stateful
    wanted["prompt_cache_key"] = cache_key(session)
    body: dict[str, Any] = {}
    for name, value in wanted.items():
        if value is None or name not in profile.parameters or is_dropped(name, dropped):
            continue
        outer, _, inner = name.partition(".")
        if inner:
            body.setdefault(outer, {})[inner] = value
        else:
            body[outer] = value
    if profile.include and not stateful and "include" not in dropped:
        body["include"] = list(profile.include)
    return body


def untaken(settings: RequestSettings, profile: Profile) -> list[str]:
    """The settings a person made that this server does not take, by their name in the request table."""
    made = [field for field in _NAMES if getattr(settings, field) != getattr(_DEFAULTS, field)]
    lost = [field for field in made if _NAMES[field] not in profile.parameters]
    return lost + (["state"] if settings.state == "server" and not profile.state else [])


def is_dropped(name: str, dropped: Collection[str]) -> bool:
    return name in dropped or name.partition(".")[0] in dropped


def carries(body: dict[str, Any], name: str) -> bool:
    """Whether `body` holds the parameter `name`, and can do without it."""
    outer, _, inner = name.partition(".")
    if outer in ("model", "input", "instructions", "tools", "stream") or outer not in body:
        return False
    return not inner or (isinstance(body[outer], dict) and inner in body[outer])


def cache_key(session: str) -> str:
    """Stable for a session and telling nothing of it."""
    return hashlib.sha256(f"tui-assist {session}".encode()).hexdigest()[:32]
