"""Spans out of logits, against the plainest way to find them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qa.spans import TokenSpan, best_spans

LOGITS = st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=12)


@given(LOGITS, st.data(), st.floats(-10, 10), st.integers(1, 5))
def test_the_first_span_is_the_best_of_all(
    start: list[float], data: st.DataObject, null: float, longest: int
) -> None:
    end = data.draw(st.lists(st.floats(-20, 20, width=32), min_size=len(start), max_size=len(start)))
    found = best_spans(np.array(start, np.float32), np.array(end, np.float32), null, 1, longest)
    best = max(
        np.float32(start[a]) + np.float32(end[b])
        for a in range(len(start))
        for b in range(a, min(len(start), a + longest))
    )
    assert found[0].score == float(best) - null


@given(LOGITS, st.integers(1, 4))
def test_spans_never_overlap_and_come_best_first(logits: list[float], count: int) -> None:
    scores = np.array(logits, np.float32)
    found = best_spans(scores, scores, 0.0, count, 4)
    assert sorted(found, key=lambda span: -span.score) == found
    taken = [position for span in found for position in range(span.first, span.last + 1)]
    assert len(taken) == len(set(taken))


def test_no_tokens_no_spans() -> None:
    empty = np.zeros(0, np.float32)
    assert best_spans(empty, empty, 0.0) == []


def test_a_span_ends_where_the_longest_allows() -> None:
    start = np.array([9, 0, 0, 0], np.float32)
    end = np.array([0, 0, 0, 9], np.float32)
    assert best_spans(start, end, 0.0, count=1, longest=3) == [TokenSpan(0, 0, 9.0)]
