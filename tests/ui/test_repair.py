import asyncio
from pathlib import Path

from tests.ui.driving import Driver, running
from tui_assist.approval import request_to_place
from tui_assist.ui.diff.repair import RepairScreen
from tui_assist.values.asking import Decision, Verdict
from tui_assist.values.patch import Candidate, Repair

FIRST = Candidate(12, ("def f(x):", "\treturn x"), 0.92)
SECOND = Candidate(40, ("def g(x):", "\treturn x"), 0.71)
REPAIR = Repair(
    "c1", 0, 2, "src/app.py", ("def f(x):", "\treturn y"), (FIRST, SECOND), "hunk 2 is not in the file"
)


async def asked(driver: Driver) -> asyncio.Task[Decision]:
    request = request_to_place(REPAIR, id="r1", session="s1", turn="t1")
    task = driver.conversation.ask(request)
    await driver.until(lambda: driver.pane.tray.requests and driver.pane.tray.region.height)
    await driver.rest()
    return task


async def opened(driver: Driver) -> asyncio.Task[Decision]:
    task = await asked(driver)
    await driver.press("f2", "enter")
    await driver.until(lambda: isinstance(driver.app.screen, RepairScreen) and "line 12" in driver.screen)
    return task


async def test_the_tray_says_which_hunk_does_not_match(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await asked(driver)
        assert "repair  hunk 2 of src/app.py does not match" in driver.screen
        assert "F2, then Enter see   n send the mismatch to the model" in driver.screen


async def test_n_in_the_tray_sends_the_mismatch_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await asked(driver)
        await driver.press("f2", "n")
        await driver.until(task.done)
        assert task.result() == Decision(Verdict.REFUSE)


async def test_the_old_lines_stand_beside_the_nearest_place(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        await opened(driver)
        assert "› 1  line 12, 92% alike" in driver.screen
        rows = [" ".join(row.split()) for row in driver.screen.splitlines()]
        assert "def f(x): │ def f(x):" in rows
        assert "≠ return y │ return x" in rows


async def test_a_chosen_place_is_picked(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await opened(driver)
        await driver.press("down")
        assert "line 40 holds" in driver.screen
        await driver.press("1", "2", "3", "enter")
        await driver.until(task.done)
        assert task.result() == Decision(Verdict.ALLOW, choice=1)


async def test_n_in_the_view_sends_the_mismatch(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await opened(driver)
        await driver.press("n")
        await driver.until(task.done)
        assert task.result() == Decision(Verdict.REFUSE)


async def test_escape_answers_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await opened(driver)
        await driver.press("escape")
        await driver.until(lambda: not isinstance(driver.app.screen, RepairScreen))
        assert not task.done()


async def test_the_view_goes_when_nothing_is_asked_any_more(tmp_path: Path) -> None:
    async with running(tmp_path) as driver:
        task = await opened(driver)
        task.cancel()
        await driver.until(lambda: not isinstance(driver.app.screen, RepairScreen))


async def test_nothing_is_picked_while_a_command_could_type_here(tmp_path: Path) -> None:
    async with running(tmp_path, size=(60, 12)) as driver:
        task = await opened(driver)
        screen = driver.app.screen
        assert isinstance(screen, RepairScreen)
        screen.hold(True)
        await driver.press("enter", "n")
        assert not task.done()
        screen.hold(False)
        await driver.press("enter")
        await driver.until(task.done)
