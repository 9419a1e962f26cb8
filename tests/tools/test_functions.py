import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.tools.running import ALLOW, answer, called, done, outcome, planned
from tui_assist.errors import ToolError
from tui_assist.journal import About, Journal
from tui_assist.tools import ApplyPatch, FunctionTool, person_functions, standard_tools
from tui_assist.tools.functions import Functions, load_functions
from tui_assist.values.asking import TextView
from tui_assist.values.calls import Access, Status, Tool
from tui_assist.values.content import Text
from tui_assist.workspace import Workspace

TYPES = '''
import enum
from typing import Literal, Optional

class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"

def paint(
    what: str, times: int, share: float, wet: bool, how: Literal["fast", "slow"], colour: Colour,
    layers: list[int], note: Optional[str], title: "str | None" = None, size: int = 3,
) -> str:
    """Paint
    something.

    This paragraph is for readers of the code.
    """
    return f"{what} {times} {share!r} {wet} {how} {colour!r} {layers} {note} {title} {size}"

def _helper(x):
    return x
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "tools"
    found.mkdir()
    return found


def load(folder: Path, source: str, **more: Any) -> Functions:
    (folder / "t.py").write_text(source)
    return load_functions(
        folder, lambda path, sha: True, directory=folder.parent, spill_dir=folder.parent / "spill", **more
    )


def tool_of(folder: Path, source: str, **more: Any) -> FunctionTool:
    found = load(folder, source, **more)
    assert found.errors == ()
    (tool,) = found.tools
    return tool


def test_type_hints_become_a_strict_schema(folder: Path) -> None:
    spec = tool_of(folder, TYPES).spec
    assert (spec.name, spec.description) == ("paint", "Paint something.")
    assert spec.parameters == {
        "type": "object",
        "properties": {
            "what": {"type": "string"},
            "times": {"type": "integer"},
            "share": {"type": "number"},
            "wet": {"type": "boolean"},
            "how": {"type": "string", "enum": ["fast", "slow"]},
            "colour": {"type": "string", "enum": ["red", "blue"]},
            "layers": {"type": "array", "items": {"type": "integer"}},
            "note": {"type": ["string", "null"]},
            "title": {"type": ["string", "null"]},
            "size": {"type": ["integer", "null"]},
        },
        "required": [
            "what", "times", "share", "wet", "how", "colour", "layers", "note", "title", "size",
        ],
        "additionalProperties": False,
    }  # fmt: skip


def arguments(**changed: object) -> dict[str, Any]:
    given = {"what": "wall", "times": 2, "share": 1, "wet": True, "how": "fast", "colour": "red"}
    return {**given, "layers": [1, 2], "note": None, "title": None, "size": None, **changed}


async def test_a_call_reaches_the_function_with_its_types(folder: Path) -> None:
    tool = tool_of(folder, TYPES)
    assert await answer(tool, **arguments()) == (
        "wall 2 1.0 True fast <Colour.RED: 'red'> [1, 2] None None 3"
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"times": "2"}, "times: expected integer, got '2'"),
        ({"times": True}, "times: expected integer, got True"),
        ({"how": "never"}, "how: expected one of ['fast', 'slow'], got 'never'"),
        ({"layers": [1, "x"]}, "layers, item 2: expected integer, got 'x'"),
        ({"what": None}, "what: expected string, got nothing"),
        ({"other": 1}, "paint has no parameter 'other'"),
    ],
)
async def test_arguments_that_do_not_fit_are_said(folder: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ToolError) as caught:
        await planned(tool_of(folder, TYPES), **arguments(**changed))
    assert str(caught.value) == said


async def test_a_call_is_shown_and_asked(folder: Path) -> None:
    plan = await planned(tool_of(folder, "def f(city: str, days: int = 1): ..."), city="Rome", days=None)
    assert (plan.access, plan.title) == (Access.FOREIGN, "f(city='Rome')")
    assert plan.view == TextView("f(\n    city='Rome'\n)", "python")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(x): ...", "t.py:1: f: parameter x has no type; write `x: str`"),
        ("\ndef f(x: dict): ...", "t.py:2: dict is no type a tool can take"),
        ("def f(x: list): ...", "a list needs the type of its items: list[str]"),
        ("def f(x: int | str): ...", "int | str is no type a tool can take"),
        ("def f(*x: int): ...", "f: only plain named parameters can be called by a model"),
        ("def f(", "t.py:1: this is no Python that can be read"),
        ("def ä(): ...", "ä is no name for a tool"),
        ("def search(): ...", "there is a tool search already"),
        ("def f(): ...\ndef f(): ...", "there is a tool f already"),
    ],
)
def test_what_cannot_become_a_tool_is_said(folder: Path, source: str, said: str) -> None:
    (error,) = load(folder, source, taken=frozenset({"search"})).errors
    assert said in error


def test_nothing_of_an_untrusted_file_is_read_as_python(folder: Path) -> None:
    (folder / "t.py").write_text("this is no python")
    asked: list[tuple[Path, str]] = []

    def is_trusted(path: Path, sha256: str) -> bool:
        asked.append((path, sha256))
        return False

    found = load_functions(folder, is_trusted, directory=folder, spill_dir=folder)
    assert found == Functions(untrusted=(folder / "t.py",))
    assert asked == [(folder / "t.py", hashlib.sha256(b"this is no python").hexdigest())]


def test_loading_never_runs_the_file(folder: Path) -> None:
    trap = folder / "trap"
    load(folder, f"open({str(trap)!r}, 'w')\ndef f(): ...")
    assert not trap.exists()


async def test_what_was_trusted_is_what_runs(folder: Path) -> None:
    tool = tool_of(folder, "def f(): return 'trusted'")
    (folder / "t.py").write_text("def f(): return 'changed'")
    assert await answer(tool) == "trusted"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return {'a': [1, 'ä']}", '{"a": [1, "ä"]}'),
        ("return 'text\\n'", "text\n"),
        ("print('only printed')", "only printed"),
        ("pass", "done; it returned nothing"),
        ("import pathlib; return pathlib.Path('x')", "x"),
        ("import os; return os.getcwd()", "{cwd}"),
        ("return 'x' * 20_000", "x" * 8000 + "\n[… 4,000 characters left out …]\n" + "x" * 8000),
    ],
)
async def test_what_a_function_returns_is_the_answer(folder: Path, body: str, said: str) -> None:
    tool = tool_of(folder, f"def f():\n    {body}\n")
    assert await answer(tool) == said.replace("{cwd}", str(folder.parent))


async def test_a_coroutine_is_awaited(folder: Path) -> None:
    assert await answer(tool_of(folder, "async def f(n: int): return n + 1"), n=2) == "3"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('no such city')", "f failed: ValueError: no such city"),
        ("import sys; sys.exit(3)", "f failed: SystemExit: 3"),
        ("import os; os._exit(7)", "f ended without an answer, exit code 7"),
        ("import os; os.kill(os.getpid(), 9)", "f ended without an answer, exit code 137"),
    ],
)
async def test_a_function_that_fails_is_said(folder: Path, body: str, said: str) -> None:
    found = await outcome(tool_of(folder, f"def f():\n    {body}\n"))
    assert found.status is Status.FAILED
    assert found.content == (Text(said),)


async def test_what_it_prints_is_shown_live(folder: Path) -> None:
    tool = tool_of(folder, "import sys\ndef f():\n    print('out')\n    print('err', file=sys.stderr)\n")
    seen: dict[str, str] = {"stdout": "", "stderr": ""}

    def report(text: str, stream: str) -> None:
        seen[stream] += text

    await tool.run(await planned(tool), ALLOW, report)
    assert seen == {"stdout": "out\n", "stderr": "err\n"}


async def test_secrets_do_not_reach_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.setenv("PLAIN", "here")
    tool = tool_of(folder, "import os\ndef f(): return [os.getenv('OPENAI_API_KEY'), os.getenv('PLAIN')]")
    assert json.loads(await answer(tool)) == [None, "here"]


async def test_a_function_without_end_is_ended(folder: Path) -> None:
    tool = tool_of(folder, "import time\ndef f(): time.sleep(60)", timeout_s=0.3)
    found = await outcome(tool)
    assert (found.status, found.summary) == (Status.FAILED, "failed")
    assert "ended after 0.3 s" in str(found.content)


async def test_a_cancelled_function_is_ended_with_its_children(folder: Path) -> None:
    source = "import subprocess\ndef f(pids: str):\n    child = subprocess.Popen(['sleep', '60'])\n"
    source += "    open(pids, 'w').write(str(child.pid))\n    child.wait()\n"
    tool = tool_of(folder, source)
    pids = folder / "pids"
    task = asyncio.create_task(done(tool, await planned(tool, pids=str(pids))))
    while not (pids.exists() and pids.read_text()):
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not runs(int(pids.read_text()))


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def standard(space: Workspace, folder: Path) -> tuple[Tool, ...]:
    about = About("s1", "t1", "", "practice/model", "person")
    return standard_tools(space, Journal(folder / "state", space), lambda: about, spill_dir=folder / "s")


def test_the_tools_of_a_session_are_small_and_in_order(tmp_path: Path, folder: Path) -> None:
    (folder / "t.py").write_text("def mine(): ...\ndef search(): ...\n")
    space = Workspace([tmp_path])

    def trust(path: Path, sha256: str) -> bool:
        return True

    functions = person_functions(space, tmp_path / "s", folder, trust)
    tools = (*standard(space, tmp_path), *functions.tools)
    names = [tool.spec.name for tool in tools]
    assert names == ["read_file", "find_files", "search", "apply_patch", "shell", "mine"]
    specs = [[tool.spec.name, tool.spec.description, tool.spec.parameters] for tool in tools]
    assert len(json.dumps(specs)) < 3500
    (error,) = functions.errors
    assert "there is a tool search already" in error


def test_patches_alone_are_planned_together(tmp_path: Path) -> None:
    tools = standard(Workspace([tmp_path]), tmp_path)
    assert [type(tool) for tool in tools if tool.together] == [ApplyPatch]


async def test_every_tool_can_be_closed(tmp_path: Path) -> None:
    for tool in standard(Workspace([tmp_path]), tmp_path):
        await tool.close()


def test_a_call_keeps_the_name_it_was_sent_with() -> None:
    assert called("mine").tool == "mine"
