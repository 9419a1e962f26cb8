"""Events of one session and turn, written short. For tests of the transcript."""

from tui_assist.events import (
    Asked,
    CallDelta,
    CallFinished,
    CallPlanned,
    CallRunning,
    CallStarted,
    Event,
    ItemFinished,
    StepFinished,
    StepStarted,
    TextDelta,
    TextDone,
    TurnFinished,
    TurnStarted,
)
from tui_assist.patch.diff import diff_change
from tui_assist.values.asking import Choice, DiffView, Request, TextView, View
from tui_assist.values.calls import Outcome, Status
from tui_assist.values.content import Text
from tui_assist.values.patch import Patch
from tui_assist.values.step import Usage

S = "session"
T = "turn"


def prompt(text: str) -> Event:
    return TurnStarted(S, T, (Text(text),))


def step(number: int = 1) -> Event:
    return StepStarted(S, T, number)


def says(text: str, key: str = "answer") -> Event:
    return TextDelta(S, T, key, text)


def said(text: str, key: str = "answer") -> Event:
    return TextDone(S, T, key, text)


def step_ends(status: str = "completed", usage: Usage | None = None, reason: str = "") -> Event:
    return StepFinished(S, T, status, usage or Usage(), "model", reason)  # type: ignore[arg-type]  # a word


def turn_ends(status: str = "completed", reason: str = "") -> Event:
    return TurnFinished(S, T, status, reason)  # type: ignore[arg-type]  # a word


def drafted(key: str, tool: str, *pieces: str, path: str = "") -> list[Event]:
    return [CallStarted(S, T, key, tool, path), *(CallDelta(S, T, key, piece) for piece in pieces)]


def call_item(key: str, call_id: str) -> Event:
    return ItemFinished(S, T, key, {"type": "function_call", "call_id": call_id})


def planned(call_ids: tuple[str, ...], tool: str, title: str, view: View | None = None) -> Event:
    return CallPlanned(S, T, call_ids, tool, title, view or TextView(""))


def asked(call_ids: tuple[str, ...], tool: str, view: View) -> Event:
    return Asked(S, T, request_for(call_ids, tool, view))


def request_for(call_ids: tuple[str, ...], tool: str, view: View, title: str = "3 files, 4 hunks") -> Request:
    choices = (Choice.REVIEW, Choice.ALLOW, Choice.REFUSE)
    return Request("request", S, T, call_ids, tool, title, view, choices)


def running(*call_ids: str) -> Event:
    return CallRunning(S, T, call_ids)


def finished(
    call_id: str,
    tool: str,
    summary: str = "",
    status: Status = Status.COMPLETED,
    text: str = "",
    elapsed_s: float | None = None,
) -> Event:
    outcome = Outcome(status, (Text(text),), summary, elapsed_s=elapsed_s)
    return CallFinished(S, T, call_id, tool, outcome)


def small_patch() -> Patch:
    old = b"def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n"
    new = b"def add(a, b):\n    return (a or 0) + (b or 0)\n\n\ndef sub(a, b):\n    return a - b  \n# end"
    return Patch(
        "patch",
        (
            diff_change("f1", "calc/core.py", old, new, call_ids=("1",)),
            diff_change("f2", "tests/test_core.py", None, b"def test_add():\r\n\tassert add(1, 2) == 3\r\n"),
        ),
    )


def patch_view() -> DiffView:
    return DiffView(small_patch())


def conversation(turns: int) -> list[Event]:
    """Whole turns with prose, code and a call each."""
    events: list[Event] = []
    for number in range(turns):
        call_id = f"call{number}"
        events += [
            prompt(f"question {number}"),
            step(),
            said(
                f"Answer **{number}**.\n\nA second paragraph, long enough to be wrapped on a narrow screen.\n"
            ),
            *drafted("call", "search", '{"pattern": "x"}'),
            call_item("call", call_id),
            step_ends(),
            planned((call_id,), "search", 'search "x"'),
            finished(call_id, "search", "3 matches"),
            turn_ends(),
        ]
    return events
