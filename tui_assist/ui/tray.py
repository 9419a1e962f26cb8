"""The review tray: what waits for an answer, answered with its own keys. Keeps no request itself.

It appears only while something waits and never takes the focus. Its pane decides when a lone key of the
composer may answer; after F2 or a click the keys are its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from tui_assist.ui.asking import details, headline, key_words, offered, rule_of
from tui_assist.ui.note import Note
from tui_assist.ui.paint import MUTED
from tui_assist.ui.text import cells, crop
from tui_assist.values.asking import Choice, Decision, RepairView, Request, Verdict

HEADS = 3  # requests listed at once
ONE_REQUEST = 1

LEAVE = ("escape", "ctrl+c")
HELD = "waits until the running command has ended: without a sandbox it could type here"


class Tray(Vertical, can_focus=True):
    """The requests of one pane; one of them is chosen and shown with everything it would do."""

    DEFAULT_CSS = """
    Tray {
        display: none; height: auto; max-height: 50vh; padding: 0 1;
        border: round $accent; border-title-color: $accent; border-subtitle-color: $text-muted;
        &.waiting { display: block; }
        &:focus, &:focus-within { border: round $notice; }
        & .heads { height: auto; max-height: 5; }
        & .details { height: auto; max-height: 30vh; scrollbar-size-vertical: 1; }
        & .details Static { height: auto; }
        & .details.empty { display: none; }
        & .keys { height: 1; }
        & Note { display: none; }
        & Note.open { display: block; }
    }
    """

    @dataclass
    class Answered(Message):
        request_id: str
        decision: Decision

    @dataclass
    class ReviewWanted(Message):
        request: Request

    @dataclass
    class Dropped(Message):
        """What was asked is gone, and a note was being written: its text."""

        text: str

    class Left(Message):
        """Esc: the person wants to be back in the composer."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.requests: tuple[Request, ...] = ()
        self.at = 0
        self.held = False  # an unsandboxed command runs: nothing is answered until it ends
        self.says = ""  # stands in place of the keys: "applying …", or the rule to be kept
        self._keeping: Choice | None = None
        self.seen: Callable[[], bool] = lambda: (
            True
        )  # whether the chosen request stood on the screen long enough

    def compose(self) -> ComposeResult:
        yield Static(classes="heads")
        details_box = VerticalScroll(Static(), classes="details")
        details_box.can_focus = False
        yield details_box
        yield Static(classes="keys")
        yield Note()

    @property
    def chosen(self) -> Request | None:
        return self.requests[self.at] if self.requests else None

    @property
    def noting(self) -> bool:
        return self.query_one(Note).has_class("open")

    def show(self, requests: Sequence[Request], *, held: bool) -> None:
        """Shows `requests`; the chosen one stays chosen while it is among them."""
        before = self.chosen
        if tuple(requests) == self.requests and held == self.held:
            return
        ids = [request.id for request in requests]
        self.at = ids.index(before.id) if before and before.id in ids else min(self.at, max(0, len(ids) - 1))
        self.requests, self.held = tuple(requests), held
        if self.chosen is None or before is None or self.chosen.id != before.id:
            self._forget()
        self.set_class(bool(requests), "waiting")
        self.redraw()

    def quick(self, key: str) -> bool:
        """Whether `key` may answer the chosen request from the composer, as far as the request goes."""
        request = self.chosen
        if request is None or self.held or request.needs_focus or self._cut():
            return False
        return offered(request).get(key) in {Choice.ALLOW, Choice.REFUSE, Choice.REVIEW}

    def say(self, text: str) -> None:
        self.says = text
        self.redraw()

    def press(self, key: str) -> bool:
        """Does what `key` means for the chosen request; whether it meant anything."""
        request = self.chosen
        if request is None:
            return False
        if self._keeping is not None:
            return self._confirm(request, key)
        choice = offered(request).get(key)
        if choice is None:
            return False
        if self.held and choice is not Choice.REVIEW:
            self.redraw()
            return True
        match choice:
            case Choice.ALLOW:
                self.post_message(self.Answered(request.id, Decision(Verdict.ALLOW)))
            case Choice.REFUSE if not request.call_ids or isinstance(request.view, RepairView):
                # No model waits for a reason, or the mismatch is the reason.
                self.post_message(self.Answered(request.id, Decision(Verdict.REFUSE)))
            case Choice.REFUSE:
                self._open_note()
            case Choice.REVIEW:
                self.post_message(self.ReviewWanted(request))
            case Choice.SESSION | Choice.PROJECT:
                self._keeping = choice
                self.say(f"{rule_of(request, choice).describe()}   Enter keep it   Esc back")
        return True

    @property
    def entered(self) -> bool:
        """Whether keys go to the tray or to its note."""
        return self.has_focus or self.query_one(Note).has_focus

    def enter(self) -> None:
        """Takes the focus: into the note, when one is being written."""
        self.screen.set_focus(self.query_one(Note) if self.noting else self)

    def on_key(self, event: events.Key) -> None:
        if self.query_one(Note).has_focus:
            if event.key in LEAVE:
                event.stop()
                self._close_note()
            return
        if not self.has_focus:
            return
        event.stop()
        if event.key in LEAVE and self._keeping is None:
            self.post_message(self.Left())
        elif event.key in {"up", "down"}:
            self._move(-1 if event.key == "up" else 1)
        elif self.seen():
            self.press(event.key)

    def scroll_details(self, pages: int) -> None:
        box = self.query_one(".details", VerticalScroll)
        box.scroll_to(y=box.scroll_y + pages * box.size.height, animate=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        request = self.chosen
        if request is not None and not self.held:
            note = event.value.strip()
            self._close_note()
            self.post_message(self.Answered(request.id, Decision(Verdict.REFUSE, note)))

    def on_click(self) -> None:
        self.enter()

    def on_descendant_focus(self) -> None:
        self.redraw()

    def on_descendant_blur(self) -> None:
        self.redraw()

    def watch_has_focus(self, has_focus: bool) -> None:
        # Not `on_focus`: that runs before `has_focus` has changed, and the keys would be the other state's.
        super().watch_has_focus(has_focus)
        if not has_focus:
            self._keeping = None
            self.says = ""
        self.redraw()

    def redraw(self) -> None:
        request = self.chosen
        if request is None:
            return
        count = len(self.requests)
        self.border_title = Content(f"{count} waiting")
        self.border_subtitle = Content("Esc back" if self.entered else "F2 to answer")
        self.query_one(".heads", Static).update(self._heads())
        shown = details(request, headline_fits=self._fits(request))
        self.query_one(".details Static", Static).update(shown)
        self.query_one(".details").set_class(not shown.plain, "empty")
        self.query_one(".keys", Static).update(self._keys(request))

    def _fits(self, request: Request) -> bool:
        """Whether the request's own line shows all of it."""
        mark = 0 if len(self.requests) == ONE_REQUEST else 2
        return 0 < cells(headline(request)) <= self.size.width - mark

    def on_resize(self) -> None:
        self.redraw()

    def _heads(self) -> Content:
        first = max(0, min(self.at - HEADS // 2, len(self.requests) - HEADS))
        shown = self.requests[first : first + HEADS]
        width = max(10, self.size.width or 200)
        lines = []
        for number, request in enumerate(shown, first):
            mark = "" if len(self.requests) == ONE_REQUEST else "› " if number == self.at else "  "
            line = crop(mark + headline(request), width)
            lines.append(Content.styled(line, "bold" if number == self.at else MUTED))
        more = len(self.requests) - len(shown)
        if more:
            lines.append(Content.styled(f"  and {more} more", MUTED))
        return Content("\n").join(lines)

    def _keys(self, request: Request) -> Content:
        if self.held:
            return Content.styled(HELD, "$notice")
        if self.says:
            return Content.styled(self.says, "bold $accent")
        if self.noting:
            return Content.styled("Enter refuse with this note   Esc back", "$accent")
        first = "" if self.has_focus else "F2, then " if request.needs_focus else ""
        keys = first + key_words(request)
        room = self.size.width or 200
        return Content.styled(keys if cells(keys) <= room else keys.replace("   ", " "), "$accent")

    def _cut(self) -> bool:
        """Whether something of the chosen request is out of sight, so that it must be looked at first."""
        box = self.query_one(".details", VerticalScroll)
        return not box.has_class("empty") and (not box.display or box.max_scroll_y > 0)

    def _move(self, step: int) -> None:
        if self._keeping is None and self.requests:
            self.at = (self.at + step) % len(self.requests)
            self._forget()
            self.redraw()

    def _confirm(self, request: Request, key: str) -> bool:
        choice, self._keeping = self._keeping, None
        self.says = ""
        self.redraw()
        if key == "enter" and choice is not None and not self.held:
            decision = Decision(Verdict.ALLOW, rule=rule_of(request, choice))
            self.post_message(self.Answered(request.id, decision))
        return True

    def _open_note(self) -> None:
        self.query_one(Note).add_class("open")
        self.enter()

    def _close_note(self) -> None:
        note = self.query_one(Note)
        if note.has_class("open"):
            note.remove_class("open")
            self.enter()

    def _forget(self) -> None:
        """Another request is chosen: what was begun for the old one is dropped."""
        self._keeping = None
        self.says = ""
        note = self.query_one(Note)
        if self.noting and note.value:
            self.post_message(self.Dropped(note.value))
        note.value = ""
        note.remove_class("open")
        self.query_one(".details", VerticalScroll).scroll_home(animate=False)
