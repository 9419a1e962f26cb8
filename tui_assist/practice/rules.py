"""The practice model's rules: from a request to a reply. Sees nothing but the request."""

from collections.abc import Mapping
from typing import Any

from tui_assist.practice.reply import Reply, Say


def answer(request: Mapping[str, Any]) -> Reply:
    return (Say("I am the practice model: rules, not AI."),)
