from typing import Any

import pytest

from tui_assist.config.settings import ProviderSettings, RequestSettings
from tui_assist.model.profiles import cautious, profile_for
from tui_assist.model.request import cache_key, parameters, untaken
from tui_assist.model.tools import definitions
from tui_assist.practice.check import validate
from tui_assist.values.calls import ToolSpec

SHELL = ToolSpec(
    "shell",
    "Runs commands.",
    {
        "type": "object",
        "properties": {
            "commands": {"type": "array", "items": {"type": "string"}},
            "options": {"type": "object", "properties": {"type": {"type": "string"}}},
        },
    },
    "shell",
)
PATCH = ToolSpec("apply_patch", "Patches.", {"type": "object", "properties": {}}, "apply_patch")


def azure(**more: Any) -> ProviderSettings:
    return ProviderSettings("azure", "azure", "https://x.openai.azure.com", **more)


def test_typed_tools_are_offered_where_they_are_known() -> None:
    openai = profile_for(ProviderSettings("openai", "openai"), "gpt-5.2")
    assert definitions([SHELL, PATCH], openai) == [
        {"type": "apply_patch"},
        {"type": "shell", "environment": {"type": "local"}},
    ]


@pytest.mark.parametrize("kind", ["llamacpp", "ollama", "vllm", "lmstudio", "tzafon", "other"])
def test_strict_function_tools_are_offered_elsewhere(kind: Any) -> None:
    tools = definitions([SHELL, PATCH], profile_for(ProviderSettings("p", kind)))
    assert [tool["name"] for tool in tools] == ["apply_patch", "shell"]
    assert validate({"model": "m", "input": "x", "tools": tools}) is None


def test_the_order_of_tools_does_not_depend_on_who_lists_them() -> None:
    profile = profile_for(ProviderSettings("p", "other"))
    assert definitions([SHELL, PATCH], profile) == definitions([PATCH, SHELL], profile)


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4.1-mini", "o3", "chatgpt-4o-latest", "gpt-3.5-turbo"])
def test_models_older_than_the_typed_tools_get_functions(model: str) -> None:
    assert profile_for(ProviderSettings("openai", "openai"), model).native == frozenset()


def test_context_windows_are_known_for_published_models_only() -> None:
    openai = ProviderSettings("openai", "openai")
    assert profile_for(openai, "gpt-5.2").context_window == 400_000
    assert profile_for(openai, "gpt-4o-2024-08-06").context_window == 128_000
    assert profile_for(openai, "gpt-unheard-of").context_window is None
    assert profile_for(ProviderSettings("p", "llamacpp"), "gpt-5.2").context_window is None
    assert profile_for(ProviderSettings("p", "other", context_window=9), "x").context_window == 9


def test_a_deployment_name_says_nothing_about_its_model() -> None:
    assert profile_for(azure(), "gpt-5.2").native == frozenset()
    assert profile_for(azure(), "gpt-5.2").context_window is None
    assert profile_for(azure(base_model="gpt-5.2"), "gpt-4o").native == {"apply_patch", "shell"}


def test_only_what_a_server_takes_is_sent() -> None:
    settings = RequestSettings(effort="high", verbosity="low", temperature=0.5, metadata={"a": "b"})
    openai = profile_for(ProviderSettings("openai", "openai"), "gpt-5.2")
    assert parameters(settings, openai, "s", stateful=False) == {
        "reasoning": {"effort": "high", "summary": "auto"},
        "text": {"verbosity": "low"},
        "temperature": 0.5,
        "metadata": {"a": "b"},
        "store": False,
        "prompt_cache_key": cache_key("s"),
        "include": ["reasoning.encrypted_content"],
    }
    llama = profile_for(ProviderSettings("p", "llamacpp"))
    assert parameters(settings, llama, "s", stateful=False) == {"temperature": 0.5}
    assert untaken(settings, llama) == ["effort", "verbosity", "metadata"]


def test_defaults_a_server_does_not_take_are_not_worth_a_word() -> None:
    assert untaken(RequestSettings(), profile_for(ProviderSettings("p", "llamacpp"))) == []


def test_server_state_needs_a_store_and_no_encrypted_copy() -> None:
    openai = profile_for(ProviderSettings("openai", "openai"), "gpt-5.2")
    body = parameters(RequestSettings(state="server"), openai, "s", stateful=True)
    assert body["store"] is True
    assert "include" not in body


def test_the_cache_key_is_stable_and_differs_by_session() -> None:
    assert cache_key("a") == cache_key("a") != cache_key("b")


def test_the_cautious_profile_keeps_the_window_and_drops_every_type() -> None:
    plain = cautious(profile_for(ProviderSettings("openai", "openai"), "gpt-5.2"))
    assert (plain.native, plain.reasoning, plain.context_window) == (frozenset(), "none", 400_000)
