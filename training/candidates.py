"""What a verifier is trained on: spans that a reader proposes, marked in their passage, and how right they are.

A reader marks what looks most like an answer; the verifier sees one such span between brackets and says whether it is one. Of a
question that is answered by a sentence, such as why, it sees a whole sentence and says whether that tells the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from qa.marking import Marked, marked
from qa.spans import TokenSpan, best_spans
from training.body import Body
from training.sampling import SEP, Batch, Sampler, padded
from training.sentences import Pieces
from training.words import WordTable

PROPOSED = 5  # spans of a passage to choose from
_KEEN = 2.0  # logits by which a span must be worse to be drawn e times less often
_UNFOUND = 0.5  # of the questions whose answer the reader does not propose, how many show it all the same
_ENOUGH = 0.5  # F1 of tokens from which a span shows the answer
_LONGEST = 31  # tokens of a span
_SPANS, _SENTENCES = 2, 3  # shown of a question
_FACT_IN_SENTENCE = 0.2  # of the questions for a fact or a list, how many are shown sentences all the same


Range = tuple[int, int]
"""The first and the last of some tokens."""


class MarkedBatch(NamedTuple):
    """Sequences with one marked span each."""

    ids: Tensor  # int64 [batch, tokens]
    mask: Tensor  # int64 [batch, tokens]
    first: Tensor  # int64 [batch]: first token of the span
    last: Tensor  # int64 [batch]
    right: Tensor  # float32 [batch]: see `rightness`


class CandidateSampler:
    """Gives the batch of any step: of each question the reader's best span, and another; or sentences."""

    def __init__(
        self, questions: Sampler, reader: Body, words: WordTable, pieces: Pieces, bf16: bool
    ) -> None:
        self.questions, self.reader, self.words, self.pieces = questions, reader.eval(), words, pieces
        self.bf16 = bf16

    def batch(self, step: int) -> MarkedBatch:
        read = self.questions.batch(step)
        rng = np.random.default_rng([self.questions.sampling.seed, step, 2])
        found = [
            (marked_at(ids, span), rightness(ids, span, of))
            for ids, logits, gold in zip(_unpadded(read), self._logits(read), _golds(read), strict=True)
            for span, of in self._shown(ids, proposed(ids, logits), gold, rng)
        ]
        ids, mask = padded([one.ids for one, _ in found])
        return MarkedBatch(
            ids,
            mask,
            torch.tensor([one.first for one, _ in found]),
            torch.tensor([one.last for one, _ in found]),
            torch.tensor([right for _, right in found], dtype=torch.float32),
        )

    def _shown(
        self, ids: Sequence[int], spans: Sequence[TokenSpan], gold: Range | None, rng: np.random.Generator
    ) -> list[tuple[TokenSpan, Range | None]]:
        """Each with what it is to share words with."""
        begin = passage_begin(ids)
        in_sentence = self.pieces.kind(ids[1 : begin - 2]).is_told_in_a_sentence
        if not (in_sentence or rng.random() < _FACT_IN_SENTENCE):
            return [(span, gold) for span in drawn(spans, gold, rng, _SPANS)]
        sentences = [(first + begin, last + begin) for first, last in self.pieces.sentences(ids[begin:-1])]
        grown = None if gold is None else sentence_of(sentences, *gold)
        return [(span, grown) for span in drawn_sentences(spans, sentences, grown, rng)]

    def _logits(self, read: Batch) -> NDArray[np.float32]:
        with torch.inference_mode():
            found = self.reader.logits(self.words.rows(read.ids), read.mask, self.bf16)
        return np.asarray(found.numpy())


def verification_loss(body: Body, words: WordTable, batch: MarkedBatch, bf16: bool) -> Tensor:
    """Mean cross-entropy between how right the spans are and what their scores say."""
    logits = body.logits(words.rows(batch.ids), batch.mask, bf16)
    rows = torch.arange(len(batch.ids))
    score = logits[rows, batch.first, 0] + logits[rows, batch.last, 1] - logits[:, 0].sum(dim=-1)
    return functional.binary_cross_entropy_with_logits(score, batch.right)


