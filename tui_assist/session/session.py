"""The session: lines in order, the path to the newest, and the items a request is built from."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from tui_assist.session.answers import strays
from tui_assist.session.lines import Line
from tui_assist.values.calls import Item


class Session:
    """One conversation. Every line it gets is handed to `keep` at once; nothing is ever rewritten.

    `clock` gives seconds since the epoch. Lines from an earlier run come as `lines`, in file order.
    """

    def __init__(
        self,
        id: str,
        keep: Callable[[Line], None],
        clock: Callable[[], float],
        lines: Iterable[Line] = (),
    ) -> None:
        self.id = id
        self._keep = keep
        self._clock = clock
        self._lines: dict[str, Line] = {}
        self._newest: dict[str, Mapping[str, Any]] = {}  # by a fact's name
        self.head: str | None = None
        self._next = 1
        for line in lines:
            self._take(line)
            if line.id.isdecimal():
                self._next = max(self._next, int(line.id) + 1)

    def add_item(self, item: Item) -> Line:
        return self._add("item", "", item)

    def add_fact(self, name: str, value: Mapping[str, Any]) -> Line:
        return self._add("fact", name, value)

    def rewind(self, line_id: str | None) -> None:
        """Go on after `line_id`: what came later stays on disk but leaves the path."""
        self.head = line_id

    def path(self) -> tuple[Line, ...]:
        """The lines from the first to the head, through `parent`."""
        return tuple(reversed(tuple(self._backwards())))

    def _backwards(self) -> Iterator[Line]:
        """From the head to the first. Parents that a damaged file turned into a circle end it."""
        line = self._lines.get(self.head or "")
        for _ in range(len(self._lines)):
            if line is None:
                return
            yield line
            line = self._lines.get(line.parent or "")

    def conversation(self) -> tuple[tuple[Item, str], ...]:
        """What a request is built from: each item with "provider/model" of the turn it belongs to.

        A `left out` fact hides everything before the line it names; answers whose call was lost are hidden.
        """
        lines = self.path()
        start = 0
        for line in lines:
            if line.kind == "fact" and line.name == "left out":
                names = [candidate.id for candidate in lines]
                start = names.index(line.value["before"]) if line.value.get("before") in names else start
        origin = ""
        items: list[tuple[Item, str]] = []
        for number, line in enumerate(lines):
            if line.kind == "fact" and line.name == "turn":
                origin = f"{line.value.get('provider', '')}/{line.value.get('model', '')}"
            elif line.kind == "item" and number >= start:
                items.append((line.value, origin))
        lost = strays([item for item, _ in items])
        return tuple(pair for position, pair in enumerate(items) if position not in lost)

    def items(self) -> tuple[Item, ...]:
        """The items a request is built from, in order."""
        return tuple(item for item, _ in self.conversation())

    def newest(self, fact: str) -> Mapping[str, Any] | None:
        """The value of the latest fact of that name, wherever it stands: a rewind takes back no draft."""
        return self._newest.get(fact)

    def leave_out_oldest(self) -> bool:
        """Hides the older half of the turns from requests; False when there is only one to show.

        Whole turns only: a call is never parted from its output.
        """
        shown = {id(item) for item in self.items()}
        starts = [
            line
            for line in self.path()
            if line.kind == "item" and id(line.value) in shown and line.value.get("role") == "user"
        ]
        if len(starts) < 2:
            return False
        self.add_fact("left out", {"before": starts[(len(starts) + 1) // 2].id})
        return True

    def _add(self, kind: Any, name: str, value: Mapping[str, Any]) -> Line:
        line = Line(str(self._next), self.head, self._clock(), kind, name, value)
        self._next += 1
        self._keep(line)
        self._take(line)
        return line

    def _take(self, line: Line) -> None:
        if line.parent is not None and line.parent not in self._lines:
            # A damaged line costs itself, not everything before it: a parent always stands earlier.
            line = replace(line, parent=self.head)
        self._lines[line.id] = line
        self.head = line.id
        if line.kind == "fact":
            self._newest[line.name] = line.value
