"""Training: the schedule, the batches, and going on after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from training.body import load_body, save_body
from training.checkpoint import Checkpoint
from training.sampling import Sampler, Sampling
from training.schedule import Schedule
from training.train import Run, Settings, Task, span_loss

PLAN = Sampling(batch=4, window=40, long_window=60, batches_in_block=2)
SETTINGS = Settings(peak=1e-3, warmup=2, average_every=2, bf16=False, sampling=PLAN)


def new_run(body, words, prepared, settings=SETTINGS):
    """Each run gets the body's weights as they are."""
    task = Task(words, Sampler(prepared, settings.sampling).batch, span_loss, settings.bf16)
    return Run(body, task, settings, Schedule(settings.peak, settings.warmup))


def test_rates_of_the_schedule():
    plateau = Schedule(peak=4.0, warmup=4)
    assert [plateau.rate(step) for step in (0, 1, 3, 4, 10**6)] == [1.0, 2.0, 4.0, 4.0, 4.0]
    assert plateau.last is None
    branch = Schedule(peak=4.0, warmup=4, decay_from=100, decay=16)
    assert [branch.rate(step) for step in (99, 100, 104, 109, 116, 200)] == [4.0, 4.0, 2.0, 1.0, 0.0, 0.0]
    assert branch.last == 116


def test_a_decay_of_no_steps_is_refused():
    with pytest.raises(ValueError, match="0 steps"):
        Schedule(1.0, 1, decay_from=5, decay=0)


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(body, words, prepared, tmp_path):
    save_body(body.state_dict(), tmp_path / "start.safetensors")
    start = tmp_path / "start.safetensors"
    straight = new_run(load_body(start, body.shape), words, prepared)
    for _ in range(7):
        straight.step()

    first = new_run(load_body(start, body.shape), words, prepared)
    for _ in range(3):
        first.step()
    first.checkpoint().save(tmp_path / "last.safetensors")
    second = new_run(load_body(start, body.shape), words, prepared)
    second.restore(Checkpoint.load(tmp_path / "last.safetensors"))
    for _ in range(4):
        second.step()

    assert second.progress.step == 7
    assert second.progress.examples == straight.progress.examples == 28
    assert second.progress.tokens == straight.progress.tokens
    for name, parameter in straight.body.state_dict().items():
        assert torch.equal(parameter, second.body.state_dict()[name]), name
    for name, value in straight.average.items():
        assert torch.equal(value, second.average[name]), name


@pytest.fixture
def files(body, words, prepared, tmp_path):
    """What the command line needs, as files; returns the arguments of a run of 60 steps."""
    save_body(body.state_dict(), tmp_path / "start.safetensors")
    prepared.save(tmp_path / "prepared.npz")
    save_file({"codes": words.codes, "scales": words.scales}, tmp_path / "words.safetensors")
    given = {"prepared": "prepared.npz", "words": "words.safetensors", "start": "start.safetensors"}
    named = [part for name, file in given.items() for part in (f"--{name}", str(tmp_path / file))]
    return [*named, "--steps", "60", "--batch", "2", "--window", "32", "--peak", "0.001", "--float32"]


