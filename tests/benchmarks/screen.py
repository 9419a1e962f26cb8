"""`python -m tests.benchmarks.screen [RUNS]`: what a large diff costs to show, and a large patch to write.

Prints, never asserts. The diff is one hunk of 75,000 rows; it is shown on Textual's own test driver.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from textual.app import App, ComposeResult

from tui_assist.journal import About, Journal
from tui_assist.patch.diff import diff_change
from tui_assist.ui.diff.view import DiffView
from tui_assist.ui.paint import ROLE_DEFAULTS
from tui_assist.values.patch import Patch
from tui_assist.workspace import Workspace

LINES = 50_000
FILES = 200


class Viewer(App[None]):
    def __init__(self, patch: Patch) -> None:
        super().__init__()
        self.patch = patch

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(ROLE_DEFAULTS)

    def compose(self) -> ComposeResult:
        yield from ()


async def diff_ms(patch: Patch) -> tuple[float, float]:
    """Milliseconds until the diff is laid out and painted, and for one page further."""
    app = Viewer(patch)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        began = time.perf_counter()
        view = DiffView(patch)
        await app.mount(view)
        view.focus()
        await pilot.pause(0)
        opened = (time.perf_counter() - began) * 1000
        steps = []
        for page in range(1, 51):
            began = time.perf_counter()
            view.scroll_to(y=page * 500, animate=False, immediate=True)
            view.render_lines(view.size.region)
            steps.append((time.perf_counter() - began) * 1000)
        return opened, statistics.median(steps)


def commit_s() -> float:
    """Seconds to write a patch over many files, all or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        root, state = Path(folder, "root"), Path(folder, "state")
        root.mkdir()
        changes = []
        for number in range(FILES):
            path = root / f"f{number}.py"
            path.write_text("one\ntwo\n")
            change = diff_change(f"f{number}", path.name, b"one\ntwo\n", b"one\n2\n", mode=0o644)
            assert change is not None
            changes.append(change)
        journal = Journal(state, Workspace([root]))
        began = time.perf_counter()
        journal.commit(changes, About("s", "t1", "benchmark", "none", "person"))
        return time.perf_counter() - began


def large_patch() -> Patch:
    before = "".join(f"line {n} of a file\n" for n in range(LINES)).encode()
    after = "".join(
        f"line {n} of the file\n" if n % 2 else f"line {n} of a file\n" for n in range(LINES)
    ).encode()
    return Patch("p", (diff_change("f1", "large.py", before, after),))


def main(runs: int) -> None:
    patch = large_patch()
    measured = [asyncio.run(diff_ms(patch)) for _ in range(runs)]
    print(f"{LINES:,}-line diff opens            {statistics.median(one for one, _ in measured):>8.0f} ms")
    print(f"another page                     {statistics.median(step for _, step in measured):>8.1f} ms")
    print(f"{FILES}-file patch is written       {statistics.median(commit_s() for _ in range(runs)):>8.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
