"""When a transcript is painted: a frame after a change, and once a second while something counts seconds.

Paints nothing itself, and at rest no timer runs.
"""

from collections.abc import Callable
from time import monotonic

from textual.timer import Timer
from textual.widget import Widget

FRAME_S = 1 / 30  # seconds between two paints of a stream
TICK_S = 1.0  # seconds between two looks at the time
SOON_S = 0.001  # seconds; a timer must not be shorter than this


class Pace:
    """Calls `paint` and `tick` of one widget when they are due."""

    def __init__(self, widget: Widget, paint: Callable[[], None], tick: Callable[[], None]) -> None:
        self._widget = widget
        self._paint = paint
        self._tick = tick
        self._frame: Timer | None = None  # runs only while a frame is due
        self._ticker: Timer | None = None  # runs only while something counts seconds
        self._painted = 0.0

    @property
    def resting(self) -> bool:
        """Whether no timer runs."""
        return self._frame is None and self._ticker is None

    def changed(self) -> None:
        """Something is to be painted, within a frame at the latest."""
        if self._frame is None and self._widget.is_mounted:
            wait = max(SOON_S, self._painted + FRAME_S - monotonic())
            self._frame = self._widget.set_timer(wait, self._paint)

    def painting(self, *, counting: bool) -> None:
        """What was due is painted now. `counting`: it shows seconds."""
        if self._frame is not None:
            self._frame.stop()
            self._frame = None
        self._painted = monotonic()
        if counting and self._ticker is None and self._widget.is_mounted:
            self._ticker = self._widget.set_timer(TICK_S, self._second)

    def _second(self) -> None:
        self._ticker = None
        self._tick()
        self.changed()
