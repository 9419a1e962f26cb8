"""A patch as rows of the screen: counted at once, laid out only where they are seen. Knows no widgets."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tui_assist.ui.diff.deciding import MARKS, Review, State, Unit
from tui_assist.ui.diff.rows import Body, Layout, Row, Said, Side, count_rows, decode, indexes
from tui_assist.ui.diff.text import FILLS, text_of
from tui_assist.ui.lines import BLANK, Line, Span, edges, shorten, width_of
from tui_assist.ui.text import crop_left, one_line
from tui_assist.values.patch import FileChange, Hunk, Match, Patch

KEPT_BODIES = 32  # hunks whose rows and highlights are kept

KINDS = {"create": "new file", "delete": "deleted", "move": "moved", "update": ""}
STATE_ROLES: dict[State, str] = {"open": "", "accepted": "success", "refused": "failure", "amended": "notice"}
NO_NEWLINE = "\\ no newline at the end"


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that belong together: a file's heading with its notes, or a hunk with its heading."""

    file: int  # index into the patch's changes
    hunk: int | None  # index into the file's hunks; None for the file's heading
    top: int  # row of the heading, 0-based
    rows: int


def badge(match: Match) -> str:
    """How a hunk matched, by shape first: `exact`, `≈ indentation`, `! one of 3 places`."""
    if match.exact:
        return "exact"
    return f"{'!' if match.places > 1 or match.note else '≈'} {match.describe()}"


def worst_mark(change: FileChange) -> str:
    """`!`, `≈` or nothing, for a file in a list."""
    marks = {badge(hunk.match)[0] for hunk in change.hunks if not hunk.match.exact}
    return "!" if "!" in marks or change.notes else "≈" if marks else ""


def said_by_hunk(review: Review) -> dict[str, list[Said]]:
    """What the person said, by hunk: on its lines first, then on the whole of it."""
    found: dict[str, list[Said]] = {}
    for comment in review.comments:
        found.setdefault(comment.hunk, []).append(Said(comment.line, comment.text))
    for unit, text in review.words.items():
        found.setdefault(unit, []).append(Said(None, text))
    return found


def counts(change: FileChange) -> list[Span]:
    spans: list[Span] = [(f"+{change.added}", "success")] if change.added else []
    if change.removed:
        spans += [(" ", "")] if spans else []
        spans.append((f"−{change.removed}", "failure"))
    return spans


def shown_path(change: FileChange) -> str:
    path = one_line(change.path)
    return f"{path} → {one_line(change.move_to)}" if change.move_to else path


