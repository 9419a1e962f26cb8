"""Actions that show something to read or take it elsewhere: context, tools, diff, review, copy, editor."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from tui_assist.ui.asking import details
from tui_assist.ui.chat.picking import Run
from tui_assist.ui.composer.editor import edit, editor_command
from tui_assist.ui.keys import ReadScreen, rows_content
from tui_assist.values.asking import Decision, DiffView, RepairView

if TYPE_CHECKING:
    from tui_assist.ui.chat.chat import Chat
    from tui_assist.ui.chat.screen import ChatScreen
    from tui_assist.ui.diff.decide import DecideScreen
    from tui_assist.ui.diff.repair import RepairScreen


@dataclass(frozen=True, slots=True)
class Review:
    """The review that is open. It goes when its request does: an interrupted turn asks for nothing."""

    chat: "Chat"
    request_id: str
    screen: "DecideScreen | RepairScreen"

    @property
    def stale(self) -> bool:
        return all(request.id != self.request_id for request in self.chat.requests)

    def close(self) -> None:
        app = self.screen.app
        if self.screen not in app.screen_stack:
            return
        while app.screen is not self.screen:
            app.pop_screen()
        self.screen.dismiss(None)


async def _context(screen: "ChatScreen", argument: str) -> None:
    conversation = screen.pane.chat.conversation
    rows = conversation.context() if conversation else []
    screen.app.push_screen(ReadScreen(rows_content([("What the model is sent", rows)])))


async def _tools(screen: "ChatScreen", argument: str) -> None:
    conversation = screen.pane.chat.conversation
    specs = [tool.spec for tool in conversation.tools] if conversation else []
    rows = [(spec.name, spec.description.partition("\n")[0]) for spec in specs]
    screen.app.push_screen(ReadScreen(rows_content([("What the model may call", rows)])))


async def _diff(screen: "ChatScreen", argument: str) -> None:
    from tui_assist.ui.diff.review import ReviewScreen

    patch = await screen.assistant.workspace.diff()
    if patch.changes:
        screen.app.push_screen(ReviewScreen(patch))
    else:
        screen.say("nothing changed in the working tree")


async def _review(screen: "ChatScreen", request_id: str) -> None:
    """Shows all of a request; a patch is answered there, unless nothing may be answered just now."""
    chat = screen.pane.chat
    request = next((one for one in chat.requests if one.id == request_id), None)
    if request is None:
        return
    if isinstance(request.view, RepairView):
        _repair(screen, chat, request.id, request.view)
        return
    if not isinstance(request.view, DiffView):
        screen.app.push_screen(ReadScreen(details(request, whole=True)))
        return
    from tui_assist.ui.diff.decide import DecideScreen
    from tui_assist.ui.diff.deciding import Review as Deciding

    def reviewed(decision: Decision | None) -> None:
        screen.review = None
        screen.remove_class("-reviewed")
        if decision is not None:
            chat.answer(request_id, decision)
        else:
            chat.keep_review(request_id, review.review)

    begun = chat.reviews.get(request_id) or Deciding.of(request.view.patch)
    why = chat.conversation.aside if chat.conversation and request.call_ids else None
    review = DecideScreen(request, begun, held=screen.held, why=why)
    screen.review = Review(chat, request_id, review)
    screen.add_class("-reviewed")
    screen.app.push_screen(review, reviewed)


def _repair(screen: "ChatScreen", chat: "Chat", request_id: str, view: RepairView) -> None:
    """Shows where a hunk that matches nowhere may be meant; picked there."""
    from tui_assist.ui.diff.repair import RepairScreen

    def picked(decision: Decision | None) -> None:
        screen.review = None
        if decision is not None:
            chat.answer(request_id, decision)

    repairing = RepairScreen(view.repair, held=screen.held)
    screen.review = Review(chat, request_id, repairing)
    screen.app.push_screen(repairing, picked)


async def _copy(screen: "ChatScreen", argument: str) -> None:
    answer = screen.pane.chat.document.last_answer()
    if answer:
        screen.copy(answer)
    else:
        screen.say("there is no answer to copy yet")


async def _editor(screen: "ChatScreen", argument: str) -> None:
    pane = screen.pane
    try:
        with screen.app.suspend():
            text = edit(pane.composer.text, editor_command(os.environ), os.environ)
    except SuspendNotSupported:
        screen.say("this terminal cannot be handed to an editor")
        return
    pane.composer.set_draft(text)


READING: Mapping[str, Run] = {
    "context": _context,
    "tools": _tools,
    "diff": _diff,
    "review": _review,
    "copy": _copy,
    "editor": _editor,
}
