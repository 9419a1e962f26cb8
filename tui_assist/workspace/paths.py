"""Names of files: which are protected, which hold secrets, how a path is shown. Reads no file's content."""

import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from os.path import isdir, isfile  # never raise, unlike Path's: names may be too long, folders closed
from pathlib import Path

from tui_assist.errors import ToolError

PROTECTED_NAMES = frozenset(
    {
        ".git",
        ".tui-assist",
        "agents.md",
        "claude.md",
        # editors and development containers start what they find here
        ".vscode",
        ".idea",
        ".devcontainer",
        # continuous integration
        ".github",
        ".gitlab",
        ".gitlab-ci.yml",
        ".circleci",
        ".travis.yml",
        ".buildkite",
        "azure-pipelines.yml",
        "jenkinsfile",
        # hooks, and files that make other programs run something
        ".husky",
        ".githooks",
        ".pre-commit-config.yaml",
        ".gitmodules",
        ".gitattributes",
        ".gitconfig",
        ".mcp.json",
        ".ripgreprc",
        # shells
        ".bashrc",
        ".bash_profile",
        ".profile",
        ".zshrc",
        ".zshenv",
    }
)

SECRET_NAMES = (
    ".env",
    ".env.*",
    "*.env",
    ".envrc",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    ".netrc",
    "_netrc",
    ".npmrc",
    ".pypirc",
    ".pgpass",
    ".htpasswd",
    ".git-credentials",
    ".dockercfg",
    "credentials",
    "credentials.*",
    "secrets.json",
    "secrets.toml",
    "secrets.y*ml",
    "service-account*.json",
)

HARMLESS_NAMES = ("*.example", "*.sample", "*.template", "*.dist", "*.pub", "*.py", "*.md")

SECRET_FOLDERS = frozenset({".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker"})

# Code points that are drawn as nothing: default-ignorable ones whose category is not Cf.
_INVISIBLE = frozenset({0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0}).union(
    range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0000, 0xE1000)
)


@dataclass(frozen=True, slots=True)
class Located:
    """Where a path leads, links followed."""

    path: Path  # the real path: absolute, no link in it
    shown: str  # the real path as it is shown and stored: relative to the working directory, or absolute
    asked: str  # the path as it was given
    inside: bool  # within one of the roots
    git: bool  # git's own: never written by us
    protected: bool  # a change of it is never let through unasked
    secret: bool  # its content is never read unasked
    link: bool  # a symbolic link leads there

    def reasons(self) -> tuple[str, ...]:
        """What to look at twice before touching it, in words for a request."""
        found = []
        if self.link:
            found.append(f"{self.asked} is a link to {self.shown}")
        if not self.inside:
            found.append(f"outside the root: {self.path}")
        if self.secret:
            found.append(f"may hold secrets: {self.shown}")
        elif self.protected:
            found.append(f"protected: {self.shown}")
        return tuple(found)


def fold(name: str) -> str:
    """`name` as the least careful file system compares it: no case, nothing invisible, no trailing dots."""
    seen = "".join(
        char
        for char in unicodedata.normalize("NFKC", name)
        if unicodedata.category(char) != "Cf" and ord(char) not in _INVISIBLE
    )
    folded = unicodedata.normalize("NFKC", seen.casefold()).rstrip(" .")
    return ".git" if folded == "git~1" else folded


def is_secret(parts: Iterable[str]) -> bool:
    """Whether a file with these path components usually holds keys or passwords. By name alone."""
    folded = [fold(part) for part in parts]
    if not folded:
        return False
    name = folded[-1]
    if not SECRET_FOLDERS.isdisjoint(folded[:-1]):
        return True
    if name == "config" and ".git" in folded:  # addresses of remotes hold tokens
        return True
    if any(fnmatchcase(name, pattern) for pattern in HARMLESS_NAMES):
        return False
    return any(fnmatchcase(name, pattern) for pattern in SECRET_NAMES)


def is_protected(parts: Sequence[str]) -> bool:
    """Whether a change of this path must always be asked for."""
    return not PROTECTED_NAMES.isdisjoint(fold(part) for part in parts) or is_secret(parts)


def checked(path: str) -> str:
    """`path` if it can name a file at all; ToolError otherwise."""
    if not path.strip():
        raise ToolError("the path is empty; send a path relative to the working directory")
    if "\0" in path:
        raise ToolError(f"{path!r} holds a NUL character; no file can be named so")
    if path.startswith("~"):
        raise ToolError(f"{path}: ~ is not expanded; send a path relative to the working directory")
    try:
        os.fsencode(path)
    except UnicodeEncodeError as error:
        raise ToolError(f"{path!r} holds characters no file name can have") from error
    return path


def within(path: Path, roots: Iterable[Path]) -> Path | None:
    """The innermost of `roots` that holds `path`."""
    holding = [root for root in roots if path.is_relative_to(root)]
    return max(holding, key=lambda root: len(root.parts), default=None)


def belongs_to_git(path: Path, root: Path | None) -> bool:
    """Whether the real `path` is in a `.git`, or in a bare repository at or below `root`."""
    if any(fold(part) == ".git" for part in path.parts):
        return True
    return root is not None and any(
        isfile(folder / "HEAD") and isdir(folder / "objects") and isdir(folder / "refs")
        for folder in path.parents
        if folder.is_relative_to(root)
    )
