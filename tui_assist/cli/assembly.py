"""Builds what a command needs from the command line, the environment and the person's own files.

Reads configuration files; the folder's own only when the person has trusted exactly its content.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import platformdirs

from tui_assist.agent.assistant import PRACTICE, Assistant, Places, Practice
from tui_assist.cli.arguments import Arguments
from tui_assist.config import Config, Layer, ProviderSettings, load, set_value
from tui_assist.errors import UsageError, UserError
from tui_assist.practice.process import start_practice
from tui_assist.private import PrivateFile
from tui_assist.secrets import Secrets
from tui_assist.trust import Offer, Trust, discover
from tui_assist.workspace import Workspace

NAME = "tui-assist"
LARGEST_TEXT = 1 << 20  # bytes of a prompt or of own instructions


def places() -> Places:
    """Where the person's own files live, by the platform's conventions. Raises UserError without a home."""
    _home()
    return Places(Path(platformdirs.user_state_dir(NAME)), Path(platformdirs.user_config_dir(NAME)))


@dataclass
class Assembly:
    """One command line's parts, each made when first asked for."""

    arguments: Arguments

    @cached_property
    def places(self) -> Places:
        return places()

    @cached_property
    def workspace(self) -> Workspace:
        """The folders of this run. Raises UsageError for one that is none."""
        given = self.arguments.directory
        cwd = _folder(given if given is not None else Path("."), "-C")
        roots = [_root_of(cwd), *(_folder(path, "--add-dir") for path in self.arguments.add_dirs)]
        return Workspace(roots, cwd, private=[self.places.state, self.places.config])

    @cached_property
    def trust(self) -> Trust:
        return Trust(self.places.state / "trust.json")

    @cached_property
    def offer(self) -> Offer:
        return discover(self.workspace.roots[0], self.workspace.cwd)

    @cached_property
    def secrets(self) -> Secrets:
        file = self.places.config / "keys.json"
        return Secrets(file, os.environ, roots=self.workspace.roots)

    @property
    def user_file(self) -> Path:
        return self.places.config / "config.toml"

    def layers(self) -> list[Layer]:
        """The configuration files that count, the person's first."""
        found = []
        content = PrivateFile(self.user_file).read()
        if content is not None:
            found.append(Layer(str(self.user_file), "user", content))
        settings = self.offer.settings
        if settings is not None and self.trust.remembered(self.offer) is True:
            found.append(Layer(settings.name, "project", settings.content))
        return found

    def config(self) -> Config:
        """The effective configuration, own instructions of `--instructions` included."""
        config = load(self.layers(), os.environ, self.arguments.flags())
        path = self.arguments.instructions
        if path is None:
            return config
        own = "\n\n".join(filter(None, (config.instructions, _text_of(path))))
        return replace(config, instructions=own)

    def assistant(self) -> Assistant:
        return Assistant(
            self.config,
            self.workspace,
            self.places,
            self.secrets,
            self.trust,
            self.offer,
            allow=frozenset(self.arguments.allow),
            propose=self.arguments.propose is not None,
            begin_practice=_begin_practice,
            remember=self._remember,
        )

    def _remember(self, provider: ProviderSettings) -> None:
        """Writes the chosen provider into the person's configuration, keeping the rest of it."""

        def edit(content: bytes | None) -> bytes:
            text = content or b""
            known = load([Layer(str(self.user_file), "user", text)], {}).providers.get(provider.name)
            for key in ("kind", "base_url", "model", "api_version", "auth", "key_variable"):
                value = getattr(provider, key)
                if value and (known is None or getattr(known, key) != value):
                    text = set_value(text, ("providers", provider.name, key), value)
            return set_value(text, "provider", provider.name)

        PrivateFile(self.user_file).change(edit)


async def _begin_practice() -> Practice:
    rate = float(os.environ.get("TUI_ASSIST_PRACTICE_RATE", "200"))
    server = await start_practice(rate=rate)
    provider = ProviderSettings(PRACTICE, "practice", base_url=server.base_url, model="practice")
    return Practice(provider, server.token, server.close)


def prompt_text(arguments: Arguments, read_stdin: Callable[[], bytes] | None = None) -> str:
    """The prompt of the command line; "-" is standard input. Raises UsageError for an empty or broken one."""
    text = arguments.prompt or ""
    if text == "-":
        content = (read_stdin or sys.stdin.buffer.read)()
        if len(content) > LARGEST_TEXT:
            raise UsageError("the prompt on standard input is larger than 1 MiB; name a file in it instead")
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise UsageError("the prompt on standard input is not UTF-8 text") from error
    if not text.strip():
        raise UsageError("the prompt is empty; give it as one argument, or - and standard input")
    return text


def _folder(path: Path, option: str) -> Path:
    try:
        real = path.expanduser().resolve(strict=True)
        if not real.is_dir():
            raise UsageError(f"{option} {path} is no folder")
        os.scandir(real).close()
    except OSError as error:
        raise UsageError(f"{option} {path}: {error.strerror}; name a folder you can read") from error
    return real


def _root_of(cwd: Path) -> Path:
    """The repository `cwd` is in, by its `.git`, else `cwd` itself. Never the home folder or above it."""
    home = _home()
    for folder in (cwd, *cwd.parents):
        if home.is_relative_to(folder):
            break
        if os.path.exists(folder / ".git"):  # Path's own raises where a folder above may not be searched
            return folder
    return cwd


def _home() -> Path:
    try:
        return Path.home().resolve()
    except RuntimeError as error:
        raise UserError("no home folder is known for this user; set HOME to a folder of your own") from error


def _text_of(path: Path) -> str:
    try:
        content = path.expanduser().read_bytes()
        if len(content) > LARGEST_TEXT:
            raise UserError(f"--instructions {path} is larger than 1 MiB; shorten it")
        return content.decode()
    except OSError as error:
        raise UsageError(f"--instructions {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"--instructions {path} is not UTF-8 text") from error
