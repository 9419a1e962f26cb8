"""Decides whether and when a failed step is tried again. Sleeps nowhere and sends nothing."""

import random

from tui_assist.errors import Fault, ModelError

MAX_ATTEMPTS = 5
LONGEST_WAIT_S = 120.0  # a server that asks for more has no time for us now

_CURABLE = frozenset({Fault.RATE, Fault.SERVER, Fault.UNREACHABLE, Fault.SILENT, Fault.CUT})


def wait_before(attempt: int, failure: ModelError) -> float | None:
    """Seconds to wait before try number `attempt` (2 is the first retry), or None to give up."""
    if failure.fault not in _CURABLE or attempt > MAX_ATTEMPTS:
        return None
    if failure.retry_after_s is not None:
        return failure.retry_after_s if failure.retry_after_s <= LONGEST_WAIT_S else None
    backoff = min(8.0, 0.5 * 2.0 ** (attempt - 2))
    return backoff * random.uniform(0.75, 1.0)
