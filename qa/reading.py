"""How many of the passages found are read: the best first, until the others could change nothing."""

from __future__ import annotations

from collections.abc import Sequence

from index.documents import ScoredPassage
from qa.choice import candidates_of
from qa.confidence import Calibration, Candidate
from qa.questions import Kind
from qa.reader import Reader

WAVE = 2  # passages read between two looks at what was found: on two cores, two take as long as one
_NEAR = 0.015  # of cosine: what is no further behind is as near to the question


def read_until_settled(
    question: str,
    kind: Kind,
    found: Sequence[ScoredPassage],
    reader: Reader,
    calibration: Calibration,
) -> list[Candidate]:
    """The candidates of the passages worth reading, the likeliest first. `found`: best first."""
    candidates: list[Candidate] = []
    for first in range(0, len(found), WAVE):
        wave, left = found[first : first + WAVE], found[first + WAVE :]
        readings = reader.read(question, [scored.passage for scored in wave])
        candidates = calibration.rank([*candidates, *candidates_of(wave, readings)])
        if is_hopeless(candidates, calibration):
            break
        if kind is not Kind.LIST and is_settled(candidates, left, calibration):
            break  # a list may have members anywhere
    return candidates


def is_hopeless(candidates: Sequence[Candidate], calibration: Calibration) -> bool:
    """Is the first of `candidates` so unlikely that the passages behind it won't have the answer either?

    They come after it in the retriever's order. On the questions the calibration was fitted on, a limit of 0.02 leaves a tenth of the passages
    unread, and ends 0.72 % of 3,331 questions otherwise (`python -m eval.calibrate check --settled 1`).
    """
    return bool(candidates) and calibration.probability(candidates) < calibration.hopeless


def is_settled(
    candidates: Sequence[Candidate], left: Sequence[ScoredPassage], calibration: Calibration
) -> bool:
    """Is the first of `candidates` so likely that what is `left` unread need not be?

    On the questions the calibration was fitted on, a limit of 0.4 leaves a sixth of the passages unread (three in ten where there is an
    answer), and ends one question otherwise (`python -m eval.calibrate check --hopeless 0`).
    Another document can say otherwise, and then both are shown: one that is as near to the question is read.
    """
    if not candidates or calibration.probability(candidates) < calibration.settled:
        return False
    best = candidates[0].scored
    return all(
        other.passage.doc_id == best.passage.doc_id or other.cosine < best.cosine - _NEAR for other in left
    )
