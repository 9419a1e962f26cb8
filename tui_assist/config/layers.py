"""Lays defaults, files, environment and flags over each other into one `Config`. Opens no file."""

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from tui_assist.config import providers, shape
from tui_assist.config.locate import Key, Place, join_key, locate
from tui_assist.config.settings import Config, Origin, ProviderSettings
from tui_assist.errors import ConfigError, UsageError, UserError

# What a folder may set once it is trusted: nothing that says where prompts and keys go, what they cost
# without end, what happens unasked, or that takes the person's own instructions away.
PROJECT_KEYS = (
    ("model",),
    ("theme",),
    ("request", "effort"),
    ("request", "summary"),
    ("request", "verbosity"),
    ("request", "temperature"),
    ("request", "top_p"),
    ("request", "max_output_tokens"),
    ("request", "parallel_tool_calls"),
    ("request", "truncation"),
)

_FLAGS = {"provider": "--provider", "model": "--model", "base_url": "--base-url"}
_VARIABLES = {f"TUI_ASSIST_{name.upper()}": (name,) for name in ("provider", "model", "mode", "theme")}
_AZURE_VARIABLES = {
    "AZURE_OPENAI_ENDPOINT": ("providers", "azure", "base_url"),
    "OPENAI_API_VERSION": ("providers", "azure", "api_version"),
    "AZURE_OPENAI_DEPLOYMENT": ("providers", "azure", "model"),
}
# Which variable chooses a provider when nothing else did, the complete ones first.
_CHOOSERS = {
    "AZURE_OPENAI_ENDPOINT": "azure",
    "OPENAI_API_KEY": "openai",
    "OPENAI_BASE_URL": "openai",
    "TZAFON_API_KEY": "tzafon",
    "AZURE_OPENAI_API_KEY": "azure",
    "AZURE_OPENAI_AD_TOKEN": "azure",
}
_KEYLIKE = {"key", "api_key", "apikey", "token", "secret", "password"}
_FOLDER_NEVER = _KEYLIKE | {"base_url", "rules", "commands", "shell", "hooks", "mcp", "tools"}
_UNSHOWN = {"headers", "query", "key_variable"}  # a key may stand there, by intent or mistake
_VARIABLE_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Layer:
    """One configuration file as it was read."""

    source: str  # its path, as errors and origins name it
    kind: Literal["user", "project"]
    content: bytes


@dataclass(frozen=True, slots=True)
class _Entry:
    value: Any
    origin: Origin


_Settled = dict[Key, _Entry]


