import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.server import scripted
from tui_assist.config.settings import Kind, ProviderSettings
from tui_assist.errors import Fault, ModelError
from tui_assist.model.catalog import (
    Finding,
    FoundServer,
    ModelInfo,
    check_provider,
    list_models,
    probe_local,
)


@asynccontextmanager
async def answering(pages: Mapping[str, Any], status: int = 200) -> AsyncIterator[int]:
    """A port that answers each path with its page, as JSON, or as it is when it is text."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        page = pages.get(head.split()[1].decode())
        text = page if isinstance(page, str) else json.dumps(page)
        code = 404 if page is None else status
        writer.write(f"HTTP/1.1 {code} X\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def local(kind: Kind, port: int) -> ProviderSettings:
    return ProviderSettings(kind, kind, f"http://127.0.0.1:{port}/v1")


def listing(*entries: Any) -> dict[str, Any]:
    return {"object": "list", "data": [*entries]}


@pytest.mark.parametrize(("dialect", "window"), [("llamacpp", 32768), ("vllm", 32768), ("lmstudio", None)])
async def test_models_come_with_the_window_their_server_tells(dialect: Any, window: int | None) -> None:
    async with scripted([], dialect=dialect) as server:
        provider = ProviderSettings("p", dialect, server.base_url)
        assert await list_models(provider) == (ModelInfo("test-model", window),)


async def test_what_runs_counts_before_what_the_model_was_made_for() -> None:
    entry = {"id": "tiny", "meta": {"n_ctx": 4096, "n_ctx_train": 32768}}
    async with answering({"/v1/models": listing(entry)}) as port:
        assert await list_models(local("llamacpp", port)) == (ModelInfo("tiny", 4096),)


async def test_ollama_and_lm_studio_tell_the_window_of_what_is_loaded() -> None:
    pages = {
        "/v1/models": listing({"id": "a"}, {"id": "b"}),
        "/api/ps": {"models": [{"name": "a", "context_length": 8192}]},
        "/api/v0/models": {"data": [{"id": "b", "loaded_context_length": 2048}]},
    }
    async with answering(pages) as port:
        assert await list_models(local("ollama", port)) == (ModelInfo("a", 8192), ModelInfo("b"))
        assert await list_models(local("lmstudio", port)) == (ModelInfo("a"), ModelInfo("b", 2048))


async def test_published_windows_are_known_for_openai() -> None:
    async with scripted([], model="gpt-5.2") as server:
        provider = ProviderSettings("openai", "openai", server.base_url)
        assert await list_models(provider, server.token) == (ModelInfo("gpt-5.2", 400_000),)


async def test_azure_offers_the_deployment_that_was_configured() -> None:
    provider = ProviderSettings("azure", "azure", "https://x", model="dep", base_model="gpt-5.2")
    assert await list_models(provider) == (ModelInfo("dep", 400_000),)


async def test_a_wrong_key_is_told_when_listing() -> None:
    async with scripted([]) as server:
        with pytest.raises(ModelError) as caught:
            await list_models(ProviderSettings("p", "openai", server.base_url), "wrong")
    assert caught.value.fault is Fault.AUTH


@pytest.mark.parametrize("page", ["<html>", "[]", "{", '{"data": 3}'])
async def test_what_is_no_list_is_an_error(page: str) -> None:
    async with answering({"/v1/models": page}) as port:
        with pytest.raises(ModelError) as caught:
            await list_models(local("other", port))
    assert caught.value.fault is Fault.PROTOCOL


async def test_a_server_without_a_list_is_an_error() -> None:
    async with answering({}) as port:
        with pytest.raises(ModelError, match="no /models route"):
            await list_models(local("other", port))


async def test_local_servers_are_found_and_named_by_what_they_are() -> None:
    tiny = {"id": "tiny", "owned_by": "llamacpp", "meta": {"n_ctx_train": 512}}
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        silent = deaf.getsockname()[1]
        async with (
            answering({"/v1/models": listing(tiny)}) as one,
            answering({"/v1/models": listing()}) as two,
            answering({"/": "a web page"}) as three,
            answering({"/v1/models": "<html>"}) as four,
        ):
            ports: dict[int, Kind] = {
                one: "vllm",
                two: "ollama",
                three: "vllm",
                four: "vllm",
                silent: "vllm",
                9: "lmstudio",
            }
            found = await probe_local(ports)
    assert found == (
        FoundServer("llamacpp", "llamacpp", f"http://127.0.0.1:{one}/v1", "tiny", 512),
        FoundServer("ollama", "ollama", f"http://127.0.0.1:{two}/v1", ""),
    )


def verdicts(findings: tuple[Finding, ...]) -> dict[str, bool | None]:
    return {finding.subject: finding.ok for finding in findings}


@pytest.mark.parametrize("dialect", ["openai", "llamacpp", "ollama"])
async def test_a_good_provider_is_found_good_without_asking_for_a_response(dialect: Any) -> None:
    async with scripted([], dialect=dialect) as server:
        provider = ProviderSettings("p", dialect, server.base_url)
        findings = await check_provider(provider, server.token, "test-model")
    assert verdicts(findings) == {"address": True, "key": True, "responses": True, "model": None}


async def test_a_wrong_key_is_the_keys_fault() -> None:
    async with scripted([]) as server:
        provider = ProviderSettings("p", "openai", server.base_url)
        assert verdicts(await check_provider(provider, "wrong")) == {"address": True, "key": False}


async def test_a_server_of_chat_completions_lacks_the_route() -> None:
    async with answering({"/v1/models": listing()}) as port:
        findings = await check_provider(local("other", port))
    assert verdicts(findings) == {"address": True, "responses": False}


async def test_a_web_page_is_the_addresss_fault() -> None:
    async with answering({"/v1/responses": "<html><title>Hi</title>"}) as port:
        findings = await check_provider(local("other", port))
    assert verdicts(findings) == {"address": False}
    assert "web page (Hi)" in findings[0].text


async def test_nobody_there_is_the_addresss_fault() -> None:
    assert verdicts(await check_provider(local("other", 9))) == {"address": False}
    assert verdicts(await check_provider(ProviderSettings("p", "other", "nonsense"))) == {"address": False}


def azure(endpoint: str, **more: Any) -> ProviderSettings:
    return ProviderSettings("azure", "azure", endpoint, **more)


@pytest.mark.parametrize(
    ("body", "version", "expected"),
    [
        (
            {"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist"}},
            "2025-04-01-preview",
            {"endpoint": True, "key": True, "api-version": True, "responses": True, "deployment": False},
        ),
        (
            {"error": {"code": "404", "message": "Resource not found"}},
            "2023-05-15",
            {"endpoint": True, "api-version": False},
        ),
        (
            {"error": {"code": "404", "message": "Resource not found"}},
            "",
            {"endpoint": True, "responses": False},
        ),
    ],
)
async def test_on_azure_the_wrong_one_of_three_is_named(
    body: Any, version: str, expected: dict[str, bool]
) -> None:
    path = f"/openai/responses?api-version={version}" if version else "/openai/v1/responses"
    async with answering({path: body}, status=404) as port:
        provider = azure(f"http://127.0.0.1:{port}", api_version=version)
        assert verdicts(await check_provider(provider, "key", "dep")) == expected


async def test_a_misspelt_azure_endpoint_is_named() -> None:
    findings = await check_provider(azure("http://127.0.0.1:9"), "key", "dep")
    assert verdicts(findings) == {"endpoint": False}


async def test_entra_without_its_extra_is_the_keys_fault() -> None:
    findings = await check_provider(azure("http://127.0.0.1:9", auth="entra"), None, "dep")
    assert verdicts(findings) == {"key": False}
    assert "tui-assist[azure]" in findings[0].text
