"""Which shell runs a command and with which environment. Knows no configuration and keeps no state.

The shell is the one `parse` reads: bash without start-up files. Whatever in the environment would make
bash read a file, define a function or parse differently is taken out, and so is every name that looks
like a secret.
"""

import os
import re
import shutil
from collections.abc import Mapping

_SECRET = re.compile("KEY|SECRET|TOKEN|PASSWORD", re.IGNORECASE)
_CHANGES_BASH = re.compile(r"BASH_ENV|ENV|SHELLOPTS|BASHOPTS|POSIXLY_CORRECT|CDPATH|BASH_FUNC_.*")
_OURS = re.compile(r"TEXTUAL.*|COLUMNS|LINES")
_WITHOUT_TERMINAL = {
    "TERM": "dumb",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
}


def shell_arguments(command: str) -> tuple[str, ...]:
    """The argument list that runs `command`: bash where there is one, else /bin/sh."""
    bash = shutil.which("bash")
    if bash is None:
        return ("/bin/sh", "-c", "--", command)
    # `--`: a command may begin with a dash or a plus.
    return (bash, "--norc", "--noprofile", "-c", "--", command)


def has_bash() -> bool:
    """Whether commands run in the shell that `parse` reads."""
    return shutil.which("bash") is not None


def command_environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """`base` (this process's environment when None) as a command gets it.

    Without names that hold KEY, SECRET, TOKEN or PASSWORD in any case, without what changes how bash
    reads a command, and with pagers and prompts that need no terminal.
    """
    source = os.environ if base is None else base
    kept = {name: value for name, value in source.items() if not _is_dropped(name)}
    return kept | _WITHOUT_TERMINAL


def _is_dropped(name: str) -> bool:
    return bool(_SECRET.search(name) or _CHANGES_BASH.fullmatch(name) or _OURS.fullmatch(name))
