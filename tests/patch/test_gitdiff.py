import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.patch.making import files as texts
from tests.patch.making import replayed
from tui_assist.errors import ToolError, UserError
from tui_assist.patch.diff import unified
from tui_assist.patch.gitdiff import MAX_BYTES, PlannedDiff, plan_diff
from tui_assist.patch.plan import FileSnapshot
from tui_assist.patch.select import invert
from tui_assist.values.patch import Patch

NUMBERS = b"".join(b"%d\n" % n for n in range(1, 21))
FIVE = b"--- a/f\n+++ b/f\n@@ -4,3 +4,3 @@\n 4\n-5\n+five\n 6\n"


def plan(diff: bytes, files: Mapping[str, bytes], modes: Mapping[str, int] | None = None) -> PlannedDiff:
    def snapshot(path: str) -> FileSnapshot | None:
        if path.startswith("/"):
            raise ToolError("outside the folder")
        return FileSnapshot(files[path], (modes or {}).get(path, 0o644)) if path in files else None

    return plan_diff("p1", diff, snapshot)


def after(patch: Patch, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files with the patch done."""
    made = dict(files)
    for change in patch.changes:
        made.pop(change.path, None)
    for change in patch.changes:
        assert change.before == files.get(change.path)
        if change.after is not None:
            made[change.move_to or change.path] = change.after
    return made


def matches(planned: PlannedDiff) -> list[str]:
    return [hunk.match.describe() for change in planned.patch.changes for hunk in change.hunks]


def test_a_hunk_where_it_says_is_exact() -> None:
    planned = plan(FIVE, {"f": NUMBERS})
    assert (matches(planned), planned.unapplied) == (["exact"], ())
    assert planned.patch.changes[0].after == NUMBERS.replace(b"\n5\n", b"\nfive\n")


def test_a_hunk_that_moved_is_found_and_says_so() -> None:
    assert matches(plan(FIVE, {"f": b"new\n" + NUMBERS})) == ["1 line below where the diff says"]
    assert matches(plan(FIVE, {"f": NUMBERS[4:]})) == ["2 lines above where the diff says"]


def test_of_equal_places_the_nearest_is_taken_and_said() -> None:
    planned = plan(FIVE, {"f": b"x\n" * 40 + NUMBERS + b"x\n" * 3 + NUMBERS})
    assert matches(planned) == ["one of 2 places, 40 lines below where the diff says"]


def test_the_number_decides_among_equal_places() -> None:
    same = b"a\nb\na\nb\n"
    planned = plan(b"--- a/f\n+++ b/f\n@@ -3,2 +3,2 @@\n a\n-b\n+B\n", {"f": same})
    assert (matches(planned), planned.patch.changes[0].after) == (["exact"], b"a\nb\na\nB\n")


def test_other_blanks_and_endings_are_found_by_the_ladder() -> None:
    spaced = plan(FIVE, {"f": NUMBERS.replace(b"4\n", b"4  \n")})
    assert matches(spaced) == ["trailing blanks"]
    windows = plan(FIVE, {"f": NUMBERS.replace(b"\n", b"\r\n")})
    assert matches(windows) == ["line endings differ"]
    assert windows.patch.changes[0].after == NUMBERS.replace(b"\n5\n", b"\nfive\n").replace(b"\n", b"\r\n")


def test_a_patch_file_with_windows_endings_fits_a_unix_file() -> None:
    planned = plan(FIVE.replace(b"\n", b"\r\n"), {"f": NUMBERS})
    assert planned.patch.changes[0].after == NUMBERS.replace(b"\n5\n", b"\nfive\n")


def test_what_does_not_fit_is_said_and_the_rest_is_planned() -> None:
    diff = FIVE + b"@@ -9,3 +9,3 @@\n 9\n-ten\n+TEN\n 11\n@@ -14,3 +14,3 @@\n 14\n-15\n+x\n 16\n"
    planned = plan(diff, {"f": NUMBERS})
    assert planned.unapplied == ("f: hunk 2 (line 9) does not fit: its old lines are not in the file",)
    assert planned.patch.changes[0].after == NUMBERS.replace(b"\n5\n", b"\nfive\n").replace(
        b"\n15\n", b"\nx\n"
    )


def test_a_hunk_that_is_there_already_is_said() -> None:
    planned = plan(FIVE, {"f": NUMBERS.replace(b"\n5\n", b"\nfive\n")})
    assert planned == PlannedDiff(Patch("p1", ()), ("f: hunk 1 (line 4) is in the file already",))


def test_a_cut_hunk_is_said_and_the_next_file_is_read() -> None:
    diff = b"--- a/g\n+++ b/g\n@@ -1,9 +1,9 @@\n 1\n-2\n+two\n" + FIVE
    planned = plan(diff, {"f": NUMBERS, "g": NUMBERS})
    assert planned.unapplied == ("g: hunk 1 (line 3 of the diff) is cut or its counts are wrong",)
    assert [change.path for change in planned.patch.changes] == ["f"]


@pytest.mark.parametrize(
    ("names", "path"),
    [
        ("--- a/f\n+++ b/f\n", "f"),
        ("--- f\n+++ f\n", "f"),
        ("--- f.orig\t2026-01-01 00:00:00\n+++ f\t2026-01-02 00:00:00\n", "f"),
        ("--- old/d/f\n+++ new/d/f\n", "d/f"),
        ("--- i/f\n+++ w/f\n", "f"),
        ('--- "a/\\303\\244 \\"q\\"\\t"\n+++ "b/\\303\\244 \\"q\\"\\t"\n', 'ä "q"\t'),
        ("diff --git a/x y b/x y\n--- a/x y\t\n+++ b/x y\t\n", "x y"),
        ("diff --git a/f a/f\n--- a/f\n+++ a/f\n", "a/f"),
        ("diff --git old/f new/f\nindex 1..2 100644\n--- old/f\n+++ new/f\n", "f"),
        ("Index: f\n=======\n--- f\t(revision 1)\n+++ f\t(working copy)\n", "f"),
    ],
)
def test_names_are_read_as_git_and_diff_write_them(names: str, path: str) -> None:
    planned = plan(names.encode() + FIVE.split(b"\n", 2)[2], {path: NUMBERS})
    assert planned.unapplied == ()
    assert [change.path for change in planned.patch.changes] == [path]


def test_files_are_created_and_deleted_by_plain_diffs() -> None:
    diff = b"--- /dev/null\n+++ b/n\n@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n"
    diff += b"--- a/o\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    planned = plan(diff, {"o": b"x\n"})
    assert after(planned.patch, {"o": b"x\n"}) == {"n": b"a\nb"}
    epoch = b"--- n.orig\t1970-01-01\n+++ n\t2026-01-01\n@@ -0,0 +1 @@\n+a\n"
    assert after(plan(epoch, {}).patch, {}) == {"n": b"a\n"}


def test_what_would_lose_something_is_left_out() -> None:
    create = b"--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+a\n"
    delete = b"--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    rename = b"diff --git a/g b/f\nsimilarity index 100%\nrename from g\nrename to f\n"
    files = {"f": b"mine\n", "g": b"other\n"}
    for diff, why in (
        (create, "f: already exists with other content"),
        (delete, "f: is not as the diff that deletes it says; delete it by hand if you still want to"),
        (rename, "f: already exists; nothing was moved or copied there"),
        (FIVE.replace(b"/f", b"/none"), "none: does not exist"),
        (FIVE.replace(b"--- a/f\n+++ b/f", b"--- /etc/f\n+++ /etc/f"), "/etc/f: outside the folder"),
    ):
        assert plan(diff, files) == PlannedDiff(Patch("p1", ()), (why,))


def test_links_modules_binaries_and_merges_are_said() -> None:
    diff = (
        b"diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+t\n"
        b"\\ No newline at end of file\n"
        b"diff --git a/m b/m\nindex 1111111..2222222 160000\n--- a/m\n+++ b/m\n@@ -1 +1 @@\n-Sub 1\n+Sub 2\n"
        b"diff --git a/b.bin b/b.bin\nindex 1..2 100644\nBinary files a/b.bin and b/b.bin differ\n"
        b"diff --git a/c.bin b/c.bin\nindex 1..2 100644\nGIT binary patch\nliteral 3\nKcmZ\n\nliteral 0\n\n"
        b"diff --cc d\nindex 1,2..3\n--- a/d\n+++ b/d\n@@@ -1,1 -1,1 +1,1 @@@\n- a\n -b\n++c\n" + FIVE
    )
    planned = plan(diff, {"f": NUMBERS, "m": b"Sub 1\n", "b.bin": b"\0", "c.bin": b"\0"})
    assert planned.unapplied == (
        "l: a symbolic link is not applied",
        "m: a submodule is not applied",
        "b.bin: binary content is not applied",
        "c.bin: binary content is not applied",
        "d: a merge's combined diff is not applied",
    )
    assert [change.path for change in planned.patch.changes] == ["f"]


def test_two_files_can_change_names() -> None:
    swap = b"".join(
        b"diff --git a/%c b/%c\nsimilarity index 100%%\nrename from %c\nrename to %c\n" % (x, y, x, y)
        for x, y in (b"fg", b"gf")
    )
    files = {"f": b"1\n", "g": b"2\n"}
    assert after(plan(swap, files).patch, files) == {"f": b"2\n", "g": b"1\n"}


def test_a_mode_change_is_planned_for_those_who_may_read_the_file() -> None:
    diff = b"diff --git a/f b/f\nold mode 100644\nnew mode 100755\n"
    planned = plan(diff, {"f": b"x\n"}, {"f": 0o640})
    (change,) = planned.patch.changes
    assert (change.kind, change.mode, change.new_mode, change.hunks) == ("update", 0o640, 0o750, ())
    assert unified(planned.patch) == "diff --git a/f b/f\nold mode 100640\nnew mode 100750\n"


def test_a_copy_is_a_new_file_and_says_where_from() -> None:
    diff = b"diff --git a/f b/g\nsimilarity index 100%\ncopy from f\ncopy to g\n"
    (change,) = plan(diff, {"f": b"x\n"}).patch.changes
    assert (change.kind, change.path, change.after, change.notes) == (
        "create",
        "g",
        b"x\n",
        ("copied from f",),
    )


def test_later_diffs_of_a_file_go_on_from_earlier_ones() -> None:
    second = FIVE.replace(b"-5\n+five", b"-five\n+FIVE")
    planned = plan(FIVE + second, {"f": NUMBERS})
    assert planned.unapplied == ()
    assert after(planned.patch, {"f": NUMBERS}) == {"f": NUMBERS.replace(b"\n5\n", b"\nFIVE\n")}


def test_text_without_a_diff_is_said() -> None:
    with pytest.raises(UserError, match="found no diff"):
        plan(b"hello\n", {})
    with pytest.raises(UserError, match="more than 67108864"):
        plan(b" " * (MAX_BYTES + 1), {})


PIECES = st.lists(
    st.sampled_from(
        [
            *FIVE.splitlines(),
            b"diff --git a/f b/f",
            b"rename from f",
            b"rename to g",
            b"new file mode 100755",
            b"deleted file mode 100644",
            b"old mode x",
            b"index 1..2 12",
            b"diff --cc f",
            b"From " + b"0" * 40 + b" Mon",
            b"@@ -0,0 +1 @@",
            b"+++ /dev/null",
            b"--- /dev/null",
            b"\\ No newline at end of file",
            b"",
            b"\r",
            b"\xff",
        ]
    ),
    max_size=16,
).map(b"\n".join)


@given(PIECES | st.binary(max_size=80))
def test_whatever_is_read_nothing_but_a_user_error_is_raised(data: bytes) -> None:
    try:
        planned = plan(data, {"f": NUMBERS})
    except UserError:
        return
    for change in planned.patch.changes:
        assert replayed(change) == (change.after or b"")


class Repository:
    """A real git repository in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q", "-b", "main")
        for name, value in (("user.name", "t"), ("user.email", "t@example.org"), ("core.autocrlf", "false")):
            self.git("config", name, value)

    def git(self, *words: str) -> bytes:
        clean = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
        return subprocess.run(
            ["git", *words], cwd=self.folder, env=clean, check=True, capture_output=True
        ).stdout

    def write(self, tree: Mapping[str, bytes]) -> None:
        for path, content in tree.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(content)

    def become(self, tree: Mapping[str, bytes]) -> None:
        """The working tree is `tree` and nothing else."""
        for path in self.tree():
            (self.folder / path).unlink()
        self.write(tree)

    def tree(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and ".git" not in path.relative_to(self.folder).parts
        }

    def commit(self, message: str = "c") -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)


