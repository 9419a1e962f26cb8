"""Changes a planned change as its reader asks: splits, narrows and amends hunks. Decides nothing.

Each returns a new change whose content is its old one with exactly its hunks done; the other hunks and
every byte outside stay as they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tui_assist.errors import UserError
from tui_assist.patch.lines import changed_blocks
from tui_assist.patch.runs import (
    applied,
    ending_of,
    new_side,
    old_lines,
    old_range,
    old_side,
    renumbered,
    runs_between,
    runs_of,
    settled,
    shared_context,
    with_runs,
)
from tui_assist.patch.text import bare, ending, shared_mark, split_lines
from tui_assist.values.patch import FileChange, Hunk, HunkLine

_NOTHING_LEFT = "nothing of this hunk would be left; refuse it instead"


def split(change: FileChange, hunk_id: str) -> FileChange:
    """`change` with one hunk cut at the context between its runs of changes.

    The parts are called `f1h2.1`, `f1h2.2`, … and keep the match of the whole. A hunk of one run is left
    as it is. Raises KeyError for a hunk the change does not have.
    """
    hunk = _hunk(change, hunk_id)
    runs = runs_of(hunk)
    if len(runs) < 2:
        return change
    old = old_lines(change)
    start, end = old_range(hunk)
    parts = []
    for number, run in enumerate(runs, 1):
        upper = shared_context(runs[number].start - run.end)[0] if number < len(runs) else end - run.end
        lower = shared_context(run.start - runs[number - 2].end)[1] if number > 1 else run.start - start
        part = with_runs(hunk, old, run.start - lower, run.end + upper, [run])
        parts.append(replace(part, id=f"{hunk_id}.{number}"))
    return _with(change, hunk_id, parts)


def narrow(change: FileChange, hunk_id: str, keep: frozenset[int]) -> FileChange:
    """`change` with one hunk that changes only the lines with these indexes into `Hunk.lines`.

    A removed line that is not kept becomes context, an added one goes. Where as many lines were added as
    removed they go in pairs, so an added line stays beside the one it replaced; else the added lines follow
    the last line that is still removed. Raises UserError when no changed line is kept, KeyError for a hunk
    the change does not have.
    """
    hunk = _hunk(change, hunk_id)
    if not any(hunk.lines[index].kind != " " for index in keep):
        raise UserError(_NOTHING_LEFT)
    new = [content for stretch in _stretches(hunk) for content in _kept(stretch, keep)]
    return _with_new_side(change, hunk, new)


def amend(change: FileChange, hunk_id: str, new_side: bytes) -> FileChange:
    """`change` with one hunk whose new side, context included, is `new_side` in the change's encoding.

    Only the words of its lines count: lines the proposal had keep their endings, others take those of
    their neighbours, and whether the file ends with a newline stays as it was proposed. Raises UserError
    when it does not change anything any more or is no text of that encoding, KeyError for a hunk the
    change does not have.
    """
    hunk = _hunk(change, hunk_id)
    try:
        text = new_side.decode(change.encoding)
    except UnicodeDecodeError as error:
        raise UserError(f"{change.path} is kept in {change.encoding}; the edited lines are not") from error
    if "\0" in text:
        raise UserError(f"the edited lines of {change.path} hold a NUL character; leave it out")
    return _with_new_side(change, hunk, _ended(change, hunk, split_lines(text.removeprefix("\ufeff"))))


def _hunk(change: FileChange, hunk_id: str) -> Hunk:
    found = next((hunk for hunk in change.hunks if hunk.id == hunk_id), None)
    if found is None:
        raise KeyError(f"{change.id} has no hunk {hunk_id}")
    return found


def _with(change: FileChange, hunk_id: str, parts: Sequence[Hunk]) -> FileChange:
    """`change` with `parts` in the place of one hunk, and its new content."""
    hunks = renumbered(part for hunk in change.hunks for part in (parts if hunk.id == hunk_id else (hunk,)))
    body = applied(old_lines(change), hunks)
    if change.after is None and not body:
        return replace(change, hunks=hunks)
    mark = shared_mark(change.before, change.after)
    kind = "update" if change.kind == "delete" else change.kind
    return replace(change, kind=kind, after=mark + body, hunks=hunks)


def _with_new_side(change: FileChange, hunk: Hunk, new: Sequence[bytes]) -> FileChange:
    start, end = old_range(hunk)
    old = old_lines(change)
    runs = settled(runs_between(old_side(hunk), new, start), old, change.encoding)
    if not runs:
        raise UserError(_NOTHING_LEFT)
    return _with(change, hunk.id, [with_runs(hunk, old, start, end, runs)])


Stretch = list[tuple[int, HunkLine]]
"""Lines of a hunk with their indexes: one line of context, or a run of changed ones."""


def _stretches(hunk: Hunk) -> Iterator[Stretch]:
    run: Stretch = []
    for index, line in enumerate(hunk.lines):
        if line.kind == " ":
            if run:
                yield run
            yield [(index, line)]
            run = []
        else:
            run.append((index, line))
    if run:
        yield run


def _kept(stretch: Stretch, keep: frozenset[int]) -> list[bytes]:
    """The new side of a stretch when only the lines of `keep` change."""
    removed = [one for one in stretch if one[1].kind != "+"]
    added = [one for one in stretch if one[1].kind == "+"]
    stays = [line.kind == " " or index not in keep for index, line in removed]
    comes = [index in keep for index, _ in added]
    if len(removed) == len(added):
        pairs = zip(removed, stays, added, comes, strict=True)
        return [
            line.content
            for (_, old), old_stays, (_, new), new_comes in pairs
            for line, there in ((old, old_stays), (new, new_comes))
            if there
        ]
    last_gone = max((n for n, still in enumerate(stays) if not still), default=len(removed) - 1)
    new_lines = [line.content for (_, line), there in zip(added, comes, strict=True) if there]
    old = [[line.content] if still else [] for (_, line), still in zip(removed, stays, strict=True)]
    above = [content for one in old[: last_gone + 1] for content in one]
    below = [content for one in old[last_gone + 1 :] for content in one]
    return [*above, *new_lines, *below]


def _ended(change: FileChange, hunk: Hunk, texts: Sequence[str]) -> list[bytes]:
    """The edited lines with the endings they have in the proposal or get from their neighbours."""
    encoding = change.encoding
    proposed = new_side(hunk)
    words = [bare(line.decode(encoding)) for line in proposed]
    usual = _usual_ending(hunk, encoding)
    lines: list[bytes] = []
    at = 0
    for block in (*changed_blocks(words, [bare(text) for text in texts]), None):
        lines += proposed[at : len(proposed) if block is None else block.old_start]
        if block is None:
            break
        at = block.old_end
        replaced = proposed[block.old_start : block.old_end]
        for offset, text in enumerate(texts[block.new_start : block.new_end]):
            near = (*replaced[offset : offset + 1], *lines[-1:], *proposed[at : at + 1])
            own = next((found for line in near if (found := ending_of(line, encoding))), usual)
            lines.append(bare(text).encode(encoding) + own)
    if lines and old_range(hunk)[1] == len(old_lines(change)):
        last = (proposed or old_side(hunk))[-1]
        lines[-1] = _with_ending_like(lines[-1], last, usual, encoding)
    return lines


def _usual_ending(hunk: Hunk, encoding: str) -> bytes:
    found = (ending_of(line.content, encoding) for line in hunk.lines)
    return next(filter(None, found), "\n".encode(encoding))


def _with_ending_like(line: bytes, last: bytes, usual: bytes, encoding: str) -> bytes:
    """`line` as the file's last: ended if `last` is. A blank line is nothing without its ending."""
    text = line.decode(encoding)
    if not ending_of(last, encoding):
        return bare(text).encode(encoding) or line
    return line if ending(text) else line + usual
