"""Actions that choose a session, model, effort, provider, theme or older prompt, from a list or by name.

What was chosen is done by the conversation or the assistant; a picker that is closed does nothing.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, get_args

from tui_assist.config.settings import Effort
from tui_assist.errors import AssistError
from tui_assist.ui.composer.attach import short_count
from tui_assist.ui.contract import Conversation
from tui_assist.ui.palette import LineScreen, ListScreen, Row
from tui_assist.ui.text import one_line
from tui_assist.ui.work import begin

if TYPE_CHECKING:
    from tui_assist.ui.chat.screen import ChatScreen

Run = Callable[["ChatScreen", str], Awaitable[None]]

EFFORTS: tuple[Effort, ...] = get_args(Effort)


def choose(
    screen: "ChatScreen", picker: ListScreen | LineScreen, then: Callable[[str], Awaitable[None]]
) -> None:
    """Opens a picker and goes on with what was chosen; what then fails is said in the transcript."""

    async def chosen(id: str | None) -> None:
        if id is not None:
            try:
                await then(id)
            except AssistError as error:
                screen.pane.chat.say(str(error))
            screen.refresh_soon()

    screen.app.push_screen(picker, chosen)


def _resting(screen: "ChatScreen") -> Conversation | None:
    """The conversation, unless it is not open yet or a turn runs: a running model is not taken away."""
    chat = screen.pane.chat
    if chat.conversation is None:
        screen.say("the session is not open yet")
    elif chat.busy:
        screen.say("a turn runs: Esc stops it, or wait for its end")
    else:
        return chat.conversation
    return None


async def _new(screen: "ChatScreen", argument: str, *, resume: str | None = None, provider: str = "") -> None:
    """Another session in this pane, or in a new one while this one works."""
    old = screen.pane
    fresh = await (screen.add_pane() if old.chat.busy else screen.replace_pane(old))
    begin(screen, partial(screen.open_chat, fresh, resume=resume, provider=provider))


async def _continue(screen: "ChatScreen", argument: str) -> None:
    await _new(screen, "", resume=screen.assistant.newest_session())


async def _resume(screen: "ChatScreen", argument: str) -> None:
    async def resume(id: str) -> None:
        await _new(screen, "", resume=id)

    if argument:
        await resume(argument)
        return
    rows = [
        Row(
            session.id,
            session.title or "untitled",
            f"{session.turns} turn{'s' if session.turns != 1 else ''}",
        )
        for session in screen.assistant.sessions()
    ]
    choose(screen, ListScreen("Go on with which session?", rows), resume)


async def _model(screen: "ChatScreen", argument: str) -> None:
    conversation = _resting(screen)
    if conversation is None:
        return

    async def load() -> Sequence[Row]:
        models = await screen.assistant.models(conversation.model.provider)
        return [Row(model.name, model.name, _window(model.context_window)) for model in models]

    if argument:
        await conversation.use_model(argument)
    else:
        choose(screen, ListScreen("Which model?", load=load), conversation.use_model)


def _window(tokens: int | None) -> str:
    return "" if tokens is None else f"{short_count(tokens)} tokens"


async def _effort(screen: "ChatScreen", argument: str) -> None:
    conversation = _resting(screen)
    if conversation is None:
        return

    async def use(name: str) -> None:
        known = next((effort for effort in EFFORTS if effort == name), None)
        if known is None and name != "default":
            screen.say(f"no effort is called {name}: default, {', '.join(EFFORTS)}")
            return
        conversation.use_effort(known)

    if argument:
        await use(argument)
        return
    rows = [Row("default", "default", "the model's own"), *(Row(name, name) for name in EFFORTS)]
    choose(screen, ListScreen("How hard should the model think?", rows), use)


async def _provider(screen: "ChatScreen", argument: str) -> None:
    async def use(name: str) -> None:
        if name == SET_UP:
            screen.app.welcome()
        else:
            await _new(screen, "", provider=name)

    if argument:
        await use(argument)
        return
    rows = [
        Row(name, name, f"{settings.kind}  {settings.base_url}".strip())
        for name, settings in screen.assistant.providers.items()
    ]
    rows.append(Row(SET_UP, "set up another one"))
    choose(screen, ListScreen("Which provider, for a new session?", rows), use)


SET_UP = "\0set up"  # no provider can be called so


async def _theme(screen: "ChatScreen", argument: str) -> None:
    themes = screen.app.themes

    async def use(name: str) -> None:
        if name in themes:
            screen.app.theme = name
        else:
            screen.say(f"no theme is called {name}: {', '.join(themes)}")

    if argument:
        await use(argument)
        return
    rows = [Row(name, name, "dark" if theme.dark else "light") for name, theme in themes.items()]
    choose(screen, ListScreen("Which colours?", rows), use)


async def _search(screen: "ChatScreen", argument: str) -> None:
    history, pane = screen.history, screen.pane

    async def use(text: str) -> None:
        pane.composer.set_draft(text)
        pane.focus_composer()

    def search(words: str) -> list[Row]:
        return [Row(text, one_line(text)) for text in history.search(words)[:200]]

    choose(screen, ListScreen("Older prompts", search=search), use)


PICKING: Mapping[str, Run] = {
    "new": _new,
    "continue": _continue,
    "resume": _resume,
    "model": _model,
    "effort": _effort,
    "provider": _provider,
    "theme": _theme,
    "search": _search,
}
