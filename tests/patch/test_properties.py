from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st

from tests.patch.making import NUMBERED, files, planned, replayed, update
from tui_assist.errors import ToolError
from tui_assist.patch.diff import diff_change
from tui_assist.patch.lines import changed_blocks
from tui_assist.patch.parse import envelope_in_shell, parse_arguments, parse_envelope, parse_operation
from tui_assist.patch.sections import parse_created, parse_sections
from tui_assist.patch.select import invert, select
from tui_assist.patch.text import bare, decode, ending, split_lines
from tui_assist.values.patch import FileChange

SHORT = st.lists(st.sampled_from("abcd"), max_size=30)


def blocks_rebuild(old: list[str], new: list[str]) -> list[str]:
    built: list[str] = []
    at = 0
    for block in changed_blocks(old, new):
        built += old[at : block.old_start] + new[block.new_start : block.new_end]
        at = block.old_end
    return built + old[at:]


@given(SHORT, SHORT)
def test_changed_blocks_turn_old_lines_into_new(old: list[str], new: list[str]) -> None:
    assert blocks_rebuild(old, new) == new


@given(SHORT, SHORT)
def test_changed_blocks_never_touch(old: list[str], new: list[str]) -> None:
    blocks = changed_blocks(old, new)
    assert all(a.old_end < b.old_start and a.new_end < b.new_start for a, b in pairwise(blocks))


def new_side(change: FileChange) -> bytes | None:
    whole = select(change, {hunk.id: True for hunk in change.hunks})
    return whole.after if whole else change.before


@given(files(), files())
def test_the_hunks_of_a_diff_tell_the_whole_change(before: str, after: str) -> None:
    change = diff_change("f1", "f.txt", before.encode(), after.encode())
    assert replayed(change) == after.encode()


@given(files(), files())
def test_a_change_taken_back_is_the_file_again(before: str, after: str) -> None:
    change = diff_change("f1", "f.txt", before.encode(), after.encode())
    back = invert(change)
    assert (replayed(back), invert(back)) == (before.encode(), change)


@given(files(NUMBERED), st.data())
def test_every_subset_of_hunks_is_consistent(before: str, data: st.DataObject) -> None:
    lines = split_lines(before)
    picked = data.draw(st.sets(st.integers(0, len(lines) - 1), max_size=6))
    after = "".join("new " + line if place in picked else line for place, line in enumerate(lines))
    change = diff_change("f1", "f.txt", before.encode(), after.encode())
    for answers in product([True, False], repeat=len(change.hunks)):
        accepted = dict(zip([hunk.id for hunk in change.hunks], answers, strict=True))
        part = select(change, accepted)
        assert part is None or replayed(part) == part.after
        changed_hunks = part.hunks if part else ()
        assert [hunk.id for hunk in changed_hunks] == [id_ for id_, answer in accepted.items() if answer]


def as_v4a(lines: list[str], edits: dict[int, tuple[bool, list[str]]]) -> str:
    """The whole file as one section: at each place lines are added, and the line there may go."""
    body: list[str] = []
    for place, line in enumerate([*lines, None]):
        gone, added = edits.get(place, (False, []))
        body += ["+" + new for new in added]
        if line is not None:
            body.append(("-" if gone else " ") + line)
    return "".join(line + "\n" for line in body)


EDITS = st.dictionaries(
    st.integers(0, 40),
    st.tuples(st.booleans(), st.lists(st.sampled_from(["n", "  m", "", "ü"]), max_size=3)),
    max_size=6,
)


@given(files(), EDITS)
def test_a_sent_edit_is_the_planned_edit_and_no_other_byte_changes(
    before: str, edits: dict[int, tuple[bool, list[str]]]
) -> None:
    lines = split_lines(before)
    edits = {place: edit for place, edit in edits.items() if place <= len(lines)}
    result = planned({"f.txt": before.encode()}, update(as_v4a([bare(line) for line in lines], edits)))
    assert result.failures == {}
    after = result.patch.changes[0].after if result.patch.changes else before.encode()
    assert after is not None
    wanted = [
        text
        for place in range(len(lines) + 1)
        for text in (
            *edits.get(place, (False, []))[1],
            *([] if place == len(lines) or edits.get(place, (False, []))[0] else [bare(lines[place])]),
        )
    ]
    final = "\n" if wanted and (before == "" or before.endswith("\n")) else ""
    assert after.decode().replace("\r\n", "\n") == "\n".join(wanted) + final
    for change in result.patch.changes:
        assert replayed(change) == after


@given(files(NUMBERED), st.data())
def test_kept_lines_keep_their_own_ending(before: str, data: st.DataObject) -> None:
    lines = split_lines(before)
    place = data.draw(st.integers(0, len(lines) - 1))
    result = planned({"f.txt": before.encode()}, update(f"@@\n-{bare(lines[place])}\n+new\n"))
    expected = [*lines[:place], "new" + ending(lines[place]), *lines[place + 1 :]]
    assert result.patch.changes[0].after == "".join(expected).encode()


@given(st.binary(max_size=60))
def test_decoded_lines_are_the_same_bytes_again(content: bytes) -> None:
    try:
        text = decode(content, "f")
    except ToolError:
        return
    assert text.join(text.lines) == content == text.mark + b"".join(map(text.encode, text.lines))


ODD_LINES = r"""*** Begin Patch
*** End Patch
*** Update File: a
*** Add File: b
*** Delete File: c
*** Move to: d
*** End of File
@@
@@ x
@@ -1,2 +1,2 @@
+a
-b
 c

```
--- a/x
+++ b/x
apply_patch <<EOF
EOF
diff --git a/x b/x
rename from x
\ No newline at end of file"""
PIECES = st.lists(st.sampled_from([*ODD_LINES.split("\n"), "\0", "\ud800"]), max_size=12).map("\n".join)


@given(PIECES | st.text(max_size=80))
def test_a_parser_raises_nothing_but_tool_errors(text: str) -> None:
    record = {"type": "update_file", "path": "x", "diff": text}
    attempts: list[Callable[[], object]] = [
        lambda: parse_envelope(text, "c"),
        lambda: parse_sections(text),
        lambda: parse_created(text),
        lambda: envelope_in_shell(text),
        lambda: parse_operation(record, "c"),
        lambda: parse_arguments({"patch": text, "path": text, "type": text}, "c"),
    ]
    for attempt in attempts:
        with suppress(ToolError):
            attempt()


@given(PIECES, files())
def test_planning_raises_nothing_whatever_is_sent(text: str, content: str) -> None:
    result = planned({"f.txt": content.encode()}, update(text))
    assert set(result.failures) <= {"call"}
