"""What each part of the recipe is worth: short runs that differ from the first in one idea.

    python -m training.trials --data DATA --tokenizer tokenizer.json --words word_embeddings.safetensors \
        --prepared prepared.npz --start BODY --out FOLDER

Each begins with the same body and sees the same questions in the same order, as far as it can; then all answer the
same questions of the fit parts. Stopped, it goes on where it was when it is started again; what is done is not done twice.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from training.body import load_body
from training.checkpoint import Checkpoint
from training.evaluate import EUROPEAN, Item, QuestionSet, Score, question_sets, sampled, scored
from training.examples import Prepared
from training.prepare import read_tokenizer
from training.reading import Pair, Reader, load_model
from training.rewording import as_keywords, common_words, misspelt
from training.sampling import Sampler, Sampling
from training.schedule import Schedule
from training.scores import auroc
from training.train import Run, Settings, Stop, Task, span_loss, train
from training.words import WordTable

RECIPE = Settings(
    warmup=20,
    frozen_layers=4,
    sampling=Sampling(batch=16, other_passage=0.12, cut_sentence=0.12, near_miss=0.18),
)
STEPS, DECAY = 160, 60
_RESAMPLES = 1_000
_THREADS = 2  # to answer with
_XQUAD_ASKED, _SQUAD_ASKED = 80, 1_000  # questions: of each language, and of SQuAD 2.0


@dataclass(frozen=True)
class Trial:
    """One run: the rate stays for `steps` and falls to nothing in `decay`; without decay, the moving average is read.

    Without steps, it is what all begin with.
    """

    name: str
    settings: Settings = RECIPE
    steps: int = STEPS
    decay: int = DECAY
    same_language: bool = False  # of question and passage, always


def trials() -> list[Trial]:
    """The recipe, and what differs from it in one idea."""

    def drawn(**changes: Any) -> Settings:
        return replace(RECIPE, sampling=replace(RECIPE.sampling, **changes))

    return [
        Trial("the recipe"),
        Trial("the body they begin with", steps=0),
        Trial("the same, other questions (another seed)", drawn(seed=1)),
        Trial("no near misses", drawn(near_miss=0.0)),
        Trial("no near passages", drawn(other_passage=0.0)),
        Trial("no cut sentences", drawn(cut_sentence=0.0)),
        Trial("an answer to every question", drawn(near_miss=0.0, other_passage=0.0, cut_sentence=0.0)),
        Trial("no keywords, no slips", drawn(keywords=0.0, misspelt=0.0)),
        Trial("no question in another language than its passage", same_language=True),
        Trial("twice the steps", steps=2 * STEPS, decay=2 * DECAY),
        Trial("windows of 128 tokens", drawn(window=128)),
        Trial("one rate for all layers", replace(RECIPE, layer_decay=1.0)),
        Trial("twice the rate", replace(RECIPE, peak=2e-4)),
        Trial("all layers learn", replace(RECIPE, frozen_layers=0)),
        Trial("moving average instead of a decay", steps=STEPS + DECAY, decay=0),
    ]


def asked(data: Path) -> dict[str, list[QuestionSet]]:
    """What all are measured on: a column's name → its sets."""
    sets = {found.name: found for found in question_sets(data, "fit")}
    piaf = sets["piaf-fit"]
    common = common_words(item.pair.question for item in piaf.items)
    generator = random.Random(1)  # noqa: S311 (no secret)
    xquad = {language: sampled(sets[f"xquad-fit-{language}"], _XQUAD_ASKED) for language in EUROPEAN}
    return {
        "PIAF": [piaf],
        "as keywords": [reworded(piaf, [as_keywords(item.pair.question, common) for item in piaf.items])],
        "with slips": [reworded(piaf, [misspelt(item.pair.question, generator) for item in piaf.items])],
        "XQuAD": list(xquad.values()),
        "English asked of others": [
            reworded(other, [item.pair.question for item in xquad["en"].items])
            for language, other in xquad.items()
            if language != "en"
        ],
        "SQuAD 2.0": [sampled(sets["squad2-fit"], _SQUAD_ASKED)],
    }


def reworded(question_set: QuestionSet, questions: Sequence[str]) -> QuestionSet:
    """The same passages and answers under other questions, one for each; what has none ("") is left out."""
    return replace(
        question_set,
        items=tuple(
            Item(Pair(question, item.pair.passage), item.golds)
            for question, item in zip(questions, question_set.items, strict=True)
            if question
        ),
    )


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a run begins with."""

    prepared: Path
    words: Path
    start: Path  # body
    tokenizer: Tokenizer


def run(trial: Trial, inputs: Inputs, folder: Path, stop: Stop) -> Path | None:
    """Train it, or what is left of it. Its body's file; None when it was stopped before its end."""
    if not trial.steps:
        return inputs.start
    body = _stage(trial, inputs, folder / "run", stop)
    if body is None or not trial.decay:
        return body
    return _stage(trial, inputs, folder / "decayed", stop, decay_from=folder / "run/last.safetensors")


