"""The story "replace OLD with NEW": search, read around every match, propose one patch, report."""

import dataclasses
import re
from collections import defaultdict

from tui_assist.practice.conversation import Talk, Turn
from tui_assist.practice.diffs import MOST_CONTEXT, update
from tui_assist.practice.readings import (
    Search,
    first_line,
    listed,
    plural,
    ranges,
    read,
    read_file,
    search,
    searched,
)
from tui_assist.practice.reply import PatchCall, Reply, Say, offered
from tui_assist.practice.reports import refused_hunks, was_refused, words_of_person
from tui_assist.practice.stories.sentences import PATH, QUOTED, as_path, sentence, unquoted

REPLACE = sentence(
    rf"(?:replace|change|rename)\s+(?P<old>{QUOTED}|\S.*?)\s+(?:with|by|to)\s+(?P<new>{QUOTED}|\S.*?)",
    r"(?:\s+(?:everywhere|in\s+(?:all\s+files|every\s+file|the\s+(?:whole\s+)?(?:repository|repo|project|code))",
    rf"|(?:in|under|within|below)\s+(?:(?:the\s+)?(?:file|folder|directory)\s+)?(?P<path>{PATH})))?\.?",
)

MOST_FILES = 30  # of one patch
MOST_READINGS = 6  # of one file


def replace(talk: Talk, said: re.Match[str]) -> Reply:
    """Literal text, case as given, everywhere or below one path."""
    old, new, turn = unquoted(said["old"]), unquoted(said["new"]), talk.now
    path = as_path(said["path"]) if said["path"] else None
    if old == new:
        return (Say(f"`{old}` is the same as `{new}`: there is nothing to replace."),)
    for name in ("search", "read_file", "apply_patch"):
        if offered(talk.tools, name) is None:
            return (Say(f"I cannot replace text here: I was not offered the tool `{name}`."),)
    if turn.of("apply_patch"):
        return (Say(reported(turn)),)
    if not turn.of("search"):
        where = f" in `{path}`" if path else ""
        return (Say(f"I'll search for `{old}`{where} first."), search(old, path))
    found = _whole_files(searched(turn.of("search")[0]))
    if found.failure:
        return (Say(f"The search did not work: {found.failure}"),)
    if not found.matches:
        return (Say(f"`{old}` is nowhere to be found, so there is nothing to replace."),)
    if not turn.of("read_file"):
        return _readings(found)
    return _patch(turn, found, old, new)


def _whole_files(found: Search) -> Search:
    """Without the last file of a search that was cut, unless it is the only one: it may go on there."""
    if not found.cut or len(found.paths) < 2:
        return found
    return dataclasses.replace(
        found, matches=tuple(match for match in found.matches if match.path != found.paths[-1])
    )


def _readings(found: Search) -> Reply:
    lines = defaultdict(set)
    for match in found.matches:
        lines[match.path].add(match.line)
    paths = found.paths[:MOST_FILES]
    asked = [
        read_file(path, first, last)
        for path in paths
        for first, last in ranges(lines[path], MOST_CONTEXT + 2, MOST_READINGS)
    ]
    count = plural(len(found.matches), "line")
    return (Say(f"{count} in {plural(len(found.paths), 'file')}; I read around each."), *asked)


def _patch(turn: Turn, found: Search, old: str, new: str) -> Reply:
    known: dict[str, dict[int, str]] = defaultdict(dict)
    failures = []
    for reading in map(read, turn.of("read_file")):
        known[reading.path].update(reading.lines)
        if reading.failure:
            failures.append(f"`{reading.path}`: {reading.failure}")
    calls = []
    places = 0
    for path, lines in known.items():
        matched = {match.line for match in found.matches if match.path == path}
        changes = {
            number: lines[number].replace(old, new) for number in matched if old in lines.get(number, "")
        }
        places += len(changes)
        if changes:
            calls.append(PatchCall("update_file", path, update(lines, changes)))
    if not calls:
        why = f" {failures[0]}" if failures else ""
        return (Say(f"I found `{old}`, but could not read the lines it stands in.{why}"),)
    said = [f"`{old}` becomes `{new}` in {plural(places, 'line')} of {plural(len(calls), 'file')}."]
    left = len(found.paths) - MOST_FILES
    if left > 0:
        said.append(f"That is the most I put into one patch: {plural(left, 'file')} more after this one.")
    if found.cut:
        said.append("The search was cut short, so there is more: say it again afterwards.")
    if places < len(found.matches) and left <= 0:
        said.append(f"{plural(len(found.matches) - places, 'line')} I could not read whole and leave alone.")
    return (Say(" ".join(said)), *calls)


def reported(turn: Turn) -> str:
    """What came of a turn's patch, in a few honest sentences."""
    patches = turn.of("apply_patch")
    applied = [operation.path for done in patches for operation in done.applied]
    kept = [
        operation.path for done in patches for operation in done.operations if operation not in done.applied
    ]
    partly = [path for path in applied if any(refused_hunks(done.output, path) for done in patches)]
    failures = [done.output for done in patches if not done.applied and not was_refused(done.output)]
    words = list(dict.fromkeys(word for done in patches for word in words_of_person(done.output)))
    said = []
    if applied:
        said.append(f"Done: {listed(applied)} {'is' if len(applied) == 1 else 'are'} changed.")
    if partly:
        said.append(f"In {listed(partly)} you refused a part, and it stays as it was.")
    if kept:
        refused = any(was_refused(done.output) for done in patches) and not words
        said.append(f"Not changed: {listed(kept)}{', because it was refused' if refused else ''}.")
    if failures:
        said.append(f"The reason: {first_line(failures[0])}")
    if words:
        said.append(f"You said “{'”, “'.join(words)}”: understood, I leave it at that.")
    return " ".join(said) or "Nothing was changed."
