"""What a collection on Milvus adds to the contract: any number of writers, a server that goes, the same ranking."""

import json
import lzma
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.desk import Desk, Found, Word
from chat.sessions import Visitors
from chat.texts import texts_for
from eval.questions import ARTICLE_QUESTIONS
from index import ARTICLE, Collection, CollectionError, Document, load
from index import __main__ as cli
from index.errors import UnreachableError
from index.lexical import terms
from index.milvus.address import Address
from index.milvus.collection import MilvusCollection
from index.milvus.passages import coded, variants
from index.opening import open_collection
from index.searchable import Library
from qa import HybridRetriever, QAPipeline
from tests.eval.keyword_reader import KeywordReader
from tests.index.hash_encoder import HashEncoder
from tests.index.milvus_server import MilvusServer
from tests.index.survival import document

NEWS = Path(__file__).parents[3] / "shared" / "data" / "orangesum-news.jsonl.xz"
PORT = Document("port", "Port", "Le port est fermé le lundi. Il ouvre à neuf heures.", "/d/port.txt", "fr")

slow = pytest.mark.slow


@pytest.fixture
def where(tmp_path: Path) -> str:
    return f"milvus://{tmp_path}/archive.db"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MilvusServer]:
    made = MilvusServer(tmp_path / "server.db")
    made.start()
    yield made
    made.stop()


# ── names ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("named", "uri", "name"),
    [
        ("milvus://db.example/archive", "http://db.example:19530", "archive"),
        ("milvus://10.0.0.7:1234/a_1", "http://10.0.0.7:1234", "a_1"),
        ("milvus+https://cloud.example/archive", "https://cloud.example:443", "archive"),
        ("milvus:///data/library.db", "/data/library.db", "documents"),
        ("milvus:///data/library.db/press", "/data/library.db", "press"),
    ],
)
def test_an_address_names_server_and_collection(named: str, uri: str, name: str) -> None:
    address = Address.of(named)
    assert (address.uri, address.name, address.is_local) == (uri, name, uri.endswith(".db"))


@pytest.mark.parametrize(
    "named", ["milvus://h", "milvus://h:x/a", "milvus://h:1/a-b", "milvus:///data/library", "milvus://h/a/b"]
)
def test_what_is_no_address_is_refused_with_the_forms(named: str) -> None:
    with pytest.raises(CollectionError, match="write milvus://HOST:PORT/NAME"):
        Address.of(named)


def test_shards_and_replicas_are_chosen_in_the_address() -> None:
    address = Address.of("milvus://db.example/archive?shards=4&replicas=2")
    assert (address.name, address.shards, address.replicas) == ("archive", 4, 2)
    for choice in ("shards=0", "shards=x", "token=sesame"):
        with pytest.raises(CollectionError, match="no choice of"):
            Address.of(f"milvus://db.example/archive?{choice}")


def test_secrets_come_from_the_environment_and_never_show(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CollectionError, match="MOT_A_MOT_MILVUS_TOKEN") as refused:
        Address.of("milvus://me:sesame@db.example/archive")
    assert "sesame" not in str(refused.value)
    monkeypatch.setenv("MOT_A_MOT_MILVUS_TOKEN", "me:sesame")
    address = Address.of("milvus://db.example/archive")
    assert address.token == "me:sesame"
    assert "sesame" not in repr(address)


@given(st.text(), st.sampled_from(["fr", "hi", "ja", None]))
def test_terms_reach_milvus_whole_and_apart(text: str, language: str | None) -> None:
    words = set(terms(text, language))
    written = {coded(word) for word in words}
    assert len(written) == len(words)
    assert all(word.isascii() and word.isalnum() for word in written)


def test_variants_are_one_slip_away() -> None:
    assert {"port", "porrt", "prot", "pot", "pors"} <= set(variants("port")) | {"port"}
    assert all(word[0] == "p" and 3 <= len(word) <= 5 for word in variants("port"))


