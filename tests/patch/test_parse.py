import pytest

from tui_assist.patch.errors import PatchError
from tui_assist.patch.parse import (
    MAX_FILES,
    clean_path,
    envelope_in_shell,
    parse_arguments,
    parse_envelope,
    parse_operation,
)
from tui_assist.patch.sections import MAX_DIFF, MAX_LINE, Section, SectionLine, parse_created, parse_sections
from tui_assist.values.patch import Operation

ENVELOPE = "*** Begin Patch\n*** Update File: a.py\n@@\n-a\n+b\n*** End Patch\n"
UPDATE = Operation("update_file", "a.py", "@@\n-a\n+b\n", call_id="c")


def test_an_envelope_becomes_operations_in_order() -> None:
    text = (
        "*** Begin Patch\n*** Add File: new\n+x\n*** Delete File: gone\n"
        "*** Update File: old\n*** Move to: newer\n@@ def f\n-a\n+b\n*** End Patch"
    )
    assert parse_envelope(text, "c") == (
        Operation("create_file", "new", "+x\n", replaces=True, call_id="c"),
        Operation("delete_file", "gone", call_id="c"),
        Operation("update_file", "old", "@@ def f\n-a\n+b\n", "newer", call_id="c"),
    )


@pytest.mark.parametrize(
    "text",
    [
        ENVELOPE,
        ENVELOPE.replace("\n", "\r\n"),
        f"I change it:\n\n```\n{ENVELOPE}```\nDone.",
        f"apply_patch <<'EOF'\n{ENVELOPE}EOF\n",
        ENVELOPE.replace("*** Begin Patch\n", "*** Begin Patch\n*** Environment ID: x\n"),
        "--- a/a.py\n+++ b/a.py\n@@ -1,1 +1,1 @@\n-a\n+b\n",
    ],
)
def test_wrappings_of_an_envelope_are_passed_over(text: str) -> None:
    (operation,) = parse_envelope(text, "c")
    assert (operation.path, parse_sections(operation.diff)[0].lines) == (
        "a.py",
        parse_sections("-a\n+b")[0].lines,
    )


def test_two_envelopes_in_one_text_are_both_taken() -> None:
    assert parse_envelope(ENVELOPE + ENVELOPE, "c") == (UPDATE, UPDATE)


def test_a_unified_diff_may_create_delete_and_rename() -> None:
    text = (
        "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1,1 @@\n+x\n"
        "diff --git a/g b/g\ndeleted file mode 100644\n--- a/g\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-x\n"
        "diff --git a/o b/p\nrename from o\nrename to p\n--- a/o\n+++ b/p\n@@ -1,1 +1,1 @@\n-x\n+y\n"
    )
    assert parse_envelope(text, "c") == (
        Operation("create_file", "n", "+x\n", call_id="c"),
        Operation("delete_file", "g", call_id="c"),
        Operation("update_file", "o", "@@ -1,1 +1,1 @@\n-x\n+y\n", "p", call_id="c"),
    )


@pytest.mark.parametrize("counts", ["-1,2 +1,2", "-1,1 +1,1"])
def test_a_unified_diff_with_wrong_counts_is_none(counts: str) -> None:
    with pytest.raises(PatchError, match="found no"):
        parse_envelope(f"--- a/x\n+++ b/x\n@@ {counts} @@\n-a\n+b\n+c\n", "c")


def test_a_typed_diff_with_unified_headers_is_read_without_them() -> None:
    record = {
        "type": "update_file",
        "path": "a.py",
        "diff": "--- a/a.py\n+++ b/a.py\n@@ -1,1 +1,1 @@\n-a\n+b\n",
    }
    assert parse_operation(record, "c").diff == "@@ -1,1 +1,1 @@\n-a\n+b\n"