class DiffDocument:
    """The rows of `patch`, with what `review` says of it. Counting is all that is done before a row is
    asked for.
    """

    def __init__(self, patch: Patch, layout: Layout = "unified", review: Review | None = None) -> None:
        self.patch = patch
        self.review = review
        self.made = 0  # rows laid out so far
        self._layout = layout
        self._bodies: OrderedDict[int, Body] = OrderedDict()
        self._count()

    @property
    def layout(self) -> Layout:
        return self._layout

    @layout.setter
    def layout(self, layout: Layout) -> None:
        self._layout = layout
        self._bodies.clear()
        self._count()

    def show(self, review: Review) -> None:
        """Goes on with what `review` holds now; counts again only where rows came or went."""
        old, self.review = self.review, review
        said = old is not None and (old.words, old.comments) == (review.words, review.comments)
        if not said or self.patch is not review.patch:
            self.patch = review.patch
            self._bodies.clear()
            self._count()

    def unit(self, section: Section) -> Unit | None:
        """What is decided there; on a file's heading the file's first unit."""
        return self.review.unit(section.file, section.hunk) if self.review is not None else None

    def find(self, text: str, after: int) -> int | None:
        """The next row below `after` with `text` in a path or a line, round the end, whatever its case."""
        text = text.casefold()
        at = self.sections.index(self.place(after)) if self.sections else 0
        for section in (*self.sections[at:], *self.sections[: at + 1]):
            for row in self._found(section, text):
                if row > after:
                    return row
            if section is self.sections[-1]:
                after = -1
        return None

    def _found(self, section: Section, text: str) -> Iterator[int]:
        change = self.patch.changes[section.file]
        if section.hunk is None:
            if text in shown_path(change).casefold():
                yield self.heading_row(section)
            return
        hunk = change.hunks[section.hunk]
        if text in hunk.heading.casefold():
            yield section.top
        lines = {
            at
            for at, line in enumerate(hunk.lines)
            if text in decode(line.content, change.encoding).casefold()
        }
        if lines:
            rows = self._body(section, change, hunk).rows
            yield from (section.top + 1 + at for at, row in enumerate(rows) if lines & indexes(row))

    def lines_at(self, y: int) -> frozenset[int]:
        """The changed lines of the hunk at row `y`, as indexes into its lines."""
        section = self.place(y)
        at = y - section.top
        if section.hunk is None or at == 0:
            return frozenset()
        change = self.patch.changes[section.file]
        hunk = change.hunks[section.hunk]
        row = self._body(section, change, hunk).rows[at - 1]
        sides = (row.old, row.new) if not row.said else ()
        return frozenset(side.at for side in sides if side and hunk.lines[side.at].kind != " ")

    def _count(self) -> None:
        self._digits = len(str(max((_last_number(change) for change in self.patch.changes), default=1)))
        self._said = said_by_hunk(self.review) if self.review is not None else {}
        self.sections: list[Section] = []
        top = 0
        for at, change in enumerate(self.patch.changes):
            rows = 1 + len(self._notes(change)) + (at > 0)
            self.sections.append(Section(at, None, top, rows))
            top += rows
            for number, hunk in enumerate(change.hunks):
                said = len(self._said.get(hunk.id, ()))
                rows = 1 + count_rows(hunk, self._layout, change.encoding) + said
                self.sections.append(Section(at, number, top, rows))
                top += rows
        self._tops = [section.top for section in self.sections]
        self.row_count = top

    def place(self, y: int) -> Section:
        """The section that holds row `y`. Raises IndexError for an empty patch."""
        return self.sections[max(0, bisect_right(self._tops, y) - 1)]

    def heading_row(self, section: Section) -> int:
        """The row of a section's heading: below the blank row between files."""
        return section.top + (section.hunk is None and section.file > 0)

    def line(self, y: int, width: int, shift: int = 0) -> Line:
        """Row `y` in `width` cells, its text moved `shift` characters to the left."""
        if not 0 <= y < self.row_count:
            return BLANK
        self.made += 1
        section = self.place(y)
        change = self.patch.changes[section.file]
        at = y - section.top
        if section.hunk is None:
            at -= section.file > 0
            if at > 0:
                return Line(shorten([self._notes(change)[at - 1]], width))
            return _file_line(change, width, self._state(change)) if at == 0 else BLANK
        hunk = change.hunks[section.hunk]
        if at == 0:
            state = self.review.state(hunk.id) if self.review is not None else None
            return _hunk_line(change, hunk, section.hunk, width, state)
        body = self._body(section, change, hunk)
        row = body.rows[at - 1]
        if row.said:
            return Line(shorten([_you(row.said)], width))
        if self._layout == "unified":
            return self._unified(body, row, width, shift)
        return self._split(body, row, width, shift)

    def _notes(self, change: FileChange) -> list[Span]:
        """The rows between a file's heading and its hunks."""
        notes: list[Span] = [(f"  ! {one_line(note)}", "notice") for note in _notes(change)]
        return [*notes, *(_you(said.text) for said in self._said.get(change.id, ()))]

    def _state(self, change: FileChange) -> State | None:
        """Of a file that is decided as a whole."""
        return self.review.state(change.id) if self.review is not None and not change.hunks else None

    def _body(self, section: Section, change: FileChange, hunk: Hunk) -> Body:
        body = self._bodies.get(section.top)
        if body is None:
            body = self._bodies[section.top] = Body(change, hunk, self._layout, self._said.get(hunk.id, ()))
            if len(self._bodies) > KEPT_BODIES:
                self._bodies.popitem(last=False)
        return body

    def _unified(self, body: Body, row: Row, width: int, shift: int) -> Line:
        side = row.old or row.new
        assert side is not None
        kind = body.hunk.lines[side.at].kind
        numbers = "".join(self._number(one if not row.unended else None) for one in (row.old, row.new))
        gutter: list[Span] = [(f"{numbers} ", "muted")]
        if row.unended:
            return Line(shorten([*gutter, ("  " + NO_NEWLINE, "muted")], width))
        text = text_of(body, side, kind, width - width_of(gutter) - 2, shift)
        return Line((*gutter, (f"{kind} ", ""), *text), FILLS[kind])

    def _split(self, body: Body, row: Row, width: int, shift: int) -> Line:
        half = (width - 1) // 2
        left = self._half(body, row.old, "-", half, shift, row.unended)
        right = self._half(body, row.new, "+", width - half - 1, shift, row.unended)
        return Line((*left, ("│", "muted"), *right))

    def _half(
        self, body: Body, side: Side | None, sign: str, width: int, shift: int, unended: bool
    ) -> Sequence[Span]:
        if side is None:
            return [(" " * width, "")]
        if unended:
            return _padded([(self._number(None), ""), (f"   {NO_NEWLINE}", "muted")], width, "")
        kind = body.hunk.lines[side.at].kind
        role = FILLS[kind]
        head: list[Span] = [(self._number(side), f"muted {role}".strip()), (f" {kind} ", role)]
        text = text_of(body, side, kind, width - width_of(head), shift)
        return _padded([*head, *((piece, f"{role} {look}".strip()) for piece, look in text)], width, role)

    def _number(self, side: Side | None) -> str:
        return f" {side.number if side is not None else '':>{self._digits}}"


