"""Which examples a step sees: a pure function of the seed and the step, so that resuming needs no state."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.examples import Ints, Prepared

BOS, PAD, SEP = 0, 1, 2  # token ids


@dataclass(frozen=True)
class Sampling:
    """How examples are drawn and cut. Shares are of all examples."""

    batch: int = 32
    window: int = 192  # tokens, question included
    long_window: int = 384
    long: float = 0.1  # share of examples cut at the long window, so that late positions are learnt
    other_passage: float = 0.15  # unanswerable: a near passage that lacks the answer
    cut_sentence: float = 0.08  # unanswerable: the passage without the answer's sentence
    near_miss: float = 0.10  # unanswerable: a name, number, opposite or other word of the question exchanged
    keywords: float = 0.06
    misspelt: float = 0.06
    batches_in_block: int = (
        16  # examples of a block are sorted by length, so that batches need little padding
    )
    seed: int = 0


class Example(NamedTuple):
    ids: list[int]
    start: int  # token; 0 for "no answer"
    end: int


class Batch(NamedTuple):
    ids: Tensor  # int64 [batch, tokens]
    mask: Tensor  # int64 [batch, tokens]
    start: Tensor  # int64 [batch]
    end: Tensor  # int64 [batch]


class Sampler:
    """Gives the batch of any step. Every question of a source comes once before one comes twice."""

    def __init__(self, prepared: Prepared, sampling: Sampling) -> None:
        self.prepared = prepared
        self.sampling = sampling
        self._members = [np.flatnonzero(prepared.source == i) for i in range(len(prepared.sources))]
        empty = [name for name, found in zip(prepared.sources, self._members, strict=True) if len(found) == 0]
        if empty:
            raise ValueError(f"sources without questions: {empty}; leave them out of the recipe")
        self._block: tuple[int, list[Batch]] = (-1, [])
        self._orders: dict[tuple[int, int], NDArray[np.int64]] = {}

    def batch(self, step: int) -> Batch:
        block, place = divmod(step, self.sampling.batches_in_block)
        if self._block[0] != block:
            self._block = (block, self._draw(block))
        return self._block[1][place]

    def _draw(self, block: int) -> list[Batch]:
        rng = np.random.default_rng([self.sampling.seed, block])
        questions = [q for source in range(len(self._members)) for q in self._questions(source, block)]
        examples = [self.example(q, rng) for q in questions]
        rng.shuffle(examples)
        examples.sort(key=lambda example: len(example.ids))
        size = self.sampling.batch
        batches = [collated(examples[i : i + size]) for i in range(0, len(examples), size)]
        return [batches[i] for i in rng.permutation(len(batches))]

    def _questions(self, source: int, block: int) -> Iterator[int]:
        """The questions of one source in a block; shares are rounded so that every block has the same size."""
        total = self.sampling.batch * self.sampling.batches_in_block
        shares = self.prepared.shares
        below, above = sum(shares[:source]), sum(shares[: source + 1])
        edge = [round(total * share) for share in (below, above)]
        count = edge[1] - edge[0]
        members = self._members[source]
        for i in range(block * count, (block + 1) * count):
            epoch, place = divmod(i, len(members))
            yield int(members[self._order(source, epoch)[place]])

    def _order(self, source: int, epoch: int) -> NDArray[np.int64]:
        key = (source, epoch)
        if key not in self._orders:
            rng = np.random.default_rng([self.sampling.seed, source, epoch, 1])
            self._orders[key] = rng.permutation(len(self._members[source]))
        return self._orders[key]

    def example(self, question: int, rng: np.random.Generator) -> Example:
        """One example of a question: answerable, or one of the three kinds that aren't; one written without an answer stays so."""
        data, plan = self.prepared, self.sampling
        passage = data.passages[int(data.passage[question])]
        first, last = (int(token) for token in data.span[question])
        cut, uncut = (int(token) for token in data.sentence[question])
        near, swapped = data.neighbours[question], data.swapped[question]
        form, window = data.questions[question], plan.long_window if rng.random() < plan.long else plan.window
        kind = rng.random() if first >= 0 else 1.0
        if kind < plan.near_miss and len(swapped):
            return windowed(swapped, passage, None, window=window, rng=rng, around=(first, last))
        kind -= plan.near_miss
        wording = rng.random()
        if wording < plan.keywords and len(data.keywords[question]):
            form = data.keywords[question]
        elif wording > 1 - plan.misspelt:
            form = data.misspelt[question]
        if 0 <= kind < plan.cut_sentence and uncut:
            rest = np.concatenate((passage[:cut], passage[uncut:]))
            return windowed(form, rest, None, window=window, rng=rng, around=(min(cut, len(rest) - 1),) * 2)
        if 0 <= kind < plan.cut_sentence + plan.other_passage and len(near):
            return windowed(form, data.passages[int(rng.choice(near))], None, window=window, rng=rng)
        return windowed(form, passage, (first, last) if first >= 0 else None, window=window, rng=rng)


def windowed(
    question: Ints,
    passage: Ints,
    span: tuple[int, int] | None,
    *,
    window: int,
    rng: np.random.Generator,
    around: tuple[int, int] | None = None,
) -> Example:
    """`0 question 2 2 passage 2` cut to a window at random, but with the span (or `around`) in it."""
    room = window - len(question) - 4
    start, keep = 0, span if span is not None else around
    if len(passage) > room:
        low, high = 0, len(passage) - room
        if keep is not None:
            low, high = max(low, min(keep[1] - room + 1, high)), min(high, keep[0])
        start = int(rng.integers(min(low, high), max(low, high) + 1))
    part = passage[start : start + room]
    ids = [BOS, *question.tolist(), SEP, SEP, *part.tolist(), SEP]
    if span is None:
        return Example(ids, 0, 0)
    shift = len(question) + 3 - start
    return Example(ids, span[0] + shift, min(span[1] + shift, len(ids) - 2))


def collated(examples: list[Example]) -> Batch:
    ids, mask = padded([example.ids for example in examples])
    start = torch.tensor([example.start for example in examples])
    end = torch.tensor([example.end for example in examples])
    return Batch(ids, mask, start, end)


def padded(sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Token ids, padded to the next multiple of 8 tokens, and their mask."""
    tokens = math.ceil(max(map(len, sequences)) / 8) * 8
    ids = torch.full((len(sequences), tokens), PAD, dtype=torch.long)
    for row, sequence in zip(ids, sequences, strict=True):
        row[: len(sequence)] = torch.tensor(sequence)
    return ids, (ids != PAD).long()
