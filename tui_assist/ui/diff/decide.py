"""The screen on which a patch is decided, hunk by hunk, with the keys of `git add -p`. Writes nothing.

What the person decides is what it is dismissed with; left undecided, `review` keeps how far they came.
"""

from collections.abc import Callable, Iterable
from typing import ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from tui_assist.errors import UserError
from tui_assist.ui.diff.choosing import ChoosingView
from tui_assist.ui.diff.deciding import Review, Unit
from tui_assist.ui.diff.files import FileList
from tui_assist.ui.diff.review import MOVING_KEYS, Keys, PatchScreen, between, counted, keys_lines
from tui_assist.ui.note import Note
from tui_assist.ui.text import crop, one_line
from tui_assist.ui.tray import HELD
from tui_assist.values.asking import Choice, Decision, Request, Verdict

DECIDING: Keys = (
    ("y", "accept"),
    ("n", "refuse"),
    ("A", "apply"),
    ("Y", "apply all"),
    ("u", "back"),
    ("s", "split"),
    ("Space", "lines"),
    ("c", "comment"),
    ("j k", "open"),
    ("] [", "hunk"),
    ("N P", "file"),
    ("a d", "file's rest"),
    ("v", "view"),
    ("/", "search"),
    ("?", "keys"),
)
LINES: Keys = (
    ("y", "accept only these lines"),
    ("n", "refuse these lines"),
    ("Space", "select"),
    ("c", "comment"),
    ("Esc", "none selected"),
)
ALL_DECIDING: Keys = (
    ("y n", "accept, refuse the hunk and go to the next open one"),
    ("a d", "accept, refuse the rest of this file"),
    ("A", "apply what is accepted, refuse what is not"),
    ("Y", "accept all that is open and apply"),
    ("q", "leave: refuse the rest and apply, when something is accepted"),
    ("u", "take the last step back"),
    ("s", "split the hunk where unchanged lines lie between"),
    ("Space", "select the line; y and n then decide the selected lines only"),
    ("c", "comment on the hunk; on the line, when lines are selected"),
    ("j k", "next, previous open hunk"),
    ("J K", "next, previous hunk"),
    ("g", "go to a hunk by its number"),
    ("/", "search; Enter alone searches again"),
    ("arrows", "a line down, up"),
    *MOVING_KEYS,
    ("Esc", "back to the chat; what is decided is kept"),
    ("▪ ▫ ✗ ✎", "accepted, open, refused, amended by you"),
    ("≈ !", "found not exactly, not certainly"),
)


