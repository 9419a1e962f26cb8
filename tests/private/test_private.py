import os
import subprocess
import sys
from pathlib import Path

import pytest

from tui_assist.errors import UserError
from tui_assist.private import PrivateFile

APPEND = """
import sys
from pathlib import Path
from tui_assist.private import PrivateFile
for number in range(40):
    PrivateFile(Path(sys.argv[1])).change(lambda content: (content or b"") + b"x")
"""


def test_a_missing_file_holds_nothing(tmp_path: Path) -> None:
    assert PrivateFile(tmp_path / "none").read() is None


def test_a_new_file_and_its_folder_are_for_the_owner_alone(tmp_path: Path) -> None:
    os.umask(0o022)
    path = tmp_path / "state" / "keys"
    PrivateFile(path).change(lambda content: b"new")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_change_closes_what_was_open_to_others(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(b"old")
    path.chmod(0o644)
    file = PrivateFile(path)
    before = file.exposed()
    file.change(lambda content: (content or b"") + b" new")
    assert (before, file.exposed(), file.read()) == (True, False, b"old new")


def test_an_edit_that_fails_leaves_the_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    file = PrivateFile(path)
    file.change(lambda content: b"old")

    def fail(content: bytes | None) -> bytes:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        file.change(fail)
    assert (file.read(), sorted(os.listdir(tmp_path))) == (b"old", [".keys.lock", "keys"])


def test_a_linked_file_stays_linked(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "config.toml"
    real.parent.mkdir()
    real.write_bytes(b"old")
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    PrivateFile(link).change(lambda content: b"new")
    assert (link.is_symlink(), real.read_bytes()) == (True, b"new")


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="no regular file"):
        PrivateFile(tmp_path / "pipe").read()


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"")
    with pytest.raises(UserError, match="cannot be written"):
        PrivateFile(tmp_path / "state" / "keys").change(lambda content: b"")


def test_two_processes_lose_no_change(tmp_path: Path) -> None:
    path = tmp_path / "count"
    processes = [subprocess.Popen([sys.executable, "-c", APPEND, str(path)]) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    assert path.read_bytes() == b"x" * 80


def test_a_file_below_a_file_is_not_exposed_and_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("")
    file = PrivateFile(tmp_path / "config" / "keys.json")
    assert not file.exposed()
    with pytest.raises(UserError, match="cannot be read: Not a directory"):
        file.read()
