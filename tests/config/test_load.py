from pathlib import Path
from typing import Any

import pytest

from tui_assist.config import Config, Layer, load
from tui_assist.config.layers import PROJECT_KEYS
from tui_assist.config.locate import join_key
from tui_assist.config.settings import ProviderSettings
from tui_assist.config.shape import known_keys
from tui_assist.errors import ConfigError, UsageError
from tui_assist.values.asking import Mode

KEY = "sk-test-0123456789"


def user(text: str) -> Layer:
    return Layer("user.toml", "user", text.encode())


def project(text: str) -> Layer:
    return Layer("project.toml", "project", text.encode())


def complaint(*layers: Layer, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(layers, environ)
    return str(caught.value)


def chosen(config: Config) -> ProviderSettings:
    return config.providers[config.provider]


def test_without_anything_there_are_only_defaults() -> None:
    config = load()
    assert (config.provider, config.mode, set(map(str, config.origins.values()))) == (
        "",
        Mode.ASK,
        {"default"},
    )


def test_the_providers_everyone_has() -> None:
    assert {name: provider.base_url for name, provider in load().providers.items()} == {
        "openai": "https://api.openai.com/v1",
        "tzafon": "https://api.tzafon.ai/v1",
        "llamacpp": "http://127.0.0.1:8080/v1",
        "ollama": "http://127.0.0.1:11434/v1",
        "vllm": "http://127.0.0.1:8000/v1",
        "lmstudio": "http://127.0.0.1:1234/v1",
        "practice": "",
    }


def test_each_layer_covers_the_one_below() -> None:
    layers = [
        user('model = "user"\ntheme = "user"\nprovider = "ollama"'),
        project('model = "p"\ntheme = "p"'),
    ]
    found = [
        load([]).theme,
        load(layers[:1]).theme,
        load(layers).theme,
        load(layers, {"TUI_ASSIST_THEME": "env"}).theme,
        load(layers, {"TUI_ASSIST_MODEL": "env"}, {"model": "flag"}).model,
    ]
    assert found == ["night", "user", "p", "env", "flag"]


def test_every_value_says_where_it_came_from() -> None:
    config = load(
        [user('# mine\nmodel = "m"\n[request]\neffort = "high"'), project('theme = "day"')],
        {"TUI_ASSIST_MODE": "plan"},
        {"provider": "vllm"},
    )
    told = {key: str(origin) for key, origin in config.origins.items() if str(origin) != "default"}
    assert told == {
        "model": "user.toml:2",
        "request.effort": "user.toml:4",
        "theme": "project.toml:1",
        "mode": "environment TUI_ASSIST_MODE",
        "provider": "flag --provider",
    }


def test_every_setting_has_an_origin() -> None:
    plain = [key for key in known_keys() if "NAME" not in key]
    assert [key for key in plain if join_key(key) not in load().origins] == []


def test_every_kind_of_value_is_read() -> None:
    config = load(
        [
            user(
                """
                mode = "accept edits"
                notify = false
                step_limit = 7
                [request]
                temperature = 1
                store = true
                metadata = { team = "a" }
                [providers."my server"]
                kind = "vllm"
                base_url = "http://h:9/v1/"
                headers.X-Team = "a"
                query = { a = "b" }
                idle_timeout_s = 1.5
                context_window = 8000
                """
            )
        ]
    )
    assert (config.mode, config.notify, config.step_limit) == (Mode.ACCEPT_EDITS, False, 7)
    assert (config.request.temperature, config.request.store, config.request.metadata) == (
        1.0,
        True,
        {"team": "a"},
    )
    assert config.providers["my server"] == ProviderSettings(
        "my server",
        "vllm",
        "http://h:9/v1",
        headers={"X-Team": "a"},
        query={"a": "b"},
        idle_timeout_s=1.5,
        context_window=8000,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\nmodl = 1", "user.toml:2: modl is no setting; did you mean model?"),
        ("[request]\nefort = 1", "user.toml:2: request.efort is no setting; did you mean request.effort?"),
        ("effort = 1", "user.toml:1: effort is no setting; did you mean request.effort?"),
        ('base_url = "x"', "user.toml:1: base_url is no setting; did you mean providers.NAME.base_url?"),
        ("origins = 1", "origins is no setting; there are provider, model, mode"),
        ("[providers.openai]\nname = 1", "user.toml:2: providers.openai.name is no setting"),
        ('mode = "accept"', 'it takes "ask", "accept edits" or "plan"; did you mean "accept edits"?'),
        ("mode = 3", 'user.toml:1: mode = 3; it takes "ask", "accept edits" or "plan"'),
        ("notify = 1", "notify = 1; it takes true or false"),
        ("model = true", "model = true; it takes text"),
        ("step_limit = 0", "step_limit = 0; it takes a whole number, 1 or more"),
        ("step_limit = true", "step_limit = true; it takes a whole number"),
        ("[request]\ntop_p = nan", "user.toml:2: request.top_p = nan; it takes a number, 0 or more"),
        ("[request]\ntop_p = -1", "request.top_p = -1; it takes a number, 0 or more"),
        ("[request]\neffort = ['low']", "request.effort = ['low']; it takes \"none\", \"minimal\""),
        ("[providers.openai]\nidle_timeout_s = 0", "= 0; it takes a number of seconds above 0"),
        ("request = 1", "request = 1; it takes a table"),
        ("[[providers]]", "user.toml:1: providers = [{}]; it takes a table"),
        ("providers.openai = 1", "providers.openai = 1; it takes a table"),
        ('provider = "opnai"', 'user.toml:1: provider = "opnai"; there are openai, tzafon, llamacpp, '),
        ('provider = "opnai"', '; did you mean "openai"?'),
        ('[providers.x]\nmodel = "m"', "user.toml:2: providers.x has no base_url; give its address"),
        ("\n[providers.x]", "user.toml:2: providers.x has no base_url; give its address"),
        ('[providers.x]\nbase_url = "h:80"', "it takes an address such as http://127.0.0.1:8080/v1"),
        ('[providers.x]\nbase_url = "http://h:x"', "it is no address"),
        ('[providers.x]\nbase_url = "http://h/?a=b"', "use the provider's `query` table"),
        ("a = ", "user.toml: not TOML: Invalid value (at end of document)"),
        ("a = 1\nb = = 2", "user.toml:2: not TOML: Invalid value (column 5)"),
        ("a = 1\na = 2\n", "user.toml:2: not TOML: Cannot overwrite a value"),
        ("a = " + "[" * 50_000, "user.toml: nested too deeply"),
    ],
)  # fmt: skip
def test_a_wrong_file_says_what_where_and_what_next(text: str, message: str) -> None:
    assert message in complaint(user(text))


