import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.shell.running import Runner, processes_with
from tui_assist.errors import ToolError


async def test_a_command_has_both_streams_and_its_exit_code(runner: Runner) -> None:
    done = await runner.run("echo out; echo err >&2; exit 3")
    assert (done.stdout, done.stderr, done.exit_code, done.timed_out) == ("out\n", "err\n", 3, False)


async def test_it_runs_in_the_given_folder(runner: Runner, tmp_path: Path) -> None:
    assert (await runner.run("pwd -P")).stdout == f"{tmp_path.resolve()}\n"


@pytest.mark.parametrize("sign", "-+")
async def test_a_command_may_begin_like_an_option(runner: Runner, sign: str) -> None:
    done = await runner.run(f"{sign}x")
    assert (done.exit_code, "command not found" in done.stderr) == (127, True)


async def test_death_by_signal_is_told_as_shells_do(runner: Runner) -> None:
    assert (await runner.run("kill -9 $$")).exit_code == 137


async def test_standard_input_is_empty(runner: Runner) -> None:
    assert (await runner.run("cat; echo end")).stdout == "end\n"


async def test_there_is_no_terminal(runner: Runner) -> None:
    done = await runner.run("test -t 0 || test -t 1 || (: </dev/tty) 2>/dev/null || echo none")
    assert done.stdout == "none\n"


async def test_names_that_look_like_secrets_are_taken_out(runner: Runner) -> None:
    secrets = {"OPENAI_API_KEY": "x", "my_secret": "x", "GH_TOKEN": "x", "Password1": "x", "TEXTUAL_FPS": "9"}
    shown = (await runner.run("env", env={"PATH": os.environ["PATH"], "KEPT": "yes"} | secrets)).stdout
    names = {line.partition("=")[0] for line in shown.splitlines()}
    assert "KEPT" in names
    assert not names & set(secrets)


async def test_the_environment_cannot_change_how_bash_reads(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "start.sh").write_text("echo started")
    traps = {"BASH_ENV": str(tmp_path / "start.sh"), "BASH_FUNC_ls%%": "() { echo not ls; }"}
    done = await runner.run("ls -d .", env={"PATH": os.environ["PATH"]} | traps)
    assert done.stdout == ".\n"


async def test_without_bash_the_plain_shell_runs_it(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (await runner.run("echo $0")).stdout == "/bin/sh\n"


async def test_a_folder_that_is_gone_is_a_clear_error(runner: Runner) -> None:
    runner.directory = runner.directory / "gone"
    with pytest.raises(ToolError, match=r"could not be started in .*gone"):
        await runner.run("true")


@pytest.mark.parametrize("command", ["echo \0", "x" * 200_000])
async def test_a_command_no_shell_can_take_is_a_clear_error(runner: Runner, command: str) -> None:
    with pytest.raises(ToolError, match="could not be started"):
        await runner.run(command)


async def test_a_child_that_holds_the_output_does_not_hold_the_command(runner: Runner) -> None:
    done = await asyncio.wait_for(runner.run(f"sleep {runner.lasting} & echo done"), 10)
    assert (done.stdout, done.exit_code, done.left_running) == ("done\n", 0, True)
    assert processes_with(runner.lasting) == []


async def test_what_detached_itself_outlives_a_command_that_ended_well(runner: Runner) -> None:
    done = await asyncio.wait_for(runner.run(f"setsid sleep {runner.lasting} & sleep 0.1; echo done"), 10)
    left = processes_with(runner.lasting)
    for pid in left:
        os.kill(pid, 9)
    assert (done.stdout, len(left)) == ("done\n", 1)


STUBBORN = {
    "ignores TERM": "trap '' TERM; while :; do sleep LASTING; done",
    "in the background": "sleep LASTING & sleep LASTING",
    "in a session of its own": "setsid --wait sleep LASTING",
    "a daemon without parent": "(setsid sleep LASTING &) ; sleep LASTING",
    "a daemon without our environment": "setsid env -i sleep LASTING & sleep LASTING",
    "a pipeline": "sleep LASTING | sleep LASTING",
    "stopped": "sleep LASTING & kill -STOP $!; sleep LASTING",
}


async def until(holds: Callable[[], object], within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("command", STUBBORN.values(), ids=STUBBORN.keys())
async def test_cancelling_leaves_no_process(runner: Runner, command: str) -> None:
    task = asyncio.create_task(runner.run(command.replace("LASTING", runner.lasting)))
    await until(lambda: processes_with(runner.lasting))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)
    assert processes_with(runner.lasting) == []


async def test_cancelling_twice_leaves_no_process_either(runner: Runner) -> None:
    task = asyncio.create_task(runner.run(f"trap '' TERM; while :; do sleep {runner.lasting}; done"))
    await until(lambda: processes_with(runner.lasting))
    task.cancel()
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not processes_with(runner.lasting))


