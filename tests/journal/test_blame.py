import pytest

from tests.journal.making import Desk
from tui_assist.errors import UserError


def writers(desk: Desk, path: str) -> list[int | None]:
    """The record number of every line."""
    count = (desk.root / path).read_bytes().count(b"\n")
    found = [desk.journal.blame(path, line) for line in range(1, count + 1)]
    return [record.number if record else None for record in found]


def test_each_line_is_told_by_the_patch_that_wrote_it_last(desk: Desk) -> None:
    (desk.root / "a").write_bytes(b"1\n2\n3\n4\n")
    desk.write(a=b"1\nTWO\n3\n4\n")
    desk.write(a=b"1\nTWO\n3\nFOUR\n5\n")
    assert writers(desk, "a") == [None, 1, None, 2, 2]


def test_lines_are_followed_where_others_push_them(desk: Desk) -> None:
    desk.write(a=b"1\n2\n3\n")
    desk.write(a=b"0\n1\n3\n")
    (desk.root / "a").write_bytes(b"mine\n0\nmine\n1\n3\n")
    assert writers(desk, "a") == [None, 2, None, 1, 1]
    desk.write(a=b"mine\n0\n1\nlast\n3\n")
    assert writers(desk, "a") == [None, 2, 1, 4 - 1, 1]


def test_lines_are_followed_through_moves(desk: Desk) -> None:
    desk.write(a=b"1\n2\n")
    desk.commit(desk.change("a", b"1\nTWO\n", move_to="sub/b"))
    (desk.root / "a").write_bytes(b"1\n")
    assert writers(desk, "sub/b") == [1, 2]
    assert writers(desk, "a") == [None]


def test_a_file_made_again_by_someone_else_is_theirs(desk: Desk) -> None:
    desk.write(a=b"1\n")
    desk.write(a=None)
    (desk.root / "a").write_bytes(b"1\n")
    assert writers(desk, "a") == [None]


def test_the_record_tells_where_it_came_from(desk: Desk) -> None:
    desk.write(a=b"1\n")
    record = desk.journal.blame("a", 1)
    assert record is not None
    assert (record.about.prompt, record.about.session, record.state) == ("add a test", "s1", "applied")


def test_lines_of_utf_16_count_as_lines(desk: Desk) -> None:
    (desk.root / "a").write_bytes("1\n2\n".encode("utf-16"))
    desk.write(a="1\nzwei\n".encode("utf-16"))
    assert desk.journal.blame("a", 1) is None
    assert desk.journal.blame("a", 2) is not None


@pytest.mark.parametrize(
    ("path", "line", "said"),
    [("a", 0, "a has 1 lines, no line 0"), ("a", 2, "no line 2"), ("none", 1, "none does not exist")],
)
def test_what_is_not_there_has_no_writer(desk: Desk, path: str, line: int, said: str) -> None:
    desk.write(a=b"1\n")
    with pytest.raises(UserError, match=said):
        desk.journal.blame(path, line)
