"""Turns a draft into a prompt: files named with `@` are attached as they are at that moment.

Reads only through the workspace, and only what lies inside it and holds no secret; the rest is said.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Protocol

from tui_assist.errors import ToolError
from tui_assist.ui.text import one_line
from tui_assist.values.content import Image, Part, Prompt, Text

MAX_TEXT = 256_000  # bytes of one text file; more is for the model to read in parts
MAX_IMAGE = 8_000_000  # bytes of one image
IMAGES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif", ".webp": "webp"}

_HEAD = '<file path="'  # how the part of an attached text file begins
_MENTION = re.compile(r"(?<!\S)@(?:\"([^\"\n]+)\"|([^\s\"]+))")


class Files(Protocol):
    """The two questions asked of the workspace."""

    def locate(self, path: str) -> Any: ...
    def read(self, located: Any, limit: int | None = None) -> Any: ...


@dataclass(frozen=True, slots=True)
class Attachment:
    path: str
    part: Part
    tokens: int | None  # estimated; None for an image

    def describe(self) -> str:
        size = "image" if self.tokens is None else f"≈ {short_count(self.tokens)} tokens"
        return f"{one_line(self.path)} {size}"


def short_count(number: int) -> str:
    """A count in at most five characters: `812`, `12.4k`, `400k`, `1.2M`."""
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if number >= size:
            value = number / size
            return f"{value:.0f}{unit}" if value >= 100 or value == int(value) else f"{value:.1f}{unit}"
    return str(number)


def estimate_tokens(size: int) -> int:
    """A rough count for `size` bytes of text or code: four bytes a token."""
    return -(-size // 4)


def mention(path: str) -> str:
    """How a path is written in a draft so that it is attached."""
    return f'@"{path}"' if any(character.isspace() for character in path) else f"@{path}"


def mentions(text: str) -> Iterator[str]:
    """The paths named with `@`, each once, in order."""
    yield from dict.fromkeys(quoted or plain for quoted, plain in _MENTION.findall(text))


def attach(text: str, files: Files) -> tuple[list[Attachment], list[str]]:
    """What the mentions in `text` attach, and why others do not, in words. Blocks: it reads files.

    A mention that names no file is simply text: people write `@decorator` too.
    """
    attached: list[Attachment] = []
    refused: list[str] = []
    for path in mentions(text):
        for name in dict.fromkeys((path, path.rstrip(".,;:!?)"))):
            found = _attachment(name, files)
            if isinstance(found, Attachment):
                attached.append(found)
            elif found:
                refused.append(f"{one_line(name)} is not attached: {found}")
            if found is not None:
                break
    return attached, refused


def prompt_of(text: str, attached: list[Attachment]) -> Prompt:
    return (Text(text), *(attachment.part for attachment in attached))


def _attachment(path: str, files: Files) -> Attachment | str | None:
    """The attachment, why not, or None when there is no such file."""
    try:
        located = files.locate(path)
        if not located.path.is_file():
            return None
        if not located.inside:
            return "it is outside the folder; the model can ask to read it"
        if located.secret:
            return "it may hold secrets; the model can ask to read it"
        image = IMAGES.get(PurePosixPath(path).suffix.lower())
        limit = MAX_IMAGE if image else MAX_TEXT
        content: bytes = files.read(located, limit + 1).content
    except (ToolError, OSError, ValueError) as error:
        return one_line(str(error))
    if len(content) > limit:
        return f"it is larger than {limit // 1000} kB; the model can read it in parts"
    if image:
        url = f"data:image/{image};base64,{base64.b64encode(content).decode()}"
        return Attachment(path, Image(url), None)
    if b"\0" in content:
        return "it is binary"
    text = content.decode("utf-8", errors="replace")
    part = Text(f'{_HEAD}{located.shown}">\n{text}\n</file>')
    return Attachment(path, part, estimate_tokens(len(content)))


def read_attachment(part: Text) -> Attachment | None:
    """The attached text file that `part` of a prompt is; None for what was typed."""
    if not part.text.startswith(_HEAD):
        return None
    path, mark, text = part.text[len(_HEAD) :].partition('">\n')
    return Attachment(path, part, estimate_tokens(len(text.encode()))) if mark else None
