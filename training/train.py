"""Trains the reader, or with --verify its verifier, on CPUs: `python -m training.train --help`.

Started again with the same --run, it goes on from the last checkpoint. With --decay-from it takes a
checkpoint of another run and lets the learning rate decay to nothing, which makes a body to ship.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from index.embedded import checksum_of
from training.body import Body, load_body, save_body
from training.candidates import CandidateSampler, MarkedBatch, verification_loss
from training.checkpoint import Checkpoint, Progress, moments, restore_moments
from training.examples import Prepared
from training.sampling import Batch, Sampler, Sampling
from training.schedule import Schedule
from training.sentences import Pieces
from training.words import WordTable

AnyBatch = TypeVar("AnyBatch", Batch, MarkedBatch)


@dataclass(frozen=True)
class Settings:
    """What a run is, apart from its data; a run is resumed only with the settings it began with."""

    peak: float = 1e-4  # learning rate of the top layer and the span layer
    warmup: int = 100  # steps
    layer_decay: float = 0.9  # each layer learns at this share of the rate of the one above
    frozen_layers: int = 0  # lowest layers left alone; the embeddings always are
    weight_decay: float = 0.01
    clip: float = 1.0  # norm of the gradient
    average_every: int = 10  # steps between two updates of the moving average
    average_keep: float = 0.97  # share of the old average kept at an update
    bf16: bool = True
    # Checksum of the reader whose spans a verifier learns to judge; empty for a reader's run.
    spans_of: str = ""
    sampling: Sampling = field(default_factory=Sampling)


@dataclass(frozen=True)
class Task(Generic[AnyBatch]):
    """What a body learns: to mark an answer, or to tell whether what a reader marked is one."""

    words: WordTable
    batch: Callable[[int], AnyBatch]  # of any step
    loss_on: Callable[[Body, WordTable, AnyBatch, bool], Tensor]
    bf16: bool

    def loss(self, body: Body, step: int) -> tuple[Tensor, Tensor]:
        """The mask of a step's batch, int64 [batch, tokens], and the loss on it."""
        batch = self.batch(step)
        return batch.mask, self.loss_on(body, self.words, batch, self.bf16)


class Run:
    """A body in training: its optimiser, its moving average and how far it has come."""

    def __init__(
        self, body: Body, task: Task[Batch] | Task[MarkedBatch], settings: Settings, schedule: Schedule
    ) -> None:
        self.body, self.task, self.settings, self.schedule = body, task, settings, schedule
        body.freeze(settings.frozen_layers)
        self.parameters = {name: p for name, p in body.named_parameters() if p.requires_grad}
        self.optimiser = torch.optim.AdamW(self._groups(), lr=settings.peak, betas=(0.9, 0.98), fused=True)
        self.average = {name: p.detach().clone() for name, p in self.parameters.items()}
        self.progress = Progress()

    def _groups(self) -> list[dict[str, Any]]:
        """One group for each layer and kind: `scale` is the layer's share of the learning rate."""
        groups: dict[tuple[float, float], list[nn.Parameter]] = {}
        top = self.body.shape.layers - 1
        for name, parameter in self.parameters.items():
            depth = top - int(name.split(".")[1]) if name.startswith("layers.") else 0
            decay = self.settings.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((self.settings.layer_decay**depth, decay), []).append(parameter)
        return [
            {"params": ps, "scale": scale, "weight_decay": decay} for (scale, decay), ps in groups.items()
        ]

    def step(self) -> tuple[float, float]:
        """One step of the optimiser. Returns loss and learning rate."""
        began = time.process_time()
        mask, loss = self.task.loss(self.body, self.progress.step)
        rate = self.schedule.rate(self.progress.step)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.parameters.values(), self.settings.clip)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["scale"]
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.progress = Progress(
            self.progress.step + 1,
            self.progress.examples + len(mask),
            self.progress.tokens + int(mask.sum()),
            self.progress.cpu_seconds + time.process_time() - began,
        )
        if self.progress.step % self.settings.average_every == 0:
            for name, parameter in self.parameters.items():
                self.average[name].lerp_(parameter.detach(), 1 - self.settings.average_keep)
        return loss.item(), rate

    def checkpoint(self) -> Checkpoint:
        names = {id(parameter): name for name, parameter in self.parameters.items()}
        first, second = moments(self.optimiser, names)
        state = self.body.state_dict()
        return Checkpoint(self.progress, asdict(self.settings), state, self.average, first, second)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Takes up a checkpoint. Raises ValueError when it was made with other settings."""
        ours, defaults = (json.loads(json.dumps(asdict(one))) for one in (self.settings, Settings()))
        its = defaults | checkpoint.settings  # one made before there was a setting has its default
        its["sampling"] = defaults["sampling"] | its["sampling"]
        if its != ours:
            other = {k: (v, ours.get(k)) for k, v in its.items() if v != ours.get(k)}
            raise ValueError(f"the checkpoint was made with other settings (its, ours): {other}")
        self.body.load_state_dict(checkpoint.body)
        self.average = {name: checkpoint.average[name].clone() for name in self.parameters}
        restore_moments(self.optimiser, self.parameters, checkpoint)
        self.progress = checkpoint.progress


def span_loss(body: Body, words: WordTable, batch: Batch, bf16: bool) -> Tensor:
    """Mean cross-entropy of start and end over the tokens; both are token 0 for "no answer"."""
    logits = body.logits(words.rows(batch.ids), batch.mask, bf16)
    logits = logits.masked_fill(batch.mask[..., None] == 0, -1e4)
    return (
        functional.cross_entropy(logits[..., 0], batch.start)
        + functional.cross_entropy(logits[..., 1], batch.end)
    ) / 2


class Stop:
    """Notes SIGTERM and SIGINT, so that the loop can end between two steps."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


