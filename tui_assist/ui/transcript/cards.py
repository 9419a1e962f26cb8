"""Cards: what was asked for and what came of it, one line each that opens. They decide nothing."""

from collections import deque
from collections.abc import Iterator, Sequence
from enum import Enum

from tui_assist.ui.lines import Line, Span, edges
from tui_assist.ui.text import crop, one_line
from tui_assist.ui.transcript.block import Block
from tui_assist.ui.transcript.views import (
    content_lines,
    how_it_ended,
    inset,
    output_line,
    result_lines,
    view_lines,
)
from tui_assist.values.asking import CommandView, Decision, Verdict, View
from tui_assist.values.calls import Outcome, Status
from tui_assist.values.content import text_of

LIVE_LINES = 10  # of a running command, on the screen
FAILED_LINES = 6  # of a failed one, while it is closed
LONGEST_DRAFT = 2_000  # characters of a call's arguments kept while they stream

WORDS = {"apply_patch": "patch", "read_file": "read", "find_files": "find", "local_shell": "shell"}


class State(Enum):
    """Where a call stands; the value is what the right edge says."""

    ARRIVING = "still arriving"
    PLANNED = ""
    WAITING = "● waiting for you"
    RUNNING = "● running"
    DONE = "✓"
    FAILED = "✗ failed"
    REFUSED = "✗ refused"
    CANCELLED = "✗ cancelled"
    NOT_RUN = "✗ not run"


ENDED = {
    Status.COMPLETED: State.DONE,
    Status.FAILED: State.FAILED,
    Status.REFUSED: State.REFUSED,
    Status.CANCELLED: State.CANCELLED,
    Status.NOT_RUN: State.NOT_RUN,
}

ROLES = {
    State.WAITING: "accent",
    State.RUNNING: "accent",
    State.DONE: "success",
    State.FAILED: "failure",
    State.REFUSED: "failure",
    State.CANCELLED: "notice",
    State.NOT_RUN: "notice",
}


class Card(Block):
    """One or more calls that are planned and shown together."""

    foldable = True
    spaced = False

    def __init__(self, tool: str) -> None:
        super().__init__()
        self.tool = tool
        self.state = State.ARRIVING
        self.title = ""
        self.view: View | None = None
        self.note = ""  # what the person said when refusing
        self.outcomes: dict[str, Outcome] = {}
        self._draft = ""
        self._since: float | None = None  # when it began to run, on the document's clock
        self._runs = 0  # whole seconds it has run

    # What happens to it

    def add(self, key: str, text: str) -> None:
        """A piece of the arguments."""
        self._draft = (self._draft + text)[-LONGEST_DRAFT:]
        self.changed()

    def plan(self, tool: str, title: str, view: View) -> None:
        self.tool, self.title, self.view = tool, title, view
        self._draft = ""
        self._go(State.PLANNED)

    def ask(self) -> None:
        self._go(State.WAITING)

    def decide(self, decision: Decision) -> None:
        refused = decision.verdict is Verdict.REFUSE
        self.note = decision.note
        self._go(State.REFUSED if refused else State.PLANNED)

    def run(self, now: float) -> None:
        self._since = now
        self._go(State.RUNNING)

    def tick(self, now: float) -> None:
        runs = 0 if self._since is None else int(now - self._since)
        if runs != self._runs:
            self._runs = runs
            self.changed()

    @property
    def ticking(self) -> bool:
        return self.state is State.RUNNING and self._since is not None

    def output(self, text: str) -> None:
        """Live output; only commands have any."""

    def finish(self, call_id: str, outcome: Outcome) -> None:
        self.outcomes[call_id] = outcome
        states = [ENDED[one.status] for one in self.outcomes.values()]
        worst = max(
            states, key=[State.DONE, State.NOT_RUN, State.CANCELLED, State.REFUSED, State.FAILED].index
        )
        self._go(worst)

    def cut(self) -> None:
        """The turn is over: what never ran says so."""
        if self.state in (State.ARRIVING, State.PLANNED, State.WAITING):
            self._go(State.NOT_RUN)
        elif self.state is State.RUNNING:
            self._go(State.CANCELLED)

    def _go(self, state: State) -> None:
        self.state = state
        self.changed()

    # How it looks

    @property
    def word(self) -> str:
        return WORDS.get(self.tool, one_line(self.tool))

    def lines(self, width: int) -> Sequence[Line]:
        lines = list(edges(self.head(), self.right(), width))
        body = self.body(max(8, width - 2)) if self.opened else self.glance(max(8, width - 2))
        return [*lines, *inset(body)]

    def head(self) -> list[Span]:
        title = self.short_title() or self.draft_title()
        mark = "▾ " if self.opened or self.unfolded else "▸ "
        return [(mark, "muted"), (f"{self.word:<7} ", "strong"), (title, "")]

    @property
    def unfolded(self) -> bool:
        """Whether it shows something of its own accord."""
        return False

    def short_title(self) -> str:
        """The title without the tool's name, which stands before it."""
        shown = one_line(self.title)
        for name in (self.tool, self.word):
            shown = shown.removeprefix(f"{name} ")
        return shown.strip()

    def draft_title(self) -> str:
        return crop(one_line(self._draft), 200)

    def right(self) -> list[Span]:
        spans, said = self.stands(), self.summary() if self.state is not State.NOT_RUN else ""
        if said:
            spans.append((f"{' ' if spans else ''}{said}", "muted"))
        # Calls that are shown together run together: each of them took the whole time.
        times = [one.elapsed_s for one in self.outcomes.values() if one.elapsed_s is not None]
        if times:
            spans.append((f"  {seconds(max(times)):>7}", "muted"))
        elif self.ticking and self._runs:
            spans.append((f"  {seconds(self._runs, whole=True):>7}", "muted"))
        return spans

    def stands(self) -> list[Span]:
        """The right edge's first words, if any."""
        return [(self.state.value, ROLES.get(self.state, "muted"))] if self.state.value else []

    def summary(self) -> str:
        """What came of it in a few words, beyond what `stands` says."""
        said = [one.summary for one in self.outcomes.values() if one.summary != one.status.value]
        return one_line(", ".join(dict.fromkeys(filter(None, said))))

    def glance(self, width: int) -> Iterator[Line]:
        """What shows while closed, below the first line."""
        if self.state is State.REFUSED and self.note:
            yield Line(((f"you: {crop(one_line(self.note), width - 5)}", "muted"),))

    def body(self, width: int) -> Iterator[Line]:
        """What shows when opened."""
        views = [one.view for one in self.outcomes.values() if one.view is not None]
        shown = views or ([self.view] if self.view is not None else [])
        for view in shown:
            yield from view_lines(view, width)
        if not views:
            for one in self.outcomes.values():
                yield from content_lines(one.content, width)
        if self.note:
            yield Line(((f"you: {crop(one_line(self.note), width - 5)}", "muted"),))

    def text(self) -> str:
        said = [text_of(one.content) for one in self.outcomes.values()]
        return "\n".join([f"{self.word} {self.short_title()}", *said])


