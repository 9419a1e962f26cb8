"""The undo journal: writes patches all or nothing, and takes them back. Shows nothing and asks nothing."""

from tui_assist.journal.journal import Journal
from tui_assist.journal.record import About, Record, Reversal

__all__ = ["About", "Journal", "Record", "Reversal"]