def test_without_the_extra_the_way_out_is_told() -> None:
    code = (
        "import sys; sys.modules['pymilvus'] = None\n"
        "from index.opening import open_collection\nopen_collection('milvus://h/a', None)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "run: pip install '.[milvus]'" in run.stderr.splitlines()[-1]


# ── opening ──────────────────────────────────────────────────────────────────────────────────────


def test_where_nothing_is_nothing_is_made(where: str, tmp_path: Path) -> None:
    with pytest.raises(CollectionError) as refused:
        open_collection(where, HashEncoder())
    assert str(refused.value) == (
        f"{where}: no collection there; make one with: python -m index add --collection {where} FILE…"
    )
    assert list(tmp_path.iterdir()) == []


@slow
def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(
        CollectionError, match=r"can't be reached at http://127\.0\.0\.1:9 .*check the address"
    ):
        open_collection("milvus://127.0.0.1:9/archive", HashEncoder(), patience=1.0)


@slow
def test_a_file_that_another_process_has_is_refused_with_the_way_out(where: str) -> None:
    with closing(open_collection(where, HashEncoder(), create=True)):
        code = f"from index.milvus.catalogue import MilvusCatalogue\nMilvusCatalogue.open({where!r})"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert "serve it with: milvus-lite server --data-dir" in run.stderr.splitlines()[-1]


@slow
def test_another_encoder_is_refused_until_it_has_rebuilt(where: str) -> None:
    with closing(open_collection(where, HashEncoder(), create=True)) as collection:
        collection.add(PORT)
    other = HashEncoder(dimension=32)
    with pytest.raises(CollectionError) as refused:
        open_collection(where, other)
    assert str(refused.value) == (
        f"{where}: dimension: built with '64', opened with '32'. Open it as it was built, or encode it again "
        f"with: python -m index rebuild --collection {where}"
    )
    with closing(open_collection(where, other, any_fingerprint=True)) as collection:
        with pytest.raises(CollectionError, match="built with '64', opened with '32'"):
            collection.nearest(other.encode_query("port"), 1)
        with pytest.raises(CollectionError, match="built with '64', opened with '32'"):
            collection.add(replace(PORT, source="/e"))
        assert collection.rebuild() == 1
        assert len(collection.nearest(other.encode_query("port"), 1)) == 1
        assert collection.verify() == []


# ── several writers ──────────────────────────────────────────────────────────────────────────────

_WRITER = """
import sys
from index.opening import open_collection
from tests.index.hash_encoder import HashEncoder
from tests.index.survival import document
collection = open_collection(sys.argv[1], HashEncoder(), create=True)
for number in map(int, sys.argv[2].split(",")):
    collection.add(document(number, number % 3))
    if number % 5 == 4:
        collection.remove(f"d{number}")
collection.close()
"""


@slow
def test_processes_that_add_the_same_and_others_leave_each_document_once_and_whole(
    server: MilvusServer,
) -> None:
    shares = ["0,1,2,3,5,6,7", "7,6,5,3,2,1,0", "4,8,9,10,11,6,7"]
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, server.where, share]) for share in shares]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    with closing(open_collection(server.where, HashEncoder())) as collection:
        expected = {f"d{n}": document(n, n % 3) for n in (0, 1, 2, 3, 5, 6, 7, 8, 10, 11)}
        entries = collection.entries()
        assert {entry.doc_id: collection.document(entry.doc_id) for entry in entries} == expected
        assert collection.passage_count() == sum(entry.passages for entry in entries)
        assert collection.verify(sample=3) == []


