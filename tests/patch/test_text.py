import pytest

from tui_assist.patch.errors import PatchError
from tui_assist.patch.text import bare, decode, ending, majority_ending, shared_mark, split_lines


@pytest.mark.parametrize(
    ("content", "encoding", "mark", "lines"),
    [
        (b"", "utf-8", b"", ()),
        ("é\nb".encode(), "utf-8", b"", ("é\n", "b")),
        (b"\xef\xbb\xbfa\n", "utf-8", b"\xef\xbb\xbf", ("a\n",)),
        (b"\xff\xfea\0\r\0\n\0", "utf-16-le", b"\xff\xfe", ("a\r\n",)),
        (b"\xfe\xff\0a\0\n", "utf-16-be", b"\xfe\xff", ("a\n",)),
        (b"\xe9\n", "latin-1", b"", ("é\n",)),
    ],
)
def test_bytes_are_decoded_by_their_mark_else_strictly(
    content: bytes, encoding: str, mark: bytes, lines: tuple[str, ...]
) -> None:
    text = decode(content, "f")
    assert (text.encoding, text.mark, text.lines) == (encoding, mark, lines)


@pytest.mark.parametrize(
    "content", [b"a\0", b"\xff\xfea", b"\xff\xfe\0\xd8a\0", b"\xff\xfe\0\0a\0\0\0", b"\xef\xbb\xbf\0"]
)
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(PatchError, match="f is binary"):
        decode(content, "f")


def test_only_a_line_feed_ends_a_line() -> None:
    assert split_lines("a\rb\x0cc\u2028d\x85\r\ne\n") == ("a\rb\x0cc\u2028d\x85\r\n", "e\n")


@pytest.mark.parametrize(
    ("line", "text", "end"), [("a\r\n", "a", "\r\n"), ("a\n", "a", "\n"), ("a", "a", ""), ("a\r", "a\r", "")]
)
def test_a_line_is_its_text_and_its_ending(line: str, text: str, end: str) -> None:
    assert (bare(line), ending(line)) == (text, end)


def test_the_majority_decides_and_a_line_feed_when_there_is_none() -> None:
    assert (majority_ending(["a\r\n", "b\r\n", "c\n"]), majority_ending(["a"])) == ("\r\n", "\n")


def test_a_mark_is_shared_when_both_contents_begin_with_it() -> None:
    assert shared_mark(b"\xef\xbb\xbfa", b"\xef\xbb\xbf") == b"\xef\xbb\xbf"
    assert shared_mark(b"\xef\xbb\xbfa", b"a") == b""
    assert shared_mark(None, b"\xef\xbb\xbfa") == b"\xef\xbb\xbf"
