"""Adapters between the model's calls and the rooms below. Decides nothing: every plan is judged elsewhere."""

from collections.abc import Mapping
from pathlib import Path

from tui_assist.journal import Journal
from tui_assist.tools.files import FindFiles, ReadFile
from tui_assist.tools.functions import Functions, FunctionTool, IsTrusted, load_functions
from tui_assist.tools.patching import ApplyPatch, Origin
from tui_assist.tools.search import Search
from tui_assist.tools.shell import ShellTool
from tui_assist.values.calls import Tool
from tui_assist.workspace import Workspace

__all__ = [
    "ApplyPatch",
    "FindFiles",
    "FunctionTool",
    "Functions",
    "ReadFile",
    "Search",
    "ShellTool",
    "person_functions",
    "standard_tools",
]


def standard_tools(
    workspace: Workspace,
    journal: Journal,
    origin: Origin,
    *,
    spill_dir: Path,
    environment: Mapping[str, str] | None = None,
) -> tuple[Tool, ...]:
    """Our own tools, in an order that stays the same for a prompt cache.

    `origin` says where a patch comes from that is written now; `environment` is what commands start from,
    less what looks like a secret; None: this process's own.
    """
    return (
        *_reading(workspace),
        ApplyPatch(workspace, journal, origin),
        ShellTool(workspace, spill_dir, environment),
    )


def _reading(workspace: Workspace) -> tuple[Tool, ...]:
    return ReadFile(workspace), FindFiles(workspace), Search(workspace)


def person_functions(
    workspace: Workspace,
    spill_dir: Path,
    functions_dir: Path,
    is_trusted: IsTrusted,
    environment: Mapping[str, str] | None = None,
) -> Functions:
    """The person's function tools, the files that wait for trust, and what is wrong with others."""
    tools = (*_reading(workspace), ShellTool(workspace, spill_dir))
    taken = frozenset({ApplyPatch.spec.name, *(tool.spec.name for tool in tools)})
    return load_functions(
        functions_dir,
        is_trusted,
        directory=workspace.cwd,
        spill_dir=spill_dir,
        taken=taken,
        environment=environment,
    )
