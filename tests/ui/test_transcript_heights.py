from hypothesis import given
from hypothesis import strategies as st

from tui_assist.ui.transcript.heights import Heights


def heights_of(rows: list[int]) -> Heights:
    heights = Heights()
    for row in rows:
        heights.append(row)
    return heights


@given(st.lists(st.integers(0, 9)), st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9))))
def test_sums_and_places_are_those_of_a_plain_list(rows: list[int], changes: list[tuple[int, int]]) -> None:
    heights = heights_of(rows)
    for index, height in changes:
        if index < len(rows):
            rows[index] = height
            heights.set(index, height)
    assert heights.total == sum(rows)
    assert [heights.top(index) for index in range(len(rows))] == [
        sum(rows[:index]) for index in range(len(rows))
    ]
    places = [(index, line) for index, height in enumerate(rows) for line in range(height)]
    assert [heights.find(y) for y in range(sum(rows))] == places
    assert heights.find(sum(rows)) == (len(rows), 0)


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(0, 40), st.lists(st.integers(0, 9)))
def test_blocks_can_go_and_others_come(rows: list[int], kept: int, more: list[int]) -> None:
    heights = heights_of(rows)
    heights.truncate(min(kept, len(rows)))
    for row in more:
        heights.append(row)
    assert heights.total == sum(rows[:kept]) + sum(more)
