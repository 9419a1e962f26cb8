import asyncio
from pathlib import Path
from typing import Any

import pytest

from tui_assist.errors import ToolError
from tui_assist.tools.shell import ShellTool
from tui_assist.values.asking import CommandView, Decision, SimpleCommand, Verdict
from tui_assist.values.calls import Access, Call, CommandResult, Outcome, Plan, Status, Tool
from tui_assist.values.content import text_of
from tui_assist.workspace import Workspace

ALLOW = Decision(Verdict.ALLOW)


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    return ShellTool(Workspace([tmp_path]), tmp_path / "spill")


def call(*commands: Any, **limits: Any) -> tuple[Call, ...]:
    arguments = {"commands": list(commands), "timeout_ms": None, "max_output_length": None} | limits
    return (Call("call_1", "shell", arguments, {"type": "shell_call"}),)


async def view_of(tool: Tool, *commands: str, **limits: Any) -> CommandView:
    view = (await tool.plan(call(*commands, **limits))).view
    assert isinstance(view, CommandView)
    return view


async def run(tool: Tool, *commands: str, **limits: Any) -> Outcome:
    plan = await tool.plan(call(*commands, **limits))
    return (await tool.run(plan, ALLOW, lambda text, stream: None))["call_1"]


async def test_the_plan_shows_exactly_what_would_run(tool: Tool, tmp_path: Path) -> None:
    plan = await tool.plan(call("ls -l", "rm x", timeout_ms=5_000, max_output_length=99))
    assert plan.view == CommandView(
        commands=("ls -l", "rm x"),
        directory=str(tmp_path),
        timeout_s=5.0,
        max_output=99,
        parsed=(SimpleCommand(("ls", "-l")), SimpleCommand(("rm", "x"))),
        dangers=("rm: deletes files",),
    )
    assert (plan.access, plan.title, plan.reasons) == (Access.COMMAND, "ls -l (+1 more)", ())


async def test_planning_runs_nothing(tool: Tool, tmp_path: Path) -> None:
    await tool.plan(call("touch made"))
    assert list(tmp_path.iterdir()) == []


async def test_the_title_is_one_line(tool: Tool) -> None:
    assert (await tool.plan(call("echo a\n\techo b"))).title == "echo a echo b"


async def test_one_command_that_cannot_be_read_makes_the_whole_call_unread(tool: Tool) -> None:
    assert (await view_of(tool, "ls", "echo $HOME")).parsed is None


@pytest.mark.parametrize(
    ("asked", "limit"), [(None, 120.0), (0, 120.0), (1_500, 1.5), (600_000, 600.0), (10**9, 600.0)]
)
async def test_time_is_limited(tool: Tool, asked: int | None, limit: float) -> None:
    assert (await view_of(tool, "ls", timeout_ms=asked)).timeout_s == limit


@pytest.mark.parametrize(("asked", "limit"), [(None, 16_000), (0, 16_000), (4_000, 4_000), (10**9, 64_000)])
async def test_output_is_limited(tool: Tool, asked: int | None, limit: int) -> None:
    assert (await view_of(tool, "ls", max_output_length=asked)).max_output == limit


