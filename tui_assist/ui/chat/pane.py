"""The pane of one chat: transcript, tray, what is queued, suggestions and the composer.

It turns keys into what the chat is told and events into what is seen. It decides nothing: a request is
answered by the person alone, and only by the rules of `quick`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static, TextArea

from tui_assist.ui.actions import parse_slash
from tui_assist.ui.chat.chat import Chat
from tui_assist.ui.composer.attach import Attachment
from tui_assist.ui.composer.composer import Composer
from tui_assist.ui.composer.drafting import Drafting
from tui_assist.ui.composer.history import History
from tui_assist.ui.contract import Workspace
from tui_assist.ui.quick import COUNTDOWN_S, Clock, QuickKeys
from tui_assist.ui.text import one_line
from tui_assist.ui.transcript import Transcript
from tui_assist.ui.tray import Tray
from tui_assist.values.asking import Verdict
from tui_assist.values.content import text_of

TWICE_S = 1.5  # seconds in which a second Esc clears the draft, or a second Ctrl+C quits
DRAFT_S = 0.5  # seconds without a change until the draft is stored


class ChatPane(Vertical):
    """Shows one chat. What concerns more than this pane leaves as a message."""

    DEFAULT_CSS = """
    ChatPane {
        height: 1fr;
        & .queue, & .attached { height: auto; max-height: 2; color: $text-muted; padding: 0 2; }
        & .queue, & .attached { display: none; }
        & .suggestions { height: auto; max-height: 8; padding: 0 2; display: none; }
        & .shown { display: block; }
        & .prompt { height: auto; }
        & .prompt > Static { width: 2; color: $accent; text-style: bold; }
    }
    """

    @dataclass
    class Command(Message):
        """Something of the table of actions is to be done."""

        action: str
        argument: str

    @dataclass
    class Hint(Message):
        """Something to say in the status line."""

        text: str

    def __init__(self, chat: Chat, workspace: Workspace, history: History, *, id: str, clock: Clock) -> None:
        super().__init__(id=id)
        self.chat = chat
        self.quick = QuickKeys()
        self.active = True  # this pane is the one that is looked at
        self._workspace = workspace
        self._history = history
        self._clock = clock
        self._timer: Timer | None = None  # ends the countdown of a lone key
        self._began = 0.0
        self._last_escape = self._last_interrupt = float("-inf")
        self._draft_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Transcript(self.chat.document)
        yield Tray()
        yield Static(classes="queue")
        yield Static(classes="attached")
        yield Static(classes="suggestions")
        with Horizontal(classes="prompt"):
            yield Static(Content("›"))
            yield Composer()

    def on_mount(self) -> None:
        self.composer = self.query_one(Composer)
        self.tray = self.query_one(Tray)
        self.transcript = self.query_one(Transcript)
        self.transcript.FOCUS_ON_CLICK = False  # type: ignore[misc]  # a click folds; typing goes on
        self.composer.gate = self._gate
        self.composer.act = self._act
        self.tray.seen = lambda: self.quick.seen(self._clock())
        self.drafting = Drafting(self, self.composer, self._workspace)
        self._draft_timer = self.set_interval(DRAFT_S, self._draft_rests, pause=True)

    def focus_composer(self) -> None:
        self.screen.set_focus(self.composer)

    def restore_draft(self) -> None:
        """Puts the session's stored draft back, unless something was typed meanwhile."""
        if self.chat.conversation is not None and self.composer.empty:
            self.composer.set_draft(self.chat.conversation.draft)

    def on_key(self, event: events.Key) -> None:
        """In the transcript, Esc and what is no key of its own lead back to the composer."""
        if not self.transcript.has_focus:
            return
        own = event.key in self.transcript._bindings.key_to_bindings
        if event.key == "escape":
            event.stop()
            self.focus_composer()
        elif event.character and event.is_printable and not own:
            event.stop()
            self.focus_composer()
            self.composer.insert(event.character)

    async def settle_draft(self) -> None:
        """Keeps the draft with every letter that was typed, also those not yet handled."""
        handled = asyncio.Event()
        if self.composer.call_later(handled.set):
            await asyncio.wait([asyncio.create_task(handled.wait())], timeout=1.0)
        self.keep_draft()

    def _draft_rests(self) -> None:
        if self._draft_timer is not None:
            self._draft_timer.pause()  # until the draft changes again
        self.keep_draft()

    def keep_draft(self) -> None:
        self.chat.keep_draft(self.composer.text)

    def refresh_chat(self, *, active: bool, held: bool) -> None:
        """Shows what the chat says now. `held`: no request may be answered at the moment."""
        self.active = active
        waiting, inside, noting = bool(self.tray.requests), self.tray.entered, self.tray.noting
        pending = self.quick.pending
        requests = self.chat.requests
        if pending is not None and (held or tuple(requests) != self.tray.requests):
            self._type_pending()
        self.tray.show(requests, held=held)
        gone = waiting and not requests
        if inside and (gone or (noting and not self.tray.noting)):
            self.focus_composer()
        self.call_after_refresh(self.note_shown)
        queue = self.chat.queue
        words = one_line(text_of(queue[-1][:1]))[:60] if queue else ""
        self._show(".queue", f"{len(queue)} queued: {words}   ↑ takes the last one back" if queue else "")

    def note_shown(self) -> None:
        """After a paint: the chosen request is now what the person can have seen."""
        chosen = self.tray.chosen
        if self.active and chosen is not None and self.screen.is_current:
            self.quick.show(chosen.id, self._clock())
        else:
            self.quick.hide()

    def _show(self, selector: str, text: str) -> None:
        if not self.is_attached:
            return  # what was found out came after the pane was closed
        line = self.query_one(selector, Static)
        line.update(Content(text))
        line.set_class(bool(text), "shown")

    def show_attached(self, attached: list[Attachment], refused: list[str]) -> None:
        said = [attachment.describe() for attachment in attached] + refused
        self._show(".attached", "attaches " * bool(attached) + ", ".join(said) if said else "")

    # -- a lone key ------------------------------------------------------------------------------------

    def _gate(self, event: events.Key | None) -> bool:
        """Whether a key of the composer (None: a paste) was meant for the tray, or only ended a countdown."""
        now = self._clock()
        quiet = self.quick.key(now)
        if self.quick.pending is not None:
            escaped = event is not None and event.key == "escape"
            self._type_pending(drop=escaped)
            return escaped
        if event is None or not quiet or not self.composer.empty or not self.quick.seen(now):
            return False
        if not self.tray.quick(event.key):
            return False
        self.quick.begin(event.key)
        self._begin_countdown()
        self.tray.say({"y": "applying …", "n": "refusing …"}.get(event.key, "opening …"))
        return True

    def _begin_countdown(self) -> None:
        self._began = self._clock()
        self._timer = self.set_timer(COUNTDOWN_S, self._countdown_over)

    def _countdown_over(self) -> None:
        # When the screen stood still, a second key may be waiting unread: look again before answering.
        if self._clock() - self._began > COUNTDOWN_S * 1.5:
            self._begin_countdown()
            return
        pending = self.quick.end()
        self.tray.say("")
        if pending is not None and self.tray.chosen and self.tray.chosen.id == pending.request_id:
            self.tray.press(pending.key)

    def _type_pending(self, *, drop: bool = False) -> None:
        """The countdown is off: the person was typing, so the letter belongs to the composer."""
        pending = self.quick.end()
        if self._timer is not None:
            self._timer.stop()
        self.tray.say("")
        if pending is not None and len(pending.key) == 1 and not drop:
            self.composer.insert(pending.key)

    # -- what tray and composer say ------------------------------------------------------------------------

    def on_tray_answered(self, event: Tray.Answered) -> None:
        event.stop()
        if event.decision.verdict is Verdict.ALLOW and self.chat.begun(event.request_id):
            # Some of it was decided already: nothing may let the rest through unseen.
            self._do("review", event.request_id)
            return
        self.chat.answer(event.request_id, event.decision)

    def on_tray_review_wanted(self, event: Tray.ReviewWanted) -> None:
        event.stop()
        self._do("review", event.request.id)

    def on_tray_dropped(self, event: Tray.Dropped) -> None:
        event.stop()
        self.composer.insert(event.text)

    def on_tray_left(self, event: Tray.Left) -> None:
        event.stop()
        self.focus_composer()

    def _act(self, action: str) -> None:
        keys: dict[str, Callable[[], None]] = {
            "send": self._send,
            "complete": self.drafting.take,
            "older": lambda: self._walk(-1),
            "newer": lambda: self._walk(1),
            "search": lambda: self._do("search"),
            "editor": lambda: self._do("editor"),
            "help": lambda: self._do("help"),
            "escape": self._escape,
            "interrupt": self._interrupt,
        }
        self.drafting.catch_up()
        keys[action]()

    def _do(self, action: str, argument: str = "") -> None:
        self.post_message(self.Command(action, argument))

    def _hint(self, text: str) -> None:
        self.post_message(self.Hint(text))

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self._draft_timer is not None:
            self._draft_timer.reset()
        self.drafting.changed()

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        self.drafting.moved()

    def _send(self) -> None:
        if self.drafting.written_out:
            self.drafting.close()
        if self.drafting.open:
            self.drafting.take(send=True)
            if not self.composer.text.startswith("/") or " " in self.composer.text:
                return
        text = self.composer.text
        if not text.strip():
            self.chat.send_queued()
            return
        self._history.add(text)
        self.composer.set_draft("")
        command = parse_slash(text.strip())
        if command is not None:
            self._do(command[0].id, command[1])
        elif text.startswith("!") and text[1:].strip():
            self._do("own-command", text[1:].strip())
        else:
            self.drafting.send(text, self.chat.send)

    def _walk(self, step: int) -> None:
        if self.drafting.open:
            self.drafting.move(step)
            return
        if step < 0 and self.composer.empty and self.chat.queue and not self._history.walking:
            taken = self.chat.take_back()
            self.composer.set_draft(text_of(taken[:1]) if taken else "")
            return
        text = self._history.older(self.composer.text) if step < 0 else self._history.newer()
        if text is not None:
            self.composer.set_draft(text)

    def _escape(self) -> None:
        if self.drafting.open:
            self.drafting.close()
        elif self.chat.busy or self.chat.own_command is not None:
            self._do("stop")
        elif not self.composer.empty:
            if self._clock() - self._last_escape <= TWICE_S:
                self.composer.set_draft("")
            else:
                self._last_escape = self._clock()
                self._hint("Esc again clears the draft")

    def _interrupt(self) -> None:
        if not self.composer.empty:
            self.composer.set_draft("")
            self._hint("draft cleared, Ctrl+Z brings it back")
        elif self._clock() - self._last_interrupt <= TWICE_S:
            self._do("quit")
        else:
            self._last_interrupt = self._clock()
            self._hint("Ctrl+C again quits")
