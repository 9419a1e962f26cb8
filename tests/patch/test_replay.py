import subprocess
import sysconfig
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.patch.making import replayed
from tui_assist.patch.diff import diff_change
from tui_assist.patch.parse import parse_envelope
from tui_assist.patch.plan import FileSnapshot, plan_patch
from tui_assist.patch.runs import Run, runs_of
from tui_assist.patch.select import invert
from tui_assist.patch.text import bare, split_lines
from tui_assist.values.patch import Patch

CHECKOUT = Path(__file__).parent.parent.parent
MOST = 200  # commits
NOTHING = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # git's empty tree

Tree = dict[str, bytes]


def body(old: list[str], runs: list[Run]) -> str:
    """The runs as a careful model sends them: each with as much context as makes its place the only one."""
    text = ""
    done = 0
    for run in runs:
        context = 3
        start, end = run.start, run.end
        while True:
            start, end = max(run.start - context, done), min(run.end + context, len(old))
            wanted = old[start:end]
            places = sum(old[at : at + len(wanted)] == wanted for at in range(len(old) - len(wanted) + 1))
            if places == 1 or (start == done and end == len(old)) or not wanted:
                break
            context *= 2
        end_of_file = end == len(old)
        lines = [
            *(" " + line for line in old[start : run.start]),
            *("-" + line for line in old[run.start : run.end]),
            *("+" + bare(line.decode()) for line in run.added),
            *(" " + line for line in old[run.end : end]),
        ]
        text += "@@\n" + "".join(line + "\n" for line in lines) + "*** End of File\n" * end_of_file
        done = run.end
    return text


def as_v4a(before: Tree, after: Tree, paths: Sequence[str]) -> str:
    text = "*** Begin Patch\n"
    for path in paths:
        old, new = before.get(path), after.get(path)
        if old is None and new is not None:
            lines = [bare(line) for line in split_lines(new.decode())]
            text += f"*** Add File: {path}\n" + "".join(f"+{line}\n" for line in lines)
        elif new is None:
            text += f"*** Delete File: {path}\n"
        elif old is not None:
            change = diff_change("f", path, old, new)
            runs = [run for hunk in change.hunks for run in runs_of(hunk)]
            text += f"*** Update File: {path}\n"
            text += body([bare(line) for line in split_lines(old.decode())], runs)
    return text + "*** End Patch\n"


def replay(before: Tree, after: Tree) -> Patch:
    """The patch that a model would send to get from one to the other, planned."""

    def snapshot(path: str) -> FileSnapshot | None:
        return FileSnapshot(before[path]) if path in before else None

    paths = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    envelopes = [as_v4a(before, after, paths[at : at + 200]) for at in range(0, len(paths), 200)]
    operations = [operation for text in envelopes for operation in parse_envelope(text, "c")]
    planned = plan_patch("p", operations, snapshot)
    assert planned.failures == {}
    return planned.patch


def check_replayed(before: Tree, after: Tree) -> None:
    made = dict(before)
    for change in replay(before, after).changes:
        assert change.before == before.get(change.path)
        assert replayed(change) == (change.after or b"")
        assert replayed(invert(change)) == (change.before or b"")
        made.pop(change.path, None)
        if change.after is not None:
            made[change.path] = change.after
    assert made == after


def git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=CHECKOUT, check=True, capture_output=True).stdout


def blob(name: str) -> bytes | None:
    """A text file's content in git; None for what is none."""
    if not name.strip("0"):
        return None
    content = git("cat-file", "blob", name)
    try:
        return None if b"\0" in content else content.decode().encode()
    except UnicodeDecodeError:
        return None


def trees_of(commit: str, parent: str) -> tuple[Tree, Tree]:
    """The text files that `commit` changed, as they were and as they became; V4A can say no more of them."""
    before: Tree = {}
    after: Tree = {}
    fields = git("diff-tree", "-r", "-z", "--no-renames", parent, commit).decode().split("\0")
    for header, path in zip(fields[::2], fields[1::2], strict=False):
        old_mode, new_mode, old_name, new_name, _ = header.removeprefix(":").split(" ")
        old, new = blob(old_name), blob(new_name)
        regular = {old_mode, new_mode} <= {"000000", "100644", "100755"}
        if not regular or (old is None and old_mode != "000000") or (new is None and new_mode != "000000"):
            continue
        if old is not None and b"\r" in old + (new or b""):
            continue
        if old is not None:
            before[path] = old
        if new is not None:
            new = new.replace(b"\r\n", b"\n")
            ended = not old or old.endswith(b"\n")
            after[path] = new.removesuffix(b"\n") + b"\n" * ended if new else new
    return before, after


def history() -> Iterator[tuple[str, str]]:
    """The last commits that are no merges, each with its parent."""
    lines = git("log", f"--max-count={MOST}", "--no-merges", "--format=%H %P").decode().splitlines()
    for line in lines:
        commit, *parents = line.split()
        yield commit, (parents or [NOTHING])[0]


@pytest.mark.slow
def test_the_project_s_own_history_is_replayed_byte_for_byte(capsys: pytest.CaptureFixture[str]) -> None:
    shallow = git("rev-parse", "--is-shallow-repository").strip() == b"true"
    commits = [(commit, parent) for commit, parent in history() if not (shallow and parent == NOTHING)]
    for commit, parent in commits:
        before, after = trees_of(commit, parent)
        if not before.keys() | after.keys():
            continue
        check_replayed(before, after)
        check_replayed(windows(before, before), windows(after, before))
    with capsys.disabled():
        why = ": the clone is shallow" if shallow else ""
        print(f"\nreplayed {len(commits)} commits of the project's history{why}")


def windows(tree: Tree, paths: Collection[str]) -> Tree:
    """The files that were there before as CRLF files; a new file gets plain newlines either way."""
    return {
        path: content.replace(b"\n", b"\r\n") if path in paths else content for path, content in tree.items()
    }


LIBRARY = sorted(
    path for path in Path(sysconfig.get_path("stdlib")).glob("*.py") if 1_000 < path.stat().st_size < 40_000
)
EDITS = st.lists(
    st.tuples(
        st.integers(0, 10_000),
        st.sampled_from(["remove", "repeat", "indent", "insert", "swap"]),
        st.sampled_from(["", "    pass", "x = 1  ", "\t# –", "    return None"]),
    ),
    min_size=1,
    max_size=12,
)


def edited(lines: list[str], edits: list[tuple[int, str, str]]) -> list[str]:
    lines = list(lines)
    for place, kind, text in edits:
        at = place % max(len(lines) - 1, 1)
        match kind:
            case "remove":
                del lines[at : at + 1]
            case "repeat":
                lines.insert(at, lines[at])
            case "indent":
                lines[at] = "    " + lines[at]
            case "insert":
                lines.insert(at, text + "\n")
            case _:
                lines[at : at + 2] = lines[at : at + 2][::-1]
    return lines


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(LIBRARY), EDITS, st.booleans())
def test_random_edits_of_real_source_files_are_planned_as_they_were_made(
    path: Path, edits: list[tuple[int, str, str]], crlf: bool
) -> None:
    before = path.read_bytes().decode("utf-8", "replace")
    before = before.replace("\n", "\r\n") if crlf else before
    after = "".join(edited(list(split_lines(before)), edits))
    if crlf:
        after = after.replace("\r\n", "\n").replace("\n", "\r\n")
    if after != before:
        check_replayed({"f.py": before.encode()}, {"f.py": after.encode()})
