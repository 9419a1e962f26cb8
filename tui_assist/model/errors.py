"""Says what went wrong at a server, where, and what to do next. Never quotes a key, never raises."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui_assist.config.settings import ProviderSettings
from tui_assist.errors import Fault, ModelError

QUOTED = 300  # characters of a server's own words that an error quotes

_OVERFLOW_CODES = frozenset({"context_length_exceeded", "exceed_context_size_error"})
_OVERFLOW = re.compile(
    r"context.?(length|window|size)|too many tokens|maximum.{0,40}tokens|exceeds? the (available )?context",
    re.I,
)
_NOT_OVERFLOW = re.compile(r"max_output_tokens|max_tokens", re.I)
_MODEL = re.compile(r"\bmodel\b", re.I)
_NO_MODEL = re.compile(r"\bmodel\W{1,2}[^\s'\"`]+\W{1,2}(is |was )?(not found|does not exist)", re.I)
_VERSION = re.compile(r"api.?version", re.I)
_PARSE = re.compile(r"(json.{0,20}pars|pars\w*.{0,20}json|mmproj|image input is not supported)", re.I)
_UNSUPPORTED = re.compile(
    r"(?:unsupported|unknown|unrecognized|unexpected)(?: request)? (?:parameter|argument|field|value)s?"
    r"(?: supplied)?:? ['\"`]?([a-z_]+(?:\.[a-z_]+)?)",
    re.I,
)
_REFUSED_PARAMETER = frozenset(
    {"unsupported_parameter", "unknown_parameter", "unsupported_value", "invalid_value"}
)
_UNKNOWN_TYPE = re.compile(
    r"unknown (input )?item type|cannot determine type of|(unknown|unsupported|invalid) tool( type)?\b"
    r"|tool .{0,40}(is |are )?not supported|literal_error|input tag",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request went, for the sentence."""

    provider: ProviderSettings
    model: str = ""
    has_key: bool = True

    @property
    def server(self) -> str:
        """The address without what may be secret in it: user, password, query."""
        address = re.sub(r"//[^/@]*@", "//", self.provider.base_url).split("?")[0]
        return address or self.provider.name

    @property
    def key(self) -> str:
        return self.provider.key_variable or "the key"


@dataclass(frozen=True, slots=True)
class Complaint:
    """The server's own words, whatever shape they came in."""

    code: str = ""
    message: str = ""
    param: str = ""
    html: bool = False

    @property
    def words(self) -> str:
        text = " ".join(self.message.split())
        return text if len(text) <= QUOTED else f"{text[:QUOTED]}…"


def complaint_of(body: Any) -> Complaint:
    """Reads OpenAI's, FastAPI's, RFC 7807's and llama.cpp's shapes, plain text and HTML."""
    if isinstance(body, (bytes, str)):
        return _from_text(body.decode("utf-8", "replace") if isinstance(body, bytes) else body)
    if not isinstance(body, Mapping):
        return Complaint(message=json.dumps(body) if body else "")
    inner = body.get("error")
    if isinstance(inner, str):
        return Complaint(code=str(body.get("code") or ""), message=str(body.get("message") or inner))
    if isinstance(inner, Mapping):
        body = inner
    detail = body.get("detail")
    if isinstance(detail, list):
        return _from_validation(detail)
    code = body.get("code")
    code = code if isinstance(code, str) and code else body.get("type")
    message = body.get("message") or detail or body.get("title") or ""
    return Complaint(str(code or ""), str(message), str(body.get("param") or ""))


def _from_text(text: str) -> Complaint:
    stripped = text.strip()
    if stripped.startswith("{"):
        try:
            return complaint_of(json.loads(stripped))
        except (ValueError, RecursionError):
            pass
    if stripped[:1] == "<":
        title = re.search(r"<title[^>]*>(.*?)</title>", stripped, re.I | re.S)
        return Complaint(message=title[1] if title else "", html=True)
    return Complaint(message=stripped)


def _from_validation(detail: list[Any]) -> Complaint:
    """FastAPI's list of what is wrong where."""
    first = next((each for each in detail if isinstance(each, Mapping)), {})
    where = [str(part) for part in first.get("loc") or () if part != "body"]
    kind = str(first.get("type") or "")
    code = "unsupported_parameter" if kind == "extra_forbidden" else kind
    return Complaint(code, f"{'.'.join(where)}: {first.get('msg') or ''}", ".".join(where[:2]))