async def test_without_bash_the_plan_says_what_runs_it(
    tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    plan = await tool.plan(call("ls"))
    assert isinstance(plan.view, CommandView)
    assert (plan.reasons, plan.view.parsed) == (("there is no bash here: /bin/sh runs it",), None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"commands": []}, "at least one"),
        ({"commands": "ls"}, "expected a list"),
        ({"commands": None}, "expected a list"),
        ({}, "expected a list"),
        ({"commands": ["ls", 3]}, "entry 2 is no command line"),
        ({"commands": ["  "]}, "entry 1 is no command line"),
        ({"commands": ["a" * 32_001]}, "32,001 characters"),
        ({"commands": ["ls\0"]}, "no command can have"),
        ({"commands": ["ls \ud800"]}, "no command can have"),
        ({"commands": ["ls"], "timeout_ms": "5"}, "timeout_ms: expected a whole number"),
        ({"commands": ["ls"], "timeout_ms": -1}, "timeout_ms: expected a whole number"),
        ({"commands": ["ls"], "timeout_ms": True}, "timeout_ms: expected a whole number"),
        ({"commands": ["ls"], "max_output_length": 1.5}, "max_output_length: expected a whole number"),
    ],
)
async def test_arguments_that_are_no_commands_are_refused(
    tool: Tool, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(ToolError, match=said):
        await tool.plan((Call("call_1", "shell", arguments, {}),))


async def test_every_command_has_its_own_exit_code(tool: Tool) -> None:
    outcome = await run(tool, "echo one; exit 1", "echo two >&2")
    assert outcome.commands == (
        CommandResult("echo one; exit 1", "one\n", "", 1),
        CommandResult("echo two >&2", "", "two\n", 0),
    )
    assert (outcome.status, outcome.summary) == (Status.COMPLETED, "exit 1 of 2 commands")
    assert text_of(outcome.content) == "$ echo one; exit 1\none\n[exit 1]\n$ echo two >&2\ntwo\n[exit 0]"


async def test_nothing_carries_over_to_the_next_command(tool: Tool, tmp_path: Path) -> None:
    outcome = await run(tool, "export A=1; cd /", 'pwd -P; echo "[$A]"')
    assert outcome.commands[1].stdout == f"{tmp_path.resolve()}\n[]\n"


async def test_a_timeout_ends_the_list(tool: Tool) -> None:
    outcome = await run(tool, "echo a; sleep 300.1", "echo never", timeout_ms=200)
    assert outcome.commands == (CommandResult("echo a; sleep 300.1", "a\n", "", None, timed_out=True),)
    assert outcome.summary.startswith("timed out after")
    assert text_of(outcome.content).endswith("[not run: 1 more, because the command before did not finish]")


async def test_a_summary_of_one_command_is_its_ending(tool: Tool) -> None:
    assert (await run(tool, "exit 7")).summary == "exit 7"


async def test_what_was_left_running_is_told(tool: Tool) -> None:
    outcome = await run(tool, "sleep 300.2 & echo done")
    assert outcome.commands[0].stderr == "[what it left in the background was ended]\n"


async def test_long_output_is_cut_for_the_model_and_kept_on_disk(tool: Tool) -> None:
    outcome = await run(tool, "seq 1 1000", max_output_length=100)
    assert outcome.spill is not None
    assert Path(outcome.spill).read_text().splitlines() == [str(number) for number in range(1, 1001)]
    assert f"[full output: {outcome.spill}]" in text_of(outcome.content)


async def test_a_folder_that_is_gone_fails_the_call(tool: Tool, tmp_path: Path) -> None:
    plan = await tool.plan(call("ls", "ls"))
    tmp_path.rmdir()
    outcome = (await tool.run(plan, ALLOW, lambda text, stream: None))["call_1"]
    assert (outcome.status, outcome.commands[0].exit_code) == (Status.FAILED, 126)
    assert "could not be started" in outcome.commands[0].stderr


async def test_output_is_reported_live_under_its_command(tool: Tool) -> None:
    plan = await tool.plan(call("echo a", "echo b >&2"))
    seen: list[tuple[str, str]] = []
    await tool.run(plan, ALLOW, lambda text, stream: seen.append((text, stream)))
    assert seen == [
        ("$ echo a\n", "stdout"),
        ("a\n", "stdout"),
        ("$ echo b >&2\n", "stdout"),
        ("b\n", "stderr"),
    ]


async def test_cancelling_runs_no_further_command(tool: Tool, tmp_path: Path) -> None:
    plan: Plan = await tool.plan(call("touch one; sleep 300.3", "touch two"))
    task = asyncio.create_task(_run(tool, plan))
    while not (tmp_path / "one").exists():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


async def _run(tool: Tool, plan: Plan) -> None:
    await tool.run(plan, ALLOW, lambda text, stream: None)
