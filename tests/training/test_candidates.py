"""What a verifier is trained on: which spans are shown to it, and how right they are said to be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from qa.marking import CLOSE, OPEN
from qa.spans import TokenSpan
from training.candidates import (
    CandidateSampler,
    drawn,
    drawn_sentences,
    marked_at,
    overlap,
    proposed,
    rightness,
    sentence_of,
    verification_loss,
)
from training.sampling import Sampler, Sampling
from training.schedule import Schedule
from training.sentences import Pieces
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


@pytest.fixture(scope="module")
def pieces(tokenizer: Tokenizer) -> Pieces:
    """Every word of the small tokenizer begins with a space."""
    return Pieces(tuple(f"▁{tokenizer.id_to_token(i)}" for i in range(tokenizer.get_vocab_size())))


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
    pairs = [drawn(spans, (5, 5), rng, 2) for _ in range(2_000)]
    assert {pair[0] for pair in pairs} == {spans[0]}
    assert np.mean([pair[1] == spans[1] for pair in pairs]) == pytest.approx(1 / (1 + np.exp(-2)), abs=0.03)
    assert drawn(spans[:1], (5, 5), rng, 2) == spans[:1]


def test_an_answer_that_is_not_proposed_is_shown_half_of_the_time() -> None:
    rng = np.random.default_rng(1)
    spans = [TokenSpan(5, 5, 4.0), TokenSpan(6, 6, 2.0)]
    pairs = [drawn(spans, (8, 9), rng, 2) for _ in range(2_000)]
    shown = [(pair[1].first, pair[1].last) == (8, 9) for pair in pairs]
    assert np.mean(shown) == pytest.approx(0.5, abs=0.04)


SENTENCES = [(4, 9), (10, 15), (16, 20), (21, 30)]


@pytest.mark.parametrize(
    ("first", "last", "expected"), [(5, 6, (4, 9)), (16, 20, (16, 20)), (14, 17, (10, 20)), (4, 30, (4, 30))]
)
def test_a_span_stands_in_whole_sentences(first: int, last: int, expected: tuple[int, int]) -> None:
    assert sentence_of(SENTENCES, first, last) == expected


def test_the_sentences_of_the_best_spans_are_shown_each_once() -> None:
    """Two of the marks are in one sentence."""
    spans = [TokenSpan(11, 12, 4.0), TokenSpan(14, 14, 3.0), TokenSpan(5, 5, 2.0), TokenSpan(17, 18, 1.0)]
    shown = drawn_sentences(spans, SENTENCES, (10, 15), np.random.default_rng(1))
    assert shown[0] == TokenSpan(10, 15, 4.0)
    assert set(shown[1:]) == {TokenSpan(4, 9, 2.0), TokenSpan(16, 20, 1.0)}


def test_where_few_sentences_are_marked_others_are_shown() -> None:
    rng = np.random.default_rng(1)
    seen = {
        (one.first, one.last)
        for _ in range(50)
        for one in drawn_sentences([TokenSpan(5, 5, 2.0)], SENTENCES, None, rng)
    }
    assert seen == set(SENTENCES)
    assert drawn_sentences([TokenSpan(5, 5, 2.0)], SENTENCES[:1], None, rng) == [TokenSpan(4, 9, 2.0)]


def test_the_answer_s_own_words_are_right_elsewhere_too() -> None:
    twice = [0, 50, 2, 2, 60, 61, 70, 60, 61, 2]
    assert rightness(twice, TokenSpan(4, 5, 0.0), (7, 8)) == 1.0
    assert rightness(twice, TokenSpan(6, 7, 0.0), (7, 8)) == pytest.approx(0.5)
    assert rightness(twice, TokenSpan(4, 5, 0.0), None) == 0.0


def test_a_span_of_a_reader_s_input_is_marked_in_it() -> None:
    one = marked_at(SENTENCE, TokenSpan(6, 7, 0.0))
    assert one.ids == [0, 50, 51, 2, 2, 60, OPEN, 61, 62, CLOSE, 63, 64, 2]
    assert one.ids[one.first : one.last + 1] == [61, 62]


def test_a_batch_depends_on_the_step_alone(body, words, pieces, prepared) -> None:
    one, other = (
        CandidateSampler(Sampler(prepared, PLAN), body, words, pieces, bf16=False) for _ in range(2)
    )
    other.batch(0)
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(one.batch(3), other.batch(3), strict=True))


def test_what_is_right_is_the_answer_of_its_question(body, words, pieces, prepared) -> None:
    """Each town has a year of its own, so a marked year tells which question it answers; a sentence is right as a whole."""
    plan = replace(PLAN, other_passage=0, cut_sentence=0, near_miss=0, keywords=0, misspelt=0)
    candidates = CandidateSampler(Sampler(prepared, plan), body, words, pieces, bf16=False)
    golds, told = set(), {}
    for step in range(12):
        read, batch = candidates.questions.batch(step), candidates.batch(step)
        rows = zip(read.ids.tolist(), read.start.tolist(), read.end.tolist(), strict=True)
        golds |= {tuple(ids[start : end + 1]) for ids, start, end in rows}
        for ids, first, last, right in zip(*(x.tolist() for x in (batch.ids, *batch[2:])), strict=True):
            assert (ids[first - 1], ids[last + 1]) == (OPEN, CLOSE)
            told[tuple(ids[first : last + 1])] = right
    is_sentence = {span: pieces.of_id[span[-1]] == "▁." for span in told}
    assert {
        span for span, right in told.items() if right == 1.0 and not is_sentence[span]
    } == golds & told.keys()
    right_sentences = {span for span, right in told.items() if right == 1.0 and is_sentence[span]}
    assert all(any(set(gold) < set(sentence) for gold in golds) for sentence in right_sentences)
    assert golds & told.keys()
    assert right_sentences


def test_a_question_that_a_sentence_answers_is_shown_whole_sentences(body, words, pieces, prepared) -> None:
    """As if every question were a why."""
    asked = replace(pieces, of_id=tuple(word.replace("▁When", "▁Why") for word in pieces.of_id))
    candidates = CandidateSampler(Sampler(prepared, PLAN), body, words, asked, bf16=False)
    batch = candidates.batch(0)
    marked = [
        [asked.of_id[i] for i in ids[first : last + 1]]
        for ids, first, last in zip(
            batch.ids.tolist(), batch.first.tolist(), batch.last.tolist(), strict=True
        )
        if "▁Why" in [asked.of_id[i] for i in ids if i < len(asked.of_id)]
    ]
    assert marked
    assert all(sentence[-1] == "▁." or "▁." not in sentence for sentence in marked)
    assert all(sentence[0] in {"▁The", "▁Its", "▁It"} for sentence in marked)


def test_training_lowers_the_loss(body, words, pieces, prepared) -> None:
    settings = Settings(peak=1e-3, warmup=2, bf16=False, spans_of="the body", sampling=PLAN)
    candidates = CandidateSampler(Sampler(prepared, PLAN), body, words, pieces, bf16=False)
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
