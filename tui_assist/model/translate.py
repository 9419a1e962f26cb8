"""Turns the lossless session into the items one server takes. Changes no item in place, asks nobody.

A call and its output always stay or go together. Reasoning and items nobody here can read go back only to
where they came from.
"""

import json
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from tui_assist.model.drafts import list_of, mapping_of, text_of
from tui_assist.model.profiles import Profile
from tui_assist.values.calls import Item

Wire = dict[str, Any]

NOTE_LIMIT = 2_000  # characters of a hosted item's result that a note keeps

_PORTABLE = frozenset(
    {
        "message",
        "function_call",
        "function_call_output",
        "custom_tool_call",
        "custom_tool_call_output",
        "shell_call",
        "shell_call_output",
        "apply_patch_call",
        "apply_patch_call_output",
    }
)
"""Types that mean the same everywhere they are taken at all."""

_ID_PREFIXES = {
    "message": "msg_",
    "function_call": "fc_",
    "custom_tool_call": "ctc_",
    "shell_call": "sh_",
    "apply_patch_call": "apc_",
}


def identity(item: Item) -> str:
    """What tells one server-made item from all others: its encrypted content, else its id."""
    return text_of(item, "encrypted_content") or text_of(item, "id")


def translate(
    items: Sequence[Item],
    profile: Profile,
    here: str,
    origins: Sequence[str] = (),
    seen: Collection[str] = (),
) -> list[Wire]:
    """`items` as `profile` takes them, in order.

    `here` is "provider/model". `origins` says where each item came from, "" for ours; without it an
    item is `here`'s own when its `identity` is in `seen`.
    """
    calls = {text_of(item, "call_id"): item for item in items if text_of(item, "type").endswith("_call")}
    translated: list[Wire] = []
    related_calls: set[str] = set()  # an output goes the way of its call
    lost = False  # the reasoning of this response
    for position, item in enumerate(items):
        origin = origins[position] if position < len(origins) else ""
        own = origin == here if origin else identity(item) in seen
        related = own or (origin != "" and origin.split("/")[0] == here.split("/")[0])
        names = {text_of(item, name) for name in ("call_id", "id", "approval_request_id")} - {""}
        related = related or bool(names & related_calls)
        related_calls |= names if related else set()
        wires = _one(item, profile, own, related, calls)
        lost = not wires if item.get("type") == "reasoning" else lost and _follows_reasoning(item)
        translated += [_nameless(wire) for wire in wires] if lost else wires
    return [_easy(item) for item in _paired(translated)]


def _one(item: Item, profile: Profile, own: bool, related: bool, calls: Mapping[str, Item]) -> list[Wire]:
    type = text_of(item, "type") or ("message" if "role" in item else "")
    if type == "reasoning":
        return _reasoning(item, profile, own)
    if profile.items is None and (type in _PORTABLE or related):
        return [_as_it_came({**item, "type": type}, own)]
    if type == "message" and item.get("content") in ([], "", None):
        return []
    if make := _TRANSLATORS.get(type):
        return [make({**item, "type": type}, profile, calls)]
    note = _note(item, type)
    return [_message_of(profile.note_role, note)] if note else []


def _as_it_came(item: Wire, own: bool) -> Wire:
    """A foreign id is refused ("Expected an ID that begins with 'fc'"), and it is optional in input."""
    prefix = _ID_PREFIXES.get(item["type"], "")
    foreign = not own and not text_of(item, "id").startswith(prefix)
    wire = {key: value for key, value in item.items() if not (foreign and key == "id")}
    if item["type"] == "function_call":
        wire["arguments"] = _arguments(item)
    return wire


def _nameless(item: Wire) -> Wire:
    """An item whose reasoning is gone: by its id the server would miss it ("without its required
    'reasoning' item")."""
    droppable = item.get("type") in _ID_PREFIXES
    return {key: value for key, value in item.items() if not (droppable and key == "id")}


def _reasoning(item: Item, profile: Profile, own: bool) -> list[Wire]:
    if not own or profile.reasoning == "none":
        return []
    if profile.reasoning == "encrypted":
        return [dict(item)] if text_of(item, "encrypted_content") else []
    if not list_of(item, "content"):
        return []
    wire = {key: item[key] for key in ("type", "id", "content") if key in item}
    return [wire | {"summary": list_of(item, "summary")}]


def _message(item: Item, profile: Profile, _calls: Mapping[str, Item]) -> Wire:
    role, content = text_of(item, "role"), item.get("content")
    if role == "developer":
        role = profile.note_role
    wire: Wire = {"type": "message", "role": role}
    if isinstance(content, str):
        kind = "output_text" if role == "assistant" else "input_text"
        return wire | {"content": [{"type": kind, "text": content}]}
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    return wire | {"content": [_part(part, profile) for part in parts]}


def _part(part: Wire, profile: Profile) -> Wire:
    match part.get("type"):
        case "refusal":
            return {"type": "output_text", "text": text_of(part, "refusal")}
        case "output_text":
            return {"type": "output_text", "text": text_of(part, "text")}
        case "input_file" if not profile.files:
            name = text_of(part, "filename") or "a file"
            return {"type": "input_text", "text": f"[{name} was attached; this server takes no files]"}
        case _:
            return {key: value for key, value in part.items() if key != "prompt_cache_breakpoint"}


def _function_call(item: Item, _profile: Profile, _calls: Mapping[str, Item]) -> Wire:
    return _call(item, text_of(item, "name"), _arguments(item))


def _custom_call(item: Item, _profile: Profile, _calls: Mapping[str, Item]) -> Wire:
    key = "patch" if text_of(item, "name") == "apply_patch" else "input"
    return _call(item, text_of(item, "name"), json.dumps({key: text_of(item, "input")}))


