"""The one sanitiser of foreign text: nothing a model, tool or file says may steer a terminal or hide.

Source: the control, bidirectional, invisible and tag characters that terminals act on or do not show.
"""

import re

_INVISIBLE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff\U0001d173-\U0001d17a"
)
_PROSE = re.compile(f"[{_INVISIBLE}]")
_STRICT = re.compile(f"[{_INVISIBLE}\u200d\ufe00-\ufe0f]")


def visible(text: str, *, prose: bool = False) -> str:
    """`text` with every control, bidirectional and invisible character as a readable `<U+XXXX>`.

    CRLF becomes LF; tabs and newlines stay. `prose` lets joined emoji through; commands, diffs and paths
    never do.
    """
    if text.isascii() and text.isprintable():
        return text
    if "\r\n" in text:
        text = text.replace("\r\n", "\n")
    pattern = _PROSE if prose else _STRICT
    return pattern.sub(_name, text)


def _name(found: re.Match[str]) -> str:
    return f"<U+{ord(found[0]):04X}>"
