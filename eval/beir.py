"""BEIR folders (Thakur et al. 2021): `corpus.jsonl`, `queries.jsonl`, `qrels/test.tsv`; retrieval only."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.metrics import ndcg_at, recall_at, reciprocal_rank
from eval.questions import refuse
from eval.run import Result
from index.documents import Document
from index.errors import QuestionError
from index.languages import language_of
from qa.retriever import Retriever

_DEPTH = 50  # passages taken to find ten documents


@dataclass(frozen=True, slots=True)
class Query:
    """A query and the grades of the documents judged for it."""

    id: str
    text: str
    gains: Mapping[str, int]  # doc_id → grade, above 0 is relevant


@dataclass(frozen=True, slots=True)
class BeirSet:
    """Documents and queries of one folder."""

    name: str
    documents: tuple[Document, ...]
    queries: tuple[Query, ...]


def read_beir(folder: Path, split: str = "test", language: str | None = None) -> BeirSet:
    """The folder's documents and the queries judged in `qrels/<split>.tsv`.

    QuestionError lists every line that is wrong.
    """
    errors: list[str] = []
    documents = {
        entry["_id"]: Document(
            entry["_id"],
            str(entry.get("title") or entry["_id"]),
            entry["text"],
            f"{folder.name}/{entry['_id']}",
            language or language_of(entry["text"]),
        )
        for entry in _entries(folder / "corpus.jsonl", errors)
        if entry["text"].strip()
    }
    texts = {entry["_id"]: entry["text"] for entry in _entries(folder / "queries.jsonl", errors)}
    gains: dict[str, dict[str, int]] = {}
    qrels = folder / "qrels" / f"{split}.tsv"
    for number, line in enumerate(_lines(qrels), start=1):
        match line.rstrip("\r\n").split("\t"):
            case ["query-id", "corpus-id", "score"]:
                continue
            case [query, doc_id, grade] if grade.lstrip("-").isdigit():
                if query not in texts:
                    errors.append(f"{qrels}:{number}: no query {query!r} in queries.jsonl")
                elif doc_id not in documents:
                    errors.append(f"{qrels}:{number}: no document {doc_id!r} with text in corpus.jsonl")
                gains.setdefault(query, {})[doc_id] = int(grade)
            case _:
                errors.append(f"{qrels}:{number}: {line.rstrip()!r} is not query-id, corpus-id, score")
    refuse(errors)
    queries = tuple(Query(name, texts[name], judged) for name, judged in gains.items())
    if not queries:
        raise QuestionError(f"{qrels}: no judgement in it")
    return BeirSet(folder.name, tuple(documents.values()), queries)


def search(
    retriever: Retriever,
    queries: Sequence[Query],
    progress: Callable[[Sequence[Query]], Iterable[Query]] = iter,
) -> list[Result]:
    """One result a query; a document ranks where its best passage does."""
    return [_result(query, retriever) for query in progress(queries)]


def _result(query: Query, retriever: Retriever) -> Result:
    began = time.perf_counter()
    found = retriever.retrieve(query.text, _DEPTH)
    latency = 1000 * (time.perf_counter() - began)
    ranking = list(dict.fromkeys(scored.passage.doc_id for scored in found))
    relevant = [doc_id for doc_id, gain in query.gains.items() if gain > 0]
    values = {
        **{f"recall@{k}": recall_at(ranking, relevant, k) for k in (1, 5, 10)},
        "rr@10": reciprocal_rank(ranking, relevant, 10),
        "graded ndcg@10": ndcg_at(ranking, query.gains, 10),
    }
    defined = {name: value for name, value in values.items() if value is not None}
    return Result(query.id, query.text, None, None, None, (), None, defined or None, latency, None)


def _entries(file: Path, errors: list[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except json.JSONDecodeError as error:
            errors.append(f"{file}:{number}: not JSON: {error}")
            continue
        match entry:
            case {"_id": str(), "text": str()}:
                yield entry
            case _:
                errors.append(f"{file}:{number}: lacks '_id' or 'text'")


def _lines(file: Path) -> Iterator[str]:
    try:
        with file.open(encoding="utf-8", newline="\n") as stream:
            yield from stream
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"{file}: can't be read ({error}); a BEIR folder holds it") from error
