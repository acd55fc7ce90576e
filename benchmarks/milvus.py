"""Is Milvus the same retrieval? The base figures of docs/sizing.md, from the local collection and milvus-lite.

    python -m benchmarks.milvus --data FOLDER --news 0 --questions 100

Indexes all contexts of PIAF, and French news where asked for, in both, with the embedded encoder, asks questions of PIAF's
held-out articles, and prints overlap, bytes and milliseconds. For a cluster: --milvus milvus://HOST:PORT/NAME,
with the name of a collection that does not exist yet.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from statistics import fmean, median

import numpy as np

from benchmarks.contenders.protocol import memory
from benchmarks.data import add_data_option, news, piaf
from index.documents import Document
from index.encoder import Encoder, Vectors, open_encoder
from index.milvus.passages import terms_of
from index.opening import open_collection
from index.passages import Splitter
from index.searchable import Library
from qa.retriever import HybridRetriever

DEPTH = 10


@dataclass
class Timed:
    """An encoder that encodes each text once, so that both collections get the same vectors, and takes the time."""

    encoder: Encoder
    seconds: float = 0.0
    texts: int = 0
    known: dict[str, Vectors] = field(default_factory=dict)

    @property
    def dimension(self) -> int:
        return self.encoder.dimension

    @property
    def fingerprint(self) -> dict[str, str]:
        return self.encoder.fingerprint

    def token_offsets(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return self.encoder.token_offsets(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        missing = [text for text in dict.fromkeys(texts) if text not in self.known]
        if missing:
            begun = time.perf_counter()
            vectors = self.encoder.encode_documents(missing)
            self.seconds += time.perf_counter() - begun
            self.texts += len(missing)
            self.known.update(zip(missing, vectors, strict=True))
        return np.stack([self.known[text] for text in texts])

    def encode_query(self, text: str) -> Vectors:
        key = f"query: {text}"
        if key not in self.known:
            self.known[key] = self.encoder.encode_query(text)
        return self.known[key]


def main() -> int:
    options = _parser().parse_args()
    documents, asked = piaf(options.data)
    documents += islice(news(options.data), options.news)
    questions = [q.question for q in asked[:: max(1, len(asked) // options.questions)]][: options.questions]
    encoder = Timed(open_encoder())
    _tell_rows(documents, encoder)
    with tempfile.TemporaryDirectory() as folder:
        local_folder, lite = Path(folder) / "local", Path(folder) / "lite.db"
        places: dict[str, str | Path] = {
            "local": local_folder,
            "milvus": options.milvus or f"milvus://{lite}",
        }
        found: dict[str, list[list[list[str]]]] = {}
        for name, where in places.items():
            collection = open_collection(where, encoder, create=True)
            before, encoding = time.perf_counter(), encoder.seconds
            for document in documents:
                collection.add(document)
            collection.close()
            written = time.perf_counter() - before - (encoder.seconds - encoding)
            before, held = time.perf_counter(), memory("VmRSS")
            collection = open_collection(where, encoder)
            collection.nearest(encoder.encode_query(questions[0]), 1)
            opened, grown = time.perf_counter() - before, 1e6 * (memory("VmRSS") - held)
            count = collection.passage_count()
            print(f"{name}: {len(documents)} documents, {count} passages")
            print(f"  written  {written / count * 1e3:8.2f} ms a passage, without its encoding")
            size = _size(local_folder if name == "local" else lite)
            if size:
                print(f"  on disk  {size / count:8.0f} bytes a passage")
            print(f"  opened   {opened:8.2f} s, {grown / count:.0f} bytes of memory more a passage")
            found[name] = [_ranked(collection, question) for question in questions]
            _tell_times(collection, questions)
            collection.close()
        print(f"encoded {encoder.texts} texts at {encoder.seconds / encoder.texts * 1e3:.1f} ms each")
        text = sum(len(document.text.encode()) for document in documents)
        print(
            f"text    {text / count:.0f} bytes a passage (UTF-8), {len(documents) / count:.2f} documents a passage"
        )
    for number, kind in enumerate(("fused", "dense", "BM25")):
        shares = [
            len(set(a[number]) & set(b[number])) / len(a[number])
            for a, b in zip(found["local"], found["milvus"], strict=True)
            if a[number]
        ]
        print(
            f"overlap@{DEPTH} {kind}: mean {fmean(shares):.3f}, least {min(shares):.1f}, over {len(shares)} questions"
        )
    return 0


def _ranked(collection: Library, question: str) -> list[list[str]]:
    """The passage_ids found fused, by vector alone, by words alone."""
    retriever = HybridRetriever(collection)
    fused = [scored.passage.passage_id for scored in retriever.retrieve(question, DEPTH)]
    near = collection.nearest(collection.encoder.encode_query(question), DEPTH)
    match = collection.matching(retriever.question_terms(question), DEPTH)
    passages = collection.passages([hit.key for hit in chain(near, match)])
    return [fused, [passages[h.key].passage_id for h in near], [passages[h.key].passage_id for h in match]]


def _tell_rows(documents: Sequence[Document], encoder: Encoder) -> None:
    """What of a row is text, whoever holds it."""
    splitter = Splitter(encoder.token_offsets)
    passages = [passage for document in documents for passage in splitter.split(document)]
    written = [terms_of(passage) for passage in passages]
    print(
        f"a passage: {fmean(len(p.text.encode()) for p in passages):.0f} bytes of text (UTF-8), "
        f"{fmean(map(len, written)):.0f} bytes of terms, {fmean(len(set(w.split())) for w in written):.0f} of them "
        f"different; {len(passages) / len(documents):.1f} passages a document"
    )


def _tell_times(collection: Library, questions: Sequence[str]) -> None:
    """All terms were counted while ranking, so that is told apart: the first time and the second."""
    again = [_ms(lambda q=q: HybridRetriever(collection).retrieve(q, DEPTH)) for q in questions]  # type: ignore[misc]
    words = sorted({word for q in questions for word in HybridRetriever(collection).question_terms(q)})
    print(
        f"  question {median(again):8.1f} ms (median of {len(again)}, its vector and its {len(words)} terms known)"
    )
    unknown = [f"{word}zz" for word in words[:20]]
    counted = [_ms(lambda w=w: collection.document_frequency(w)) for w in unknown]  # type: ignore[misc]
    print(f"  counting {median(counted):8.1f} ms for a term that was not asked for before")


def _ms(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1e3


def _size(place: Path) -> int:
    files = place.rglob("*") if place.is_dir() else [place]
    return sum(file.stat().st_size for file in files if file.is_file())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    add_data_option(parser)
    parser.add_argument(
        "--news", type=int, default=0, metavar="N", help="news articles (default: %(default)s)"
    )
    parser.add_argument("--questions", type=int, default=100, metavar="N", help="default: %(default)s")
    parser.add_argument("--milvus", metavar="ADDRESS", help="a cluster, instead of milvus-lite")
    return parser


if __name__ == "__main__":
    sys.exit(main())
