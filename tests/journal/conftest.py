from pathlib import Path

import pytest

from tests.journal.making import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    root = tmp_path / "root"
    root.mkdir()
    return Desk(root, tmp_path / "state")
