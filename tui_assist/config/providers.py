"""The providers everyone has, and how to tell one from its address. Asks no server."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from tui_assist.config.settings import Kind, ProviderSettings

BUILT_IN: Mapping[str, ProviderSettings] = {
    provider.name: provider
    for provider in (
        ProviderSettings(
            "openai", "openai", "https://api.openai.com/v1", key_variable="OPENAI_API_KEY", model="gpt-5.2"
        ),
        ProviderSettings(
            "tzafon",
            "tzafon",
            "https://api.tzafon.ai/v1",
            key_variable="TZAFON_API_KEY",
            model="tzafon.northstar-cua-fast",
        ),
        ProviderSettings("llamacpp", "llamacpp", "http://127.0.0.1:8080/v1"),
        ProviderSettings("ollama", "ollama", "http://127.0.0.1:11434/v1"),
        ProviderSettings("vllm", "vllm", "http://127.0.0.1:8000/v1"),
        ProviderSettings("lmstudio", "lmstudio", "http://127.0.0.1:1234/v1"),
        # Its address is known only once it runs.
        ProviderSettings("practice", "practice"),
    )
}

# Complete only with the person's own endpoint: there when the environment or a file speaks of it.
AZURE = ProviderSettings("azure", "azure", key_variable="AZURE_OPENAI_API_KEY")

_PORTS: Mapping[int, Kind] = {8080: "llamacpp", 11434: "ollama", 8000: "vllm", 1234: "lmstudio"}
_KEY_VARIABLES: Mapping[Kind, str] = {
    "openai": "OPENAI_API_KEY",
    "azure": "AZURE_OPENAI_API_KEY",
    "tzafon": "TZAFON_API_KEY",
}


def guess_kind(base_url: str) -> Kind:
    """What probably answers at an address: by a known host, else by a local server's usual port."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if host == "api.openai.com":
        return "openai"
    if host.endswith((".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com")):
        return "azure"
    if host == "api.tzafon.ai":
        return "tzafon"
    return _PORTS.get(parts.port or 0, "other")


def template(name: str, base_url: str) -> ProviderSettings:
    """What is left out of the table of provider `name`, whose address may be given as `base_url`.

    A known name keeps its kind unless the address plainly belongs to another. A key's variable is
    filled in for a new name only when the host is the one that key is for.
    """
    guess = guess_kind(base_url)
    known = AZURE if name == AZURE.name else BUILT_IN.get(name)
    if known is None:
        return ProviderSettings(name, guess, key_variable=_KEY_VARIABLES.get(guess, ""))
    if guess in ("other", known.kind):
        return known
    return ProviderSettings(name, guess, known.base_url, key_variable=known.key_variable)


def complaint(base_url: str) -> str:
    """Why `base_url` cannot be an address, in words; "" when it can."""
    try:
        parts = urlsplit(base_url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return "it is no address"
    if parts.scheme not in ("http", "https") or not host:
        return "it takes an address such as http://127.0.0.1:8080/v1"
    if parts.username or parts.password:
        return "an address holds no password; the key goes into an environment variable or the keyring"
    if parts.query or parts.fragment:
        return "it takes the address without ? and #; use the provider's `query` table"
    if any(char.isspace() or not char.isprintable() for char in base_url):
        return "it holds blanks or control characters"
    return ""


def tidy(base_url: str, kind: Kind, api_version: str = "") -> str:
    """The address as the client needs it: no slash at the end, and the version path when it has none.

    Azure's is the resource's endpoint for a dated api-version, else its v1 endpoint.
    """
    bare = base_url.rstrip("/")
    if kind == "azure" and bare:
        bare = bare.removesuffix("/v1").removesuffix("/openai")
        return bare if api_version else f"{bare}/openai/v1"
    if bare and not urlsplit(bare).path:
        return f"{bare}/v1"
    return bare
