import asyncio
import io
import os
import pty
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tui_assist.cli import checks, doctor
from tui_assist.cli.checks import Check
from tui_assist.config import Config, Layer, load
from tui_assist.secrets import Keyring, Secrets
from tui_assist.trust import Offer, Trust, discover
from tui_assist.workspace import Workspace

KEY = "sk-test-0123456789"


@dataclass
class Places:
    state: Path


class Parts:
    """The parts of one start, in folders of the test."""

    def __init__(self, tmp_path: Path, text: str = "", **environ: str) -> None:
        self.root = tmp_path / "repo"
        self.root.mkdir(exist_ok=True)
        self.places = Places(tmp_path / "state")
        self.workspace = Workspace([self.root])
        self.trust = Trust(tmp_path / "state" / "trust.json", tmp_path / "home")
        self.environ = environ
        self.secrets = Secrets(tmp_path / "keys.json", environ, no_keyring)
        self.user_file = tmp_path / "config.toml"
        self._text = text

    @property
    def offer(self) -> Offer:
        return discover(self.root, self.root)

    def config(self) -> Config:
        return load([Layer(str(self.user_file), "user", self._text.encode())], self.environ)


def no_keyring() -> Keyring | None:
    return None


async def findings(parts: Parts) -> dict[str, Check]:
    return {check.name: check for check in await doctor.diagnose(parts, parts.environ)}