def _last_number(change: FileChange) -> int:
    if not change.hunks:
        return 1
    hunk = change.hunks[-1]
    return max(hunk.old_start, hunk.new_start) + len(hunk.lines)


def _notes(change: FileChange) -> list[str]:
    """What the reader must know about a file beyond its lines."""
    notes = list(change.notes)
    if change.hunks and change.encoding != "utf-8" and not any(change.encoding in note for note in notes):
        notes.append(f"shown as {change.encoding}")
    return notes


def _you(said: str) -> Span:
    return f"   ╰ you: {one_line(said)}", "accent"


def _file_line(change: FileChange, width: int, state: State | None) -> Line:
    kind = KINDS[change.kind]
    right: list[Span] = [*counts(change), (f"  {kind}" if kind else "", "muted")]
    if state is not None:
        right.append((f"  {MARKS[state]} {state}", STATE_ROLES[state]))
    room = width - width_of(right) - 2
    path = crop_left(shown_path(change), max(8, room))
    return next(edges([(path, "heading")], right, width))


def _hunk_line(change: FileChange, hunk: Hunk, at: int, width: int, state: State | None) -> Line:
    role = "muted" if hunk.match.exact else "notice"
    place = f"hunk {at + 1} of {len(change.hunks)} · "
    heading = one_line(hunk.heading)
    left: list[Span] = [("@@ ", "accent"), (heading, "accent")]
    right: list[Span] = [(place, "muted"), (badge(hunk.match), role)]
    if state is not None:
        left.insert(0, (f"{MARKS[state]} ", STATE_ROLES[state]))
    if state is not None and state != "open":
        right.append((f" · {state}", STATE_ROLES[state]))
    gap = width - width_of(left) - width_of(right)
    if gap < 2:
        left = list(shorten(left, max(5, width - width_of(right) - 2)))
        gap = max(2, width - width_of(left) - width_of(right))
    return Line(shorten([*left, (" " * gap, ""), *right], width))


def _padded(spans: Sequence[Span], width: int, role: str) -> list[Span]:
    spans = shorten(spans, width)
    gap = width - width_of(spans)
    return [*spans, *([(" " * gap, role)] if gap else [])]
