"""Starts the practice model as a process of its own and ends it with its owner. Answers no request itself."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from tui_assist.errors import UserError

START_TIMEOUT_S = 10.0
MODEL = "practice"


@dataclass(frozen=True, slots=True)
class PracticeServer:
    """A running practice model: where it listens and the key it wants."""

    base_url: str
    token: str
    process: asyncio.subprocess.Process

    async def close(self) -> None:
        """Ends the process; safe to call twice."""
        if self.process.stdin is not None:
            self.process.stdin.close()  # it ends when its owner's end of the pipe is gone
        try:
            await asyncio.wait_for(self.process.wait(), 2.0)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


async def start_practice(*, rate: float = 200.0, env: Mapping[str, str] | None = None) -> PracticeServer:
    """The practice model, listening, in a session of its own. `rate` is deltas a second, 0 for no limit.

    It outlives its owner in no case: the end of its standard input ends it, also after a kill.
    Raises UserError when it does not start.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "tui_assist.practice", "--rate", str(rate)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=dict(os.environ if env is None else env),
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_TIMEOUT_S)
        ready = json.loads(line)
    except (TimeoutError, ValueError) as error:
        process.kill()
        await process.wait()
        raise UserError("The practice model did not start; try again, or use another provider.") from error
    except asyncio.CancelledError:
        process.kill()
        raise
    return PracticeServer(ready["base_url"], ready["token"], process)
