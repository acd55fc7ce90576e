"""Fits the calibration's logistic models, and judges a fit on articles that it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from eval.evidence import Asked, RecordedReader
from eval.probability import Numbers, auroc, base_rate_brier, brier, ece
from index.errors import QuestionError
from qa.confidence import Calibration, Candidate, Logistic
from qa.questions import kind_of
from qa.reading import looked_at_again

FOLDS = 5
_CLEARLY = 0.2  # F1 by which one candidate must beat another to teach the order
_RELEVANT = (
    2  # percentile of the best cosines of answered questions: below it, no passage is about a question
)

Found = tuple[Asked, Sequence[Candidate]]
"""A question and what was found for it, in an order that need not be that of the evidence."""


def fit(asked: Sequence[Asked], before: Calibration, leave_out: frozenset[str] = frozenset()) -> Calibration:
    """`before` with its models fitted on all of `asked`; `leave_out` names evidence not to weigh."""
    answerable = [one for one in asked if one.candidates]
    best = [max(c.scored.cosine for c in one.candidates) for one in answerable if one.present]
    calibration = replace(
        before,
        ranking=fit_ranking([(one, one.unverified) for one in answerable], leave_out),
        irrelevant=round(float(np.percentile(best, _RELEVANT)), 4) if best else before.irrelevant,
    )
    read = [(one, calibration.rank(one.unverified)) for one in answerable]
    calibration = replace(
        calibration,
        promise=_judging(calibration, read, Asked.right, leave_out),
        sentence=_judging(calibration, read, Asked.in_sentence, leave_out),
    )
    looked_at = [(one, _looked_at_again(one, ranked, calibration)) for one, ranked in read]
    doubted = [(one, candidates) for one, candidates in looked_at if candidates[0].verdict is not None]
    if not doubted:  # a reader without a second look
        return replace(calibration, verified=calibration.ranking, confidence=calibration.promise)
    calibration = replace(calibration, verified=fit_ranking(doubted, leave_out))
    judged = [(one, calibration.rank(candidates)) for one, candidates in doubted]
    return replace(calibration, confidence=_judging(calibration, judged, Asked.right, leave_out))


def _judging(
    calibration: Calibration,
    found: Sequence[Found],
    is_right: Callable[[Asked, Candidate], bool],
    leave_out: frozenset[str],
) -> Logistic:
    """How likely the first of what was found is right."""
    rows = [_kept(calibration.evidence(ranked), leave_out) for _, ranked in found]
    return _logistic(rows, np.array([float(is_right(one, ranked[0])) for one, ranked in found]))


def _looked_at_again(one: Asked, ranked: Sequence[Candidate], calibration: Calibration) -> list[Candidate]:
    return looked_at_again(one.question, kind_of(one.question), ranked, RecordedReader(one), calibration)


def fit_ranking(found: Sequence[Found], leave_out: frozenset[str] = frozenset()) -> Logistic:
    """A logistic model of pairs: of two candidates for a question, the one of higher F1 comes first.

    Each pair weighs as much as the F1s differ, and each question as much as another. Where some were looked at again, these alone count.
    """
    names: list[str] = []
    differences: list[list[float]] = []
    weights: list[float] = []
    for one, candidates in found:
        again = [candidate for candidate in candidates if candidate.verdict is not None]
        compared = again or candidates
        rows = [_kept(candidate.evidence, leave_out) for candidate in compared]
        f1 = [one.f1(candidate) for candidate in compared]
        pairs = [
            (better, worse)
            for better, high in enumerate(f1)
            for worse, low in enumerate(f1)
            if high - low >= _CLEARLY
        ]
        for better, worse in pairs:
            names = list(rows[better])
            differences.append([rows[better][name] - rows[worse][name] for name in names])
            weights.append((f1[better] - f1[worse]) / len(pairs))
    if not differences:
        raise QuestionError("no question has a right and a wrong candidate: nothing to fit; gather more")
    forward = np.array(differences)
    scale = forward.std(axis=0)
    scale[scale == 0] = 1
    both = np.concatenate([forward, -forward]) / scale
    labels = np.repeat([1, 0], len(forward))
    model = LogisticRegression(fit_intercept=False, max_iter=1_000)
    model.fit(both, labels, sample_weight=np.tile(weights, 2))
    return _readable(0.0, names, model.coef_[0] / scale)


def _logistic(rows: Sequence[Mapping[str, float]], right: Numbers) -> Logistic:
    names = list(rows[0]) if rows else []
    if len(set(right.tolist())) < 2:
        raise QuestionError("all first candidates are right, or all wrong: nothing to fit; gather more")
    scaler = StandardScaler()
    scaled = scaler.fit_transform(np.array([[row[name] for name in names] for row in rows]))
    model = LogisticRegression(max_iter=1_000).fit(scaled, right)
    weights = model.coef_[0] / scaler.scale_
    bias = float(model.intercept_[0] - weights @ scaler.mean_)
    return _readable(bias, names, weights)


def _readable(bias: float, names: Sequence[str], weights: Numbers) -> Logistic:
    """Rounded to what can matter: the file is for people as well."""
    return Logistic(round(bias, 6), dict(zip(names, weights.round(6).tolist(), strict=True)))


def _kept(evidence: Mapping[str, float], leave_out: frozenset[str]) -> dict[str, float]:
    return {name: value for name, value in evidence.items() if name not in leave_out}


# ── judging a fit on articles it has not seen ────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Judged:
    """A question's first candidate by a calibration that has not seen its article."""

    present: bool  # was a gold answer among the passages searched?
    confidence: float
    right: bool
    f1: float
    promise: float  # the confidence before the second look, in what was first then
    marked_right: bool  # was that right?
    of_sentence: float  # the confidence in the sentence around that
    in_sentence: bool  # does it hold a gold answer?


