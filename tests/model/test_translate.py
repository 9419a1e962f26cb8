import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.dialects import DIALECTS
from tui_assist.config.settings import Kind, ProviderSettings
from tui_assist.model.profiles import Profile, profile_for
from tui_assist.model.translate import envelope, translate
from tui_assist.practice.check import validate

HERE = "p/m"


def profile(kind: Kind) -> Profile:
    return profile_for(ProviderSettings("p", kind, base_model="gpt-5.2"))


USER: dict[str, Any] = {
    "type": "message",
    "role": "user",
    "content": [{"type": "input_text", "text": "run tests"}],
}
REASONING: dict[str, Any] = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAA"}
ANSWER: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "status": "completed",
    "phase": "final_answer",
    "content": [
        {"type": "output_text", "text": "done", "annotations": [{"type": "file_path"}], "logprobs": []},
        {"type": "refusal", "refusal": "no more"},
    ],
}
SHELL: dict[str, Any] = {
    "id": "sh_1",
    "type": "shell_call",
    "call_id": "call_s",
    "status": "completed",
    "action": {"commands": ["pytest -q", "git status"], "timeout_ms": 5000, "max_output_length": None},
    "environment": None,
}
SHELL_OUTPUT: dict[str, Any] = {
    "type": "shell_call_output",
    "call_id": "call_s",
    "output": [
        {"stdout": "1 failed\n", "stderr": "", "outcome": {"type": "exit", "exit_code": 1}},
        {"stdout": "", "stderr": "slow", "outcome": {"type": "timeout"}},
    ],
}
PATCH: dict[str, Any] = {
    "id": "apc_1",
    "type": "apply_patch_call",
    "call_id": "call_p",
    "status": "completed",
    "operation": {"type": "update_file", "path": "a.py", "diff": "@@\n-a\n+b\n"},
}
PATCH_OUTPUT: dict[str, Any] = {
    "type": "apply_patch_call_output",
    "call_id": "call_p",
    "status": "failed",
    "output": "declined: keep it",
}
FUNCTION: dict[str, Any] = {
    "id": "fc_1",
    "type": "function_call",
    "call_id": "call_f",
    "name": "read_file",
    "arguments": '{"path": "a.py"}',
    "status": "completed",
}
FUNCTION_OUTPUT: dict[str, Any] = {
    "type": "function_call_output",
    "call_id": "call_f",
    "output": [{"type": "input_text", "text": "text"}, {"type": "input_image", "image_url": "data:,"}],
}
CUSTOM: dict[str, Any] = {
    "id": "ctc_1",
    "type": "custom_tool_call",
    "call_id": "call_c",
    "name": "apply_patch",
    "input": "*** x",
}
CUSTOM_OUTPUT: dict[str, Any] = {"type": "custom_tool_call_output", "call_id": "call_c", "output": "A x"}
LOCAL: dict[str, Any] = {
    "id": "lsh_1",
    "type": "local_shell_call",
    "call_id": "call_l",
    "status": "completed",
    "action": {"type": "exec", "command": ["ls", "a b"], "env": {}},
}
LOCAL_OUTPUT: dict[str, Any] = {"type": "local_shell_call_output", "id": "call_l", "output": "a b"}
SEARCH: dict[str, Any] = {
    "id": "ws_1",
    "type": "web_search_call",
    "status": "completed",
    "action": {"type": "search", "query": "q"},
}
COMPACTION: dict[str, Any] = {"id": "cmp_1", "type": "compaction", "encrypted_content": "gAAB"}

HISTORY: list[dict[str, Any]] = [
    USER,
    REASONING,
    SHELL,
    SHELL_OUTPUT,
    PATCH,
    PATCH_OUTPUT,
    FUNCTION,
    FUNCTION_OUTPUT,
    CUSTOM,
    CUSTOM_OUTPUT,
    LOCAL,
    LOCAL_OUTPUT,
    SEARCH,
    COMPACTION,
    ANSWER,
]
OWN = tuple("" if item is USER or item["type"].endswith("_output") else HERE for item in HISTORY)
ELSEWHERE = tuple("other/m" if origin else "" for origin in OWN)
CALL_TYPES = {"function_call", "custom_tool_call", "shell_call", "apply_patch_call", "local_shell_call"}


def pairs(items: list[dict[str, Any]]) -> tuple[set[str], set[str]]:
    made = {item["call_id"] for item in items if item["type"] in CALL_TYPES}
    told = {item.get("call_id") or item["id"] for item in items if item["type"].endswith("_output")}
    return made, told


