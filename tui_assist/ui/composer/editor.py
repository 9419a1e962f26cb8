"""Hands a draft to the person's own editor and takes it back. Knows no widgets."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tui_assist.errors import UserError


def editor_command(environment: Mapping[str, str]) -> list[str]:
    """$VISUAL, else $EDITOR, else vi, as words."""
    return shlex.split(environment.get("VISUAL") or environment.get("EDITOR") or "vi")


def edit(text: str, command: list[str], environment: Mapping[str, str]) -> str:
    """`text` as the editor left it; blocks until it ends. Raises UserError when it cannot be run."""
    # Children must not inherit what we set for ourselves before Textual was imported.
    clean = {name: value for name, value in environment.items() if name != "TEXTUAL_FPS"}
    with tempfile.TemporaryDirectory(prefix="tui-assist-") as folder:
        path = Path(folder, "prompt.md")
        path.write_text(text, encoding="utf-8")
        try:
            done = subprocess.run([*command, os.fspath(path)], env=clean, check=False)
            written = path.read_text(encoding="utf-8", errors="replace")
        except (OSError, ValueError) as error:
            raise UserError(f"{shlex.join(command)}: {error}; set $EDITOR to an editor you have") from error
    if done.returncode:
        raise UserError(f"{shlex.join(command)} ended with {done.returncode}; the draft is as it was")
    return written.removesuffix("\n")
