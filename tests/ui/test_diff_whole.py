import asyncio
from pathlib import Path

from textual.pilot import Pilot

from tests.agent.conversations import Person, staged
from tests.server import patches, says
from tests.ui.frames import Stage
from tui_assist.ui.diff.decide import DecideScreen
from tui_assist.ui.diff.deciding import Review
from tui_assist.values.asking import Decision, DiffView, Request
from tui_assist.values.content import Text

LINES = "".join(f"line {n}\n" for n in range(1, 31))
DIFF = "@@\n line 1\n-line 2\n+second\n line 3\n line 4\n-line 5\n+fifth\n@@\n line 28\n-line 29\n+late\n"


class Reviewer(Person):
    """Answers on the screen."""

    def __init__(self, app: Stage) -> None:
        super().__init__()
        self.app = app
        self.open = asyncio.Event()

    async def __call__(self, request: Request) -> Decision:
        self.asked.append(request)
        assert isinstance(request.view, DiffView)
        answered: asyncio.Future[Decision | None] = asyncio.get_running_loop().create_future()
        screen = DecideScreen(request, Review.of(request.view.patch))
        self.app.call_later(self.app.push_screen, screen, answered.set_result)
        self.app.call_later(self.open.set)
        decision = await answered
        assert decision is not None
        return decision


async def decided(tmp_path: Path, *keys: str) -> tuple[str, str]:
    """The file and what the model was told, after a patch was decided with `keys`."""
    root = tmp_path / "repo"
    root.mkdir()
    (root / "a.txt").write_text(LINES)
    app = Stage()
    async with app.run_test(size=(100, 30)) as pilot:
        reviewer = Reviewer(app)
        async with staged(tmp_path, [patches("a.txt", DIFF, call_id="c1"), says("ok")], reviewer) as talk:
            talk.conversation.send((Text("go"),))
            await reviewer.open.wait()
            await press(pilot, keys)
            await talk.conversation.wait()
            return (root / "a.txt").read_text(), talk.server.requests[1].output_of("c1")["output"]


async def press(pilot: Pilot[None], keys: tuple[str, ...]) -> None:
    await pilot.pause()
    for key in keys:
        await pilot.press(key)
    await pilot.pause()


async def test_one_hunk_is_written_and_the_other_refused_with_a_sentence(tmp_path: Path) -> None:
    written, told = await decided(tmp_path, "y", "c", *"why late?", "enter", "n", "A")
    assert written == LINES.replace("line 2\n", "second\n").replace("line 5\n", "fifth\n")
    assert "(1 of 2 hunks)" in told
    assert "refused: why late?" in told
    assert "+late" in told


async def test_a_part_of_a_hunk_is_written(tmp_path: Path) -> None:
    written, told = await decided(tmp_path, "s", "n", "y", "A", "y")
    assert written == LINES.replace("line 5\n", "fifth\n")
    assert "+second" in told


async def test_only_the_selected_lines_are_written(tmp_path: Path) -> None:
    written, told = await decided(
        tmp_path, *["slash", *"second", "enter", "up"], *["space"] * 2, "y", "A", "y"
    )
    assert written == LINES.replace("line 2\n", "second\n")
    assert "amended by the person" in told


async def test_a_patch_without_an_accepted_hunk_leaves_the_file(tmp_path: Path) -> None:
    written, told = await decided(tmp_path, "c", *"not now", "enter", "d", "A")
    assert written == LINES
    assert "not now" in told
