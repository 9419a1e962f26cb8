import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_assist.errors import ToolError
from tui_assist.search import PathRanking, find_paths, rank_paths

FILES = [
    "README.md",
    "src/app.py",
    "src/core/session.py",
    "src/core/Session.test.ts",
    "tests/test_app.py",
    "web/app.tsx",
]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.py", ["src/app.py", "src/core/session.py", "tests/test_app.py"]),
        ("src/*.py", ["src/app.py"]),
        ("src/**/*.py", ["src/app.py", "src/core/session.py"]),
        ("**/core/*", ["src/core/session.py", "src/core/Session.test.ts"]),
        ("./src/**", ["src/app.py", "src/core/session.py", "src/core/Session.test.ts"]),
        ("src/core/", ["src/core/session.py", "src/core/Session.test.ts"]),
        ("*.{ts,tsx}", ["src/core/Session.test.ts", "web/app.tsx"]),
        ("app.???", ["web/app.tsx"]),
        ("Session*", ["src/core/Session.test.ts"]),
        ("[rs]*.md", ["README.md"]),
        ("**", FILES),
        ("app", ["src/app.py", "tests/test_app.py", "web/app.tsx"]),
        ("readme", ["README.md"]),
        ("README", ["README.md"]),
        ("ssn.py", ["src/core/session.py"]),
        ("nothing-like-it", []),
    ],
)
def test_a_pattern_finds(pattern: str, found: list[str]) -> None:
    assert find_paths(FILES, pattern) == found


def test_a_pattern_full_of_stars_ends() -> None:
    assert find_paths(["a" * 200], "*a" * 60 + "b") == []
    assert find_paths(["/".join("a" * 60)], "**/a/" * 30 + "b") == []


def test_too_many_alternatives_are_an_error() -> None:
    with pytest.raises(ToolError, match="at most 64 alternatives"):
        find_paths(FILES, "{a,b}" * 12)


def test_a_pattern_without_end_is_an_error() -> None:
    with pytest.raises(ToolError, match="at most 500 characters"):
        find_paths(FILES, "a" * 501)


@given(st.text(max_size=30))
def test_any_pattern_finds_some_of_the_files_or_is_refused(pattern: str) -> None:
    try:
        found = find_paths(FILES, pattern)
    except ToolError:
        return
    assert set(found) <= set(FILES)


def test_the_file_name_counts_most() -> None:
    files = ["session/deep/other_thing.py", "src/x/session.py", "s/e/s/s/ion.py"]
    assert rank_paths(files, "session", 3)[0] == "src/x/session.py"


def test_the_shorter_path_comes_first() -> None:
    assert rank_paths(["a/b/c/app.py", "a/app.py"], "app", 2) == ["a/app.py", "a/b/c/app.py"]


def test_letters_must_come_in_order() -> None:
    assert rank_paths(FILES, "ypp", 5) == []


def test_a_name_that_is_no_text_is_ranked() -> None:
    assert rank_paths(["odd\udcff.py", "ä.py"], "odd", 5) == ["odd\udcff.py"]
    assert rank_paths(["odd.py"], "\udcff", 5) == []


def test_an_empty_query_gives_the_first_paths() -> None:
    assert PathRanking(FILES).rank("", 2) == FILES[:2]


@given(st.text(max_size=200))
def test_any_query_gives_at_most_the_limit(query: str) -> None:
    found = rank_paths(FILES, query, 3)
    assert len(found) <= 3
    assert set(found) <= set(FILES)
