"""The screen for a patch: its files, its hunks, and the answer. Changes nothing by itself.

Without a request it is for reading only. What the person answers is what it is dismissed with.
"""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui_assist.ui.diff.document import Section
from tui_assist.ui.diff.files import FileList
from tui_assist.ui.diff.view import DiffView
from tui_assist.ui.note import Note
from tui_assist.ui.status import SIZES
from tui_assist.ui.text import cells, crop, one_line
from tui_assist.ui.tray import HELD
from tui_assist.values.asking import Choice, Decision, Request, Verdict
from tui_assist.values.patch import Patch

BESIDE = 140  # columns from which on a request is reviewed beside the chat
SHARE = 62  # percent of them for the review
NARROW = 72  # columns; below, the list of files begins hidden

Keys = tuple[tuple[str, str], ...]

READING: Keys = (
    ("] [", "hunk"),
    ("N P", "file"),
    ("v", "view"),
    ("f", "files"),
    ("g", "top"),
    ("?", "keys"),
)
ALL_KEYS: Keys = (
    ("j k, arrows", "a line down, up"),
    ("Space b, PgDn PgUp", "a page down, up"),
    ("g G", "to the top, to the end"),
    ("] [", "next, previous hunk"),
    ("N P", "next, previous file"),
    ("← →", "long lines to the side"),
    ("v", "unified, or both sides beside each other"),
    ("f", "hide or show the files"),
    ("Esc, q", "back to the chat; nothing is decided"),
)


