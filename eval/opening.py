"""What the command line names → the bench and the questions to put to it."""

from __future__ import annotations

import random
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from eval.progress import progress
from eval.questions import (
    ARTICLE_QUESTIONS,
    Question,
    QuestionSet,
    gold_errors,
    read_questions,
    refuse,
)
from eval.run import Bench
from eval.squad import PARTS, Selection, crossed, is_squad, read_squad, with_unanswerable
from index.errors import QuestionError
from index.numbers import positive, probability
from index.passages import Splitter
from index.searchable import Library
from qa.confidence import Calibration
from qa.opening import add_model_options, open_models
from qa.pipeline import QAPipeline, Settings
from qa.questions import checked
from qa.retriever import HybridRetriever

_SEED = 20_240  # of the random sample
RETRIEVER_WEIGHTS: dict[str, dict[str, float]] = {
    "hybrid": {},
    "dense": {"lexical": 0.0},
    "lexical": {"dense": 0.0},
}
"""Name of a retriever → the weights that differ from the product's."""
SQUAD_ONLY = (
    "open", "titles", "without", "part", "questions_from", "question_language", "unanswerable_from", "skip_errors",
)  # fmt: skip
"""Options that mean something for files in SQuAD's format alone."""

_T = TypeVar("_T")


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
    if squad:
        refuse_options(options, ("documents", "collection"), f"{files[0]}: brings its own contexts")
        if options.no_reading and not options.open:
            raise QuestionError("nothing to measure: with --no-reading add --open")
    else:
        name = files[0] if files else ARTICLE_QUESTIONS.name
        refuse_options(options, (*SQUAD_ONLY, "language"), f"{name}: not in SQuAD's format")
    sets = squad_sets(files, options) if squad else [read_questions(f) for f in files or [ARTICLE_QUESTIONS]]
    documents = [document for found in sets for document in found.documents]
    questions = chosen([q for found in sets for q in found.questions], options.split, options.limit)
    refuse(_unaskable(questions) + _ambiguous(questions))
    if options.no_reading:
        _refuse_follow_ups(questions)
    hint = (
        "" if options.documents or options.collection else "name the sources with --documents or --collection"
    )
    if squad and not options.open:
        pipeline = open_pipeline(options, empty=True)
        splitter = Splitter(collection_of(pipeline).encoder.token_offsets)
        bench = Bench.on_contexts(pipeline, documents, splitter)
    else:
        pipeline = open_pipeline(options, empty=squad)
        for document in progress(documents, "indexing"):
            collection_of(pipeline).add(document)
        bench = Bench.on_collection(pipeline)
        refuse(gold_errors(questions, bench.document), hint)
    name = " + ".join(found.name for found in sets)
    skipped = tuple(line for found in sets for line in found.skipped)
    return Task(name, "collection" if bench.searches else "context", bench, questions, skipped)


def add_product_options(parser: ArgumentParser) -> None:
    """The options that `open_pipeline` reads."""
    group = parser.add_argument_group("the product's settings")
    group.add_argument("--retriever", choices=RETRIEVER_WEIGHTS, default="hybrid")
    group.add_argument("--read", type=positive, metavar="K", help="passages read for a question")
    group.add_argument("--threshold", type=probability, help="refuse below this confidence")
    group.add_argument("--calibration", metavar="FILE", help="another calibration")
    add_model_options(parser)


def open_pipeline(options: Namespace, empty: bool = False) -> QAPipeline:
    """The pipeline that the options describe; `empty`: on a new collection, to be filled."""
    encoder, reader = open_models(options.encoder, options.reader, options.download)
    settings = Settings(threshold=options.threshold)
    if options.read is not None:
        settings = replace(settings, read=options.read)
    calibration = Calibration.load(Path(options.calibration)) if options.calibration else Calibration.load()
    opened = QAPipeline.open(
        collection=None if empty else options.collection,
        documents=[] if empty else options.documents,
        encoder=encoder,
        reader=reader,
        settings=settings,
        calibration=calibration,
    )
    collection = collection_of(opened)
    retriever = HybridRetriever(collection, **RETRIEVER_WEIGHTS[options.retriever])
    return QAPipeline(retriever, opened.reader, calibration, settings, collection)


def refuse_options(options: Namespace, names: Iterable[str], why: str) -> None:
    """QuestionError that names the options of `names` that were given: they would change nothing."""
    given = [f"--{name.replace('_', '-')}" for name in names if getattr(options, name)]
    if given:
        raise QuestionError(f"{why}; leave out {' and '.join(given)}")


