"""The transcript: one conversation as a document, and the widget that shows it. Asks and answers nothing."""

from tui_assist.ui.transcript.document import Document
from tui_assist.ui.transcript.widget import Transcript

__all__ = ["Document", "Transcript"]
