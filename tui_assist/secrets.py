"""Owns the keys to providers: finds, keeps and forgets them. Prints none and puts none into a repository."""

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from tui_assist.config.settings import ProviderSettings
from tui_assist.errors import UserError
from tui_assist.private import PrivateFile

SERVICE = "tui-assist"  # the name our keys stand under in the keyring
HIDDEN = "‹hidden›"

T = TypeVar("T")

_SHORTEST = 6  # characters; anything shorter would hide ordinary words


class Keyring(Protocol):
    """What we use of a keyring backend."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


def system_keyring() -> Keyring | None:
    """The system's keyring; None where there is none that works. Imports `keyring` only now."""
    import keyring
    from keyring.backends import fail, null

    backend = keyring.get_keyring()
    # Below 1 are backends its authors do not recommend: plain text files and the like.
    if isinstance(backend, fail.Keyring | null.Keyring) or backend.priority < 1:
        return None
    return backend


class Secrets:
    """Keys by provider name, in the environment, the system's keyring or a 0600 file, in this order.

    A keyring that raises or gives no answer within `patience_s` is left alone from then on. All of it
    may take that long: call it from a thread where something must not wait.
    """

    def __init__(
        self,
        file: Path,
        environ: Mapping[str, str],
        keyring: Callable[[], Keyring | None] = system_keyring,
        roots: Sequence[Path] = (),
        patience_s: float = 3.0,
    ) -> None:
        self._file = PrivateFile(file)
        self._environ = environ
        self._load_keyring = keyring
        self._roots = tuple(root.resolve() for root in roots)
        self._patience_s = patience_s
        self._keyring_works = True
        self._seen: set[str] = set()

    @property
    def seen(self) -> frozenset[str]:
        """Every key found or kept so far, to be hidden from whatever is printed."""
        return frozenset(self._seen)

    def find(self, provider: ProviderSettings) -> str | None:
        """The provider's key; None when there is none, or when one signs in instead of giving a key.

        Raises UserError for a key file others can read.
        """
        if provider.auth == "entra":
            return None
        found: str | None = None
        if provider.key_variable:
            found = self._environ.get(provider.key_variable, "").strip()
        found = found or self._ask_keyring(lambda keyring: keyring.get_password(SERVICE, provider.name))
        found = found or self._kept().get(provider.name)
        if not found:
            return None
        self._seen.add(found)
        return found

    def keep(self, provider_name: str, key: str) -> str:
        """Keeps a key and says where, in words. Raises UserError for what cannot be a key."""
        key = key.strip()
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise UserError("that is no key: a key is one word of letters, digits and signs; paste it again")
        self._seen.add(key)
        if self._ask_keyring(lambda keyring: _stored(keyring, provider_name, key)):
            return "the system's keyring"
        self._refuse_repository()
        self._file.change(lambda content: _dumped({**self._parsed(content), provider_name: key}))
        return f"{self._file.path}, readable by you alone"

    def forget(self, provider_name: str) -> None:
        """Takes a kept key out of the keyring and the file. Does not touch the environment."""
        self._ask_keyring(lambda keyring: _deleted(keyring, provider_name))
        if provider_name not in self._kept():
            return
        self._file.change(
            lambda content: _dumped(
                {name: key for name, key in self._parsed(content).items() if name != provider_name}
            )
        )

    def describe_keyring(self) -> str | None:
        """The keyring's own name; None when there is none that answers."""
        return self._ask_keyring(lambda keyring: str(getattr(keyring, "name", type(keyring).__name__)))

    def _kept(self) -> Mapping[str, str]:
        if self._file.exposed():
            raise UserError(
                f"{self._file.path} holds keys and others may read it; run: chmod 600 {self._file.path}"
            )
        return self._parsed(self._file.read())

    def _parsed(self, content: bytes | None) -> Mapping[str, str]:
        try:
            kept = json.loads(content or b"{}")
        except ValueError as error:
            raise UserError(f"{self._file.path} is damaged; move it away and give your keys again") from error
        if not isinstance(kept, dict) or not all(isinstance(key, str) for key in kept.values()):
            raise UserError(f"{self._file.path} is damaged; move it away and give your keys again")
        return kept

    def _refuse_repository(self) -> None:
        for root in self._roots:
            if self._file.path.is_relative_to(root):
                raise UserError(
                    f"the key is not kept: {self._file.path} lies inside the workspace {root}. Start in "
                    f"another folder to keep it, or set the provider's environment variable"
                )

    def _ask_keyring(self, question: Callable[[Keyring], T]) -> T | None:
        """The answer; None without a keyring, and from the first failure or silence on."""
        if not self._keyring_works:
            return None
        answers: list[T | None] = []

        def ask() -> None:
            keyring = self._load_keyring()
            answers.append(None if keyring is None else question(keyring))

        # A daemon: a backend that waits for a dialog nobody sees must not hold the program's end.
        asking = threading.Thread(target=_quietly(ask), name="keyring", daemon=True)
        asking.start()
        asking.join(self._patience_s)
        self._keyring_works = bool(answers)
        return answers[0] if answers else None


def redact(text: str, secrets: Iterable[str]) -> str:
    """`text` with every one of `secrets` hidden, the longest first."""
    for secret in sorted((secret for secret in secrets if len(secret) >= _SHORTEST), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _quietly(ask: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            ask()
        except Exception:
            # Backends raise errors of every library below them; each means: no keyring.
            return

    return run


def _stored(keyring: Keyring, name: str, key: str) -> bool:
    keyring.set_password(SERVICE, name, key)
    # Some backends accept and keep nothing.
    return keyring.get_password(SERVICE, name) == key


def _deleted(keyring: Keyring, name: str) -> bool:
    if keyring.get_password(SERVICE, name) is not None:
        keyring.delete_password(SERVICE, name)
    return True


def _dumped(kept: Mapping[str, str]) -> bytes:
    return json.dumps(kept, indent=1, sort_keys=True).encode() + b"\n"
