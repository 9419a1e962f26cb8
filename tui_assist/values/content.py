"""Content parts: what a prompt and an outcome are made of. Knows no wire: `model` translates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Image:
    url: str  # a `data:` URL
    detail: Literal["low", "high", "auto"] = "auto"


@dataclass(frozen=True, slots=True)
class File:
    name: str
    url: str  # a `data:` URL


Part = Text | Image | File
Parts = tuple[Part, ...]
Prompt = Parts


def text_of(parts: Sequence[Part]) -> str:
    """The text parts, joined by newlines; an image or file is named in brackets."""
    shown = []
    for part in parts:
        match part:
            case Text(text):
                shown.append(text)
            case Image():
                shown.append("[image]")
            case File(name):
                shown.append(f"[file {name}]")
    return "\n".join(shown)