def cross_validated(
    asked: Sequence[Asked], before: Calibration, leave_out: frozenset[str] = frozenset()
) -> list[Judged]:
    """Every question judged by models fitted on the other folds; folds don't share articles.

    QuestionError for fewer than two articles: none is left that a fit has not seen.
    """
    groups = [one.article for one in asked]
    articles = len(set(groups))
    if articles < 2:
        raise QuestionError(
            f"{len(asked):,} questions of {articles} article(s): a fit is judged on articles that it has not "
            "seen; gather from a file with two or more, or add other evidence"
        )
    folds = GroupKFold(min(FOLDS, articles)).split(groups, groups=groups)
    return [
        judged
        for learned, held in folds
        for judged in judge([asked[i] for i in held], fit([asked[i] for i in learned], before, leave_out))
    ]


def judge(asked: Sequence[Asked], calibration: Calibration) -> Iterator[Judged]:
    """What `calibration` makes of each question, all its passages read."""
    for one in asked:
        read = calibration.rank(one.unverified)
        ranked = _looked_at_again(one, read, calibration)
        yield Judged(
            one.present,
            confidence=calibration.probability(ranked),
            right=bool(ranked) and one.right(ranked[0]),
            f1=one.f1(ranked[0]) if ranked else 0.0,
            promise=calibration.probability(read),
            marked_right=bool(read) and one.right(read[0]),
            of_sentence=calibration.probability(read, in_sentence=True),
            in_sentence=bool(read) and one.in_sentence(read[0]),
        )


def metrics_of(judged: Sequence[Judged], threshold: float) -> dict[str, float | None]:
    """What the report and the calibration file say of a fit at a threshold."""
    confidences, right = _columns(judged)
    promise = np.array([one.promise for one in judged])
    marked_right = np.array([float(one.marked_right) for one in judged])
    of_sentence = np.array([one.of_sentence for one in judged])
    in_sentence = np.array([float(one.in_sentence) for one in judged])
    present = np.array([float(one.present) for one in judged])
    given = confidences >= threshold
    return {
        "first candidate right, answer present": _share(right[present > 0]),
        "F1, answer present": _share(np.array([one.f1 for one in judged if one.present])),
        "AUROC right": auroc(confidences, right),
        "AUROC answer present": auroc(confidences, present),
        "ECE": ece(confidences, right),
        "Brier": brier(confidences, right),
        "base rate Brier": base_rate_brier(right),
        "answered, answer present": _share(given[present > 0].astype(float)),
        "wrong among given": _share(1 - right[given]),
        "refused, answer absent": _share(1 - given[present == 0].astype(float)),
        "answer absent, refused": _share(1 - present[~given]),
        "before the second look: first candidate right": _share(marked_right[present > 0]),
        "before the second look: AUROC right": auroc(promise, marked_right),
        "sentence: AUROC right": auroc(of_sentence, in_sentence),
        "sentence: ECE": ece(of_sentence, in_sentence),
        "sentence: Brier": brier(of_sentence, in_sentence),
        "sentence: wrong among given": _share(1 - in_sentence[of_sentence >= threshold]),
    }


def threshold_for(judged: Sequence[Judged], wrong: float) -> float:
    """The lowest threshold that leaves at most the share `wrong` of wrong answers among those given.

    QuestionError when there is none.
    """
    confidences, right = _columns(judged)
    order = np.argsort(-confidences, kind="stable")
    shares = np.cumsum(1 - right[order]) / np.arange(1, len(order) + 1)
    allowed = np.flatnonzero(shares <= wrong)
    if not len(allowed):
        raise QuestionError(f"no threshold gives {wrong:.0%} wrong answers or fewer; allow more")
    return float(confidences[order[allowed[-1]]])


def _columns(judged: Sequence[Judged]) -> tuple[Numbers, Numbers]:
    return np.array([one.confidence for one in judged]), np.array([float(one.right) for one in judged])


def _share(values: Numbers) -> float | None:
    return float(values.mean()) if len(values) else None
