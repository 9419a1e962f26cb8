"""Asks git about a folder, with commands that run nothing the repository chose. Writes only its index.

Which commands and settings are safe was measured: `status` and `diff` are not, and `diff-index` only with
the filters of the repository switched off (test_nothing_the_repository_chose_is_run).
"""

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Literal

TIMEOUT_S = 20.0  # one git command

SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.quotePath=false",
    "diff.external=",
    "safe.bareRepository=explicit",
)

Reading = Literal["ls-files", "rev-parse", "cat-file", "config", "diff-index", "check-attr"]
Writing = Literal["hash-object", "update-index"]


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What git is started with: no GIT_* of ours, no system configuration, no prompt, no network."""
    kept = {name: environment[name] for name in ("PATH", "HOME", "XDG_CONFIG_HOME") if name in environment}
    return kept | {
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_LITERAL_PATHSPECS": "1",
    }


def ask(
    folder: Path, command: Reading, *arguments: str, extra: Mapping[str, str] = MappingProxyType({})
) -> bytes | None:
    """What `git command` prints in `folder`; None without git, without a repository, or when it fails.

    `extra` is added to its environment. Blocks for at most TIMEOUT_S: call it from a thread.
    """
    return _run(folder, command, arguments, extra, b"")


def write(folder: Path, command: Writing, *arguments: str, given: bytes) -> bytes | None:
    """Likewise for a command that writes objects or the index; `given` is its standard input."""
    return _run(folder, command, arguments, {}, given)


def _run(
    folder: Path, command: str, arguments: Sequence[str], extra: Mapping[str, str], given: bytes
) -> bytes | None:
    if shutil.which("git") is None:
        return None
    environment = {**clean_environment(os.environ), **extra}
    from_nothing = [f"{name}={value}" for name, value in environment.items()]
    settings = [word for setting in SETTINGS for word in ("-c", setting)]
    line = ["/usr/bin/env", "-i", *from_nothing, "git", *settings, "--no-optional-locks", "--no-pager"]
    git = _gitpython()
    try:
        with tempfile.TemporaryFile() as standard_input:
            standard_input.write(given)
            standard_input.seek(0)
            status, output, _ = git.Git(folder).execute(
                [*line, command, *arguments],
                istream=standard_input,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                kill_after_timeout=TIMEOUT_S,
            )
    except (git.GitCommandError, OSError):
        return None
    return output if status == 0 and isinstance(output, bytes) else None


def names(output: bytes) -> list[str]:
    """The paths of a `-z` listing."""
    return os.fsdecode(output).split("\0")[:-1]


def branch(folder: Path) -> str | None:
    """The branch, the short commit when none is checked out, None without a repository.

    Read from the files of the repository: works without a git binary.
    """
    git = _gitpython()
    try:
        with git.Repo(folder, search_parent_directories=True) as repository:
            if repository.head.is_detached:
                return str(repository.head.commit.hexsha)[:8]
            return str(repository.active_branch.name)
    except (git.GitError, git.NoSuchPathError, OSError, ValueError, TypeError, KeyError):
        return None


def files(folder: Path) -> list[str] | None:
    """Paths, relative to `folder`, that are tracked or not ignored, and exist; None without a work tree."""
    listed = ask(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    deleted = ask(folder, "ls-files", "-z", "--deleted")
    if listed is None or deleted is None:
        return None
    return sorted(dict.fromkeys(names(listed)).keys() - set(names(deleted)))


def changed(folder: Path) -> list[str] | None:
    """Paths, relative to `folder`, that differ from HEAD or are new; None without a work tree."""
    fresh = ask(folder, "ls-files", "-z", "--others", "--exclude-standard")
    if fresh is None:
        return None
    if ask(folder, "rev-parse", "--verify", "--quiet", "HEAD") is None:
        tracked = ask(folder, "ls-files", "-z", "--cached")
    else:
        without = _without_filters(folder)
        tracked = ask(folder, "diff-index", "-z", "--name-only", "--relative", "HEAD", "--", extra=without)
    return None if tracked is None else sorted({*names(fresh), *names(tracked)})


def _without_filters(folder: Path) -> dict[str, str]:
    """The environment that empties every filter the configuration names.

    `diff-index` compares the content of files that were written in the index's own second, through filters.
    """
    listed = ask(folder, "config", "--null", "--name-only", "--get-regexp", r"^filter\..*\.")
    filters = {name.rpartition(".")[0] for name in names(listed or b"")}
    settings = [
        (f"{name}.{key}", value)
        for name in sorted(filters)
        for key, value in (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))
    ]
    found = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return found


def committed(folder: Path, path: str) -> bytes | None:
    """The bytes of `path` (relative to `folder`) in HEAD; None when it is not there."""
    return ask(folder, "cat-file", "blob", f"HEAD:./{path}")


def _gitpython() -> ModuleType:
    os.environ["GIT_PYTHON_REFRESH"] = "quiet"  # else the import raises where there is no git
    return import_module("git")  # late, because it costs 0.1 s
