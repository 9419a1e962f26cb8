"""What each action of the table does to the chat screen: one function each, found by the action's id.

They lead from a key, a `/` command or the palette to the chat; what may happen is decided elsewhere.
"""

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from tui_assist.errors import AssistError
from tui_assist.ui.actions import ACTIONS, key_name
from tui_assist.ui.chat.own import run_own
from tui_assist.ui.chat.patches import PATCHES, works
from tui_assist.ui.chat.picking import PICKING, Run, choose
from tui_assist.ui.chat.reading import READING
from tui_assist.ui.keys import ReadScreen, key_sections, rows_content
from tui_assist.ui.palette import LineScreen, ListScreen, Row
from tui_assist.ui.work import begin
from tui_assist.values.asking import Mode

if TYPE_CHECKING:
    from tui_assist.ui.chat.screen import ChatScreen


async def perform(screen: "ChatScreen", action: str, argument: str) -> None:
    """Does the action, with what followed its `/` name. What it cannot do is said, never raised."""
    try:
        await RUN[action](screen, argument)
    except AssistError as error:
        screen.pane.chat.say(str(error))
    screen.refresh_soon()


async def _help(screen: "ChatScreen", argument: str) -> None:
    screen.app.push_screen(ReadScreen(rows_content(list(key_sections()))))


async def _palette(screen: "ChatScreen", argument: str) -> None:
    others = len(screen.panes) if len(screen.panes) > 1 else 0
    beyond = {f"pane-{number}" for number in range(others + 1, 10)}
    rows = [
        Row(action.id, action.title, _how(action.slash, action.keys))
        for action in ACTIONS
        if action.context == "everywhere" and action.id not in {"palette", *beyond}
    ]

    async def chosen(id: str) -> None:
        await perform(screen, id, "")

    choose(screen, ListScreen("What would you like to do?", rows), chosen)


def _how(slash: str, keys: tuple[str, ...]) -> str:
    return "  ".join(([f"/{slash}"] if slash else []) + [key_name(key) for key in keys[:1]])


async def _answer(screen: "ChatScreen", argument: str) -> None:
    pane = screen.pane
    if not pane.tray.requests:
        elsewhere = next((other for other in screen.panes if other.chat.waiting), None)
        if elsewhere is None:
            screen.say("nothing waits for an answer")
            return
        number = screen.panes.index(elsewhere) + 1
        screen.say(f"pane {number} waits: F6 goes there")
    elif pane.tray.entered:
        pane.focus_composer()
    else:
        pane.tray.enter()


async def _mode(screen: "ChatScreen", argument: str) -> None:
    conversation = screen.pane.chat.conversation
    if conversation is None:
        return
    modes = list(Mode)
    if argument:
        named = [mode for mode in modes if mode.value == argument]
        if not named:
            screen.say(f"no mode is called {argument}: {', '.join(modes)}")
            return
        conversation.mode = named[0]
    else:
        conversation.mode = modes[(modes.index(conversation.mode) + 1) % len(modes)]


async def _stop(screen: "ChatScreen", argument: str) -> None:
    chat = screen.pane.chat
    if chat.own_command is not None:
        chat.own_command.cancel()
    elif chat.conversation is not None:
        begin(screen, chat.conversation.cancel)


async def _scroll(screen: "ChatScreen", where: str) -> None:
    transcript, tray = screen.pane.transcript, screen.pane.tray
    match where:
        case "up" | "down":
            pages = -1 if where == "up" else 1
            (tray.scroll_details if tray.has_focus else transcript.action_page)(pages)
        case "top":
            transcript.action_top()
        case _:
            transcript.action_end()


async def _new_pane(screen: "ChatScreen", argument: str) -> None:
    pane = await screen.add_pane()
    begin(screen, partial(screen.open_chat, pane))


async def _go(screen: "ChatScreen", step: int) -> None:
    at = screen.panes.index(screen.pane)
    screen.look_at(screen.panes[(at + step) % len(screen.panes)])


def _pane(number: int) -> Run:
    async def look(screen: "ChatScreen", argument: str) -> None:
        if number <= len(screen.panes):
            screen.look_at(screen.panes[number - 1])

    return look


async def _close(screen: "ChatScreen", argument: str) -> None:
    if len(screen.panes) == 1:
        screen.say("this is the only pane: Ctrl+Q quits")
    else:
        await screen.close_pane(screen.pane)


async def _own_command(screen: "ChatScreen", command: str) -> None:
    chat = screen.pane.chat
    if chat.own_command is not None:
        screen.say("your last command still runs: Esc stops it")
        return
    workspace = screen.assistant.workspace
    chat.own_command = asyncio.create_task(
        run_own(chat, command, workspace.cwd, screen.assistant.places.state / "output" / "own")
    )


async def _commit(screen: "ChatScreen", argument: str) -> None:
    """Runs git as the person's own command, so that hooks and signing work and are seen."""
    if works(screen):
        return
    message = argument or await asyncio.to_thread(screen.assistant.proposals.message)

    async def commit(text: str) -> None:
        await _own_command(screen, f"git commit -m {shlex.quote(text)}")

    choose(screen, LineScreen("Commit what is staged, with which message?", message), commit)


async def _quit(screen: "ChatScreen", argument: str) -> None:
    await screen.app.action_quit()


def _fixed(run: Callable[["ChatScreen", str], Awaitable[None]], value: str) -> Run:
    return lambda screen, _: run(screen, value)


RUN: Mapping[str, Run] = {
    **PICKING,
    **READING,
    **PATCHES,
    "help": _help,
    "palette": _palette,
    "answer": _answer,
    "mode": _mode,
    "pane": _new_pane,
    "next-pane": lambda screen, _: _go(screen, 1),
    "previous-pane": lambda screen, _: _go(screen, -1),
    **{f"pane-{number}": _pane(number) for number in range(1, 10)},
    "scroll-up": _fixed(_scroll, "up"),
    "scroll-down": _fixed(_scroll, "down"),
    "top": _fixed(_scroll, "top"),
    "bottom": _fixed(_scroll, "bottom"),
    "stop": _stop,
    "close": _close,
    "commit": _commit,
    "own-command": _own_command,
    "quit": _quit,
}
