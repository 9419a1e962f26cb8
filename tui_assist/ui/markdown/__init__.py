"""Markdown as lines of the screen, while it still streams in. Shows no links it does not spell out."""

from tui_assist.ui.markdown.stream import MarkdownStream

__all__ = ["MarkdownStream"]
