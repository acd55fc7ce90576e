"""Where each millisecond and megabyte of a question goes, of a start, and of adding documents.

python -m benchmarks.profile [--collection FOLDER] [--questions FILE.jsonl] [--add FILE|FOLDER …]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.comparing import machine, note
from benchmarks.contenders.protocol import memory

_ROOT = Path(__file__).parents[1]


@dataclass
class Clock:
    """Time by the step it was spent in, without the steps inside it; each thread by itself."""

    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # seconds
    _thread: threading.local = field(default_factory=threading.local)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        inside: list[float] = self._thread.__dict__.setdefault("inside", [0.0])
        inside.append(0.0)
        begun = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - begun
            own = seconds - inside.pop()
            inside[-1] += seconds
            with self._lock:
                self.spent[name] += own

    def watch(self, owner: Any, attribute: str, name: str | Callable[[Any], str]) -> None:
        """Time every call of a function of a module or a class; `name` may depend on the first argument."""
        original = getattr(owner, attribute)

        def timed(*arguments: Any, **named: Any) -> Any:
            with self.step(name if isinstance(name, str) else name(arguments[0])):
                return original(*arguments, **named)

        setattr(owner, attribute, timed)

    def take(self) -> dict[str, float]:
        """What was spent since the last time, in seconds."""
        with self._lock:
            taken = dict(self.spent)
            self.spent.clear()
        return taken


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    print(f"{machine()}\n")
    clock = Clock()
    pipeline = _start(options.collection)
    _watch(clock)
    print(_per_question(clock, pipeline, _questions(options.questions)))
    if options.add:
        print(_per_document(clock, pipeline.collection.encoder, options.add, options.documents))
    print(f"peak of the whole run: {memory('VmHWM'):.0f} MB")
    return 0


def _start(collection: Path | None) -> Any:
    """Open the product step by step; prints what each takes."""
    rows: list[str] = []

    def lap(name: str, do: Callable[[], Any]) -> Any:
        begun, held = time.perf_counter(), memory("VmRSS")
        result = do()
        rows.append(_row(name, (time.perf_counter() - begun) * 1000, memory("VmRSS") - held))
        return result

    def imported() -> Any:
        import qa

        return qa

    qa = lap("import", imported)
    from index.embedded import Vocabulary
    from index.encoder import open_encoder
    from qa.reader import ExtractiveReader

    vocabulary = lap("tokenizer and word embeddings", Vocabulary.open)
    encoder = lap("encoder", lambda: open_encoder(vocabulary=vocabulary))
    reader = lap("reader", lambda: ExtractiveReader.open(vocabulary=vocabulary))
    lap("checksums", lambda: (encoder.fingerprint, reader.checksum))
    pipeline = lap("documents", lambda: qa.QAPipeline.open(collection, encoder=encoder, reader=reader))
    lap("first question", lambda: pipeline.ask("Qui a ouvert un bureau ?"))
    print("\n".join(["| start | ms | MB |", "|---|--:|--:|", *rows, ""]))
    return pipeline


def _watch(clock: Clock) -> None:
    """Put a clock on the steps of the product, by the names of its own functions."""
    import qa.pipeline
    import qa.reader
    from index import collection, dense, embedded, ingestion, passages, rows, vectors
    from qa.confidence import Calibration
    from qa.retriever import HybridRetriever

    def of_body(body: Any) -> str:
        return f"{body.file.stem}: onnxruntime"

    clock.watch(embedded.Vocabulary, "tokenize", "tokenise")
    clock.watch(embedded.Vocabulary, "embed", "embed: look words up in the table")
    clock.watch(embedded.Body, "run", of_body)
    clock.watch(vectors.VectorIndex, "nearest", "FAISS: search")
    clock.watch(dense.DenseSearch, "vectors", "SQLite: vectors by key")
    clock.watch(collection.Collection, "matching", "FTS5: BM25")
    clock.watch(collection.Collection, "document_frequency", "FTS5: term frequencies")
    clock.watch(collection.Collection, "nearest_spelling", "spelling")
    clock.watch(collection.Collection, "passages", "SQLite: passages")
    clock.watch(qa.reader, "best_spans", "reader: spans")
    clock.watch(qa.reader.ExtractiveReader, "read", "reader: wait for the cores")
    clock.watch(qa.reader.ExtractiveReader, "verify", "second look: wait for the cores")
    clock.watch(HybridRetriever, "retrieve", "retriever: terms, fusion")
    clock.watch(HybridRetriever, "cosines", "choice: sentences against the question")
    clock.watch(Calibration, "rank", "choice")
    clock.watch(qa.pipeline, "choose", "choice")
    clock.watch(qa.pipeline, "understood", "understand")
    clock.watch(passages.Splitter, "split", "split into passages")
    clock.watch(collection, "encoded", "encoder: wait for the cores")
    clock.watch(rows, "analysed", "analyse terms")
    clock.watch(rows, "insert", "SQLite: insert")
    clock.watch(ingestion, "_checksum", "checksum of the file")


def _per_question(clock: Clock, pipeline: Any, questions: Sequence[str]) -> str:
    steps: dict[str, list[float]] = defaultdict(list)
    totals: list[float] = []
    for question in questions:
        clock.take()
        begun = time.perf_counter()
        pipeline.ask(question)
        totals.append(time.perf_counter() - begun)
        for name, seconds in clock.take().items():
            steps[name].append(seconds)
    # A step that a question does without counts as nothing.
    medians = {name: median([*s, *[0.0] * (len(totals) - len(s))]) for name, s in steps.items()}
    rows = [
        _row(name, seconds * 1000, None)
        for name, seconds in sorted(medians.items(), key=lambda item: -item[1])
        if seconds > 5e-6
    ]
    ordered = sorted(totals)
    return "\n".join(
        [
            f"| one question (median of {len(totals)}; work on several cores is added up) | ms | |",
            "|---|--:|--:|",
            *rows,
            _row("**from question to answer, median**", median(totals) * 1000, None),
            _row("**from question to answer, 95 %**", ordered[int(0.95 * (len(ordered) - 1))] * 1000, None),
            "",
        ]
    )


def _per_document(clock: Clock, encoder: Any, paths: Sequence[Path], most: int) -> str:
    from index.collection import Collection
    from index.ingestion import ingest

    with tempfile.TemporaryDirectory() as folder, Collection.open(folder, encoder, create=True) as collection:
        clock.take()
        begun = time.perf_counter()
        told = [outcome for outcome in islice(ingest(collection, paths), most) if outcome.passages]
        seconds = time.perf_counter() - begun
        spent = clock.take()
    passages = sum(outcome.passages for outcome in told)
    note(f"{len(told)} documents, {passages} passages in {seconds:.1f} s")
    rows = [
        _row(name, own * 1000 / len(told), None)
        for name, own in sorted(spent.items(), key=lambda item: -item[1])
        if own > 1e-4
    ]
    return "\n".join(
        [
            f"| one document (mean of {len(told)}; work on several cores is added up) | ms | |",
            "|---|--:|--:|",
            *rows,
            _row("**a document**", seconds * 1000 / len(told), None),
            "",
            f"{len(told) / seconds:.1f} documents and {passages / seconds:.1f} passages a second\n",
        ]
    )


def _row(name: str, milliseconds: float, megabytes: float | None) -> str:
    return f"| {name} | {milliseconds:.2f} | {'' if megabytes is None else f'{megabytes:.0f}'} |"


def _questions(file: Path) -> list[str]:
    with file.open(encoding="utf-8", newline="\n") as lines:
        return [json.loads(line)["question"] for line in lines if line.strip()]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("--collection", type=Path, metavar="FOLDER", help="default: the bundled article")
    parser.add_argument(
        "--questions", type=Path, metavar="FILE.jsonl", default=_ROOT / "eval" / "data" / "article.jsonl"
    )
    parser.add_argument("--add", type=Path, nargs="+", metavar="FILE|FOLDER", help="documents to be added")
    parser.add_argument("--documents", type=int, default=100, metavar="N", help="add at most so many")
    return parser


if __name__ == "__main__":
    sys.exit(main())
