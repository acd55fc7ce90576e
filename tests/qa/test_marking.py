"""What a verifier sees of a passage: the span whole, between brackets, with what stands around it."""

from hypothesis import given
from hypothesis import strategies as st

from index.embedded import BEGIN, END
from qa.marking import CLOSE, OPEN, ROOM, marked
from qa.reader import token_range


@st.composite
def spans(draw: st.DrawFn) -> tuple[list[int], list[int], int, int]:
    question = draw(st.lists(st.integers(1_000, 1_999), min_size=1, max_size=9))
    passage = list(range(2_000, 2_000 + draw(st.integers(1, 300))))
    first = draw(st.integers(0, len(passage) - 1))
    last = draw(st.integers(first, min(first + 30, len(passage) - 1)))
    return question, passage, first, last


@given(spans())
def test_the_span_stands_whole_between_brackets_in_as_much_of_the_passage_as_there_is_room_for(
    example: tuple[list[int], list[int], int, int],
) -> None:
    question, passage, first, last = example
    one = marked(question, passage, first, last)
    assert one.ids[one.first : one.last + 1] == passage[first : last + 1]
    assert (one.ids[one.first - 1], one.ids[one.last + 1]) == (OPEN, CLOSE)
    head = [BEGIN, *question, END, END]
    assert (one.ids[: len(head)], one.ids[-1]) == (head, END)
    seen = [number for number in one.ids[len(head) : -1] if number not in (OPEN, CLOSE)]
    assert seen == passage[seen[0] - 2_000 :][: len(seen)]
    assert len(seen) == min(len(passage), ROOM)


def test_the_span_stands_in_the_middle_where_it_can() -> None:
    one = marked([7], list(range(1_000, 1_400)), 200, 203)
    before, after = one.first - 1 - 4, len(one.ids) - 1 - (one.last + 2)
    assert (before, after) == (54, 54)


def test_a_span_of_characters_takes_in_the_tokens_that_it_cuts() -> None:
    offsets = [(0, 2), (2, 5), (6, 9), (9, 12)]
    assert token_range(offsets, 2, 5) == (1, 1)
    assert token_range(offsets, 4, 10) == (1, 3)