NAMES = [
    "plain.txt",
    "with space",
    "ünï.txt",
    'quo"te',
    "tab\there",
    "a/b",
    "b/x b/x",
    "-dash",
    " lead",
    "new\nline",
]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("repository"))


@st.composite
def trees(draw: st.DrawFn) -> dict[str, bytes]:
    content = texts().map(str.encode) | st.sampled_from(
        [NUMBERS, NUMBERS.replace(b"\n", b"\r\n"), b"\xff\n", b""]
    )
    return draw(st.dictionaries(st.sampled_from(NAMES), content, max_size=6))


@pytest.mark.parametrize(
    "options",
    [(), ("--no-prefix",), ("-M", "-C", "--find-copies-harder"), ("-U0",), ("-c", "core.quotepath=off")],
)
def test_a_real_git_diff_makes_the_working_tree_again(
    repository: Repository, options: tuple[str, ...]
) -> None:
    @settings(max_examples=12)
    @given(trees(), trees(), st.booleans())
    def check(old: dict[str, bytes], new: dict[str, bytes], rename: bool) -> None:
        if rename and old:
            first = sorted(old)[0]
            new = {name: content for name, content in (old | new).items() if name != first}
            new["moved to"] = old[first] + b"more\n"
        repository.become(old)
        repository.commit()
        repository.become(new)
        repository.git("add", "-A")
        before = ("-c", "core.quotepath=off") if options[:1] == ("-c",) else ()
        rest = () if before else options
        diff = repository.git(*before, "diff", "--cached", "--no-ext-diff", *rest)
        if not diff:
            assert old == new
            return
        planned = plan(diff, old)
        assert planned.unapplied == ()
        assert after(planned.patch, old) == new
        for change in planned.patch.changes:
            assert replayed(change) == (change.after or b"")

    check()


