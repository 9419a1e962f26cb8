"""The card of a patch: its files while it waits, its lines while it streams in. Reviewing is elsewhere."""

from collections import deque
from collections.abc import Iterator

from tui_assist.patch.preview import Preview, PreviewLine
from tui_assist.ui.diff.document import badge, counts, shown_path, worst_mark
from tui_assist.ui.lines import Line, Span, fold, shorten
from tui_assist.ui.text import cells, crop, crop_left, one_line, untab
from tui_assist.ui.transcript.cards import Card, State
from tui_assist.ui.transcript.views import CONTINUED
from tui_assist.values.asking import DiffView, View
from tui_assist.values.patch import FileChange, Patch
from tui_assist.values.visible import visible

ARRIVING_LINES = 12  # diff lines of a patch that still streams in
LONGEST_LINE = 400  # characters shown of each
FILES_SHOWN = 12
NAMED = 2  # files named in the first line while they stream in; more are counted

KINDS = {"create": "new file", "delete": "deleted", "move": "moved"}
SIGNS = {"+": "added", "-": "removed", "@": "muted"}


class PatchCard(Card):
    """All `apply_patch` calls of one response."""

    spaced = True
    spaced_below = True

    def __init__(self, tool: str) -> None:
        super().__init__(tool)
        self._previews: dict[str, Preview] = {}
        self._newest: deque[PreviewLine] = deque(maxlen=ARRIVING_LINES)
        self._added = self._removed = 0

    @property
    def patch(self) -> Patch | None:
        return self.view.patch if isinstance(self.view, DiffView) else None

    def begin(self, key: str, path: str) -> None:
        """One more call of the patch begins to arrive."""
        self._previews[key] = Preview(path)
        self.changed()

    def add(self, key: str, text: str) -> None:
        preview = self._previews.setdefault(key, Preview())
        fresh = preview.feed(text)
        self._newest.extend(fresh)
        self._added += sum(line.kind == "+" for line in fresh)
        self._removed += sum(line.kind == "-" for line in fresh)
        self.changed()

    def plan(self, tool: str, title: str, view: View) -> None:
        super().plan(tool, title, view)
        self._previews.clear()
        self._newest.clear()

    @property
    def unfolded(self) -> bool:
        return True

    def head(self) -> list[Span]:
        mark: Span = ("▾ ", "muted")
        word: Span = (f"{'patch':<7} ", "strong")
        if self.patch is None:
            paths = [
                one_line(file.path) for one in self._previews.values() for file in one.files if file.path
            ]
            title = ", ".join(dict.fromkeys(paths)) or self.short_title()
            if len(set(paths)) > NAMED:
                title = f"{len(set(paths))} files, now {paths[-1]}"
            counted = f"  +{self._added} −{self._removed}" if self.state is State.ARRIVING else ""
            return [mark, word, (title, ""), (counted, "muted")]
        changes = self.patch.changes
        files = "1 file" if len(changes) == 1 else f"{len(changes)} files"
        added, removed = sum(one.added for one in changes), sum(one.removed for one in changes)
        return [mark, word, (f"{files}  ", ""), (f"+{added}", "success"), (f" −{removed}", "failure")]

    def summary(self) -> str:
        """How much of the patch is on disk: its calls are one patch, written by one run."""
        if self.patch is None:
            return super().summary()
        views = [one.view for one in self.outcomes.values()]
        written = {change.id for view in views if isinstance(view, DiffView) for change in view.patch.changes}
        count = len(self.patch.changes)
        if not written:
            return super().summary()
        partly = f"{len(written)} of " if len(written) < count else ""
        return f"{partly}{count} file{'s' if count > 1 else ''} written"

    def glance(self, width: int) -> Iterator[Line]:
        if self.state is State.ARRIVING:
            yield from self._arriving(width)
            return
        if self.patch is not None:
            for change in self.patch.changes[:FILES_SHOWN]:
                yield _file_line(change, self.patch, width)
            more = len(self.patch.changes) - FILES_SHOWN
            if more > 0:
                yield Line(((f"… {more:,} more file{'s' if more > 1 else ''}", "muted"),))
        for one in self.outcomes.values():
            if self.state is State.FAILED and self.patch is None:
                yield Line(((crop(one_line(one.summary), width), "failure"),))
        yield from super().glance(width)

    def _arriving(self, width: int) -> Iterator[Line]:
        """The newest lines, with the one being written."""
        open_lines = [one.open_line for one in list(self._previews.values())[-1:]]
        shown = [*self._newest, *(line for line in open_lines if line is not None)]
        for line in shown[-ARRIVING_LINES:]:
            text = line.text if line.kind == "@" else f"{line.kind} {line.text}"
            text = untab(visible(text[:LONGEST_LINE]))
            yield from fold(((text, ""),), width, (), [CONTINUED], SIGNS.get(line.kind, ""))

    def body(self, width: int) -> Iterator[Line]:
        if self.patch is None:
            yield from self.glance(width)
        yield from super().body(width)

    def text(self) -> str:
        return "\n".join(one.patch for one in self.outcomes.values() if one.patch) or super().text()


def _file_line(change: FileChange, patch: Patch, width: int) -> Line:
    """`calc/cli.py  +2 −2  1 hunk  ≈ indentation`, in columns."""
    column = min(max(cells(shown_path(one)) for one in patch.changes), max(12, width - 34))
    path = crop_left(shown_path(change), column)
    hunks = f"{len(change.hunks)} hunk{'s' if len(change.hunks) != 1 else ''}"
    tally = counts(change)
    size = sum(len(text) for text, _ in tally)
    spans: list[Span] = [(path + " " * (column - cells(path) + 2), ""), *tally, (" " * max(1, 10 - size), "")]
    if change.kind in KINDS:
        spans.append((f"{KINDS[change.kind]}  ", "muted"))
    spans.append((hunks, "muted"))
    if worst_mark(change):
        why = next((badge(hunk.match) for hunk in change.hunks if not hunk.match.exact), "")
        spans.append((f"  {why or '! ' + one_line(change.notes[0])}", "notice"))
    return Line(shorten(spans, width))
