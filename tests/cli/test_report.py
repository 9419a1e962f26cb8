import json

from tui_assist.cli import report
from tui_assist.config import Layer, load

KEY = "sk-test-0123456789"


def layer(text: str) -> Layer:
    return Layer("user.toml", "user", text.encode())


MINE = f"""theme = "day"
instructions = '''be
brief'''
provider = "mine"
[providers.mine]
base_url = "http://h/v1"
headers.Authorization = "Bearer {KEY}"
query.sig = "{KEY}"
[providers.vllm]
model = "m"
"""


def lines_of(text: str) -> dict[str, str]:
    return {line.split(" ", 1)[0]: line.split(" ", 1)[1].strip() for line in text.splitlines() if line}


def test_each_value_stands_beside_its_origin() -> None:
    lines = lines_of(report.as_text(load([layer(MINE)], {"TUI_ASSIST_MODE": "plan"}, {"model": "x"})))
    assert [" ".join(lines[key].split()) for key in ("theme", "mode", "model", "instructions", "notify")] == [
        '"day" user.toml:1',
        '"plan" environment TUI_ASSIST_MODE',
        '"x" flag --model',
        '"be brief" user.toml:2',
        "true default",
    ]


def test_columns_are_aligned() -> None:
    text = report.as_text(load())
    assert len({line.rindex("default") for line in text.splitlines() if line}) == 1


def test_of_unused_providers_only_what_was_set_is_shown() -> None:
    keys = list(lines_of(report.as_text(load([layer(MINE)]))))
    assert [key for key in keys if key.startswith("providers.") and "mine" not in key] == [
        "providers.vllm.model"
    ]
    assert "providers.mine.idle_timeout_s" in keys


def test_json_has_every_setting() -> None:
    settings = json.loads(report.as_json(load([layer(MINE)])))["settings"]
    assert settings["theme"] == {"value": "day", "source": "user.toml", "line": 1}
    assert settings["providers.openai.base_url"]["value"] == "https://api.openai.com/v1"
    assert settings["request.effort"] == {"value": None, "source": "default", "line": None}


def test_no_key_is_ever_shown() -> None:
    config = load([layer(MINE)], {"OPENAI_API_KEY": KEY, "AZURE_OPENAI_API_KEY": KEY})
    assert KEY not in report.as_text(config) + report.as_json(config)
    assert "‹hidden›" in report.as_text(config)


def test_a_long_value_is_one_short_line_and_harmless() -> None:
    config = load([Layer("user.toml", "user", b'instructions = "\\u001b[2J' + b"x" * 200 + b'"')])
    line = lines_of(report.as_text(config))["instructions"]
    assert line.startswith('"<U+001B>[2Jxxx')
    assert "…" in line