def started(files, *more):
    """A process of its own, with one thread so that sums have one order."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(
        [sys.executable, "-m", "training.train", *files, *map(str, more)], env=environment
    )


def test_a_killed_process_goes_on_from_its_checkpoint(files, tmp_path):
    whole = started(files, "--run", tmp_path / "whole")
    killed = started(files, "--run", tmp_path / "killed", "--checkpoint-minutes", "0")
    last = tmp_path / "killed" / "last.safetensors"
    while not last.exists() and killed.poll() is None:
        time.sleep(0.005)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert 0 < Checkpoint.load(last).progress.step < 60

    resumed = started(files, "--run", tmp_path / "killed")
    assert resumed.wait(timeout=60) == 0
    assert whole.wait(timeout=60) == 0
    ends = [Checkpoint.load(tmp_path / name / "last.safetensors") for name in ("whole", "killed")]
    assert [end.progress.step for end in ends] == [60, 60]
    for name, value in ends[0].body.items():
        assert torch.equal(value, ends[1].body[name]), name
    written = [(tmp_path / name / "body.safetensors").read_bytes() for name in ("whole", "killed")]
    assert len(written[0]) == len(written[1])


def test_a_term_signal_leaves_a_checkpoint(files, tmp_path):
    process = started([*files[:-9], "--steps", "100000", *files[-7:]], "--run", tmp_path / "run")
    log = tmp_path / "run" / "log.jsonl"
    while process.poll() is None and not (log.exists() and log.read_text(encoding="utf-8")):
        time.sleep(0.01)
    process.terminate()
    assert process.wait(timeout=30) == 0
    assert Checkpoint.load(tmp_path / "run" / "last.safetensors").progress.step >= 20
    line = json.loads(log.read_text(encoding="utf-8").splitlines()[0])
    assert line["step"] == 20
    assert line["examples"] == 40
    assert line["loss"] > 0


def test_other_settings_are_refused_when_resuming(body, words, prepared, tmp_path):
    run = new_run(body, words, prepared)
    run.step()
    other = new_run(
        body, words, prepared, Settings(peak=2e-3, warmup=2, average_every=2, bf16=False, sampling=PLAN)
    )
    with pytest.raises(ValueError, match="peak"):
        other.restore(run.checkpoint())


def test_a_checkpoint_made_before_there_was_a_setting_is_taken_up(body, words, prepared):
    run = new_run(body, words, prepared)
    run.step()
    older = run.checkpoint()
    del older.settings["spans_of"], older.settings["sampling"]["misspelt"]
    taken_up = new_run(body, words, prepared)
    taken_up.restore(older)
    assert taken_up.progress.step == 1


def test_a_verifier_of_another_reader_is_refused_when_resuming(body, words, prepared):
    run = new_run(body, words, prepared, replace(SETTINGS, spans_of="one reader"))
    with pytest.raises(ValueError, match=r"'spans_of': \('one reader', 'another'\)"):
        new_run(body, words, prepared, replace(SETTINGS, spans_of="another")).restore(run.checkpoint())


def test_a_damaged_checkpoint_is_refused(tmp_path):
    save_file({"body/x": torch.zeros(1)}, tmp_path / "x.safetensors", metadata={"format": "another"})
    with pytest.raises(ValueError, match="another"):
        Checkpoint.load(tmp_path / "x.safetensors")


def test_training_lowers_the_loss(body, words, prepared):
    run = new_run(body, words, prepared)
    batch = run.task.batch(0)
    before = span_loss(run.body, words, batch, bf16=False).item()
    for _ in range(30):
        run.step()
    assert span_loss(run.body, words, batch, bf16=False).item() < 0.8 * before


def test_frozen_layers_and_embeddings_stay(body, words, prepared):
    settings = Settings(peak=1e-2, warmup=1, frozen_layers=1, bf16=False, sampling=PLAN)
    run = new_run(body, words, prepared, settings)
    before = {name: value.clone() for name, value in body.state_dict().items()}
    run.step()
    moved = {name for name, value in body.state_dict().items() if not torch.equal(value, before[name])}
    still = set(before) - moved
    assert {"position", "token_type", "embedding_norm.weight"} <= still
    assert {name for name in before if name.startswith("layers.0.")} <= still
    assert "layers.1.outer.weight" in moved
    assert "span.weight" in moved


def test_layers_learn_at_falling_rates(body, words, prepared):
    run = new_run(body, words, prepared, Settings(layer_decay=0.5, sampling=PLAN))
    scale = {id(p): group["scale"] for group in run.optimiser.param_groups for p in group["params"]}
    rates = [
        scale[id(run.parameters[name])]
        for name in ("layers.0.qkv.weight", "layers.1.qkv.weight", "span.weight")
    ]
    assert rates == [0.5, 1.0, 1.0]


def test_every_question_comes_once_before_one_comes_twice(prepared):
    plan = Sampling(batch=4, batches_in_block=2)
    sampler = Sampler(prepared, plan)
    assert sorted(sampler._questions(0, 0)) == list(range(8))
    assert sorted(sampler._questions(0, 5)) == list(range(8))


def test_batches_depend_on_the_step_alone(prepared):
    one, other = Sampler(prepared, PLAN), Sampler(prepared, PLAN)
    for step in (5, 0, 3):
        other.batch(step)
    assert torch.equal(one.batch(3).ids, other.batch(3).ids)
    assert not torch.equal(one.batch(3).ids, one.batch(4).ids)


def test_windows_hold_the_answer(prepared):
    rng = np.random.default_rng(0)
    answerable = Sampling(
        other_passage=0, cut_sentence=0, near_miss=0, keywords=0, misspelt=0, window=20, long=0
    )
    sampler = Sampler(prepared, answerable)
    for question in range(8):
        first, last = prepared.span[question]
        answer = prepared.passages[int(prepared.passage[question])][first : last + 1].tolist()
        for _ in range(5):
            example = sampler.example(question, rng)
            assert len(example.ids) <= 20
            assert example.ids[example.start : example.end + 1] == answer


@pytest.mark.parametrize("kind", ["other_passage", "cut_sentence", "near_miss"])
def test_unanswerable_examples_lack_the_answer_or_the_question(prepared, kind):
    shares = {"other_passage": 0.0, "cut_sentence": 0.0, "near_miss": 0.0, kind: 1.0}
    sampler = Sampler(prepared, Sampling(keywords=0, misspelt=0, window=60, **shares))
    for question in range(8):
        example = sampler.example(question, np.random.default_rng(question))
        answer = prepared.passages[int(prepared.passage[question])][prepared.span[question][0]]
        asked = prepared.questions[question].tolist()
        assert (example.start, example.end) == (0, 0)
        if kind == "near_miss":
            assert example.ids[1 : len(asked) + 1] != asked
        else:
            assert example.ids[1 : len(asked) + 1] == asked
            assert answer not in example.ids
