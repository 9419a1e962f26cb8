"""Rules a person kept for a project, by the project's real path. Judges nothing."""

import json
from pathlib import Path
from typing import Any

from tui_assist.errors import UserError
from tui_assist.private import PrivateFile
from tui_assist.values.asking import Rule, Verdict


class KeptRules:
    """The rules of one project in one owner-only file that all projects share."""

    def __init__(self, state: Path, root: Path) -> None:
        self._file = PrivateFile(state / "rules.json")
        self._root = str(root)

    def load(self) -> tuple[Rule, ...]:
        """The project's rules, oldest first. Raises UserError when the file is damaged."""
        kept = self._parse(self._file.read()).get(self._root, [])
        try:
            return tuple(
                Rule(tuple(map(str, record["words"])), Verdict(record["verdict"]), "project")
                for record in kept
            )
        except (KeyError, TypeError, ValueError) as error:
            raise self._damaged("a rule has no words and verdict") from error

    def keep(self, rule: Rule) -> None:
        """Adds a rule, once. Other instances' rules stay."""
        record = {"words": list(rule.words), "verdict": rule.verdict.value}

        def add(content: bytes | None) -> bytes:
            kept = self._parse(content)
            rules = kept.setdefault(self._root, [])
            if record not in rules:
                rules.append(record)
            return json.dumps(kept, indent=1).encode()

        self._file.change(add)

    def _parse(self, content: bytes | None) -> dict[str, list[dict[str, Any]]]:
        if content is None:
            return {}
        try:
            kept = json.loads(content)
        except ValueError as error:
            raise self._damaged(str(error)) from error
        if not isinstance(kept, dict):
            raise self._damaged("it holds no table")
        return kept

    def _damaged(self, why: str) -> UserError:
        return UserError(
            f"the kept rules in {self._file.path} cannot be read ({why}); repair or delete that file"
        )
