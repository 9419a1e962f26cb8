"""`python -m tests.benchmarks.engine [RUNS]`: what the patch engine costs on large patches.

Prints, never asserts. Every number is the median of some runs, in milliseconds.
"""

import statistics
import sys
import time
from collections.abc import Callable

from tui_assist.patch.bundle import dump, load
from tui_assist.patch.diff import diff_change, unified
from tui_assist.patch.edit import narrow
from tui_assist.patch.gitdiff import plan_diff
from tui_assist.patch.parse import parse_envelope
from tui_assist.patch.plan import FileSnapshot, plan_patch
from tui_assist.patch.rebase import rebase
from tui_assist.patch.select import select
from tui_assist.values.patch import FileChange, Patch

HUNKS = 5_000
APART = 12  # lines from one hunk to the next


def measured(name: str, runs: int, work: Callable[[], object]) -> None:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    print(f"{name:<58}{statistics.median(times):>9.0f} ms   (worst {max(times):.0f})")


def many(edit: str, every: int = APART, at: int = 5) -> bytes:
    """A file of as many lines as all hunks need, one line in `every` edited."""
    lines = HUNKS * APART
    return "".join(f"{edit} {n}\n" if n % every == at else f"    line {n}\n" for n in range(lines)).encode()


def repeated(edit: str) -> bytes:
    """Likewise, but all stretches between the hunks are equal: nothing but the anchors tells them apart."""
    body = "    x = 1\n    return x\n\n"
    return "".join(f"def f{n}():\n{body}{edit}\n" for n in range(HUNKS)).encode()


def sent(change: FileChange, anchors: bool = False) -> str:
    """The change as a model sends it."""
    text = "*** Begin Patch\n*** Update File: f.py\n"
    for number, hunk in enumerate(change.hunks):
        lines = [f"{line.kind}{line.content.decode()}" for line in hunk.lines]
        text += f"@@ def f{number}():\n" if anchors else "@@\n"
        text += "".join(lines[1:] if anchors else lines)
    return text + "*** End Patch\n"


def planned(text: str, files: dict[str, bytes]) -> Patch:
    result = plan_patch("p1", parse_envelope(text, "c1"), lambda path: FileSnapshot(files[path]))
    assert not result.failures, result.failures
    return result.patch


def main(runs: int) -> None:
    before, after = many("    old"), many("    new")
    change = diff_change("f1", "f.py", before, after)
    text = sent(change)
    files = {"f.py": before}
    patch = planned(text, files)
    assert patch.changes[0].after == after
    size = f"{len(change.hunks):,} hunks"
    measured(f"plan {size} of an envelope ({len(text):,} characters)", runs, lambda: planned(text, files))
    same, other = repeated("pass"), repeated("...")
    alike = sent(diff_change("f1", "f.py", same, other), anchors=True)
    measured(f"plan {size} among equal lines, by anchors", runs, lambda: planned(alike, {"f.py": same}))
    diff = unified(patch).encode()
    snapshot = FileSnapshot(before)
    measured(f"plan {size} of a git diff", runs, lambda: plan_diff("p1", diff, lambda _: snapshot))
    measured(f"compare two versions, {size}", runs, lambda: diff_change("f1", "f.py", before, after))
    half = {hunk.id: number % 2 == 0 for number, hunk in enumerate(change.hunks)}
    measured(f"refuse every second of {size}", runs, lambda: select(change, half))
    one = change.hunks[HUNKS // 2]
    keep = frozenset(n for n, line in enumerate(one.lines) if line.kind == "+")
    measured(f"narrow one of {size}", runs, lambda: narrow(change, one.id, keep))
    moved = b"top\n" + many("    old").replace(b"line 7\n", b"line seven\n")
    measured(f"rebase {size} onto a moved file", runs, lambda: rebase(change, moved))
    theirs = many("    theirs")
    measured(f"rebase {size} that all conflict", runs, lambda: rebase(change, theirs))
    document = dump(patch)
    measured(f"write a bundle of {size}", runs, lambda: dump(patch))
    measured(f"read a bundle of {size} ({len(document):,} bytes)", runs, lambda: load(document))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
