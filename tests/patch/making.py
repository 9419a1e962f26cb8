"""Makes random files, edits and diffs for the tests of the patch engine."""

from collections.abc import Mapping

from hypothesis import strategies as st

from tui_assist.patch.plan import FileSnapshot, PlannedPatch, plan_patch
from tui_assist.patch.text import shared_mark, split_lines
from tui_assist.values.patch import FileChange, Operation

WORDS = st.sampled_from(
    ["a", "b", "c", "def f():", "    x", "\ty", "", "é", "*** x", "+p", "@@", "\u2028", "end"]
)
ENDINGS = st.sampled_from(["\n", "\r\n"])
LINES = st.lists(WORDS, max_size=40)


@st.composite
def files(draw: st.DrawFn, lines: st.SearchStrategy[list[str]] = LINES) -> str:
    """A text of mixed endings, sometimes without a final newline."""
    content = [line + draw(ENDINGS) for line in draw(lines)]
    text = "".join(content)
    return text.rstrip("\r\n") if draw(st.booleans()) and text.rstrip("\r\n") else text


NUMBERED = st.integers(1, 60).map(lambda count: [f"line {n}" for n in range(count)])


def update(diff: str, path: str = "f.txt", call_id: str = "call") -> Operation:
    return Operation("update_file", path, diff, call_id=call_id)


def planned(files: Mapping[str, bytes], *operations: Operation) -> PlannedPatch:
    def snapshot(path: str) -> FileSnapshot | None:
        return FileSnapshot(files[path]) if path in files else None

    return plan_patch("p1", operations, snapshot)


def replayed(change: FileChange) -> bytes:
    """The new content as the hunks alone tell it; every hunk must stand where it says."""
    mark = shared_mark(change.before, change.after)
    lines = split_lines((change.before or b"")[len(mark) :].decode(change.encoding))
    old = [line.encode(change.encoding) for line in lines]
    built: list[bytes] = []
    at = 0
    for hunk in change.hunks:
        kept = [line.content for line in hunk.lines if line.kind != "+"]
        come = [line.content for line in hunk.lines if line.kind != "-"]
        start = hunk.old_start - 1 if kept else hunk.old_start
        assert start >= at
        built += old[at:start]
        assert old[start : start + len(kept)] == kept
        assert hunk.new_start == len(built) + bool(come)
        built += come
        at = start + len(kept)
    return mark * (change.after is not None) + b"".join([*built, *old[at:]])
