"""Picks paths out of a list, by glob, by a part of the name or by fuzzy rank. Knows no disk."""

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate

from frizbee import Haystacks, Matcher

from tui_assist.errors import ToolError

LONGEST_PATTERN = 500  # characters
LONGEST_QUERY = 120  # characters; nobody types more into a completion
_MOST_ALTERNATIVES = 64  # of one pattern with braces
_RERANKED = 1_000  # best matches by score that are looked at again for their file name


def find_paths(files: Sequence[str], pattern: str) -> list[str]:
    """The `files` that fit, in their order.

    A glob (`*`, `?`, `[ab]`, `**`, `{a,b}`) without `/` fits file names at any depth; other text fits any
    part of a path, and when it fits none, its letters in this order. Lower case fits both cases.
    Raises ToolError for a pattern that is too long.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise ToolError(f"pattern: at most {LONGEST_PATTERN} characters, got {len(pattern)}")
    pattern = pattern.removeprefix("./")
    if pattern.endswith("/"):
        pattern += "**"
    if any(char in pattern for char in "*?[{"):
        globs = [_Glob(plain) for plain in _without_braces(pattern)]
        return [path for path in files if any(glob.fits(path) for glob in globs)]
    if pattern.islower():
        found = [path for path in files if pattern in path.lower()]
    else:
        found = [path for path in files if pattern in path]
    return found or rank_paths(files, pattern, 20)


class _Glob:
    """One glob, segment by segment: no path can make it slow."""

    def __init__(self, pattern: str) -> None:
        flags = re.IGNORECASE if pattern.lower() == pattern else 0
        self._name_alone = "/" not in pattern
        segments = pattern.split("/")
        self._segments = [None if part == "**" else re.compile(translate(part), flags) for part in segments]
        self._name = self._segments[-1]

    def fits(self, path: str) -> bool:
        if self._name is not None and not self._name.match(path.rpartition("/")[2]):
            return False
        if self._name_alone:
            return True
        reached = {0}  # how many segments of the pattern the path's parts so far may have used up
        for part in path.split("/"):
            reached = self._after(part, reached)
        last = len(self._segments)
        return last in self._past_stars(reached)

    def _after(self, part: str, reached: set[int]) -> set[int]:
        found = set()
        for index in self._past_stars(reached):
            if index == len(self._segments):
                continue
            segment = self._segments[index]
            if segment is None:
                found.add(index)
            elif segment.match(part):
                found.add(index + 1)
        return found

    def _past_stars(self, reached: Iterable[int]) -> set[int]:
        found = set(reached)
        for index, segment in enumerate(self._segments):
            if segment is None and index in found:
                found.add(index + 1)
        return found


def _without_braces(pattern: str) -> list[str]:
    """`*.{a,b}` as `*.a` and `*.b`; an unclosed brace is plain text."""
    done: list[str] = []
    waiting = [pattern]
    while waiting:
        text = waiting.pop(0)
        group = re.search(r"\{([^{}]*)\}", text)
        if group is None:
            done.append(text)
            continue
        waiting += [text[: group.start()] + choice + text[group.end() :] for choice in group[1].split(",")]
        if len(waiting) + len(done) > _MOST_ALTERNATIVES:
            raise ToolError(f"pattern: at most {_MOST_ALTERNATIVES} alternatives in braces")
    return done


class PathRanking:
    """Many paths, ready to be ranked at every key. The paths are copied once, outside Python's lock."""

    def __init__(self, files: Sequence[str]) -> None:
        self.files = files
        self._haystacks = Haystacks([_utf8(path) for path in files])

    def rank(self, query: str, limit: int) -> list[str]:
        """At most `limit` paths that hold the letters of `query` in this order, best first.

        Letters together, at the start of a word and in the file name count most; then the shorter path.
        """
        query = _utf8(query[:LONGEST_QUERY])
        if not query:
            return list(self.files[:limit])
        found = Matcher(query, max_typos=0, max_items=_RERANKED).match_list(self._haystacks)
        wanted = query.lower()
        scored = [(match.score, self.files[match.index]) for match in found]
        scored.sort(key=lambda match: (-match[0] - _name_bonus(match[1], wanted), len(match[1]), match[1]))
        return [path for _, path in scored[:limit]]


def _utf8(text: str) -> str:
    """`text` as the matcher takes it; a name that is no UTF-8 keeps what is."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _name_bonus(path: str, wanted: str) -> int:
    """Points on top of the matcher's (12 a letter): the file name is what people remember."""
    name = path.rpartition("/")[2].lower()
    if name.startswith(wanted):
        return 40
    if wanted in name:
        return 24
    return 12 if _in_order(wanted, name) else 0


def _in_order(letters: str, text: str) -> bool:
    left = iter(text)
    return all(letter in left for letter in letters)


def rank_paths(files: Sequence[str], query: str, limit: int) -> list[str]:
    """`PathRanking.rank` for a list that is ranked once."""
    return PathRanking(files).rank(query, limit)
