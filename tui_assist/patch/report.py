"""Says to the model what became of a call's patch. Decides nothing."""

from tui_assist.patch.diff import unified_hunk
from tui_assist.values.asking import Decision, HunkDecision, Verdict
from tui_assist.values.patch import FileChange, Hunk, Patch

_LETTERS = {"create": "A", "update": "M", "delete": "D", "move": "M"}
_MOST_LINES = 40  # of a refused hunk, quoted so that the model knows which one


def report(call_id: str, patch: Patch, decision: Decision) -> str:
    """What was applied of call `call_id`, what was refused and why, and the person's own words.

    Holds for a patch that was written as decided.
    """
    own = [change for change in patch.changes if call_id in change.call_ids]
    lines = [line for change in own for line in _change_lines(change, decision)]
    if not own:
        lines = ["Nothing had to change: the files are already as this patch asks."]
    if decision.note:
        lines.append(f"The {decision.by} says: {decision.note}")
    return "\n".join(lines)


def _decided(change: FileChange, hunk: Hunk, decision: Decision) -> HunkDecision:
    fallback = decision.hunks.get(change.id, HunkDecision(decision.verdict is Verdict.ALLOW))
    return decision.hunks.get(hunk.id, fallback)


def _change_lines(change: FileChange, decision: Decision) -> list[str]:
    refused: list[tuple[Hunk, HunkDecision]] = []
    whole = decision.hunks.get(change.id, HunkDecision(decision.verdict is Verdict.ALLOW))
    if decision.verdict is Verdict.ALLOW:
        decided = [(hunk, _decided(change, hunk, decision)) for hunk in change.hunks]
        refused = [one for one in decided if not one[1].accept]
    nothing = decision.verdict is Verdict.REFUSE or (
        len(refused) == len(change.hunks) if change.hunks else not whole.accept
    )
    if nothing:
        why = f": {whole.comment}" if whole.comment else ""
        lines = [f"{_name(change)} was refused by the {decision.by} and is unchanged{why}"]
    else:
        of = f" ({len(change.hunks) - len(refused)} of {len(change.hunks)} hunks)" if refused else ""
        lines = [f"{_LETTERS[change.kind]} {_name(change)}{of}", *_doubts(change, refused)]
    for hunk, one in refused:
        lines += _refusal(change, hunk, one, quote=not nothing)
    return lines


def _name(change: FileChange) -> str:
    return change.path if change.move_to is None else f"{change.move_to} (moved from {change.path})"


def _doubts(change: FileChange, refused: list[tuple[Hunk, HunkDecision]]) -> list[str]:
    """Where the model's old lines were not exactly the file's: it should look before it goes on."""
    gone = {hunk.id for hunk, _ in refused}
    return [
        f"  line {hunk.new_start}: not an exact match: {hunk.match.describe()}"
        for hunk in change.hunks
        if not hunk.match.exact and hunk.id not in gone
    ]


def _refusal(change: FileChange, hunk: Hunk, one: HunkDecision, *, quote: bool) -> list[str]:
    why = f": {one.comment}" if one.comment else ""
    if not quote:
        return [f"  hunk at line {hunk.old_start} refused{why}"] if why else []
    text = unified_hunk(hunk, change.encoding).splitlines()
    shown = text[:_MOST_LINES] + (
        [f"({len(text) - _MOST_LINES} more lines)"] if len(text) > _MOST_LINES else []
    )
    return [
        f"  refused{why}; these lines of {change.path} stay as they were:",
        *(f"  {line}" for line in shown),
    ]