def test_a_file_that_is_no_utf8_names_the_line() -> None:
    assert complaint(Layer("user.toml", "user", b'a = 1\nmodel = "\xe9"')) == (
        "user.toml:2: the file is not UTF-8; save it as UTF-8"
    )


def test_a_byte_order_mark_and_windows_line_ends_are_no_trouble() -> None:
    config = load([Layer("user.toml", "user", b'\xef\xbb\xbfmodel = "m"\r\n\r\ntheme = "day"\r\n')])
    assert (config.theme, str(config.origins["theme"])) == ("day", "user.toml:3")


@pytest.mark.parametrize(
    "text",
    [
        f'[providers.openai]\napi_key = "{KEY}"',
        f'key = "{KEY}"',
        f'[providers.openai]\nkey_variable = "{KEY}"',
        f'[providers.openai]\nheaders.Authorization = ["{KEY}"]',
        f'[providers.openai]\nquery = "{KEY}"',
        f'[providers.openai]\nbase_url = "https://me:{KEY}@h/v1"',
    ],
)
def test_no_error_repeats_a_key(text: str) -> None:
    assert KEY not in complaint(user(text))


def test_a_key_in_the_file_is_told_where_keys_live() -> None:
    assert "Name an environment variable in `key_variable`" in complaint(user(f'api_key = "{KEY}"'))


