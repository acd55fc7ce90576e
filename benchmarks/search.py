"""How dense search grows with the collection, from 1,000 to 1,000,000 passages: time, memory, and what is overlooked.

python -m benchmarks.search --data FOLDER [--sizes N …] [--kind ivf-sq8] [--plot FOLDER]

The vectors are real ones, moved a little (benchmarks/jitter.py); the questions are real.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.comparing import machine, note
from benchmarks.contenders.protocol import memory
from benchmarks.data import add_data_option, piaf
from benchmarks.filling import NoEncoder, add_vectors
from benchmarks.growth import charts
from benchmarks.jitter import jittered
from index.collection import Collection
from index.encoder import Vectors, open_encoder
from index.vectors import UP_TO, VARIABLE

K = 50  # as the retriever asks
_ROOT = Path(__file__).parents[1]
_DOCUMENT = 1000  # passages of one document


@dataclass(frozen=True, slots=True)
class Measured:
    """A collection of one size."""

    passages: int
    kind: str
    open_s: float  # from opening the file to the first hit, the index in memory
    memory_mb: float  # what opening and searching added to the process
    p50_ms: float  # of a search for the 50 nearest
    p95_ms: float
    recall: float  # of the 10 nearest, in [0, 1]


def main() -> int:
    options = _parser().parse_args()
    if options.measure is not None:  # a process of its own for each size: memory is measured from scratch
        print(json.dumps(asdict(_measured(options.measure, np.load(options.measure / "questions.npy")))))
        return 0
    print(f"{machine()}\n")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        real, questions = _encoded(options)
        results = [_of_size(size, real, questions, options, Path(folder)) for size in options.sizes]
    print(_table(results))
    if options.plot is not None:
        options.plot.mkdir(parents=True, exist_ok=True)
        (options.plot / "search.svg").write_text(_plot(results), encoding="utf-8")
    return 0


def _encoded(options: argparse.Namespace) -> tuple[Vectors, Vectors]:
    documents, asked = piaf(options.data)
    encoder = open_encoder()
    note(f"encoding {options.encoded} texts and {options.questions} questions")
    real = encoder.encode_documents([document.text[:700] for document in documents[: options.encoded]])
    return real, np.stack([encoder.encode_query(one.question) for one in asked[: options.questions]])


def _of_size(
    size: int, real: Vectors, questions: Vectors, options: argparse.Namespace, folder: Path
) -> Measured:
    where = folder / str(size)
    note(f"{size:,} passages")
    begun = time.perf_counter()
    _fill(where, real, size)
    note(f"  written in {time.perf_counter() - begun:.0f} s")
    np.save(where / "questions.npy", questions)
    command = [
        sys.executable,
        "-m",
        "benchmarks.search",
        "--data",
        str(options.data),
        "--measure",
        str(where),
    ]
    fixed = {VARIABLE: options.kind} if options.kind else {}
    done = subprocess.run(  # noqa: S603 (ours)
        command, cwd=_ROOT, env={**os.environ, **fixed}, stdout=subprocess.PIPE, check=True
    )
    return Measured(**json.loads(done.stdout))


def _fill(where: Path, real: Vectors, size: int) -> None:
    """A collection on disk of so many passages, whose texts are one word."""
    with Collection.open(where, NoEncoder(real.shape[1]), create=True) as collection:
        for first in range(0, size, _DOCUMENT):
            vectors = jittered(real, min(_DOCUMENT, size - first), seed=first)
            add_vectors(collection, vectors, f"document {first}")


def _measured(where: Path, questions: Vectors) -> Measured:
    with Collection.open(where, NoEncoder(questions.shape[1])) as collection:
        held, begun = memory("VmRSS"), time.perf_counter()
        collection.nearest(questions[0], K)
        open_s = time.perf_counter() - begun
        times = []
        for question in questions:
            begun = time.perf_counter()
            collection.nearest(question, K)
            times.append(1000 * (time.perf_counter() - begun))
        added_mb = memory("VmRSS") - held
        kind, recall = collection.recall(questions[:100])
        p50, p95 = np.percentile(times, [50, 95])
        return Measured(collection.passage_count(), kind, open_s, added_mb, float(p50), float(p95), recall)


def _table(results: list[Measured]) -> str:
    lines = [
        f"| {m.passages:,} | {m.kind} | {m.open_s:.2f} | {m.memory_mb:.0f} | {m.p50_ms:.2f} | {m.p95_ms:.2f} | {m.recall:.3f} |"
        for m in results
    ]
    head = "| passages | index | open to first hit, s | memory, MB | p50, ms | p95, ms | recall@10 |"
    return "\n".join([head, "|--:|---|--:|--:|--:|--:|--:|", *lines])


def _plot(results: list[Measured]) -> str:
    sizes = [m.passages for m in results]
    return charts(
        sizes,
        {
            "search, median ms": [m.p50_ms for m in results],
            "memory, MB": [m.memory_mb for m in results],
            "open to first hit, s": [m.open_s for m in results],
            "recall@10 against comparing with all": [m.recall for m in results],
        },
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    add_data_option(parser)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--encoded", type=int, default=1500, help="texts really encoded")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--kind", choices=list(UP_TO), help="fix the kind of index")
    parser.add_argument("--folder", type=Path, help="where the collections are made (some 3 GB)")
    parser.add_argument("--plot", type=Path, metavar="FOLDER", help="draw search.svg there")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
