"""Blocks that count seconds while somebody waits, and which of them do so now. Starts no timer."""

from collections.abc import Callable
from math import ceil

from tui_assist.ui.transcript.block import Block, NoticeBlock
from tui_assist.ui.transcript.blockrow import BlockRow

SLOW_S = 2.0  # seconds a model may be silent before that is said


class RetryBlock(NoticeBlock):
    """Why a step begins again, and in how many seconds."""

    def __init__(self, reason: str, attempt: int, until: float) -> None:
        super().__init__("", "↻")
        self._reason, self._attempt, self._until = reason.rstrip("."), attempt, until
        self._left: int | None = None
        self._over = False

    @property
    def ticking(self) -> bool:
        return not self._over and self._left != 0

    def tick(self, now: float) -> None:
        left = max(0, ceil(self._until - now))
        if left == self._left:
            return
        self._left = left
        wait = f"try {self._attempt} in {left} s, Esc stops" if left else f"try {self._attempt}"
        self.say(f"{self._reason} · {wait}")

    def end(self) -> None:
        """The turn is over: nothing is tried again."""
        if self.ticking:
            self._over = True
            self.say(self._reason)


class SilenceBlock(NoticeBlock):
    """That the model was asked and has said nothing yet. Empty as long as that is nothing unusual."""

    def __init__(self, since: float) -> None:
        super().__init__("", "…", "muted")
        self._since = since
        self._silent = 0
        self._over = False

    @property
    def ticking(self) -> bool:
        return not self._over

    def end(self) -> None:
        self._over = True

    def tick(self, now: float) -> None:
        silent = int(now - self._since)
        if silent != self._silent and now - self._since >= SLOW_S:
            self._silent = silent
            self.say(f"waiting for the model  {silent} s, Esc stops")


class Waits:
    """The blocks of `row` that count seconds, and the silence of a model that was asked."""

    def __init__(self, row: BlockRow, clock: Callable[[], float]) -> None:
        self._row = row
        self._clock = clock
        self._counting: list[Block] = []
        self._silence: SilenceBlock | None = None

    def __bool__(self) -> bool:
        """Whether anything counts: then `tick` is due once a second."""
        return any(block.ticking for block in self._counting)

    @property
    def now(self) -> float:
        return self._clock()

    def count(self, block: Block) -> None:
        block.tick(self.now)
        self._counting.append(block)
        self._row.changed(block)

    def tick(self) -> None:
        self._counting = [block for block in self._counting if block.ticking]
        now = self.now
        for block in self._counting:
            before = block.version
            block.tick(now)
            if block.version == before:
                continue
            if block.index < 0:
                self._row.add(block)
            self._row.changed(block)

    def ask(self, after_s: float = 0.0) -> None:
        """The model is asked, now or then: how long it says nothing is shown once that is long."""
        self._silence = SilenceBlock(self.now + after_s)
        self._counting.append(self._silence)

    def answered(self) -> None:
        """It has said something, or never will."""
        silence, self._silence = self._silence, None
        if silence is not None:
            silence.end()
            if silence.index >= 0:
                self._row.remove(silence)
