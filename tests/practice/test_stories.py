from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.practice.client import Client, serving
from tui_assist.values.asking import Decision, Verdict


@pytest.fixture(params=["typed tools", "function tools"])
async def client(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Client]:
    async with serving() as server:
        yield Client(server, tmp_path, native=request.param == "typed tools")


def write(folder: Path, **files: str) -> None:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, newline="")


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_bytes().decode()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def long_file() -> str:
    """1,200 lines in which the same lines come again and again."""
    lines = []
    for number in range(60):
        lines += [f"def paint_{number}(canvas):", "    if canvas:", "        colour = 1", "    else:"]
        lines += ["        pass", "    return canvas", *[""] * 14]
    return "\n".join(lines) + "\n"


async def test_replace_changes_every_place_and_nothing_else(client: Client, tmp_path: Path) -> None:
    write(
        tmp_path,
        a_py="colour = 1\n",
        b_py="x = 1\ny = 2\nz = colour + colour\n",
        docs__c_md="# Colours\n\nA colour.\r\nAnother colour\r\n",
        d_txt="last line colour",
        e_py="\n".join(["def f():", "    colour", "", ""] * 20),
        big_py=long_file(),
        same_txt="Nothing to see.\n",
    )
    before = contents(tmp_path)
    reply = await client.say("replace colour with color")
    assert contents(tmp_path) == {name: text.replace("colour", "color") for name, text in before.items()}
    assert len(client.patches) == 1
    assert len(client.patches[0].changes) == 6
    assert client.patches[0].exact
    assert "are changed" in reply


async def test_a_long_file_is_read_only_around_its_matches(client: Client, tmp_path: Path) -> None:
    lines = [f"line {number}" for number in range(1, 5001)]
    lines[10] = lines[2500] = lines[4990] = "a colour here"
    write(tmp_path, big_txt="\n".join(lines) + "\n")
    await client.say("replace colour with color in big.txt")
    assert (tmp_path / "big.txt").read_text().count("color here") == 3
    assert client.patches[0].exact
    assert sum(len(answer) for answer in client.answers) < 6_000


async def test_equal_places_get_context_that_tells_them_apart(client: Client, tmp_path: Path) -> None:
    block = "    a = 1\n    b = 2\n    c = 3\n    return old\n\n\n"
    write(tmp_path, a_py="".join(f"def f{number}():\n{block}" for number in range(8)))
    await client.say("replace old with new")
    assert client.patches[0].exact
    assert (tmp_path / "a.py").read_text().count("return new") == 8


async def test_a_refusal_with_a_note_is_acknowledged(client: Client, tmp_path: Path) -> None:
    write(tmp_path, a_py="old\n", b_py="old\n")
    client.decision = Decision(Verdict.REFUSE, note="keep b.py as it is")
    reply = await client.say("replace old with new")
    assert contents(tmp_path) == {"a.py": "old\n", "b.py": "old\n"}
    assert (
        reply
        == "Not changed: `a.py` and `b.py`. You said “keep b.py as it is”: understood, I leave it at that."
    )


async def test_replace_takes_quoted_text_and_a_path(client: Client, tmp_path: Path) -> None:
    write(tmp_path, src__a_py="x = to do\n", b_py="x = to do\n")
    await client.say('please replace "to do" with `to be done` in the folder @src.')
    assert contents(tmp_path) == {"b.py": "x = to do\n", "src/a.py": "x = to be done\n"}


async def test_a_search_that_was_cut_leaves_no_file_half_done(client: Client, tmp_path: Path) -> None:
    write(tmp_path, a_txt="old\n" * 150, b_txt="old\n" * 150)
    reply = await client.say("replace old with new")
    assert contents(tmp_path) == {"a.txt": "new\n" * 150, "b.txt": "old\n" * 150}
    assert reply == "Done: `a.txt` is changed."
    assert any("The search was cut short" in str(item) for item in client.items)


async def test_replace_puts_at_most_thirty_files_into_a_patch(client: Client, tmp_path: Path) -> None:
    for number in range(33):
        (tmp_path / f"f{number:02}.txt").write_text("old\n")
    reply = await client.say("replace old with new")
    assert list(contents(tmp_path).values()).count("new\n") == 30
    assert "30 files" not in reply
    assert any("3 files more" in str(item) for item in client.items)


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("replace nowhere with x", "`nowhere` is nowhere to be found, so there is nothing to replace."),
        ("replace x with x", "`x` is the same as `x`: there is nothing to replace."),
        (
            "show nothing.txt",
            "I could not read `nothing.txt`: nothing.txt does not exist; find_files finds paths",
        ),
        ("where is Nothing defined?", "I found no definition of `Nothing` in these files."),
        ("use my tool nothing", "I was not offered a function tool named `nothing`."),
        ("undo", "There is no patch of mine in this conversation that was applied and not undone yet."),
        ("create a.txt", "What should be in it? Say: create a.txt with TEXT"),
        ("thanks!", "You are welcome."),
    ],
)
async def test_what_leads_nowhere_is_one_sentence(
    client: Client, tmp_path: Path, said: str, answered: str
) -> None:
    write(tmp_path, a_py="x = 1\n")
    assert await client.say(said) == answered


@pytest.mark.parametrize(
    ("said", "tool"),
    [
        ("replace a with b", "search"),
        ("replace a with b", "apply_patch"),
        ("where is X defined?", "search"),
        ("show a.py", "read_file"),
        ("run ls", "shell"),
        ("undo", "apply_patch"),
        ("delete a.py", "apply_patch"),
    ],
)
async def test_a_tool_that_is_not_offered_is_named(client: Client, said: str, tool: str) -> None:
    client.missing = frozenset({tool})
    assert f"not offered the tool `{tool}`" in await client.say(said)
    assert client.calls == []


