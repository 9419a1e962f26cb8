"""A root with a journal, and patches for it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tui_assist.journal import About, Journal, Record, Reversal
from tui_assist.patch.diff import diff_change
from tui_assist.values.patch import FileChange
from tui_assist.workspace import Workspace

ABOUT = About("s1", "t1", "add a test", "practice/model", "person")


def tree(root: Path) -> dict[str, bytes | None]:
    """Every file's bytes; None for a folder. Nothing that only passes through is left out."""
    return {
        str(path.relative_to(root)): None if path.is_dir() else path.read_bytes()
        for path in sorted(root.rglob("*"))
    }


@dataclass
class Desk:
    root: Path
    state: Path

    @property
    def journal(self) -> Journal:
        """A journal that remembers nothing: as after a restart."""
        return self.stopping(lambda step: None)

    def stopping(self, tell: Callable[[str], None], **options: int) -> Journal:
        return Journal(self.state, Workspace([self.root]), lambda: 1.0, tell=tell, **options)

    def change(
        self, path: str, after: bytes | None, *, move_to: str | None = None, number: int = 1
    ) -> FileChange:
        """What turns the file as it is now into `after`."""
        file = self.root / path
        before = file.read_bytes() if file.exists() else None
        return diff_change(f"f{number}", path, before, after, move_to=move_to)

    def changes(self, **contents: bytes | None) -> list[FileChange]:
        return [
            self.change(path, after, number=number)
            for number, (path, after) in enumerate(contents.items(), 1)
        ]

    def commit(self, *changes: FileChange, reverts: int | None = None) -> Record:
        return self.journal.commit(changes, replace(ABOUT, reverts=reverts))

    def write(self, **contents: bytes | None) -> Record:
        return self.commit(*self.changes(**contents))

    def reverse(self, reversal: Reversal) -> Record:
        return self.commit(*reversal.patch.changes, reverts=reversal.reverts)

    def undo(self, number: int, **accepted: bool) -> Record:
        return self.reverse(self.journal.plan_undo(number, accepted))

    def redo(self, number: int) -> Record:
        return self.reverse(self.journal.plan_redo(number))

    @property
    def tree(self) -> dict[str, bytes | None]:
        return tree(self.root)


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
