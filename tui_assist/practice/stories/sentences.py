"""How the sentences that begin a story are written as patterns. Knows no story."""

import re

QUOTED = r"`[^`\n]+`|\"[^\"\n]+\"|'[^'\n]+'|“[^”\n]+”"
PATH = rf"@?(?:{QUOTED}|\S+?)"

_POLITE = r"(?:please\s+|now\s+|can\s+you\s+|could\s+you\s+)*"


def sentence(*parts: str) -> re.Pattern[str]:
    """A pattern for a whole sentence, in any case, with or without a polite beginning."""
    return re.compile(rf"{_POLITE}(?:{''.join(parts)})", re.IGNORECASE | re.DOTALL)


def as_path(text: str) -> str:
    """A path as it was said: quoted, or mentioned with `@`."""
    return unquoted(text.strip().removeprefix("@"))


def unquoted(text: str) -> str:
    """The text without the quotation marks or backticks around it."""
    text = text.strip()
    for opening, closing in ("``", '""', "''", "“”"):
        if len(text) > 1 and text.startswith(opening) and text.endswith(closing):
            return text[1:-1]
    return text
