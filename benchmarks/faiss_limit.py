"""What a collection adds to FAISS: `Collection.nearest` against the same vectors in FAISS called directly."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median

import faiss
import numpy as np

from benchmarks.comparing import Comparison, command, note
from benchmarks.data import add_data_option, piaf
from benchmarks.filling import add_vectors
from benchmarks.jitter import jittered
from index.collection import Collection
from index.encoder import Encoder, Vectors
from qa.opening import open_models

K = 50  # as the retriever asks
_DOCUMENT = 1000  # passages of one document


def compare(options: argparse.Namespace) -> list[Comparison]:
    documents, asked = piaf(options.data)
    encoder, _ = open_models()
    note(f"encoding {options.encoded} contexts and {options.questions} questions")
    real = encoder.encode_documents([document.text for document in documents[: options.encoded]])
    questions = np.stack([encoder.encode_query(q.question) for q in asked[: options.questions]])
    comparisons = []
    for size in options.sizes:
        note(f"{size:,} vectors")
        vectors = jittered(real, size)
        ours, direct = times(encoder, vectors, questions)
        comparisons += [
            Comparison(f"nearest {K} of {size:,}, median ms", ours, "FAISS called directly", direct, "lower"),
            Comparison("… the collection's share of that, ms", ours - direct),
        ]
    return comparisons


def times(encoder: Encoder, vectors: Vectors, questions: Vectors) -> tuple[float, float]:
    """The median of both over the questions, by turns, in ms; ValueError when they find different things."""
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    with filled(encoder, vectors) as collection:

        def ours(question: Vectors) -> list[float]:
            return [hit.score for hit in collection.nearest(question, K)]

        def direct(question: Vectors) -> list[float]:
            scores: list[float] = flat.search(question[None], K)[0][0].tolist()
            return scores

        if not np.allclose(ours(questions[0]), direct(questions[0]), atol=1e-5):
            raise ValueError("the collection and FAISS find different vectors")
        both = [(_ms(ours, question), _ms(direct, question)) for question in questions]
    return median(ms for ms, _ in both), median(ms for _, ms in both)


def filled(encoder: Encoder, vectors: Vectors) -> Collection:
    """A collection in memory of passages with these vectors; their text is one word."""
    collection = Collection.in_memory(encoder)
    for first in range(0, len(vectors), _DOCUMENT):
        add_vectors(collection, vectors[first : first + _DOCUMENT], f"document {first}")
    return collection


def _ms(search: Callable[[Vectors], Sequence[float]], question: Vectors) -> float:
    begun = time.perf_counter()
    search(question)
    return 1000 * (time.perf_counter() - begun)


def _options(parser: argparse.ArgumentParser) -> None:
    add_data_option(parser)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000], help="vectors")
    parser.add_argument("--encoded", type=int, default=500, help="contexts really encoded")
    parser.add_argument("--questions", type=int, default=200, help="searches of each")


if __name__ == "__main__":
    sys.exit(command(__doc__, _options, compare))
