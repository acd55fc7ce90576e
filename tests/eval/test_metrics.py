"""The metrics are the public ones: each is compared with its definition on random input."""

from __future__ import annotations

import re
import string
import sys
import unicodedata
from collections import Counter

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, R, Success, nDCG
from sklearn.metrics import brier_score_loss, roc_auc_score

from eval.metrics import (
    best_over,
    exact_match,
    ndcg_at,
    recall_at,
    reciprocal_rank,
    success_at,
    token_f1,
    words,
)
from eval.probability import aurc, auroc, base_rate_brier, brier, ece, reliability, risk_coverage

# ── answers: the definitions of SQuAD 1.1 and MLQA, written down again ───────────────────────────

_MLQA_SIGNS = {chr(i) for i in range(sys.maxunicode) if unicodedata.category(chr(i)).startswith("P")} | set(
    string.punctuation
)
_MLQA_ARTICLES = {
    "en": r"\b(a|an|the)\b",
    "es": r"\b(un|una|unos|unas|el|la|los|las)\b",
    "vi": r"\b(của|là|cái|chiếc|những)\b",
    "de": r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b",
    "ar": r"\sال^|ال",
}


def squad_words(text: str) -> list[str]:
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def mlqa_words(text: str, language: str) -> list[str]:
    text = "".join(c for c in text.lower() if c not in _MLQA_SIGNS)
    if language in _MLQA_ARTICLES:
        text = re.sub(_MLQA_ARTICLES[language], " ", text)
    if language == "zh":
        text = re.sub(r"[\u4e00-\u9fa5]", lambda match: f" {match.group()} ", text)
    return text.split()


def f1(given_words: list[str], wanted: list[str]) -> float:
    common = sum((Counter(given_words) & Counter(wanted)).values())
    if common == 0:
        return float(given_words == wanted)
    precision, recall = common / len(given_words), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


pieces = st.sampled_from(
    [
        "the",
        "The",
        "a",
        "an",
        "Paris",
        "U.S.",
        "1,000",
        "el",
        "la",
        "los",
        "der",
        "die",
        "das",
        "DEM",
        "của",
        "là",
        "những",
        "الكتاب",
        "ال",
        "كتاب",
        "第",
        "五十",
        "届",
        "超级碗",
        "Bowl",
        "of",
        ",",
        ".",
        "!",
        "?",
        "«",
        "»",
        "-",
        "–",
        "\u3000",
        "(",
        ")",
        "'",
        '"',
        "x1",
        "ß",
        "É",
        "é",
    ]
)
texts = st.lists(pieces, max_size=8).map(" ".join) | st.lists(pieces, max_size=8).map("".join)


@given(texts, texts)
def test_english_is_squads_definition_on_ascii(answer: str, gold: str) -> None:
    answer, gold = (text.encode("ascii", "ignore").decode() for text in (answer, gold))
    assert words(answer, "en") == squad_words(answer)
    assert exact_match(answer, gold, "en") == float(squad_words(answer) == squad_words(gold))
    assert token_f1(answer, gold, "en") == pytest.approx(f1(squad_words(answer), squad_words(gold)))


@given(texts, texts, st.sampled_from(["en", "es", "hi", "vi", "de", "ar", "zh"]))
def test_the_languages_of_mlqa_are_its_definition(answer: str, gold: str, language: str) -> None:
    assert words(answer, language) == mlqa_words(answer, language)
    assert token_f1(answer, gold, language) == pytest.approx(
        f1(mlqa_words(answer, language), mlqa_words(gold, language))
    )


