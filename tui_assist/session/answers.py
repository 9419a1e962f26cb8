"""Which item answers which call, in the one table everyone uses. Runs nothing.

Source: Responses API item types; a call without its output makes the next request a 400.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tui_assist.values.calls import Item, Outcome, Status
from tui_assist.values.content import File, Image, Parts, Text, text_of

ANSWERS = {
    "function_call": "function_call_output",
    "custom_tool_call": "custom_tool_call_output",
    "apply_patch_call": "apply_patch_call_output",
    "shell_call": "shell_call_output",
    "local_shell_call": "local_shell_call_output",
    "computer_call": "computer_call_output",
    "mcp_approval_request": "mcp_approval_response",
    "tool_search_call": "tool_search_output",
}

HOSTED = {
    "web_search_call",
    "file_search_call",
    "code_interpreter_call",
    "image_generation_call",
    "mcp_call",
}
"""Calls the server runs itself: nobody answers them."""

# A computer_call takes nothing but a screenshot; this is one transparent pixel.
NO_SCREENSHOT = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)


def call_id_of(item: Item) -> str | None:
    """The id an answer to this item refers to; None when it is nothing that we have to answer."""
    kind = item.get("type")
    if not isinstance(kind, str):
        return None
    if kind == "mcp_approval_request":
        found = item.get("id")
    elif not kind.endswith("_call") or kind in HOSTED or _searched_by_server(item):
        return None
    elif kind in ANSWERS:
        found = item.get("call_id") or item.get("id")  # a local shell call may have an id alone
    else:
        found = item.get("call_id")
    return found if isinstance(found, str) and found else None


def _searched_by_server(item: Item) -> bool:
    return item.get("type") == "tool_search_call" and item.get("execution") != "client"


def answered_id(item: Item) -> str | None:
    """The call id that this item answers; None when it answers nothing."""
    match item.get("type"):
        case "mcp_approval_response":
            return str(item.get("approval_request_id"))
        case "local_shell_call_output":
            return str(item.get("call_id") or item.get("id"))
        case str(kind) if kind.endswith("_output") and "call_id" in item:
            return str(item["call_id"])
        case _:
            return None


def unanswered(items: Sequence[Item]) -> list[Item]:
    """The calls among `items` that no later item answers, in order.

    An answer takes the first open call of its id: some servers give the same ids in every response.
    """
    waiting: list[Item] = []
    for item in items:
        if call_id_of(item) is not None:
            waiting.append(item)
        elif (wanted := answered_id(item)) is not None:
            answered = next((call for call in waiting if call_id_of(call) == wanted), None)
            if answered is not None:
                waiting.remove(answered)
    return waiting


def strays(items: Sequence[Item]) -> set[int]:
    """The positions of answers to calls that stand nowhere before them.

    Only a damaged file has such items, and servers refuse every request that holds one.
    """
    named: set[str] = set()
    found: set[int] = set()
    for position, item in enumerate(items):
        wanted = answered_id(item)
        if wanted is None:
            named |= {str(item[key]) for key in ("call_id", "id") if key in item}
        elif wanted not in named:
            found.add(position)
    return found


def encodable(value: Any) -> Any:
    """`value` with halves of characters joined or replaced: JSON can say them, and no request can carry them.

    Names of files and cut streams bring them. One such text would fail every later request.
    """
    match value:
        case str():
            return value if value.isascii() else _joined(value)
        case Mapping():
            return {key: encodable(part) for key, part in value.items()}
        case list() | tuple():
            return [encodable(part) for part in value]
        case _:
            return value


def _joined(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def answer(item: Item, outcome: Outcome) -> dict[str, Any]:
    """The item that answers the call `item` with `outcome`, of the type the call came in as."""
    kind = str(item.get("type", ""))
    call_id = call_id_of(item) or ""
    done = outcome.status is Status.COMPLETED
    text = text_of(outcome.content)
    answered: dict[str, Any] = {"type": ANSWERS.get(kind, f"{kind}_output"), "call_id": call_id}
    match kind:
        case "apply_patch_call":
            answered |= {"status": "completed" if done else "failed", "output": text}
        case "shell_call":
            answered |= {"output": _shell_output(outcome, text)}
            length = (item.get("action") or {}).get("max_output_length")
            if length is not None:
                answered["max_output_length"] = length
        case "local_shell_call":
            answered = {"type": answered["type"], "id": call_id, "output": text}
        case "computer_call":
            answered["output"] = {"type": "computer_screenshot", "image_url": NO_SCREENSHOT}
        case "mcp_approval_request":
            answered = {
                "type": answered["type"],
                "approval_request_id": call_id,
                "approve": done,
                "reason": text,
            }
        case "tool_search_call":
            answered |= {"tools": [], "execution": "client", "status": "completed"}
        case _:
            answered["output"] = _parts(outcome.content, text)
    if item.get("caller") is not None:
        answered["caller"] = item["caller"]
    return answered


def _shell_output(outcome: Outcome, text: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = [
        {
            "stdout": result.stdout,
            "stderr": result.stderr,
            "outcome": {"type": "timeout"}
            if result.timed_out or result.exit_code is None
            else {"type": "exit", "exit_code": result.exit_code},
        }
        for result in outcome.commands
    ]
    if entries and outcome.status is Status.COMPLETED:
        return entries
    done = outcome.status is Status.COMPLETED
    said = {
        "stdout": text if done else "",
        "stderr": "" if done else text,
        "outcome": {"type": "exit", "exit_code": 0 if done else 1},
    }
    return [*entries, said]


def _parts(content: Parts, text: str) -> str | list[dict[str, Any]]:
    if all(isinstance(part, Text) for part in content):
        return text
    return [input_part(part) for part in content]


def input_part(part: Text | Image | File) -> dict[str, Any]:
    """A content part as the wire's input part."""
    match part:
        case Text(said):
            return {"type": "input_text", "text": said}
        case Image(url, detail):
            return {"type": "input_image", "image_url": url, "detail": detail}
        case File(name, url):
            return {"type": "input_file", "filename": name, "file_data": url}


def user_message(prompt: Parts) -> dict[str, Any]:
    """The item of a person's prompt."""
    return {"type": "message", "role": "user", "content": [input_part(part) for part in prompt]}


def prompt_of(item: Item) -> Parts:
    """The prompt of a user message item: the inverse of `user_message`."""
    content = item.get("content")
    if isinstance(content, str):
        return (Text(content),)
    parts: list[Text | Image | File] = []
    for part in content or ():
        match part:
            case {"type": "input_text", "text": str(text)}:
                parts.append(Text(text))
            case {"type": "input_image", "image_url": str(url)}:
                parts.append(Image(url))
            case {"type": "input_file", "filename": str(name), "file_data": str(url)}:
                parts.append(File(name, url))
    return tuple(parts)