class DecideScreen(PatchScreen[Decision | None]):
    """Decides `request` by going on with `review`. Dismissed with the decision, or None undecided.

    On a wide screen it stands right of the chat, which makes room for it.
    """

    DEFAULT_CSS = """
    DecideScreen {
        & #note { display: none; padding: 0 1; }
    }
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
        Binding("c", "comment", show=False),
        Binding("j", "open(1)", show=False),
        Binding("k", "open(-1)", show=False),
        Binding("g", "go", show=False),
        Binding("slash", "search", show=False),
    ]

    beside = True

    diff: ChoosingView

    def __init__(self, request: Request, review: Review, *, held: bool = False) -> None:
        view = ChoosingView(review, id="diff")
        super().__init__(review.patch, view, FileList(review.patch, review, id="files"))
        self.request = request
        self.review = review
        self._held = held
        self._says = ""  # stands in place of the keys until the next one
        self._confirming = False  # asked whether what is open is to be refused
        self._note = Note(id="note")
        self._heard: Callable[[str], None] = lambda text: None  # takes what was written in the note
        self._sought = ""

    def above(self) -> Iterable[Widget]:
        if self.request.reasons:
            reasons = "\n".join(f"! {one_line(reason)}" for reason in self.request.reasons)
            yield Static(Content(reasons), id="reasons")

    def below(self) -> Iterable[Widget]:
        yield self._note

    def hold(self, held: bool) -> None:
        """`held`: nothing is decided here until the command that runs has ended."""
        if held is not self._held:
            self._held = held
            self._confirming = False
            self.redraw()

    # What is said

    def title_line(self, width: int) -> str:
        review = self.review
        done = review.applied or review.decided < review.total
        apply = f"A apply {review.applied}" if done else "A refuse all"
        said = f"patch  {one_line(self.request.title)}   {counted(review.patch)}"
        return between(said, f"{review.decided} of {review.total} decided   Esc chat   {apply}", width)

    def keys_content(self, rows: int) -> Content:
        if self._held:
            return Content.styled(crop(HELD, self.room), "$notice")
        if self._says:
            return Content.styled(crop(self._says, self.room), "$notice")
        if self._confirming:
            return Content.styled(keys_lines(self._confirm_keys(), self.room, rows), "$notice")
        if self._note.display:
            return Content(keys_lines((("Enter", "keep"), ("Esc", "back")), self.room, rows))
        return Content(keys_lines(LINES if self.diff.selected else DECIDING, self.room, rows))

    def _confirm_keys(self) -> Keys:
        still_open = self.review.total - self.review.decided
        meaning = f"refuse the {still_open} open" if still_open else "leave"
        meaning += f" and apply {self.review.applied}" if self.review.applied else ""
        return (("y", meaning), ("Esc", "go on deciding"))

    def all_keys(self) -> Keys:
        return ALL_DECIDING

    def _say(self, text: str) -> None:
        self._says = text
        self.redraw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While it asks about what is open only its own keys mean anything; while held none decides."""
        if self._held:
            return action not in _DECIDING_ACTIONS
        if self._confirming and action in _DECIDING_ACTIONS | _GOING_ACTIONS:
            return parameters == (True,) and action == "decide"
        return True

    # Deciding

    def _go_on(self, review: Review) -> None:
        """Shows what was decided now."""
        self._says = ""
        self._confirming = False
        self.review = review
        self.patch = review.patch
        self.diff.show(review)
        self.files.show(review)
        self.redraw()

    def _change(self, step: Callable[[Unit], Review]) -> bool:
        """Does a step on the cursor's unit; says why where it cannot be done."""
        unit = self.diff.unit
        if unit is None:
            return False
        try:
            self._go_on(step(unit))
        except UserError as error:
            self._say(str(error))
            return False
        return True

    def action_decide(self, accept: bool) -> None:
        if self._confirming:
            self._finish(self.review.decide_rest(False))
            return
        lines, unit = self.diff.selected, self.diff.unit
        if unit is not None and self._change(
            lambda unit: (
                self.review.choose_lines(unit.id, lines, accept)
                if lines
                else self.review.decide((unit.id,), accept)
            )
        ):
            self._to_next(unit)

    def action_rest(self, accept: bool) -> None:
        unit = self.diff.unit
        if unit is not None and self._change(lambda unit: self.review.decide_rest(accept, unit.file)):
            self._to_next(unit)

    def _to_next(self, unit: Unit, step: Literal[1, -1] = 1) -> None:
        if self.review.decided == self.review.total:
            applied = self.review.applied
            will = f"A applies {applied}" if applied else "A refuses the patch"
            self._say(f"all decided: {will}   u takes the last step back")
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
            self._say("nothing to take back: nothing is decided yet")
        else:
            changed = [
                one for one in before.units if before.accepted.get(one.id) != self.review.accepted.get(one.id)
            ]
            self._go_on(before)
            if changed:
                self.diff.go_to(changed[0])

    def action_split(self) -> None:
        self._change(lambda unit: self.review.split(unit.id))

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
        if not self._held and offered in self.request.choices:
            self.dismiss(decision)

    # The note: a comment, a number, a text to search

    def action_comment(self) -> None:
        unit = self.diff.unit
        if unit is None:
            return
        line = self.diff.line if self.diff.selected else None

        def keep(text: str) -> None:
            self._go_on(self.review.comment(unit.id, text, line))

        self._ask("your words to the model; nothing takes them away", self.review.said(unit.id, line), keep)

    def action_go(self) -> None:
        def go(text: str) -> None:
            if text.isdecimal() and 0 < int(text) <= self.review.total:
                self.diff.go_to(self.review.units[int(text) - 1])
            elif text:
                self._say(f"there is no hunk {one_line(text)}; they go from 1 to {self.review.total}")

        self._ask(f"number of a hunk, 1 to {self.review.total}", "", go)

    def action_search(self) -> None:
        def search(text: str) -> None:
            self._sought = text or self._sought
            if self._sought and not self.diff.search(self._sought):
                self._say(f"“{one_line(self._sought)}” is not in this patch")

        self._ask(f"search {one_line(self._sought)}".rstrip(), "", search)

    def _ask(self, placeholder: str, value: str, heard: Callable[[str], None]) -> None:
        self._note.placeholder = placeholder
        self._note.value = value
        self._note.cursor_position = len(value)
        self._heard = heard
        self._note.display = True
        self._note.focus()
        self._say("")

    def _close_note(self) -> None:
        self._note.display = False
        self.diff.focus()
        self.redraw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._held:
            return  # what is written stays; the command that runs may have pressed Enter
        self._close_note()
        self._heard(event.value.strip())

    # Leaving

    def action_back(self) -> None:
        """Out of what was begun, then back to the chat."""
        self._says = ""
        if self._note.display:
            self._close_note()
        elif self._confirming:
            self._confirming = False
            self.redraw()
        elif self.diff.selected:
            self.diff.unselect()
            self.redraw()
        else:
            self.dismiss(None)

    def on_choosing_view_selected(self) -> None:
        self._say("")


_DECIDING_ACTIONS = frozenset({"decide", "rest", "apply", "apply_all", "leave", "undo", "split", "comment"})
_GOING_ACTIONS = frozenset({"open", "go", "search"})
