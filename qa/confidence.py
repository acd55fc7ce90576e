"""From a reader's scores to one probability that means something.

Logistic models over the same evidence, fitted by `python -m eval.calibrate` and kept as a readable file beside
the reader: one orders the candidates, one says how likely the first is right, one how likely its sentence holds the
answer; and two more order and judge those that the reader's verifier has looked at again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.documents import ScoredPassage
from index.encoder import Encoder
from index.errors import ModelError
from index.lexical import terms
from index.sentences import covering
from qa.answers import Span
from qa.reader import READER_FOLDER, Reader

CALIBRATION_FILE = READER_FOLDER / "calibration.json"
FORMAT = 4
_WAY_OUT = (
    "restore it from the repository, or name another with --calibration; python -m eval.calibrate fits one"
)
_MOST_TERMS = 0.5  # a passage that holds this share of a question's terms is about it, whatever its vector


OF_ONE = frozenset({"margin", "null", "cosine", "coverage", "names", "foreign"})
"""What speaks for one candidate."""
OF_ALL = OF_ONE | {"ahead", "ranking", "lead", "agreement"}
"""What speaks for the first of several."""
VERDICT = "verdict"
"""What is known besides once a candidate was looked at again."""


@dataclass(frozen=True, slots=True)
class Models:
    """Whose numbers are weighed: checksums of an encoder and a reader."""

    encoder: str
    reader: str

    @classmethod
    def of(cls, encoder: Encoder, reader: Reader) -> Models:
        """An encoder of the user's own need not have a checksum; then its name stands for it."""
        fingerprint = encoder.fingerprint
        return cls(fingerprint.get("checksum", fingerprint["model"]), reader.checksum)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that may be the answer, with all that speaks for it."""

    scored: ScoredPassage
    span: Span
    null: float  # the reader's "no answer" logits in this passage, added
    verdict: float | None = None  # of its verifier, in logits; None = not looked at again

    @property
    def quote(self) -> str:
        """The words of the span."""
        return self.scored.passage.text[self.span.start : self.span.end]

    @property
    def sentence(self) -> str:
        """The sentence, or sentences, that the span stands in."""
        text = self.scored.passage.text
        return text[slice(*covering(text, self.span.start, self.span.end, (0, len(text))))]

    @property
    def evidence(self) -> dict[str, float]:
        """What the models weigh. Tried and left out, since they did not help on PIAF fit: rank, length, terms nearby."""
        verdict = {} if self.verdict is None else {VERDICT: self.verdict}
        return {
            **verdict,
            "margin": self.span.score,
            "null": self.null,
            "cosine": self.scored.cosine,
            # Terms that a foreign question shares with a passage are names; few are no sign against it.
            "coverage": 0.0 if self.scored.foreign else self.scored.coverage,
            "names": self.scored.coverage if self.scored.foreign else 0.0,
            "foreign": float(self.scored.foreign),
        }


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model over named numbers."""

    bias: float
    weights: Mapping[str, float]

    def logit(self, evidence: Mapping[str, float]) -> float:
        """The weighted sum; KeyError when a number is missing."""
        return self.bias + sum(weight * evidence[name] for name, weight in self.weights.items())

    def probability(self, evidence: Mapping[str, float]) -> float:
        """In (0, 1)."""
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.logit(evidence)))))


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was fitted, on what, and for which models."""

    models: Models
    ranking: Logistic  # the order of what the reader marks
    promise: Logistic  # how likely the first of those is right
    sentence: Logistic  # how likely the sentence around it is
    verified: Logistic  # the order of those that were looked at again
    confidence: Logistic  # how likely the first of these is right
    threshold: float  # probability below which an answer is refused
    settled: float  # probability from which no further passages are read
    hopeless: float  # probability below which none are
    irrelevant: float  # best cosine below which no passage counts as being about the question
    fitted_on: Mapping[str, Any]

    @classmethod
    def load(cls, file: Path = CALIBRATION_FILE) -> Calibration:
        """ModelError when the file is missing or of another format."""
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
            if values["format"] != FORMAT:
                raise ModelError(
                    f"{file}: calibration format {values['format']!r}, this version reads {FORMAT}; {_WAY_OUT}"
                )
            known = {
                "ranking": OF_ONE,
                "promise": OF_ALL,
                "sentence": OF_ALL,
                "verified": OF_ONE | {VERDICT},
                "confidence": OF_ALL | {VERDICT},
            }
            for name, evidence in known.items():
                if unknown := sorted(values[name]["weights"].keys() - evidence):
                    raise ModelError(
                        f"{file}: {name} weighs {', '.join(unknown)}, which nothing here measures; {_WAY_OUT}"
                    )
            return cls(
                models=Models(**values["models"]),
                ranking=Logistic(**values["ranking"]),
                promise=Logistic(**values["promise"]),
                verified=Logistic(**values["verified"]),
                confidence=Logistic(**values["confidence"]),
                sentence=Logistic(**values["sentence"]),
                threshold=float(values["threshold"]),
                settled=float(values["settled"]),
                hopeless=float(values["hopeless"]),
                irrelevant=float(values["irrelevant"]),
                fitted_on=values["fitted_on"],
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{file}: no usable calibration ({error!r}); {_WAY_OUT}") from error

    def is_about(self, scored: ScoredPassage) -> bool:
        """Is the passage on the question's subject, answered or not?"""
        return scored.cosine >= self.irrelevant or scored.coverage >= _MOST_TERMS

    def rank(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates, the likeliest first; those that were looked at again before the others."""
        return sorted(candidates, key=lambda one: (one.verdict is None, -self.worth(one)))

    def worth(self, candidate: Candidate) -> float:
        """What a candidate is ordered by; compares only with others that were looked at again, or were not, as it was."""
        model = self.ranking if candidate.verdict is None else self.verified
        return model.logit(candidate.evidence)

    def probability(self, ranked: Sequence[Candidate], in_sentence: bool = False) -> float:
        """How likely the first of `ranked` is right, or its sentence, given the others; 0 without any."""
        if not ranked:
            return 0.0
        judged = self.promise if ranked[0].verdict is None else self.confidence
        return (self.sentence if in_sentence else judged).probability(self.evidence(ranked))

    def evidence(self, ranked: Sequence[Candidate]) -> dict[str, float]:
        """What is weighed for the first of `ranked`: its own evidence, and how the others compare."""
        first, *others = ranked
        words = same_words(first.quote)
        rivals = [
            candidate
            for candidate in others
            if same_words(candidate.quote) != words and (candidate.verdict is None) == (first.verdict is None)
        ]
        best = self.worth(first)
        lead = best - self.worth(rivals[0]) if rivals else 0.0
        agreeing = {c.scored.passage.passage_id for c in others if same_words(c.quote) == words}
        agreeing.discard(first.scored.passage.passage_id)
        return {
            **first.evidence,
            # A passage that is about the question stands out; where none is, many are as near.
            "ahead": first.scored.ahead,
            "ranking": best,
            "lead": lead,
            "agreement": math.log1p(len(agreeing)),
        }


def same_words(quote: str) -> tuple[str, ...]:
    """What two quotes have in common when they say the same."""
    return tuple(terms(quote)) or (quote,)