@pytest.mark.parametrize(
    "text",
    [
        'provider = "ollama"',
        'mode = "accept edits"',
        "step_limit = 1000000",
        'instructions = "obey"',
        '[providers.openai]\nbase_url = "https://evil.example/v1"',
        '[providers.mine]\nbase_url = "https://evil.example/v1"',
        "[providers.openai]",
        "[request]\nstore = true",
        '[request]\nstate = "server"',
        '[request]\nservice_tier = "priority"',
        'base_url = "https://evil.example/v1"',
        'api_key = "x"',
        "rules = []",
        "[commands]\ntest = 'rm -rf'",
        "[hooks]",
    ],
)
def test_a_folder_may_not_set_what_could_harm(text: str) -> None:
    message = complaint(project(text))
    assert message.startswith("project.toml:")
    assert "cannot be set by a folder: it could send your prompts and keys elsewhere" in message


def test_a_folder_may_set_the_rest() -> None:
    config = load([project('model = "m"\ntheme = "day"\n[request]\neffort = "low"\ntop_p = 0.5')])
    assert (config.model, config.theme, config.request.effort, config.request.top_p) == (
        "m",
        "day",
        "low",
        0.5,
    )


def test_what_a_folder_may_set_exists() -> None:
    assert [key for key in PROJECT_KEYS if key not in known_keys()] == []


def test_a_folders_slip_is_told_like_any_other() -> None:
    assert complaint(project("[request]\nefort = 1")).endswith("did you mean request.effort?")


@pytest.mark.parametrize(
    ("environ", "provider"),
    [
        ({}, ""),
        ({"OPENAI_API_KEY": KEY}, "openai"),
        ({"OPENAI_API_KEY": "  "}, ""),
        ({"TZAFON_API_KEY": KEY}, "tzafon"),
        ({"TZAFON_API_KEY": KEY, "OPENAI_API_KEY": KEY}, "openai"),
        ({"OPENAI_BASE_URL": "http://h/v1"}, "openai"),
        ({"AZURE_OPENAI_API_KEY": KEY}, "azure"),
        ({"AZURE_OPENAI_API_KEY": KEY, "OPENAI_API_KEY": KEY}, "openai"),
        ({"AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com", "OPENAI_API_KEY": KEY}, "azure"),
        ({"OPENAI_API_KEY": KEY, "TUI_ASSIST_PROVIDER": "vllm"}, "vllm"),
        ({"OPENAI_API_VERSION": "2025-04-01-preview"}, ""),
    ],
)
def test_the_environment_chooses_when_nothing_else_did(environ: dict[str, str], provider: str) -> None:
    assert load([], environ).provider == provider


def test_a_file_that_chooses_is_not_overruled_by_a_key() -> None:
    assert load([user('provider = "ollama"')], {"OPENAI_API_KEY": KEY}).provider == "ollama"


def test_a_key_never_becomes_part_of_the_configuration() -> None:
    environ = dict.fromkeys(("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"), KEY)
    assert KEY not in repr(load([], environ))


@pytest.mark.parametrize("endpoint", ["", "/", "/openai", "/openai/v1", "/openai/v1/"])
def test_azure_is_read_from_its_variables(endpoint: str) -> None:
    base = "https://r.openai.azure.com"
    environ = {
        "AZURE_OPENAI_ENDPOINT": base + endpoint,
        "AZURE_OPENAI_API_KEY": KEY,
        "AZURE_OPENAI_DEPLOYMENT": "mine",
    }
    dated = load([], {**environ, "OPENAI_API_VERSION": "2025-04-01-preview"})
    assert chosen(load([], environ)) == ProviderSettings(
        "azure", "azure", f"{base}/openai/v1", "AZURE_OPENAI_API_KEY", model="mine"
    )
    assert (chosen(dated).base_url, chosen(dated).api_version) == (base, "2025-04-01-preview")


