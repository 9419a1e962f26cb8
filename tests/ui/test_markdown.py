from hypothesis import given
from hypothesis import strategies as st

from tui_assist.ui.lines import Line, width_of
from tui_assist.ui.markdown import MarkdownStream

SAMPLE = """# Title **strong**

Prose with *emphasis*, `code` and a [link](https://example.org/page).
Second line\x20\x20
after a hard break, with ~~struck~~ words.

- one
- two
  - nested
- [ ] open
- [x] done

1. first

2. second

> quoted
> twice

| name | count |
|------|------:|
| a | 1 |
| a long cell that has to be wrapped | 22 |

```python
def f(x):
    '''two
    lines'''
    return x
```

- item

  ```
  inner

  fence
  ```

***
the end &#x202e; &#10; <b>no html</b>
"""

PIECES = st.sampled_from(
    [
        "```",
        "~~~py\n",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "> ",
        "| a | b |\n|---|---|\n",
        "**",
        "*",
        "`",
        "[x](",
        ")",
        "# ",
        "    ",
        "\t",
        "word ",
        "中文",
        "\x1b[31m",
        "\u202e",
        "&#x9b;",
        "![i](u)",
        "<b>",
        "===\n",
        "[r]: http://x\n",
        "👩\u200d👧",
    ]
)


def lines_of(text: str, width: int = 40) -> list[Line]:
    stream = MarkdownStream()
    stream.finish(text)
    return stream.lines(width)


def texts(text: str, width: int = 40) -> list[str]:
    return [line.text.rstrip() for line in lines_of(text, width)]


def roles(text: str) -> list[tuple[str, str]]:
    return [span for line in lines_of(text) for span in line.spans]


def test_headings_show_their_level() -> None:
    assert texts("# One\n\n### Three") == ["# One", "", "### Three"]


def test_inline_marks_become_roles() -> None:
    assert roles("a **b** *c* `d` ~~e~~") == [
        ("a ", ""),
        ("b", "strong"),
        (" ", ""),
        ("c", "emphasis"),
        (" ", ""),
        ("d", "code"),
        (" ", ""),
        ("e", "strike"),
    ]


def test_links_say_where_they_lead() -> None:
    assert texts("see [this](https://x.org)") == ["see this (https://x.org)"]
    assert texts("see <https://x.org>") == ["see https://x.org"]


def test_lists_nest_and_tasks_have_boxes() -> None:
    assert texts("- one\n  - two\n- [ ] open\n- [x] done") == ["• one", "  • two", "☐ open", "☑ done"]


def test_numbers_stay_where_a_list_is_split() -> None:
    assert texts("1. a\n\n2. b\n\n3. c") == ["1. a", "", "2. b", "", "3. c"]


def test_tables_fit_the_screen() -> None:
    assert texts("| a | b |\n|---|--:|\n| one two three four five | 2 |", 20) == [
        "a             │    b",
        "──────────────┼─────",
        "one two three │    2",
        "four five     │",
    ]


def test_code_keeps_its_blanks_and_names_its_language() -> None:
    assert texts("```python\nif x:\n    y\n```") == ["  python", "  if x:", "      y"]


def test_long_code_goes_on_below_with_a_mark() -> None:
    assert texts("```\n" + "x" * 25 + "\n```", 20) == ["  " + "x" * 18, "↪ " + "x" * 7]


def test_code_is_highlighted_by_role() -> None:
    assert ("return", "syntax-keyword") in roles("```python\nreturn 1\n```")


def test_an_unclosed_fence_runs_to_the_end() -> None:
    assert texts("text\n\n```py\nx = 1\n") == ["text", "", "  py", "  x = 1"]


def test_html_is_text() -> None:
    assert texts("<b>bold</b>\n\n<script>x</script>") == ["<b>bold</b>", "", "<script>x</script>"]


def test_escapes_and_entities_are_made_visible() -> None:
    shown = "\n".join(texts("a\x1b[2J `b\u202e` &#x202e;\n\n```\nc\x9b\n```"))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\x9b" not in shown
    assert shown.count("<U+202E>") == 2


def test_streaming_ends_as_the_whole_text_would() -> None:
    for size in (1, 3, 17):
        stream = MarkdownStream()
        for at in range(0, len(SAMPLE), size):
            stream.add(SAMPLE[at : at + size])
            stream.lines(50)
        stream.finish(SAMPLE)
        assert stream.lines(50) == lines_of(SAMPLE, 50)


def test_every_prefix_fits_the_screen() -> None:
    stream = MarkdownStream()
    for character in SAMPLE:
        stream.add(character)
        assert max((width_of(line.spans) for line in stream.lines(30)), default=0) <= 30


def test_bold_does_not_flicker_while_it_is_written() -> None:
    stream = MarkdownStream()
    stream.add("this is **imp")
    assert stream.lines(40)[0].spans == (("this is ", ""), ("imp", "strong"))


def test_only_the_open_block_is_parsed_again() -> None:
    stream = MarkdownStream()
    stream.add("A finished paragraph.\n\n" * 200)
    stream.lines(60)
    before = stream.parsed
    stream.add("more ")
    stream.lines(60)
    assert stream.parsed - before < 40


def test_finished_code_lines_are_laid_out_once() -> None:
    stream = MarkdownStream()
    stream.add("```python\n" + "x = 1\n" * 500)
    first = stream.lines(60)[:400]
    stream.add("y = 2\nz")
    assert all(old is new for old, new in zip(first, stream.lines(60)[:400], strict=True))
    assert stream.lines(60)[-1].text == "  z"


def test_a_long_list_is_not_parsed_again_as_a_whole() -> None:
    stream = MarkdownStream()
    stream.add("- an item\n" * 500)
    stream.lines(60)
    before = stream.parsed
    stream.add("- more")
    assert [line.text for line in stream.lines(60)] == ["• an item"] * 500 + ["• more"]
    assert stream.parsed - before < 60


def test_another_width_lays_out_anew() -> None:
    stream = MarkdownStream()
    stream.finish(SAMPLE)
    narrow, wide = list(stream.lines(30)), list(stream.lines(80))
    assert len(narrow) > len(wide)
    assert stream.lines(30) == narrow


@given(st.lists(PIECES, max_size=30), st.integers(8, 50))
def test_any_text_cut_anywhere_fits_and_never_fails(pieces: list[str], width: int) -> None:
    stream = MarkdownStream()
    for piece in pieces:
        stream.add(piece)
        for line in stream.lines(width):
            assert width_of(line.spans) <= width
            assert "\n" not in line.text
            assert "\x1b" not in line.text
            assert "\u202e" not in line.text
    stream.finish("".join(pieces))
    assert stream.lines(width) == lines_of("".join(pieces), width)
