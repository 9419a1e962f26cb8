"""The practice model's process: prints where it listens as one JSON line, ends with its standard input."""

import argparse
import asyncio
import json
import os
import signal
import sys

from tui_assist.practice.process import MODEL
from tui_assist.practice.rules import answer
from tui_assist.practice.wire import Server


async def serve(rate: float) -> None:
    server = Server(answer, rate=rate, models=(MODEL,))
    await server.start()
    print(json.dumps({"base_url": server.base_url, "token": server.token}), flush=True)
    await owner_gone()
    await server.close()


async def owner_gone() -> None:
    """Returns when nobody holds the other end of standard input any more."""
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()

    def read() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            loop.remove_reader(sys.stdin.fileno())
            gone.set()

    loop.add_reader(sys.stdin.fileno(), read)
    await gone.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tui_assist.practice", description="rules, not AI")
    parser.add_argument("--rate", type=float, default=200.0, help="deltas a second, 0 for no limit")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the owner's; it ends us by closing the pipe
    asyncio.run(serve(parser.parse_args().rate))


if __name__ == "__main__":
    main()
