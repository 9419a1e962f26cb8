"""A scrolling widget that paints lines on demand. Holds no text: its child classes say what stands where.

Its height may change with every delta, so it never lays the screen out anew for that: the size the
scroll bar shows is set beside Textual's layout (which runs once, when the widget itself gets a size).
"""

from typing import ClassVar

from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from tui_assist.ui.lines import Line
from tui_assist.ui.paint import LOOKS, Palette, looks_css, marked

WHEEL = 3  # lines


class LineView(ScrollView, can_focus=True):
    """The part of a line-API widget that transcript and diff share."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"role--{role}" for role in LOOKS}

    DEFAULT_CSS = """
LineView {
    overflow-x: hidden;
    overflow-y: scroll;
    scrollbar-size-vertical: 1;
    scrollbar-background: $background;
    scrollbar-background-hover: $background;
    background: $background;
    height: 1fr;
}
""" + looks_css("LineView")

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.auto_links = False
        self.palette = Palette(self)
        self._painting = False

    def line_at(self, y: int) -> Line:
        """The line at `y` (0-based, of the whole document); a blank one beyond the end."""
        raise NotImplementedError

    @property
    def line_count(self) -> int:
        return self.virtual_size.height

    @property
    def text_width(self) -> int:
        """Cells a line may take."""
        return self.scrollable_content_region.width

    @property
    def page(self) -> int:
        """Lines on the screen."""
        return self.scrollable_content_region.height

    def set_height(self, lines: int) -> None:
        """Tells the scroll bar how long the document is. Costs no layout."""
        size = Size(self.text_width, lines)
        if size == self.virtual_size:
            return
        self.set_reactive(Widget.virtual_size, size)
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.window_virtual_size = lines

    def place(self, y: int) -> None:
        """Scrolls to `y` at once, as near as the document allows."""
        y = max(0, min(y, self.max_scroll_y))
        self.scroll_target_y = y
        self.scroll_y = y

    def wheel(self, lines: int) -> None:
        """The mouse wheel turned by `lines`."""
        self.place(self.scroll_offset.y + lines)

    def action_scroll(self, lines: int) -> None:
        self.wheel(lines)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._turned(event, -WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._turned(event, WHEEL)

    def _turned(self, event: events.MouseEvent, lines: int) -> None:
        event.stop()
        event.prevent_default()
        self.wheel(lines)

    # Painting

    def render_lines(self, crop: Region) -> list[Strip]:
        self._painting = True
        try:
            return super().render_lines(crop)
        finally:
            self._painting = False

    def render_line(self, y: int) -> Strip:
        """The strip at `y` of the screen.

        Textual asks for a line outside painting only to find what the mouse points at: only then it
        carries the offsets that selecting text needs, which would make every paint dearer.
        """
        at = self.scroll_offset.y + y
        strip = self.palette.strip(self.line_at(at), self.text_width)
        selection = self.text_selection
        span = None if selection is None else selection.get_span(at)
        if span is not None:
            start, end = span
            strip = marked(strip, start, None if end == -1 else end, self.selection_style)
        return strip if self._painting else strip.apply_offsets(0, at)

    @property
    def selection_style(self) -> Style:
        return self.screen.get_component_rich_style("screen--selection")

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        first = selection.start.y if selection.start is not None else 0
        last = selection.end.y if selection.end is not None else self.line_count - 1
        pieces: list[str] = []
        for y in range(first, min(last, self.line_count - 1) + 1):
            line = self.line_at(y)
            start = selection.start.x if selection.start is not None and y == first else 0
            end = selection.end.x if selection.end is not None and y == last else None
            if pieces and line.joined is not None:
                pieces.append(line.joined)
                start = max(start, line.lead)
            elif pieces:
                pieces.append("\n")
            pieces.append(line.text[start:end].rstrip())
        return "".join(pieces), "\n"

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.palette.clear()
