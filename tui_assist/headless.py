"""A turn without a screen: events as text or as JSON lines.

Asks nobody: what would need asking is refused.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TextIO

from tui_assist.agent.calls import NOBODY
from tui_assist.agent.conversation import Conversation
from tui_assist.errors import UserError
from tui_assist.events import (
    Asked,
    CallFinished,
    Event,
    Notice,
    Retrying,
    TextDone,
    TurnFinished,
    TurnStarted,
)
from tui_assist.patch.bundle import dump
from tui_assist.session.views import view_record
from tui_assist.values.asking import (
    CommandView,
    Decision,
    DiffView,
    ImageView,
    Request,
    TextView,
    Verdict,
)
from tui_assist.values.content import Prompt
from tui_assist.values.patch import FileChange, Patch
from tui_assist.values.visible import visible

VERSION = 1

OK, FAILED, NEEDED_ASKING, INTERRUPTED = 0, 1, 3, 130

NOTE = (
    "Nobody can be asked in this run, so it was not done. Do what you can without it, "
    "and tell the person what is left to do."
)


async def refuse(request: Request) -> Decision:
    """The approver of a run without a person."""
    return Decision(Verdict.REFUSE, note=NOTE, by=NOBODY)


PROPOSED = (
    "It was not written, but not because of what it does: this run only proposes. The patch is kept for the "
    "person to review later, so do not send it again. The files stay as they are. Another patch for one of "
    "them takes the place of what is proposed for it now."
)


class Proposing:
    """The approver of a run that only proposes: keeps the patches, refuses the rest."""

    def __init__(self) -> None:
        self._changes: list[FileChange] = []
        self._reasons: dict[str, None] = {}  # in their order, each once

    async def __call__(self, request: Request) -> Decision:
        if not isinstance(request.view, DiffView):
            return await refuse(request)
        fresh = request.view.patch.changes
        names = {name for change in fresh for name in _names(change)}
        self._changes = [change for change in self._changes if not names & _names(change)]
        self._changes += fresh
        self._reasons |= dict.fromkeys(request.reasons)
        return Decision(Verdict.REFUSE, note=PROPOSED, by="--propose")

    @property
    def patch(self) -> Patch:
        """Everything that was proposed, as one patch."""
        return Patch("proposed", tuple(_numbered(change, n) for n, change in enumerate(self._changes, 1)))

    def bundle(self, title: str) -> bytes:
        """The document that `tui-assist apply` reviews."""
        return dump(self.patch, tuple(self._reasons), title)


def _names(change: FileChange) -> set[str]:
    return {change.path} | ({change.move_to} if change.move_to else set())


def _numbered(change: FileChange, number: int) -> FileChange:
    id = f"f{number}"
    hunks = tuple(replace(hunk, id=f"{id}h{at}") for at, hunk in enumerate(change.hunks, 1))
    return replace(change, id=id, hunks=hunks)


async def run(conversation: Conversation, prompt: Prompt, out: TextIO, err: TextIO, *, as_json: bool) -> int:
    """One turn; prints the answer, or every event as a JSON line. Returns the exit code.

    Raises BrokenPipeError when the reader of `out` went away and UserError when it cannot be written
    otherwise; the turn was interrupted then.
    """
    finished: list[TurnFinished] = []
    lost: list[OSError] = []
    show = _JsonLines(out) if as_json else _PlainText(out, err)
    task = asyncio.current_task()
    assert task is not None

    def listen(event: Event) -> None:
        if isinstance(event, TurnFinished):
            finished.append(event)
        if lost:
            return
        try:
            show(event)
            if isinstance(event, TurnStarted):
                for text in conversation.notices:
                    show(Notice(event.session, event.turn, text))
        except OSError as error:
            lost.append(error)
            task.cancel()

    conversation.listen(listen)
    conversation.send(prompt)
    try:
        await conversation.wait()
    except asyncio.CancelledError:
        await conversation.cancel()
    if lost:
        raise _explained(lost[0])
    return exit_code(finished[-1])


def _explained(error: OSError) -> Exception:
    if isinstance(error, BrokenPipeError):
        return error
    return UserError(f"the output cannot be written: {error.strerror}; the turn was interrupted")


def exit_code(finished: TurnFinished) -> int:
    """0 done, 1 failed, 3 something needed asking, 130 interrupted."""
    if finished.status == "interrupted":
        return INTERRUPTED
    if finished.status == "failed":
        return FAILED
    return NEEDED_ASKING if finished.needed_asking else OK


class _PlainText:
    """The answer on standard output, what happens meanwhile on standard error."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = out
        self._err = err

    def __call__(self, event: Event) -> None:
        match event:
            case TextDone(text=text) if text:
                print(visible(text, prose=True), file=self._out, flush=True)
            case CallFinished(tool=tool, outcome=outcome):
                self._say(f"{tool}: {outcome.summary or outcome.status}")
            case Asked(request=request):
                self._say(f"{request.tool} needs asking: {request.title}")
            case Retrying(reason=reason, wait_s=wait_s):
                self._say(f"{reason}; trying again in {wait_s:.1f} s")
            case Notice(text=text):
                self._say(text)
            case TurnFinished(reason=reason) if reason:
                self._say(reason)

    def _say(self, text: str) -> None:
        print(visible(text), file=self._err, flush=True)


class _JsonLines:
    """Every event as one JSON object a line."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __call__(self, event: Event) -> None:
        self._out.write(json.dumps(record_of(event), ensure_ascii=True) + "\n")
        self._out.flush()


def record_of(event: Event) -> dict[str, Any]:
    """An event as a JSON object: `v`, `type` (the event's name), `session`, `turn`, and its fields."""
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(event).__name__).lower()
    return {"v": VERSION, "type": kind} | {
        one.name: _plain(getattr(event, one.name)) for one in fields(event)
    }


def _plain(value: Any) -> Any:
    match value:
        case DiffView() | CommandView() | TextView() | ImageView():
            return view_record(value)
        case Enum():
            return value.value
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case Mapping():
            return {str(key): _plain(part) for key, part in value.items()}
        case list() | tuple() | frozenset():
            return [_plain(part) for part in value]
        case _ if is_dataclass(value):
            return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
        case _:
            return value
