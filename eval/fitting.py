"""Fits the calibration's logistic models, and judges a fit on articles that it has not seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from eval.evidence import Asked, RecordedReader
from eval.probability import Numbers, auroc, base_rate_brier, brier, ece
from index.errors import QuestionError
from qa.confidence import Calibration, Candidate, Form, Logistic, Scale
from qa.reading import looked_at_again

FOLDS = 5
_CLEARLY = 0.2  # quality by which one candidate must beat another to teach the order
_ENOUGH = 50  # questions to learn a scale from
_RELEVANT = (
    2  # percentile of the best cosines of answered questions: below it, no passage is about a question
)

Found = tuple[Asked, Sequence[Candidate]]
"""A question and what was found for it, in an order that need not be that of the evidence."""


def fit(asked: Sequence[Asked], before: Calibration, leave_out: frozenset[str] = frozenset()) -> Calibration:
    """`before` with its models fitted on `asked`; `leave_out` names evidence not to weigh.

    The scale of spans is learned from all questions, that of sentences from those that a sentence is to tell; and those of
    what was looked at again from those that the product would look at. Where there are too few of these, sentences
    are judged as spans, and what was looked at again as it was before.
    """
    answerable = [one for one in asked if one.candidates]
    best = [max(c.scored.cosine for c in one.candidates) for one in answerable if one.present]
    calibration = replace(
        before,
        irrelevant=round(float(np.percentile(best, _RELEVANT)), 4) if best else before.irrelevant,
    )
    telling = [one for one in answerable if one.kind.is_told_in_a_sentence and one.unverified]
    others = [one for one in answerable if not one.kind.is_told_in_a_sentence]
    marked: list[Found] = [(one, one.marked) for one in answerable]
    calibration = _learned(calibration, Form.SPAN, marked, leave_out)
    standing: list[Found] = [(one, one.unverified) for one in telling]
    calibration = _learned_if_enough(calibration, Form.SENTENCE, Form.SPAN, standing, leave_out)
    for form, before_it, those in (
        (Form.VERIFIED_SPAN, Form.SPAN, others),
        (Form.VERIFIED_SENTENCE, Form.SENTENCE, telling),
    ):
        found = [(one, answers(one, calibration)) for one in those]
        doubted = [(one, ranked) for one, ranked in found if ranked[0].verdict is not None]
        calibration = _learned_if_enough(calibration, form, before_it, doubted, leave_out)
    return calibration


def _learned_if_enough(
    calibration: Calibration,
    form: Form,
    otherwise: Form,
    found: Sequence[Found],
    leave_out: frozenset[str],
) -> Calibration:
    """`calibration` with the scale of one form fitted, or taken over from another where there is too little to learn."""
    if len(found) >= _ENOUGH:
        with suppress(QuestionError):  # all of them are right, or all are wrong
            return _learned(calibration, form, found, leave_out)
    return calibration.with_scale(form, calibration.scales[otherwise])


def _learned(
    calibration: Calibration, form: Form, found: Sequence[Found], leave_out: frozenset[str]
) -> Calibration:
    """`calibration` with the scale of one form fitted: the order, and how likely the first of that is right."""
    order = fit_order(found, leave_out)
    ordered = calibration.with_scale(form, Scale(order, order))
    firsts = [(one, ordered.rank(candidates)) for one, candidates in found]
    rows = [_kept(ordered.evidence(ranked), leave_out) for _, ranked in firsts]
    chance = _logistic(rows, np.array([float(one.right(ranked[0])) for one, ranked in firsts]))
    return calibration.with_scale(form, Scale(order, chance))


def answers(one: Asked, calibration: Calibration) -> list[Candidate]:
    """What the product would choose from, the likeliest first, all passages read."""
    ranked = calibration.rank(one.unverified)
    return looked_at_again(one.question, one.kind, ranked, RecordedReader(one), calibration)


def fit_order(found: Sequence[Found], leave_out: frozenset[str] = frozenset()) -> Logistic:
    """A logistic model of pairs: of two candidates for a question, the better comes first.

    Each pair weighs as much as their quality differs, and each question as much as another. Where some were looked at again, these alone count.
    """
    names: list[str] = []
    differences: list[list[float]] = []
    weights: list[float] = []
    for one, candidates in found:
        again = [candidate for candidate in candidates if candidate.verdict is not None]
        compared = again or candidates
        rows = [_kept(candidate.evidence, leave_out) for candidate in compared]
        quality = [one.quality(candidate) for candidate in compared]
        pairs = [
            (better, worse)
            for better, high in enumerate(quality)
            for worse, low in enumerate(quality)
            if high - low >= _CLEARLY
        ]
        for better, worse in pairs:
            names = list(rows[better])
            differences.append([rows[better][name] - rows[worse][name] for name in names])
            weights.append((quality[better] - quality[worse]) / len(pairs))
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
    told: bool  # is a sentence to tell the answer?
    confidence: float
    right: bool
    f1: float  # of the span, whatever is quoted around it
    before: float  # the confidence before the second look, in what was first then
    before_right: bool  # was that right?


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
        before = calibration.rank(one.unverified)
        ranked = answers(one, calibration)
        yield Judged(
            one.present,
            one.kind.is_told_in_a_sentence,
            confidence=calibration.probability(ranked),
            right=bool(ranked) and one.right(ranked[0]),
            f1=one.f1(ranked[0]) if ranked else 0.0,
            before=calibration.probability(before),
            before_right=bool(before) and one.right(before[0]),
        )


def metrics_of(judged: Sequence[Judged], threshold: float) -> dict[str, float | None]:
    """What the report and the calibration file say of a fit at a threshold."""
    told = [one for one in judged if one.told]
    present = np.array([float(one.present) for one in judged])
    confidences, right = _columns(judged)
    given = confidences >= threshold
    before = np.array([one.before for one in judged])
    before_right = np.array([float(one.before_right) for one in judged])
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
        "before the second look: first candidate right": _share(before_right[present > 0]),
        "before the second look: AUROC right": auroc(before, before_right),
        **{f"told in a sentence: {name}": value for name, value in _of_sentences(told, threshold).items()},
    }


def _of_sentences(told: Sequence[Judged], threshold: float) -> dict[str, float | None]:
    confidences, right = _columns(told)
    return {
        "first right, answer present": _share(np.array([float(one.right) for one in told if one.present])),
        "before the second look": _share(np.array([float(one.before_right) for one in told if one.present])),
        "AUROC right": auroc(confidences, right),
        "ECE": ece(confidences, right),
        "wrong among given": _share(1 - right[confidences >= threshold]),
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
