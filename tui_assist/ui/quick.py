"""When a lone key may answer a request. Knows no widgets and no clock: times are passed in.

A key answers only where nobody can have meant the composer: after a pause, on something seen for a
moment, and after a countdown that any other key ends.
"""

from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]
"""Seconds that only go forward."""

QUIET_S = 0.5  # seconds without a key before a lone key may answer
SEEN_S = 0.5  # seconds a request is on the screen before any key answers it
COUNTDOWN_S = 0.4  # seconds in which a second key means that the person was typing


@dataclass(frozen=True, slots=True)
class Pending:
    """A key that will answer unless another comes."""

    key: str
    request_id: str


class QuickKeys:
    """Remembers the last key and the request on the screen; holds at most one pending key."""

    def __init__(self) -> None:
        self.pending: Pending | None = None
        self._last_key = float("-inf")
        self._shown = ""
        self._shown_at = float("inf")

    def show(self, request_id: str, at: float) -> None:
        """`request_id` came to stand on the screen ("" for none). Showing it again changes nothing."""
        if request_id != self._shown:
            self._shown, self._shown_at = request_id, at

    def hide(self) -> None:
        """Nothing is on the screen: the pane is behind another, or a screen covers it."""
        self._shown, self._shown_at = "", float("inf")

    def seen(self, at: float) -> bool:
        """Whether the shown request has been on the screen long enough to be answered at all."""
        return bool(self._shown) and at - self._shown_at >= SEEN_S

    def key(self, at: float) -> bool:
        """A key came; True when it follows a pause, so that it may be a lone one."""
        quiet = at - self._last_key >= QUIET_S
        self._last_key = at
        return quiet

    def begin(self, key: str) -> Pending:
        self.pending = Pending(key, self._shown)
        return self.pending

    def end(self) -> Pending | None:
        """The pending key, which is pending no more."""
        pending, self.pending = self.pending, None
        return pending
