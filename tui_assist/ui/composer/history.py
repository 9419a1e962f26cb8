"""What was sent before, for Up, Down and Ctrl+R. Knows no widgets.

The file is JSON lines, one text each, readable by the person alone; a broken line is skipped.
"""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

LIMIT = 1000  # texts kept in memory, the newest


class History:
    """A walk through older texts, with the unsent draft at its newest end."""

    def __init__(self, texts: Iterable[str] = (), keep: Callable[[str], None] | None = None) -> None:
        self.texts = list(texts)[-LIMIT:]
        self._keep = keep
        self._at: int | None = None  # index into texts; None: at the draft
        self._draft = ""

    def add(self, text: str) -> None:
        """Remembers `text` as the newest, unless it repeats the last one."""
        self.reset()
        if not text.strip() or self.texts[-1:] == [text]:
            return
        self.texts = [*self.texts, text][-LIMIT:]
        if self._keep:
            self._keep(text)

    def reset(self) -> None:
        self._at = None

    @property
    def walking(self) -> bool:
        return self._at is not None

    def older(self, draft: str) -> str | None:
        """The text before the current one, None at the oldest. `draft` is kept for the way back."""
        if self._at is None:
            self._draft = draft
        at = (len(self.texts) if self._at is None else self._at) - 1
        if at < 0:
            return None
        self._at = at
        return self.texts[at]

    def newer(self) -> str | None:
        """The text after the current one, the draft after the newest; None at the draft."""
        if self._at is None:
            return None
        if self._at + 1 == len(self.texts):
            self._at = None
            return self._draft
        self._at += 1
        return self.texts[self._at]

    def search(self, words: str) -> list[str]:
        """Different texts that hold every word, newest first."""
        wanted = words.casefold().split()
        newest = dict.fromkeys(reversed(self.texts))
        return [text for text in newest if all(word in text.casefold() for word in wanted)]


def history_in(path: Path) -> History:
    """The history kept in `path`, which is made when something is first sent."""
    return History(_read(path), lambda text: _append(path, text))


def _read(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    texts = []
    for line in lines[-LIMIT:]:
        try:
            text = json.loads(line)
        except ValueError:
            continue
        if isinstance(text, str):
            texts.append(text)
    return texts


def _append(path: Path, text: str) -> None:
    # A full or read-only disk must not stop a prompt from being sent.
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with open(handle, "a", encoding="utf-8") as file:
            file.write(json.dumps(text) + "\n")
    except OSError:
        return
