"""The welcome screen: how to talk to a model, when nothing is set up. It hands over what was typed.

Keys are masked and kept by the assistant, which says where. Dismisses with True once a provider is chosen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from tui_assist.config.providers import AZURE as AZURE_PROVIDER
from tui_assist.config.providers import BUILT_IN, complaint, template, tidy
from tui_assist.config.settings import ProviderSettings
from tui_assist.errors import AssistError, UserError
from tui_assist.ui.asking import offered_files
from tui_assist.ui.contract import Assistant, FoundServer
from tui_assist.ui.paint import MUTED
from tui_assist.ui.quick import Clock, QuickKeys
from tui_assist.ui.status import SIZES
from tui_assist.ui.text import one_line
from tui_assist.ui.work import begin

if TYPE_CHECKING:
    from tui_assist.ui.app import AssistApp


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: str
    secret: bool = False
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a model; without fields it is taken at once."""

    id: str
    title: str
    text: str
    fields: tuple[Field, ...] = ()


OPENAI = Way("openai", "OpenAI", "paste a key", (Field("key", "key", secret=True),))
AZURE = Way(
    "azure",
    "Azure OpenAI",
    "endpoint, key or sign-in",
    (
        Field("url", "endpoint, https://….openai.azure.com"),
        Field("model", "deployment"),
        Field("key", "key; empty to sign in with Entra ID", secret=True, needed=False),
    ),
)
OTHER = Way(
    "other",
    "Other",
    "any address that speaks /v1/responses",
    (
        Field("url", "address, with /v1"),
        Field("model", "model; empty for the first it lists", needed=False),
        Field("key", "key; empty for none", secret=True, needed=False),
    ),
)
LOCAL = Way("local", "Local server", "looking …")
PRACTISE = Way(
    "practise", "Practise offline", "no key: a rule-based model on your real files, to learn review and undo"
)


def provider_of(way: Way, values: Mapping[str, str]) -> ProviderSettings:
    """The provider that was typed in. Raises UserError that says what is missing or wrong."""
    for field in way.fields:
        if field.needed and not values.get(field.name, "").strip():
            raise UserError(f"{field.label.partition(',')[0]}: nothing is written there yet")
    if way.id == "openai":
        return BUILT_IN["openai"]
    url, model = values["url"].strip(), values.get("model", "").strip()
    wrong = complaint(url)
    if wrong:
        raise UserError(f"{one_line(url)}: {wrong}")
    known = AZURE_PROVIDER if way.id == "azure" else template("other", url)
    if way.id == "azure" and not values.get("key", "").strip():
        known = replace(known, auth="entra")
    return replace(known, base_url=tidy(url, known.kind), model=model)


