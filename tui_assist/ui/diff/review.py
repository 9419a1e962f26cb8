"""The screen for a patch: its files and its diff, to read. Changes nothing and answers nothing."""

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from tui_assist.ui.diff.files import FileList
from tui_assist.ui.diff.view import DiffView
from tui_assist.ui.keys import ReadScreen, rows_content
from tui_assist.ui.status import SIZES
from tui_assist.ui.text import cells, crop
from tui_assist.values.patch import Patch

BESIDE = 140  # columns from which on a request is reviewed beside the chat
SHARE = 62  # percent of them for the review
NARROW = 72  # columns; below, the list of files begins hidden
TALL = 24  # rows from which on the keys may take two

Keys = tuple[tuple[str, str], ...]

READING: Keys = (
    ("] [", "hunk"),
    ("N P", "file"),
    ("v", "view"),
    ("f", "files"),
    ("g", "top"),
    ("?", "keys"),
)
MOVING_KEYS: Keys = (
    ("PgDn PgUp", "a page down, up"),
    ("Home, G", "to the top, to the end"),
    ("] [", "next, previous hunk"),
    ("N P", "next, previous file"),
    ("← →", "long lines to the side"),
    ("v", "unified, or both sides beside each other"),
    ("f", "hide or show the files"),
)
ALL_KEYS: Keys = (
    ("j k, arrows", "a line down, up"),
    ("Space b", "a page down, up"),
    ("g", "to the top"),
    *MOVING_KEYS,
    ("Esc, q", "back"),
)

Result = TypeVar("Result")


class PatchScreen(ModalScreen[Result]):
    """A patch on the whole screen: title, files, diff, keys. Its child classes say what may be done."""

    DEFAULT_CSS = """
    PatchScreen {
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
        & #review > #keys { max-height: 3; color: $text-muted; border-top: solid $surface; }
        #files { width: 34; max-width: 40%; border-right: solid $surface; }
        #diff { width: 1fr; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "files", show=False),
        Binding("question_mark", "keys", show=False),
        Binding("escape,ctrl+c", "back", show=False, priority=True),
    ]

    VERTICAL_BREAKPOINTS = SIZES

    beside = False  # whether it stands right of the chat where there is room

    def __init__(self, patch: Patch, diff: DiffView, files: FileList) -> None:
        super().__init__()
        self.patch = patch
        self.diff = diff
        self.files = files
        self._width = 0  # columns

    def compose(self) -> ComposeResult:
        with Vertical(id="review"):
            yield Static(id="title")
            yield from self.above()
            with Horizontal(id="panes"):
                yield self.files
                yield self.diff
            yield from self.below()
            yield Static(id="keys")

    def above(self) -> Iterable[Widget]:
        """What stands between the title and the diff."""
        return ()

    def below(self) -> Iterable[Widget]:
        """What stands between the diff and the keys."""
        return ()

    def on_mount(self) -> None:
        self.files.display = len(self.patch.changes) > 1 and self.size.width >= NARROW
        self.diff.focus()

    def on_resize(self, event: events.Resize) -> None:
        self._width = event.size.width
        if self._width >= BESIDE and self.beside:
            self._width = self._width * SHARE // 100
        self.set_class(self._width < event.size.width, "-beside")
        self.query_one("#review").styles.width = self._width
        self.redraw()

    @property
    def room(self) -> int:
        """Cells of a line of words."""
        return max(1, self._width - 2 - self.has_class("-beside"))

    def redraw(self) -> None:
        """Says again what the title and the keys are now."""
        self.query_one("#title", Static).update(Content(self.title_line(self.room)))
        rows = 2 if self.size.height >= TALL else 1
        self.query_one("#keys", Static).update(self.keys_content(rows))

    def title_line(self, width: int) -> str:
        raise NotImplementedError

    def keys_content(self, rows: int) -> Content:
        """The keys of the moment, in as many rows."""
        raise NotImplementedError

    def all_keys(self) -> Keys:
        raise NotImplementedError

    def action_keys(self) -> None:
        self.app.push_screen(ReadScreen(rows_content([("In the review", self.all_keys())])))

    def action_back(self) -> None:
        self.dismiss(None)

    def action_files(self) -> None:
        self.files.display = not self.files.display

    def on_diff_view_moved(self, message: DiffView.Moved) -> None:
        if message.section.file != self.files.current:
            self.files.choose(message.section.file)

    def on_file_list_chosen(self, message: FileList.Chosen) -> None:
        self.diff.go_to_file(message.file)


class ReviewScreen(PatchScreen[None]):
    """A patch to read: the working tree's."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "back", show=False)]

    def __init__(self, patch: Patch) -> None:
        super().__init__(patch, DiffView(patch, id="diff"), FileList(patch, id="files"))

    def title_line(self, width: int) -> str:
        return between(f"working tree  {size_of(self.patch)}", f"{counted(self.patch)}   Esc back", width)

    def keys_content(self, rows: int) -> Content:
        return Content(keys_lines(READING, self.room, rows))

    def all_keys(self) -> Keys:
        return ALL_KEYS


def between(left: str, right: str, width: int) -> str:
    """Both at their edges of a line; where there is no room, the left one is cut."""
    left = crop(left, max(1, width - cells(right) - 2))
    return crop(left + " " * max(1, width - cells(left) - cells(right)) + right, width)


def counted(patch: Patch) -> str:
    added = sum(change.added for change in patch.changes)
    removed = sum(change.removed for change in patch.changes)
    return f"+{added:,} −{removed:,}"


def size_of(patch: Patch) -> str:
    files = len(patch.changes)
    return f"{files} file{'s' if files != 1 else ''}, {patch.hunks} hunk{'s' if patch.hunks != 1 else ''}"


def keys_lines(keys: Keys, room: int, rows: int) -> str:
    """The keys in so many rows; what does not fit stays away but for the last, which shows them all."""
    while True:
        lines = [""]
        for key, meaning in keys:
            word = f"{key} {meaning}"
            if lines[-1] and cells(lines[-1]) + 3 + cells(word) > room:
                lines.append("")
            lines[-1] += f"   {word}" if lines[-1] else word
        if len(lines) <= rows or len(keys) < 2:
            return "\n".join(crop(line, room) for line in lines[:rows])
        keys = (*keys[:-2], keys[-1])
