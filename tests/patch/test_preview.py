import json

from hypothesis import given
from hypothesis import strategies as st

from tui_assist.patch.partial_json import PartialJson
from tui_assist.patch.preview import Preview, PreviewFile, PreviewLine

ENVELOPE = (
    '*** Begin Patch\n*** Update File: a.py\n*** Move to: b.py\n@@ def f\n kept\n-é\n+\U0001f600 "q"\n'
    "*** Add File: n\n+x\n*** End Patch\n"
)
FILES = [
    PreviewFile(
        "a.py", [("@", "@@ def f"), (" ", "kept"), ("-", "é"), ("+", '\U0001f600 "q"')], "update", "b.py"
    ),
    PreviewFile("n", [("+", "x")], "add"),
]


def fed(text: str, step: int = 1, path: str = "") -> Preview:
    preview = Preview(path)
    for at in range(0, len(text), step):
        preview.feed(text[at : at + step])
    return preview


def test_an_envelope_is_shown_file_by_file() -> None:
    assert fed(ENVELOPE).files == FILES


def test_an_envelope_in_json_arguments_is_the_same() -> None:
    assert fed(json.dumps({"patch": ENVELOPE})).files == FILES


def test_a_path_beside_an_envelope_is_no_second_file() -> None:
    assert fed(json.dumps({"path": "a.py", "diff": ENVELOPE})).files == FILES


def test_a_typed_diff_is_shown_under_its_path() -> None:
    assert fed("@@\n-a\n+b\n", path="f").files == [PreviewFile("f", [("@", "@@"), ("-", "a"), ("+", "b")])]


def test_typed_operations_in_json_are_shown_under_their_paths() -> None:
    sent = {"operations": [{"path": "a", "diff": "@@\n-1\n+2"}, {"diff": "+3\n", "path": "b"}]}
    assert fed(json.dumps(sent)).files == [
        PreviewFile("a", [("@", "@@"), ("-", "1"), ("+", "2")]),
        PreviewFile("b", [("+", "3")]),
    ]


def test_the_line_being_written_is_shown_as_far_as_it_came() -> None:
    assert fed("@@\n-a\n+hal", path="f").open_line == PreviewLine("f", "+", "hal")


def test_a_marker_being_written_is_no_line() -> None:
    assert fed("+a\n*** End", path="f").open_line is None


def test_feed_returns_the_lines_it_completed() -> None:
    preview = Preview("f")
    assert [preview.feed("-a\n+"), preview.feed("b\n c\n+d")] == [
        [PreviewLine("f", "-", "a")],
        [PreviewLine("f", "+", "b"), PreviewLine("f", " ", "c")],
    ]


@given(st.integers(1, 9), st.booleans())
def test_the_cut_between_feeds_does_not_matter(step: int, in_json: bool) -> None:
    assert fed(json.dumps({"input": ENVELOPE}) if in_json else ENVELOPE, step).files == FILES


@given(st.integers(0, len(json.dumps({"patch": ENVELOPE}))))
def test_every_prefix_can_be_shown(length: int) -> None:
    preview = fed(json.dumps({"patch": ENVELOPE})[:length])
    assert [file.path for file in preview.files] == ["a.py", "n"][: len(preview.files)]
    assert preview.open_line is None or preview.open_line.kind in " -+@"


@given(st.text(alphabet='{}[]":,\\nu0dD8 @+-*\n', max_size=60), st.sampled_from(["", "f"]))
def test_nothing_fed_raises(text: str, path: str) -> None:
    preview = fed(text, path=path)
    assert preview.open_line is None or preview.open_line.text is not None


@given(st.text(max_size=30), st.booleans(), st.integers(1, 7))
def test_partial_json_reads_what_json_wrote(value: str, ascii_only: bool, step: int) -> None:
    text = json.dumps({"k": [1, {"patch": value}]}, ensure_ascii=ascii_only)
    reader = PartialJson()
    pieces = [piece for at in range(0, len(text), step) for piece in reader.feed(text[at : at + step])]
    assert "".join(piece.text for piece in pieces if piece.key == "patch") == value
    assert pieces[-1].ended
