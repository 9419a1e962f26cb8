"""Diagnoses a start of the program: this machine, its configuration, the provider. Changes nothing."""

import asyncio
import os
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from tui_assist.cli import checks
from tui_assist.cli.checks import Check
from tui_assist.config import Config, Origin, ProviderSettings
from tui_assist.errors import ModelError, UserError
from tui_assist.secrets import Secrets, redact
from tui_assist.trust import Offer, Trust
from tui_assist.values.visible import visible
from tui_assist.workspace import Workspace

_MARKS = {True: "✓", False: "✗", None: "·"}
_NARROWEST = 40  # columns of text


class Places(Protocol):
    @property
    def state(self) -> Path: ...


class Parts(Protocol):
    """What is looked at. A part whose making fails is a finding, not an end."""

    @property
    def places(self) -> Places: ...

    @property
    def workspace(self) -> Workspace: ...

    @property
    def trust(self) -> Trust: ...

    @property
    def offer(self) -> Offer: ...

    @property
    def secrets(self) -> Secrets: ...

    @property
    def user_file(self) -> Path: ...

    def config(self) -> Config: ...


async def diagnose(parts: Parts, environ: Mapping[str, str] = os.environ) -> tuple[Check, ...]:
    """Every check with what to do next, no key in any of them. Raises UserError only for the folder."""
    root = parts.workspace.roots[0]
    found = [
        checks.check_python(),
        await checks.check_git(),
        checks.check_repository(root, await parts.workspace.branch()),
        checks.check_terminal(environ, sys.stdout),
        await checks.check_ripgrep(),
        checks.check_shell(),
        await checks.check_sandbox(),
        checks.check_folder("state", parts.places.state),
        await asyncio.to_thread(_check_keyring, parts.secrets),
        *_check_folder_files(parts),
    ]
    try:
        config = parts.config()
    except UserError as error:
        found.append(Check("config", False, str(error), "mend it, then run doctor again for the provider"))
    else:
        found.append(_check_config(parts.user_file, config))
        found += await _check_provider(config, parts.secrets, environ)
    return tuple(_safe(check, parts.secrets.seen) for check in found)


def as_text(found: Sequence[Check], width: int | None = None) -> str:
    """One block a check: mark, name, text, and the advice below it."""
    columns = max(len(check.name) for check in found)
    room = max((width or shutil.get_terminal_size().columns) - columns - 4, _NARROWEST)
    lines: list[str] = []
    for check in found:
        # Words are never cut: an address or a path must be copied whole.
        text = textwrap.wrap(check.text, room, break_long_words=False, break_on_hyphens=False) or [""]
        advice = textwrap.wrap(check.advice, room - 2, break_long_words=False, break_on_hyphens=False)
        shown = [*text, *(f"{'→ ' if not number else '  '}{line}" for number, line in enumerate(advice))]
        lines.append(f"{_MARKS[check.ok]} {check.name:{columns}}  {shown[0]}")
        lines += [f"{'':{columns + 4}}{line}" for line in shown[1:]]
    return "\n".join(lines)


def as_records(found: Sequence[Check]) -> list[dict[str, object]]:
    """The checks as plain values for JSON."""
    return [
        {"name": check.name, "ok": check.ok, "text": check.text, "advice": check.advice} for check in found
    ]


def _safe(check: Check, keys: frozenset[str]) -> Check:
    text, advice = (visible(redact(part, keys)) for part in (check.text, check.advice))
    return Check(check.name, check.ok, text, advice)


def _check_keyring(secrets: Secrets) -> Check:
    name = secrets.describe_keyring()
    if name is None:
        return Check("keyring", None, "none that answers; keys are kept in a file only you can read")
    return Check("keyring", True, name)