async def test_cancelling_at_once_leaves_no_process(runner: Runner) -> None:
    task = asyncio.create_task(runner.run(f"sleep {runner.lasting}"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert processes_with(runner.lasting) == []


async def test_a_timeout_ends_the_command_and_keeps_its_output(runner: Runner) -> None:
    done = await runner.run(f"echo early; setsid --wait sleep {runner.lasting}; echo late", timeout_s=0.3)
    assert (done.stdout, done.exit_code, done.timed_out) == ("early\n", None, True)
    assert processes_with(runner.lasting) == []


async def test_output_is_reported_while_the_command_runs(runner: Runner) -> None:
    go_on = runner.directory / "go"

    def report(text: str, stream: str) -> None:
        runner.reported.append((stream, text))
        go_on.touch()

    done = await runner.run("echo first; until [ -e go ]; do sleep 0.01; done; echo second", report=report)
    assert done.exit_code == 0
    assert runner.reported == [("stdout", "first\n"), ("stdout", "second\n")]


async def test_output_without_end_stays_small_and_leaves_the_loop_free(runner: Runner) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.01)

    counting = asyncio.create_task(others())
    done = await runner.run("yes", timeout_s=0.5, max_output=1_000)
    counting.cancel()
    assert done.timed_out
    assert len(done.stdout) < 1_100
    assert len(runner.reported) <= 40
    assert max(len(text) for _, text in runner.reported) < 10_000
    assert turns > 10


async def test_loud_output_does_not_grow_the_memory(runner: Runner) -> None:
    code = (
        "import asyncio, resource\n"
        "from pathlib import Path\n"
        "from tui_assist.shell.run import run_command\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "async def main():\n"
        "    before = peak()\n"
        "    await run_command('yes | head -c 100000000', directory=Path('.'), timeout_s=60,\n"
        "        max_output=1000, report=lambda text, stream: None, spill_dir=Path('spill'))\n"
        "    print(peak() - before)\n"
        "asyncio.run(main())\n"
    )
    (runner.directory / "peak.py").write_text(code)
    done = await runner.run(f"{sys.executable} peak.py", env=dict(os.environ), timeout_s=60)
    assert (done.exit_code, done.stderr) == (0, "")
    assert int(done.stdout) < 20_000  # KiB, of 100 MB printed


async def test_both_ends_are_kept_and_the_gap_is_counted(runner: Runner) -> None:
    done = await runner.run("seq 1 1000", max_output=20)
    assert done.stdout == "1\n2\n3\n4\n5\n\n[… 3,873 characters left out …]\n\n999\n1000\n"


async def test_the_spill_file_holds_everything_for_its_owner_alone(runner: Runner) -> None:
    done = await runner.run("seq 1 5000; echo end >&2", max_output=100)
    assert done.spill is not None
    expected = "".join(f"{number}\n" for number in range(1, 5001)) + "end\n"
    assert sorted(done.spill.read_text().splitlines()) == sorted(expected.splitlines())
    assert oct(done.spill.stat().st_mode & 0o777) == "0o600"
    assert oct(done.spill.parent.stat().st_mode & 0o777) == "0o700"


async def test_short_output_needs_no_spill_file(runner: Runner) -> None:
    assert (await runner.run("echo short")).spill is None
    assert not runner.spill_dir.exists()


async def test_a_cancelled_command_keeps_no_spill_file(runner: Runner) -> None:
    task = asyncio.create_task(runner.run(f"seq 1 5000; sleep {runner.lasting}", max_output=100))
    await until(lambda: runner.spill_dir.exists() and list(runner.spill_dir.iterdir()))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(runner.spill_dir.iterdir()) == []


async def test_a_spill_folder_that_is_a_link_is_not_written_through(runner: Runner) -> None:
    elsewhere = runner.directory / "elsewhere"
    elsewhere.mkdir()
    runner.spill_dir.symlink_to(elsewhere)
    done = await runner.run("seq 1 5000", max_output=100)
    assert (done.exit_code, done.spill, list(elsewhere.iterdir())) == (0, None, [])


async def test_characters_cut_between_two_writes_stay_whole(runner: Runner) -> None:
    done = await runner.run(r"printf 'a\xe2\x82'; sleep 0.1; printf '\xacb'")
    assert done.stdout == "a€b"
    assert runner.live("stdout") == "a€b"


async def test_bytes_that_are_no_utf8_do_not_stop_the_rest(runner: Runner) -> None:
    done = await runner.run(r"printf 'a\xff\xfeb\n'; printf 'end\xe2'")
    assert done.stdout == "a��b\nend�"


async def test_a_loop_that_forks_is_ended(runner: Runner) -> None:
    spinner = f"while :; do sleep {runner.lasting} & sleep 0.02; done"
    done = await runner.run(f"setsid bash -c '{spinner}' & {spinner}", timeout_s=0.3)
    assert done.timed_out
    assert processes_with(runner.lasting) == []


async def test_an_ended_script_does_not_go_on_with_its_next_command(runner: Runner) -> None:
    command = f"bash -c 'sleep {runner.lasting}; touch inner; true'; touch outer"
    task = asyncio.create_task(runner.run(command))
    await until(lambda: processes_with(runner.lasting))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(runner.directory.iterdir()) == []
