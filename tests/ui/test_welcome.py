from pathlib import Path

import pytest

from tests.ui.driving import Driver, running
from tests.ui.fakes import FakeAssistant, FakeServer
from tui_assist.config.settings import ProviderSettings
from tui_assist.errors import UserError
from tui_assist.ui.welcome import AZURE, OTHER, provider_of


def newcomer(folder: Path, **more: object) -> FakeAssistant:
    return FakeAssistant(folder, provider="", **more)  # type: ignore[arg-type]  # fields of the fake


async def welcomed(driver: Driver) -> None:
    await driver.until(lambda: "How shall we talk to a model?" in driver.screen)


async def test_without_a_provider_the_welcome_screen_comes(tmp_path: Path) -> None:
    async with running(tmp_path, assistant=newcomer(tmp_path), opens=False) as driver:
        await welcomed(driver)
        for said in ("1  OpenAI", "2  Azure OpenAI", "3  Local server", "4  Other", "5  Practise offline"):
            assert said in driver.screen


async def test_practise_starts_at_once(tmp_path: Path) -> None:
    assistant = newcomer(tmp_path)
    async with running(tmp_path, assistant=assistant, opens=False) as driver:
        await welcomed(driver)
        await driver.press("5")
        await driver.until(lambda: assistant.opened)
        assert assistant.practising


async def test_a_key_is_masked_kept_and_said_where(tmp_path: Path) -> None:
    assistant = newcomer(tmp_path)
    async with running(tmp_path, assistant=assistant, opens=False) as driver:
        await welcomed(driver)
        await driver.press("1")
        await driver.type("sk-12n")
        assert "sk-12n" not in driver.screen
        await driver.press("enter")
        await driver.until(lambda: assistant.opened)
        await driver.until(lambda: "the key is kept in the keyring" in driver.screen)
        assert (assistant.keys, assistant.chosen[0].name) == ({"openai": "sk-12n"}, "openai")


async def test_a_local_server_is_shown_when_it_is_found(tmp_path: Path) -> None:
    servers = (FakeServer("llamacpp", "http://127.0.0.1:8080/v1", "qwen3-coder"),)
    assistant = newcomer(tmp_path, servers=servers)
    async with running(tmp_path, assistant=assistant, opens=False) as driver:
        await driver.until(lambda: "model qwen3-coder   found" in driver.screen)
        await driver.press("3")
        await driver.until(lambda: assistant.opened)
        wanted = ProviderSettings("llamacpp", "llamacpp", "http://127.0.0.1:8080/v1", model="qwen3-coder")
        assert assistant.chosen == [wanted]


async def test_no_local_server_says_what_to_do(tmp_path: Path) -> None:
    async with running(tmp_path, assistant=newcomer(tmp_path), opens=False) as driver:
        await driver.until(lambda: "none found on the usual ports" in driver.screen)
        await driver.press("3")
        await driver.until(lambda: "4 takes any address" in driver.screen)


async def test_a_missing_field_is_said_and_escape_goes_back(tmp_path: Path) -> None:
    assistant = newcomer(tmp_path)
    async with running(tmp_path, assistant=assistant, opens=False) as driver:
        await welcomed(driver)
        await driver.press("4")
        await driver.press("enter")
        await driver.press("enter")
        await driver.press("enter")
        await driver.until(lambda: "address: nothing is written there yet" in driver.screen)
        await driver.press("escape")
        assert (assistant.chosen, "Esc back" in driver.screen) == ([], False)


async def test_the_folder_is_trusted_only_by_a_key_of_its_own(tmp_path: Path) -> None:
    assistant = newcomer(tmp_path, offer=(("AGENTS.md", 2100),))
    async with running(tmp_path, assistant=assistant, opens=False) as driver:
        await driver.until(lambda: "This folder brings AGENTS.md (2.1 kB): read them?" in driver.screen)
        await driver.press("y")
        assert assistant.trusted is None
        await driver.rest()
        await driver.press("n")
        assert assistant.trusted is False
        assert "AGENTS.md" not in driver.screen


@pytest.mark.parametrize("size", [(60, 24), (40, 12), (20, 5)])
async def test_it_fits_small_screens(tmp_path: Path, size: tuple[int, int]) -> None:
    async with running(tmp_path, size=size, assistant=newcomer(tmp_path), opens=False) as driver:
        await driver.until(lambda: "OpenAI" in driver.screen)


def test_azure_without_a_key_is_signed_in_to() -> None:
    provider = provider_of(AZURE, {"url": "https://me.openai.azure.com/", "model": "dep", "key": ""})
    assert (provider.auth, provider.model) == ("entra", "dep")


def test_azure_gets_its_v1_address() -> None:
    provider = provider_of(AZURE, {"url": "https://me.openai.azure.com/", "model": "dep", "key": "k"})
    assert (provider.name, provider.kind, provider.base_url, provider.model) == (
        "azure",
        "azure",
        "https://me.openai.azure.com/openai/v1",
        "dep",
    )


@pytest.mark.parametrize("url", ["", "localhost:8080", "ftp://x/v1", "http://a:b@host/v1"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UserError):
        provider_of(OTHER, {"url": url})
