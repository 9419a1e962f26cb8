"""What was written, by whom and why: commits patches, lists them, plans taking them back.

Never touches a file that is not part of a patch, and never an edit it did not make.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from tui_assist.errors import ToolError
from tui_assist.journal.blame import writer_of
from tui_assist.journal.commit import Tell, commit, settle
from tui_assist.journal.folder import CAP, OPEN, PATIENCE_S, Folder
from tui_assist.journal.record import About, Entry, Record, Reversal, Step, with_mode
from tui_assist.journal.undo import applied_parts, newest_undo, plan_undo
from tui_assist.values.patch import FileChange
from tui_assist.workspace import Workspace
from tui_assist.workspace.reading import why

ALL: Mapping[str, bool] = MappingProxyType({})


class Journal:
    """The journal of a workspace; its records are kept with the first root."""

    def __init__(
        self,
        state: Path,
        workspace: Workspace,
        clock: Callable[[], float] = time.time,
        *,
        tell: Tell = lambda step: None,
        cap: int = CAP,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`state` is the person's state directory. `tell` is told every step of a commit when it is done."""
        self._workspace = workspace
        self._clock = clock
        self._tell = tell
        made = {root: Folder(state, root, cap=cap, patience_s=patience_s) for root in workspace.roots}
        self._folder = made[workspace.roots[0]]
        self._folders = [made[root] for root in sorted(made)]

    def recover(self) -> tuple[str, ...]:
        """Finishes or takes back what a crash left; sentences for the person. Raises nothing for it."""
        if not self._folder.numbers(*OPEN):
            return ()
        try:
            with self._locked():
                return tuple(settle(self._folder, self._workspace.show, self._tell))
        except (OSError, ToolError) as error:
            return (f"an interrupted patch could not be looked at ({error}); start tui-assist again",)

    def commit(self, changes: Sequence[FileChange], about: About) -> Record:
        """Writes `changes`, all or none, and keeps them so that they can be taken back.

        Their paths are `Located.shown`. Raises StalePlan when the files are not as the changes say, and
        ToolError when they cannot be written; nothing is changed then.
        """
        if not changes:
            raise ToolError("there is nothing to write")
        try:
            with self._locked():
                self._settle()
                places = [self._workspace.place(change) for change in changes]
                steps = [with_mode(Step(*one)) for one in zip(changes, places, strict=True)]
                entry = Entry.of(self._folder.next_number(), self._clock(), about, steps)
                commit(self._folder, entry, steps, self._tell)
                with contextlib.suppress(OSError):  # a cap is no reason to fail
                    self._folder.collect()
        except OSError as error:
            raise ToolError(
                f"nothing was written: the journal cannot be kept: {why(str(self._folder.path), error)}"
            ) from error
        return self._record(entry, "applied")

    def _settle(self) -> None:
        """A commit that another instance left open comes first: its files are half old, half new."""
        said = settle(self._folder, self._workspace.show, self._tell)
        if self._folder.numbers(*OPEN):
            raise ToolError(f"nothing was written: {'; '.join(said)}")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """No other instance commits in any of the roots. One order for all: none waits for ever."""
        with contextlib.ExitStack() as held:
            for folder in self._folders:
                held.enter_context(folder.locked())
            yield

    def records(self) -> tuple[Record, ...]:
        """What was written, newest first."""
        entries = self._folder.entries()
        applied = applied_parts(entries)
        found = [
            self._record(entry, "applied" if any(applied[entry.number]) else "undone") for entry in entries
        ]
        return tuple(reversed(found))

    def plan_undo(self, number: int, accepted: Mapping[str, bool] = ALL) -> Reversal:
        """What taking back record `number` would do now; of `accepted`, by file or hunk id, all by default.

        Reads only. Raises UserError when there is no such record, or nothing of it is left to take back.
        """
        return plan_undo(self._folder, self._workspace, number, accepted)

    def plan_redo(self, number: int, accepted: Mapping[str, bool] = ALL) -> Reversal:
        """Likewise for doing record `number` again: takes back the newest record that took it back."""
        return plan_undo(self._folder, self._workspace, newest_undo(self._folder.entries(), number), accepted)

    def blame(self, path: str, line: int) -> Record | None:
        """The record that last wrote `line` (1-based) of a file as it is; None: none did, or none is kept."""
        entry = writer_of(self._folder, self._workspace, path, line)
        if entry is None:
            return None
        return next((one for one in self.records() if one.number == entry.number), None)

    def _record(self, entry: Entry, state: Literal["applied", "undone"]) -> Record:
        files = tuple(self._workspace.show(place.path) for place in entry.places)
        return Record(entry.number, entry.at, entry.about, files, state, partial(self._changes, entry))

    def _changes(self, entry: Entry) -> tuple[FileChange, ...]:
        return tuple(step.change for step in entry.steps(self._folder.content, self._workspace.show))
