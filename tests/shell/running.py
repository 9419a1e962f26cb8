"""Runs commands for the tests of this folder, and looks for what they left. Asserts nothing."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tui_assist.shell.run import Finished, run_command
from tui_assist.values.calls import Report


@dataclass
class Runner:
    directory: Path
    reported: list[tuple[str, str]] = field(default_factory=list)
    lasting: str = field(default_factory=lambda: f"300.{secrets.randbelow(10**12):012}")
    """Seconds that `sleep` takes for ever, and by which this test's processes are found again."""

    @property
    def spill_dir(self) -> Path:
        return self.directory / "spill"

    async def run(
        self,
        command: str,
        *,
        timeout_s: float = 20.0,
        max_output: int = 1_000,
        env: Mapping[str, str] | None = None,
        report: Report | None = None,
    ) -> Finished:
        return await run_command(
            command,
            directory=self.directory,
            timeout_s=timeout_s,
            max_output=max_output,
            report=report or (lambda text, stream: self.reported.append((stream, text))),
            spill_dir=self.spill_dir,
            env=env,
        )

    def live(self, stream: str) -> str:
        return "".join(text for name, text in self.reported if name == stream)


def processes_with(argument: str) -> list[int]:
    """Processes that have `argument` among their arguments and have not ended."""
    found = []
    for name in os.listdir("/proc"):
        try:
            words = Path("/proc", name, "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if name.isdecimal() and argument.encode() in words:
            found.append(int(name))
    return found
