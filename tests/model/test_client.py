import asyncio
import logging
import os
import subprocess
import sys
import types
from typing import Any

import pytest

from tests.model.talking import TOOLS, Talk, answers, talking, user
from tests.server import Refuse, calls, patches, says, scripted, thinks
from tui_assist.config.settings import Kind, ProviderSettings, RequestSettings
from tui_assist.errors import Fault, ModelError, UserError
from tui_assist.events import ItemFinished, Notice, ResponseStarted, TextDelta
from tui_assist.model.client import ResponsesModel
from tui_assist.values.step import Create, Model, Response, Resume

FIRST = thinks("look first") + says("Let me look.") + calls("shell", "ls") + patches("a.py", "@@\n-a\n+b\n")
TWO_STEPS = [FIRST, says("Done.")]
CHECKS: dict[Kind, str] = {
    "openai": "openai",
    "azure": "azure",
    "tzafon": "tzafon",
    "llamacpp": "llamacpp",
    "ollama": "ollama",
    "vllm": "vllm",
    "lmstudio": "lmstudio",
    "practice": "openai",
    "other": "llamacpp",
}


async def two_steps(talk: Talk) -> tuple[Response, Response]:
    first = await talk.step(user("run it"))
    return first, await talk.step(*answers(first))


def text_of(response: Response) -> str:
    return "".join(
        part["text"] for item in response.items if item["type"] == "message" for part in item["content"]
    )


@pytest.mark.parametrize("kind", CHECKS)
async def test_a_turn_of_two_steps_goes_through_every_dialect(kind: Kind) -> None:
    async with scripted(TWO_STEPS, dialect=CHECKS[kind]) as server, talking(server, kind) as talk:
        first, second = await two_steps(talk)
    assert server.refusals == []
    assert (first.status, second.status) == ("completed", "completed")
    assert (text_of(first), text_of(second)) == ("Let me look.", "Done.")
    assert len(server.requests) == 2
    assert talk.of(Notice) == []


@pytest.mark.parametrize("kind", ["openai", "azure", "practice"])
async def test_reasoning_is_replayed_to_the_model_that_thought_it(kind: Kind) -> None:
    async with scripted(TWO_STEPS, dialect=CHECKS[kind]) as server, talking(server, kind) as talk:
        await two_steps(talk)
    assert [item["type"] for item in server.requests[1].input_items] == [
        "message",
        "reasoning",
        "message",
        "shell_call",
        "apply_patch_call",
        "shell_call_output",
        "apply_patch_call_output",
    ]


async def test_another_model_gets_the_conversation_without_its_reasoning() -> None:
    async with scripted(TWO_STEPS) as server, talking(server) as talk:
        first = await talk.step(user("run it"))
        async with talking(server) as other:
            other.items = talk.items
            await other.step(*answers(first))
    assert "reasoning" not in {item["type"] for item in server.requests[1].input_items}


async def test_the_request_is_stable_and_keeps_nothing_on_the_server() -> None:
    async with scripted(TWO_STEPS) as server, talking(server) as talk:
        await two_steps(talk)
    one, two = ({**request, "input": None} for request in server.requests)
    assert one == two
    assert (one["store"], one["instructions"], one["stream"]) == (False, "Be careful.", True)


async def test_dated_azure_is_asked_at_its_own_address_with_its_own_header() -> None:
    async with scripted(TWO_STEPS, dialect="azure") as server:
        version: dict[str, Any] = {"base_url": server.endpoint, "api_version": "2025-04-01-preview"}
        async with talking(server, "azure", **version) as talk:
            await two_steps(talk)
    http = server.requests[1].http
    assert (http.path, http.query) == ("/openai/responses", {"api-version": "2025-04-01-preview"})
    assert http.headers["api-key"] == server.token
    assert "authorization" not in http.headers


@pytest.mark.parametrize("version", ["", "2025-04-01-preview"])
async def test_an_azure_token_goes_as_bearer(version: str) -> None:
    async with scripted(TWO_STEPS, dialect="azure") as server:
        settings: dict[str, Any] = {"base_url": server.endpoint, "api_version": version, "auth": "token"}
        async with talking(server, "azure", **settings) as talk:
            await two_steps(talk)
    assert server.requests[1].http.headers["authorization"] == f"Bearer {server.token}"


