"""Looks servers up: which models one lists, which run on this machine, what is wrong with a provider.

Uses plain requests, never the SDK, and asks for no response: nothing here costs tokens.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tui_assist.config.providers import BUILT_IN
from tui_assist.config.settings import Kind, ProviderSettings
from tui_assist.errors import Fault, ModelError, UserError
from tui_assist.model import endpoint, errors
from tui_assist.model.connection import Key, entra_token
from tui_assist.model.drafts import list_of, mapping_of, number_of, text_of
from tui_assist.model.errors import Place
from tui_assist.model.profiles import profile_for

if TYPE_CHECKING:
    import httpx2

LOOK_S = 0.4  # for each local port: longer than any server there needs, short enough to wait for
ASK_S = 10.0  # for one answer of a provider, whole
MAX_BODY = 4 * 1024 * 1024  # bytes of a model list; no honest one is larger

LOCAL_KINDS: tuple[Kind, ...] = ("llamacpp", "ollama", "vllm", "lmstudio")
_OWNERS: Mapping[str, Kind] = {"llamacpp": "llamacpp", "vllm": "vllm", "library": "ollama"}
_WINDOW_NAMES = ("context_window", "context_length", "max_model_len", "loaded_context_length")


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model a provider lists."""

    name: str
    context_window: int | None = None  # tokens; None when the server does not say


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server that answers on this machine."""

    name: str  # what to call the provider
    kind: Kind
    url: str  # base URL, with /v1
    model: str  # the first it lists; "" when it lists none
    context_window: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing `doctor` looked at."""

    subject: str  # "address", "key", "responses", "model", "api-version", "endpoint"
    ok: bool | None  # None: could not be found out
    text: str


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any] | None:
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


async def list_models(provider: ProviderSettings, key: Key = None) -> tuple[ModelInfo, ...]:
    """The models `provider` lists, in its order. Raises ModelError when it cannot be asked.

    Azure lists base models, not the deployments one can use: there it is the configured one or none.
    """
    if provider.kind == "azure":
        window = profile_for(provider).context_window
        return (ModelInfo(provider.model, window),) if provider.model else ()
    place = Place(provider, has_key=bool(key))
    answer = await _ask(provider, key, "GET", "/models")
    if answer.status != 200:
        raise _of_listing(place, answer)
    listed = answer.json
    if listed is None or not isinstance(listed.get("data"), list):
        raise errors.no_stream(place, "without a model list", answer.body)
    running = await _running(provider, key)
    found = [entry for entry in listed["data"] if isinstance(entry, dict) and text_of(entry, "id")]
    return tuple(_info(provider, entry, running) for entry in found)


async def probe_local(ports: Mapping[int, Kind] | None = None) -> tuple[FoundServer, ...]:
    """The model servers that answer on the usual loopback ports, asked all at once. Never raises."""
    places = _usual_ports() if ports is None else ports
    found = await asyncio.gather(*(_probe(port, kind) for port, kind in places.items()))
    return tuple(server for server in found if server is not None)


async def check_provider(provider: ProviderSettings, key: Key = None, model: str = "") -> tuple[Finding, ...]:
    """What works and what does not, each with the next step. Never raises.

    Sends a request for a response that every server must refuse as malformed: how it refuses tells
    whether address, key, route and model are right.
    """
    place = Place(provider, model, has_key=bool(key) or provider.auth == "entra")
    try:
        answer = await _ask(provider, key, "POST", "/responses", {"model": model, "input": 0})
    except UserError as error:
        of_key = provider.auth == "entra" or (isinstance(error, ModelError) and error.fault is Fault.AUTH)
        subject = "key" if of_key else _address_word(provider)
        return (Finding(subject, False, str(error)),)
    failure = errors.from_status(place, answer.status, answer.headers, answer.body)
    if answer.status < 300 or errors.complaint_of(answer.body).html:
        failure = errors.no_stream(place, answer.headers.get("content-type", ""), answer.body)
    return _findings(provider, model, failure)


def _findings(provider: ProviderSettings, model: str, failure: ModelError) -> tuple[Finding, ...]:
    """Reads the refusal from the outside in: an inner thing is right only if the outer ones are."""
    text = str(failure)
    reached = Finding(_address_word(provider), True, f"{endpoint.base_url(provider)} answers")
    taken = Finding("key", True, "the key is accepted" if provider.key_variable else "no key is needed")
    route = Finding("responses", True, "it has the Responses API")
    version = (Finding("api-version", True, provider.api_version),) if endpoint.dated(provider) else ()
    match failure.fault:
        case Fault.AUTH:
            return (reached, Finding("key", False, text))
        case Fault.NO_RESPONSES if endpoint.dated(provider):
            return (reached, Finding("api-version", False, text))
        case Fault.NO_RESPONSES:
            return (reached, Finding("responses", False, text))
        case Fault.PROTOCOL:
            return (Finding(_address_word(provider), False, text),)
        case Fault.NOT_FOUND:
            return (reached, taken, *version, route, Finding(_model_word(provider), False, text))
        case Fault.REJECTED:  # just what was asked for
            # Most servers look at the shape before the model, so that one is not proven.
            known = Finding(_model_word(provider), None, f"{model} was not refused") if model else None
            return (reached, taken, *version, route, *([known] if known else []))
        case _:
            return (reached, Finding("responses", None, text))


