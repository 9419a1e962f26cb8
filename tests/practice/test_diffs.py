from hypothesis import given, settings
from hypothesis import strategies as st

from tui_assist.patch.plan import FileSnapshot, plan_patch
from tui_assist.practice.diffs import created, inverse, operations_in, update, without
from tui_assist.practice.reply import PatchCall, envelope
from tui_assist.values.patch import Operation, Patch

LINES = st.lists(st.sampled_from(["old", "a", "b", "", "def f():", "    old", "-x", "+y", "@@"]), max_size=40)


def planned(content: str, call: PatchCall) -> Patch:
    operation = Operation(call.operation, call.path, call.diff, call_id="c")
    outcome = plan_patch("p", [operation], lambda path: FileSnapshot(content.encode()))
    assert outcome.failures == {}
    return outcome.patch


def applied(content: str, diff: str) -> str:
    changes = planned(content, PatchCall("update_file", "a", diff)).changes
    return (changes[0].after or b"").decode() if changes else content


@given(LINES)
@settings(deadline=None, max_examples=60)
def test_an_update_makes_its_changes_and_its_inverse_takes_them_back(lines: list[str]) -> None:
    known = dict(enumerate(lines, 1))
    changes = {number: text.replace("old", "new") for number, text in known.items() if "old" in text}
    content = "".join(f"{line}\n" for line in lines)
    if not changes:
        return
    call = PatchCall("update_file", "a", update(known, changes))
    changed = applied(content, call.diff)
    assert changed == content.replace("old", "new")
    back = inverse(call, None)
    assert back is not None
    assert applied(changed, back.diff) == content


def test_context_grows_until_a_place_is_unique() -> None:
    lines = ["one", *"abc", "old", *"abc", "two", *"abc", "old", *"abc", "three"]
    diff = update(dict(enumerate(lines, 1)), {5: "new"})
    assert diff == "@@\n one\n a\n b\n c\n-old\n+new\n a\n b\n c\n two\n"


def test_an_anchor_helps_where_context_does_not() -> None:
    body = [f"line {number}" for number in range(20)]
    lines = ["def f():", *body, "old", *body, "def g():", *body, "old", *body]
    known = dict(enumerate(lines, 1))
    diff = update(known, {lines.index("old", 30) + 1: "new"})
    assert diff.startswith("@@ def g():\n line 8\n")
    content = "".join(f"{line}\n" for line in lines)
    assert planned(content, PatchCall("update_file", "a", diff)).exact


def test_neighbouring_changes_are_one_hunk() -> None:
    known = dict(enumerate(["a", "old", "b", "c", "old", "d"], 1))
    assert update(known, {2: "new", 5: "new"}) == "@@\n a\n-old\n+new\n b\n c\n-old\n+new\n d\n"


def test_a_refused_hunk_becomes_context() -> None:
    diff = "@@\n a\n-old\n+new\n b\n c\n-old\n+new\n d\n"
    assert without(diff, [" b", " c", "-old", "+new", " d", " e"]) == "@@\n a\n-old\n+new\n b\n c\n old\n d\n"
    assert without(diff, [" x", "-old", "+new"]) == diff


def test_an_envelope_is_read_as_it_was_written() -> None:
    calls = (
        PatchCall("create_file", "a b.txt", "+*** Begin Patch\n+x\n"),
        PatchCall("update_file", "b", "@@ def f():\n *** not a marker\n-x\n+y\n"),
        PatchCall("delete_file", "c"),
    )
    assert operations_in(envelope(calls)) == calls


def test_a_creation_keeps_blank_lines() -> None:
    assert created("a\n\nb\n") == "+a\n+\n+b\n"
    assert created("") == ""
