"""The one table of actions: what a person can do, by which key, where, and under which `/` name.

Does nothing by itself: bindings, the keys screen, the palette and `/` are all read from here.
"""

from dataclasses import dataclass
from typing import Literal

Context = Literal["everywhere", "composer", "transcript", "tray"]


@dataclass(frozen=True, slots=True)
class Action:
    id: str
    title: str
    keys: tuple[str, ...] = ()  # as Textual names them; the first one is shown
    context: Context = "everywhere"
    slash: str = ""  # without the slash; "" when it is no command
    argument: str = ""  # what may follow the slash name, for the reader


ACTIONS = (
    Action("help", "Show every key", ("f1",), slash="help"),
    Action("palette", "Find an action", ("ctrl+p",)),
    Action("answer", "Answer what waits", ("f2",)),
    Action("mode", "Go to the next mode", ("shift+tab",), slash="mode", argument="ask, accept edits or plan"),
    Action("pane", "Open a new pane", ("ctrl+n",), slash="pane"),
    Action("next-pane", "Go to the next pane", ("f6", "ctrl+pagedown")),
    Action("previous-pane", "Go to the previous pane", ("ctrl+pageup",)),
    # Only terminals with the kitty protocol send Alt and a digit; others send a letter that people type.
    *(Action(f"pane-{number}", f"Go to pane {number}", (f"alt+{number}",)) for number in range(1, 10)),
    Action("close", "Close this pane", slash="close"),
    Action("new", "Begin a new session here", slash="new"),
    Action("continue", "Go on with the last session", slash="continue"),
    Action("resume", "Choose a session to go on with", slash="resume"),
    Action("model", "Choose the model", slash="model", argument="its name"),
    Action("effort", "Choose how hard the model thinks", slash="effort", argument="low, medium, high …"),
    Action("provider", "Choose the provider for a new session", slash="provider", argument="its name"),
    Action("context", "Show what the model is sent", slash="context"),
    Action("tools", "Show what the model may call", slash="tools"),
    Action("diff", "Show what changed in the working tree", slash="diff"),
    Action("undo", "Take a patch back", slash="undo", argument="its number, else the newest"),
    Action("redo", "Do a patch again that was taken back", slash="redo", argument="its number"),
    Action("patches", "Choose a patch to take back or do again", slash="patches"),
    Action("stage", "Stage a patch in git, its hunks only", slash="stage", argument="its number"),
    Action("commit", "Commit what is staged", slash="commit", argument="the message"),
    Action("copy", "Copy the last answer", slash="copy"),
    Action("theme", "Choose the colours", slash="theme", argument="its name"),
    Action("scroll-up", "Scroll up a page", ("pageup",)),
    Action("scroll-down", "Scroll down a page", ("pagedown",)),
    Action("top", "Scroll to the beginning", ("ctrl+home",)),
    Action("bottom", "Scroll to the end", ("ctrl+end",)),
    Action("quit", "Quit", ("ctrl+q",), slash="quit"),
    Action("send", "Send, or queue while a turn runs", ("enter",), "composer"),
    Action("newline", "Begin a new line", ("ctrl+j", "shift+enter"), "composer"),
    Action("complete", "Take the suggestion, else go to the transcript", ("tab",), "composer"),
    Action("older", "Older prompt; first takes the last queued one back", ("up",), "composer"),
    Action("newer", "Newer prompt", ("down",), "composer"),
    Action("search", "Search older prompts", ("ctrl+r",), "composer"),
    Action("editor", "Write in your editor", ("ctrl+g",), "composer"),
    Action(
        "escape", "Close suggestions, else stop the turn; twice clears the draft", ("escape",), "composer"
    ),
    Action("interrupt", "Clear the draft; twice quits", ("ctrl+c",), "composer"),
    Action(
        "block", "The block above or below", ("left_square_bracket", "right_square_bracket"), "transcript"
    ),
    Action("fold", "Open or close the block", ("enter",), "transcript"),
    Action("copy-block", "Copy the block", ("c",), "transcript"),
    Action("leave-transcript", "Back to the composer", ("escape",), "transcript"),
    Action("allow", "Let it happen", ("y",), "tray"),
    Action("refuse", "Refuse, and say why", ("n",), "tray"),
    Action("review", "Review the patch, or see all of it", ("enter",), "tray"),
    Action("keep-session", "Keep the rule for this session", ("s",), "tray"),
    Action("keep-project", "Keep the rule for this project", ("p",), "tray"),
    Action("previous-request", "The request above", ("up",), "tray"),
    Action("next-request", "The request below", ("down",), "tray"),
    Action("leave-tray", "Back to the composer", ("escape",), "tray"),
)

PREFIXES = (
    ("@path", "Attach a file; a text file is sent as it is then"),
    ("!command", "Run a command of your own; the model does not see it"),
    ("/name", "Do one of these actions"),
    ("?", "With an empty composer: every key"),
)

BY_SLASH = {action.slash: action for action in ACTIONS if action.slash}

_NAMES = {
    "escape": "Esc",
    "enter": "Enter",
    "pageup": "PageUp",
    "pagedown": "PageDown",
    "up": "↑",
    "down": "↓",
    "home": "Home",
    "end": "End",
    "tab": "Tab",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


def keys_of(context: Context) -> dict[str, str]:
    """The action's id by key, for one context."""
    return {key: action.id for action in ACTIONS if action.context == context for key in action.keys}


def key_name(key: str) -> str:
    """How a key is written for people: `ctrl+p` is `Ctrl+P`."""
    *modifiers, last = key.split("+")
    shown = _NAMES.get(last, last.upper() if modifiers or (last[0] == "f" and last[1:].isdigit()) else last)
    return "+".join([*(modifier.capitalize() for modifier in modifiers), shown])


def parse_slash(text: str) -> tuple[Action, str] | None:
    """The action and argument of `/name argument`; None when `text` is no command we know."""
    if not text.startswith("/") or "\n" in text:
        return None
    name, _, argument = text[1:].partition(" ")
    action = BY_SLASH.get(name)
    return (action, argument.strip()) if action else None