def _shell_call(item: Item, _profile: Profile, _calls: Mapping[str, Item]) -> Wire:
    action = mapping_of(item, "action")
    given = {key: action[key] for key in ("timeout_ms", "max_output_length") if action.get(key) is not None}
    return _call(item, "shell", json.dumps({"commands": _commands(item), **given}))


def _patch_call(item: Item, _profile: Profile, _calls: Mapping[str, Item]) -> Wire:
    return _call(item, "apply_patch", json.dumps({"patch": envelope(mapping_of(item, "operation"))}))


def _call(item: Item, name: str, arguments: str) -> Wire:
    call_id = text_of(item, "call_id")
    return {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}


def _arguments(item: Item) -> str:
    """The arguments, or "{}" when they are no object: some servers parse history again and fail on it."""
    arguments = text_of(item, "arguments")
    try:
        whole = isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        whole = False
    return arguments if whole else "{}"


def _commands(call: Item) -> list[str]:
    action = mapping_of(call, "action")
    if call.get("type") == "local_shell_call":
        return [shlex.join(str(word) for word in list_of(action, "command"))]
    return [str(command) for command in list_of(action, "commands")]


def envelope(operation: Mapping[str, Any]) -> str:
    """A typed patch operation as the text a function tool takes."""
    path, diff = text_of(operation, "path"), text_of(operation, "diff")
    verb = {"create_file": "Add", "update_file": "Update", "delete_file": "Delete"}.get(
        text_of(operation, "type"), "Update"
    )
    body = "" if verb == "Delete" else diff + ("" if diff.endswith("\n") or not diff else "\n")
    return f"*** Begin Patch\n*** {verb} File: {path}\n{body}*** End Patch"


def _output(item: Item, profile: Profile, calls: Mapping[str, Item]) -> Wire:
    output = item.get("output")
    match text_of(item, "type"):
        case "shell_call_output":
            output = _shell_text(item, calls)
        case "apply_patch_call_output":
            output = text_of(item, "output") or text_of(item, "status")
        case _ if isinstance(output, list) and not profile.lists:
            output = "\n".join(_output_part(part) for part in output if isinstance(part, dict))
    call_id = text_of(item, "call_id") or text_of(item, "id")  # local_shell_call_output has only an id
    return {"type": "function_call_output", "call_id": call_id, "output": output if output else ""}


def _output_part(part: Wire) -> str:
    if part.get("type") in ("input_text", "output_text"):
        return text_of(part, "text")
    return f"[{text_of(part, 'filename') or text_of(part, 'type').removeprefix('input_')}]"


def _shell_text(item: Item, calls: Mapping[str, Item]) -> str:
    commands = _commands(calls.get(text_of(item, "call_id"), {}))
    shown = []
    for position, entry in enumerate(part for part in list_of(item, "output") if isinstance(part, dict)):
        if position < len(commands):
            shown.append(f"$ {commands[position]}")
        shown += [text.rstrip("\n") for text in (text_of(entry, "stdout"), text_of(entry, "stderr")) if text]
        outcome = mapping_of(entry, "outcome")
        shown.append(
            "[timeout]" if outcome.get("type") == "timeout" else f"[exit {outcome.get('exit_code')}]"
        )
    return "\n".join(shown)


_TRANSLATORS: dict[str, Callable[[Item, Profile, Mapping[str, Item]], Wire]] = {
    "message": _message,
    "function_call": _function_call,
    "custom_tool_call": _custom_call,
    "shell_call": _shell_call,
    "local_shell_call": _shell_call,
    "apply_patch_call": _patch_call,
    "function_call_output": _output,
    "custom_tool_call_output": _output,
    "shell_call_output": _output,
    "local_shell_call_output": _output,
    "apply_patch_call_output": _output,
}


def _note(item: Item, type: str) -> str:
    """A short sentence about an item this server cannot read; "" when nothing is lost without it."""
    match type:
        case "web_search_call":
            action = mapping_of(item, "action")
            return f"[searched the web: {text_of(action, 'query') or text_of(action, 'url') or 'a query'}]"
        case "file_search_call":
            return f"[searched files: {', '.join(str(query) for query in list_of(item, 'queries'))}]"
        case "code_interpreter_call":
            return f"[ran code on the server:\n{text_of(item, 'code')[:NOTE_LIMIT]}]"
        case "image_generation_call":
            return "[generated an image]"
        case "mcp_call":
            said = text_of(item, "output")[:NOTE_LIMIT]
            return f"[called {text_of(item, 'name')} of {text_of(item, 'server_label')}: {said}]"
        case "computer_call":
            return "[used the computer]"
        case "compaction":
            return (
                "[earlier parts of this conversation were condensed by another service and are not readable]"
            )
        case _:
            return ""


def _message_of(role: str, text: str) -> Wire:
    return {"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}


def _easy(item: Wire) -> Wire:
    """An assistant's message without id is an input message, and those have no status."""
    if item.get("type") != "message" or item.get("id"):
        return item
    return {key: value for key, value in item.items() if key != "status"}


def _paired(items: list[Wire]) -> list[Wire]:
    """Without reasoning that lost its successor: "provided without its required following item" is a 400."""
    kept: list[Wire] = []
    for item in reversed(items):
        if item.get("type") == "reasoning" and not (kept and _follows_reasoning(kept[-1])):
            continue
        kept.append(item)
    return kept[::-1]


def _follows_reasoning(item: Item) -> bool:
    type = text_of(item, "type")
    if type == "message":
        # An answer that was cut is our own account of it, not the item the reasoning led to.
        return item.get("role") == "assistant" and item.get("status") != "incomplete"
    return not type.endswith("_output") and type != "mcp_approval_response"
