from pathlib import Path

import pytest

from tui_assist.cli.arguments import parse
from tui_assist.cli.assembly import LARGEST_TEXT, Assembly, prompt_text
from tui_assist.cli.checks import check_folder
from tui_assist.errors import UsageError, UserError


def test_a_user_without_a_home_is_told_to_set_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    with pytest.raises(UserError, match="set HOME"):
        _ = Assembly(parse([])).workspace
    with pytest.raises(UserError, match="set HOME"):
        _ = Assembly(parse([])).places


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"hi \xff", "not UTF-8"), (b" \n", "is empty"), (b"x" * (LARGEST_TEXT + 1), "larger than 1 MiB")],
)
def test_a_prompt_from_standard_input_that_is_none_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        prompt_text(parse(["exec", "-"]), lambda: content)


def test_a_state_folder_that_no_disk_takes_is_a_finding(tmp_path: Path) -> None:
    assert check_folder("state", tmp_path / ("x" * 300) / "tui-assist").text.startswith(str(tmp_path))