def load(
    layers: Sequence[Layer] = (),
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> Config:
    """The effective configuration: defaults, then `layers` in order, `environ` and `flags`.

    `flags` holds dotted keys, and `base_url` for an address of its own. Raises ConfigError, or
    UsageError where a flag is to blame, naming place, key, the value tried and what is accepted.
    """
    environ = environ or {}
    settled: _Settled = {}
    for layer in layers:
        settled.update(_read_file(layer))
    settled.update(_read_environment(environ, settled))
    settled.update(_read_flags(flags or {}, settled))
    _choose_provider(settled, environ)
    names = list(dict.fromkeys([*providers.BUILT_IN, *(key[1] for key in settled if key[0] == "providers")]))
    tables = {name: _complete(name, settled, environ) for name in names}
    for key, value in shape.leaves(Config()):
        settled.setdefault(key, _Entry(value, Origin("default")))
    _check_provider(settled, tables)
    values = {key[0]: entry.value for key, entry in settled.items() if len(key) == 1}
    origins = {join_key(key): entry.origin for key, entry in settled.items()}
    request = _assemble(type(Config().request), settled, ("request",))
    return Config(**values, providers=tables, request=request, origins=origins)


def _read_file(layer: Layer) -> _Settled:
    try:
        text = layer.content.decode("utf-8-sig")
        table = tomllib.loads(text)
        places = locate(text.replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        line = layer.content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{layer.source}:{line}: the file is not UTF-8; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax(layer.source, str(error))) from error
    except RecursionError as error:
        raise ConfigError(f"{layer.source}: nested too deeply; take some brackets out") from error
    return _File(layer, places).read(table)


def _syntax(source: str, problem: str) -> str:
    found = re.search(r"\s*\(at line (\d+), column (\d+)\)", problem)
    if found is None:
        return f"{source}: not TOML: {problem}"
    return f"{source}:{found[1]}: not TOML: {problem[: found.start()]} (column {found[2]})"


class _File:
    """Reads one file's table into settled keys, or says what is wrong with it."""

    def __init__(self, layer: Layer, places: Mapping[Key, Place]) -> None:
        self._layer = layer
        self._places = places

    def read(self, table: Mapping[str, Any]) -> _Settled:
        settled: _Settled = {}
        self._walk(Config, table, (), settled)
        return settled

    def _walk(self, hint: Any, value: Any, key: Key, settled: _Settled) -> None:
        if self._layer.kind == "project" and key:
            self._check_folder(key)
        if not shape.is_table(hint):
            origin = self._origin(key)
            settled[key] = _Entry(_read_value(hint, value, key, origin), origin)
            return
        if not isinstance(value, dict):
            raise _wrong(self._origin(key), key, value, "it takes a table")
        if hint is ProviderSettings and not value and key[1] not in (*providers.BUILT_IN, "azure"):
            raise _no_address(self._origin(key), key)
        below = shape.inner(hint)
        for name, item in value.items():
            if below is None and name not in shape.fields_of(hint):
                raise self._unknown((*key, name), list(shape.fields_of(hint)))
            self._walk(below or shape.fields_of(hint)[name], item, (*key, name), settled)

    def _check_folder(self, key: Key) -> None:
        if any(allowed[: len(key)] == key for allowed in PROJECT_KEYS):
            return
        raise self._forbidden(key)

    def _forbidden(self, key: Key) -> ConfigError:
        allowed = ", ".join(join_key(allowed) for allowed in PROJECT_KEYS)
        return ConfigError(
            f"{self._origin(key)}: {join_key(key)} cannot be set by a folder: it could send your prompts and "
            f"keys elsewhere or let things happen unasked. Put it into your own config file; a folder may "
            f"set {allowed}"
        )

    def _unknown(self, key: Key, siblings: list[str]) -> ConfigError:
        name = key[-1].lower()
        if self._layer.kind == "project" and name in _FOLDER_NEVER:
            return self._forbidden(key)
        message = f"{self._origin(key)}: {join_key(key)} is no setting"
        if name in _KEYLIKE:
            return ConfigError(
                f"{message}: keys do not live in this file. Name an environment variable in `key_variable`, "
                f"or let the welcome screen keep the key"
            )
        if close := difflib.get_close_matches(name, siblings, 1, 0.6):
            return ConfigError(f"{message}; did you mean {join_key((*key[:-1], close[0]))}?")
        if elsewhere := [join_key(known) for known in shape.known_keys() if known[-1] == name]:
            return ConfigError(f"{message}; did you mean {' or '.join(elsewhere)}?")
        return ConfigError(f"{message}; there are {', '.join(siblings)}")

    def _origin(self, key: Key) -> Origin:
        place = self._places.get(key)
        return Origin(self._layer.source, place.line if place else None)


def _read_environment(environ: Mapping[str, str], settled: _Settled) -> _Settled:
    """What the environment says, TUI_ASSIST_* first. An empty variable says nothing."""
    wanted: dict[str, Key] = dict(_VARIABLES)
    wanted["OPENAI_BASE_URL"] = ("providers", "openai", "base_url")
    # OPENAI_API_VERSION alone is no sign of Azure: other programs read it too.
    if any(key[:2] == ("providers", "azure") for key in settled) or _names_azure(environ):
        wanted.update(_AZURE_VARIABLES)
    found: _Settled = {}
    for name, key in wanted.items():
        if value := environ.get(name, "").strip():
            origin = Origin(f"environment {name}")
            found[key] = _Entry(_read_value(_hint_of(key), value, key, origin), origin)
    if _names_azure(environ) and not any(key[:2] == ("providers", "azure") for key in (*settled, *found)):
        found["providers", "azure", "base_url"] = _Entry("", Origin("default"))
    return found


def _names_azure(environ: Mapping[str, str]) -> bool:
    return any(environ.get(name, "").strip() for name, chosen in _CHOOSERS.items() if chosen == "azure")


def _read_flags(flags: Mapping[str, object], settled: _Settled) -> _Settled:
    found: _Settled = {}
    for dotted, value in flags.items():
        origin = Origin(f"flag {_FLAGS.get(dotted, '--' + dotted.replace('_', '-'))}")
        if dotted != "base_url":
            key = tuple(dotted.split("."))
            found[key] = _Entry(_read_value(_hint_of(key), value, key, origin), origin)
            continue
        address = str(_read_value(str, value, ("providers", "", "base_url"), origin))
        named = flags.get("provider")
        name = str(named) if named else _provider_at(address, settled)
        found["providers", name, "base_url"] = _Entry(address, origin)
        found["provider",] = _Entry(name, Origin("flag --provider") if named else origin)
        if (
            not named
            and name == urlsplit(address).netloc
            and providers.guess_kind(address)
            not in (
                "openai",
                "azure",
                "tzafon",
            )
        ):
            found["providers", name, "key_variable"] = _Entry("TUI_ASSIST_API_KEY", origin)
    return found


def _provider_at(address: str, settled: _Settled) -> str:
    """The provider whose address this is, else the host and port: a kept key stays bound to them."""
    known = {name: provider.base_url for name, provider in providers.BUILT_IN.items()}
    known |= {key[1]: entry.value for key, entry in settled.items() if key[2:] == ("base_url",)}
    kind = providers.guess_kind(address)
    wanted = providers.tidy(address, kind)
    same = (name for name, base in known.items() if base and providers.tidy(base, kind) == wanted)
    return next(same, urlsplit(address).netloc)


def _choose_provider(settled: _Settled, environ: Mapping[str, str]) -> None:
    if ("provider",) in settled:
        return
    for name, provider in _CHOOSERS.items():
        if environ.get(name, "").strip():
            settled["provider",] = _Entry(provider, Origin(f"environment {name}"))
            return


def _complete(name: str, settled: _Settled, environ: Mapping[str, str]) -> ProviderSettings:
    """The whole table of one provider, its missing keys filled into `settled`."""
    prefix = ("providers", name)
    given = settled.get((*prefix, "base_url"))
    if given is None and name not in providers.BUILT_IN:
        first = next(entry for key, entry in settled.items() if key[:2] == prefix)
        raise _no_address(first.origin, prefix)
    if name == "azure" and environ.get("AZURE_OPENAI_AD_TOKEN", "").strip():
        origin = Origin("environment AZURE_OPENAI_AD_TOKEN")  # wins over a key, as in Azure's own client
        if (*prefix, "auth") not in settled:
            settled[*prefix, "auth"] = _Entry("token", origin)
            settled.setdefault((*prefix, "key_variable"), _Entry("AZURE_OPENAI_AD_TOKEN", origin))
    for key, value in shape.leaves(providers.template(name, given.value if given else "")):
        settled.setdefault((*prefix, *key), _Entry(value, Origin("default")))
    address = settled[*prefix, "base_url"]
    kind, version = (settled[*prefix, field].value for field in ("kind", "api_version"))
    settled[*prefix, "base_url"] = _Entry(providers.tidy(address.value, kind, version), address.origin)
    provider = _assemble(ProviderSettings, settled, prefix, name=name)
    assert isinstance(provider, ProviderSettings)
    return provider


def _check_provider(settled: _Settled, tables: Mapping[str, ProviderSettings]) -> None:
    entry = settled["provider",]
    if entry.value and entry.value not in tables:
        raise _wrong(
            entry.origin, ("provider",), entry.value, f"there are {', '.join(tables)}", choices=list(tables)
        )


def _assemble(kind: type, settled: _Settled, prefix: Key, **more: Any) -> Any:
    values: dict[str, Any] = {}
    for name, hint in shape.fields_of(kind).items():
        key = (*prefix, name)
        if shape.inner(hint) is None:
            values[name] = settled[key].value
        else:
            values[name] = {found[-1]: entry.value for found, entry in settled.items() if found[:-1] == key}
    return kind(**values, **more)


def _hint_of(key: Key) -> Any:
    hint: Any = Config
    for name in key:
        hint = shape.inner(hint) or shape.fields_of(hint)[name]
    return hint


def _read_value(hint: Any, value: object, key: Key, origin: Origin) -> Any:
    try:
        read = shape.read(hint, value, seconds=key[-1].endswith("_s"))
    except shape.Mistyped as error:
        raise _wrong(
            origin, key, value, f"it takes {error.accepted}", choices=list(shape.words_of(hint))
        ) from error
    if key[-1] == "base_url" and isinstance(read, str) and (problem := providers.complaint(read)):
        shown = read if "password" not in problem else "…"
        raise _wrong(origin, key, shown, problem)
    if key[-1] == "key_variable" and read and not _VARIABLE_NAME.fullmatch(str(read)):
        raise _wrong(
            origin, key, read, "it takes the name of an environment variable, such as OPENAI_API_KEY"
        )
    return read


def _no_address(origin: Origin, key: Key) -> ConfigError:
    return ConfigError(f"{origin}: {join_key(key)} has no base_url; give its address")


def _wrong(origin: Origin, key: Key, value: object, problem: str, choices: Sequence[str] = ()) -> UserError:
    shown = "…" if _UNSHOWN & set(key) else _show(value)
    close = difflib.get_close_matches(value, choices, 1, 0.6) if isinstance(value, str) else []
    hint = f'; did you mean "{close[0]}"?' if close else ""
    if origin.source.startswith("flag "):
        return UsageError(f"{origin.source.removeprefix('flag ')} {shown}: {problem}{hint}")
    return ConfigError(f"{origin}: {join_key(key)} = {shown}; {problem}{hint}")


def _show(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    shown = f'"{value}"' if isinstance(value, str) else repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "…"
