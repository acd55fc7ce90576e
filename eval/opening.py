"""What the command line names → the bench and the questions to put to it."""

from __future__ import annotations

import random
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.questions import (
    ARTICLE_QUESTIONS,
    Question,
    QuestionSet,
    gold_errors,
    read_questions,
    refuse,
)
from eval.run import Bench
from eval.squad import Choice, crossed, is_squad, read_squad
from index.collection import Collection
from index.errors import QuestionError
from index.passages import Splitter
from qa.confidence import Calibration
from qa.pipeline import QAPipeline, Settings
from qa.retriever import HybridRetriever

_SEED = 20_240  # of the random sample
WEIGHTS = {"hybrid": (1.0, 1.0), "dense": (1.0, 0.0), "lexical": (0.0, 1.0)}
"""Name → the weights of the dense and the lexical ranking."""


@dataclass(frozen=True, slots=True)
class Task:
    """Questions and what they are put to."""

    name: str
    mode: str  # "collection" (the passage is to be found) or "context" (it is given)
    bench: Bench
    questions: tuple[Question, ...]
    skipped: tuple[str, ...]


def open_task(options: Namespace) -> Task:
    """The task that the options describe; QuestionError and the product's errors for bad input."""
    files = [Path(file) for file in options.files]
    squad = bool(files) and is_squad(files[0])
    sets = _squad_sets(files, options) if squad else [read_questions(f) for f in files or [ARTICLE_QUESTIONS]]
    if squad and (options.documents or options.collection):
        raise QuestionError(f"{files[0]}: brings its own contexts; leave out --documents and --collection")
    documents = [document for found in sets for document in found.documents]
    questions = chosen([q for found in sets for q in found.questions], options.split, options.limit)
    if squad and not options.open:
        pipeline = open_pipeline(options, empty=True)
        splitter = Splitter(_collection(pipeline).encoder.token_offsets)
        bench = Bench.on_contexts(pipeline, documents, splitter)
    else:
        pipeline = open_pipeline(options, empty=squad)
        from tqdm import tqdm

        for document in tqdm(documents, "indexing", disable=len(documents) < 20, leave=False):
            _collection(pipeline).add(document)
        bench = Bench.on_collection(pipeline)
        refuse(gold_errors(questions, bench.document))
    name = " + ".join(found.name for found in sets)
    skipped = tuple(line for found in sets for line in found.skipped)
    return Task(name, "collection" if bench.searches else "context", bench, questions, skipped)


def open_pipeline(options: Namespace, empty: bool = False) -> QAPipeline:
    """The pipeline that the options describe; `empty`: on a new collection, to be filled."""
    reader = None
    if options.reader:
        from qa.reader import ExtractiveReader

        reader = ExtractiveReader.open(Path(options.reader))
    settings = Settings(read=options.read) if options.read is not None else Settings()
    calibration = Calibration.load(Path(options.calibration)) if options.calibration else Calibration.load()
    opened = QAPipeline.open(
        collection=None if empty else options.collection,
        documents=[] if empty else options.documents,
        reader=reader,
        settings=settings,
    )
    collection = _collection(opened)
    retriever = HybridRetriever(collection, *WEIGHTS[options.retriever])
    return QAPipeline(retriever, opened.reader, calibration, settings, collection)


def chosen(
    questions: Sequence[Question], split: str | None = None, limit: int | None = None
) -> tuple[Question, ...]:
    """The questions of a split, or a seeded random sample of them in their order."""
    kept = [question for question in questions if split is None or question.split == split]
    if not kept:
        raise QuestionError(f"no question is marked {split!r}; leave out --split")
    if limit is None or limit >= len(kept):
        return tuple(kept)
    sample = sorted(random.Random(_SEED).sample(range(len(kept)), limit))  # noqa: S311 (no secret)
    return tuple(kept[i] for i in sample)


def _squad_sets(files: Sequence[Path], options: Namespace) -> list[QuestionSet]:
    languages = options.language or [None]
    if len(languages) not in (1, len(files)):
        raise QuestionError(f"{len(languages)} languages for {len(files)} files; give one, or one for each")
    if len(languages) == 1:
        languages = languages * len(files)
    titles = None
    if options.titles:
        try:
            lines = Path(options.titles).read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise QuestionError(f"{options.titles}: can't be read ({error})") from error
        titles = frozenset(line.strip() for line in lines if line.strip())
    choice = Choice(titles, options.part)
    sets = []
    for file, language in zip(files, languages, strict=True):
        prefix = f"{file.name.removesuffix('.gz').removesuffix('.json')}/"
        found = read_squad(file, language, choice, options.skip_errors, prefix)
        if options.questions_from:
            other = read_squad(
                Path(options.questions_from), options.question_language, choice, options.skip_errors
            )
            found = crossed(other, found)
        sets.append(found)
    return sets


def _collection(pipeline: QAPipeline) -> Collection:
    if pipeline.collection is None:
        raise ValueError("the pipeline was opened without a collection")
    return pipeline.collection