@slow
def test_two_sources_that_want_one_doc_id_at_once_get_two(server: MilvusServer) -> None:
    code = (
        "import sys\nfrom index import Document\nfrom index.opening import open_collection\n"
        "from tests.index.hash_encoder import HashEncoder\n"
        "c = open_collection(sys.argv[1], HashEncoder(), create=True)\n"
        "for n in range(8): c.add(Document(f'd{n}', 'T', f'Texte {n} {sys.argv[2]}.', f'/{sys.argv[2]}/{n}', 'fr'))"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, server.where, who]) for who in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
    with closing(open_collection(server.where, HashEncoder())) as collection:
        ids = [entry.doc_id for entry in collection.entries()]
        assert len(set(ids)) == len(ids) == 16
        assert collection.verify() == []


@slow
def test_what_a_stopped_writer_left_is_hidden_and_cleared_away(where: str) -> None:
    with closing(MilvusCollection.open(where, HashEncoder(), create=True)) as collection:
        collection.add(PORT)
        table = collection.fact().passages
        (row,) = collection.server.rows(table, "number == 0", ["*"])
        owner, version = row["owner"], row["version"] + 1
        left = {name: row[name] for name in ("number", "seal", "body", "terms", "vector")}
        collection.records.begin(owner, version, at=time.time_ns() - 2 * 3_600 * 10**9)
        collection.server.write(table, [{**left, "key": 7, "owner": owner, "version": version}])
        assert collection.server.count(table) == 2
        found = collection.nearest(collection.encoder.encode_query("port lundi"), 5)
        assert [hit.key for hit in found] == [row["key"]]
        assert [hit.key for hit in collection.matching(["port"], 1)] == [row["key"]]
        assert set(collection.passages([7, row["key"]])) == {row["key"]}
        assert collection.verify() == []  # known to be unfinished
        collection.server.write(table, [{**left, "key": 8, "owner": owner, "version": version + 1}])
        assert [problem[:35] for problem in collection.verify()] == ["1 passages that no document names: "]
        collection.server.delete(table, "key == 8")
    with closing(MilvusCollection.open(where, HashEncoder(), create=True)) as collection:
        assert collection.server.count(table) == 1
        assert len(collection.matching(["port"], 5)) == 1


@slow
def test_what_changes_during_a_rebuild_is_rebuilt_too(where: str) -> None:
    with closing(MilvusCollection.open(where, HashEncoder(), create=True)) as collection:
        for number in range(4):
            collection.add(document(number, 0))

        def change(done: int, _: int) -> None:
            if done == 1:
                collection.remove("d0")  # encoded already
                collection.remove("d3")  # not yet
                collection.add(document(1, 1))
                collection.add(document(4, 0))

        collection.rebuild(change)
        kept = {entry.doc_id: collection.document(entry.doc_id) for entry in collection.entries()}
        assert kept == {"d1": document(1, 1), "d2": document(2, 0), "d4": document(4, 0)}
        assert collection.verify() == []
        assert collection.passage_count() == sum(entry.passages for entry in collection.entries())


@slow
def test_a_damaged_text_is_told_and_not_shown(where: str) -> None:
    with closing(MilvusCollection.open(where, HashEncoder(), create=True)) as collection:
        collection.add(PORT)
        (piece,) = collection.server.rows(collection.server.address.name, "kind == 3", ["*"])
        collection.server.write(collection.server.address.name, [{**piece, "body": piece["body"][:-1]}])
        with pytest.raises(CollectionError, match="port: not what was written"):
            collection.document("port")
        assert [problem[:26] for problem in collection.verify()] == ["port: not what was written"]


# ── a server that goes ───────────────────────────────────────────────────────────────────────────


