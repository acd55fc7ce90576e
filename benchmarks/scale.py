"""A large collection: 100,000 passages of French news, asked their headlines."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks.comparing import Comparison, command, note
from benchmarks.contenders.protocol import WARM_UP, memory
from benchmarks.data import add_data_option, news
from benchmarks.environments import BenchmarkError
from benchmarks.jitter import JitteredEncoder, KnownQuestions
from index.collection import Collection
from index.encoder import Encoder
from qa.confidence import Calibration
from qa.opening import open_models
from qa.pipeline import QAPipeline, Settings
from qa.retriever import HybridRetriever

_SEED = 20_240
_TOLD_EVERY = 1000  # documents
_NEWS = "Zéphyrin, l'ornithorynque de Pézenas, a reçu hier la médaille de la batellerie."


def compare(options: argparse.Namespace) -> list[Comparison]:
    encoder, reader = open_models()
    if not options.real:
        note(f"encoding {options.encoded:,} articles, whose vectors are then moved about for the rest")
        texts = [document.text[:600] for document in islice(news(options.data), options.encoded)]
        encoder = JitteredEncoder(encoder, encoder.encode_documents(texts))
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        questions = fill(encoder, Path(folder), options)
        built_s = time.perf_counter() - begun
        size_mb = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
        with Collection.open(folder, encoder) as collection:
            begun = time.perf_counter()
            count = collection.passage_count()
            loaded_s = time.perf_counter() - begun
            retriever = HybridRetriever(collection)
            pipeline = QAPipeline(retriever, reader, Calibration.load(), Settings(), collection)
            read = pipeline.settings.read
            encode_ms = median_ms(encoder.encode_query, questions)
            collection.encoder = KnownQuestions(encoder, questions)
            search_ms = median_ms(lambda question: retriever.retrieve(question, read), questions)
            collection.encoder = encoder
            ask_ms = median_ms(pipeline.ask, questions)
            fresh_s = seconds_until_found(Path(folder), encoder, collection)
    vectors = "" if options.real else ", their encoding left out"
    return [
        Comparison(f"storing {count:,} passages{vectors}, s", built_s),
        Comparison("size of the collection, MB", size_mb),
        Comparison(f"loading {count:,} vectors, s", loaded_s),
        Comparison("encoding a question, median ms", encode_ms),
        Comparison(
            f"search (dense and lexical) in {count:,} passages, its vector known, median ms", search_ms
        ),
        Comparison(f"question to answer in {count:,} passages, median ms", ask_ms),
        Comparison(
            f"a document changed among {count:,} passages{vectors}: found by an open reader after, s", fresh_s
        ),
        Comparison("most memory of the process that built it and answered, MB", memory("VmHWM")),
    ]


def fill(encoder: Encoder, folder: Path, options: argparse.Namespace) -> list[str]:
    """Add articles until there are enough passages; the headlines of some, to be asked."""
    passages, headlines = 0, []
    with Collection.open(folder, encoder, create=True) as collection:
        for number, document in enumerate(news(options.data), start=1):
            passages += collection.add(document).passages
            headlines.append(document.title)
            if number % _TOLD_EVERY == 0:
                note(f"{passages:,} passages of {number:,} articles")
            if passages >= options.passages:
                break
    return random.Random(_SEED).sample(headlines, min(options.questions, len(headlines)))  # noqa: S311


def seconds_until_found(folder: Path, encoder: Encoder, reading: Collection) -> float:
    """Change one document by a collection opened for it, then ask `reading`, which was open all along.

    Both ways of searching are timed; where vectors are moved about, only words can find the new ones.
    """
    retriever, by_words = HybridRetriever(reading), HybridRetriever(reading, dense=0.0)
    with Collection.open(folder, encoder) as writing:
        document = writing.document(writing.entries()[0].doc_id)
        begun = time.perf_counter()
        writing.add(replace(document, text=f"{document.text}\n\n{_NEWS}"))
        retriever.retrieve(_NEWS, Settings().read)
        found = by_words.retrieve(_NEWS, Settings().read)
        seconds = time.perf_counter() - begun
    if not any(_NEWS in scored.passage.text for scored in found):
        raise BenchmarkError(f"{document.doc_id} was changed, but the new words were not found")
    return seconds


def median_ms(ask: Callable[[str], object], questions: list[str]) -> float:
    for question in questions[:WARM_UP]:
        ask(question)
    times = []
    for question in questions[WARM_UP:]:  # what was asked to warm up may be remembered
        begun = time.perf_counter()
        ask(question)
        times.append(1000 * (time.perf_counter() - begun))
    return median(times)


def _options(parser: argparse.ArgumentParser) -> None:
    add_data_option(parser)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=100, help="headlines asked")
    parser.add_argument("--encoded", type=int, default=2000, help="articles really encoded (without --real)")
    parser.add_argument("--real", action="store_true", help="encode every passage: half an hour or more")


if __name__ == "__main__":
    sys.exit(command(__doc__, _options, compare))
