"""Asking: what a person is shown before something happens, and what they answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from tui_assist.values.patch import Patch, Repair


@dataclass(frozen=True, slots=True)
class DiffView:
    """A patch to read and decide."""

    patch: Patch


@dataclass(frozen=True, slots=True)
class SimpleCommand:
    """One command of plain words, as bash would run it: no expansion, no redirection, no assignment."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CommandView:
    """Commands exactly as they would run, in order."""

    commands: tuple[str, ...]
    directory: str
    timeout_s: float  # seconds of wall clock, each command
    max_output: int  # characters per stream the model gets, kept from both ends
    sandbox: str = "no sandbox"
    network: bool = True
    parsed: tuple[SimpleCommand, ...] | None = None  # None: not plain words; never matched by a rule
    dangers: tuple[str, ...] = ()  # what is destructive about it, in words; shown, and needs F2


@dataclass(frozen=True, slots=True)
class TextView:
    """Plain text: a file's lines, a plan line, arguments, an answer. Foreign: never markup."""

    text: str
    language: str = ""  # a file name or language for highlighting; "" for none


@dataclass(frozen=True, slots=True)
class ImageView:
    url: str  # a `data:` URL
    marks: tuple[tuple[int, int], ...] = ()  # points in pixels of the image


@dataclass(frozen=True, slots=True)
class RepairView:
    """A hunk that matches nowhere: one of its candidates is picked, or the model is told."""

    repair: Repair


View = DiffView | CommandView | TextView | ImageView


class Mode(StrEnum):
    """What may happen unasked. Shift+Tab goes round."""

    ASK = "ask"
    ACCEPT_EDITS = "accept edits"
    PLAN = "plan"  # nothing is changed or run: such calls are refused with a note to the model


class Verdict(StrEnum):
    ALLOW = "allow"
    ASK = "ask"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Rule:
    """A standing decision about commands whose words begin with `words`."""

    words: tuple[str, ...]
    verdict: Verdict
    scope: Literal["session", "project"]

    def describe(self) -> str:
        return f"{self.verdict} commands that begin with: {' '.join(self.words)} ({self.scope})"


class Choice(StrEnum):
    """What a request offers, in the order it is shown."""

    REVIEW = "review"
    ALLOW = "allow"
    SESSION = "session"  # allow, and keep `Request.rule` for this session
    PROJECT = "project"  # allow, and keep it for this project
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Request:
    """Something that needs a decision: one or more calls, one view, the choices offered."""

    id: str
    session: str
    turn: str
    call_ids: tuple[str, ...]
    tool: str
    title: str  # one line: "3 files, 4 hunks, 1 not exact", "pytest -q tests"
    view: View | RepairView
    choices: tuple[Choice, ...]
    reasons: tuple[str, ...] = ()  # why it is asked, or what to look at twice
    needs_focus: bool = False  # destructive, not exact, outside: never answered without F2 first
    rule: tuple[str, ...] = ()  # the command words a kept rule would hold; () when none may be kept


@dataclass(frozen=True, slots=True)
class HunkDecision:
    accept: bool
    comment: str = ""
    amended: bool = False  # the person changed its new side


@dataclass(frozen=True, slots=True)
class Comment:
    """The person's words on one line of a hunk, for the model."""

    hunk: str  # hunk id
    line: int  # index into the hunk's lines
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a request. Immutable; `note` goes to the model as the person's own words."""

    verdict: Literal[Verdict.ALLOW, Verdict.REFUSE]
    note: str = ""
    hunks: Mapping[str, HunkDecision] = field(default_factory=dict)  # by hunk id; {}: all as `verdict`
    reviewed: Patch | None = None  # as the person left it, when they split, narrowed or amended hunks
    comments: tuple[Comment, ...] = ()  # on single lines
    safety_checks: tuple[str, ...] = ()  # ids the person acknowledged
    rule: Rule | None = None  # a rule to keep from now on
    choice: int | None = None  # the candidate picked in a RepairView, 0-based
    by: str = "person"  # "person", or the mode, rule or flag that decided


Approver = Callable[[Request], Awaitable[Decision]]
