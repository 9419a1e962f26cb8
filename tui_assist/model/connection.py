"""Builds the SDK's client for one provider, late and off the event loop. Sends nothing itself.

Importing the SDK takes a second, so it happens in a thread, when first needed or warmed. What the SDK would
read from the environment is given to it explicitly or kept from it: a key or header meant for one
server must not reach another.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tui_assist.config.settings import ProviderSettings
from tui_assist.errors import Fault, ModelError, UserError
from tui_assist.model import endpoint

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Key = str | Callable[[], Awaitable[str]] | None

_LOUD = ("OPENAI_LOG",)  # would print bodies over the screen
_OPENAI_ONLY = ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_CUSTOM_HEADERS")

_ENVIRONMENT = threading.Lock()  # two clients may be built at once, each in its thread


class Connection:
    """The client of one provider; `open` builds it once."""

    def __init__(self, provider: ProviderSettings, key: Key) -> None:
        self._provider = provider
        self._key = endpoint.checked_key(provider, key) if isinstance(key, str) else key
        self._client: AsyncOpenAI | None = None
        self._credential: Any = None
        self._opening = asyncio.Lock()

    @property
    def has_key(self) -> bool:
        return bool(self._key) or self._provider.auth == "entra"

    async def open(self) -> AsyncOpenAI:
        """The client. Raises UserError when the settings or the installation cannot make one."""
        async with self._opening:
            if self._client is None:
                if self._provider.auth == "entra" and self._key is None:
                    self._credential, self._key = await asyncio.to_thread(_entra, self._provider)
                self._client = await asyncio.to_thread(_build, self._provider, self._key)
        return self._client

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()
        credential, self._credential = self._credential, None
        if credential is not None:
            self._key = None
            await credential.close()


def _build(provider: ProviderSettings, key: Key) -> AsyncOpenAI:
    client = _client(provider, key)
    _ = client.responses.with_streaming_response  # imported by the SDK on first use
    return client


def _client(provider: ProviderSettings, key: Key) -> AsyncOpenAI:
    with _without(_LOUD):
        import httpx2
        from openai import AsyncAzureOpenAI, AsyncOpenAI

    timeout = httpx2.Timeout(
        connect=provider.connect_timeout_s, read=provider.idle_timeout_s, write=60.0, pool=10.0
    )
    # A redirect would carry the whole conversation to another host.
    transport = httpx2.AsyncClient(
        timeout=timeout, follow_redirects=False, trust_env=not endpoint.is_loopback(provider)
    )
    common: dict[str, Any] = {
        "http_client": transport,
        "timeout": timeout,
        "max_retries": 0,
        "default_headers": dict(provider.headers),
        "default_query": dict(provider.query),
    }
    with _without(() if provider.kind == "openai" else _OPENAI_ONLY):
        if not endpoint.dated(provider):
            return AsyncOpenAI(
                api_key=key or endpoint.PLACEHOLDER_KEY, base_url=endpoint.base_url(provider), **common
            )
        return AsyncAzureOpenAI(
            azure_endpoint=endpoint.resource(provider),
            api_version=provider.api_version,
            **_azure_auth(provider, key),
            **common,
        )


def _azure_auth(provider: ProviderSettings, key: Key) -> dict[str, Any]:
    if provider.auth == "key":
        return {"api_key": key or endpoint.PLACEHOLDER_KEY}
    if callable(key):
        return {"azure_ad_token_provider": key}
    return {"azure_ad_token": key or endpoint.PLACEHOLDER_KEY}


def _entra(provider: ProviderSettings) -> tuple[Any, Callable[[], Awaitable[str]]]:
    try:
        from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider
    except ImportError as error:
        raise UserError(
            f"[providers.{provider.name}] auth = 'entra' needs azure-identity: pip install tui-assist[azure]"
        ) from error
    credential = DefaultAzureCredential()
    ask = get_bearer_token_provider(credential, provider.scope)

    async def token() -> str:
        try:
            return str(await ask())
        except Exception as error:  # every way to sign in fails in its own class
            raise ModelError(
                Fault.AUTH, f"[providers.{provider.name}] Entra ID gave no token; sign in with `az login`"
            ) from error

    return credential, token


async def entra_token(provider: ProviderSettings) -> str:
    """One Entra ID token, for requests without the SDK. Raises UserError when none can be had."""
    credential, token = await asyncio.to_thread(_entra, provider)
    try:
        return await token()
    finally:
        await credential.close()


@contextmanager
def _without(names: tuple[str, ...]) -> Iterator[None]:
    """The environment without `names` while the SDK looks at it."""
    with _ENVIRONMENT:
        hidden = {name: os.environ.pop(name) for name in names if name in os.environ}
        try:
            yield
        finally:
            os.environ.update(hidden)
