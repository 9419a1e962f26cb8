import json
from typing import Any

import pytest

from tui_assist.config.settings import ProviderSettings
from tui_assist.errors import Fault, ModelError
from tui_assist.model import errors
from tui_assist.model.errors import Place, from_status, from_stream

OPENAI = Place(ProviderSettings("openai", "openai", "https://api.openai.com/v1", "OPENAI_API_KEY"), "gpt-9")
V1 = Place(
    ProviderSettings("azure", "azure", "https://x.openai.azure.com/openai/v1", "AZURE_OPENAI_API_KEY"), "dep"
)
DATED = Place(
    ProviderSettings("azure", "azure", "https://x.openai.azure.com", api_version="2023-01-01"), "dep"
)
LLAMA = Place(ProviderSettings("llamacpp", "llamacpp", "http://127.0.0.1:8080/v1"), "tiny", has_key=False)


def openai_body(message: str, code: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "error": {"message": message, "type": "invalid_request_error", "code": code, "param": None, **more}
    }


def told(place: Place, status: int, body: Any = None, **headers: str) -> ModelError:
    return from_status(
        place, status, {name.replace("_", "-"): value for name, value in headers.items()}, body
    )


@pytest.mark.parametrize(
    ("place", "status", "body", "fault", "words"),
    [
        (OPENAI, 401, openai_body("Incorrect API key provided: sk-se***et."), Fault.AUTH, "OPENAI_API_KEY"),
        (LLAMA, 401, "", Fault.AUTH, "wants a key and none is set"),
        (OPENAI, 403, openai_body("You may not."), Fault.AUTH, "You may not."),
        (
            OPENAI,
            404,
            openai_body("The model `gpt-9` does not exist", "model_not_found"),
            Fault.NOT_FOUND,
            "/model",
        ),
        (LLAMA, 404, "File Not Found", Fault.NO_RESPONSES, "chat completions"),
        (LLAMA, 405, {"detail": "Method Not Allowed"}, Fault.NO_RESPONSES, "no /responses route"),
        (LLAMA, 404, "<html><title>404</title>", Fault.NO_RESPONSES, "base_url lacks /v1"),
        (
            OPENAI,
            429,
            openai_body("You exceeded your current quota", "insufficient_quota"),
            Fault.QUOTA,
            "billing",
        ),
        (OPENAI, 429, openai_body("Rate limit reached", "rate_limit_exceeded"), Fault.RATE, "slow down"),
        (OPENAI, 503, "upstream down", Fault.SERVER, "status 503: upstream down"),
        (
            LLAMA,
            500,
            openai_body("json parse error at 3: [json.exception.parse]"),
            Fault.REJECTED,
            "did not like",
        ),
        (OPENAI, 307, "", Fault.REJECTED, "redirects to"),
        (OPENAI, 400, openai_body("Bad thing"), Fault.REJECTED, "Bad thing"),
        (OPENAI, 422, {"title": "Bad Request", "status": 422, "detail": "why"}, Fault.REJECTED, "why"),
        (
            V1,
            401,
            openai_body("Access denied due to wrong API endpoint."),
            Fault.AUTH,
            "belongs to this endpoint",
        ),
        (
            V1,
            404,
            {"error": {"code": "DeploymentNotFound", "message": "no"}},
            Fault.NOT_FOUND,
            "no deployment 'dep'",
        ),
        (
            V1,
            404,
            {"error": {"code": "404", "message": "Resource not found"}},
            Fault.NO_RESPONSES,
            "openai/v1",
        ),
        (
            DATED,
            404,
            {"error": {"code": "404", "message": "Resource not found"}},
            Fault.NO_RESPONSES,
            "'2023-01-01'",
        ),
        (
            DATED,
            400,
            openai_body("API version not supported"),
            Fault.NO_RESPONSES,
            "api_version '2023-01-01'",
        ),
    ],
)
def test_a_refusal_says_what_where_and_what_next(
    place: Place, status: int, body: Any, fault: Fault, words: str
) -> None:
    error = told(place, status, body, location="https://elsewhere.example/v1?key=s3cret")
    assert error.fault is fault
    assert words in str(error)
    assert "sk-se" not in str(error)
    assert "s3cret" not in str(error)


