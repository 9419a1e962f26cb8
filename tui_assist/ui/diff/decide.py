"""The screen on which a patch is decided: its keys, and what the person writes on it. Writes no file.

Comments, edited hunks, a number, a text to search, a question to the model: each in a place of its own.
"""

import os
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import ClassVar

from textual.app import SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui_assist.errors import AssistError, UserError
from tui_assist.ui.composer.editor import edit, editor_command
from tui_assist.ui.diff.amending import Amending, new_side
from tui_assist.ui.diff.answering import DECIDES, AnsweringScreen
from tui_assist.ui.diff.aside import Aside, question
from tui_assist.ui.diff.deciding import Review
from tui_assist.ui.diff.question import Question
from tui_assist.ui.diff.review import MOVING_KEYS, Keys
from tui_assist.ui.paint import MUTED
from tui_assist.ui.text import one_line
from tui_assist.ui.work import begin
from tui_assist.values.asking import Request

DECIDING: Keys = (
    ("y", "accept"),
    ("n", "refuse"),
    ("A", "apply"),
    ("Y", "apply all"),
    ("u", "back"),
    ("s", "split"),
    ("Space", "lines"),
    ("e", "edit"),
    ("c", "comment"),
    ("w", "why"),
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
    ("e", "edit the hunk's new side here"),
    ("w", "ask the model why; the conversation does not change"),
    ("c", "comment on the hunk; on the line, when lines are selected"),
    ("j k", "next, previous open hunk"),
    ("J K", "next, previous hunk"),
    ("g", "go to a hunk by its number"),
    ("/", "search; Enter alone searches again"),
    ("arrows", "a line down, up"),
    *MOVING_KEYS,
    ("Esc", "back; what is decided is kept while it waits"),
    ("▪ ▫ ✗ ✎", "accepted, open, refused, amended by you"),
    ("≈ !", "found not exactly, not certainly"),
)

EDITING: Keys = (("Ctrl+S", "keep and accept"), ("Esc", "drop the edit"), ("Ctrl+G", "your editor"))
WRITING: Keys = (("Enter", "keep"), ("Esc", "back"))

Why = Callable[[str], Awaitable[str]]
"""Asks the model a question beside the conversation."""


class DecideScreen(AnsweringScreen):
    """Decides `request` by going on with `review`. Dismissed with the decision, or None undecided."""

    DEFAULT_CSS = """
    DecideScreen {
        & #question { display: none; padding: 0 1; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "comment", show=False),
        Binding("e", "amend", show=False),
        Binding("ctrl+s,f10", "keep_amended", show=False),
        Binding("ctrl+g", "editor", show=False),
        Binding("w", "why", show=False),
        Binding("g", "go", show=False),
        Binding("slash", "search", show=False),
    ]

    decides = DECIDES | {"comment", "amend", "keep_amended", "editor"}

    def __init__(
        self, request: Request, review: Review, *, held: bool = False, why: Why | None = None
    ) -> None:
        super().__init__(request, review, held=held)
        self._why = why
        self._aside = Aside(id="aside")
        self._question = Question(id="question")
        self._amending = Amending(id="amending")
        self._sought = ""

    def below(self) -> Iterable[Widget]:
        yield self._aside
        yield self._amending
        yield self._question

    def keys(self) -> Keys:
        if self._question.display:
            return WRITING
        if self._amending.display:
            return EDITING
        return self._possible(LINES if self.diff.selected else DECIDING)

    def all_keys(self) -> Keys:
        return self._possible(ALL_DECIDING)

    def _possible(self, keys: Keys) -> Keys:
        return keys if self._why is not None else tuple(one for one in keys if one[0] != "w")

    # One line: a comment, a number, a text to search

    def action_comment(self) -> None:
        unit = self.diff.unit
        if unit is None:
            return
        line = self.diff.line if self.diff.selected else None

        def keep(text: str) -> None:
            self.show_review(self.review.comment(unit.id, text, line))

        self._ask("your words to the model; nothing takes them away", self.review.said(unit.id, line), keep)

    def action_go(self) -> None:
        def go(text: str) -> None:
            if text.isdecimal() and 0 < int(text) <= self.review.total:
                self.diff.go_to(self.review.units[int(text) - 1])
            elif text:
                self.say(f"there is no hunk {one_line(text)}; they go from 1 to {self.review.total}")

        self._ask(f"number of a hunk, 1 to {self.review.total}", "", go)

    def action_search(self) -> None:
        def search(text: str) -> None:
            self._sought = text or self._sought
            if self._sought and not self.diff.search(self._sought):
                self.say(f"“{one_line(self._sought)}” is not in this patch")

        self._ask(f"search {one_line(self._sought)}".rstrip(), "", search)

    def _ask(self, placeholder: str, value: str, heard: Callable[[str], None]) -> None:
        self._question.ask(placeholder, value, heard)
        self.say("")

    def on_question_answered(self, message: Question.Answered) -> None:
        if self.held:
            return  # what is written stays; the command that runs may have pressed Enter
        self._close_question()
        message.heard(message.text)

    def _close_question(self) -> None:
        self._question.display = False
        self.diff.focus()
        self.redraw()

    # Editing a hunk

    def action_amend(self) -> None:
        unit = self.diff.unit
        if unit is None:
            return
        try:
            text = new_side(self.review, unit.id)
        except UserError as error:
            self.say(str(error))
            return
        self._amending.begin(self.review, unit.id, text)
        self.diff.go_to(unit)
        self.say("")

    def on_text_area_changed(self) -> None:
        """The diff shows what is written at once."""
        if self._amending.display:
            self._show_amended()

    def _show_amended(self) -> bool:
        try:
            self.show_review(self._amending.result())
        except UserError as error:
            self.say(f"{error}   Esc drops the edit")
            return False
        return True

    def action_keep_amended(self) -> None:
        if self._amending.display and self._show_amended():
            self._close_amending()

    def _close_amending(self) -> None:
        self._amending.display = False
        self.diff.focus()
        self.redraw()

    def action_editor(self) -> None:
        if not self._amending.display:
            return
        try:
            with self.app.suspend():
                text = edit(self._amending.text, editor_command(os.environ), os.environ)
        except SuspendNotSupported:
            self.say("this terminal cannot be handed to an editor")
        except UserError as error:
            self.say(str(error))
        else:
            self._amending.put(text)

    # Asking the model

    def action_why(self) -> None:
        unit = self.diff.unit
        if unit is not None and self._why is not None:
            about = self.review.change(unit.id).path
            self._aside.show(about, "asking …   Esc gives it up", MUTED)
            asked = partial(self._answer, about, self._why, question(self.review, unit.id))
            begin(self, asked, group="why", latest=True)

    async def _answer(self, about: str, why: Why, asked: str) -> None:
        try:
            self._aside.show(about, await why(asked))
        except AssistError as error:
            self._aside.show(about, str(error), "$notice")
        if self.diff.has_focus:
            self._aside.focus()

    def _close_aside(self) -> None:
        self.workers.cancel_group(self, "why")
        self._aside.display = False
        self.diff.focus()

    # Leaving

    def action_back(self) -> None:
        if self._question.display:
            self._close_question()
        elif self._amending.display:
            self._close_amending()
            self.show_review(self._amending.before)
        elif self._aside.display:
            self._close_aside()
        else:
            super().action_back()