def _address_word(provider: ProviderSettings) -> str:
    return "endpoint" if provider.kind == "azure" else "address"


def _model_word(provider: ProviderSettings) -> str:
    return "deployment" if provider.kind == "azure" else "model"


def _of_listing(place: Place, answer: _Answer) -> ModelError:
    if answer.status not in (404, 405):
        return errors.from_status(place, answer.status, answer.headers, answer.body)
    hint = "check base_url (it usually ends in /v1), or name a model with -m"
    return ModelError(Fault.NOT_FOUND, f"{place.server} has no /models route; {hint}")


def _info(provider: ProviderSettings, entry: Mapping[str, Any], running: Mapping[str, int]) -> ModelInfo:
    name = text_of(entry, "id")
    said = (number_of(entry, field) for field in _WINDOW_NAMES)
    meta = mapping_of(entry, "meta")  # llama.cpp's: what runs, else what the model was made for
    known = (running.get(name), *said, number_of(meta, "n_ctx"), number_of(meta, "n_ctx_train"))
    window = next((size for size in known if size), None)
    return ModelInfo(name, window or profile_for(provider, name).context_window)


async def _running(provider: ProviderSettings, key: Key) -> dict[str, int]:
    """Context windows by model that only a server's own interface tells; {} when it does not."""
    path, list_name, field = {
        "ollama": ("/api/ps", "models", "context_length"),
        "lmstudio": ("/api/v0/models", "data", "loaded_context_length"),
    }.get(provider.kind, ("", "", ""))
    if not path:
        return {}
    try:
        answer = await _ask(provider, key, "GET", path, own=True)
    except ModelError:
        return {}
    entries = list_of(answer.json or {}, list_name)
    sizes = {_name_of(entry): number_of(entry, field) for entry in entries if isinstance(entry, dict)}
    return {name: size for name, size in sizes.items() if size}


def _name_of(entry: Mapping[str, Any]) -> str:
    return text_of(entry, "id") or text_of(entry, "name")


async def _probe(port: int, kind: Kind) -> FoundServer | None:
    provider = ProviderSettings(kind, kind, f"http://127.0.0.1:{port}/v1", connect_timeout_s=LOOK_S)
    try:
        answer = await _ask(provider, None, "GET", "/models", within_s=LOOK_S)
    except ModelError:
        return None
    listed = answer.json
    if answer.status != 200 or listed is None or not isinstance(listed.get("data"), list):
        return None
    entries = [entry for entry in listed["data"] if isinstance(entry, dict) and text_of(entry, "id")]
    owners = [_OWNERS[owner] for entry in entries if (owner := text_of(entry, "owned_by")) in _OWNERS]
    kind = owners[0] if owners else kind
    first = _info(provider, entries[0], {}) if entries else ModelInfo("")
    return FoundServer(kind, kind, provider.base_url, first.name, first.context_window)


def _usual_ports() -> dict[int, Kind]:
    return {urlsplit(BUILT_IN[kind].base_url).port or 0: kind for kind in LOCAL_KINDS}


async def _ask(
    provider: ProviderSettings,
    key: Key,
    method: str,
    path: str,
    body: Any = None,
    *,
    own: bool = False,
    within_s: float = ASK_S,
) -> _Answer:
    """One plain request. `own` leaves the /v1 of the address out. Raises ModelError for no answer."""
    said = await key() if callable(key) else key
    if provider.auth == "entra" and not said:
        said = await entra_token(provider)
    headers = endpoint.headers_for(provider, endpoint.checked_key(provider, said) if said else None)
    base = endpoint.base_url(provider)
    url = (base.removesuffix("/v1") if own else base) + path
    client = await asyncio.to_thread(_client, provider)
    import httpx2

    place = Place(provider)
    try:
        async with asyncio.timeout(within_s), client:
            sent = client.stream(method, url, headers=headers, params=endpoint.query_for(provider), json=body)
            async with sent as response:
                return _Answer(response.status_code, response.headers, await _capped(response))
    except (TimeoutError, httpx2.TimeoutException) as error:
        raise errors.unreachable(place, f"no answer within {within_s:g} s") from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        why = str(error) if isinstance(error, httpx2.ConnectError) else ""
        raise errors.unreachable(place, why) from error


def _client(provider: ProviderSettings) -> "httpx2.AsyncClient":
    import httpx2  # a tenth of a second: not before the first frame, not on the loop

    return httpx2.AsyncClient(
        timeout=provider.connect_timeout_s,
        follow_redirects=False,
        trust_env=not endpoint.is_loopback(provider),
    )


async def _capped(response: "httpx2.Response") -> bytes:
    body = bytearray()
    async with aclosing(response.aiter_bytes()) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) > MAX_BODY:
                break
    return bytes(body)