def test_the_same_server_gets_its_items_as_they_came() -> None:
    assert translate(HISTORY, profile("openai"), HERE, OWN) == HISTORY


@pytest.mark.parametrize(
    "kind", ["openai", "azure", "tzafon", "llamacpp", "ollama", "vllm", "lmstudio", "other"]
)
@pytest.mark.parametrize("origins", [OWN, ELSEWHERE, ()])
def test_what_is_sent_is_taken_there(kind: Kind, origins: tuple[str, ...]) -> None:
    items = translate(HISTORY, profile(kind), HERE, origins)
    check = DIALECTS[kind].check if kind in DIALECTS else DIALECTS["lmstudio"].check
    assert check({"model": "m", "input": items}, None) is None


def test_typed_calls_become_function_calls_with_their_outputs() -> None:
    items = translate([SHELL, SHELL_OUTPUT, PATCH, PATCH_OUTPUT], profile("llamacpp"), HERE)
    assert items == [
        {
            "type": "function_call",
            "call_id": "call_s",
            "name": "shell",
            "arguments": '{"commands": ["pytest -q", "git status"], "timeout_ms": 5000}',
        },
        {
            "type": "function_call_output",
            "call_id": "call_s",
            "output": "$ pytest -q\n1 failed\n[exit 1]\n$ git status\nslow\n[timeout]",
        },
        {
            "type": "function_call",
            "call_id": "call_p",
            "name": "apply_patch",
            "arguments": json.dumps({"patch": envelope(PATCH["operation"])}),
        },
        {"type": "function_call_output", "call_id": "call_p", "output": "declined: keep it"},
    ]


def test_an_operation_is_written_as_an_envelope() -> None:
    update = {"type": "update_file", "path": "a.py", "diff": "@@\n-a\n+b"}
    assert envelope(update) == "*** Begin Patch\n*** Update File: a.py\n@@\n-a\n+b\n*** End Patch"
    create = {"type": "create_file", "path": "a", "diff": "+a\n"}
    assert envelope(create) == "*** Begin Patch\n*** Add File: a\n+a\n*** End Patch"
    assert (
        envelope({"type": "delete_file", "path": "a"}) == "*** Begin Patch\n*** Delete File: a\n*** End Patch"
    )


def test_messages_lose_what_only_their_author_reads() -> None:
    assert translate([ANSWER], profile("llamacpp"), HERE) == [
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "done"}, {"type": "output_text", "text": "no more"}],
        }
    ]


def test_a_message_without_type_gets_one() -> None:
    items = translate([{"role": "assistant", "content": "hi"}], profile("llamacpp"), HERE)
    assert items == [
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]}
    ]


def test_outputs_are_text_where_lists_are_not_taken() -> None:
    items = translate([FUNCTION, FUNCTION_OUTPUT], profile("llamacpp"), HERE)
    assert items[1]["output"] == "text\n[image]"


@pytest.mark.parametrize("arguments", ["", "{", "no json", "[1]"])
@pytest.mark.parametrize("kind", ["openai", "llamacpp"])
def test_arguments_that_are_no_object_are_sent_as_an_empty_object(arguments: str, kind: Kind) -> None:
    items = translate([{**FUNCTION, "arguments": arguments}, FUNCTION_OUTPUT], profile(kind), HERE)
    assert items[0]["arguments"] == "{}"


def test_reasoning_goes_back_only_to_the_model_that_thought_it() -> None:
    history = [REASONING, ANSWER]

    def kept(**known: Any) -> bool:
        return REASONING in translate(history, profile("openai"), HERE, **known)

    assert kept(origins=(HERE, HERE))
    assert kept(seen={"gAAA"})
    assert not kept(origins=("p/other", "p/other"))
    assert not kept(origins=("q/m", "q/m"))
    assert not kept()


def test_reasoning_without_its_successor_is_dropped() -> None:
    for follower in ([], [USER], [SHELL_OUTPUT]):
        history = [USER, SHELL, REASONING, *follower]
        sent = translate(history, profile("openai"), HERE, (HERE,) * len(history))
        assert REASONING not in sent


def test_an_answer_that_was_cut_is_sent_as_text_without_its_reasoning() -> None:
    cut = {"type": "message", "role": "assistant", "status": "incomplete", "content": ANSWER["content"]}
    sent = translate([USER, REASONING, cut, USER], profile("openai"), HERE, ("", HERE, HERE, ""))
    told = {"type": "message", "role": "assistant", "content": ANSWER["content"]}
    assert sent == [USER, told, USER]


