"""The stories without calls: greetings, what this model is, and text of a wanted length."""

import re
from collections.abc import Iterator, Sequence

from tui_assist.practice.conversation import Talk
from tui_assist.practice.reply import Reply, Say, Think
from tui_assist.practice.stories.sentences import sentence

GREET = sentence(
    r"(?:(?:hi|hello|hey|good\s+(?:morning|evening|day))(?:\s+there)?",
    r"|(?P<thanks>thanks?(?:\s+you)?(?:\s+(?:very\s+)?(?:a\s+lot|much))?|great|nice|ok(?:ay)?)",
    r"|(?P<bye>bye|goodbye))[.! ]*",
)
STREAM = sentence(r"(?:stream|write)\s+(?:me\s+)?(?P<count>\d[\d,]*)(?:\s+(?:words|deltas|tokens))?[.!]?")
ABOUT = sentence(
    r"(?:think|explain|tell|help|describe|what|why|how|who|when|which|is|are|do|does|can)\b.*|.*\?\s*"
)
ANYTHING = sentence(".*")

LAST_WORD = "END-OF-STREAM"
MOST_WORDS = 100_000

CAN = """\
| say | and I |
| --- | --- |
| `replace colour with color` | search, read, and propose one patch over all files |
| `run pytest -q and git status` | ask to run the commands, then report |
| `where is Config defined?` | search for the definition |
| `show README.md lines 1-20` | read the file |
| `create notes.txt with hello` | propose a new file; `delete` and `rename A to B` too |
| `use my tool NAME with key=value` | call one of your own tools |
| `undo` | propose the inverse of my last patch |
| `write 300 words` | stream text, to see how it looks |"""

ANSWER = f"""\
## What I am

I am the **practice model**: a few hundred lines of *rules*, not AI, and I run on your own machine. I do not
understand your question; I recognise some sentences and answer them with real calls on your real files.

{CAN}

Three things to know:

1. Nothing I propose reaches your disk or your shell before you have seen it.
2. When you refuse, a sentence of yours comes back to me:

   ```python
   decision = await approve(request)    # you
   assert decision.note == "keep b.py"  # what I get to read
   ```

3. `undo` is a patch like any other, so you review that too.

For real work choose a provider with `/provider`."""


def greet(talk: Talk, said: re.Match[str]) -> Reply:
    if said["thanks"]:
        return (Say("You are welcome."),)
    if said["bye"]:
        return (Say("Goodbye."),)
    return (Say("Hello! I am the practice model, rules and not AI; say `help` to see what I can do."),)


def about(talk: Talk, said: re.Match[str]) -> Reply:
    thought = (
        "This is a question, and I have rules for tasks only. Guessing would be dishonest, so I say what I am"
        " and show what I can do instead."
    )
    return (Think(thought), Say(ANSWER))


def unable(talk: Talk, said: re.Match[str]) -> Reply:
    return (
        Say("I cannot do that: I am the practice model, rules and not AI. Say `help` to see what I can do."),
    )


def stream(talk: Talk, said: re.Match[str]) -> Reply:
    count = min(int(said["count"].replace(",", "")), MOST_WORDS)
    return (Say(long_text(count)),)


def long_text(count: int) -> str:
    """Markdown of exactly `count` words, in paragraphs and code blocks, the last one END-OF-STREAM."""
    words: list[str] = []
    for block in _blocks():
        if len(words) + len(block) >= count:
            break
        words += block
    rest = max(count - len(words) - 1, 0)
    last = [*_PARAGRAPH[:rest], LAST_WORD]
    return "".join([*words, *_set_off(last)]).lstrip()


_PARAGRAPH = (
    *("The", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", "while", "a", "**patient**"),
    *("reader", "counts", "every", "word", "that", "passes,", "and", "`nothing`", "here", "means", "more"),
    *("than", "it", "says:", "the", "text", "exists", "to", "be", "*seen*", "as", "it", "streams,", "to"),
    *("wrap", "at", "the", "edge", "of", "the", "screen,", "and", "to", "scroll."),
)
_CODE = ("\n\n```python", "\ndef", " wrap(lines):", "\n    return", " lines", " +", " 1", "\n```")


def _set_off(words: Sequence[str]) -> list[str]:
    """The words with the blanks before them, as a paragraph of its own."""
    return ["\n\n" + words[0], *(f" {word}" for word in words[1:])]


def _blocks() -> Iterator[Sequence[str]]:
    """Paragraphs, a code block after every third."""
    while True:
        for _ in range(3):
            yield _set_off(_PARAGRAPH)
        yield _CODE
