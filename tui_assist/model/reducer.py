"""Turns the records of one response into events and the final `Response`. Trusts only `type`; runs nothing.

Tolerant on purpose: indices may be missing, ids may rotate, events may come twice, late or not at all.
What is finished is what `output_item.done`, or the terminal record, says; deltas are for the screen.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tui_assist.events import (
    CallDelta,
    CallStarted,
    Event,
    HostedProgress,
    ItemFinished,
    Notice,
    ReasoningDelta,
    ReasoningDone,
    ResponseStarted,
    TextDelta,
    TextDone,
)
from tui_assist.model.drafts import (
    CALLS,
    Draft,
    Drafts,
    list_of,
    mapping_of,
    message_text,
    number_of,
    reasoning_text,
    same,
    text_of,
)
from tui_assist.model.sse import Record
from tui_assist.values.calls import Item
from tui_assist.values.step import Response, Usage

_log = logging.getLogger(__name__)

_PREFIX = "response."
_CALL_DELTAS = {
    "function_call_arguments": "function_call",
    "custom_tool_call_input": "custom_tool_call",
    "apply_patch_call_operation_diff": "apply_patch_call",
    "mcp_call_arguments": "mcp_call",
    "code_interpreter_call_code": "code_interpreter_call",
}
_TYPED = {"apply_patch_call": "apply_patch", "shell_call": "shell", "local_shell_call": "shell"}
_TERMINAL = frozenset({"response.completed", "response.incomplete", "response.failed"})
_INCOMPLETE = {
    "max_output_tokens": "the output limit was reached (max_output_tokens)",
    "content_filter": "the server's content filter stopped it (content_filter)",
}
_QUIET = frozenset(
    {
        "response.content_part.added",
        "response.content_part.done",
        "response.output_text.annotation.added",
        "response.reasoning_summary_part.done",
        "response.function_call_arguments.done",
        "response.custom_tool_call_input.done",
        "response.apply_patch_call_operation_diff.done",
        "response.mcp_call_arguments.done",
        "response.code_interpreter_call_code.done",
        "response.shell_call_command.done",
    }
)
"""Known, and nothing in them that the finished item does not say."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What an `error` or `response.failed` record complains of, told once."""

    code: str = ""
    message: str = ""


