"""Starts what takes a while beside the screen. Whatever is started here ends with its owner."""

from collections.abc import Callable, Coroutine
from typing import Any

from textual.dom import DOMNode
from textual.worker import Worker


def begin(
    owner: DOMNode,
    work: Callable[[], Coroutine[Any, Any, None]],
    *,
    group: str = "default",
    latest: bool = False,
) -> None:
    """Runs `work` as a worker of `owner`. `latest`: what still runs in `group` is given up first."""
    # Named with its type: the checker finds none for a worker whose result nobody wants.
    _worker: Worker[None] = owner.run_worker(work, group=group, exclusive=latest)
