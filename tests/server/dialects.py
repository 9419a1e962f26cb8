"""How other servers differ: what each refuses, and how its stream deviates."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.server.faults import without_indices
from tui_assist.practice.check import Refusal, refuse, validate
from tui_assist.practice.reply import Record

Check = Callable[[Mapping[str, Any], Sequence[Any] | None], Refusal | None]
Reshape = Callable[[Iterator[Record]], Iterator[Record]]

FUNCTION_ITEMS = frozenset({"message", "function_call", "function_call_output"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """One kind of server."""

    check: Check
    reshape: Reshape = iter
    path: str = "/v1"  # what a base URL ends with
    needs_key: bool = False
    listing: Mapping[str, Any] = field(default_factory=dict)  # added to the entry of `GET /v1/models`


def kind_of(item: Mapping[str, Any]) -> str:
    return str(item.get("type", "message" if "role" in item else ""))


def inputs(request: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    given = request.get("input")
    return list(enumerate(given)) if isinstance(given, list) else []


def tools(request: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    return list(enumerate(request.get("tools") or ()))


def check_llamacpp(request: Mapping[str, Any], earlier: Sequence[Any] | None) -> Refusal | None:
    """Other tool types would be ignored silently there; to rely on that is wrong, so refused here."""
    if request.get("previous_response_id"):
        return refuse("llama.cpp does not support 'previous_response_id'.")
    for _, tool in tools(request):
        if tool.get("type") != "function":
            return refuse(f"strict test server: llama.cpp would ignore the tool type {tool.get('type')}")
    for _, item in inputs(request):
        kind = kind_of(item)
        if kind == "reasoning" and not item.get("content"):
            return refuse("item['content'] is not an array")
        if item.get("role") == "assistant" and "type" not in item:
            return refuse("Cannot determine type of 'item'")
        if kind not in FUNCTION_ITEMS | {"reasoning"}:
            return refuse("Cannot determine type of 'item'")
        if any(part.get("type") in ("refusal", "input_file") for part in parts(item)):
            return refuse("unsupported content type")
    return validate(plain(request, {"reasoning"}), None)


def check_ollama(request: Mapping[str, Any], earlier: Sequence[Any] | None) -> Refusal | None:
    if request.get("previous_response_id"):
        return refuse("strict test server: Ollama ignores previous_response_id and would lose the context")
    efforts = (None, "none", "minimal", "low", "medium", "high", "xhigh", "max")
    if (request.get("reasoning") or {}).get("effort") not in efforts:
        return refuse("invalid reasoning value")
    for _, tool in tools(request):
        if tool.get("type") not in ("function", "web_search"):
            return refuse(f"strict test server: Ollama would take {tool.get('type')} for a nameless function")
    for index, item in inputs(request):
        if kind_of(item) not in FUNCTION_ITEMS | {"reasoning", "web_search_call"}:
            return refuse(f"input[{index}]: unknown input item type: {kind_of(item)}")
    return validate(plain(request, {"reasoning"}), None)


def check_vllm(request: Mapping[str, Any], earlier: Sequence[Any] | None) -> Refusal | None:
    """The store is off there by default, so no earlier response is known."""
    if request.get("previous_response_id"):
        message = f"Response with id '{request['previous_response_id']}' not found."
        return refuse(message, param="response_id", status=404)
    if "prompt" in request:
        return refuse("prompt template is not supported", param="prompt")
    for index, tool in tools(request):
        if tool.get("type") != "function":
            location = ["body", "tools", index]
            detail = [{"type": "literal_error", "loc": location, "input": tool.get("type")}]
            return refuse(f"{len(detail)} validation error: {detail}", status=422)
    for index, item in inputs(request):
        if kind_of(item) not in FUNCTION_ITEMS | {"reasoning"}:
            return refuse(f"validation error: input[{index}].type: literal_error {kind_of(item)}")
        if item.get("encrypted_content"):
            return refuse("Encrypted content is not supported.")
    return validate(plain(request, {"reasoning"}), None)


def check_lmstudio(request: Mapping[str, Any], earlier: Sequence[Any] | None) -> Refusal | None:
    for index, tool in tools(request):
        if tool.get("type") not in ("function", "mcp"):
            return refuse(f"Invalid discriminator value at tools[{index}].type", code="invalid_union")
    for index, item in inputs(request):
        if kind_of(item) not in FUNCTION_ITEMS | {"reasoning", "item_reference"}:
            return refuse(f"Invalid discriminator value at input[{index}].type", code="invalid_union")
    return validate(plain(request, {"reasoning"}), earlier)


def check_tzafon(request: Mapping[str, Any], earlier: Sequence[Any] | None) -> Refusal | None:
    """Problems come as RFC 7807 there."""
    known = FUNCTION_ITEMS | {"reasoning", "computer_call", "computer_call_output", "item_reference"}
    for index, tool in tools(request):
        if tool.get("type") not in ("function", "computer_use", "computer_use_preview"):
            return problem(f"tools[{index}].type: unknown tool {tool.get('type')}")
    for index, item in inputs(request):
        if kind_of(item) not in known:
            return problem(f"input[{index}].type: unknown item {kind_of(item)}")
    functions = [tool for _, tool in tools(request) if tool["type"] == "function"]
    return validate({**plain(request, {"reasoning"}), "tools": functions}, earlier)


def problem(detail: str) -> Refusal:
    return Refusal(400, {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": detail})


def parts(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    content = item.get("content")
    return content if isinstance(content, list) else []


def plain(request: Mapping[str, Any], without: set[str]) -> dict[str, Any]:
    """The request without item types whose pairing that server does not check."""
    given = request.get("input")
    if not isinstance(given, list):
        return dict(request)
    return {**request, "input": [item for item in given if kind_of(item) not in without]}


def llamacpp_stream(records: Iterator[Record]) -> Iterator[Record]:
    """No indices, no numbers, no `arguments.done`; created and in_progress again between the deltas."""
    start: list[Record] = []
    for number, record in enumerate(map(without_indices, records)):
        kind = record["type"]
        if kind == "response.function_call_arguments.done":
            continue
        if kind in ("response.created", "response.in_progress"):
            response = record["response"]
            short = {"id": response["id"], "object": "response", "status": "in_progress"}
            record = {"type": kind, "response": short}
            start.append(record)
        elif kind == "response.completed":
            record = {"type": kind, "response": timed(record["response"])}
        elif kind.endswith(".delta") and number % 3 == 0:
            yield from start
        yield record


def timed(response: Mapping[str, Any]) -> dict[str, Any]:
    usage = {name: response["usage"][name] for name in ("input_tokens", "output_tokens", "total_tokens")}
    return {**response, "usage": usage, "timings": {"predicted_per_second": 42.0}}


def ollama_stream(records: Iterator[Record]) -> Iterator[Record]:
    """The arguments of a call in one delta."""
    event = "response.function_call_arguments"
    for record in records:
        if record["type"] == f"{event}.done":
            whole = {name: value for name, value in record.items() if name != "arguments"}
            yield {**whole, "type": f"{event}.delta", "delta": record["arguments"]}
        if record["type"] != f"{event}.delta":
            yield record


DIALECTS: Mapping[str, Dialect] = {
    "openai": Dialect(validate, needs_key=True),
    "azure": Dialect(validate, path="/openai/v1", needs_key=True),
    "tzafon": Dialect(check_tzafon, needs_key=True),
    "llamacpp": Dialect(check_llamacpp, llamacpp_stream, listing={"meta": {"n_ctx_train": 32768}}),
    "ollama": Dialect(check_ollama, ollama_stream),
    "vllm": Dialect(check_vllm, listing={"max_model_len": 32768}),
    "lmstudio": Dialect(check_lmstudio),
}
