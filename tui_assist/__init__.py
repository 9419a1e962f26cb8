"""tui-assist: a terminal coding assistant that shows every patch and command before it happens."""

__version__ = "0.1.0"
