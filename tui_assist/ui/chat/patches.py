"""Actions on the patches of the journal: take one back, do it again, choose one from the list.

Each is reviewed before anything is written, never while a turn runs, and said in the transcript after.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tui_assist.errors import AssistError, StalePlan, UserError
from tui_assist.ui.chat.picking import Run, choose
from tui_assist.ui.palette import ListScreen, Row
from tui_assist.ui.work import begin
from tui_assist.values.asking import Decision

# The journal and its proposals are loaded when an action needs them: the first frame does not wait.
if TYPE_CHECKING:
    from tui_assist.agent.proposals import Proposal
    from tui_assist.journal import Record
    from tui_assist.ui.chat.screen import ChatScreen

MOST = 200  # patches the list shows

Make = Callable[[int | None], "Proposal"]


def works(screen: "ChatScreen") -> bool:
    """Whether a turn or command runs in any pane; said when one does. No file is taken away under it."""
    if any(pane.chat.busy for pane in screen.panes):
        screen.say("a turn runs: Esc stops it, or wait for its end")
        return True
    if screen.held:  # it could type the answer
        screen.say("a command runs: Esc stops it, or wait for its end")
        return True
    return False


def number_of(argument: str) -> int | None:
    """The patch that was named; None for none. Raises UserError for what is no number."""
    if not argument:
        return None
    if not argument.isdecimal():
        raise UserError(f"{argument} is no number of a patch; /patches lists them")
    return int(argument)


async def _propose(screen: "ChatScreen", make: Make, number: int | None) -> None:
    """Plans, shows, and writes what was accepted."""
    if works(screen):
        return
    proposal = await asyncio.to_thread(make, number)
    from tui_assist.ui.diff.decide import DecideScreen
    from tui_assist.ui.diff.deciding import Review

    def reviewed(decision: Decision | None) -> None:
        screen.remove_class("-reviewed")
        begin(screen, partial(_write, screen, proposal, decision, partial(_propose, screen, make, number)))

    screen.add_class("-reviewed")
    screen.app.push_screen(DecideScreen(proposal.request(), Review.of(proposal.patch)), reviewed)


async def _write(
    screen: "ChatScreen",
    proposal: "Proposal",
    decision: Decision | None,
    again: Callable[[], Awaitable[None]],
) -> None:
    if decision is None:
        return  # left undecided: nothing was asked for
    from tui_assist.agent.proposals import told

    chat = screen.pane.chat
    if works(screen):  # begun in another pane meanwhile
        chat.say(f"a turn began meanwhile, so {proposal.title} was not done")
        return
    session = chat.conversation.id if chat.conversation else ""
    try:
        record = await asyncio.to_thread(screen.assistant.proposals.write, proposal, decision, session)
        said = told(proposal, record)
        chat.say(said)
        if record is not None and chat.conversation is not None:
            chat.conversation.tell_model(f"The person did this themselves: {said}")
    except StalePlan as error:
        chat.say(f"{error}; here it is again")
        await again()
    except AssistError as error:
        chat.say(f"{proposal.title}: {error}")
    await screen.refresh_place()


async def _undo(screen: "ChatScreen", argument: str) -> None:
    await _propose(screen, screen.assistant.proposals.undo, number_of(argument))


async def _redo(screen: "ChatScreen", argument: str) -> None:
    await _propose(screen, screen.assistant.proposals.redo, number_of(argument))


async def _patches(screen: "ChatScreen", argument: str) -> None:
    from tui_assist.agent.proposals import name_of

    proposals = screen.assistant.proposals
    records: dict[str, Record] = {}

    def rows() -> Sequence[Row]:
        records.update((str(record.number), record) for record in proposals.records()[:MOST])
        return [Row(id, name_of(record), _detail(record)) for id, record in records.items()]

    async def chosen(id: str) -> None:
        undone = records[id].state == "undone"
        await _propose(screen, proposals.redo if undone else proposals.undo, int(id))

    async def load() -> Sequence[Row]:
        return await asyncio.to_thread(rows)

    choose(screen, ListScreen("Take back which patch, or do it again?", load=load), chosen)


def _detail(record: "Record") -> str:
    """When, by which model, who decided, and how much."""
    from tui_assist.agent.proposals import size_of

    at = time.strftime("%d %b %H:%M", time.localtime(record.at))
    size = size_of(record)
    files = f"{len(record.files)} file{'' if len(record.files) == 1 else 's'}"
    counts = "no longer kept" if size is None else f"{files} +{size[0]} −{size[1]}"
    undone = "undone" if record.state == "undone" else ""
    return "  ".join(filter(None, (undone, counts, at, record.about.model, record.about.decided_by)))


async def _stage(screen: "ChatScreen", argument: str) -> None:
    if not works(screen):
        stage = screen.assistant.proposals.stage
        screen.pane.chat.say(await asyncio.to_thread(stage, number_of(argument)))
        await screen.refresh_place()


PATCHES: Mapping[str, Run] = {
    "undo": _undo,
    "redo": _redo,
    "patches": _patches,
    "stage": _stage,
}
