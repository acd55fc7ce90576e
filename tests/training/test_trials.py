"""Short runs that differ in one thing: they go on where they were, and differences are of the same questions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from safetensors.torch import save_file

from training.body import save_body
from training.evaluate import Item, QuestionSet, Score
from training.reading import Pair
from training.sampling import Sampling
from training.train import Settings, Stop
from training.trials import RECIPE, Inputs, Trial, difference, figure, measured, reworded, table, trials

PLAN = Sampling(batch=4, window=40, long_window=60, batches_in_block=2)
TRIAL = Trial("small: one", Settings(warmup=2, bf16=False, sampling=PLAN), steps=3, decay=2)
TOWN = Pair("When was the market of Brest founded?", "Its market was founded in 1511 by a duke.")
COLUMNS = {"towns": [QuestionSet("towns", "en", (Item(TOWN, ("1511",)),))]}


@pytest.fixture
def inputs(body, words, prepared, tokenizer, tmp_path):
    save_body(body.state_dict(), tmp_path / "start.safetensors")
    prepared.save(tmp_path / "prepared.npz")
    save_file({"codes": words.codes, "scales": words.scales}, tmp_path / "words.safetensors")
    return Inputs(
        tmp_path / "prepared.npz", tmp_path / "words.safetensors", tmp_path / "start.safetensors", tokenizer
    )


def test_a_trial_that_was_stopped_goes_on_and_is_not_run_twice(inputs, tmp_path):
    stopped, stop = Stop(), Stop()
    stopped.asked = True
    out = tmp_path / "out"
    assert measured(TRIAL, inputs, COLUMNS, out, stopped) is None
    (score,) = (scores := measured(TRIAL, inputs, COLUMNS, out, stop))["towns"]
    assert 0 <= score.f1 <= 1
    written = (out / "small--one/decayed/body.safetensors").stat().st_mtime_ns
    inputs.start.unlink()
    assert measured(TRIAL, inputs, COLUMNS, out, stop) == scores
    assert (out / "small--one/decayed/body.safetensors").stat().st_mtime_ns == written


def test_without_steps_what_they_begin_with_is_read(inputs, tmp_path):
    assert measured(replace(TRIAL, steps=0), inputs, COLUMNS, tmp_path / "out", Stop())["towns"]
    assert sorted(file.name for file in tmp_path.rglob("*.json")) == ["scores.json"]
    assert not list((tmp_path / "out").rglob("*.safetensors"))


def test_every_trial_has_a_name_of_its_own_and_none_is_the_recipe_again():
    first, *others = trials()
    assert first == Trial(first.name, RECIPE)
    assert len({trial.name for trial in others}) == len(others)
    assert all(replace(trial, name=first.name) != first for trial in others)


def test_scores_of_another_run_are_not_taken_for_its_own(inputs, tmp_path):
    out = tmp_path / "out"
    start = replace(TRIAL, steps=0)
    measured(start, inputs, COLUMNS, out, Stop())
    with pytest.raises(ValueError, match="name another --out"):
        measured(replace(start, decay=9), inputs, COLUMNS, out, Stop())
    with pytest.raises(ValueError, match="1 and 2 questions"):
        difference([Score(1.0, 1.0, 0.0)], [Score(1.0, 1.0, 0.0)] * 2)


def test_a_question_without_another_form_is_left_out():
    pairs = (Pair("Who?", "Anne lit."), Pair("Where was Anne born?", "In Nice."))
    both = QuestionSet("small", "en", tuple(Item(pair, ("Anne",)) for pair in pairs))
    assert reworded(both, ["", "anne born"]).items == (Item(Pair("anne born", "In Nice."), ("Anne",)),)


def test_f1_where_all_have_answers_and_auroc_where_some_have_none():
    right, wrong = Score(1.0, 1.0, margin=2.0), Score(0.0, 0.5, margin=-1.0)
    assert figure([right, wrong]) == 0.75
    assert figure([right, wrong, Score(None, None, margin=0.0)]) == 0.5


def test_differences_are_of_the_same_questions():
    good = [Score(1.0, 1.0, 1.0)] * 60
    mixed = good[:30] + [Score(0.0, 0.0, 1.0)] * 30
    assert difference(good, good) == "+0.0 [0.0, 0.0]"
    assert difference(mixed, good).startswith("-50.0 [-6")
    lines = table([("first", {"set": good}), ("second", {"set": mixed})]).splitlines()
    assert lines[0] == "| | set |"
    assert lines[2] == "| first | 100.0 |"
    assert lines[3].startswith("| second | -50.0 [")
