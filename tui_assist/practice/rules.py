"""The practice model's rules: from a request to a reply. Sees nothing but the request, keeps nothing."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tui_assist.practice.conversation import Talk, read_talk
from tui_assist.practice.reply import Reply, as_offered
from tui_assist.practice.stories import commands, files, finding, replace, talking, undo

Story = Callable[[Talk, re.Match[str]], Reply]

# The first that recognises the sentence tells it, so the particular come before the general.
STORIES: tuple[tuple[re.Pattern[str], Story], ...] = (
    (undo.UNDO, undo.undo),
    (files.RENAME, files.rename),
    (replace.REPLACE, replace.replace),
    (commands.USE_TOOL, commands.use_tool),
    (commands.RUN, commands.run),
    (finding.WHERE, finding.where),
    (finding.SHOW, finding.show),
    (files.CREATE, files.create),
    (files.DELETE, files.delete),
    (talking.STREAM, talking.stream),
    (talking.GREET, talking.greet),
    (talking.ABOUT, talking.about),
    (talking.ANYTHING, talking.unable),
)


def answer(request: Mapping[str, Any]) -> Reply:
    """The next reply of the first story that recognises what the person last said."""
    talk = read_talk(request)
    for pattern, story in STORIES:
        if said := pattern.fullmatch(talk.now.prompt):
            return as_offered(story(talk, said), talk.tools)
    raise AssertionError("the last story recognises everything")
