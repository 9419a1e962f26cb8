from pathlib import Path

import pytest

from tests.story.stage import git


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A small repository with one commit."""
    root = tmp_path / "repo"
    (root / "src").mkdir(parents=True)
    (root / "paint.py").write_text('colour = "red"\n\n\ndef mix(colour):\n    return colour\n')
    (root / "src/brush.py").write_text("from paint import colour\n\n\nclass Brush:\n    tint = colour\n")
    (root / "README.md").write_text("# Paint\n\nIt mixes.\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "begin")
    return root
