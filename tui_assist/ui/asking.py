"""What a request looks like in the tray: one line, and everything one must have seen to answer it.

Shows; answers nothing.
"""

from collections.abc import Iterator

from textual.content import Content

from tui_assist.ui.contract import Assistant
from tui_assist.ui.paint import MUTED
from tui_assist.ui.text import one_line
from tui_assist.values.asking import (
    Choice,
    CommandView,
    DiffView,
    ImageView,
    RepairView,
    Request,
    Rule,
    TextView,
    Verdict,
)
from tui_assist.values.visible import visible

CUT_TEXT = 4_000  # characters of a text view shown in the tray; Enter shows all of it

KEYS: dict[str, Choice] = {
    "enter": Choice.REVIEW,
    "y": Choice.ALLOW,
    "s": Choice.SESSION,
    "p": Choice.PROJECT,
    "n": Choice.REFUSE,
}


def offered(request: Request) -> dict[str, Choice]:
    """The keys that mean something for `request`. Enter always shows more; `s` and `p` need a rule."""
    rules = {Choice.SESSION, Choice.PROJECT}
    return {
        key: choice
        for key, choice in KEYS.items()
        if choice is Choice.REVIEW
        or (choice in request.choices and (choice not in rules or bool(request.rule)))
    }


def key_words(request: Request) -> str:
    """The keys line: `y apply all   n refuse   Enter review`."""
    if not request.call_ids:
        return "y yes   n no"
    if isinstance(request.view, RepairView):
        return "Enter see   n send the mismatch to the model"
    patch = isinstance(request.view, DiffView)
    command = isinstance(request.view, CommandView)
    words = {
        Choice.REVIEW: "review" if patch else "see all",
        Choice.ALLOW: "apply all" if patch else "run" if command else "yes",
        Choice.SESSION: "for this session",
        Choice.PROJECT: "for this project",
        Choice.REFUSE: "refuse" if patch else "no",
    }
    return "   ".join(
        f"{'Enter' if key == 'enter' else key} {words[choice]}" for key, choice in offered(request).items()
    )


def rule_of(request: Request, choice: Choice) -> Rule:
    """The rule that `s` or `p` would keep."""
    return Rule(request.rule, Verdict.ALLOW, "session" if choice is Choice.SESSION else "project")


def headline(request: Request) -> str:
    """`patch 3 files, 4 hunks, 1 not exact`, on one line."""
    tool = "patch" if isinstance(request.view, DiffView) else request.tool
    return visible(f"{tool}  {request.title}").replace("\n", " ⏎ ")


def details(request: Request, *, whole: bool = False, headline_fits: bool = False) -> Content:
    """What has to be read before answering. A command is never cut; a text only in the tray.

    `headline_fits`: the line above shows all of the title, so a command that is the title is not repeated.
    """
    return Content("\n").join(_lines(request, whole, headline_fits))


def _lines(request: Request, whole: bool, headline_fits: bool) -> Iterator[Content]:
    match request.view:
        case CommandView() as view:
            if not headline_fits or view.commands != (request.title,):
                yield from (Content.styled(visible(command), "bold") for command in view.commands)
            yield from _command(view)
        case DiffView(patch):
            if whole:
                yield Content(f"{len(patch.changes)} files, {patch.hunks} hunks")
        case TextView(text):
            shown = text if whole or len(text) <= CUT_TEXT else text[:CUT_TEXT] + "\n… Enter shows all of it"
            yield Content(visible(shown))
        case ImageView():
            yield Content("an image")
        case RepairView(repair):
            yield Content(visible(repair.message))
    for reason in request.reasons:
        yield Content.styled(f"! {visible(reason)}", "$notice")


def _command(view: CommandView) -> Iterator[Content]:
    limits = f"timeout {view.timeout_s:g} s · output {view.max_output:,} characters"
    network = "network on" if view.network else "no network"
    where = f"in {visible(view.directory)} · {visible(view.sandbox)} · {network} · {limits}"
    yield Content.styled(where, MUTED)
    for danger in view.dangers:
        yield Content.styled(f"! {visible(danger)}", "bold $failure")


def offered_files(assistant: Assistant) -> str:
    """What the folder brings and nobody decided on, in words; "" when there is nothing."""
    sizes = (
        (name, f"{size} B" if size < 1000 else f"{size / 1000:.1f} kB") for name, size in assistant.offer
    )
    return " and ".join(f"{one_line(name)} ({size})" for name, size in sizes)


def trust_request(brought: str) -> Request:
    """Whether to read what the folder brings. Nobody trusts a folder by a stray key: F2 first."""
    text = "What they say becomes part of every request. Only this version of them is meant."
    return Request(
        id="trust",
        session="",
        turn="",
        call_ids=(),
        tool="trust",
        title=f"this folder brings {brought}: read them?",
        view=TextView(text),
        choices=(Choice.ALLOW, Choice.REFUSE),
        needs_focus=True,
    )
