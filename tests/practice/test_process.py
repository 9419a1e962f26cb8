import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import httpx2

from tui_assist.practice.process import PracticeServer, start_practice

OWNER = """
import asyncio, os
from tui_assist.practice.process import start_practice
async def main():
    server = await start_practice()
    print(server.process.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


async def ask(server: PracticeServer) -> str:
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {server.token}"}) as client:
        request = {"model": "practice", "input": "thanks"}
        answered = await client.post(f"{server.base_url}/responses", json=request)
    return str(answered.json()["output"][0]["content"][0]["text"])


async def test_it_answers_until_it_is_closed() -> None:
    server = await start_practice(rate=0)
    assert await ask(server) == "You are welcome."
    await server.close()
    await server.close()
    assert server.process.returncode == 0


async def test_it_lists_its_model() -> None:
    server = await start_practice(rate=0)
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {server.token}"}) as client:
        listed = (await client.get(f"{server.base_url}/models")).json()
    await server.close()
    assert [entry["id"] for entry in listed["data"]] == ["practice"]


async def test_it_closes_while_it_streams() -> None:
    server = await start_practice(rate=50)
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {server.token}"}) as client:
        request = {"model": "practice", "input": "stream 5000", "stream": True}
        async with client.stream("POST", f"{server.base_url}/responses", json=request) as streamed:
            async for chunk in streamed.aiter_bytes():
                assert chunk.startswith(b"event: response.created")
                break
            await server.close()
    assert server.process.returncode == 0


async def test_it_has_a_session_of_its_own_and_ignores_the_owners_interrupt() -> None:
    server = await start_practice(rate=0)
    assert os.getsid(server.process.pid) == server.process.pid
    server.process.send_signal(signal.SIGINT)
    assert await ask(server) == "You are welcome."
    await server.close()


async def test_it_dies_with_an_owner_that_was_killed() -> None:
    owner = await asyncio.create_subprocess_exec(sys.executable, "-c", OWNER, stdout=asyncio.subprocess.PIPE)
    assert owner.stdout is not None
    pid = int(await owner.stdout.readline())
    owner.kill()
    await owner.wait()
    await until(lambda: not runs(pid))


def runs(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


def test_starting_it_imports_nothing_heavy() -> None:
    code = "import sys, json, tui_assist.practice.process; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"openai", "textual", "httpx2", "git"} & set(json.loads(done.stdout))
