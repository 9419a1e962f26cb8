"""What each action of the table does to the chat screen: one function each, found by the action's id.

They lead from a key, a `/` command or the palette to the chat; what may happen is decided elsewhere.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, get_args

from tui_assist.config.settings import Effort
from tui_assist.errors import AssistError
from tui_assist.ui.actions import ACTIONS, key_name
from tui_assist.ui.palette import ListScreen, Row
from tui_assist.values.asking import Mode

if TYPE_CHECKING:
    from tui_assist.ui.chat.screen import ChatScreen

Run = Callable[["ChatScreen", str], Awaitable[None]]

EFFORTS: tuple[Effort, ...] = get_args(Effort)


async def perform(screen: "ChatScreen", action: str, argument: str) -> None:
    """Does the action, with what followed its `/` name. What it cannot do is said, never raised."""
    try:
        await RUN[action](screen, argument)
    except AssistError as error:
        screen.pane.chat.say(str(error))
    screen.refresh_soon()


def choose(screen: "ChatScreen", picker: ListScreen, then: Callable[[str], Awaitable[None]]) -> None:
    """Opens a picker and goes on with what was chosen; closing it does nothing."""

    async def chosen(id: str | None) -> None:
        if id is not None:
            try:
                await then(id)
            except AssistError as error:
                screen.pane.chat.say(str(error))
            screen.refresh_soon()

    screen.app.push_screen(picker, chosen)


async def _help(screen: "ChatScreen", argument: str) -> None:
    from tui_assist.ui.keys import RowsScreen, key_sections

    screen.app.push_screen(RowsScreen(list(key_sections())))


async def _palette(screen: "ChatScreen", argument: str) -> None:
    rows = [
        Row(action.id, action.title, _how(action.slash, action.keys))
        for action in ACTIONS
        if action.context == "everywhere" and action.id != "palette"
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
        screen.say(f"pane {number} waits: Alt+{number}")
    elif pane.tray.has_focus:
        pane.focus_composer()
    else:
        screen.set_focus(pane.tray)


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


async def _effort(screen: "ChatScreen", argument: str) -> None:
    conversation = screen.pane.chat.conversation
    if conversation is None:
        return

    async def use(name: str) -> None:
        known = next((effort for effort in EFFORTS if effort == name), None)
        if known is None and name != "default":
            screen.say(f"no effort is called {name}: default, {', '.join(EFFORTS)}")
            return
        await conversation.use_effort(known)

    if argument:
        await use(argument)
    else:
        rows = [Row("default", "default", "the model's own"), *(Row(name, name) for name in EFFORTS)]
        choose(screen, ListScreen("How hard should the model think?", rows), use)


async def _stop(screen: "ChatScreen", argument: str) -> None:
    chat = screen.pane.chat
    if chat.conversation is not None:
        screen.run_worker(chat.conversation.cancel, exit_on_error=False)


async def _scroll(screen: "ChatScreen", where: str) -> None:
    transcript = screen.pane.transcript
    match where:
        case "up":
            transcript.scroll_page_up(animate=False)
        case "down":
            transcript.scroll_page_down(animate=False)
        case "top":
            transcript.scroll_home(animate=False)
        case _:
            transcript.scroll_end(animate=False)


async def _new_pane(screen: "ChatScreen", argument: str) -> None:
    pane = await screen.add_pane()
    screen.run_worker(partial(screen.open_chat, pane), exit_on_error=False)


async def _go(screen: "ChatScreen", step: int) -> None:
    at = screen.panes.index(screen.pane)
    screen.look_at(screen.panes[(at + step) % len(screen.panes)])


async def _pane(screen: "ChatScreen", number: int) -> None:
    if number <= len(screen.panes):
        screen.look_at(screen.panes[number - 1])


async def _quit(screen: "ChatScreen", argument: str) -> None:
    await screen.app.action_quit()


def _fixed(run: Callable[["ChatScreen", str], Awaitable[None]], value: str) -> Run:
    return lambda screen, _: run(screen, value)


RUN: Mapping[str, Run] = {
    "help": _help,
    "palette": _palette,
    "answer": _answer,
    "mode": _mode,
    "effort": _effort,
    "pane": _new_pane,
    "next-pane": lambda screen, _: _go(screen, 1),
    "previous-pane": lambda screen, _: _go(screen, -1),
    **{f"pane-{number}": lambda screen, _, number=number: _pane(screen, number) for number in range(1, 10)},
    "scroll-up": _fixed(_scroll, "up"),
    "scroll-down": _fixed(_scroll, "down"),
    "top": _fixed(_scroll, "top"),
    "bottom": _fixed(_scroll, "bottom"),
    "stop": _stop,
    "quit": _quit,
}
