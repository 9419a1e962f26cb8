"""Lists files without git. Follows no link, and leaves out what programs fetch or generate."""

import os
from collections.abc import Iterator
from pathlib import Path

LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", ".tox", ".mypy_cache", ".ruff_cache"}
)
MOST_FILES = 500_000


def walk(root: Path) -> list[str]:
    """Paths of the files below `root`, relative to it and sorted, at most MOST_FILES of them."""
    found = []
    for path in _files(str(root), ""):
        found.append(path)
        if len(found) >= MOST_FILES:
            break
    return sorted(found)


def _files(root: str, start: str) -> Iterator[str]:
    waiting = [start]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(os.path.join(root, folder)) as entries:
                listed = list(entries)
        except OSError:  # unreadable or gone: the rest is still worth listing
            continue
        for entry in listed:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in LEFT_OUT:
                    waiting.append(path)
            elif entry.is_file() or entry.is_symlink():
                yield path
