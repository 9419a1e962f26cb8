import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_assist.errors import ToolError
from tui_assist.workspace.paths import checked, fold, is_protected, is_secret


@pytest.mark.parametrize(
    "name",
    [
        ".git",
        ".GIT",
        ".g\u200cit",
        "\uff0egit",
        ".git.",
        ".git ",
        "GIT~1",
        ".gi\u0164".replace("\u0164", "t"),
    ],
)
def test_git_is_known_under_every_spelling(name: str) -> None:
    assert fold(name) == ".git"


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        "sub/.git/hooks/pre-commit",
        ".github/workflows/ci.yml",
        ".VSCode/tasks.json",
        "agents.md",
        "docs/CLAUDE.md",
        ".tui-assist/config.toml",
        ".husky/pre-commit",
        ".gitlab-ci.yml",
        ".env",
        "AGENTS\ufe0f.md",
    ],
)
def test_what_runs_or_instructs_is_protected(path: str) -> None:
    assert is_protected(path.split("/"))


@pytest.mark.parametrize("path", ["src/app.py", "README.md", "git/x", ".gitignore", "docs/agents.txt"])
def test_plain_files_are_not_protected(path: str) -> None:
    assert not is_protected(path.split("/"))


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".ENV.local",
        "deploy/prod.env",
        "cert.pem",
        "id_rsa",
        "id_ed25519_work",
        ".netrc",
        ".aws/anything",
        "credentials.json",
        "secrets.yaml",
        "sub/.git/config",
    ],
)
def test_keys_are_secret(path: str) -> None:
    assert is_secret(path.split("/"))


@pytest.mark.parametrize(
    "path", [".env.example", "id_rsa.pub", "credentials.py", "secrets.md", "environment"]
)
def test_templates_and_public_halves_are_not_secret(path: str) -> None:
    assert not is_secret(path.split("/"))


@pytest.mark.parametrize("path", ["", "  ", "a\0b", "~/x", "\ud83d"])
def test_what_can_name_no_file_is_refused(path: str) -> None:
    with pytest.raises(ToolError):
        checked(path)


@given(st.text())
def test_folding_twice_changes_nothing_for_letters(name: str) -> None:
    assert fold(fold(name)) == fold(name)