def from_status(place: Place, status: int, headers: Mapping[str, str], body: Any) -> ModelError:
    """The error of an HTTP answer that is no 2xx."""
    said = complaint_of(body)
    if overflows(said):
        return overflow(place, said)
    if status in (401, 403):
        return _refused(place, status, said)
    if place.provider.api_version and status in (400, 404) and _VERSION.search(f"{said.code} {said.message}"):
        return _azure_not_found(place, said)
    if status in (404, 405, 501):
        return _not_found(place, status, said)
    # A llama.cpp server of several models says so with a 400.
    if status == 400 and place.provider.kind != "azure" and _NO_MODEL.search(said.message):
        return _no_model(place, said)
    if status == 429:
        return _throttled(place, said, headers)
    if 300 <= status < 400:
        target = headers.get("location", "elsewhere").split("?")[0]
        text = (
            f"{place.server} redirects to {target}; redirects are not followed, set base_url to that address"
        )
        return ModelError(Fault.REJECTED, text)
    if status in (408, 409) or status >= 500:
        curable = not _PARSE.search(said.message)
        text = f"{place.server} failed with status {status}{_quote(said)}"
        if not curable:
            return ModelError(
                Fault.REJECTED, f"{text}; it did not like the request, another try will not help"
            )
        return ModelError(Fault.SERVER, f"{text}; try again later", retry_after_s=retry_after(headers))
    return ModelError(
        Fault.REJECTED, f"{place.server} rejected the request with status {status}{_quote(said)}"
    )


def from_stream(place: Place, code: str, message: str) -> ModelError:
    """The error that a stream reports after it began."""
    said = Complaint(code=code, message=message)
    if overflows(said):
        return overflow(place, said)
    if code == "insufficient_quota":
        return _quota(place, said)
    if code == "rate_limit_exceeded" or code == "429":
        return ModelError(Fault.RATE, f"{place.server} asks to slow down{_quote(said)}", retry_after_s=None)
    if code in ("server_error", "internal_error", "overloaded", "500", "502", "503"):
        return ModelError(Fault.SERVER, f"{place.server} failed in the middle of its answer{_quote(said)}")
    return ModelError(Fault.REJECTED, f"{place.server} gave up{_quote(said) or ' without a reason'}")


def unreachable(place: Place, why: str) -> ModelError:
    hint = "is it running, is the address right?"
    if place.provider.kind == "azure":
        hint = "is the endpoint https://NAME.openai.azure.com spelt right?"
    text = f"{place.server} cannot be reached ({why or 'no connection'}); {hint}"
    return ModelError(Fault.UNREACHABLE, text)


def silent(place: Place) -> ModelError:
    idle = f"{place.provider.idle_timeout_s:g} s"
    return ModelError(
        Fault.SILENT, f"{place.server} sent nothing for {idle} (idle_timeout_s); it may be overloaded"
    )


def cut(place: Place) -> ModelError:
    return ModelError(Fault.CUT, f"{place.server} ended the stream before the response was finished")


def no_stream(place: Place, content_type: str, body: bytes) -> ModelError:
    """The error of a 200 that is no event stream."""
    said = complaint_of(body)
    if "html" in content_type or said.html:
        title = f" ({said.words})" if said.words else ""
        text = f"{place.server} answered with a web page{title}; check base_url, it usually ends in /v1"
        return ModelError(Fault.PROTOCOL, text)
    if overflows(said):
        return overflow(place, said)
    what = content_type or "without a content type"
    return ModelError(Fault.PROTOCOL, f"{place.server} answered {what}, not an event stream{_quote(said)}")


def overflows(said: Complaint) -> bool:
    if said.code in _OVERFLOW_CODES:
        return True
    return bool(_OVERFLOW.search(said.message)) and not _NOT_OVERFLOW.search(f"{said.message} {said.param}")


def overflow(place: Place, said: Complaint) -> ModelError:
    text = f"the conversation no longer fits {place.model or 'the model'}'s context window{_quote(said)}"
    return ModelError(Fault.OVERFLOW, f"{text}; start a new session or use a model with a larger window")


