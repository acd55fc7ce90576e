"""From a reader's scores to one probability that means something.

Logistic models over the same evidence, fitted by `python -m eval.calibrate` and kept as a readable file beside
the reader. They come in pairs, of which one orders candidates and one says how likely the first is right: a pair for spans and one
for sentences, and another of each for those that the reader's verifier has looked at again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from index.documents import ScoredPassage
from index.encoder import Encoder
from index.errors import ModelError
from index.lexical import terms
from qa.answers import Span
from qa.reader import READER_FOLDER, Reader

CALIBRATION_FILE = READER_FOLDER / "calibration.json"
FORMAT = 5
_WAY_OUT = (
    "restore it from the repository, or name another with --calibration; python -m eval.calibrate fits one"
)
_MOST_TERMS = 0.5  # a passage that holds this share of a question's terms is about it, whatever its vector


OF_ONE = frozenset({"margin", "null", "cosine", "coverage", "names", "foreign"})
"""What speaks for one candidate."""
OF_ALL = OF_ONE | {"ahead", "ranking", "lead", "agreement"}
"""What speaks for the first of several."""


class Form(Enum):
    """What a candidate is, and how much is known of it: only those of one form compare."""

    SPAN = "spans"
    VERIFIED_SPAN = "spans looked at again"
    SENTENCE = "sentences"
    VERIFIED_SENTENCE = "sentences looked at again"

    @property
    def besides(self) -> frozenset[str]:
        """What is known of it beside the evidence of all."""
        return _BESIDES[self]


_BESIDES = {
    Form.SPAN: frozenset[str](),
    Form.VERIFIED_SPAN: frozenset({"verdict"}),
    Form.SENTENCE: frozenset({"nearness"}),
    Form.VERIFIED_SENTENCE: frozenset({"nearness", "verdict"}),
}


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
class Telling:
    """The sentence, or clause of a long one, that is to tell an answer."""

    start: int  # offsets in its passage
    end: int
    nearness: float  # cosine to the question


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that may be the answer, or only marks the sentence that may, with all that speaks for it."""

    scored: ScoredPassage
    span: Span
    null: float  # the reader's "no answer" logits in this passage, added
    verdict: float | None = None  # of its verifier, in logits; None = not looked at again
    telling: Telling | None = None  # None = the span is to answer

    @property
    def quote(self) -> str:
        """The words of the span."""
        return self.scored.passage.text[self.span.start : self.span.end]

    @property
    def judged(self) -> Span:
        """What is right or wrong, and what a verifier is shown: the sentence where that is to tell, else the span."""
        at = self.telling
        return self.span if at is None else Span(at.start, at.end, self.span.score)

    @property
    def answer(self) -> str:
        """The words of that."""
        return self.scored.passage.text[self.judged.start : self.judged.end]

    @property
    def words(self) -> tuple[str, ...]:
        """What it has in common with another that says the same."""
        return same_words(self.answer)

    @property
    def form(self) -> Form:
        """By which scale it is judged."""
        if self.telling is None:
            return Form.SPAN if self.verdict is None else Form.VERIFIED_SPAN
        return Form.SENTENCE if self.verdict is None else Form.VERIFIED_SENTENCE

    @property
    def evidence(self) -> dict[str, float]:
        """What the models weigh. Tried and left out, since they did not help on PIAF fit: rank, length, terms nearby."""
        return {
            **({} if self.verdict is None else {"verdict": self.verdict}),
            **({} if self.telling is None else {"nearness": self.telling.nearness}),
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
class Scale:
    """What is made of candidates of one form."""

    order: Logistic  # the likelier of two has the higher logit
    chance: Logistic  # how likely the first of several is right


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was fitted, on what, and for which models."""

    models: Models
    scales: Mapping[Form, Scale]
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
            return cls(
                models=Models(**values["models"]),
                scales={form: _scale(values["scales"][form.value], form, file) for form in Form},
                threshold=float(values["threshold"]),
                settled=float(values["settled"]),
                hopeless=float(values["hopeless"]),
                irrelevant=float(values["irrelevant"]),
                fitted_on=values["fitted_on"],
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{file}: no usable calibration ({error!r}); {_WAY_OUT}") from error

    def as_values(self) -> dict[str, Any]:
        """What `load` reads, to be written as JSON."""
        scales = {form.value: asdict(scale) for form, scale in self.scales.items()}
        return {"format": FORMAT, **asdict(self), "scales": scales}

    def with_scale(self, form: Form, scale: Scale) -> Calibration:
        """The same but for the scale of one form."""
        return replace(self, scales={**self.scales, form: scale})

    def is_about(self, scored: ScoredPassage) -> bool:
        """Is the passage on the question's subject, answered or not?"""
        return scored.cosine >= self.irrelevant or scored.coverage >= _MOST_TERMS

    def rank(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates, the likeliest first; those that were looked at again before the others."""
        return sorted(candidates, key=lambda one: (one.verdict is None, -self.worth(one)))

    def worth(self, candidate: Candidate) -> float:
        """What a candidate is ordered by among others of its form."""
        return self.scales[candidate.form].order.logit(candidate.evidence)

    def probability(self, ranked: Sequence[Candidate]) -> float:
        """How likely the first of `ranked` is right, given the others; 0 without any."""
        return self.scales[ranked[0].form].chance.probability(self.evidence(ranked)) if ranked else 0.0

    def evidence(self, ranked: Sequence[Candidate]) -> dict[str, float]:
        """What is weighed for the first of `ranked`: its own evidence, and how the others compare."""
        first, *others = ranked
        words = first.words
        rivals = [
            candidate for candidate in others if candidate.words != words and candidate.form is first.form
        ]
        best = self.worth(first)
        lead = best - self.worth(rivals[0]) if rivals else 0.0
        agreeing = {c.scored.passage.passage_id for c in others if c.words == words}
        agreeing.discard(first.scored.passage.passage_id)
        return {
            **first.evidence,
            # A passage that is about the question stands out; where none is, many are as near.
            "ahead": first.scored.ahead,
            "ranking": best,
            "lead": lead,
            "agreement": math.log1p(len(agreeing)),
        }


def _scale(values: Mapping[str, Any], form: Form, file: Path) -> Scale:
    models = {}
    for name, evidence in (("order", OF_ONE), ("chance", OF_ALL)):
        models[name] = Logistic(**values[name])
        if unknown := sorted(models[name].weights.keys() - evidence - form.besides):
            raise ModelError(
                f"{file}: the {name} of {form.value} weighs {', '.join(unknown)}, which nothing here measures; {_WAY_OUT}"
            )
    return Scale(**models)


def same_words(quote: str) -> tuple[str, ...]:
    """What two quotes have in common when they say the same."""
    return tuple(terms(quote)) or (quote,)