def _stage(
    trial: Trial, inputs: Inputs, folder: Path, stop: Stop, decay_from: Path | None = None
) -> Path | None:
    body, last = folder / "body.safetensors", folder / "last.safetensors"
    if body.exists():
        return body
    folder.mkdir(parents=True, exist_ok=True)
    settings = trial.settings
    decay = (trial.steps, trial.decay) if decay_from else (None, 0)
    schedule = Schedule(settings.peak, settings.warmup, *decay)
    sampler = Sampler(Prepared.load(inputs.prepared), settings.sampling)
    task = Task(WordTable.load(inputs.words), sampler.batch, span_loss, settings.bf16)
    training = Run(load_body(inputs.start), task, settings, schedule)
    if (taken_up := last if last.exists() else decay_from) is not None:
        training.restore(Checkpoint.load(taken_up))
    train(training, folder, stop, steps=schedule.last or trial.steps, minutes=5.0, snapshot=trial.steps)
    return body if body.exists() else None


def table(results: Sequence[tuple[str, dict[str, list[Score]]]]) -> str:
    """The first trial's figures, and by how many points the others' differ, with 95 % intervals."""
    (name, first), *others = results
    lines = ["| | " + " | ".join(first) + " |", "|---" * (len(first) + 1) + "|"]
    lines.append(
        f"| {name} | " + " | ".join(f"{100 * figure(scores):.1f}" for scores in first.values()) + " |"
    )
    for name, columns in others:
        cells = [difference(columns[column], first[column]) for column in first]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def figure(scores: Sequence[Score]) -> float:
    """F1; of a set with questions that have no answer, the AUROC of the margin. In [0, 1]."""
    answerable = [score for score in scores if score.f1 is not None]
    area = auroc([s.margin for s in answerable], [s.margin for s in scores if s.f1 is None])
    return area if area is not None else float(np.mean([score.f1 for score in answerable]))


def difference(ours: Sequence[Score], theirs: Sequence[Score]) -> str:
    """In points, with the 95 % interval of the bootstrap over questions: `+1.2 [-0.3, 2.6]`."""
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} and {len(theirs)} questions can't be compared one by one")
    points = [100 * (figure(ours) - figure(theirs))]
    generator = np.random.default_rng(1)
    while len(points) <= _RESAMPLES:
        chosen = generator.integers(0, len(ours), len(ours))
        points.append(100 * (figure([ours[i] for i in chosen]) - figure([theirs[i] for i in chosen])))
    low, high = np.percentile(points[1:], (2.5, 97.5))
    return f"{points[0]:+.1f} [{low:.1f}, {high:.1f}]"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--tokenizer", type=Path, required=True, help="tokenizer.json of the encoder")
    parser.add_argument("--words", type=Path, required=True, help="word_embeddings.safetensors")
    parser.add_argument("--prepared", type=Path, required=True, help="prepared.npz of training.prepare")
    parser.add_argument("--same-language", type=Path, metavar="PREPARED", help="made by a recipe whose questions have their passage's language; without it, that trial is left out")  # fmt: skip
    parser.add_argument("--start", type=Path, required=True, help="body to begin with")
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs and of what came of them")
    given = parser.parse_args(arguments)
    inputs = Inputs(given.prepared, given.words, given.start, read_tokenizer(given.tokenizer))
    columns, stop = asked(given.data), Stop()
    results = []
    for trial in trials():
        if trial.same_language and given.same_language is None:
            continue
        own = replace(inputs, prepared=given.same_language) if trial.same_language else inputs
        scores = measured(trial, own, columns, given.out, stop)
        if scores is None:
            break
        results.append((trial.name, scores))
        print(table(results), flush=True)


def measured(
    trial: Trial,
    inputs: Inputs,
    columns: Mapping[str, Sequence[QuestionSet]],
    out: Path,
    stop: Stop,
) -> dict[str, list[Score]] | None:
    """A column's name → how its questions were read, by what the trial made; None when it was stopped before that."""
    folder = out / "".join(letter if letter.isalnum() else "-" for letter in trial.name)
    file = folder / "scores.json"
    origin = {**asdict(trial), "prepared": str(inputs.prepared), "start": str(inputs.start)}
    if not file.exists():
        body = run(trial, inputs, folder, stop)
        if body is None:
            return None
        model = load_model(body, _THREADS, trial.settings.bf16)
        reader = Reader(model, WordTable.load(inputs.words), inputs.tokenizer)
        scores = {name: [s for one in sets for s in scored(reader, one)] for name, sets in columns.items()}
        keep(file, origin, scores)
    return kept(file, origin)


def keep(file: Path, origin: Mapping[str, Any], scores: Mapping[str, Sequence[Score]]) -> None:
    """Write the scores of every column and what they are of, all or nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(".tmp")
    columns = {name: [asdict(score) for score in column] for name, column in scores.items()}
    temporary.write_text(json.dumps({"origin": origin, "scores": columns}), encoding="utf-8")
    temporary.replace(file)


def kept(file: Path, origin: Mapping[str, Any]) -> dict[str, list[Score]]:
    """What `keep` wrote. ValueError when it is of something else."""
    found = json.loads(file.read_text(encoding="utf-8"))
    if found["origin"] != json.loads(json.dumps(origin)):
        raise ValueError(f"{file} is of {found['origin']}, not of {origin}; name another --out")
    return {name: [Score(**score) for score in column] for name, column in found["scores"].items()}


if __name__ == "__main__":
    main()
