"""A stored conversation, ended anywhere as `kill -9` may end it, goes on: the strict server takes it."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.agent.conversations import ALLOW, REFUSE, Person, assistant_for, staged
from tests.server import Fault, Refuse, Stall, Truncate, calls, patches, says, scripted, thinks, writes
from tui_assist.agent.assistant import Assistant
from tui_assist.errors import UserError
from tui_assist.events import TextDelta, TurnFinished
from tui_assist.values.asking import Decision, Request
from tui_assist.values.content import Image, Text

ENVELOPE = "*** Begin Patch\n*** Update File: b.txt\n@@\n-one\n+ONE\n*** End Patch"
OVERFLOW = {"error": {"code": "context_length_exceeded", "message": "too long", "type": "invalid"}}


async def record(tmp_path: Path) -> Path:
    """Has a conversation with a bit of everything, and returns its file."""
    root = tmp_path / "repo"
    root.mkdir()
    (root / "a.txt").write_text("one\ntwo\n")
    (root / "b.txt").write_text("one\n")

    def decide(request: Request) -> Decision | None:
        return REFUSE if "rm" in request.title else ALLOW

    script = [
        says("hello"),
        says("hello again"),
        thinks("a plan") + says("let me see") + calls("search", pattern="one", path=None),
        thinks("now both") + patches("a.txt", "@@\n-one\n+ONE\n") + calls("shell", "cat a.txt", "exit 3"),
        calls("shell", "rm b.txt") + writes("apply_patch", ENVELOPE) + calls("teleport", json="{}"),
        thinks("and again") + says("a long answer " * 20),
        calls("shell", "echo begun; sleep 600"),
        says("one more"),
        says("never whole at first " * 50),
    ]
    faults: dict[int, Fault] = {1: Refuse(400, OVERFLOW), 6: Truncate(9), 10: Stall(9)}
    async with staged(tmp_path, script, Person(decide), faults=faults) as stage:
        await stage.turn("first")
        await stage.turn("too much")
        stage.conversation.send((Text("look"), Image("data:image/png;base64," + "A" * 5000)))
        await stage.conversation.wait()
        stage.conversation.send((Text("run"),))
        await stage.until(lambda seen: "begun" in str(seen[-1]))
        await stage.conversation.cancel()
        await stage.turn("say")
        heard = len(stage.of(TextDelta))
        stage.conversation.send((Text("stall"),))
        await stage.until(lambda seen: len(stage.of(TextDelta)) > heard)
        await stage.conversation.cancel()
        stage.conversation.keep_draft("half a thought")
        await stage.turn("the end")
        assert stage.server.played == len(script)
        return next(stage.assistant.places.state.rglob("*.jsonl"))


@asynccontextmanager
async def going_on(tmp_path: Path, tries: int) -> AsyncIterator[Callable[[Path], "asyncio.Future[None]"]]:
    """Gives what resumes the session of a file and asserts that its next turn is taken."""
    async with scripted([says("yes")] * tries) as server:
        assistant = assistant_for(tmp_path / "repo", tmp_path / "home", server.base_url, server.token)

        async def resume(file: Path) -> None:
            await _resume(assistant, file)
            assert server.refusals == []

        yield lambda file: asyncio.ensure_future(resume(file))
        await assistant.close()


async def _resume(assistant: Assistant, file: Path) -> None:
    conversation = await assistant.open(Person(), resume=file.stem)
    try:
        seen: list[object] = []
        conversation.listen(seen.append)
        conversation.history()
        conversation.send((Text("go on"),))
        await conversation.wait()
        finished = seen[-1]
        assert isinstance(finished, TurnFinished), seen
        assert finished.status == "completed", finished.reason
    finally:
        await conversation.close()


async def test_a_session_cut_at_any_line_or_byte_goes_on(tmp_path: Path) -> None:
    file = await record(tmp_path)
    content = file.read_bytes()
    lines = [at + 1 for at, byte in enumerate(content) if byte == ord("\n")]
    seed = random.randrange(1 << 32)
    some = random.Random(seed).sample(range(1, len(content)), 20)
    async with going_on(tmp_path, len(lines) + len(some)) as go_on:
        for cut in sorted({*lines, *some}):
            file.write_bytes(content[:cut])
            try:
                await go_on(file)
            except (AssertionError, UserError) as error:
                raise AssertionError(f"cut at byte {cut} of {len(content)} (seed {seed})") from error


@pytest.mark.slow
async def test_a_session_with_a_damaged_line_goes_on(tmp_path: Path) -> None:
    file = await record(tmp_path)
    lines = file.read_bytes().splitlines(keepends=True)
    async with going_on(tmp_path, len(lines)) as go_on:
        for number in range(len(lines)):
            file.write_bytes(b"".join([*lines[:number], b"\0\0\0\n", *lines[number + 1 :]]))
            try:
                await go_on(file)
            except AssertionError as error:
                raise AssertionError(f"without line {number + 1}: {lines[number]!r}") from error
