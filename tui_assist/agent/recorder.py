"""Keeps what happens in the session, as it happens, and passes it on. Decides nothing.

What is kept is enough to go on after `kill -9`: finished items at once, a message's text while it streams.
"""

from collections.abc import Callable

from tui_assist.agent.replay import facts_of
from tui_assist.events import (
    Event,
    ItemFinished,
    Retrying,
    StepStarted,
    TextDelta,
    TextDone,
    TurnStarted,
)
from tui_assist.session import Session
from tui_assist.session.answers import user_message
from tui_assist.values.calls import Item
from tui_assist.values.step import Model, Response

FLUSH_S = 0.25  # a streaming message's text reaches the disk this often
FLUSH_CHARACTERS = 4_000


class Recorder:
    """Stands between a turn and its listeners: `emit` records, then forwards."""

    def __init__(
        self,
        session: Session,
        model: Model,
        forward: Callable[[Event], None],
        clock: Callable[[], float],
    ) -> None:
        self._session = session
        self._model = model
        self._forward = forward
        self._clock = clock
        self._mark: str | None = session.head  # where the running step began
        self._arrived: list[Item] = []
        self._text: dict[str, str] = {}  # text of unfinished messages, by key
        self._unsaved: dict[str, str] = {}
        self._saved_at = 0.0

    def emit(self, event: Event) -> None:
        """Keeps what `event` says, then passes it on."""
        match event:
            case TurnStarted(prompt=prompt, turn=turn):
                self._session.add_fact(
                    "turn", {"id": turn, "provider": self._model.provider, "model": self._model.name}
                )
                self._session.add_item(user_message(prompt))
            case StepStarted():
                self.begin_step()
            case TextDelta(key=key, text=text):
                self._hear(key, text)
            case TextDone(key=key, text=text):
                self._text[key] = text
            case ItemFinished(key=key, item=item):
                self._text.pop(key, None)
                self._unsaved.pop(key, None)
                self._session.add_item(item)
                self._arrived.append(item)
            case Retrying():
                self._session.rewind(self._mark)
                self.begin_step()
            case _:
                for name, value in facts_of(event):
                    self._session.add_fact(name, value)
        self._forward(event)

    def settle(self, response: Response) -> None:
        """Makes the step's items those of `response`: its terminal event is the final truth."""
        if tuple(self._arrived) != response.items:
            self._session.rewind(self._mark)
            for item in response.items:
                self._session.add_item(item)
        if response.status != "completed":
            self.keep_partial()
        self._session.add_fact(
            "response",
            {"id": response.id, "model": response.model, "last_sequence": response.last_sequence},
        )
        self.begin_step()

    def keep_partial(self) -> None:
        """Keeps the text of messages that never finished as what they are: incomplete."""
        for text in self._text.values():
            if text.strip():
                self._session.add_item(incomplete_message(text))
        self.begin_step()

    def begin_step(self) -> None:
        """A retry or a correction goes back to here; what was kept so far stays."""
        self._mark = self._session.head
        self._arrived = []
        self._text = {}
        self._unsaved = {}

    def _hear(self, key: str, text: str) -> None:
        self._text[key] = self._text.get(key, "") + text
        self._unsaved[key] = self._unsaved.get(key, "") + text
        now = self._clock()
        if now - self._saved_at >= FLUSH_S or len(self._unsaved[key]) >= FLUSH_CHARACTERS:
            self._saved_at = now
            for name, unsaved in self._unsaved.items():
                self._session.add_fact("partial", {"key": name, "text": unsaved})
            self._unsaved = {}


def incomplete_message(text: str) -> dict[str, object]:
    """The item of an answer that was cut: replayed to the model as what it had said so far."""
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "role": "assistant", "status": "incomplete", "content": content}


def unfinished_text(session: Session) -> list[str]:
    """The texts that streamed after the last item and were never finished, from an earlier run."""
    pieces: dict[str, str] = {}
    for line in session.path():
        if line.kind == "item" or line.name in ("turn", "turn end", "response"):
            pieces = {}
        elif line.name == "partial":
            key = str(line.value.get("key"))
            pieces[key] = pieces.get(key, "") + str(line.value.get("text", ""))
    return [text for text in pieces.values() if text.strip()]