@asynccontextmanager
async def server(answer: bytes) -> AsyncIterator[str]:
    """Answers every request with the same bytes; its base URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(answer)
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    finally:
        listening.close()
        await listening.wait_closed()


def unauthorized(message: str) -> bytes:
    body = f'{{"error": {{"message": "{message}", "code": "invalid_api_key"}}}}'.encode()
    head = f"HTTP/1.1 401 No\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def test_a_server_that_repeats_the_key_does_not_get_it_printed(tmp_path: Path) -> None:
    async with server(unauthorized(f"Incorrect API key provided: {KEY}.")) as url:
        text = f'provider = "mine"\n[providers.mine]\nbase_url = "{url}"\nkey_variable = "MINE"'
        found = await doctor.diagnose(parts := Parts(tmp_path, text, MINE=KEY), parts.environ)
    shown = doctor.as_text(found) + repr(doctor.as_records(found))
    assert (KEY in shown, [check.ok for check in found if check.name == "key"]) == (False, [True, False])


async def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    text = 'provider = "mine"\n[providers.mine]\nbase_url = "http://127.0.0.1:9/v1"'
    found = await findings(Parts(tmp_path, text))
    assert (found["provider"].ok, found["address"].ok) == (True, False)
    assert "http://127.0.0.1:9/v1" in found["address"].text


async def test_without_a_provider_the_ways_to_one_are_named(tmp_path: Path) -> None:
    check = (await findings(Parts(tmp_path)))["provider"]
    assert (check.ok, "OPENAI_API_KEY" in check.advice) == (None, True)


async def test_practice_needs_no_server(tmp_path: Path) -> None:
    check = (await findings(Parts(tmp_path, 'provider = "practice"')))["provider"]
    assert check == Check("provider", True, "practice model: rules, not AI; runs offline")


async def test_a_broken_config_is_a_finding_and_not_the_end(tmp_path: Path) -> None:
    check = (await findings(Parts(tmp_path, "modl = 1")))["config"]
    assert (check.ok, check.text) == (
        False,
        f"{tmp_path}/config.toml:1: modl is no setting; did you mean model?",
    )


async def test_config_files_and_variables_are_counted(tmp_path: Path) -> None:
    found = await findings(Parts(tmp_path, 'provider = "practice"\ntheme = "day"', TUI_ASSIST_MODE="plan"))
    assert found["config"].text == f"{tmp_path}/config.toml (2 values), environment TUI_ASSIST_MODE (1 value)"


async def test_a_readable_key_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(f'{{"openai": "{KEY}"}}')
    (tmp_path / "keys.json").chmod(0o644)
    check = (await findings(Parts(tmp_path, 'provider = "openai"')))["key"]
    assert (check.ok, "chmod 600" in check.text) == (False, True)


async def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    parts = Parts(tmp_path, 'provider = "practice"')
    await findings(parts)
    assert sorted(os.listdir(tmp_path)) == ["repo"]


@pytest.mark.parametrize(
    ("answer", "ok", "word"),
    [(None, None, "not decided"), (True, True, "trusted: "), (False, None, "not trusted")],
)
async def test_what_the_folder_brings_is_told(
    tmp_path: Path, answer: bool | None, ok: bool | None, word: str
) -> None:
    parts = Parts(tmp_path, 'provider = "practice"')
    (parts.root / "AGENTS.md").write_text("x" * 2100)
    if answer is not None:
        parts.trust.decide(parts.offer, answer)
    check = (await findings(parts))["folder"]
    assert (check.ok, check.text.startswith(word), "AGENTS.md (2.1 kB)" in check.text) == (ok, True, True)


async def test_a_key_over_plain_http_is_told(tmp_path: Path) -> None:
    provider = load([], {"OPENAI_BASE_URL": "http://192.0.2.1/v1"}).providers["openai"]
    check = doctor._check_key(provider, KEY, {"OPENAI_API_KEY": KEY})
    assert (check.ok, check.text) == (None, "found (environment OPENAI_API_KEY); it travels unencrypted")


def test_a_missing_key_names_its_variable() -> None:
    check = doctor._check_key(load().providers["openai"], None, {})
    assert (check.ok, check.advice) == (False, "set OPENAI_API_KEY, or start tui-assist and paste the key")


async def test_git_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (await checks.check_git()).advice.startswith("install git")


async def test_git_that_does_not_run_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\necho broken\nexit 3\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (await checks.check_git()).text == "it does not run: broken"


async def test_a_program_that_never_answers_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\nexec /bin/sleep 600\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(checks, "_ASK_S", 0.1)
    assert (await checks.check_git()).text == "it does not run: no answer within 0.1 s"


Look = Callable[[], Awaitable[Check]]


@pytest.mark.parametrize("look", [checks.check_git, checks.check_ripgrep])
async def test_what_this_machine_has_is_well(look: Look) -> None:
    assert (await look()).ok is True


async def test_the_sandbox_promises_nothing() -> None:
    check = await checks.check_sandbox()
    assert (check.ok, check.text.endswith("this version runs commands without a sandbox")) == (None, True)


def test_repositories_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    for name, options in (("work", ()), ("bare", ("--bare",))):
        subprocess.run(["git", "init", "-q", *options, str(tmp_path / name)], check=True)
    assert [
        checks.check_repository(tmp_path / "work", "main").text,
        checks.check_repository(tmp_path / "bare", None).text,
        checks.check_repository(tmp_path / "plain", None).text,
    ] == [
        f"{tmp_path}/work, on main",
        f"{tmp_path}/bare is a bare repository",
        f"{tmp_path}/plain is no git repository",
    ]


def test_no_terminal_is_no_fault() -> None:
    assert checks.check_terminal({}, io.StringIO()).ok is None


@pytest.mark.parametrize(
    ("environ", "encoding", "size", "ok", "word"),
    [
        ({"TERM": "xterm-256color"}, "utf-8", (80, 24), True, "xterm-256color, 256 colours, 80 × 24, utf-8"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "utf-8", (80, 24), True, "16 million colours"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, "utf-8", (80, 24), True, "no colour"),
        ({"TERM": "dumb"}, "utf-8", (80, 24), False, "TERM=dumb"),
        ({}, "utf-8", (80, 24), False, "TERM=not set"),
        ({"TERM": "xterm"}, "ascii", (80, 24), False, "ascii"),
        ({"TERM": "xterm"}, "utf-8", (20, 5), None, "20 × 5"),
        ({"TERM": "xterm", "TMUX": "x"}, "utf-8", (80, 24), None, "in tmux"),
        ({"TERM": "tmux-256color", "TMUX": "x"}, "utf-8", (80, 24), True, "in tmux"),
    ],
)
def test_a_terminal_is_described(
    environ: dict[str, str], encoding: str, size: tuple[int, int], ok: bool | None, word: str
) -> None:
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (size[1], size[0]))
    with os.fdopen(theirs, "w", encoding=encoding) as screen:
        check = checks.check_terminal(environ, screen)
    os.close(ours)
    assert (check.ok, word in check.text) == (ok, True)


def test_a_folder_that_can_be_made_is_well_and_not_made(tmp_path: Path) -> None:
    check = checks.check_folder("state", tmp_path / "a" / "b")
    assert (check.ok, (tmp_path / "a").exists()) == (True, False)


def test_a_file_in_the_folders_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    assert checks.check_folder("state", tmp_path / "state").ok is False


def test_the_text_wraps_and_keeps_its_columns() -> None:
    found = (Check("a", True, "one two " * 10), Check("long", False, "x", "do this"))
    assert doctor.as_text(found, width=48).splitlines() == [
        "✓ a     one two one two one two one two one two",
        "        one two one two one two one two one two",
        "✗ long  x",
        "        → do this",
    ]


def test_records_are_plain() -> None:
    assert doctor.as_records((Check("a", None, "b", "c"),)) == [
        {"name": "a", "ok": None, "text": "b", "advice": "c"}
    ]
