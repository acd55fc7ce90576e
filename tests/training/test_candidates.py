"""What a verifier is trained on: which spans are shown to it, and how right they are said to be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from qa.marking import CLOSE, OPEN
from qa.spans import TokenSpan
from training.candidates import (
    CandidateSampler,
    drawn,
    marked_at,
    overlap,
    proposed,
    rightness,
    verification_loss,
)
from training.sampling import Sampler, Sampling
from training.schedule import Schedule
from training.train import Run, Settings, Task
from training.words import WordTable

PLAN = Sampling(batch=4, window=40, long_window=60, batches_in_block=2)
SENTENCE = [0, 50, 51, 2, 2, 60, 61, 62, 63, 64, 2]  # a question of two tokens, a passage of five


@pytest.fixture(scope="module")
def words() -> WordTable:
    """As many words as the brackets' ids need."""
    generator = torch.Generator().manual_seed(1)
    codes = torch.randint(0, 256, (400, 32), generator=generator, dtype=torch.uint8)
    return WordTable(codes, torch.full((400, 2), 0.2, dtype=torch.float16))


@pytest.mark.parametrize(
    ("first", "last", "f1"), [(5, 6, 1.0), (5, 5, 2 / 3), (6, 9, 2 / 6), (7, 9, 0.0), (4, 7, 4 / 6)]
)
def test_a_span_is_as_right_as_the_tokens_it_shares_with_the_answer(first: int, last: int, f1: float) -> None:
    assert overlap(TokenSpan(first, last, 0.0), (5, 6)) == pytest.approx(f1)
    assert overlap(TokenSpan(first, last, 0.0), None) == 0.0


def test_what_is_proposed_stands_in_the_passage_best_first() -> None:
    logits = np.full((12, 2), -5.0, np.float32)
    logits[1] = 9.0  # of the question, and of padding: not to be quoted
    logits[11] = 9.0
    logits[8, 0], logits[9, 1], logits[6] = 3.0, 2.0, 1.0
    first, second, *_ = proposed(SENTENCE, logits)
    assert first == TokenSpan(8, 9, 3.0 + 2.0 + 10.0)
    assert second == TokenSpan(6, 6, 1.0 + 1.0 + 10.0)


def test_the_best_span_is_always_shown_and_the_better_ones_more_often() -> None:
    spans = [TokenSpan(5, 5, 4.0), TokenSpan(6, 6, 2.0), TokenSpan(7, 7, -2.0)]
    rng = np.random.default_rng(1)
    pairs = [drawn(spans, (5, 5), rng) for _ in range(2_000)]
    assert {pair[0] for pair in pairs} == {spans[0]}
    assert np.mean([pair[1] == spans[1] for pair in pairs]) == pytest.approx(1 / (1 + np.exp(-2)), abs=0.03)
    assert drawn(spans[:1], (5, 5), rng) == spans[:1]


def test_an_answer_that_is_not_proposed_is_shown_half_of_the_time() -> None:
    rng = np.random.default_rng(1)
    pairs = [drawn([TokenSpan(5, 5, 4.0), TokenSpan(6, 6, 2.0)], (8, 9), rng) for _ in range(2_000)]
    shown = [(pair[1].first, pair[1].last) == (8, 9) for pair in pairs]
    assert np.mean(shown) == pytest.approx(0.5, abs=0.04)


def test_the_answer_s_own_words_are_right_elsewhere_too() -> None:
    twice = [0, 50, 2, 2, 60, 61, 70, 60, 61, 2]
    assert rightness(twice, TokenSpan(4, 5, 0.0), (7, 8)) == 1.0
    assert rightness(twice, TokenSpan(6, 7, 0.0), (7, 8)) == pytest.approx(0.5)
    assert rightness(twice, TokenSpan(4, 5, 0.0), None) == 0.0


def test_a_span_of_a_reader_s_input_is_marked_in_it() -> None:
    one = marked_at(SENTENCE, TokenSpan(6, 7, 0.0))
    assert one.ids == [0, 50, 51, 2, 2, 60, OPEN, 61, 62, CLOSE, 63, 64, 2]
    assert one.ids[one.first : one.last + 1] == [61, 62]


def test_a_batch_depends_on_the_step_alone(body, words, prepared) -> None:
    one, other = (CandidateSampler(Sampler(prepared, PLAN), body, words, bf16=False) for _ in range(2))
    other.batch(0)
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(one.batch(3), other.batch(3), strict=True))


def test_what_is_right_is_the_answer_of_its_question(body, words, prepared) -> None:
    """Each town has a year of its own, so a marked year tells which question it answers."""
    plan = replace(PLAN, other_passage=0, cut_sentence=0, near_miss=0, keywords=0, misspelt=0)
    candidates = CandidateSampler(Sampler(prepared, plan), body, words, bf16=False)
    golds, told = set(), {}
    for step in range(6):
        read, batch = candidates.questions.batch(step), candidates.batch(step)
        rows = zip(read.ids.tolist(), read.start.tolist(), read.end.tolist(), strict=True)
        golds |= {tuple(ids[start : end + 1]) for ids, start, end in rows}
        for ids, first, last, right in zip(*(x.tolist() for x in (batch.ids, *batch[2:])), strict=True):
            assert (ids[first - 1], ids[last + 1]) == (OPEN, CLOSE)
            told[tuple(ids[first : last + 1])] = right
    assert {span for span, right in told.items() if right == 1.0} == golds & told.keys()
    assert golds & told.keys()


def test_training_lowers_the_loss(body, words, prepared) -> None:
    settings = Settings(peak=1e-3, warmup=2, bf16=False, spans_of="the body", sampling=PLAN)
    candidates = CandidateSampler(Sampler(prepared, PLAN), body, words, bf16=False)
    batch = candidates.batch(0)  # before the body, which is also the reader here, has learnt
    run = Run(
        body,
        Task(words, candidates.batch, verification_loss, bf16=False),
        settings,
        Schedule(settings.peak, settings.warmup),
    )
    before = verification_loss(run.body, words, batch, bf16=False).item()
    for _ in range(30):
        run.step()
    assert verification_loss(run.body, words, batch, bf16=False).item() < 0.8 * before