@slow
def test_the_chat_stays_up_while_the_server_is_away_and_answers_when_it_is_back(server: MilvusServer) -> None:
    with closing(open_collection(server.where, HashEncoder(), create=True)) as collection:
        collection.add(PORT)
    pipeline = QAPipeline.open(collection=server.where, encoder=HashEncoder(), reader=KeywordReader())
    desk = Desk(pipeline, Visitors(pipeline))
    texts = texts_for("fr")
    assert isinstance(desk.reply("Quand le port est-il fermé ?", texts), Found)
    server.stop()
    with pytest.raises(UnreachableError):
        pipeline.ask("Quand le port est-il fermé ?")
    reply = desk.reply("Quand le port est-il fermé ?", texts)
    assert isinstance(reply, Word)
    assert reply.problem
    server.start()
    for _ in range(100):
        if isinstance(desk.reply("Quand le port est-il fermé ?", texts), Found):
            break
        time.sleep(0.2)
    assert isinstance(desk.reply("Quand le port est-il fermé ?", texts), Found)
    desk.library.close()


# ── the commands, and the same ranking ───────────────────────────────────────────────────────────


@slow
def test_the_commands_take_an_address(where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        command, *others = arguments
        status = cli.main([command, "--collection", where, *others], encoder=HashEncoder())
        return status, capsys.readouterr().out

    lines = tmp_path / "f.jsonl"
    lines.write_text("".join(f'{{"id": "{n}", "text": "Ligne {n}."}}\n' for n in range(3)), encoding="utf-8")
    assert run("add", str(lines))[1].endswith(f"{where} holds 3 documents\n")
    assert "0 added, 0 updated, 0 removed, 1 unchanged" in run("add", str(lines))[1]
    lines.write_text('{"id": "1", "text": "Ligne 1."}\n', encoding="utf-8")
    assert run("add", str(lines))[1].splitlines()[:2] == [
        "removed f.jsonl#0 (no longer in f.jsonl)",
        "removed f.jsonl#2 (no longer in f.jsonl)",
    ]
    assert run("verify") == (0, "1 documents, 1 passages: all as it was written\n")
    assert [entry["doc_id"] for entry in json.loads(run("list", "--json")[1])] == ["f.jsonl#1"]
    assert run("remove", "f.jsonl#1") == (0, "removed f.jsonl#1\n")
    assert run("remove", "f.jsonl#1")[0] == 2


@slow
def test_a_slip_is_understood(where: str) -> None:
    with closing(open_collection(where, HashEncoder(), create=True)) as collection:
        collection.add(PORT)
        (word,) = terms("heures", "fr")
        assert collection.nearest_spelling(terms("heurres", "fr")[0]) == word
        assert collection.nearest_spelling("zzzzzz") is None


def overlap(one: Library, other: Library, questions: list[str]) -> float:
    """The mean share of the fused first ten passages that two collections agree on."""
    found = [
        [
            {scored.passage.passage_id for scored in HybridRetriever(collection).retrieve(question, 10)}
            for collection in (one, other)
        ]
        for question in questions
    ]
    return sum(len(a & b) / len(a) for a, b in found) / len(found)


@slow
def test_the_article_is_ranked_as_it_is_locally(where: str) -> None:
    lines = ARTICLE_QUESTIONS.read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines][:40]
    with (
        Collection.in_memory(HashEncoder(dimension=384)) as local,
        closing(open_collection(where, local.encoder, create=True)) as milvus,
    ):
        for collection in (local, milvus):
            collection.add(load(ARTICLE))
        assert overlap(local, milvus, questions) >= 0.9


@slow
@pytest.mark.skipif(not NEWS.exists(), reason="the French news are not here")
def test_french_news_are_ranked_as_they_are_locally(where: str) -> None:
    with lzma.open(NEWS, "rt", encoding="utf-8") as lines:
        articles = [json.loads(next(lines)) for _ in range(150)]
    with (
        Collection.in_memory(HashEncoder(dimension=384)) as local,
        closing(open_collection(where, local.encoder, create=True)) as milvus,
    ):
        for number, article in enumerate(articles):
            found = Document(f"n{number}", article["title"], article["article"], f"/n/{number}", "fr")
            assert local.add(found).passages == milvus.add(found).passages
        questions = [article["heading"][:200] for article in articles[:30]]
        assert overlap(local, milvus, questions) >= 0.9
