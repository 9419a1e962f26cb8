"""The stories "create", "delete" and "rename": whole files, always as a patch to review."""

import re

from tui_assist.practice.conversation import Talk
from tui_assist.practice.diffs import created
from tui_assist.practice.readings import Reading, read, read_file
from tui_assist.practice.reply import PatchCall, Reply, Say, offered
from tui_assist.practice.stories.replace import reported
from tui_assist.practice.stories.sentences import PATH, as_path, sentence, unquoted

CREATE = sentence(
    r"(?:create\s+(?:an?\s+)?(?:new\s+)?(?:file\s+)?|(?:add|make)\s+(?:an?\s+)?(?:new\s+)?file\s+)",
    r"(?:named\s+|called\s+)?",
    rf"(?P<path>{PATH})",
    r"(?:\s+(?:with|containing)(?:\s+(?:the\s+)?(?:content|text)s?\b:?|:)?\s*(?P<content>.+))?",
)
DELETE = sentence(rf"(?:delete|remove)\s+(?:the\s+)?(?:file\s+)?(?P<path>{PATH})")
RENAME = sentence(
    rf"(?:rename|move)\s+(?:the\s+)?(?:file\s+)?(?P<old>{PATH}[./]\S*?)\s+(?:to|into)\s+(?P<new>{PATH})"
)

MOST_READINGS = 10  # of a file that is to be moved


def create(talk: Talk, said: re.Match[str]) -> Reply:
    path, content = as_path(said["path"]), said["content"]
    if refusal := _no_patches(talk):
        return refusal
    if talk.now.done:
        return (Say(reported(talk.now)),)
    if content is None:
        return (Say(f"What should be in it? Say: create {path} with TEXT"),)
    return (
        Say(f"I propose a new file `{path}`."),
        PatchCall("create_file", path, created(_content(content))),
    )


def delete(talk: Talk, said: re.Match[str]) -> Reply:
    """Reads the file first, so that `undo` knows what was in it."""
    path = as_path(said["path"])
    if refusal := _no_patches(talk):
        return refusal
    if talk.now.of("apply_patch"):
        return (Say(reported(talk.now)),)
    if not talk.now.done and offered(talk.tools, "read_file"):
        return (Say("I read it first, so that I can undo this."), read_file(path))
    if talk.now.done and (failure := read(talk.now.done[0]).failure):
        return (Say(f"I cannot delete `{path}`: {failure}"),)
    return (PatchCall("delete_file", path),)


def rename(talk: Talk, said: re.Match[str]) -> Reply:
    """A typed patch knows no rename: the new file is created and the old one deleted, in one patch."""
    old, new, turn = as_path(said["old"]), as_path(said["new"]), talk.now
    if refusal := _no_patches(talk):
        return refusal
    if turn.of("apply_patch"):
        return (Say(reported(turn)),)
    readings = [read(done) for done in turn.of("read_file")]
    if not readings:
        return (Say(f"I read `{old}`, to create `{new}` with its content."), read_file(old))
    if readings[-1].failure:
        return (Say(f"I cannot rename `{old}`: {readings[-1].failure}"),)
    content, following = content_read(readings)
    if content is not None:
        return (PatchCall("create_file", new, created(content)), PatchCall("delete_file", old))
    if following and len(readings) < MOST_READINGS:
        return (read_file(old, following),)
    return (Say(f"I cannot rename `{old}`: I could not read all of it as text."),)


def content_read(readings: list[Reading]) -> tuple[str | None, int | None]:
    """A file's whole text when every line of it was read; else None and the next line to read, if any."""
    lines: dict[int, str] = {}
    total = readings[-1].total
    for reading in readings:
        lines.update(reading.lines)
    if total is None:
        return None, None
    if len(lines) == total:
        return "".join(f"{lines[number]}\n" for number in sorted(lines)), None
    last = max(lines, default=0)
    return None, last + 1 if last == len(lines) < total and readings[-1].lines else None


def _no_patches(talk: Talk) -> Reply | None:
    if offered(talk.tools, "apply_patch") is None:
        return (Say("I cannot change files here: I was not offered the tool `apply_patch`."),)
    return None


def _content(text: str) -> str:
    """What the person wrote for the file: a fenced block, something quoted, or plain text."""
    block = re.fullmatch(r"\s*```[^\n]*\n(.*?)\n?```\s*", text, flags=re.DOTALL)
    content = block[1] if block else unquoted(text)
    return content if content.endswith("\n") or not content else content + "\n"