class ReviewScreen(ModalScreen[Decision | None]):
    """Reviews `patch` for `request`; None reads only. Dismissed with the decision, or None undecided.

    On a wide screen it stands right of the chat, which makes room for it.
    """

    DEFAULT_CSS = """
    ReviewScreen {
        align: right top;
        background: $background;
        &.-beside { background: transparent; }
        & > #review { background: $background; }
        &.-beside > #review { border-left: solid $surface; }
        & #review > Static { height: auto; padding: 0 1; }
        & #review > #title { height: 1; }
        & #review > #reasons { color: $notice; max-height: 4; }
        &.-short #review > #reasons { max-height: 1; }
        &.-tiny #reasons, &.-tiny #keys { display: none; }
        & #panes { height: 1fr; }
        & #review > #keys { height: 2; color: $text-muted; border-top: solid $surface; }
        & #review > #help { display: none; padding: 0 1; border-top: solid $surface; }
        & #note { display: none; padding: 0 1; }
        #files { width: 34; max-width: 40%; border-right: solid $surface; }
        #diff { width: 1fr; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "allow", show=False),
        Binding("n", "refuse", show=False),
        Binding("f", "files", show=False),
        Binding("question_mark", "keys", show=False),
        Binding("q", "back", show=False),
        Binding("escape,ctrl+c", "back", show=False, priority=True),
    ]

    VERTICAL_BREAKPOINTS = SIZES

    def __init__(self, request: Request | None, patch: Patch, *, held: bool = False) -> None:
        super().__init__()
        self.request = request
        self.patch = patch
        self._files = FileList(patch, request is not None, id="files")
        self.diff = DiffView(patch, id="diff")
        self._held = held
        self._width = 0  # columns
        self._note = Note(id="note")

    def compose(self) -> ComposeResult:
        with Vertical(id="review"):
            yield Static(id="title")
            if self.request is not None and self.request.reasons:
                reasons = "\n".join(f"! {one_line(reason)}" for reason in self.request.reasons)
                yield Static(Content(reasons), id="reasons")
            with Horizontal(id="panes"):
                yield self._files
                yield self.diff
            yield Static(Content(_help(self._answers())), id="help")
            yield self._note
            yield Static(id="keys")

    def on_mount(self) -> None:
        self._files.display = len(self.patch.changes) > 1 and self.size.width >= NARROW
        self.diff.focus()

    def on_resize(self, event: events.Resize) -> None:
        self._width = event.size.width
        if self._width >= BESIDE and self.request is not None:
            self._width = self._width * SHARE // 100
        self.set_class(self._width < event.size.width, "-beside")
        self.query_one("#review").styles.width = self._width
        self.query_one("#title", Static).update(Content(self._title(self._room)))
        self._show_keys()

    @property
    def _room(self) -> int:
        """Cells of a line of words."""
        return max(1, self._width - 2 - self.has_class("-beside"))

    def _show_keys(self) -> None:
        shown = HELD if self._held and self.request is not None else _keys_line(self._keys(), self._room)
        line = crop(shown, self._room)
        self.query_one("#keys", Static).update(Content.styled(line, "$notice" if shown is HELD else ""))

    def hold(self, held: bool) -> None:
        """`held`: nothing is decided here until the command that runs has ended."""
        if held is not self._held:
            self._held = held
            self._show_keys()

    def _answers(self) -> Keys:
        """The keys that answer, as far as the request offers them."""
        if self.request is None:
            return ()
        offered = self.request.choices
        allow: Keys = (("y", "apply all"),) if Choice.ALLOW in offered else ()
        return allow + ((("n", "refuse, say why"),) if Choice.REFUSE in offered else ())

    def _keys(self) -> Keys:
        if self._note.display:
            return (("Enter", "refuse and send the note"), ("Esc", "back"))
        return (*self._answers(), *READING)

    def _title(self, width: int) -> str:
        added = sum(change.added for change in self.patch.changes)
        removed = sum(change.removed for change in self.patch.changes)
        name = "patch" if self.request is not None else "working tree"
        said = one_line(self.request.title) if self.request is not None else _size(self.patch)
        right = f"+{added:,} −{removed:,}   Esc {'chat' if self.request is not None else 'back'}"
        left = crop(f"{name}  {said}", max(1, width - cells(right) - 2))
        return crop(left + " " * max(1, width - cells(left) - cells(right)) + right, width)

    # Answers

    def action_allow(self) -> None:
        if ("y", "apply all") in self._answers() and not self._held:
            self.dismiss(Decision(Verdict.ALLOW))

    def action_refuse(self) -> None:
        if any(key == "n" for key, _ in self._answers()):
            self._ask_note(True)

    def _ask_note(self, asking: bool) -> None:
        self._note.display = asking
        (self._note if asking else self.diff).focus()
        self._show_keys()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not self._held:
            self.dismiss(Decision(Verdict.REFUSE, note=event.value.strip()))

    def action_back(self) -> None:
        """Out of the note, out of the help, or back to the chat."""
        help_shown = self.query_one("#help", Static)
        if self._note.display:
            self._ask_note(False)
        elif help_shown.display:
            help_shown.display = False
        else:
            self.dismiss(None)

    def action_keys(self) -> None:
        shown = self.query_one("#help", Static)
        shown.display = not shown.display

    # Files

    def action_files(self) -> None:
        self._files.display = not self._files.display

    def on_diff_view_moved(self, message: DiffView.Moved) -> None:
        self._choose(message.section)

    def on_file_list_chosen(self, message: FileList.Chosen) -> None:
        self.diff.go_to_file(message.file)

    def _choose(self, section: Section) -> None:
        if section.file != self._files.current:
            self._files.choose(section.file)


def _size(patch: Patch) -> str:
    files = len(patch.changes)
    return f"{files} file{'s' if files != 1 else ''}, {patch.hunks} hunk{'s' if patch.hunks != 1 else ''}"


def _keys_line(keys: Keys, room: int) -> str:
    """The keys on one line; where they do not fit, the last stay away: the very last one shows them all."""
    while True:
        line = "   ".join(f"{key} {meaning}" for key, meaning in keys)
        if cells(line) <= room or len(keys) < 2:
            return line
        keys = (*keys[:-2], keys[-1])


def _help(answers: Keys) -> str:
    rows = (*answers, *ALL_KEYS)
    column = max(cells(key) for key, _ in rows) + 2
    return "\n".join(f"{key:<{column}}{meaning}" for key, meaning in rows)
