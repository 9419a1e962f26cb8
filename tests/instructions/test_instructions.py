import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_assist.instructions import LARGEST_GUIDES, OURS, Surroundings, build

HERE = Surroundings("/src/calc", "Linux 6.8", "2026-03-14", "main", ("/src/lib",))


def test_ours_stays_short() -> None:
    assert len(OURS.encode()) < 5_000


def test_ours_names_every_tool() -> None:
    assert [
        name for name in ("search", "find_files", "read_file", "apply_patch", "shell") if name not in OURS
    ] == []


def test_the_order_is_fixed_and_what_changes_stands_last() -> None:
    guides = [("AGENTS.md", b"use tabs"), ("pkg/AGENTS.md", b"use spaces")]
    built = build(HERE, "be brief", guides)
    assert [name for name, _ in built.parts] == [
        "tui-assist",
        "your instructions",
        "AGENTS.md",
        "pkg/AGENTS.md",
        "surroundings",
    ]
    assert built.text.index("be brief") < built.text.index("use tabs") < built.text.index("use spaces")
    assert built.text.endswith("Git branch: main\nPlatform: Linux 6.8\nDate: 2026-03-14\n")


def test_another_day_changes_only_the_end() -> None:
    today = build(HERE, "be brief").text
    tomorrow = build(Surroundings("/src/calc", "Linux 6.8", "2026-03-15", "main", ("/src/lib",)), "be brief")
    assert tomorrow.text == today.replace("2026-03-14", "2026-03-15")


def test_nothing_is_said_about_what_is_not_there() -> None:
    built = build(Surroundings("/x", "Linux", "2026-03-14"), "  ", [("AGENTS.md", b" \n")])
    assert [name for name, _ in built.parts] == ["tui-assist", "surroundings"]
    assert "branch" not in built.text.partition("# Surroundings")[2]


def test_the_sizes_add_up_to_the_text() -> None:
    built = build(HERE, "größer", [("AGENTS.md", "é".encode())])
    between = len(built.parts) - 1
    assert sum(size for _, size in built.parts) + between == len(built.text.encode())


def test_a_cut_guide_says_so_and_the_next_one_too() -> None:
    built = build(HERE, "", [("AGENTS.md", b"x" * 40_000), ("b/AGENTS.md", b"unseen")])
    assert "[cut: 7232 of 40000 bytes of AGENTS.md are left out]" in built.text
    assert "[cut: 6 of 6 bytes of b/AGENTS.md are left out]" in built.text
    assert "unseen" not in built.text


def test_a_cut_never_splits_a_character() -> None:
    built = build(HERE, "", [("AGENTS.md", b"x" + "é".encode() * 20_000)])
    assert "\ufffd" not in built.text


def test_a_guide_that_is_no_utf8_is_read_as_well_as_possible() -> None:
    assert "caf\ufffd" in build(HERE, "", [("AGENTS.md", b"caf\xe9")]).text


@pytest.mark.parametrize("name", ["x\n# Reporting", "x\u202e", "x\x1b[2J"])
def test_a_folders_name_cannot_pass_for_a_heading(name: str) -> None:
    built = build(Surroundings(name, "Linux", "2026-03-14", branch=name))
    assert name not in built.text


@given(st.lists(st.tuples(st.just("AGENTS.md"), st.binary(max_size=30_000)), max_size=4))
def test_guides_never_exceed_their_share(guides: list[tuple[str, bytes]]) -> None:
    extra = len(build(HERE, "", guides).text.encode()) - len(build(HERE).text.encode())
    # A byte that is no UTF-8 becomes a character of three.
    assert extra <= 3 * LARGEST_GUIDES + 120 * len(guides)
