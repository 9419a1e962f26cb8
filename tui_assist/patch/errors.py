"""What a patch can be wrong about, told to the model. Says nothing to the person: faces do.

PatchError (a ToolError)
└── HunkNotFound     the old lines of a hunk are not in the file
"""

from tui_assist.errors import ToolError
from tui_assist.values.patch import Candidate


class PatchError(ToolError):
    """The patch cannot be read or does not fit its file; the message says what to send instead."""


class HunkNotFound(PatchError):
    """The lines a hunk replaces or leans on are not where it may apply."""

    def __init__(
        self,
        message: str,
        hunk: int,
        wanted: tuple[str, ...] = (),
        candidates: tuple[Candidate, ...] = (),
    ) -> None:
        super().__init__(message)
        self.hunk = hunk  # its number, 1-based
        self.wanted = wanted
        self.candidates = candidates  # best first


def quoted(text: str) -> str:
    """`text` for a message: one line, in quotes, cut at 120 characters."""
    return repr(text if len(text) <= 120 else text[:117] + "...")