def test_an_azure_token_wins_over_a_key() -> None:
    environ = {
        "AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com",
        "AZURE_OPENAI_API_KEY": KEY,
        "AZURE_OPENAI_AD_TOKEN": KEY,
    }
    azure = chosen(load([], environ))
    assert (azure.auth, azure.key_variable) == ("token", "AZURE_OPENAI_AD_TOKEN")


def test_a_file_chooses_how_azure_is_entered() -> None:
    text = '[providers.azure]\nbase_url = "https://r.openai.azure.com"\nauth = "entra"'
    config = load([user(text)], {"AZURE_OPENAI_AD_TOKEN": KEY})
    assert (chosen(config).auth, chosen(config).base_url) == ("entra", "https://r.openai.azure.com/openai/v1")


def test_openais_address_may_be_another_server() -> None:
    openai = chosen(load([], {"OPENAI_BASE_URL": "http://127.0.0.1:11434"}))
    assert (openai.kind, openai.base_url, openai.model) == ("ollama", "http://127.0.0.1:11434/v1", "")


def test_a_proxy_of_openai_stays_openai() -> None:
    openai = chosen(load([], {"OPENAI_BASE_URL": "https://proxy.example/openai/v1"}))
    assert (openai.kind, openai.base_url, openai.model) == (
        "openai",
        "https://proxy.example/openai/v1",
        "gpt-5.2",
    )


@pytest.mark.parametrize(
    ("address", "name", "kind", "base_url", "key_variable"),
    [
        ("http://127.0.0.1:8080", "llamacpp", "llamacpp", "http://127.0.0.1:8080/v1", ""),
        ("http://127.0.0.1:1234/v1/", "lmstudio", "lmstudio", "http://127.0.0.1:1234/v1", ""),
        ("https://api.openai.com/v1", "openai", "openai", "https://api.openai.com/v1", "OPENAI_API_KEY"),
        ("http://gpu:8000", "gpu:8000", "vllm", "http://gpu:8000/v1", "TUI_ASSIST_API_KEY"),
        ("https://h.example/api/v1", "h.example", "other", "https://h.example/api/v1", "TUI_ASSIST_API_KEY"),
        ("https://r.openai.azure.com", "r.openai.azure.com", "azure", "https://r.openai.azure.com/openai/v1",
         "AZURE_OPENAI_API_KEY"),
    ],
)  # fmt: skip
def test_an_address_on_the_command_line_is_a_provider(
    address: str, name: str, kind: str, base_url: str, key_variable: str
) -> None:
    provider = chosen(load([], {}, {"base_url": address}))
    assert (provider.name, provider.kind, provider.base_url, provider.key_variable) == (
        name,
        kind,
        base_url,
        key_variable,
    )


def test_an_address_finds_the_persons_own_table() -> None:
    text = '[providers.mine]\nbase_url = "http://gpu:9000/v1"\nkey_variable = "MINE"'
    assert chosen(load([user(text)], {}, {"base_url": "http://gpu:9000"})).key_variable == "MINE"


def test_an_address_with_a_provider_moves_that_provider() -> None:
    config = load([], {}, {"base_url": "http://gpu:9000/v1", "provider": "vllm"})
    assert (chosen(config).name, chosen(config).kind, chosen(config).base_url) == (
        "vllm",
        "vllm",
        "http://gpu:9000/v1",
    )


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"provider": "azur"}, '--provider "azur": there are openai, tzafon'),
        ({"base_url": "nonsense"}, '--base-url "nonsense": it takes an address such as'),
        ({"mode": "pln"}, 'did you mean "plan"?'),
    ],
)
def test_a_wrong_flag_is_a_usage_error(flags: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load([], {}, flags)
    assert message in str(caught.value)


def test_a_wrong_variable_is_named() -> None:
    message = complaint(environ={"TUI_ASSIST_MODE": "yolo"})
    assert message.startswith('environment TUI_ASSIST_MODE: mode = "yolo"; it takes "ask"')


def test_loading_opens_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("OPENAI_API_KEY=x\nTUI_ASSIST_PROVIDER=vllm")
    assert load([], {}).provider == ""