class Reducer:
    """One attempt at one response. Feed it records, then ask for the `response`."""

    def __init__(
        self, session: str, turn: str, emit: Callable[[Event], None], *, prefix: str = "s", after: int = -1
    ) -> None:
        self._session, self._turn, self._emit = session, turn, emit
        self._drafts = Drafts(prefix)
        self._after = after  # sequence numbers up to here were seen before a resume
        self._first: int | None = None
        self._last: int | None = None
        self._id = self._model = ""
        self._usage = Usage()
        self._unknown: set[str] = set()
        self._status: Literal["completed", "incomplete", "failed"] | None = None
        self._reason = ""
        self.failure: Failure | None = None

    @property
    def ended(self) -> bool:
        """Whether a terminal record was seen; without one the stream was cut."""
        return self._status is not None

    def feed(self, record: Record) -> None:
        type = text_of(record, "type")
        if self.ended or self._told_before(record, type):
            return
        name = type.removeprefix(_PREFIX)
        if type in _TERMINAL:
            self._finish(name, mapping_of(record, "response"))
        elif type == "error" or (not type and "error" in record):
            self._fail(mapping_of(record, "error") or record)
        elif name in ("created", "in_progress", "queued"):
            self._started(mapping_of(record, "response"))
        elif name in ("output_item.added", "output_item.done"):
            self._item(record, name.endswith("done"))
        elif not self._piece(record, name) and type not in _QUIET and type not in self._unknown:
            self._unknown.add(type)
            _log.info("unknown stream event %r skipped", type)

    def response(
        self, status: Literal["completed", "incomplete", "failed", "cut"] | None = None, reason: str = ""
    ) -> Response:
        """How it ended, or would: `status` and `reason` win over what the server said."""
        partial = "".join(draft.text for draft in self._drafts.unfinished() if draft.type == "message")
        return Response(
            status=status or self._status or "cut",
            items=tuple(draft.item for draft in self._drafts.finished() if draft.item is not None),
            id=self._id,
            model=self._model,
            usage=self._usage,
            reason=reason or self._reason,
            partial=partial,
            last_sequence=self._last,
        )

    def _told_before(self, record: Record, type: str) -> bool:
        """Whether the sequence number says so. It must have grown to be believed: some servers count nothing.

        Records that are safe to hear twice are never dropped: a wrong number must not lose an item.
        """
        number = number_of(record, "sequence_number")
        if number is None:
            return False
        if self._first is None:
            self._first = number
        counted = self._last is not None and self._last > self._first
        old = number <= self._after or (counted and self._last is not None and number <= self._last)
        self._last = max(number, number if self._last is None else self._last)
        return old and type not in _TERMINAL and type != "response.output_item.done"

    def _started(self, response: Record) -> None:
        if not self._id and text_of(response, "id"):
            self._id = text_of(response, "id")
            self._emit(ResponseStarted(self._session, self._turn, self._id))
        self._model = text_of(response, "model") or self._model

    def _item(self, record: Record, done: bool) -> None:
        item = mapping_of(record, "item")
        type, id = text_of(item, "type"), text_of(item, "id") or text_of(record, "item_id")
        if not type:
            return
        draft = self._drafts.find(record, type, id) or (
            self._drafts.only_open(record, type) if done else None
        )
        if draft and draft.item is not None and not (done and same(draft.item, item)):
            draft = None  # the server counts wrongly: this is another item
        elif draft and draft.item is not None:
            return
        if draft is None:
            draft = self._open(record, type, id, item)
        if done:
            self._close(draft, item)

    def _open(self, record: Record, type: str, id: str, item: Item) -> Draft:
        draft = self._drafts.open(record, type, id)
        if type in CALLS or type.endswith("_call"):
            named = text_of(item, "name") if type in ("function_call", "custom_tool_call") else ""
            draft.tool = named or _TYPED.get(type, type)
            path = text_of(mapping_of({**item}, "operation"), "path")
            self._emit(CallStarted(self._session, self._turn, draft.key, draft.tool, path))
        return draft

    def _close(self, draft: Draft, item: Item) -> None:
        if draft.type in CALLS:
            item = _answerable(item, draft.key)
        draft.item = item
        draft.parts.clear()
        if draft.type == "message":
            self._emit(TextDone(self._session, self._turn, draft.key, message_text(item)))
        elif draft.type == "reasoning" and reasoning_text(item):
            self._emit(ReasoningDone(self._session, self._turn, draft.key, reasoning_text(item)))
        self._emit(ItemFinished(self._session, self._turn, draft.key, item))

    def _draft(self, record: Record, type: str) -> Draft | None:
        """The open draft a delta belongs to, made when nothing announced it; None when it is finished."""
        id = text_of(record, "item_id")
        draft = self._drafts.find(record, type, id) or self._drafts.only_open(record, type)
        if draft is None:
            draft = self._open(record, type, id, {})
        return draft if draft.item is None else None

    def _piece(self, record: Record, name: str) -> bool:
        """Handles deltas and the progress of hosted items; False for what is neither."""
        what, _, verb = name.rpartition(".")
        if what in ("output_text", "refusal"):
            self._text(record, what, verb)
        elif what in ("reasoning_text", "reasoning_summary_text"):
            self._reasoning(record, what, verb)
        elif name == "reasoning_summary_part.added":
            self._paragraph(record)
        elif what in _CALL_DELTAS and verb == "delta":
            self._call(record, _CALL_DELTAS[what], text_of(record, "delta"))
        elif what == "shell_call_command" and verb in ("added", "delta"):
            self._command(record, verb)
        elif what.endswith("_call") or what in ("mcp_list_tools", "compaction", "shell_call_output_content"):
            self._progress(record, what, verb)
        else:
            return False
        return True

    def _text(self, record: Record, what: str, verb: str) -> None:
        draft = self._draft(record, "message")
        if draft is None:
            return
        part = (what, number_of(record, "content_index") or 0)
        if verb == "done":
            whole = text_of(record, "text") or text_of(record, "refusal")
            draft.parts[part] = [whole] if whole else draft.parts.get(part, [])
        elif delta := text_of(record, "delta"):
            draft.parts.setdefault(part, []).append(delta)
            self._emit(TextDelta(self._session, self._turn, draft.key, delta))

    def _reasoning(self, record: Record, what: str, verb: str) -> None:
        delta = text_of(record, "delta")
        draft = self._draft(record, "reasoning") if verb == "delta" and delta else None
        if draft is None:
            return
        summary = what == "reasoning_summary_text"
        draft.parts.setdefault((what, 0), []).append(delta)
        self._emit(ReasoningDelta(self._session, self._turn, draft.key, delta, summary))

    def _paragraph(self, record: Record) -> None:
        draft = self._draft(record, "reasoning")
        if draft is not None and draft.parts:
            self._emit(ReasoningDelta(self._session, self._turn, draft.key, "\n\n", True))

    def _call(self, record: Record, type: str, delta: str) -> None:
        draft = self._draft(record, type) if delta else None
        if draft is not None:
            self._emit(CallDelta(self._session, self._turn, draft.key, delta))

    def _command(self, record: Record, verb: str) -> None:
        if verb == "delta":
            self._call(record, "shell_call", text_of(record, "delta"))
            return
        between = "\n" if number_of(record, "command_index") else ""
        self._call(record, "shell_call", between + text_of(record, "command"))

    def _progress(self, record: Record, type: str, state: str) -> None:
        type = type.removesuffix("_content")  # of a hosted shell's output
        draft = self._draft(record, type)
        if draft is not None:
            self._emit(HostedProgress(self._session, self._turn, draft.key, type, state.replace("_", " ")))

    def _fail(self, error: Record) -> None:
        if self.failure is None and (text_of(error, "message") or error.get("code")):
            # llama.cpp's code is a number, and what it means is its type.
            code = text_of(error, "code") or text_of(error, "type") or str(error.get("code") or "")
            self.failure = Failure(code, text_of(error, "message"))

    def _finish(self, name: str, response: Record) -> None:
        self._started(response)
        self._usage = _usage(mapping_of(response, "usage"))
        self._fail(mapping_of(response, "error"))
        said = text_of(response, "status")
        if name == "failed" or said in ("failed", "cancelled"):
            self._status = "failed"
            self._reason = self.failure.message if self.failure else said or "the server gave no reason"
        elif name == "incomplete" or said == "incomplete":
            self._status = "incomplete"
            reason = text_of(mapping_of(response, "incomplete_details"), "reason")
            self._reason = _INCOMPLETE.get(reason, reason)
        else:
            self._status = "completed"
        self._settle([item for item in list_of(response, "output") if isinstance(item, dict)])

    def _settle(self, output: list[Item]) -> None:
        """Takes from the terminal record what nobody finished, then closes what was only streamed."""
        for index, item in enumerate(output):
            if not any(draft.item and same(draft.item, item) for draft in self._drafts.finished()):
                self._item({"output_index": index, "item": item}, done=True)
        self._drafts.arrange(output)
        if self._status != "completed":
            return
        for draft in self._drafts.unfinished():
            if draft.type == "message" and draft.text:
                self._close(draft, _message(draft.text))
            elif draft.type in CALLS:
                text = f"The server began a call of {draft.tool} and never finished it; it was not run."
                self._emit(Notice(self._session, self._turn, text))


def _usage(usage: Record) -> Usage:
    return Usage(
        input=number_of(usage, "input_tokens"),
        cached=number_of(mapping_of(usage, "input_tokens_details"), "cached_tokens"),
        output=number_of(usage, "output_tokens"),
        reasoning=number_of(mapping_of(usage, "output_tokens_details"), "reasoning_tokens"),
    )


def _message(text: str) -> Item:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "role": "assistant", "status": "completed", "content": content}


def _answerable(item: Item, key: str) -> Item:
    """A call that can be answered: some servers leave out the call id or send the arguments as an object."""
    mended = dict(item)
    if not text_of(item, "call_id"):
        mended["call_id"] = text_of(item, "id") or f"call_{key.replace('.', '_')}"
    if isinstance(item.get("arguments"), (dict, list)):
        mended["arguments"] = json.dumps(item["arguments"])
    return mended if mended != item else item
