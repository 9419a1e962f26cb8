"""Owns which folders' and tool files' exact contents the person trusts. Interprets not one byte of them."""

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tui_assist.errors import UserError
from tui_assist.private import PrivateFile

GUIDES = ("AGENTS.md", "CLAUDE.md")  # the first one a folder has counts
SETTINGS = ".tui-assist/config.toml"
LARGEST = 1 << 20  # bytes; a larger file is not offered

_VERSIONS = 20  # decisions kept for one folder: going between branches need not ask again


@dataclass(frozen=True, slots=True)
class Brought:
    """One file a folder brings. Use `content`, never the file again: this is what was decided on."""

    name: str  # relative to the root, forward slashes
    sha: str
    content: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a folder brings, to be trusted or not as a whole."""

    root: str  # real path
    files: tuple[Brought, ...] = ()
    refused: tuple[str, ...] = ()  # found but never offered, each with the reason

    @property
    def sha(self) -> str:
        """Over all names and contents: another file or another byte is another offer."""
        digest = hashlib.sha256()
        for file in self.files:
            digest.update(f"{file.name}\0{file.sha}\n".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    @property
    def guides(self) -> tuple[Brought, ...]:
        """The AGENTS.md or CLAUDE.md files, from the root down."""
        return tuple(file for file in self.files if file.name != SETTINGS)

    @property
    def settings(self) -> Brought | None:
        return next((file for file in self.files if file.name == SETTINGS), None)


def discover(root: Path, cwd: Path) -> Offer:
    """The guides from `root` down to `cwd`, and the root's settings. Reads the bytes and no meaning.

    A link that leaves the root, anything but a regular file, and what is too large or unreadable is
    refused with the reason.
    """
    top = Path(os.path.realpath(root))
    below = Path(os.path.realpath(cwd))
    folders = [top]
    if below.is_relative_to(top):
        for part in below.relative_to(top).parts:
            folders.append(folders[-1] / part)
    files: list[Brought] = []
    refused: list[str] = []
    for path in [*filter(None, map(_guide_in, folders)), top / SETTINGS]:
        if not os.path.lexists(path):
            continue
        name = path.relative_to(top).as_posix()
        try:
            content = _content(top, path)
        except OSError as error:
            refused.append(f"{name}: {error.strerror or error}")
            continue
        files.append(Brought(name, hashlib.sha256(content).hexdigest(), content))
    return Offer(str(top), tuple(files), tuple(refused))


class Trust:
    """Decisions about offers and tool files, in one private file shared by all instances."""

    def __init__(self, file: Path, home: Path | None = None) -> None:
        self._file = PrivateFile(file)
        self._home = Path(os.path.realpath(home or Path.home()))

    def remembered(self, offer: Offer) -> bool | None:
        """What the person decided about exactly this content; None: ask.

        Nothing offered is trusted. The home folder, `/` and what lies between never are.
        """
        if not offer.files:
            return True
        if self._too_wide(offer.root):
            return False
        return self._decisions("folders").get(offer.root, {}).get(offer.sha)

    def decide(self, offer: Offer, trusted: bool) -> None:
        """Remembers a decision about this content. Raises UserError for a folder that is never trusted."""
        if self._too_wide(offer.root):
            if trusted:
                raise UserError(
                    f"{offer.root} is not trusted: everything you have lies below it. "
                    f"Start in a project's own folder"
                )
            return
        self._remember("folders", offer.root, offer.sha, trusted)

    def is_trusted_file(self, path: Path, sha: str) -> bool | None:
        """What the person decided about this file with this content; None: ask."""
        return self._decisions("files").get(os.path.realpath(path), {}).get(sha)

    def decide_file(self, path: Path, sha: str, trusted: bool) -> None:
        self._remember("files", os.path.realpath(path), sha, trusted)

    def _too_wide(self, root: str) -> bool:
        return self._home.is_relative_to(root)

    def _decisions(self, kind: str) -> Mapping[str, Mapping[str, bool]]:
        return _parsed(self._file.read()).get(kind, {})

    def _remember(self, kind: str, path: str, sha: str, trusted: bool) -> None:
        def edit(content: bytes | None) -> bytes:
            decisions = _parsed(content)
            versions = {known: kept for known, kept in decisions[kind].get(path, {}).items() if known != sha}
            latest = [*versions.items(), (sha, trusted)][-_VERSIONS:]
            decisions[kind] = {**decisions[kind], path: dict(latest)}
            return json.dumps(decisions, indent=1).encode() + b"\n"

        self._file.change(edit)


def _guide_in(folder: Path) -> Path | None:
    present = (folder / name for name in GUIDES if os.path.lexists(folder / name))
    return next(present, None)


def _content(top: Path, path: Path) -> bytes:
    """The bytes of a regular file inside `top`. Raises OSError with the reason as its text."""
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(top):
        raise OSError(f"it is a link to {real}, outside the folder")
    # O_NOFOLLOW: a link put there since is an error, not another file.
    descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("it is no regular file")
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise OSError(f"it is larger than {LARGEST // 1024} KiB")
    return content


def _parsed(content: bytes | None) -> dict[str, dict[str, dict[str, bool]]]:
    """Decisions by kind, path and hash. What is damaged counts as undecided: it is asked again."""
    try:
        found = json.loads(content or b"{}")
    except ValueError:
        found = {}
    if not isinstance(found, dict):
        found = {}
    return {kind: _plain(found.get(kind)) for kind in ("folders", "files")}


def _plain(found: object) -> dict[str, dict[str, bool]]:
    if not isinstance(found, dict):
        return {}
    return {
        path: {sha: kept for sha, kept in versions.items() if isinstance(kept, bool)}
        for path, versions in found.items()
        if isinstance(versions, dict)
    }