@pytest.mark.parametrize(
    ("language", "answer", "gold", "expected"),
    [
        ("fr", "l'Élysée", "L’Élysée", 1.0),
        ("fr", "l'Élysée", "Élysée", 1.0),
        ("fr", "au bureau de Paris", "le bureau de Paris", 1.0),
        ("it", "nell'ufficio", "ufficio", 2 / 3),
        ("pt", "o escritório", "escritório", 1.0),
        ("zh", "1700人", "1700", 2 / 3),
        ("ja", "東京タワー", "東京", 4 / 7),
        ("th", "กทม", "กท", 0.8),
        (None, "the office", "office", 2 / 3),
        ("en-GB", "the office", "office", 1.0),
    ],
)
def test_each_language_has_its_articles_and_units(
    language: str | None, answer: str, gold: str, expected: float
) -> None:
    assert token_f1(answer, gold, language) == pytest.approx(expected)


def test_without_gold_answers_nothing_is_defined() -> None:
    assert best_over(token_f1, "x", [], "en") is None


# ── rankings: trec_eval by way of ir-measures ────────────────────────────────────────────────────

documents = st.sampled_from([f"d{i}" for i in range(30)])


@given(
    st.lists(documents, unique=True, min_size=1, max_size=20),
    st.dictionaries(documents, st.integers(0, 3), min_size=1, max_size=10),
)
def test_rankings_agree_with_trec_eval(ranking: list[str], gains: dict[str, int]) -> None:
    relevant = {name for name, gain in gains.items() if gain > 0}
    run = {"q": {name: 100.0 - rank for rank, name in enumerate(ranking)}}
    wanted = ir_measures.calc_aggregate(
        [Success @ 5, R @ 5, RR @ 10, nDCG @ 10], {"q": {n: int(g) for n, g in gains.items()}}, run
    )
    found = (
        success_at(ranking, relevant, 5),
        recall_at(ranking, relevant, 5),
        reciprocal_rank(ranking, relevant, 10),
        ndcg_at(ranking, gains, 10),
    )
    if not relevant:
        assert found == (None, None, None, None)
    else:
        assert found == pytest.approx(
            (wanted[Success @ 5], wanted[R @ 5], wanted[RR @ 10], wanted[nDCG @ 10])
        )


# ── confidence: scikit-learn, and definitions by hand ────────────────────────────────────────────

judged = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.77, 1.0]), st.booleans()), min_size=1, max_size=40
)


def columns(pairs: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([p for p, _ in pairs]), np.array([float(r) for _, r in pairs])


@given(judged)
def test_auroc_and_brier_agree_with_scikit_learn(pairs: list[tuple[float, bool]]) -> None:
    confidences, right = columns(pairs)
    if len(set(right.tolist())) == 2:
        assert auroc(confidences, right) == pytest.approx(roc_auc_score(right, confidences))
    else:
        assert auroc(confidences, right) is None
    assert brier(confidences, right) == pytest.approx(brier_score_loss(right, confidences, pos_label=1))


@given(judged)
def test_risk_coverage_is_what_each_threshold_gives(pairs: list[tuple[float, bool]]) -> None:
    confidences, right = columns(pairs)
    wanted = []
    for threshold in sorted({p for p, _ in pairs}, reverse=True):
        given_right = [r for p, r in pairs if p >= threshold]
        wanted.append((len(given_right) / len(pairs), 1 - sum(given_right) / len(given_right)))
    assert risk_coverage(confidences, right) == [pytest.approx(point) for point in wanted]


@given(judged)
def test_aurc_does_not_depend_on_the_order_of_equals(pairs: list[tuple[float, bool]]) -> None:
    assert aurc(*columns(pairs)) == pytest.approx(aurc(*columns(pairs[::-1])))


def test_a_confidence_of_one_falls_into_the_last_bin() -> None:
    bins = reliability(np.array([1.0, 0.95, 0.05]), np.array([1.0, 0.0, 0.0]))
    assert [(b.count, b.confidence, b.right) for b in bins] == [(1, 0.05, 0.0), (2, 0.975, 0.5)]


def test_nothing_is_undefined_not_zero() -> None:
    nothing = np.array([])
    assert [m(nothing, nothing) for m in (brier, ece, aurc, auroc)] == [None] * 4
    assert base_rate_brier(nothing) is None