def test_a_typed_diff_that_removes_dashes_is_no_unified_diff() -> None:
    record = {"type": "update_file", "path": "a.sql", "diff": "--- old remark\n+++ new remark\n"}
    assert parse_operation(record, "c").diff == record["diff"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"patch": ENVELOPE},
        {"input": ENVELOPE},
        {"diff": ENVELOPE},
        {"patch": ENVELOPE, "path": None, "operations": None},
        {"type": "update_file", "path": "a.py", "diff": UPDATE.diff},
        {"path": "a.py", "diff": UPDATE.diff},
        {"operation": {"type": "update_file", "path": "a.py", "diff": UPDATE.diff}},
        {"operations": [{"type": "update_file", "path": "./a.py", "diff": UPDATE.diff, "move_to": ""}]},
        {"type": "update_file", "path": "a.py", "diff": ENVELOPE},
        {"type": "update_file", "path": "a.py", "diff": f"```diff\n{UPDATE.diff}```"},
    ],
)
def test_every_way_to_send_arguments_is_the_same_operation(arguments: dict[str, object]) -> None:
    assert parse_arguments(arguments, "c") == (UPDATE,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "patch: expected the text of a patch, from '*** Begin Patch' to '*** End Patch'"),
        ({"patch": 3}, "patch: expected text, got '3'"),
        ({"operations": "x"}, "operations: expected a list of objects with type, path and diff"),
        (
            {"type": "rename", "path": "a", "diff": "x"},
            "type: expected one of create_file, update_file, delete_file, got 'rename'",
        ),
        (
            {"type": "create_file", "path": "a", "diff": "+x", "move_to": "b"},
            "move_to: only an update_file operation can move a",
        ),
    ],
)
def test_wrong_arguments_say_what_was_expected(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(PatchError) as caught:
        parse_arguments(arguments, "c")
    assert str(caught.value) == message


def test_sections_have_anchors_lines_and_an_end() -> None:
    assert parse_sections("@@ class A\n@@ def f\n a\n-b\n+B\n@@ -3,0 +4,1 @@ x\n+c\n*** End of File\n") == (
        Section(
            1, ("class A", "def f"), (SectionLine(" ", "a"), SectionLine("-", "b"), SectionLine("+", "B"))
        ),
        Section(2, (), (SectionLine("+", "c"),), end_of_file=True, claimed_line=4),
    )


def test_an_anchor_keeps_its_indentation() -> None:
    assert parse_sections("@@     def f():\n+x\n")[0].anchors == ("    def f():",)


def test_an_empty_diff_has_no_sections() -> None:
    assert parse_sections("") == ()


def test_markers_end_a_typed_diff() -> None:
    assert parse_created("+a\n+b\n*** End Patch\nwhatever") == ("a", "b")


@pytest.mark.parametrize(
    ("diff", "message"),
    [
        (
            "+" + "x" * MAX_LINE,
            f"line 1 of the diff is longer than {MAX_LINE} characters; use a command instead",
        ),
        ("+x\n" * MAX_DIFF, f"the diff is larger than {MAX_DIFF} bytes; send it in smaller pieces"),
        (
            "+é\n" * (MAX_DIFF // 4 + 1),
            f"the diff is larger than {MAX_DIFF} bytes; send it in smaller pieces",
        ),
        ("+a\0", "the diff holds a NUL character; binary files are changed with a command instead"),
    ],
)
def test_a_diff_above_the_caps_is_refused(diff: str, message: str) -> None:
    with pytest.raises(PatchError) as caught:
        parse_sections(diff)
    assert str(caught.value) == message


def test_more_files_than_the_cap_are_refused() -> None:
    text = "*** Begin Patch\n" + "*** Delete File: x\n" * (MAX_FILES + 1) + "*** End Patch\n"
    with pytest.raises(PatchError, match="changes 201 files; send at most 200 at once"):
        parse_envelope(text, "c")


@pytest.mark.parametrize(
    ("sent", "clean"),
    [
        (" a.py ", "a.py"),
        ("./a//b", "a/b"),
        ("a\\b.py", "a/b.py"),
        ("../x", "../x"),
        ("/etc/x", "/etc/x"),
        ("a/../b", "a/../b"),
    ],
)
def test_a_path_is_cleaned_but_never_resolved(sent: str, clean: str) -> None:
    assert clean_path(sent) == clean


@pytest.mark.parametrize("path", ["", "  ", "~/x", "~root/x", "a\nb", "a\0b", "a\x7fb"])
def test_a_path_nobody_means_is_refused(path: str) -> None:
    with pytest.raises(PatchError):
        parse_operation({"type": "delete_file", "path": path}, "c")


@pytest.mark.parametrize(
    ("command", "directory"),
    [
        (f"apply_patch <<EOF\n{ENVELOPE}EOF", None),
        (f"apply_patch <<'EOF'\n{ENVELOPE}EOF\n", None),
        (f'applypatch <<"PATCH"\n{ENVELOPE}PATCH\n', None),
        (f"cd src && apply_patch <<EOF\n{ENVELOPE}EOF\n", "src"),
        (f"  cd 'my dir' && apply_patch << 'EOF'\n{ENVELOPE}EOF\n", "my dir"),
    ],
)
def test_a_command_that_only_applies_a_patch_is_recognised(command: str, directory: str | None) -> None:
    assert envelope_in_shell(command) == (directory, ENVELOPE)


@pytest.mark.parametrize(
    "command",
    [
        "ls",
        "apply_patch",
        f"apply_patch <<EOF\n{ENVELOPE}",
        f"apply_patch <<EOF\n{ENVELOPE}EOF\nrm -rf x\n",
        f"rm x; apply_patch <<EOF\n{ENVELOPE}EOF\n",
        f"apply_patch <<EOF && rm x\n{ENVELOPE}EOF\n",
        f"apply_patch <<'EOF\"\n{ENVELOPE}EOF\n",
        f"cd $HOME && apply_patch <<EOF\n{ENVELOPE}EOF\n",
        f"cd a; rm b && apply_patch <<EOF\n{ENVELOPE}EOF\n",
        f"cd a b && apply_patch <<EOF\n{ENVELOPE}EOF\n",
        f"cd 'a && apply_patch <<EOF\n{ENVELOPE}EOF\n",
    ],
)
def test_any_other_command_is_not(command: str) -> None:
    assert envelope_in_shell(command) is None