def train(run: Run, folder: Path, stop: Stop, *, steps: int | None, minutes: float, snapshot: int) -> None:
    """Steps until the schedule, `steps` or a signal ends it; a checkpoint every some minutes and at the end.

    Every `snapshot` steps the averaged body is kept as body-STEP.safetensors, to be evaluated.
    """
    last = min((n for n in (steps, run.schedule.last) if n is not None), default=None)
    saved = time.monotonic()
    losses: list[float] = []
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        while not stop.asked and (last is None or run.progress.step < last):
            loss, rate = run.step()
            losses.append(loss)
            if run.progress.step % 20 == 0:
                entry = asdict(run.progress) | {"loss": round(sum(losses) / len(losses), 4), "rate": rate}
                log.write(json.dumps(entry) + "\n")
                log.flush()
                losses = []
            if run.progress.step % snapshot == 0:
                keep_body(run, folder / f"body-{run.progress.step:06}.safetensors", averaged=True)
            if time.monotonic() - saved > 60 * minutes:
                run.checkpoint().save(folder / "last.safetensors")
                saved = time.monotonic()
    run.checkpoint().save(folder / "last.safetensors")
    if last is not None and run.progress.step >= last:
        keep_body(run, folder / "body.safetensors", averaged=run.schedule.decay_from is None)


def keep_body(run: Run, path: Path, averaged: bool) -> None:
    state = run.body.state_dict()
    about = {key: str(value) for key, value in asdict(run.progress).items()} | {"averaged": str(averaged)}
    save_body(state | run.average if averaged else state, path, about)


def arguments() -> argparse.Namespace:
    defaults = Settings()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--prepared", type=Path, required=True, help="prepared.npz of training.prepare")
    parser.add_argument("--words", type=Path, required=True, help="word_embeddings.safetensors")
    parser.add_argument(
        "--start", type=Path, required=True, help="body to begin with: the encoder's or a reader's"
    )
    parser.add_argument(
        "--run", type=Path, required=True, help="folder of checkpoints and log; resumed when it has any"
    )
    parser.add_argument(
        "--verify",
        type=Path,
        metavar="READER",
        help="a reader's body: train a verifier of its spans instead of a reader",
    )
    parser.add_argument(
        "--tokenizer",
        type=Path,
        help="tokenizer.json of the encoder, by which a verifier's sentences are told",
    )
    parser.add_argument("--peak", type=float, default=defaults.peak, help="learning rate of the top layer")
    parser.add_argument("--warmup", type=int, default=defaults.warmup, help="steps")
    parser.add_argument(
        "--layer-decay", type=float, default=defaults.layer_decay, help="share of the rate of the layer above"
    )
    parser.add_argument(
        "--frozen-layers", type=int, default=defaults.frozen_layers, help="lowest layers left alone"
    )
    for name in (
        "batch",
        "window",
        "long",
        "other_passage",
        "cut_sentence",
        "near_miss",
        "keywords",
        "misspelt",
        "seed",
    ):
        default = getattr(defaults.sampling, name)
        parser.add_argument(
            "--" + name.replace("_", "-"), type=type(default), default=default, help="see Sampling"
        )
    parser.add_argument("--float32", action="store_true", help="compute in float32 (several times slower)")
    parser.add_argument("--steps", type=int, help="stop after this step")
    parser.add_argument(
        "--decay-from", type=Path, help="checkpoint to decay from; its run's settings must be given"
    )
    parser.add_argument("--decay-steps", type=int, default=700, help="length of the decay")
    parser.add_argument("--checkpoint-minutes", type=float, default=5.0)
    parser.add_argument(
        "--snapshot-steps", type=int, default=500, help="steps between two bodies kept to be evaluated"
    )
    given = parser.parse_args()
    if bool(given.verify) != bool(given.tokenizer):
        parser.error("--verify and --tokenizer go together")
    return given


def main() -> None:
    given = arguments()
    plan = {name: getattr(given, name) for name in asdict(Sampling()) if hasattr(given, name)}
    settings = Settings(
        peak=given.peak,
        warmup=given.warmup,
        layer_decay=given.layer_decay,
        frozen_layers=given.frozen_layers,
        bf16=not given.float32,
        spans_of=checksum_of([given.verify]) if given.verify else "",
        sampling=Sampling(**plan),
    )
    given.run.mkdir(parents=True, exist_ok=True)
    last = given.run / "last.safetensors"
    taken_up = Checkpoint.load(last) if last.exists() else None
    branched = Checkpoint.load(given.decay_from) if given.decay_from else None
    schedule = Schedule(
        settings.peak,
        settings.warmup,
        branched.progress.step if branched else None,
        given.decay_steps if branched else 0,
    )
    sampler = Sampler(Prepared.load(given.prepared), settings.sampling)
    words = WordTable.load(given.words)
    task: Task[Batch] | Task[MarkedBatch] = Task(words, sampler.batch, span_loss, settings.bf16)
    if given.verify:
        pieces = Pieces.load(given.tokenizer)
        candidates = CandidateSampler(sampler, load_body(given.verify), words, pieces, settings.bf16)
        task = Task(words, candidates.batch, verification_loss, settings.bf16)
    run = Run(load_body(given.start), task, settings, schedule)
    if (checkpoint := taken_up or branched) is not None:
        run.restore(checkpoint)
    del taken_up, branched, checkpoint
    train(
        run,
        given.run,
        Stop(),
        steps=given.steps,
        minutes=given.checkpoint_minutes,
        snapshot=given.snapshot_steps,
    )


if __name__ == "__main__":
    main()
