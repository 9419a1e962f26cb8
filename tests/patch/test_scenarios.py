import json
from pathlib import Path

import pytest

from tui_assist.patch.errors import PatchError
from tui_assist.patch.parse import envelope_in_shell, parse_arguments, parse_envelope
from tui_assist.patch.plan import FileSnapshot, plan_patch
from tui_assist.values.patch import Operation

# A scenario is a folder: `input/` and `expected/` are trees (an empty one may be missing), `patch.txt` is
# what the model sends: an envelope, a shell command, or the JSON arguments of a call. `matches.txt` says
# what of it is less than exact, `failure.txt` what the model is told instead.
SCENARIOS = Path(__file__).parent.parent / "scenarios"
FOLDERS = sorted(path for path in SCENARIOS.iterdir() if path.is_dir())


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def text_of(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def operations_of(sent: str) -> tuple[Operation, ...]:
    if sent.startswith("{"):
        return parse_arguments(json.loads(sent), "call")
    in_shell = envelope_in_shell(sent)
    return parse_envelope(in_shell[1] if in_shell else sent, "call")


def outcome_of(scenario: Path) -> tuple[dict[str, bytes], str, str]:
    files = tree(scenario / "input")

    def snapshot(path: str) -> FileSnapshot | None:
        return FileSnapshot(files[path]) if path in files else None

    try:
        operations = operations_of((scenario / "patch.txt").read_bytes().decode())
    except PatchError as error:
        return files, "", f"{error}\n"
    planned = plan_patch("p1", operations, snapshot)
    after = dict(files)
    for change in planned.patch.changes:
        after.pop(change.path, None)
        if change.after is not None:
            after[change.move_to or change.path] = change.after
    doubts = [f"{change.path}: {note}\n" for change in planned.patch.changes for note in change.notes] + [
        f"{change.path}:{hunk.old_start}: {hunk.match.describe()}\n"
        for change in planned.patch.changes
        for hunk in change.hunks
        if not hunk.match.exact
    ]
    return after, "".join(doubts), "".join(f"{failure}\n" for failure in planned.failures.values())


@pytest.mark.parametrize("scenario", FOLDERS, ids=lambda path: path.name)
def test_scenario(scenario: Path) -> None:
    expected = (
        tree(scenario / "expected"),
        text_of(scenario / "matches.txt"),
        text_of(scenario / "failure.txt"),
    )
    assert outcome_of(scenario) == expected


def test_there_are_scenarios() -> None:
    assert len(FOLDERS) >= 120
