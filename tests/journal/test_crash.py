import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journal.crashing import OLD, Server, commit, prepared
from tests.journal.making import Desk
from tui_assist.errors import ToolError

OLD_TREE: dict[str, bytes | None] = {**OLD, "sub": None}
NEW_TREE: dict[str, bytes | None] = {
    "a": b"A\n",
    "sub": None,
    "sub/b": b"B\n" * 9,
    "away": None,
    "away/to": b"M\n",
    "new": None,
    "new/deep": None,
    "new/deep/c": b"c\n",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def assert_whole(desk: Desk) -> None:
    """After the next start: the old files or the new ones, and a journal that says which."""
    said = desk.journal.recover()
    is_new = desk.tree == NEW_TREE
    assert is_new or desk.tree == OLD_TREE
    assert [record.number for record in desk.journal.records()] == ([3, 2, 1] if is_new else [2, 1])
    assert all(record.changes for record in desk.journal.records())
    assert len(said) <= 1
    assert desk.journal.recover() == ()
    if not is_new:
        commit(desk, lambda step: None)
    assert desk.tree == NEW_TREE
    desk.undo(3)
    assert {path: content for path, content in desk.tree.items() if content is not None} == OLD


def steps_of_a_commit(folder: Path) -> list[str]:
    steps: list[str] = []
    commit(prepared(folder), steps.append)
    return steps


def test_killed_at_any_step_a_patch_is_there_as_a_whole_or_not_at_all(server: Server, tmp_path: Path) -> None:
    steps = steps_of_a_commit(tmp_path / "steps")
    assert len(steps) > 20
    for at in range(len(steps)):
        desk = prepared(tmp_path / str(at))
        assert server.run("commit", desk, at=at)
        assert_whole(desk)


def test_the_next_start_says_what_became_of_it(server: Server, tmp_path: Path) -> None:
    steps = steps_of_a_commit(tmp_path / "steps")
    early, late = prepared(tmp_path / "early"), prepared(tmp_path / "late")
    server.run("commit", early, at=steps.index("verified"))
    server.run("commit", late, at=steps.index("swapped sub/b"))
    assert early.journal.recover() == (
        "patch 3 was interrupted before it was written; nothing of it is (a, sub/b, gone, from, new/deep/c)",
    )
    assert late.journal.recover() == (
        "patch 3 was interrupted and is finished now: a, sub/b, gone, from, new/deep/c",
    )


def crashed(server: Server, folder: Path, step: str) -> Desk:
    steps = steps_of_a_commit(folder / "steps")
    desk = prepared(folder / "crashed")
    server.run("commit", desk, at=steps.index(step))
    return desk


def test_a_file_someone_changed_after_the_crash_is_left_alone_and_the_rest_taken_back(
    server: Server, tmp_path: Path
) -> None:
    desk = crashed(server, tmp_path, "swapped sub/b")
    (desk.root / "gone").write_bytes(b"mine\n")
    assert desk.journal.recover() == (
        "patch 3 was interrupted and is taken back: a, sub/b, gone, from, new/deep/c; gone was changed by "
        "someone else meanwhile and is left alone",
    )
    assert desk.tree == {**OLD_TREE, "gone": b"mine\n"}
    assert desk.journal.recover() == ()


def test_taking_back_can_be_killed_at_any_step_too(server: Server, tmp_path: Path) -> None:
    for at in itertools.count():
        desk = crashed(server, tmp_path / str(at), "swapped new/deep/c")
        (desk.root / "gone").write_bytes(b"mine\n")
        killed = server.run("recover", desk, at=at)
        desk.journal.recover()
        assert desk.tree == {**OLD_TREE, "gone": b"mine\n"}
        assert [record.number for record in desk.journal.records()] == [2, 1]
        if not killed:
            break
    assert at > 5


def test_finishing_can_be_killed_at_any_step_too(server: Server, tmp_path: Path) -> None:
    for at in itertools.count():
        desk = crashed(server, tmp_path / str(at), "swapped a")
        killed = server.run("recover", desk, at=at)
        desk.journal.recover()
        assert desk.tree == NEW_TREE
        assert [record.number for record in desk.journal.records()] == [3, 2, 1]
        if not killed:
            break
    assert at > 5


def test_a_staged_file_that_vanished_is_written_again(server: Server, tmp_path: Path) -> None:
    desk = crashed(server, tmp_path, "prepared")
    for path in desk.root.rglob(".*.tmp"):
        path.unlink()
    desk.journal.recover()
    assert desk.tree == NEW_TREE


def test_another_instance_that_commits_first_finishes_it(server: Server, tmp_path: Path) -> None:
    desk = crashed(server, tmp_path, "swapped a")
    record = desk.commit(desk.change("other", b"o\n"))
    assert record.number == 4
    assert desk.tree == {**NEW_TREE, "other": b"o\n"}


def test_what_cannot_be_settled_is_said_and_stops_the_next_patch(server: Server, tmp_path: Path) -> None:
    desk = crashed(server, tmp_path, "swapped a")
    (kept,) = desk.state.glob("journal/*/records/3.prepared")
    content = kept.read_bytes()
    kept.write_bytes(b"{")
    (said,) = desk.journal.recover()
    assert said.startswith("patch 3 was interrupted and could be neither finished nor taken back")
    with pytest.raises(ToolError, match="nothing was written: patch 3 was interrupted"):
        desk.commit(desk.change("other", b"o\n"))
    kept.write_bytes(content)
    desk.journal.recover()
    assert desk.tree == NEW_TREE


@pytest.mark.slow
def test_every_pair_of_kills_leaves_a_whole_patch(server: Server, tmp_path: Path) -> None:
    steps = steps_of_a_commit(tmp_path / "steps")
    for at in range(len(steps)):
        for again in itertools.count():
            desk = prepared(tmp_path / f"{at}-{again}")
            server.run("commit", desk, at=at)
            killed = server.run("recover", desk, at=again)
            assert_whole(desk)
            if not killed:
                break


@pytest.mark.slow
def test_killed_at_random_times_a_patch_is_whole(server: Server, tmp_path: Path) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for number in range(200):
        desk = prepared(tmp_path / str(number))
        server.run("commit", desk, after_s=chance.uniform(0.0, 0.05))
        server.run("recover", desk, after_s=chance.uniform(0.0, 0.02))
        assert_whole(desk)
