from pathlib import Path

from tests.agent.conversations import ALLOW, Person, staged
from tests.server import patches, says
from tui_assist.events import Asked
from tui_assist.headless import refuse
from tui_assist.values.asking import Decision, DiffView, Mode, RepairView, Request, Verdict

WRONG = "@@\n first line of the file\n-second lime of the file\n+2\n third line of the file\n"
FILE = "first line of the file\nsecond line of the file\nthird line of the file\n"
FIXED = "first line of the file\n2\nthird line of the file\n"

SCRIPT = [patches("a.txt", WRONG, call_id="c1"), says("done")]


def prepare(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    (root / "a.txt").write_text(FILE)
    return root / "a.txt"


def picks_first(request: Request) -> Decision:
    return Decision(Verdict.ALLOW, choice=0) if isinstance(request.view, RepairView) else ALLOW


async def test_a_placed_hunk_is_asked_as_any_patch_and_written(tmp_path: Path) -> None:
    file = prepare(tmp_path)
    async with staged(tmp_path, SCRIPT, Person(picks_first), mode=Mode.ACCEPT_EDITS) as stage:
        await stage.turn("go")
    repair, patch = stage.person.asked
    assert (repair.tool, repair.title) == ("repair", "hunk 1 of a.txt does not match")
    assert repair.needs_focus
    assert isinstance(patch.view, DiffView)
    assert patch.title == "1 file, 1 hunk, 1 not exact"
    assert file.read_text() == FIXED
    assert "placed by hand at line 1" in stage.server.requests[1].output_of("c1")["output"]


async def test_a_hunk_nobody_places_is_told_to_the_model(tmp_path: Path) -> None:
    file = prepare(tmp_path)
    person = Person(lambda request: Decision(Verdict.REFUSE))
    async with staged(tmp_path, SCRIPT, person) as stage:
        await stage.turn("go")
    assert len(person.asked) == 1
    assert file.read_text() == FILE
    answered = stage.server.requests[1].output_of("c1")
    assert answered["status"] == "failed"
    assert "hunk 1 of a.txt is not in the file; nearest is line 2" in answered["output"]


async def test_a_refused_patch_is_not_written_though_its_hunk_was_placed(tmp_path: Path) -> None:
    file = prepare(tmp_path)
    refused = Decision(Verdict.REFUSE)
    person = Person(lambda request: picks_first(request) if isinstance(request.view, RepairView) else refused)
    async with staged(tmp_path, SCRIPT, person) as stage:
        await stage.turn("go")
    assert len(person.asked) == 2
    assert file.read_text() == FILE


async def test_with_nobody_to_ask_a_mismatch_is_no_question(tmp_path: Path) -> None:
    prepare(tmp_path)

    async with staged(tmp_path, SCRIPT, Unattended()) as stage:
        finished = await stage.turn("go")
    assert (finished.needed_asking, stage.of(Asked)) == (False, [])
    assert "is not in the file" in stage.server.requests[1].output_of("c1")["output"]


class Unattended(Person):
    async def __call__(self, request: Request) -> Decision:
        return await refuse(request)


async def test_a_call_beside_it_is_patched_with_the_placed_one(tmp_path: Path) -> None:
    file = prepare(tmp_path)
    (file.parent / "b.txt").write_text("one\n")
    both = patches("b.txt", "@@\n-one\n+ONE\n", call_id="c2") + patches("a.txt", WRONG, call_id="c1")
    async with staged(tmp_path, [both, says("done")], Person(picks_first)) as stage:
        await stage.turn("go")
    assert stage.person.asked[1].title == "2 files, 2 hunks, 1 not exact"
    assert file.read_text() == FIXED