def _check_folder_files(parts: Parts) -> list[Check]:
    """What the folder brings, and whether it counts."""
    offer = parts.offer
    found = [Check("folder", None, f"not read: {reason}") for reason in offer.refused]
    if not offer.files:
        return found
    names = ", ".join(f"{file.name} ({file.size / 1000:.1f} kB)" for file in offer.files)
    match parts.trust.remembered(offer):
        case True:
            found.append(Check("folder", True, f"trusted: {names}"))
        case False:
            found.append(Check("folder", None, f"not trusted, so not read: {names}"))
        case None:
            advice = "start tui-assist here; it asks whether to read them"
            found.append(Check("folder", None, f"not decided, so not read: {names}", advice))
    return found


def _check_config(user_file: Path, config: Config) -> Check:
    sources: dict[str, int] = {}
    for origin in config.origins.values():
        if origin != Origin("default"):
            sources[origin.source] = sources.get(origin.source, 0) + 1
    told = [f"{source} ({count} {'value' if count == 1 else 'values'})" for source, count in sources.items()]
    if str(user_file) not in sources:
        told.append(f"{user_file} ({'sets nothing' if user_file.exists() else 'not there'})")
    return Check("config", True, ", ".join(told), "`tui-assist config` shows every value")


async def _check_provider(config: Config, secrets: Secrets, environ: Mapping[str, str]) -> list[Check]:
    from tui_assist.model.catalog import check_provider, list_models

    if not config.provider:
        return [await _without_provider()]
    provider = config.providers[config.provider]
    if provider.kind == "practice":
        return [Check("provider", True, "practice model: rules, not AI; runs offline")]
    try:
        key = await asyncio.to_thread(secrets.find, provider)
    except UserError as error:
        return [Check("key", False, str(error))]
    found = [
        Check("provider", True, f"{provider.name} ({provider.kind}) at {provider.base_url or 'no address'}"),
        _check_key(provider, key, environ),
    ]
    model = config.model or provider.model
    if not model and provider.kind != "azure":
        try:
            listed = await list_models(provider, key)
            model = listed[0].name if listed else ""
        except ModelError:
            pass  # `check_provider` says what is wrong, and where
    found += [
        Check(finding.subject, finding.ok, finding.text)
        for finding in await check_provider(provider, key, model)
    ]
    found.append(_check_profile(provider, model))
    return found


async def _without_provider() -> Check:
    from tui_assist.model.catalog import probe_local

    servers = await probe_local()
    told = "".join(f"; {server.name} answers at {server.url}" for server in servers)
    advice = "start tui-assist to choose one, set OPENAI_API_KEY, or give --base-url or --demo"
    return Check("provider", None, f"none chosen{told}", advice)


def _check_key(provider: ProviderSettings, key: str | None, environ: Mapping[str, str]) -> Check:
    if provider.auth == "entra":
        return Check("key", None, "Entra ID sign-in")
    variable = provider.key_variable
    if key is None:
        if not variable:
            return Check("key", True, "none, and none is named")
        advice = f"set {variable}, or start tui-assist and paste the key"
        local = urlsplit(provider.base_url).hostname in ("127.0.0.1", "::1", "localhost")
        return Check("key", None if local or provider.kind == "other" else False, "none found", advice)
    where = f"environment {variable}" if variable and environ.get(variable, "").strip() else "kept"
    parts = urlsplit(provider.base_url)
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        return Check("key", None, f"found ({where}); it travels unencrypted", "use an https address")
    return Check("key", True, f"found ({where})")


def _check_profile(provider: ProviderSettings, model: str) -> Check:
    """What the server understands, as far as the profile knows."""
    from tui_assist.model.profiles import profile_for

    profile = profile_for(provider, model)
    tools = "typed " + " and ".join(sorted(profile.native)) if profile.native else "function tools"
    window = provider.context_window or profile.context_window
    size = f"{window:,} tokens of context" if window else "context size not known"
    settings = ", ".join(sorted(profile.parameters))
    return Check("profile", None, f"{profile.kind}: {tools}; {size}; takes {settings}")
