"""A stored session as events, so that a face shows it the way it showed it live. Reads lines only."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from tui_assist.errors import Fault
from tui_assist.events import (
    CallFinished,
    CallPlanned,
    Decided,
    Event,
    ItemFinished,
    Notice,
    ReasoningDone,
    StepFinished,
    TextDone,
    TurnFinished,
    TurnStarted,
)
from tui_assist.session import Line, Session
from tui_assist.session.answers import prompt_of
from tui_assist.session.views import view_of, view_record
from tui_assist.values.asking import Decision, Verdict
from tui_assist.values.calls import Item, Outcome, Status
from tui_assist.values.content import Text, text_of
from tui_assist.values.step import Usage

OUTCOME_TEXT = 20_000  # characters of an outcome kept for the screen; the model's item keeps its own


def facts_of(event: Event) -> Iterator[tuple[str, dict[str, Any]]]:
    """The facts an event leaves in the session; none for what an item already says."""
    match event:
        case StepFinished(status=status, usage=usage, model=model, reason=reason):
            yield "step", {"status": status, "usage": asdict(usage), "model": model, "reason": reason}
        case CallPlanned(call_ids=call_ids, tool=tool, title=title, view=view):
            yield (
                "planned",
                {"call_ids": list(call_ids), "tool": tool, "title": title, "view": view_record(view)},
            )
        case Decided(request_id=request_id, call_ids=call_ids, decision=decision):
            yield (
                "decision",
                {
                    "request": request_id,
                    "call_ids": list(call_ids),
                    "verdict": decision.verdict.value,
                    "note": decision.note,
                    "by": decision.by,
                    "hunks": {key: hunk.accept for key, hunk in decision.hunks.items()},
                },
            )
        case CallFinished(call_id=call_id, tool=tool, outcome=outcome):
            yield (
                "outcome",
                {
                    "call_id": call_id,
                    "tool": tool,
                    "status": outcome.status.value,
                    "summary": outcome.summary,
                    "text": text_of(outcome.content)[:OUTCOME_TEXT],
                    "view": None if outcome.view is None else view_record(outcome.view),
                    "elapsed_s": outcome.elapsed_s,
                    "spill": outcome.spill,
                    "patch": outcome.patch,
                },
            )
        case Notice(text=text):
            yield "notice", {"text": text}
        case TurnFinished(status=status, reason=reason, fault=fault):
            yield "turn end", {"status": status, "reason": reason, "fault": fault}


def replay(session: Session) -> Iterator[Event]:
    """The events that bring a face to where the session is, in order."""
    turn = ""
    for line in session.path():
        if line.kind == "fact" and line.name == "turn":
            turn = str(line.value.get("id", ""))
            continue
        try:
            events = list(_events_of(line, session.id, turn))
        except (KeyError, TypeError, ValueError):
            # A damaged or newer fact costs its own card, never the session.
            events = [Notice(session.id, turn, f"line {line.id} of this session cannot be shown")]
        yield from events


def last_usage(session: Session) -> Usage:
    """What the last response used, as far as it is known."""
    step = session.newest("step")
    try:
        return Usage(**step["usage"]) if step else Usage()
    except (KeyError, TypeError):
        return Usage()


def _events_of(line: Line, session: str, turn: str) -> Iterator[Event]:
    if line.kind == "item":
        yield from _item_events(line.id, line.value, session, turn)
        return
    value = line.value
    match line.name:
        case "planned":
            yield CallPlanned(
                session, turn, tuple(value["call_ids"]), value["tool"], value["title"], view_of(value["view"])
            )
        case "decision":
            yield Decided(session, turn, value["request"], tuple(value["call_ids"]), _decision(value))
        case "outcome":
            yield CallFinished(session, turn, value["call_id"], value["tool"], _outcome(value))
        case "step":
            usage = Usage(**value["usage"])
            yield StepFinished(session, turn, value["status"], usage, value["model"], value["reason"])
        case "notice":
            yield Notice(session, turn, value["text"])
        case "turn end":
            fault = None if value["fault"] is None else Fault(value["fault"])
            yield TurnFinished(session, turn, value["status"], value["reason"], fault)


def _item_events(key: str, item: Item, session: str, turn: str) -> Iterator[Event]:
    match item.get("type"):
        case "message" if item.get("role") == "developer":
            return  # for the model alone
        case "message" if item.get("role") == "user":
            yield TurnStarted(session, turn, prompt_of(item))
        case "message" if item.get("role") == "assistant":
            yield TextDone(session, turn, key, message_text(item))
            yield ItemFinished(session, turn, key, item)
        case "reasoning":
            yield ReasoningDone(session, turn, key, _reasoning_text(item))
            yield ItemFinished(session, turn, key, item)
        case str(kind) if kind.endswith("_output"):
            return
        case _:
            yield ItemFinished(session, turn, key, item)


def message_text(item: Item) -> str:
    """What an assistant's message says, refusals included."""
    content = item.get("content")
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text") or part.get("refusal") or "") for part in content or ())


def _reasoning_text(item: Item) -> str:
    parts = item.get("summary") or item.get("content") or ()
    return "\n\n".join(str(part.get("text", "")) for part in parts)


def _decision(value: Mapping[str, Any]) -> Decision:
    verdict = Verdict(value["verdict"])
    if verdict is Verdict.ALLOW:
        return Decision(Verdict.ALLOW, value["note"], by=value["by"])
    return Decision(Verdict.REFUSE, value["note"], by=value["by"])


def _outcome(value: Mapping[str, Any]) -> Outcome:
    return Outcome(
        status=Status(value["status"]),
        content=(Text(value["text"]),),
        summary=value["summary"],
        view=None if value["view"] is None else view_of(value["view"]),
        elapsed_s=value["elapsed_s"],
        spill=value["spill"],
        patch=value["patch"],
    )
