"""One contract for a collection in memory, on disk and on Milvus, and what a collection on disk must survive."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from index import Collection, CollectionError, Document, DocumentError
from index.lexical import terms
from index.opening import open_collection
from index.searchable import Library
from index.store import FILE_NAME, Store
from tests.index.hash_encoder import HashEncoder

PORT = Document("port", "Port", "Le port est fermé le lundi. Il ouvre à neuf heures.", "/d/port.txt", "fr")
MARKET = Document("market", "Market", "The market opens at eight. Fish is sold there.", "/d/market.txt", "en")


@pytest.fixture(params=["memory", "disk", pytest.param("milvus", marks=pytest.mark.slow)])
def collection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Library]:
    encoder = HashEncoder()
    where = {"disk": tmp_path, "milvus": f"milvus://{tmp_path}/collection.db"}.get(request.param)
    made = Collection.in_memory(encoder) if where is None else open_collection(where, encoder, create=True)
    with closing(made):
        yield made


def test_what_was_added_is_found_both_ways(collection: Library) -> None:
    assert collection.add(PORT).status == "added"
    assert collection.add(MARKET).status == "added"
    near = collection.nearest(collection.encoder.encode_query("market fish"), 2)
    match = collection.matching(terms("markets", "en"), 2)
    passages = collection.passages([hit.key for hit in near])
    assert [passages[hit.key].passage_id for hit in near] == ["market#0", "port#0"]
    assert [hit.key for hit in match] == [near[0].key]
    assert passages[near[0].key].text == MARKET.text
    (cosine,) = collection.cosines(collection.encoder.encode_query("market fish"), [near[0].key]).values()
    assert cosine == pytest.approx(near[0].score)
    vectors = collection.vectors([near[1].key, near[0].key, 99])
    assert sorted(vectors) == sorted(hit.key for hit in near)
    np.testing.assert_allclose(
        vectors[near[1].key], collection.encoder.encode_documents([f"Port\n{PORT.text}"])[0], atol=1e-6
    )
    assert collection.document("port") == PORT
    assert [(e.doc_id, e.passages, e.characters) for e in collection.entries()] == [
        ("port", 1, 51),
        ("market", 1, 46),
    ]


def test_what_is_asked_for_every_question_follows_every_change(collection: Library) -> None:
    assert (collection.passage_count(), collection.languages()) == (0, [])
    collection.add(PORT)
    assert (collection.passage_count(), collection.languages(), collection.document_frequency("port")) == (
        1,
        ["fr"],
        1,
    )
    collection.add(MARKET)
    assert (collection.passage_count(), collection.languages()) == (2, ["en", "fr"])
    collection.remove("port")
    assert (collection.passage_count(), collection.languages(), collection.document_frequency("port")) == (
        1,
        ["en"],
        0,
    )


def test_search_stays_in_the_named_documents(collection: Library) -> None:
    collection.add(PORT)
    collection.add(MARKET)
    query = collection.encoder.encode_query("market")
    for hits in (
        collection.nearest(query, 5, ["port"]),
        collection.matching(["market", "port"], 5, ["port"]),
    ):
        assert [p.doc_id for p in collection.passages([hit.key for hit in hits]).values()] == ["port"]
    assert collection.nearest(query, 5, []) == collection.matching(["market"], 5, []) == []


def test_any_number_of_documents_can_be_named(collection: Library) -> None:
    collection.add(PORT)
    many = [f"ghost {number}" for number in range(50_000)] + ["port"]
    assert (
        len(collection.matching(["port"], 5, many))
        == len(collection.nearest(np.ones(64, np.float32), 5, many))
        == 1
    )


@given(st.text(min_size=1, max_size=200), st.sampled_from(["fr", "en", "ar", "hi", "ja", None]))
def test_every_term_of_a_text_finds_it(text: str, language: str | None) -> None:
    assume(text.strip())
    with Collection.in_memory(HashEncoder()) as collection:
        collection.add(Document("d", "d", text, "/d", language))
        for word in terms(text, language):
            assert len(collection.matching([word], 5)) == 1, word
        assert collection.matching(['"', 'x" OR "'], 5) == []


def test_the_same_source_is_updated_and_its_old_words_are_gone(collection: Library) -> None:
    collection.add(PORT)
    assert collection.add(PORT).status == "unchanged"
    news = Document("port", "Port", "Le phare éclaire la baie.", "/d/port.txt", "fr")
    assert collection.add(news).status == "updated"
    assert collection.matching(terms("lundi", "fr"), 5) == []
    assert [collection.document(e.doc_id).text for e in collection.entries()] == [news.text]


def test_a_taken_doc_id_gets_a_suffix_that_stays(collection: Library) -> None:
    collection.add(PORT)
    other = Document("port", "Port", "Un autre port.", "/e/port.txt", "fr")
    added = collection.add(other)
    assert added.doc_id.startswith("port~")
    assert collection.add(other) == type(added)(added.doc_id, "unchanged", 1)
    (key,) = (hit.key for hit in collection.matching(["autr"], 1))
    assert collection.passages([key])[key].passage_id == f"{added.doc_id}#0"
    assert collection.verify() == []


def test_the_same_text_elsewhere_is_told(collection: Library) -> None:
    collection.add(PORT)
    assert collection.add(Document("copy", "Copy", PORT.text, "/d/copy.txt", "fr")).same_as == ("port",)


def test_what_is_not_there_is_refused_by_name(collection: Library) -> None:
    for ask in (collection.document, collection.remove):
        with pytest.raises(CollectionError, match=r"^ghost: no such document"):
            ask("ghost")
    with pytest.raises(DocumentError, match="no text"):
        collection.add(Document("blank", "Blank", " \n", "/d/blank.txt"))
    with pytest.raises(DocumentError, match="surrogate"):
        collection.add(Document("half", "Half", "a\ud800", "/d/half.txt"))
    assert collection.entries() == []


@pytest.mark.parametrize(
    "text", ["nul \x00 inside", "line\r\nends\r", "\ufeffbom", "e\u0301 NFD", "👩\u200d🚀 en vol", "a\u2028b"]
)
def test_texts_come_back_to_the_character(collection: Library, text: str) -> None:
    collection.add(Document("d", "d\x00", text, "/d", "fr"))
    assert collection.document("d").text == text
    (key,) = (hit.key for hit in collection.nearest(collection.encoder.encode_query("x"), 1))
    passage = collection.passages([key])[key]
    assert text[passage.start : passage.end] == passage.text == text.strip()
    assert collection.verify() == []


def test_rebuild_keeps_the_documents_and_their_order(collection: Library) -> None:
    collection.add(PORT)
    collection.add(MARKET)
    before = collection.entries()
    told: list[tuple[int, int]] = []
    assert collection.rebuild(lambda done, of: told.append((done, of))) == 2
    assert told == [(1, 2), (2, 2)]
    assert collection.entries() == before
    assert collection.verify() == []


# ── on disk ──────────────────────────────────────────────────────────────────────────────────────


def test_another_encoder_is_refused_with_both_values_and_the_command(tmp_path: Path) -> None:
    Collection.open(tmp_path, HashEncoder(), create=True).close()
    with pytest.raises(CollectionError) as refused:
        Collection.open(tmp_path, HashEncoder(dimension=32))
    assert str(refused.value) == (
        f"{tmp_path}: dimension: built with '64', opened with '32'. Open it as it was built, or encode it again "
        f"with: python -m index rebuild --collection {tmp_path}"
    )


def test_a_reader_refuses_once_another_process_has_encoded_it_anew(tmp_path: Path) -> None:
    with Collection.open(tmp_path, HashEncoder(), create=True) as reader:
        reader.add(PORT)
        assert reader.passage_count() == 1
        with Collection.open(tmp_path, HashEncoder(salt="b"), any_fingerprint=True) as other:
            with pytest.raises(CollectionError, match="built with 'hash', opened with 'hashb'"):
                other.nearest(np.ones(64, np.float32), 1)
            with pytest.raises(CollectionError, match="built with 'hash', opened with 'hashb'"):
                other.add(MARKET)
            other.rebuild()
            assert other.verify() == []
        for use in (lambda: reader.nearest(np.ones(64, np.float32), 1), lambda: reader.add(MARKET)):
            with pytest.raises(CollectionError, match="built with 'hashb', opened with 'hash'"):
                use()


def test_a_reader_sees_the_new_state_of_a_writer_in_another_process(tmp_path: Path) -> None:
    with Collection.open(tmp_path, HashEncoder(), create=True) as reader:
        assert reader.passage_count() == 0
        _in_another_process(tmp_path, "collection.add(Document('d', 'd', 'Le phare éclaire.', '/d', 'fr'))")
        assert reader.passage_count() == 1
        (hit,) = reader.matching(terms("phare", "fr"), 1)
        assert reader.passages([hit.key])[hit.key].text == "Le phare éclaire."
        _in_another_process(tmp_path, "collection.remove('d')")
        assert reader.passage_count() == 0
        assert reader.passages([hit.key]) == {}


def test_a_second_writer_waits_and_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    writing = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM.format("with collection.store.writing(): print('in', flush=True); input()"), str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert writing.stdin is not None
    assert writing.stdout is not None
    assert writing.stdout.readline() == "in\n"
    with Collection.open(tmp_path, HashEncoder(), patience=0.1) as hurried:
        with pytest.raises(
            CollectionError, match=rf"another process is writing \(process {writing.pid}, since"
        ):
            hurried.add(PORT)
        assert hurried.passage_count() == 0  # reading goes on
    with Collection.open(tmp_path, HashEncoder()) as patient:
        writing.stdin.write("\n")
        writing.stdin.close()
        assert patient.add(PORT).status == "added"
    assert writing.wait() == 0
    writing.stdout.close()


def test_a_collection_of_schema_1_is_brought_up_to_date(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE_NAME) as old:
        old.executescript((Path(__file__).parent / "schema-1.sql").read_text(encoding="utf-8"))
    old.close()
    with Collection.open(tmp_path, HashEncoder(), any_fingerprint=True) as collection:
        collection.rebuild()
        assert [(e.doc_id, e.passages, e.added) for e in collection.entries()] == [
            ("port", 1, "2026-11-24T06:00:00+00:00")
        ]
        assert collection.verify() == []


def test_a_collection_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    Collection.open(tmp_path, HashEncoder(), create=True).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as newer:
        newer.execute("UPDATE facts SET value = '99' WHERE name = 'schema'")
    newer.close()
    with pytest.raises(
        CollectionError, match="its schema is 99, this version knows 2; open it with the newer"
    ):
        Collection.open(tmp_path, HashEncoder())


_PROGRAM = """
import sys
from index import Collection, Document
from tests.index.hash_encoder import HashEncoder
with Collection.open(sys.argv[1], HashEncoder(), create=True) as collection:
    {}
"""


def _in_another_process(folder: Path, statement: str) -> None:
    subprocess.run([sys.executable, "-c", _PROGRAM.format(statement), str(folder)], check=True)


def test_a_snapshot_stays_whole_where_sqlite_s_locks_can_t_be_taken(tmp_path: Path) -> None:
    with Collection.open(tmp_path, HashEncoder(), create=True) as writer:
        writer.add(PORT)
        file = tmp_path / FILE_NAME
        locked = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, isolation_level=None)
        with Collection(Store(locked, "locked", file, writable=False), HashEncoder()) as reader:
            with reader.store.reading() as cursor:
                assert [entry.doc_id for entry in reader.entries()] == ["port"]
                assert reader.document_frequency("port") == 1
                writer.add(Document("quai", "Quai", "Le port et son quai.", "/d/quai", "fr"))
                os.utime(file)  # as a checkpoint of the writer's leaves it
                assert [entry.doc_id for entry in reader.entries()] == ["port"]
                assert cursor.execute("SELECT count(*) FROM passages").fetchone() == (1,)
            assert [entry.doc_id for entry in reader.entries()] == ["port", "quai"]
            assert reader.document_frequency("quai") == 1