def proposed(ids: Sequence[int], logits: NDArray[np.float32]) -> list[TokenSpan]:
    """The reader's best spans in `0 question 2 2 passage 2`, as tokens of the whole; `logits` may be longer (padding)."""
    begin = passage_begin(ids)
    quotable = logits[begin : len(ids) - 1]
    return [
        TokenSpan(span.first + begin, span.last + begin, span.score)
        for span in best_spans(quotable[:, 0], quotable[:, 1], float(logits[0].sum()), PROPOSED, _LONGEST)
    ]


def drawn(
    spans: Sequence[TokenSpan], gold: Range | None, rng: np.random.Generator, count: int
) -> list[TokenSpan]:
    """The best span and others up to `count`, the better ones more often; at times the answer instead, where it is not among them."""
    best, *others = spans
    found = any(overlap(span, gold) >= _ENOUGH for span in spans)
    if gold is not None and not found and rng.random() < _UNFOUND:
        return [best, TokenSpan(*gold, 0.0)]
    if not others:
        return [best]
    weights = np.exp(np.array([span.score - others[0].score for span in others]) / _KEEN)
    chosen = rng.choice(
        len(others), size=min(count - 1, len(others)), replace=False, p=weights / weights.sum()
    )
    return [best, *(others[int(i)] for i in chosen)]


def drawn_sentences(
    spans: Sequence[TokenSpan], sentences: Sequence[Range], gold: Range | None, rng: np.random.Generator
) -> list[TokenSpan]:
    """Sentences that the reader marks something in, drawn as spans are; where those are too few, any others.

    `gold`: whole sentences.
    """
    marked_in: dict[Range, TokenSpan] = {}
    for span in spans:
        at = sentence_of(sentences, span.first, span.last)
        marked_in.setdefault(at, TokenSpan(*at, span.score))
    shown = drawn(list(marked_in.values()), gold, rng, _SENTENCES)
    known = [(one.first, one.last) for one in shown] + list(marked_in)
    others = [at for at in sentences if not any(at[0] <= last and at[1] >= first for first, last in known)]
    rng.shuffle(others)
    return [*shown, *(TokenSpan(*at, 0.0) for at in others[: _SENTENCES - len(shown)])]


def sentence_of(sentences: Sequence[Range], first: int, last: int) -> Range:
    """The whole sentences that the tokens from `first` to `last` stand in, as one range."""
    touched = [at for at in sentences if at[0] <= last and at[1] >= first]
    return touched[0][0], touched[-1][1]


def rightness(ids: Sequence[int], span: TokenSpan, gold: Range | None) -> float:
    """How much a span shares with the answer; the answer's very words are right wherever they stand."""
    if gold is not None and list(ids[span.first : span.last + 1]) == list(ids[gold[0] : gold[1] + 1]):
        return 1.0
    return overlap(span, gold)


def overlap(span: TokenSpan, gold: Range | None) -> float:
    """F1 of the tokens of two ranges; 0 without a second."""
    if gold is None:
        return 0.0
    shared = max(0, min(span.last, gold[1]) - max(span.first, gold[0]) + 1)
    return 2 * shared / (span.last - span.first + 1 + gold[1] - gold[0] + 1)


def marked_at(ids: Sequence[int], span: TokenSpan) -> Marked:
    """`0 question 2 2 passage 2` with the span marked."""
    begin = passage_begin(ids)
    return marked(ids[1 : begin - 2], ids[begin:-1], span.first - begin, span.last - begin)


def passage_begin(ids: Sequence[int]) -> int:
    """Where the passage's first token is, behind the question's two separators."""
    return list(ids).index(SEP) + 2


def _unpadded(read: Batch) -> Iterator[list[int]]:
    for row, mask in zip(read.ids, read.mask, strict=True):
        yield row[: int(mask.sum())].tolist()


def _golds(read: Batch) -> Iterator[Range | None]:
    for start, end in zip(read.start.tolist(), read.end.tolist(), strict=True):
        yield (start, end) if start > 0 else None
