"""Says to the model what became of a call's patch, hunk by hunk. Decides nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from tui_assist.patch.diff import digest, unified_hunk
from tui_assist.values.asking import Decision, HunkDecision, Verdict
from tui_assist.values.patch import FileChange, Hunk, HunkLine, Patch

_LETTERS = {"create": "A", "update": "M", "delete": "D", "move": "M"}
_MOST_LINES = 40  # of a quoted hunk, so that the model knows which one


def report(call_id: str, patch: Patch, decision: Decision, written: Mapping[str, FileChange]) -> str:
    """What was applied of call `call_id`, what was refused and why, what the person changed and said.

    `patch` is as it was planned, `written` what of it reached the disk, by change id.
    """
    own = [change for change in patch.changes if call_id in change.call_ids]
    reviewed = {change.id: change for change in (decision.reviewed or patch).changes}
    lines = [
        line
        for change in own
        for line in _File(change, reviewed[change.id], decision, written.get(change.id)).lines()
    ]
    if not own:
        lines = ["Nothing had to change: the files are already as this patch asks."]
    if decision.note:
        lines.append(f"The {decision.by} says: {decision.note}")
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _File:
    """What became of one file."""

    planned: FileChange
    reviewed: FileChange
    decision: Decision
    written: FileChange | None

    def lines(self) -> Iterator[str]:
        refused = [hunk for hunk in self.reviewed.hunks if not self._decided(hunk).accept]
        name, change = self._name(), self.reviewed
        if not self._is_written(refused):
            whole = self.decision.hunks.get(change.id, HunkDecision(False))
            why = f": {whole.comment}" if whole.comment else ""
            yield f"{name} was refused by the {self.decision.by} and is unchanged{why}"
            if self.decision.verdict is Verdict.ALLOW:
                for hunk in refused:
                    if comment := self._decided(hunk).comment:
                        yield f"  hunk at line {hunk.old_start} refused: {comment}"
            yield from chain.from_iterable(map(self._comments, change.hunks))
            return
        kept = len(change.hunks) - len(refused)
        of = f" ({kept} of {len(change.hunks)} hunks)" if refused else ""
        yield f"{_LETTERS[change.kind]} {name}{of}"
        each = bool(refused) or any(map(self._is_amended, self.planned.hunks))
        for hunk in self.planned.hunks:
            yield from self._hunk(hunk, each=each)
        if self.written is not None and self.written.after is not None:
            yield f"  the file's SHA-256 is now {digest(self.written.after)}"

    def _name(self) -> str:
        change = self.planned
        return change.path if change.move_to is None else f"{change.move_to} (moved from {change.path})"

    def _is_written(self, refused: Sequence[Hunk]) -> bool:
        if self.decision.verdict is Verdict.REFUSE:
            return False
        if self.reviewed.hunks:
            return len(refused) < len(self.reviewed.hunks)
        whole = self.decision.hunks.get(self.reviewed.id, HunkDecision(True))
        return whole.accept and not self.planned.hunks

    def _decided(self, hunk: Hunk) -> HunkDecision:
        fallback = HunkDecision(self.decision.verdict is Verdict.ALLOW)
        return self.decision.hunks.get(hunk.id, self.decision.hunks.get(self.reviewed.id, fallback))

    def _parts(self, planned: Hunk) -> list[Hunk]:
        """What one hunk as the model sent it is after the review: the person may have cut it into several."""
        own = (planned.id, f"{planned.id}.")
        return [hunk for hunk in self.reviewed.hunks if hunk.id == own[0] or hunk.id.startswith(own[1])]

    def _is_amended(self, planned: Hunk) -> bool:
        return _changed_lines(self._parts(planned)) != _changed_lines([planned])

    def _hunk(self, planned: Hunk, *, each: bool) -> Iterator[str]:
        """What became of one hunk; `each`: also when it was accepted without a word."""
        parts = self._parts(planned)
        if not parts:
            yield from self._refusal(planned, "")
        for hunk in parts:
            one = self._decided(hunk)
            said = f": {one.comment}" if one.comment else ""
            if not one.accept:
                yield from self._refusal(hunk, said)
            elif one.amended or self._is_amended(planned):
                yield f"  amended by the {self.decision.by}{said}; this is what was written:"
                yield from self._quoted(hunk)
            elif said or each:
                yield f"  accepted at line {hunk.new_start}{said}"
            if one.accept and not hunk.match.exact:  # the model should look before it goes on
                yield f"  line {hunk.new_start}: not an exact match: {hunk.match.describe()}"
            yield from self._comments(hunk)

    def _refusal(self, hunk: Hunk, said: str) -> Iterator[str]:
        yield f"  refused{said}; these lines of {self.planned.path} stay as they were:"
        yield from self._quoted(hunk)

    def _quoted(self, hunk: Hunk) -> Iterator[str]:
        text = unified_hunk(hunk, self.planned.encoding).splitlines()
        more = len(text) - _MOST_LINES
        shown = text[:_MOST_LINES] + ([f"({more} more lines)"] if more > 0 else [])
        yield from (f"  {line}" for line in shown)

    def _comments(self, hunk: Hunk) -> Iterator[str]:
        """The person's words on single lines."""
        for comment in self.decision.comments:
            if comment.hunk == hunk.id and 0 <= comment.line < len(hunk.lines):
                line = hunk.lines[comment.line]
                shown = line.content.decode(self.planned.encoding, "replace").rstrip("\r\n")
                yield f"  comment on `{line.kind}{shown}`: {comment.text}"


def _changed_lines(hunks: Sequence[Hunk]) -> list[HunkLine]:
    return [line for hunk in hunks for line in hunk.lines if line.kind != " "]
