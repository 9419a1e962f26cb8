"""The commands on patches: undo, redo, apply, patches, blame. What they write is reviewed on a screen first.

Speak to no model. Without a terminal nothing is written.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial

from tui_assist.agent.proposals import Proposal, Proposals, name_of, size_of, told
from tui_assist.cli.arguments import Arguments
from tui_assist.cli.assembly import Assembly
from tui_assist.errors import StalePlan, ToolError, UsageError, UserError
from tui_assist.journal import Journal, Record
from tui_assist.values.asking import Decision
from tui_assist.values.visible import visible

NOTHING_ACCEPTED = 3
LARGEST = 256 * 1024 * 1024  # bytes of a patch file


def run_command(arguments: Arguments) -> int:
    """Does the command and returns the exit code. Raises UserError."""
    assembly = Assembly(arguments)
    journal = Journal(assembly.places.state, assembly.workspace)
    proposals = Proposals(assembly.workspace, journal)
    match arguments.command:
        case "patches":
            return _list(proposals, as_json=arguments.json)
        case "blame":
            return _blame(journal, arguments.file or "", arguments.line)
    for sentence in journal.recover():
        _say(sentence)
    desk = _Desk(assembly, proposals)
    match arguments.command:
        case "apply":
            data, name = _patch_of(arguments.file or "")
            return desk.carry_out(partial(proposals.apply, data, name))
        case "redo":
            return desk.carry_out(partial(proposals.redo, arguments.number))
        case _ if arguments.last is not None:
            return _undo_last(desk, proposals, arguments.last)
        case _:
            return desk.carry_out(partial(proposals.undo, arguments.number))


class _Desk:
    """Shows proposals in the terminal and writes what was accepted."""

    def __init__(self, assembly: Assembly, proposals: Proposals) -> None:
        self._theme = assembly.config().theme
        self._proposals = proposals

    def carry_out(self, make: Callable[[], Proposal]) -> int:
        """Reviews until it is decided: a file that changes meanwhile is shown again. The exit code."""
        while True:
            proposal = make()
            for sentence in proposal.unapplied:
                _say(f"not possible: {sentence}")
            decision = self._review(proposal)
            try:
                record = self._proposals.write(proposal, decision)
            except StalePlan as error:
                _say(f"{error}; here it is again")
                continue
            except ToolError as error:
                raise UserError(str(error)) from error
            print(visible(told(proposal, record)))
            return 0 if record is not None else NOTHING_ACCEPTED

    def _review(self, proposal: Proposal) -> Decision | None:
        take_terminal()
        os.environ.setdefault("TEXTUAL_FPS", "120")
        from tui_assist.ui.review_app import ReviewApp

        app = ReviewApp(proposal.request(), proposal.patch, self._theme)
        decision = app.run()
        if app.return_code:
            raise SystemExit(app.return_code)
        return decision


def _undo_last(desk: _Desk, proposals: Proposals, count: int) -> int:
    """The newest `count` patches, one review each, until one is not accepted."""
    standing = [one for one in proposals.records() if one.state == "applied" and one.about.reverts is None]
    if len(standing) < count:
        raise UserError(
            f"only {len(standing)} patches can be taken back here; `tui-assist patches` lists them"
        )
    for record in standing[:count]:
        code = desk.carry_out(partial(proposals.undo, record.number))
        if code:
            return code
    return 0


def take_terminal() -> None:
    """Makes the terminal standard input, also where a patch came in by it. Raises UserError without one."""
    if not sys.stderr.isatty():
        raise UserError("a patch is reviewed in a terminal, and here is none; nothing was written")
    if os.environ.get("TERM", "dumb") in ("", "dumb", "unknown"):
        raise UserError("this terminal cannot show a review (TERM is dumb or not set); nothing was written")
    if sys.stdin.isatty():
        return
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError as error:
        raise UserError(
            f"a patch is reviewed in a terminal, and here is none ({error.strerror}); nothing was written"
        ) from error
    os.dup2(terminal, 0)
    os.close(terminal)


def _patch_of(file: str) -> tuple[bytes, str]:
    """The bytes of a patch file, and its name for a title."""
    if file == "-":
        if sys.stdin.isatty():
            raise UsageError("apply - reads a patch from standard input: git diff | tui-assist apply -")
        data, name = sys.stdin.buffer.read(LARGEST + 1), "the patch on standard input"
    else:
        try:
            with open(os.path.expanduser(file), "rb") as opened:
                data, name = opened.read(LARGEST + 1), os.path.basename(file)
        except OSError as error:
            raise UserError(f"{file}: {error.strerror}; name a patch file") from error
    if len(data) > LARGEST:
        raise UserError(f"{name} is larger than 256 MiB; apply it in parts")
    return data, name


def _list(proposals: Proposals, *, as_json: bool) -> int:
    records = proposals.records()
    if as_json:
        print(json.dumps([_as_record(record) for record in records], indent=1))
        return 0
    if not records:
        print("no patch was written here yet")
    for record in records:
        print(visible(_as_line(record)))
        print(visible(f"      {', '.join(record.files)}"))
    return 0


def _as_line(record: Record) -> str:
    size = size_of(record)
    counts = "no longer kept" if size is None else f"+{size[0]} −{size[1]}"
    undone = "  undone" if record.state == "undone" else ""
    by = "  ".join(filter(None, (record.about.model, record.about.decided_by)))
    return f"{_at(record)}  {name_of(record)}  {counts}  {by}{undone}"


def _as_record(record: Record) -> dict[str, object]:
    about, size = record.about, size_of(record)
    added, removed = size or (None, None)
    return {
        "number": record.number,
        "at": record.at,
        "state": record.state,
        "session": about.session,
        "turn": about.turn,
        "prompt": about.prompt,
        "model": about.model,
        "decided_by": about.decided_by,
        "tool": about.tool,
        "reverts": about.reverts,
        "files": list(record.files),
        "added": added,
        "removed": removed,
    }


def _first(record: Record, journal: Journal) -> Record:
    """The patch whose words these are: a redo only takes back what took them back."""
    records = {one.number: one for one in journal.records()}
    while (undo := records.get(record.about.reverts or 0)) and undo.about.reverts in records:
        record = records[undo.about.reverts]
    return record


def _blame(journal: Journal, file: str, line: int) -> int:
    record = journal.blame(file, line)
    if record is None:
        raise UserError(f"no patch of the journal wrote line {line} of {file}, or it is no longer kept")
    first = _first(record, journal)
    about = first.about
    print(visible(f"{file}:{line} was written by {name_of(record)}"))
    rows = (
        ("when", _at(record)),
        ("session", about.session),
        ("prompt", about.prompt),
        ("model", about.model),
        ("decided by", about.decided_by),
        ("files", ", ".join(record.files)),
    )
    for name, value in rows:
        if value:
            print(visible(f"  {name:<11}{value.replace(chr(10), ' ⏎ ')}"))
    return 0


def _at(record: Record) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(record.at))


def _say(sentence: str) -> None:
    print(visible(sentence), file=sys.stderr)
