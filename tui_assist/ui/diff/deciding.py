"""What a person has decided of a patch so far, as a value; every step gives a new one. Knows no screen.

A unit is what is decided at once: a hunk, or a file that has none (a pure move, a binary), by its id.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from tui_assist.errors import UserError
from tui_assist.patch.edit import amend, narrow, split
from tui_assist.values.asking import Comment, Decision, HunkDecision, Verdict
from tui_assist.values.patch import FileChange, Hunk, Patch

State = Literal["open", "accepted", "refused", "amended"]

MARKS: Mapping[State, str] = {"open": "▫", "accepted": "▪", "refused": "✗", "amended": "✎"}


@dataclass(frozen=True)
class Unit:
    """Where something is decided: indexes into the patch's files and the file's hunks."""

    id: str
    file: int
    hunk: int | None  # None: the file has no hunks and is decided as a whole


@dataclass(frozen=True)
class Review:
    """Decisions over `patch`, which is `planned` as the person left it so far."""

    planned: Patch
    patch: Patch
    accepted: Mapping[str, bool] = field(default_factory=dict)  # by unit; what is not named is open
    words: Mapping[str, str] = field(default_factory=dict)  # the person's, by unit
    comments: tuple[Comment, ...] = ()  # on single lines
    amended: frozenset[str] = frozenset()  # units whose new side the person changed
    before: "Review | None" = None  # one step back

    @classmethod
    def of(cls, patch: Patch) -> "Review":
        return cls(patch, patch)

    # Reading

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        return tuple(_units(self.patch))

    @cached_property
    def _places(self) -> dict[str, int]:
        return {unit.id: at for at, unit in enumerate(self.units)}

    @cached_property
    def _by_index(self) -> dict[tuple[int, int | None], Unit]:
        return {(unit.file, unit.hunk): unit for unit in self.units}

    @property
    def total(self) -> int:
        return len(self.units)

    @property
    def decided(self) -> int:
        return len(self.accepted)

    @property
    def applied(self) -> int:
        """How many units are accepted."""
        return sum(self.accepted.values())

    def state(self, unit: str) -> State:
        accepted = self.accepted.get(unit)
        if accepted is None:
            return "open"
        if not accepted:
            return "refused"
        return "amended" if unit in self.amended else "accepted"

    def is_open(self, unit: str) -> bool:
        return unit not in self.accepted

    def unit(self, file: int, hunk: int | None) -> Unit | None:
        """What is decided there; for a file's heading its only unit or its first one."""
        if hunk is None and self.patch.changes[file].hunks:
            hunk = 0
        return self._by_index.get((file, hunk))

    def has(self, unit: str) -> bool:
        return unit in self._places

    def of_file(self, file: int) -> tuple[Unit, ...]:
        return tuple(one for one in self.units if one.file == file)

    def next_open(self, after: str, step: Literal[1, -1] = 1) -> Unit | None:
        """The nearest open unit behind `after` (before it with -1), round the end; never `after` itself."""
        at = self._places[after]
        order = (*self.units[at + 1 :], *self.units[:at])
        return next((one for one in order[::step] if self.is_open(one.id)), None)

    def hunk(self, unit: str) -> Hunk | None:
        one = self.units[self._places[unit]]
        return None if one.hunk is None else self.patch.changes[one.file].hunks[one.hunk]

    def change(self, unit: str) -> FileChange:
        return self.patch.changes[self.units[self._places[unit]].file]

    # Deciding

    def decide(self, units: Iterable[str], accept: bool) -> "Review":
        return self._step(accepted={**self.accepted, **dict.fromkeys(units, accept)})

    def decide_rest(self, accept: bool, file: int | None = None) -> "Review":
        """Decides what is still open, of one file or of the whole patch."""
        units = self.units if file is None else self.of_file(file)
        return self.decide((one.id for one in units if self.is_open(one.id)), accept)

    def comment(self, unit: str, text: str, line: int | None = None) -> "Review":
        """The person's words on a unit, or on one line of a hunk; "" takes them away."""
        if line is None:
            words = {key: said for key, said in self.words.items() if key != unit}
            return self._step(words={**words, unit: text} if text else words)
        others = tuple(one for one in self.comments if (one.hunk, one.line) != (unit, line))
        return self._step(comments=(*others, Comment(unit, line, text)) if text else others)

    def said(self, unit: str, line: int | None = None) -> str:
        if line is None:
            return self.words.get(unit, "")
        return next((one.text for one in self.comments if (one.hunk, one.line) == (unit, line)), "")

    def back(self) -> "Review":
        """As it was before the last step; the same when there was none."""
        return self.before or self

    # Changing what is proposed

    def split(self, unit: str) -> "Review":
        """One hunk as several, all open. Raises UserError where there is nothing to split."""
        change = self._with_hunk(unit)
        cut = split(change, unit)
        if cut is change:
            raise UserError("this hunk is one run of changes; select lines with Space to decide part of it")
        return self._edited(unit, cut)

    def narrow(self, unit: str, keep: frozenset[int]) -> "Review":
        """Only the lines `keep` of a hunk are still proposed. Raises UserError when none of them changes."""
        return self._edited(unit, narrow(self._with_hunk(unit), unit, keep), amended=True)

    def amend(self, unit: str, new_side: bytes) -> "Review":
        """A hunk's new side as the person wrote it, accepted. Raises UserError when it cannot be."""
        change = self._with_hunk(unit)
        amended = amend(change, unit, new_side)
        if amended == change:
            return self
        return replace(self._edited(unit, amended, amended=True).decide((unit,), True), before=self)

    def choose_lines(self, unit: str, lines: frozenset[int], accept: bool) -> "Review":
        """Accepts only the changed lines among `lines` and refuses the hunk's others, or only refuses them.

        After a refusal of lines the rest of the hunk is open.
        """
        hunk = self.hunk(unit)
        changed = {at for at, one in enumerate(hunk.lines) if one.kind != " "} if hunk else set()
        if not changed & lines:
            raise UserError("no changed line is selected")
        keep = changed & lines if accept else changed - lines
        if not keep or keep == changed:
            return self.decide((unit,), accept)
        narrowed = self.narrow(unit, frozenset(keep))
        chosen = narrowed.decide((unit,), True) if accept else narrowed
        return replace(chosen, before=self)

    # The answer

    def decision(self) -> Decision:
        """The answer: what is accepted is applied, everything else is refused."""
        if not self.applied:
            return Decision(Verdict.REFUSE, note="\n".join(self._remarks()))
        reviewed = None if self.patch == self.planned else self.patch
        plain = reviewed is None and self.applied == self.total and not self.words
        each = {
            one.id: HunkDecision(
                self.accepted.get(one.id, False), self.words.get(one.id, ""), one.id in self.amended
            )
            for one in self.units
        }
        return Decision(Verdict.ALLOW, hunks={} if plain else each, reviewed=reviewed, comments=self.comments)

    def _remarks(self) -> Iterator[str]:
        """All the person said, for a refusal of everything: each with its place."""
        for one in self.units:
            hunk, path = self.hunk(one.id), self.patch.changes[one.file].path
            if words := self.words.get(one.id):
                yield f"{path}:{hunk.old_start}: {words}" if hunk else f"{path}: {words}"
            for comment in self.comments:
                if comment.hunk == one.id and hunk is not None:
                    line = hunk.lines[comment.line]
                    text = line.content.decode(self.patch.changes[one.file].encoding, "replace").strip()
                    yield f"{path}, on `{line.kind}{text}`: {comment.text}"

    # Steps

    def _step(
        self,
        *,
        accepted: Mapping[str, bool] | None = None,
        words: Mapping[str, str] | None = None,
        comments: tuple[Comment, ...] | None = None,
    ) -> "Review":
        return replace(
            self,
            accepted=self.accepted if accepted is None else accepted,
            words=self.words if words is None else words,
            comments=self.comments if comments is None else comments,
            before=self,
        )

    def _with_hunk(self, unit: str) -> FileChange:
        if self.hunk(unit) is None:
            raise UserError("this file has no lines to choose from; decide it as a whole")
        return self.change(unit)

    def _edited(self, unit: str, change: FileChange, *, amended: bool = False) -> "Review":
        """With `change` in its file's place; what was said of the hunk stays with its lines."""
        old = self.hunk(unit)
        assert old is not None
        ids = {hunk.id for hunk in self.change(unit).hunks} - {unit}
        parts = [hunk for hunk in change.hunks if hunk.id not in ids]
        changes = tuple(change if one.id == change.id else one for one in self.patch.changes)
        own = [one for one in self.comments if one.hunk == unit]
        kept = [_carried(one, old, parts) for one in own]
        lost = [one.text for one, there in zip(own, kept, strict=True) if there is None]
        words = {key: text for key, text in self.words.items() if key != unit}
        said = "; ".join(filter(None, (self.words.get(unit), *lost)))
        if said:
            words[parts[0].id] = said
        inherited = {part.id for part in parts} if unit in self.amended else set()
        return replace(
            self,
            patch=replace(self.patch, changes=changes),
            accepted={key: accept for key, accept in self.accepted.items() if key != unit},
            words=words,
            comments=(*(one for one in self.comments if one.hunk != unit), *filter(None, kept)),
            amended=self.amended - {unit} | ({unit} if amended else inherited),
            before=self,
        )


def _units(patch: Patch) -> Iterator[Unit]:
    for file, change in enumerate(patch.changes):
        if not change.hunks:
            yield Unit(change.id, file, None)
        for at, hunk in enumerate(change.hunks):
            yield Unit(hunk.id, file, at)


def _carried(comment: Comment, old: Hunk, parts: Iterable[Hunk]) -> Comment | None:
    """A comment on the same line in what became of its hunk; None when the line is gone."""
    line = old.lines[comment.line]
    nth = old.lines[: comment.line].count(line)
    for part in parts:
        for at, one in enumerate(part.lines):
            if one == line:
                if not nth:
                    return replace(comment, hunk=part.id, line=at)
                nth -= 1
    return None