async def test_a_key_that_changes_is_asked_for_at_every_request() -> None:
    async with scripted([says("a"), says("b")]) as server:
        asked: list[int] = []

        async def key() -> str:
            asked.append(1)
            return server.token

        settings = ProviderSettings("there", "openai", server.base_url)
        model = ResponsesModel(settings, "test-model", RequestSettings(), key)
        for _ in range(2):
            await model.respond(Create("s", "t", (user("hi"),), "", ()), lambda event: None)
        await model.close()
    assert len(asked) == 2


async def test_entra_without_its_extra_says_what_to_install() -> None:
    settings = ProviderSettings("azure", "azure", "https://x.openai.azure.com", auth="entra")
    model = ResponsesModel(settings, "dep", RequestSettings(), None)
    with pytest.raises(UserError, match=r"pip install tui-assist\[azure\]"):
        await model.warm()


class Credential:
    """Stands in for azure-identity, which is an extra: signs in at once, or not at all."""

    closed = 0

    async def close(self) -> None:
        Credential.closed += 1


def sign_in(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    def provider(credential: Credential, scope: str) -> Any:
        async def ask() -> str:
            assert scope == "https://cognitiveservices.azure.com/.default"
            if not token:
                raise RuntimeError("no way to sign in")
            return token

        return ask

    module = types.ModuleType("azure.identity.aio")
    vars(module).update(DefaultAzureCredential=Credential, get_bearer_token_provider=provider)
    for name in ("azure", "azure.identity"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "azure.identity.aio", module)


@pytest.mark.parametrize("version", ["", "2025-04-01-preview"])
async def test_entra_signs_every_request_and_is_closed(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Credential, "closed", 0)
    async with scripted([says("hi")], dialect="azure") as server:
        sign_in(monkeypatch, server.token)
        settings = ProviderSettings("azure", "azure", server.endpoint, api_version=version, auth="entra")
        model = ResponsesModel(settings, "test-model", RequestSettings(), None)
        await model.respond(Create("s", "t", (user("hi"),), "", ()), lambda event: None)
        await model.close()
    assert server.requests[0].http.headers["authorization"] == f"Bearer {server.token}"
    assert Credential.closed == 1


async def test_entra_without_a_sign_in_says_how_to(monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(monkeypatch, "")
    settings = ProviderSettings("azure", "azure", "http://127.0.0.1:9", auth="entra")
    model = ResponsesModel(settings, "test-model", RequestSettings(), None)
    with pytest.raises(ModelError, match="az login"):
        await model.respond(Create("s", "t", (user("hi"),), "", ()), lambda event: None)
    await model.close()


async def test_a_key_no_header_can_carry_is_refused_without_quoting_it() -> None:
    settings = ProviderSettings("there", "openai", key_variable="OPENAI_API_KEY")
    with pytest.raises(ModelError) as caught:
        ResponsesModel(settings, "m", RequestSettings(), "sk-geheim\nX: 1")
    assert "geheim" not in str(caught.value)
    assert "OPENAI_API_KEY" in str(caught.value)


async def test_headers_and_query_of_the_provider_are_sent() -> None:
    more: dict[str, Any] = {"headers": {"X-Team": "a"}, "query": {"route": "b"}}
    async with scripted([says("hi")]) as server, talking(server, **more) as talk:
        await talk.step(user("hi"))
    http = server.requests[0].http
    assert (http.headers["x-team"], http.query) == ("a", {"route": "b"})


async def test_what_the_environment_says_about_openai_stays_out_of_other_servers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leaks = {
        "OPENAI_ORG_ID": "org-1",
        "OPENAI_PROJECT_ID": "proj-1",
        "OPENAI_CUSTOM_HEADERS": "X-Secret: 1",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    for name, value in leaks.items():
        monkeypatch.setenv(name, value)
    async with scripted([says("hi")], dialect="llamacpp") as server, talking(server, "llamacpp") as talk:
        await talk.step(user("hi"))
    headers = server.requests[0].http.headers
    assert not {"openai-organization", "openai-project", "x-secret"} & set(headers)
    assert {name: os.environ[name] for name in leaks} == leaks


def test_a_debug_variable_never_prints_over_the_screen() -> None:
    code = (
        "import asyncio; from tui_assist.config.settings import *;"
        "from tui_assist.model.client import ResponsesModel;"
        "settings = ProviderSettings('p', 'other', 'http://127.0.0.1:9/v1');"
        "model = ResponsesModel(settings, 'm', RequestSettings(), None);"
        "asyncio.run(model.warm()); import logging; logging.getLogger('openai').debug('LOUD')"
    )
    environment = {**os.environ, "OPENAI_LOG": "debug"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_the_client_is_loaded_late() -> None:
    code = (
        "import sys, tui_assist.model.client, tui_assist.model.catalog;"
        "print('openai' in sys.modules, 'httpx2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


async def test_settings_a_server_does_not_take_are_said_once() -> None:
    request = RequestSettings(effort="high", verbosity="low", temperature=0.1)
    async with (
        scripted(TWO_STEPS, dialect="llamacpp") as server,
        talking(server, "llamacpp", request) as talk,
    ):
        await two_steps(talk)
    assert [event.text for event in talk.of(Notice)] == [
        "there does not take `effort`; it is not sent",
        "there does not take `verbosity`; it is not sent",
    ]
    assert server.requests[1]["temperature"] == 0.1


async def test_new_settings_count_from_the_next_step() -> None:
    async with scripted(TWO_STEPS) as server, talking(server) as talk:
        first = await talk.step(user("hi"))
        talk.model.configure(RequestSettings(effort="low"))
        await talk.step(*answers(first))
    assert server.requests[0]["reasoning"] == {"summary": "auto"}
    assert server.requests[1]["reasoning"] == {"effort": "low", "summary": "auto"}


def unsupported(name: str) -> Refuse:
    message = f"Unsupported parameter: '{name}' is not supported with this model."
    error = {
        "message": message,
        "type": "invalid_request_error",
        "param": name,
        "code": "unsupported_parameter",
    }
    return Refuse(400, {"error": error})


async def test_a_refused_parameter_is_dropped_once_remembered_and_said() -> None:
    request = RequestSettings(temperature=0.1)
    faults = [unsupported("temperature"), unsupported("reasoning.summary")]
    async with scripted(TWO_STEPS, faults=faults) as server, talking(server, request=request) as talk:
        await two_steps(talk)
    assert [("temperature" in asked, "reasoning" in asked) for asked in server.requests] == [
        (True, True),
        (False, True),
        (False, False),
        (False, False),
    ]
    assert len(talk.of(Notice)) == 2
    assert talk.slept == []


async def test_a_parameter_that_cannot_be_left_out_ends_the_step() -> None:
    async with scripted(TWO_STEPS, faults=[unsupported("model")]) as server, talking(server) as talk:
        with pytest.raises(ModelError, match="Unsupported parameter"):
            await talk.step(user("hi"))
    assert len(server.requests) == 1


async def test_a_server_without_typed_tools_is_asked_again_with_functions() -> None:
    async with (
        scripted(TWO_STEPS, dialect="llamacpp", faults=[]) as server,
        talking(server, "openai") as talk,
    ):
        refusal = {"message": "Invalid value: 'shell'.", "param": "tools[1].type", "code": "invalid_value"}
        server._faults = {0: Refuse(400, {"error": refusal})}
        await two_steps(talk)
    assert {tool["type"] for tool in server.requests[0]["tools"]} == {"shell", "apply_patch", "function"}
    assert {tool["type"] for tool in server.requests[2]["tools"]} == {"function"}
    assert len(server.requests) == 3
    assert [event.text for event in talk.of(Notice)] == [
        "there lacks a tool type; function tools are used instead"
    ]


SERVER_STATE = RequestSettings(state="server")


async def test_with_state_on_the_server_only_new_items_are_sent() -> None:
    async with scripted(TWO_STEPS) as server, talking(server, request=SERVER_STATE) as talk:
        await two_steps(talk)
    second = server.requests[1]
    assert (second["previous_response_id"], second["store"]) == ("resp_1", True)
    assert [item["type"] for item in second.input_items] == ["shell_call_output", "apply_patch_call_output"]


async def test_a_server_that_forgot_gets_the_whole_conversation_and_it_is_said() -> None:
    gone = Refuse(404, {"error": {"message": "Previous response with id 'resp_1' not found.", "code": "x"}})
    async with scripted(TWO_STEPS, faults={1: gone}) as server, talking(server, request=SERVER_STATE) as talk:
        await two_steps(talk)
    assert len(server.requests[2].input_items) == 6  # reasoning was kept there only
    assert "previous_response_id" not in server.requests[2]
    assert [event.text for event in talk.of(Notice)] == [
        "there does not remember responses; the whole conversation is sent"
    ]


async def test_an_edited_conversation_is_sent_whole() -> None:
    async with scripted([says("a"), says("b")]) as server, talking(server, request=SERVER_STATE) as talk:
        await talk.step(user("hi"))
        talk.items = [user("something else"), *talk.items[1:]]
        await talk.step(user("more"))
    assert "previous_response_id" not in server.requests[1]


async def test_a_server_without_state_is_never_trusted_with_it() -> None:
    async with (
        scripted(TWO_STEPS, dialect="ollama") as server,
        talking(server, "ollama", SERVER_STATE) as talk,
    ):
        await two_steps(talk)
    assert server.refusals == []
    assert [event.text for event in talk.of(Notice)] == ["there does not take `state`; it is not sent"]


async def test_a_limit_that_was_hit_in_silence_is_seen() -> None:
    request, long = RequestSettings(max_output_tokens=16), says("word " * 60)
    async with scripted([long], dialect="llamacpp") as server, talking(server, "llamacpp", request) as talk:
        response = await talk.step(user("hi"))
    assert (response.status, response.reason) == ("incomplete", "the output limit was reached")


async def test_what_cannot_go_on_says_so() -> None:
    async with scripted([]) as server, talking(server, "llamacpp") as talk:
        with pytest.raises(ModelError, match="send the message again"):
            await talk.model.respond(Resume("s", "t", "resp_1", 4), talk.events.append)


async def test_a_response_on_the_server_is_read_on_from_where_it_was() -> None:
    async with scripted([]) as server, talking(server) as talk:
        with pytest.raises(ModelError) as caught:
            await talk.model.respond(Resume("s", "t", "resp_1", 4), talk.events.append)
    assert caught.value.fault in (Fault.NOT_FOUND, Fault.NO_RESPONSES)


async def test_a_cancelled_step_closes_its_connection() -> None:
    async with scripted([says("word " * 2000)], rate=100) as server, talking(server) as talk:
        step = asyncio.create_task(talk.step(user("hi")))
        while not talk.of(TextDelta):
            await asyncio.sleep(0.005)
        step.cancel()
        with pytest.raises(asyncio.CancelledError):
            await step
        while server._connections:
            await asyncio.sleep(0.005)
    assert talk.of(ItemFinished) == []


async def test_a_burst_leaves_the_loop_to_others() -> None:
    async with scripted([says("word " * 3000)]) as server, talking(server) as talk:
        await talk.model.warm()
        step = asyncio.create_task(talk.step(user("hi")))
        turns = 0
        while not step.done():
            turns += 1
            await asyncio.sleep(0)
        assert turns > 10
        assert len(talk.of(TextDelta)) == 3001


async def test_two_sessions_share_a_model() -> None:
    async with scripted([says("a"), says("b")]) as server, talking(server) as talk:
        sources = [Create(name, "t", (user("hi"),), "", TOOLS) for name in ("one", "two")]
        await asyncio.gather(*(talk.model.respond(source, talk.events.append) for source in sources))
    assert {event.session for event in talk.of(ResponseStarted)} == {"one", "two"}
    assert len({event.key for event in talk.of(ItemFinished)}) == 2


async def test_it_is_a_model(caplog: pytest.LogCaptureFixture) -> None:
    async with scripted([]) as server, talking(server) as talk:
        model: Model = talk.model
        assert (model.provider, model.name, model.context_window) == ("there", "test-model", 400_000)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