def unsupported_parameter(body: Any) -> str:
    """The dotted name of the parameter a 400 refuses, "" when it refuses something else."""
    said = complaint_of(body)
    named = re.sub(r"\[.*?\]", "", said.param)
    if named and said.code in _REFUSED_PARAMETER:
        return named
    if "encrypted content is not supported" in said.message.lower():
        return "include"
    found = _UNSUPPORTED.search(said.message)
    return found[1] if found else ""


def unknown_type(body: Any) -> bool:
    """Whether a 400 refuses the type of a tool or of an item, which a plainer profile cures."""
    said = complaint_of(body)
    if re.match(r"tools\[?\.?\d*\]?(\.type)?$", said.param) and said.code.startswith(
        ("invalid", "unsupported")
    ):
        return True
    if re.search(r"(^|\.)type$", said.param) and said.code == "invalid_value":
        return True
    return bool(_UNKNOWN_TYPE.search(f"{said.code} {said.message}"))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds a server asks to wait; dates are not believed, clocks differ."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        if not math.isnan(seconds):
            return max(0.0, seconds)
    return None


def _refused(place: Place, status: int, said: Complaint) -> ModelError:
    if not place.has_key:
        text = f"{place.server} wants a key and none is set; set {place.key} or use /provider"
    elif status == 403:
        text = f"{place.server} does not allow this{_quote(said)}; check what the key in {place.key} may do"
    elif place.provider.kind == "azure":
        text = (
            f"{place.server} refused the key{_quote(said)}; check that {place.key} belongs to this endpoint,"
            " or use /provider"
        )
    else:
        text = f"{place.server} refused the key (401); check {place.key} or set another with /provider"
    return ModelError(Fault.AUTH, text)


def _not_found(place: Place, status: int, said: Complaint) -> ModelError:
    if place.provider.kind == "azure":
        return _azure_not_found(place, said)
    if said.code == "model_not_found" or (status == 404 and not said.html and _MODEL.search(said.message)):
        return _no_model(place, said)
    if (
        "previous_response" in f"{said.code} {said.param} {said.message}"
        or "Response with id" in said.message
    ):
        return ModelError(
            Fault.NOT_FOUND, f"{place.server} no longer knows the previous response{_quote(said)}"
        )
    text = (
        f"{place.server} has no /responses route (status {status}); it may speak only chat completions, "
        "or base_url lacks /v1. A server with the Responses API is needed"
    )
    return ModelError(Fault.NO_RESPONSES, text)


def _no_model(place: Place, said: Complaint) -> ModelError:
    text = f"{place.server} knows no model {place.model!r}{_quote(said)}; choose one with /model"
    return ModelError(Fault.NOT_FOUND, text)


def _azure_not_found(place: Place, said: Complaint) -> ModelError:
    if said.code == "DeploymentNotFound" or "deployment" in said.message.lower():
        text = (
            f"{place.server} has no deployment {place.model!r}; on Azure the model is the deployment's name, "
            "set it with /model (a new one takes some minutes to appear)"
        )
        return ModelError(Fault.NOT_FOUND, text)
    if place.provider.api_version:
        version = place.provider.api_version
        what = f"api_version {version!r} may be too old for responses, or the endpoint is wrong"
    else:
        what = (
            "the endpoint is wrong (https://NAME.openai.azure.com/openai/v1), or the resource has no v1 API"
        )
    return ModelError(Fault.NO_RESPONSES, f"{place.server} answers, but not there{_quote(said)}: {what}")


def _throttled(place: Place, said: Complaint, headers: Mapping[str, str]) -> ModelError:
    if said.code == "insufficient_quota" or "exceeded your current quota" in said.message:
        return _quota(place, said)
    text = f"{place.server} asks to slow down{_quote(said)}"
    return ModelError(Fault.RATE, text, retry_after_s=retry_after(headers))


def _quota(place: Place, said: Complaint) -> ModelError:
    text = (
        f"the quota at {place.server} is used up{_quote(said)}; waiting does not help, check plan and billing"
    )
    return ModelError(Fault.QUOTA, text)


def _quote(said: Complaint) -> str:
    return f": {said.words}" if said.words else ""
