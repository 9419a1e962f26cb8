import subprocess
import sys
from pathlib import Path

import pytest

from tui_assist.cli.arguments import Arguments, parse
from tui_assist.errors import UsageError


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ([], Arguments()),
        (["fix it"], Arguments(prompt="fix it")),
        (["fix it", "-m", "gpt"], Arguments(prompt="fix it", model="gpt")),
        (["-m", "exec", "hi"], Arguments(prompt="hi", model="exec")),
        (["--", "doctor"], Arguments(prompt="doctor")),
        (["--", "--help"], Arguments(prompt="--help")),
        (["-C", "a", "--add-dir", "b", "--add-dir", "c"],
         Arguments(directory=Path("a"), add_dirs=(Path("b"), Path("c")))),
        (["-p", "ollama", "--base-url=http://h/v1"], Arguments(provider="ollama", base_url="http://h/v1")),
        (["--demo"], Arguments(demo=True)),
        (["--continue"], Arguments(resume_last=True)),
        (["--resume"], Arguments(resume="")),
        (["--resume", "s1", "go on"], Arguments(resume="s1", prompt="go on")),
        (["--instructions", "my.md"], Arguments(instructions=Path("my.md"))),
        (["exec", "x"], Arguments(command="exec", prompt="x")),
        (["-C", "a", "exec", "x"], Arguments(command="exec", prompt="x", directory=Path("a"))),
        (["exec", "-"], Arguments(command="exec", prompt="-")),
        (["exec", "exec"], Arguments(command="exec", prompt="exec")),
        (["exec", "--", "--json"], Arguments(command="exec", prompt="--json")),
        (["exec", "x", "--json", "--allow", "edit", "--allow", "shell"],
         Arguments(command="exec", prompt="x", json=True, allow=frozenset({"edit", "shell"}))),
        (["exec", "--resume", "s1", "x"], Arguments(command="exec", prompt="x", resume="s1")),
        (["doctor", "--json"], Arguments(command="doctor", json=True)),
        (["config", "-p", "vllm"], Arguments(command="config", provider="vllm")),
        (["--version"], Arguments(command="version")),
        (["exec", "x", "--propose", "f"], Arguments(command="exec", prompt="x", propose=Path("f"))),
        (["undo"], Arguments(command="undo")),
        (["undo", "7", "-C", "a"], Arguments(command="undo", number=7, directory=Path("a"))),
        (["undo", "--last", "2"], Arguments(command="undo", last=2)),
        (["redo", "3"], Arguments(command="redo", number=3)),
        (["patches", "--json"], Arguments(command="patches", json=True)),
        (["blame", "a:b.py:12"], Arguments(command="blame", file="a:b.py", line=12)),
        (["apply", "-"], Arguments(command="apply", file="-")),
        (["apply", "--", "-x.diff"], Arguments(command="apply", file="-x.diff")),
        (["--", "undo"], Arguments(prompt="undo")),
    ],
)  # fmt: skip
def test_a_command_line_is_understood(argv: list[str], expected: Arguments) -> None:
    assert parse(argv) == expected


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--mod", "x"], "--mod is no option of tui-assist; did you mean --model?"),
        (["--json"], "--json is no option of tui-assist, only of exec and doctor and config"),
        (["--allow", "edit", "x"], "--allow is no option of tui-assist, only of exec"),
        (["doctor", "--continue"], "--continue is no option of doctor, only of exec and tui-assist without"),
        (["exec", "--version", "x"], "only of tui-assist without a command"),
        (["-m"], "expected one argument"),
        (["-m", ""], "it is empty"),
        (["-C", ""], "it is no path"),
        (["exec", "--allow", "all", "x"], "'all'"),
        (["go on", "--resume"], "which session is the prompt for?"),
        (["exec"], "exec needs a prompt"),
        (["exec", " "], "exec needs a prompt"),
        (["exec", "--resume", "x"], "exec needs a prompt"),
        (["fix", "the", "bug"], "one prompt is taken, here are 3"),
        (["doctor", "x"], "doctor takes no prompt"),
        (["--demo", "-p", "x"], "--demo is a provider of its own"),
        (["--demo", "--base-url", "x"], "--demo is a provider of its own"),
        (["--continue", "--resume"], "give one of them"),
        (["exec", "x", "--propose", "f", "--allow", "edit"], "nothing to --allow"),
        (["undo", "x"], "'x' is no number of a patch"),
        (["undo", "7", "--last", "2"], "not both"),
        (["undo", "--last", "0"], "no number from 1 up"),
        (["undo", "-m", "x"], "-m is no option of undo, only of"),
        (["redo", "--last", "2"], "--last is no option of redo, only of undo"),
        (["patches", "x"], "patches takes no argument"),
        (["blame"], "blame needs a file and a line"),
        (["blame", "a.py"], "blame needs a file and a line"),
        (["blame", "a.py:0"], "blame needs a file and a line"),
        (["apply"], "apply needs a patch"),
        (["apply", "a", "b"], "apply takes one argument, here are 2"),
        (["caf\udce9"], "not valid UTF-8"),
    ],
)
def test_a_wrong_command_line_is_a_sentence(argv: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(argv)
    assert (message in str(caught.value), caught.value.exit_code) == (True, 2)


@pytest.mark.parametrize("argv", [["--help"], ["-h"], ["exec", "--help"], ["doctor", "-h"], ["config", "-h"]])
def test_help_is_returned_and_not_printed(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    found = parse(argv)
    assert (found.command, found.help.startswith("usage: tui-assist"), capsys.readouterr().out) == (
        "help",
        True,
        "",
    )


def test_help_shows_the_commands_own_options() -> None:
    assert "--allow" in parse(["exec", "--help"]).help
    assert "--allow" not in parse(["--help"]).help


def test_flags_name_only_what_was_given() -> None:
    assert parse(["-m", "gpt", "-p", "ollama"]).flags() == {"provider": "ollama", "model": "gpt"}


def test_the_demo_is_the_practice_provider() -> None:
    assert parse(["--demo"]).flags() == {"provider": "practice"}


def test_reading_the_command_line_loads_neither_screen_nor_client() -> None:
    code = (
        "import sys; from tui_assist.cli.arguments import parse; parse(['--help']);"
        "print({'textual', 'openai', 'git', 'keyring', 'tomllib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
