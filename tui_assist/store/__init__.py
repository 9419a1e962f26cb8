"""What outlives a run, in the person's state directory: sessions, and rules they kept for a project."""

from tui_assist.store.rules import KeptRules
from tui_assist.store.sessions import SessionSummary, Store, StoredSession

__all__ = ["KeptRules", "SessionSummary", "Store", "StoredSession"]
