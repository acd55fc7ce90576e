"""BM25 of chosen passages is that of FTS5, to the last digit but one."""

from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from index import Collection, Document
from index.bm25 import MOST_WEIGHED, Ranking, weighed_by_fts5
from index.documents import Heading
from tests.index.hash_encoder import HashEncoder

WORDS = ["port", "phare", "quai", "sel", "34.5", "été", "灯台", "mer"]
passages = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), min_size=1, max_size=12)


def filled(collection: Collection, texts: list[list[str]]) -> None:
    for number, words in enumerate(texts):
        title = words[0]
        collection.add(Document(f"d{number}", title, " ".join(words), f"/d/{number}", None))


@given(texts=passages, asked=st.sets(st.sampled_from([*WORDS, "absent"]), min_size=1))
@settings(max_examples=60)
def test_it_weighs_as_fts5_does(texts: list[list[str]], asked: set[str]) -> None:
    with Collection.in_memory(HashEncoder()) as collection:
        filled(collection, texts)
        frequencies = {w: n for w in sorted(asked) if (n := collection.document_frequency(w))}
        assume(frequencies)
        with collection.store.reading() as cursor:
            ours = dict(Ranking().best(cursor, frequencies, 50))
            theirs = dict(weighed_by_fts5(cursor, list(frequencies), 50))
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)


def test_many_places_change_no_ranking_and_follow_every_change(tmp_path: Path) -> None:
    common = ["port"] * 3 + ["mer"]
    with Collection.open(tmp_path, HashEncoder(), create=True) as collection:
        count = MOST_WEIGHED // 2 + 10
        for first in range(0, count, 400):  # a heading opens a passage
            lines = [f"port mer mot{n}.\n" for n in range(first, min(count, first + 400))]
            starts = [sum(map(len, lines[:n])) for n in range(len(lines))]
            marks = tuple(Heading(start, start + 4, 1, "port") for start in starts)
            collection.add(Document(f"m{first}", "M", "".join(lines), f"/d/{first}", None, marks))
        assert collection.document_frequency("port") + collection.document_frequency("mer") > MOST_WEIGHED
        found = collection.matching([*common, "mot77"], 5)
        with collection.store.reading() as cursor:
            assert [(h.key, pytest.approx(h.score)) for h in found] == weighed_by_fts5(
                cursor, ["port", "mer", "mot77"], 5
            )
        collection.add(Document("new", "New", "port mer mot77 mot77 mot77", "/d/new", None))
        (best, *_) = collection.matching([*common, "mot77"], 5)
        assert collection.passages([best.key])[best.key].doc_id == "new"
        collection.remove("new")
        assert collection.matching([*common, "mot77"], 5)[0].key == found[0].key
