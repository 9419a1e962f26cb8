"""Decisions on a patch and the answer they come to: the keys that need no writing. Writes nothing.

What the person decides is what it is dismissed with; left undecided, `review` keeps how far they came.
"""

from collections.abc import Callable, Iterable
from typing import ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui_assist.errors import UserError
from tui_assist.ui.diff.choosing import ChoosingView
from tui_assist.ui.diff.deciding import Review, Unit
from tui_assist.ui.diff.files import FileList
from tui_assist.ui.diff.review import Keys, PatchScreen, between, counted, keys_lines
from tui_assist.ui.text import crop, one_line
from tui_assist.ui.tray import HELD
from tui_assist.values.asking import Choice, Decision, Request, Verdict

DECIDES = frozenset({"decide", "rest", "apply", "apply_all", "leave", "undo", "split"})
"""Actions that do nothing while a command runs that could press their keys."""


class AnsweringScreen(PatchScreen[Decision | None]):
    """Decides `request` by going on with `review`. Dismissed with the decision, or None undecided.

    On a wide screen it stands right of the chat, which makes room for it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "decide(True)", show=False),
        Binding("n", "decide(False)", show=False),
        Binding("a", "rest(True)", show=False),
        Binding("d", "rest(False)", show=False),
        Binding("A", "apply", show=False),
        Binding("Y", "apply_all", show=False),
        Binding("q", "leave", show=False),
        Binding("u", "undo", show=False),
        Binding("s", "split", show=False),
        Binding("j", "open(1)", show=False),
        Binding("k", "open(-1)", show=False),
    ]

    beside = True
    decides = DECIDES

    diff: ChoosingView

    def __init__(self, request: Request, review: Review, *, held: bool = False) -> None:
        view = ChoosingView(review, id="diff")
        super().__init__(review.patch, view, FileList(review.patch, review, id="files"))
        self.request = request
        self.review = review
        self.held = held
        self._says = ""  # stands in place of the keys until the next one
        self._confirming = False  # asked whether what is open is to be refused

    def above(self) -> Iterable[Widget]:
        if self.request.reasons:
            reasons = "\n".join(f"! {one_line(reason)}" for reason in self.request.reasons)
            yield Static(Content(reasons), id="reasons")

    def hold(self, held: bool) -> None:
        """`held`: nothing is decided here until the command that runs has ended."""
        if held is not self.held:
            self.held = held
            self._confirming = False
            self.redraw()

    # What is said

    def title_line(self, width: int) -> str:
        review = self.review
        done = review.applied or review.decided < review.total
        apply = f"A apply {review.applied}" if done else "A refuse all"
        said = f"patch  {one_line(self.request.title)}   {counted(review.patch)}"
        back = "chat" if self.beside else "back"
        return between(said, f"{review.decided} of {review.total} decided   Esc {back}   {apply}", width)

    def keys_content(self, rows: int) -> Content:
        if self.held:
            return Content.styled(crop(HELD, self.room), "$notice")
        if self._says:
            return Content.styled(crop(self._says, self.room), "$notice")
        if self._confirming:
            return Content.styled(keys_lines(self._confirm_keys(), self.room, rows), "$notice")
        return Content(keys_lines(self.keys(), self.room, rows))

    def keys(self) -> Keys:
        """The keys that mean something just now."""
        raise NotImplementedError

    def _confirm_keys(self) -> Keys:
        still_open = self.review.total - self.review.decided
        meaning = f"refuse the {still_open} open" if still_open else "leave"
        meaning += f" and apply {self.review.applied}" if self.review.applied else ""
        return (("y", meaning), ("Esc", "go on deciding"))

    def say(self, text: str) -> None:
        self._says = text
        self.redraw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While it asks about what is open only its own keys mean anything; while held none decides."""
        if self.held:
            return action not in self.decides
        if self._confirming and action in self.decides:
            return parameters == (True,) and action == "decide"
        return True

    # Deciding

    def show_review(self, review: Review) -> None:
        """Shows what was decided now."""
        self._says = ""
        self._confirming = False
        self.review = review
        self.patch = review.patch
        self.diff.show(review)
        self.files.show(review)
        self.redraw()

    def change(self, step: Callable[[Unit], Review]) -> bool:
        """Does a step on the cursor's unit; says why where it cannot be done."""
        unit = self.diff.unit
        if unit is None:
            return False
        try:
            self.show_review(step(unit))
        except UserError as error:
            self.say(str(error))
            return False
        return True

    def action_decide(self, accept: bool) -> None:
        if self._confirming:
            self._finish(self.review.decide_rest(False))
            return
        lines, unit = self.diff.selected, self.diff.unit
        if unit is not None and self.change(
            lambda unit: (
                self.review.choose_lines(unit.id, lines, accept)
                if lines
                else self.review.decide((unit.id,), accept)
            )
        ):
            self._to_next(unit)

    def action_rest(self, accept: bool) -> None:
        unit = self.diff.unit
        if unit is not None and self.change(lambda unit: self.review.decide_rest(accept, unit.file)):
            self._to_next(unit)

    def _to_next(self, unit: Unit, step: Literal[1, -1] = 1) -> None:
        if self.review.decided == self.review.total:
            applied = self.review.applied
            will = f"A applies {applied}" if applied else "A refuses the patch"
            self.say(f"all decided: {will}   u takes the last step back")
            return
        found = self.review.next_open(unit.id, step) if self.review.has(unit.id) else None
        if found is not None:
            self.diff.go_to(found)

    def action_open(self, step: Literal[1, -1]) -> None:
        unit = self.diff.unit
        if unit is not None:
            self._says = ""
            self._to_next(unit, step)

    def action_undo(self) -> None:
        before = self.review.before
        if before is None:
            self.say("nothing to take back: nothing is decided yet")
        else:
            changed = [
                one for one in before.units if before.accepted.get(one.id) != self.review.accepted.get(one.id)
            ]
            self.show_review(before)
            if changed:
                self.diff.go_to(changed[0])

    def action_split(self) -> None:
        self.change(lambda unit: self.review.split(unit.id))

    # Answers

    def action_apply(self) -> None:
        self._ask_or_finish(asks=self.review.decided < self.review.total)

    def action_apply_all(self) -> None:
        self._finish(self.review.decide_rest(True))

    def action_leave(self) -> None:
        if self.review.applied:
            self._ask_or_finish(asks=True)
        else:
            self.dismiss(None)

    def _ask_or_finish(self, *, asks: bool) -> None:
        self._says = ""
        self._confirming = asks
        if asks:
            self.redraw()
        else:
            self._finish(self.review)

    def _finish(self, review: Review) -> None:
        decision = review.decision()
        offered = Choice.ALLOW if decision.verdict is Verdict.ALLOW else Choice.REFUSE
        if not self.held and offered in self.request.choices:
            self.dismiss(decision)

    # Leaving

    def action_back(self) -> None:
        """Out of what was begun, then back to the chat."""
        self._says = ""
        if self._confirming:
            self._confirming = False
            self.redraw()
        elif self.diff.selected:
            self.diff.unselect()
            self.redraw()
        else:
            self.dismiss(None)

    def on_choosing_view_selected(self) -> None:
        self.say("")
