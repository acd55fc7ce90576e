"""What the command line asks for → a run."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from eval.artefact import Run, run_of
from eval.beir import read_beir, search
from eval.opening import (
    SQUAD_ONLY,
    add_product_options,
    add_squad_options,
    collection_of,
    open_pipeline,
    open_task,
    refuse_options,
    sampled,
)
from eval.progress import progress
from eval.run import run
from index.errors import QuestionError
from index.numbers import positive


def add_options(parser: ArgumentParser) -> None:
    """The options that `measure` reads."""
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="JSONL, SQuAD format (.json, .json.gz) or a BEIR folder"
    )
    parser.add_argument(
        "--documents", nargs="+", metavar="FILE", help="the files that JSONL questions are about"
    )
    parser.add_argument(
        "--collection", metavar="FOLDER", help="the collection that JSONL questions are about"
    )
    parser.add_argument("--open", action="store_true", help="SQuAD: search all contexts, not the given one")
    parser.add_argument("--split", choices=("dev", "test"), help="only questions marked so")
    parser.add_argument("--limit", type=positive, metavar="N", help="a random sample of N, always the same")
    parser.add_argument("--no-reading", action="store_true", help="measure retrieval only")
    add_squad_options(parser)
    add_product_options(parser)


def measure(options: Namespace) -> Run:
    """Do what the options say."""
    settings = {
        name: value
        for name, value in vars(options).items()
        if value is not None and value is not False and value != []
    }
    folders = [file for file in options.files if Path(file).is_dir()]
    if folders:
        if len(options.files) > 1:
            raise QuestionError(f"{folders[0]}: a folder is measured alone; name one")
        return _beir(Path(folders[0]), options, settings)
    task = open_task(options)
    pipeline = task.bench.pipeline
    results = run(
        task.bench,
        task.questions,
        read=not options.no_reading,
        progress=lambda questions: progress(questions, "asking"),
    )
    return run_of(
        pipeline,
        results,
        name=task.name,
        mode=task.mode,
        threshold=task.bench.threshold,
        settings=settings,
        skipped=task.skipped,
    )


def _beir(folder: Path, options: Namespace, settings: dict[str, object]) -> Run:
    refuse_options(
        options,
        ("documents", "collection", "split", *SQUAD_ONLY),
        f"{folder}: brings its documents and queries",
    )
    if len(options.language or ()) > 1:
        raise QuestionError(f"{len(options.language)} languages for a folder; give one")
    found = read_beir(folder, language=options.language[0] if options.language else None)
    pipeline = open_pipeline(options, empty=True)
    for document in progress(found.documents, "indexing"):
        collection_of(pipeline).add(document)
    queries = sampled(found.queries, options.limit)
    results = search(pipeline.retriever, queries, lambda items: progress(items, "searching"))
    threshold = pipeline.calibration.threshold
    return run_of(
        pipeline, results, name=found.name, mode="documents", threshold=threshold, settings=settings
    )