def seconds(elapsed: float, *, whole: bool = False) -> str:
    """`0.1 s`, `12 s`, `3 min 5 s`; no digits after the point when `whole`."""
    if elapsed < 10 and not whole:
        return f"{elapsed:.1f} s"
    if elapsed < 60:
        return f"{elapsed:.0f} s"
    return f"{elapsed // 60:.0f} min {elapsed % 60:.0f} s"


class ShellCard(Card):
    """Commands, with the last lines of what they write while they run."""

    def __init__(self, tool: str) -> None:
        super().__init__(tool)
        self._tail: deque[str] = deque(maxlen=LIVE_LINES)
        self._partial = ""

    def short_title(self) -> str:
        if isinstance(self.view, CommandView) and self.view.commands:
            more = len(self.view.commands) - 1
            return one_line(self.view.commands[0]) + (f"  and {more} more" if more else "")
        return super().short_title()

    def output(self, text: str) -> None:
        *lines, self._partial = (self._partial + text[-100_000:]).split("\n")
        self._tail.extend(lines)
        self._partial = self._partial[-4_000:]
        self.changed()

    @property
    def unfolded(self) -> bool:
        return self.state in (State.RUNNING, State.WAITING, State.FAILED) or bool(self._failures)

    @property
    def _failures(self) -> int:
        """Commands that ran and did not succeed."""
        return sum(result.exit_code != 0 for one in self.outcomes.values() for result in one.commands)

    def stands(self) -> list[Span]:
        failed = self._failures and self.state in (State.DONE, State.FAILED)
        return [("✗", "failure")] if failed else super().stands()

    def summary(self) -> str:
        ends = [how_it_ended(result) for one in self.outcomes.values() for result in one.commands]
        return ", ".join(ends) or super().summary()

    def glance(self, width: int) -> Iterator[Line]:
        if self.state is State.WAITING and self.view is not None:
            yield from view_lines(self.view, width)
        rows = [*self._tail, *([self._partial] if self._partial else [])]
        if self.unfolded or self.state is State.CANCELLED:
            kept = LIVE_LINES if self.state is State.RUNNING else FAILED_LINES
            for row in rows[-kept:]:
                yield from output_line(row[:400], width, "muted")
        yield from super().glance(width)

    def body(self, width: int) -> Iterator[Line]:
        results = [result for one in self.outcomes.values() for result in one.commands]
        if not results:
            yield from super().body(width)
            if not self.outcomes:
                for row in [*self._tail, self._partial]:
                    yield from output_line(row, width)
            return
        if self.view is not None:
            yield from view_lines(self.view, width)
        yield from result_lines(results, width)
        for one in self.outcomes.values():
            if one.spill:
                yield Line(((crop(f"all of it: {one_line(one.spill)}", width), "muted"),))


class OwnCard(ShellCard):
    """A `!` command of the person: no turn's, so no end of a turn touches it."""

    spaced = True

    @property
    def word(self) -> str:
        return "you"


class HostedBlock(Card):
    """Something the model's server runs by itself: shown, never asked."""

    def __init__(self, type: str) -> None:
        super().__init__(type.removesuffix("_call").replace("_", " "))
        self.state = State.RUNNING

    def progress(self, state: str) -> None:
        self.title = state.replace("_", " ")
        ended = {"completed": State.DONE, "failed": State.FAILED, "incomplete": State.NOT_RUN}
        self._go(ended.get(state, State.RUNNING))
