import os
import subprocess
import sys
import types
from typing import Any

import pytest

from tests.model.talking import talking, user
from tests.server import says, scripted
from tui_assist.config.settings import ProviderSettings, RequestSettings
from tui_assist.errors import ModelError, UserError
from tui_assist.model.client import ResponsesModel
from tui_assist.values.step import Create


async def test_dated_azure_is_asked_at_its_own_address_with_its_own_header() -> None:
    async with scripted([says("hi")], dialect="azure") as server:
        version: dict[str, Any] = {"base_url": server.endpoint, "api_version": "2025-04-01-preview"}
        async with talking(server, "azure", **version) as talk:
            await talk.step(user("hi"))
    http = server.requests[0].http
    assert (http.path, http.query) == ("/openai/responses", {"api-version": "2025-04-01-preview"})
    assert http.headers["api-key"] == server.token
    assert "authorization" not in http.headers


@pytest.mark.parametrize("version", ["", "2025-04-01-preview"])
async def test_an_azure_token_goes_as_bearer(version: str) -> None:
    async with scripted([says("hi")], dialect="azure") as server:
        settings: dict[str, Any] = {"base_url": server.endpoint, "api_version": version, "auth": "token"}
        async with talking(server, "azure", **settings) as talk:
            await talk.step(user("hi"))
    assert server.requests[0].http.headers["authorization"] == f"Bearer {server.token}"


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