async def test_run_reports_every_exit_code(client: Client) -> None:
    reply = await client.say("run printf 'a and b\\n' and exit 3 and true")
    assert client.calls[0].arguments["commands"] == ["printf 'a and b\\n'", "exit 3", "true"]
    assert reply == (
        "`printf 'a and b\\n'` ended with exit code 0:\n\n```\na and b\n```\n\n"
        "`exit 3` ended with exit code 3 and printed nothing.\n\n"
        "`true` ended with exit code 0 and printed nothing."
    )


async def test_run_shows_the_last_lines(client: Client) -> None:
    reply = await client.say("run `seq 100`")
    assert reply.startswith("`seq 100` ended with exit code 0; its last 12 of 100 lines:\n\n```\n89\n")


async def test_where_finds_definitions_with_their_line(client: Client, tmp_path: Path) -> None:
    write(tmp_path, a_py="x = Cart()\n\nclass Cart:\n    pass\n", b_go="func (s *Shop) Cart(n int) {\n}\n")
    assert await client.say("where is Cart defined?") == (
        "`Cart` is defined in these places:\n\n`a.py:3`\n\n```python\nclass Cart:\n```\n\n"
        "`b.go:1`\n\n```go\nfunc (s *Shop) Cart(n int) {\n```"
    )


async def test_show_reads_lines_and_finds_a_bare_name(client: Client, tmp_path: Path) -> None:
    write(tmp_path, deep__in__a_py="".join(f"x = {number}\n" for number in range(1, 301)))
    assert await client.say("show a.py lines 3-4") == (
        "`deep/in/a.py`, lines 3-4 of 300\n\n```python\nx = 3\nx = 4\n```\n\n"
        "For more: `show deep/in/a.py lines 5-124`"
    )
    assert "lines 1-120 of 300" in await client.say("show deep/in/a.py")


async def test_show_fences_what_holds_fences(client: Client, tmp_path: Path) -> None:
    write(tmp_path, a_md="```\ncode\n```\n")
    assert await client.say("show a.md") == "`a.md`\n\n````markdown\n```\ncode\n```\n````"


async def test_create_and_undo(client: Client, tmp_path: Path) -> None:
    await client.say("create notes/a.txt with hello world")
    assert contents(tmp_path) == {"notes/a.txt": "hello world\n"}
    assert await client.say("undo") == "Done: `notes/a.txt` is changed."
    assert contents(tmp_path) == {}


async def test_undo_takes_back_one_patch_after_the_other(client: Client, tmp_path: Path) -> None:
    write(tmp_path, a_py="one\ntwo\nthree\n", b_py="two\n")
    await client.say("replace two with 2")
    await client.say("replace one with 1")
    await client.say("undo")
    assert contents(tmp_path) == {"a.py": "one\n2\nthree\n", "b.py": "2\n"}
    await client.say("undo")
    assert contents(tmp_path) == {"a.py": "one\ntwo\nthree\n", "b.py": "two\n"}
    assert "no patch of mine" in await client.say("undo")


async def test_undo_leaves_alone_what_was_refused(client: Client, tmp_path: Path) -> None:
    text = "".join(
        f"line {number}\nold\n" if number % 10 == 5 else f"line {number}\n" for number in range(40)
    )
    write(tmp_path, a_py=text)
    client.refuse_second_hunk("this one is a name")
    reply = await client.say("replace old with new")
    partly = (tmp_path / "a.py").read_text()
    assert (partly.count("new"), partly.count("old")) == (3, 1)
    assert "In `a.py` you refused a part" in reply
    assert "“this one is a name”" in reply
    client.decision = Decision(Verdict.ALLOW)
    await client.say("undo")
    assert (tmp_path / "a.py").read_text() == text


async def test_delete_reads_first_so_that_undo_brings_it_back(client: Client, tmp_path: Path) -> None:
    write(tmp_path, a_py="one\ntwo\n")
    await client.say("delete a.py")
    assert contents(tmp_path) == {}
    await client.say("undo")
    assert contents(tmp_path) == {"a.py": "one\ntwo\n"}


async def test_rename_is_a_creation_and_a_deletion(client: Client, tmp_path: Path) -> None:
    text = "".join(f"line {number}\n" for number in range(4_500))
    write(tmp_path, a_txt=text)
    await client.say("rename a.txt to b/c.txt")
    assert contents(tmp_path) == {"b/c.txt": text}
    assert len(client.patches) == 1


async def test_own_tools_get_arguments_of_their_schema(client: Client) -> None:
    reply = await client.say("use my tool greet with name='Ada L' times=2")
    assert client.calls[0].arguments == {"name": "Ada L", "times": 2, "loud": None}
    assert reply == "`greet` answered:\n\n```\nHello Ada L × 2\n```"
    await client.say('use the greet tool with {"name": "Bob", "loud": true}')
    assert client.calls[1].arguments == {"name": "Bob", "times": 0, "loud": True}


async def test_a_question_is_answered_with_what_it_is(client: Client) -> None:
    reply = await client.say("why is the sky blue?")
    assert "rules*, not AI" in reply
    assert {"reasoning", "message"} == {item["type"] for item in client.items[1:]}


async def test_what_it_cannot_do_it_says(client: Client) -> None:
    for request in ("refactor everything", "make tests", "add a comment to a.py", "open the window"):
        assert (await client.say(request)).startswith("I cannot do that")


@pytest.mark.parametrize("count", [1, 60, 1_000])
async def test_a_text_has_as_many_words_as_wanted(client: Client, count: int) -> None:
    reply = await client.say(f"stream {count:,} words")
    assert len(reply.split()) == count
    assert reply.endswith("END-OF-STREAM")
    assert reply.count("```") % 2 == 0
