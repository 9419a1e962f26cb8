"""Compares two sequences of lines. Knows nothing of files, encodings or hunks.

Equal ends are cut off, lines that are unique on both sides split the rest, and what has none is
compared by shortest edits up to a bound: the work stays near linear however different the sides are.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple


class Block(NamedTuple):
    """`old[old_start:old_end]` became `new[new_start:new_end]`; 0-based, half open."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


_MOST_EDITS = 100  # one walk goes on until it needs more, then the next begins where it got
_MOST_WALKS = 200  # beyond this many what is left counts as replaced
_MOST_SPLITS = 32  # how often a stretch is split again at lines unique within it


def changed_blocks(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Block]:
    """The stretches that differ, in order; no two touch, and what lies between them is equal."""
    blocks: list[Block] = []
    waiting = [(Block(0, len(old), 0, len(new)), 0)]
    walks = 0
    while waiting:
        whole, depth = waiting.pop()
        block = _trimmed(old, new, whole)
        one_sided = block.old_start == block.old_end or block.new_start == block.new_end
        pairs = [] if one_sided or depth >= _MOST_SPLITS else _unique_pairs(old, new, block)
        if pairs:
            waiting += [(between, depth + 1) for between in _between(block, pairs)]
        elif one_sided or walks >= _MOST_WALKS:
            blocks += _between(block, [])
        else:
            walks += 1
            pairs, walked = _walk(old, new, block)
            blocks += _between(walked, pairs)
            waiting.append((block._replace(old_start=walked.old_end, new_start=walked.new_end), depth))
    return _joined(sorted(blocks))


def _trimmed(old: Sequence[Hashable], new: Sequence[Hashable], block: Block) -> Block:
    a0, a1, b0, b1 = block
    while a0 < a1 and b0 < b1 and old[a0] == new[b0]:
        a0, b0 = a0 + 1, b0 + 1
    while a0 < a1 and b0 < b1 and old[a1 - 1] == new[b1 - 1]:
        a1, b1 = a1 - 1, b1 - 1
    return Block(a0, a1, b0, b1)


def _between(block: Block, pairs: Sequence[tuple[int, int]]) -> Iterator[Block]:
    """What is left of `block` around `pairs` of equal lines."""
    a, b = block.old_start, block.new_start
    for i, j in [*pairs, (block.old_end, block.new_end)]:
        if i > a or j > b:
            yield Block(a, i, b, j)
        a, b = i + 1, j + 1


def _joined(blocks: list[Block]) -> list[Block]:
    joined: list[Block] = []
    for block in blocks:
        if joined and joined[-1].old_end == block.old_start and joined[-1].new_end == block.new_start:
            block = Block(joined[-1].old_start, block.old_end, joined.pop().new_start, block.new_end)
        joined.append(block)
    return joined


def _unique_pairs(old: Sequence[Hashable], new: Sequence[Hashable], block: Block) -> list[tuple[int, int]]:
    """Lines that stand once on each side, in the longest run that keeps the order of both."""
    here = range(block.old_start, block.old_end)
    there = range(block.new_start, block.new_end)
    in_old = Counter(old[i] for i in here)
    in_new = Counter(new[j] for j in there)
    place = {new[j]: j for j in there if in_new[new[j]] == 1}
    pairs = [(i, place[old[i]]) for i in here if in_old[old[i]] == 1 and old[i] in place]
    return _longest_rising(pairs)


def _longest_rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    tops: list[int] = []  # the smallest end of a rising run of each length
    holders: list[int] = []  # which pair that is
    before: list[int] = []  # each pair's predecessor in its run
    for n, (_, j) in enumerate(pairs):
        length = bisect_left(tops, j)
        before.append(holders[length - 1] if length else -1)
        tops[length : length + 1] = [j]
        holders[length : length + 1] = [n]
    run: list[tuple[int, int]] = []
    n = holders[-1] if holders else -1
    while n >= 0:
        run.append(pairs[n])
        n = before[n]
    return run[::-1]


def _walk(
    old: Sequence[Hashable], new: Sequence[Hashable], block: Block
) -> tuple[list[tuple[int, int]], Block]:
    """The equal pairs of a shortest edit (Myers' greedy walk), and how much of `block` it covers.

    That is all of it, unless more than `_MOST_EDITS` edits were needed: then as far as these got.
    """
    a0, a1, b0, b1 = block
    n, m = a1 - a0, b1 - b0
    furthest = {1: 0}  # by diagonal: how far the walk got on the old side
    trail: list[dict[int, int]] = []
    for edits in range(min(n + m, _MOST_EDITS) + 1):
        trail.append(dict(furthest))
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            while x < n and 0 <= x - k < m and old[a0 + x] == new[b0 + x - k]:
                x += 1
            furthest[k] = x
            if k == n - m and x >= n:
                return _walked_back(trail, n, m, block), block
    inside = [(x, x - k) for k, x in furthest.items() if (k + edits) % 2 == 0 and x <= n and 0 <= x - k <= m]
    x, y = max(inside, key=sum)
    return _walked_back(trail, x, y, block), Block(a0, a0 + x, b0, b0 + y)


def _walked_back(trail: list[dict[int, int]], x: int, y: int, block: Block) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for edits in range(len(trail) - 1, -1, -1):
        furthest, k = trail[edits], x - y
        down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
        from_k = k + 1 if down else k - 1
        from_x = furthest[from_k] if edits else 0
        from_y = from_x - from_k if edits else 0
        while x > from_x and y > from_y:
            x, y = x - 1, y - 1
            pairs.append((block.old_start + x, block.new_start + y))
        x, y = from_x, from_y
    return pairs[::-1]
