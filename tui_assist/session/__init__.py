"""A conversation as an ordered, lossless record: items as the wire's dicts, and facts about them.

Touches no disk, clock or network: they come as arguments.
"""

from tui_assist.session.answers import answer, call_id_of, unanswered
from tui_assist.session.lines import Line
from tui_assist.session.session import Session

__all__ = ["Line", "Session", "answer", "call_id_of", "unanswered"]
