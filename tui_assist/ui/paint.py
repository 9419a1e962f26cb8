"""Gives roles their look: lines of text with roles become strips. Decides no layout and keeps no document.

A role is a component class of `LineView`, so themes reach it through variables such as `$diff-added`.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui_assist.ui.lines import Line
from tui_assist.ui.text import cells

KEPT_STRIPS = 2_000

MUTED = "$foreground 70%"
"""The muted look of styled content: there `$text-muted`, which style sheets know, is black or white."""

ROLE_DEFAULTS: Mapping[str, str] = {
    "diff-added": "#2e7d32 22%",
    "diff-removed": "#c62828 22%",
    "diff-added-word": "#2e7d32 60%",
    "diff-removed-word": "#c62828 60%",
    "user-prompt": "#3f8fd0",
    "reasoning": "#808890",
    "syntax-keyword": "#b070d0",
    "syntax-string": "#5a9a4a",
    "syntax-comment": "#808890",
    "syntax-number": "#c08040",
    "syntax-function": "#3f8fd0",
    "syntax-type": "#2a9a9a",
    "syntax-operator": "#909090",
    "notice": "#b08820",
    "failure": "#d04848",
}
"""Values for a theme that leaves one out: what an app returns from `get_theme_variable_defaults`."""

LOOKS: Mapping[str, str] = {
    "muted": "color: $text-muted;",
    "accent": "color: $accent;",
    "strong": "text-style: bold;",
    "emphasis": "text-style: italic;",
    "strike": "text-style: strike;",
    "heading": "color: $accent; text-style: bold;",
    "code": "background: $boost; color: $syntax-string;",
    "block": "background: $boost;",
    "link": "color: $accent; text-style: underline;",
    "quote": "color: $text-muted;",
    "prompt": "color: $user-prompt; text-style: bold;",
    "reasoning": "color: $reasoning;",
    "notice": "color: $notice;",
    "failure": "color: $failure;",
    "success": "color: $success;",
    "added": "background: $diff-added;",
    "removed": "background: $diff-removed;",
    "added-word": "background: $diff-added-word; text-style: bold;",
    "removed-word": "background: $diff-removed-word; text-style: bold;",
    "chosen": "background: $accent 22%;",
    "selected": "background: $screen-selection-background;",
    "syntax-keyword": "color: $syntax-keyword;",
    "syntax-string": "color: $syntax-string;",
    "syntax-comment": "color: $syntax-comment;",
    "syntax-number": "color: $syntax-number;",
    "syntax-function": "color: $syntax-function;",
    "syntax-type": "color: $syntax-type;",
    "syntax-operator": "color: $syntax-operator;",
}


def looks_css(widget: str) -> str:
    """The rules that give `widget`'s component classes the looks of their roles."""
    return "\n".join(f"{widget} > .role--{role} {{ {rules} }}" for role, rules in LOOKS.items())


class Palette:
    """The strips of one widget's lines, made once per line, width and look."""

    def __init__(self, widget: Widget) -> None:
        self.painted = 0  # strips made so far
        self._widget = widget
        self._styles: dict[str, Style] = {}
        self._strips: OrderedDict[tuple[Line, int], Strip] = OrderedDict()

    def clear(self) -> None:
        """The theme changed: every look is found again."""
        self._styles.clear()
        self._strips.clear()

    def style(self, roles: str) -> Style:
        """The look of `roles`, separated by blanks; unknown ones add nothing."""
        found = self._styles.get(roles)
        if found is None:
            names = [f"role--{role}" for role in roles.split() if role in LOOKS]
            found = self._styles[roles] = self._widget.get_visual_style(*names).rich_style
        return found

    def strip(self, line: Line, width: int) -> Strip:
        """`line` in exactly `width` cells."""
        key = (line, width)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._make(line, width)
            if len(self._strips) > KEPT_STRIPS:
                self._strips.popitem(last=False)
        return strip

    def _make(self, line: Line, width: int) -> Strip:
        self.painted += 1
        fill = f"{line.fill} " if line.fill else ""
        segments = [Segment(text, self.style(fill + role)) for text, role in line.spans]
        size = sum(cells(text) for text, _ in line.spans)
        return Strip(segments, size).adjust_cell_length(width, self.style(line.fill))


def marked(strip: Strip, start: int, end: int | None, style: Style) -> Strip:
    """`strip` with the characters `start` to `end` (None: to its end) in `style`."""
    segments: list[Segment] = []
    at = 0
    for segment in strip:
        segments += _marked(segment, start - at, None if end is None else end - at, style)
        at += len(segment.text)
    return Strip(segments, strip.cell_length)


def _marked(segment: Segment, start: int, end: int | None, style: Style) -> Iterable[Segment]:
    text, look, _ = segment
    first = min(max(start, 0), len(text))
    last = len(text) if end is None else min(max(end, first), len(text))
    both = style if look is None else look + style
    pieces = ((text[:first], look), (text[first:last], both), (text[last:], look))
    return [Segment(piece, piece_style) for piece, piece_style in pieces if piece]