def _unaskable(questions: Sequence[Question]) -> list[str]:
    """What the product would refuse to take, told before an hour of measuring."""
    errors = []
    for question in questions:
        try:
            checked(question.question)
        except QuestionError as error:
            errors.append(f"{question.id}: {error}")
    return errors


def _refuse_follow_ups(questions: Sequence[Question]) -> None:
    """QuestionError when a question has a history: what it asks for is known from the answers before it."""
    count = sum(bool(question.history) for question in questions)
    if count:
        raise QuestionError(
            f"{count:,} of {len(questions):,} questions follow others: searched as they stand, they would not "
            "be the questions that the product searches for; leave out --no-reading"
        )


def _ambiguous(questions: Sequence[Question]) -> list[str]:
    """Ids that several questions have: two runs could not be compared by them."""
    taken = Counter(question.id for question in questions)
    return [
        f"{name}: the id of {times} questions; give each its own"
        for name, times in taken.items()
        if times > 1
    ]


def chosen(
    questions: Sequence[Question], split: str | None = None, limit: int | None = None
) -> tuple[Question, ...]:
    """The questions of a split, or a sample of them."""
    kept = [question for question in questions if split is None or question.split == split]
    if not kept:
        raise QuestionError(f"no question is marked {split!r}; leave out --split")
    return sampled(kept, limit)


def sampled(items: Sequence[_T], limit: int | None) -> tuple[_T, ...]:
    """A random sample, always the same, in the order of the items; all of them when they are no more."""
    if limit is None or limit >= len(items):
        return tuple(items)
    places = sorted(random.Random(_SEED).sample(range(len(items)), limit))  # noqa: S311 (no secret)
    return tuple(items[place] for place in places)


def add_squad_options(parser: ArgumentParser) -> None:
    """The options that `squad_sets` reads."""
    group = parser.add_argument_group("files in SQuAD's format")
    group.add_argument("--language", nargs="+", metavar="LANGUAGE", help="of all files, or of each")
    group.add_argument("--titles", metavar="FILE", help="ask only about articles whose title is in this file")
    group.add_argument(
        "--without", metavar="FILE", help="ask nothing about articles whose title is in this file"
    )
    group.add_argument("--part", choices=PARTS, help="ask only about these articles, by position")
    group.add_argument("--questions-from", metavar="FILE", help="ask the questions of this parallel file")
    group.add_argument("--question-language", metavar="LANGUAGE", help="of --questions-from")
    group.add_argument(
        "--unanswerable-from",
        metavar="FILE",
        help="ask the unanswerable questions of this SQuAD 2.0 file too",
    )
    group.add_argument("--skip-errors", action="store_true", help="leave out wrong answers, and say so")


def squad_sets(files: Sequence[Path], options: Namespace) -> list[QuestionSet]:
    """The questions of SQuAD files, as the options choose, and all their contexts."""
    languages = options.language or [None]
    if len(languages) not in (1, len(files)):
        raise QuestionError(f"{len(languages)} languages for {len(files)} files; give one, or one for each")
    if len(languages) == 1:
        languages = languages * len(files)
    selection = Selection(
        titles=_titles(options.titles) if options.titles else None,
        part=options.part,
        without=_titles(options.without) if options.without else frozenset(),
    )
    sets = []
    for file, language in zip(files, languages, strict=True):
        prefix = f"{file.name.removesuffix('.gz').removesuffix('.json')}/"
        found = asked = read_squad(file, language, selection, options.skip_errors, prefix)
        if options.questions_from:
            asked = read_squad(
                Path(options.questions_from), options.question_language, selection, options.skip_errors
            )
            found = crossed(asked, found)
        if options.unanswerable_from:
            source = Path(options.unanswerable_from)
            other = read_squad(source, None, None, options.skip_errors, f"{prefix}{source.name}/")
            found = with_unanswerable(found, asked, other)
        sets.append(found)
    return sets


def _titles(file: str) -> frozenset[str]:
    """The lines of a file."""
    try:
        lines = Path(file).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"{file}: can't be read ({error})") from error
    return frozenset(line.strip() for line in lines if line.strip())


def collection_of(pipeline: QAPipeline) -> Library:
    """The collection that a pipeline searches."""
    if pipeline.collection is None:
        raise ValueError("the pipeline was opened without a collection")
    return pipeline.collection
