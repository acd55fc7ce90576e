"""The measures, against values worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluate import Figures, QuestionSet, european_mean, items, measure, table
from training.reading import Reading
from training.scores import auroc, best, exact_match, token_f1
from training.squad import Answer, Paragraph, Question


@pytest.mark.parametrize(
    ("predicted", "gold", "language", "f1"),
    [
        ("l'Arc de Triomphe", "Arc de triomphe", "fr", 1.0),
        ("der Kaiser", "Kaiser", "de", 1.0),
        ("the king of France", "king", "en", 0.5),
        ("在1924年", "1924年", "zh", 0.8),
        ("الملك", "ملك", "ar", 1.0),
        ("Rome", "Paris", "en", 0.0),
        ("the", "a", "en", 1.0),
    ],
)
def test_token_f1(predicted, gold, language, f1):
    assert token_f1(predicted, gold, language) == pytest.approx(f1)


def test_the_best_gold_answer_counts():
    assert best(exact_match, "2 mai", ["mai", "2 mai"], "fr") == 1.0


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=12), st.lists(st.integers(0, 5), min_size=1, max_size=12)
)
def test_auroc_is_the_share_of_pairs_in_order(positive, negative):
    pairs = [(p > n) + (p == n) / 2 for p in positive for n in negative]
    assert auroc(positive, negative) == pytest.approx(sum(pairs) / len(pairs))


def test_auroc_of_nothing_is_undefined():
    assert auroc([1.0], []) is None


class FirstWord:
    """Answers with the passage's first word, and is sure of it unless the question asks why."""

    def read(self, pairs):
        return [Reading(p.passage.split()[0], -1.0 if p.question == "Why?" else 1.0) for p in pairs]


def test_measuring():
    asked = (
        Question("1", "Who?", (Answer(0, "Anne"),), False),
        Question("2", "Where?", (Answer(9, "Nice"),), False),
        Question("3", "Why?", (), False),
    )
    found = measure(FirstWord(), QuestionSet("small", "en", items([Paragraph("a", "Anne lit Nice", asked)])))
    assert found == Figures("small", 3, em=50.0, f1=50.0, answered=100.0, refused=100.0, auroc=100.0)
    assert table([found]).splitlines()[-1] == "| small | 3 | 50.0 | 50.0 | 100.0 | 100.0 | 100.0 |"


def test_the_european_mean_leaves_the_others_out():
    rows = [
        Figures(f"xquad-fit-{code}", 1, 0.0, f1, None, None, None)
        for code, f1 in (("en", 60.0), ("de", 50.0), ("zh", 1.0))
    ]
    assert european_mean(rows) == 55.0
