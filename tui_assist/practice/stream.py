"""Cuts a reply into the records of a streamed response, in the order the real service sends them.

Knows no HTTP and no pace; sizes stand in for tokens.
"""

import base64
import json
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tui_assist.practice.reply import (
    CustomCall,
    FunctionCall,
    PatchCall,
    Piece,
    Raw,
    Record,
    Reply,
    Say,
    ShellCall,
    Think,
)

NewId = Callable[[str], str]
"""A new id with the given prefix: "resp", "msg", "call" …"""

CHARACTERS_PER_TOKEN = 4


def random_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def words(text: str) -> list[str]:
    """Prose as deltas: a word with the blanks before it; long words in parts. Joined they are `text`."""
    return re.findall(r"\s*\S{1,14}|\s+", text)


def lines(text: str) -> list[str]:
    """Diffs and arguments as deltas: at most 80 characters, never over a line end. Joined they are `text`."""
    return re.findall(r"[^\n]{1,79}\n|[^\n]{1,80}|\n", text)


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes the records of one response to one request."""

    request: Mapping[str, Any]
    new_id: NewId = random_id

    def records(self, reply: Reply) -> Iterator[Record]:
        """Every record from `response.created` to `response.completed`, numbered from 0."""
        for number, record in enumerate(self._unnumbered(reply)):
            yield {"type": record["type"], "sequence_number": number, **record}

    def _unnumbered(self, reply: Reply) -> Iterator[Record]:
        response = self._response()
        yield {"type": "response.created", "response": response}
        yield {"type": "response.in_progress", "response": response}
        output: list[Any] = []
        for piece in reply:
            for record in self._piece(piece, len(output)):
                yield record
                if record.get("type") == "response.output_item.done":
                    output.append(record["item"])
        ended = {
            **response,
            "status": "completed",
            "completed_at": time.time(),
            "output": output,
            "usage": usage(self.request, output),
        }
        yield {"type": "response.completed", "response": ended}

    def _response(self) -> dict[str, Any]:
        asked = self.request.get
        return {
            "id": self.new_id("resp"),
            "object": "response",
            "created_at": time.time(),
            "status": "in_progress",
            "model": asked("model"),
            "output": [],
            "error": None,
            "incomplete_details": None,
            "instructions": asked("instructions"),
            "metadata": asked("metadata") or {},
            "parallel_tool_calls": asked("parallel_tool_calls", True),
            "previous_response_id": asked("previous_response_id"),
            "reasoning": asked("reasoning") or {"effort": None, "summary": None},
            "store": asked("store") is not False,
            "temperature": asked("temperature"),
            "text": asked("text") or {"format": {"type": "text"}},
            "tool_choice": asked("tool_choice") or "auto",
            "tools": asked("tools") or [],
            "top_p": asked("top_p"),
            "truncation": asked("truncation") or "disabled",
            "usage": None,
        }

    def _piece(self, piece: Piece, index: int) -> Iterator[Record]:
        match piece:
            case Say(text):
                return self._message(text, index)
            case Think(summary):
                return self._reasoning(summary, index)
            case PatchCall():
                return self._patch(piece, index)
            case ShellCall():
                return self._shell(piece, index)
            case FunctionCall(name, arguments, call_id):
                item = {"id": self.new_id("fc"), "type": "function_call", "status": "completed", "name": name}
                return self._written(item, call_id, index, "function_call_arguments", "arguments", arguments)
            case CustomCall(name, text, call_id):
                item = {"id": self.new_id("ctc"), "type": "custom_tool_call", "name": name}
                return self._written(item, call_id, index, "custom_tool_call_input", "input", text)
            case Raw(records):
                return iter(records)

    def _message(self, text: str, index: int) -> Iterator[Record]:
        part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
        item = {"id": self.new_id("msg"), "type": "message", "status": "completed", "role": "assistant"}
        at = {"item_id": item["id"], "output_index": index, "content_index": 0}
        yield _added(index, {**item, "status": "in_progress", "content": []})
        yield {"type": "response.content_part.added", **at, "part": {**part, "text": ""}}
        for delta in words(text):
            yield {"type": "response.output_text.delta", **at, "delta": delta, "logprobs": []}
        yield {"type": "response.output_text.done", **at, "text": text, "logprobs": []}
        yield {"type": "response.content_part.done", **at, "part": part}
        yield _done(index, {**item, "content": [part]})

    def _reasoning(self, text: str, index: int) -> Iterator[Record]:
        item: dict[str, Any] = {"id": self.new_id("rs"), "type": "reasoning", "summary": []}
        if "reasoning.encrypted_content" in (self.request.get("include") or ()):
            item["encrypted_content"] = base64.b64encode(item["id"].encode()).decode()
        at = {"item_id": item["id"], "output_index": index, "summary_index": 0}
        part = {"type": "summary_text", "text": text}
        name = "response.reasoning_summary"
        yield _added(index, item)
        yield {"type": f"{name}_part.added", **at, "part": {**part, "text": ""}}
        for delta in words(text):
            yield {"type": f"{name}_text.delta", **at, "delta": delta}
        yield {"type": f"{name}_text.done", **at, "text": text}
        yield {"type": f"{name}_part.done", **at, "part": part}
        yield _done(index, {**item, "summary": [part]})

    def _patch(self, piece: PatchCall, index: int) -> Iterator[Record]:
        item = {
            "id": self.new_id("apc"),
            "type": "apply_patch_call",
            "status": "completed",
            "call_id": piece.call_id or self.new_id("call"),
        }
        operation = {"type": piece.operation, "path": piece.path}
        draft = {**item, "status": "in_progress"}
        if piece.operation == "delete_file":
            yield _added(index, {**draft, "operation": operation})
            yield _done(index, {**item, "operation": operation})
            return
        at = {"item_id": item["id"], "output_index": index}
        name = "response.apply_patch_call_operation_diff"
        yield _added(index, {**draft, "operation": {**operation, "diff": ""}})
        for delta in lines(piece.diff):
            yield {"type": f"{name}.delta", **at, "delta": delta}
        yield {"type": f"{name}.done", **at, "diff": piece.diff}
        yield _done(index, {**item, "operation": {**operation, "diff": piece.diff}})

    def _shell(self, piece: ShellCall, index: int) -> Iterator[Record]:
        action = {"commands": list(piece.commands), "timeout_ms": piece.timeout_ms, "max_output_length": None}
        item = {
            "id": self.new_id("sh"),
            "type": "shell_call",
            "status": "completed",
            "call_id": piece.call_id or self.new_id("call"),
            "action": action,
            "environment": {"type": "local"},
        }
        draft: dict[str, Any] = {"commands": [], "timeout_ms": None, "max_output_length": None}
        yield _added(index, {**item, "status": "in_progress", "action": draft})
        for number, command in enumerate(piece.commands):
            at = {"output_index": index, "command_index": number}
            yield {"type": "response.shell_call_command.added", **at, "command": ""}
            for delta in words(command):
                yield {"type": "response.shell_call_command.delta", **at, "delta": delta}
            yield {"type": "response.shell_call_command.done", **at, "command": command}
        yield _done(index, item)

    def _written(
        self, item: dict[str, Any], call_id: str, index: int, event: str, field: str, text: str
    ) -> Iterator[Record]:
        """A call whose one text streams in: a function's arguments, a custom tool's input."""
        item["call_id"] = call_id or self.new_id("call")
        at = {"item_id": item["id"], "output_index": index}
        draft = {**item, "status": "in_progress"} if "status" in item else item
        yield _added(index, {**draft, field: ""})
        for delta in lines(text):
            yield {"type": f"response.{event}.delta", **at, "delta": delta}
        yield {"type": f"response.{event}.done", **at, field: text}
        yield _done(index, {**item, field: text})


def usage(request: Mapping[str, Any], output: list[Any]) -> dict[str, Any]:
    """Tokens estimated from sizes."""
    asked = {key: request.get(key) for key in ("instructions", "input", "tools")}
    taken, given = _tokens(asked), sum(_tokens(item) for item in output)
    thought = sum(_tokens(item.get("summary")) for item in output if item.get("type") == "reasoning")
    return {
        "input_tokens": taken,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": given,
        "output_tokens_details": {"reasoning_tokens": thought},
        "total_tokens": taken + given,
    }


def _tokens(value: object) -> int:
    return -(-len(json.dumps(value, ensure_ascii=False)) // CHARACTERS_PER_TOKEN)


def _added(index: int, item: Mapping[str, Any]) -> Record:
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def _done(index: int, item: Mapping[str, Any]) -> Record:
    return {"type": "response.output_item.done", "output_index": index, "item": item}
