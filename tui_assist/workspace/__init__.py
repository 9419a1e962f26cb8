"""The one door to the person's files and to git. Decides nothing: what may be touched is asked elsewhere."""

from tui_assist.workspace.paths import Located
from tui_assist.workspace.reading import Snapshot
from tui_assist.workspace.workspace import Workspace

__all__ = ["Located", "Snapshot", "Workspace"]
