"""Carries a hunk's indentation over to the file's. Where no one rule fits, it leaves lines as sent."""

from collections.abc import Iterable


def indent_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def reindented(added: str, pairs: Iterable[tuple[str, str]]) -> str:
    """`added` with the file's indentation, learnt from `pairs` of (line as sent, the file's line).

    One rule must hold for all pairs: a prefix is added, or taken away, or so many blanks are a tab
    (or the other way round).
    """
    known = {(indent_of(sent), indent_of(kept)) for sent, kept in pairs if sent.strip() and kept.strip()}
    old = indent_of(added)
    if not added.strip() or not known or all(sent == kept for sent, kept in known):
        return added
    for rule in (_add_prefix, _take_prefix, _tabs_for_blanks, _blanks_for_tabs):
        if (new := rule(old, known)) is not None:
            return new + added[len(old) :]
    return added


def _add_prefix(old: str, known: set[tuple[str, str]]) -> str | None:
    prefixes = {kept.removesuffix(sent) if kept.endswith(sent) else None for sent, kept in known}
    prefix = prefixes.pop()
    return None if prefixes or prefix is None else prefix + old


def _take_prefix(old: str, known: set[tuple[str, str]]) -> str | None:
    prefixes = {sent.removesuffix(kept) if sent.endswith(kept) else None for sent, kept in known}
    prefix = prefixes.pop()
    return None if prefixes or prefix is None or not old.startswith(prefix) else old[len(prefix) :]


def _tabs_for_blanks(old: str, known: set[tuple[str, str]]) -> str | None:
    width = _width({(kept, sent) for sent, kept in known})
    if width is None or old.strip(" "):
        return None
    return "\t" * (len(old) // width) + " " * (len(old) % width)


def _blanks_for_tabs(old: str, known: set[tuple[str, str]]) -> str | None:
    width = _width(known)
    return None if width is None or old.strip("\t") else " " * (width * len(old))


def _width(pairs: set[tuple[str, str]]) -> int | None:
    """How many blanks stand for one tab in every pair of (tabs, blanks); None when that differs."""
    widths = set()
    for tabs, blanks in pairs:
        if tabs.strip("\t") or blanks.strip(" ") or bool(tabs) != bool(blanks):
            return None
        if tabs:
            widths.add(divmod(len(blanks), len(tabs)))
    if len(widths) != 1:
        return None
    width, rest = widths.pop()
    return None if rest or not width else width