def test_a_mailed_series_is_one_patch(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    first = {"a b.txt": NUMBERS, "ü.txt": NUMBERS.replace(b"\n", b"\r\n"), "run": b"#!/bin/sh\n"}
    repository.write(first)
    repository.commit()
    second = {"moved.txt": NUMBERS.replace(b"\n9\n", b"\nnine\n"), "ü.txt": b"short", "run": b"#!/bin/sh\n"}
    repository.become(second)
    repository.commit("two\n\n---\n a b.txt | 2 +-\n")
    third = {"moved.txt": NUMBERS.replace(b"\n9\n", b"\n\n"), "new.txt": b"", "run": b"#!/bin/sh\n"}
    repository.become(third)
    (tmp_path / "run").chmod(0o755)
    repository.commit("three")
    planned = plan(repository.git("format-patch", "--stdout", "-M", "HEAD~2"), first)
    assert planned.unapplied == ()
    assert after(planned.patch, first) == third
    assert {
        change.path: (change.kind, change.move_to, change.new_mode) for change in planned.patch.changes
    } == {
        "a b.txt": ("move", "moved.txt", None),
        "ü.txt": ("delete", None, None),
        "new.txt": ("create", None, None),
        "run": ("update", None, 0o755),
    }


def test_a_mode_that_was_changed_comes_back_with_the_change_taken_back() -> None:
    diff = b"diff --git a/f b/f\nold mode 100644\nnew mode 100755\n"
    (change,) = plan(diff, {"f": b"x\n"}).patch.changes
    back = invert(change)
    assert (back.mode, back.new_mode) == (0o755, 0o644)
    assert invert(back) == change
