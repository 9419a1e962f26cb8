"""`python -m tests.pictures`: draws the README's picture with the app itself, on a small repository."""

import asyncio
import os
import re
import tempfile
from pathlib import Path

from tui_assist.cli.arguments import parse
from tui_assist.cli.assembly import Assembly

PICTURE = Path(__file__).parent / "chat.svg"

FILES = {
    "calc/core.py": 'def add(a, b, colour="green"):\n    return paint(a + b, colour=colour)\n',
    "calc/cli.py": 'from calc.core import add\n\ncolour = "green"\nprint(add(1, 2, colour))\n',
    "tests/test_core.py": "from calc.core import add\n\n\ndef test_colour():\n    assert add(1, 2).colour\n",
}


async def draw(folder: Path) -> None:
    from tui_assist.ui.app import AssistApp

    assembly = Assembly(parse(["--demo", "-C", str(folder)]))
    app = AssistApp(assembly.assistant(), first_prompt="replace colour with color")
    async with app.run_test(size=(100, 30)) as pilot:
        async with asyncio.timeout(20):
            while not app.chats.pane.tray.requests:
                await pilot.pause(0.05)
        await pilot.pause(0.5)
        # Without the web fonts: the picture must not make its reader's browser ask another server.
        picture = re.sub(r"@font-face \{.*?\}", "", app.export_screenshot(title="tui-assist"), flags=re.S)
        PICTURE.write_text(re.sub(r"[ \t]+\n", "\n", picture))
        await app.action_quit()


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"HOME": home, "XDG_STATE_HOME": f"{home}/state", "XDG_CONFIG_HOME": f"{home}/config"}
        folder = Path(home) / "calc"
        for name, text in FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        asyncio.run(draw(folder))


if __name__ == "__main__":
    main()