@pytest.mark.parametrize(
    "body",
    [
        openai_body("Your input exceeds the context window of this model.", "context_length_exceeded"),
        openai_body("lost", "context_length_exceeded"),
        {
            "error": {
                "code": 400,
                "type": "exceed_context_size_error",
                "message": "m",
                "n_prompt_tokens": 9,
                "n_ctx": 4,
            }
        },
        openai_body("This model's maximum context length is 4096 tokens."),
        openai_body("too many tokens in the prompt"),
        {"object": "error", "message": "maximum number of input tokens exceeded", "code": 400},
        "the request exceeds the available context size",
        json.dumps(openai_body("lost", "context_length_exceeded")).encode(),
    ],
)
def test_context_overflow_is_known_in_all_its_shapes(body: Any) -> None:
    error = told(OPENAI, 400, body)
    assert error.fault is Fault.OVERFLOW
    assert "larger window" in str(error)


def test_a_bad_output_limit_is_no_context_overflow() -> None:
    body = openai_body("max_output_tokens is above the maximum of 4096 tokens", param="max_output_tokens")
    assert told(OPENAI, 400, body).fault is Fault.REJECTED


@pytest.mark.parametrize(
    ("code", "message", "fault"),
    [
        ("context_length_exceeded", "", Fault.OVERFLOW),
        ("", "Your input exceeds the context window of this model.", Fault.OVERFLOW),
        ("insufficient_quota", "q", Fault.QUOTA),
        ("rate_limit_exceeded", "r", Fault.RATE),
        ("server_error", "s", Fault.SERVER),
        ("invalid_prompt", "p", Fault.REJECTED),
    ],
)
def test_errors_in_the_stream_are_told_apart(code: str, message: str, fault: Fault) -> None:
    assert from_stream(OPENAI, code, message).fault is fault


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "1500", "retry-after": "7"}, 1.5),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "-1"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_seconds(headers: dict[str, str], wait: float | None) -> None:
    assert from_status(OPENAI, 429, headers, None).retry_after_s == wait


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (openai_body("x", "unsupported_parameter", param="temperature"), "temperature"),
        (openai_body("x", "unsupported_value", param="reasoning.effort"), "reasoning.effort"),
        (openai_body("x", "unknown_parameter", param="include[0]"), "include"),
        (
            openai_body("Invalid value: 'xhigh'.", "invalid_value", param="reasoning.effort"),
            "reasoning.effort",
        ),
        (openai_body("Unsupported parameter: 'top_p' is not supported with this model."), "top_p"),
        (openai_body("Unrecognized request argument supplied: store"), "store"),
        (openai_body("Encrypted content is not supported with this model."), "include"),
        (
            {"detail": [{"type": "extra_forbidden", "loc": ["body", "metadata"], "msg": "Extra inputs"}]},
            "metadata",
        ),
        (openai_body("No tool output found for function call call_1."), ""),
        ("oops", ""),
    ],
)
def test_the_parameter_a_server_refuses_is_found(body: Any, name: str) -> None:
    assert errors.unsupported_parameter(body) == name


@pytest.mark.parametrize(
    ("body", "unknown"),
    [
        (openai_body("Invalid value: 'shell'. Supported …", "invalid_value", param="tools[0].type"), True),
        (openai_body("Tool 'apply_patch' is not supported with gpt-4o.", param="tools"), True),
        (openai_body("Cannot determine type of 'item'"), True),
        ({"error": "input[3]: unknown input item type: shell_call"}, True),
        (
            {"detail": [{"type": "literal_error", "loc": ["body", "tools", 0], "msg": "Input should be"}]},
            True,
        ),
        (openai_body("No tool output found for function call call_1."), False),
        (openai_body("Missing required parameter: 'input[0].arguments'", param="input[0].arguments"), False),
    ],
)
def test_an_unknown_tool_or_item_type_is_told_from_other_refusals(body: Any, unknown: bool) -> None:
    assert errors.unknown_type(body) is unknown


def test_an_address_with_a_password_is_never_quoted_whole() -> None:
    place = Place(ProviderSettings("p", "other", "http://me:pa55@host/v1?token=s3cret"))
    assert str(errors.cut(place)) == "http://host/v1 ended the stream before the response was finished"


def test_a_long_complaint_is_shortened() -> None:
    assert len(str(told(OPENAI, 400, "x" * 10_000))) < 500
