"""Where a provider listens and with which headers one knocks. Opens no connection and imports no client."""

import re
from urllib.parse import urlsplit

from tui_assist.config.providers import BUILT_IN
from tui_assist.config.settings import ProviderSettings
from tui_assist.errors import Fault, ModelError, UserError

PLACEHOLDER_KEY = "none"  # servers without keys ignore it, the SDK insists on one

_AZURE_TAIL = re.compile(r"/openai(/v1)?(/responses)?/?$")


def dated(provider: ProviderSettings) -> bool:
    """Whether this is Azure behind an api-version, which has addresses and headers of its own."""
    return provider.kind == "azure" and bool(provider.api_version)


def resource(provider: ProviderSettings) -> str:
    """The Azure resource's own address, whatever of its paths was configured."""
    return _AZURE_TAIL.sub("", _configured(provider)).rstrip("/")


def base_url(provider: ProviderSettings) -> str:
    """The address that `/responses` and `/models` hang on, without a final slash. Raises UserError."""
    if provider.kind != "azure":
        return _configured(provider).rstrip("/").removesuffix("/responses")
    return f"{resource(provider)}/openai" + ("" if provider.api_version else "/v1")


def headers_for(provider: ProviderSettings, key: str | None) -> dict[str, str]:
    """The headers of a plain request, for where the SDK is not used."""
    headers = dict(provider.headers)
    if not key:
        return headers
    if dated(provider) and provider.auth == "key":
        return headers | {"api-key": key}
    return headers | {"Authorization": f"Bearer {key}"}


def query_for(provider: ProviderSettings) -> dict[str, str]:
    version = {"api-version": provider.api_version} if dated(provider) else {}
    return {**version, **provider.query}


def is_loopback(provider: ProviderSettings) -> bool:
    """Whether it runs on this machine, where a proxy from the environment has no business."""
    host = urlsplit(base_url(provider)).hostname or ""
    return host == "localhost" or host == "::1" or host.startswith("127.")


def checked_key(provider: ProviderSettings, key: str) -> str:
    """`key` without blanks around it. Raises ModelError when no header can carry it; never quotes it."""
    stripped = key.strip()
    if stripped.isascii() and stripped.isprintable() and " " not in stripped:
        return stripped
    where = provider.key_variable or f"the key of {provider.name}"
    raise ModelError(Fault.AUTH, f"{where} holds characters no key has; copy it again, or use /provider")


def _configured(provider: ProviderSettings) -> str:
    usual = BUILT_IN.get(provider.kind)
    address = provider.base_url or (usual.base_url if usual else "")
    if not re.match(r"https?://[^/]", address):
        raise UserError(
            f"[providers.{provider.name}] base_url = {address!r}; it must be an address like http://127.0.0.1:8080/v1"
        )
    return address