class WelcomeScreen(Screen[bool]):
    """Five ways and a form; below, whether to read what the folder brings."""

    DEFAULT_CSS = """
    WelcomeScreen {
        background: $background; padding: 1 2; overflow: hidden;
        & .head, & .ways, & .form, & .trust, & .says { height: auto; }
        & .head { color: $accent; text-style: bold; margin: 0 0 1 0; }
        & .ways { margin: 1 0; }
        & .form { display: none; margin: 0 0 1 0; }
        & .form.open { display: block; }
        & .form Input { border: none; height: 1; padding: 0; margin: 0 0 0 2; background: $panel; }
        & .form Static { color: $text-muted; height: 1; padding: 0 2; }
        & .says { color: $notice; }
        & .trust { margin: 1 0 0 0; }
    }
    WelcomeScreen.-tiny, WelcomeScreen.-short { padding: 0; }
    WelcomeScreen.-tiny .ways, WelcomeScreen.-short .ways { margin: 0; }
    WelcomeScreen.-tiny .head { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "app.quit", show=False, priority=True),
        Binding("escape", "back", show=False, priority=True),
        Binding("enter", "enter", show=False, priority=True),
    ]
    VERTICAL_BREAKPOINTS = SIZES
    AUTO_FOCUS = None

    app: "AssistApp"

    def __init__(self, assistant: Assistant, folder: str, clock: Clock) -> None:
        super().__init__()
        self._assistant = assistant
        self._folder = folder
        self._clock = clock
        self._ways = [OPENAI, AZURE, LOCAL, OTHER, PRACTISE]
        self._servers: dict[str, FoundServer] = {}
        self._at = 0
        self._form: Way | None = None
        self._busy = False
        self._quick = QuickKeys()

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(classes="head")
            yield Static(Content("How shall we talk to a model?"))
            yield Static(classes="ways")
            yield Vertical(classes="form")
            yield Static(classes="says")
            yield Static(classes="trust")

    def on_mount(self) -> None:
        self._head("")
        self._draw()
        self._quick.show("trust", self._clock())
        begin(self, self._find_servers)
        begin(self, self._count_files)

    # -- what is shown ---------------------------------------------------------------------------------

    def _head(self, folder: str) -> None:
        text = Content.assemble("tui-assist   ", (one_line(self._folder + folder), MUTED))
        self.query_one(".head", Static).update(text)

    def _draw(self) -> None:
        lines = []
        for number, way in enumerate(self._ways, 1):
            chosen = number - 1 == self._at
            mark = "›" if chosen else " "
            name = Content.styled(f"{mark} {number}  {way.title:<18}", "bold $accent" if chosen else "")
            lines.append(Content.assemble(name, (one_line(way.text), MUTED)))
        self.query_one(".ways", Static).update(Content("\n").join(lines))
        brought = offered_files(self._assistant)
        ask = f"This folder brings {brought}: read them?   y yes, this version   n no" if brought else ""
        self.query_one(".trust", Static).update(Content(ask))

    def _say(self, text: str) -> None:
        self.query_one(".says", Static).update(Content(one_line(text)))

    async def _count_files(self) -> None:
        workspace = self._assistant.workspace
        try:
            count, branch = len(await workspace.files()), await workspace.branch()
        except (AssistError, OSError):
            return
        if self.is_current:
            self._head(f", {'a git repository of ' if branch else ''}{count:,} files")

    async def _find_servers(self) -> None:
        try:
            found: Sequence[FoundServer] = await self._assistant.local_servers()
        except (AssistError, OSError):
            found = ()
        at = self._ways.index(LOCAL)
        ways = [self._local(server) for server in found]
        self._ways[at : at + 1] = ways or [replace(LOCAL, text="none found on the usual ports")]
        if self.is_current:  # somebody may have chosen and gone on meanwhile
            self._draw()

    def _local(self, server: FoundServer) -> Way:
        id = f"local {len(self._servers)}"
        self._servers[id] = server
        model = f", model {server.model}" if server.model else ""
        return Way(id, LOCAL.title, f"{server.name} at {server.url}{model}   found")

    # -- keys ------------------------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        now = self._clock()
        alone = self._quick.key(now) and self._quick.seen(now)
        if self._form is not None or self._busy:
            return
        if event.key in {"up", "down"}:
            self._at = (self._at + (1 if event.key == "down" else -1)) % len(self._ways)
        elif event.key.isdigit() and 0 < int(event.key) <= len(self._ways):
            self._at = int(event.key) - 1
            await self._take(self._ways[self._at])
        elif event.key in {"y", "n"} and self._assistant.offer and alone:
            self._assistant.trust(event.key == "y")
        else:
            return
        event.stop()
        self._draw()

    async def action_enter(self) -> None:
        """Takes the chosen way, or goes to the next field: at once, for a key may follow without a pause."""
        entries = list(self.query(Input))
        if self._form is None and not self._busy:
            await self._take(self._ways[self._at])
            self._draw()
        elif isinstance(self.focused, Input):
            following = entries[entries.index(self.focused) + 1 :]
            if following:
                self.set_focus(following[0])
            else:
                self.focused.call_later(self._submit)  # behind the letters it has still to take

    def _submit(self) -> None:
        if self._form is not None:
            self._finish(self._form, {entry.id or "": entry.value for entry in self.query(Input)})

    async def action_back(self) -> None:
        if self._form is not None:
            self._form = None
            form = self.query_one(".form")
            form.remove_class("open")
            await form.remove_children()
            self.set_focus(None)
            self._say("")

    # -- choosing --------------------------------------------------------------------------------------

    async def _take(self, way: Way) -> None:
        self._say("")
        if way.fields:
            await self._open_form(way)
        elif way.id in self._servers:
            server = self._servers[way.id]
            self._choose(ProviderSettings(server.name, server.kind, server.url, model=server.model))
        elif way.id == PRACTISE.id:
            self._busy = True
            self._say("starting the practice model …")
            begin(self, self._practise)
        else:
            self._say("no local server was found; 4 takes any address")

    async def _open_form(self, way: Way) -> None:
        form = self.query_one(".form")
        await form.remove_children()
        for field in way.fields:
            entry = Input(id=field.name, password=field.secret, placeholder=field.label)
            entry.cursor_blink = False
            await form.mount(entry)
        await form.mount(Static(Content("Enter goes on, Esc back")))
        form.add_class("open")
        self._form = way
        self.set_focus(form.query(Input).first())

    def _finish(self, way: Way, values: Mapping[str, str]) -> None:
        try:
            provider = provider_of(way, values)
            key = values.get("key", "").strip()
            kept = f"; the key is kept in {self._assistant.keep_key(provider.name, key)}" if key else ""
        except AssistError as error:
            self._say(str(error))
            return
        self._choose(provider, kept)

    def _choose(self, provider: ProviderSettings, kept: str = "") -> None:
        try:
            self._assistant.choose(provider)
        except AssistError as error:
            self._say(str(error))
            return
        self.app.note(f"{provider.name} is used from now on{kept}")
        self.dismiss(True)

    async def _practise(self) -> None:
        try:
            await self._assistant.start_practice()
        except AssistError as error:
            self._busy = False
            self._say(str(error))
            return
        self.dismiss(True)