def test_what_followed_lost_reasoning_goes_without_its_id() -> None:
    history = [REASONING, FUNCTION, FUNCTION_OUTPUT, ANSWER]
    sent = translate(history, profile("openai"), HERE, ("p/other", "p/other", "", "p/other"))
    assert ["id" in item for item in sent] == [False, False, True]


def test_reasoning_goes_as_content_where_that_is_the_shape() -> None:
    open_thought = {**REASONING, "content": [{"type": "reasoning_text", "text": "hm"}], "status": "completed"}
    items = translate([open_thought, ANSWER], profile("llamacpp"), HERE, (HERE, HERE))
    assert items[0] == {"type": "reasoning", "id": "rs_1", "summary": [], "content": open_thought["content"]}
    assert translate([REASONING, ANSWER], profile("vllm"), HERE, (HERE, HERE))[0]["type"] == "message"


def test_foreign_ids_are_left_out_where_they_would_be_refused() -> None:
    odd = {**FUNCTION, "id": "chatcmpl-7"}
    assert "id" not in translate([odd, FUNCTION_OUTPUT], profile("openai"), HERE, ("q/m", ""))[0]
    assert "id" in translate([odd, FUNCTION_OUTPUT], profile("openai"), HERE, (HERE, ""))[0]


def test_hosted_items_become_a_short_note_elsewhere() -> None:
    items = translate([SEARCH], profile("llamacpp"), HERE)
    assert items == [
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "[searched the web: q]"}],
        }
    ]
    assert translate([SEARCH], profile("tzafon"), HERE)[0]["role"] == "developer"


def test_unknown_items_go_back_to_their_provider_only() -> None:
    opaque: dict[str, Any] = {"type": "hologram", "id": "h", "beam": 1}
    assert translate([opaque], profile("openai"), HERE, ("p/older",)) == [opaque]
    assert translate([opaque], profile("openai"), HERE, ("q/m",)) == []
    assert translate([opaque], profile("llamacpp"), HERE, (HERE,)) == []


def test_a_computer_call_and_its_output_stay_or_go_together() -> None:
    history: list[dict[str, Any]] = [
        {"type": "computer_call", "id": "cu_1", "call_id": "call_u", "status": "completed"},
        {"type": "computer_call_output", "call_id": "call_u", "output": {"type": "computer_screenshot"}},
    ]
    assert translate(history, profile("openai"), HERE, (HERE, "")) == history
    assert translate(history, profile("openai"), HERE, (), {"cu_1"}) == history
    elsewhere: list[Kind] = ["openai", "ollama"]
    for kind in elsewhere:
        sent = translate(history, profile(kind), HERE, ("q/m", ""))
        assert [item["type"] for item in sent] == ["message"]


def test_files_are_named_where_they_are_not_taken() -> None:
    part = {"type": "input_file", "filename": "a.pdf", "file_data": "data:,"}
    items = translate([{**USER, "content": [part]}], profile("llamacpp"), HERE)
    assert items[0]["content"] == [
        {"type": "input_text", "text": "[a.pdf was attached; this server takes no files]"}
    ]


blocks = st.lists(
    st.sampled_from(
        [
            [USER],
            [REASONING, SHELL, SHELL_OUTPUT],
            [PATCH, PATCH_OUTPUT],
            [FUNCTION, CUSTOM, FUNCTION_OUTPUT, CUSTOM_OUTPUT],
            [LOCAL, LOCAL_OUTPUT],
            [SEARCH],
            [COMPACTION],
            [REASONING, ANSWER],
            [REASONING],
        ]
    ),
    max_size=6,
    unique_by=lambda block: str(block[-1]),
)


@given(blocks, st.sampled_from(["openai", "llamacpp", "ollama", "vllm", "tzafon", "other"]), st.booleans())
def test_no_call_is_ever_sent_without_its_output(blocks: Any, kind: Any, own: bool) -> None:
    history = [item for block in blocks for item in block]
    before = json.dumps(history)
    items = translate(history, profile(kind), HERE, [HERE if own else ""] * len(history))
    made, told = pairs(items)
    assert made == told == pairs(history)[0]
    assert json.dumps(history) == before


def test_the_practice_profile_replays_what_the_practice_server_takes() -> None:
    assert validate({"model": "m", "input": translate(HISTORY, profile("practice"), HERE, OWN)}) is None
