"""BM25 of chosen passages is that of all, and finds the same ones best."""

from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from index import Collection, CollectionError, Document
from index.bm25 import MOST_WEIGHED, Ranking, weighed
from index.documents import Heading
from tests.index.hash_encoder import HashEncoder

WORDS = ["port", "phare", "quai", "sel", "34.5", "été", "灯台", "mer"]
FIRST = "WHERE id = (SELECT min(id) FROM terms_docsize)"
passages = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def harbours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    """Many passages that hold "port" and "mer"; few tell more about them, and those were added last."""
    with Collection.open(tmp_path_factory.mktemp("c"), HashEncoder(), create=True) as collection:
        count = MOST_WEIGHED + 200
        for first in range(0, count, 400):  # a heading opens a passage
            lines = [f"port mer mot{n}.\n" for n in range(first, first + 400)]
            starts = [sum(map(len, lines[:n])) for n in range(len(lines))]
            marks = tuple(Heading(start, start + 4, 1, "port") for start in starts)
            collection.add(Document(f"m{first}", "M", "".join(lines), f"/d/{first}", None, marks))
        collection.add(Document("ports", "Ports", "port port port mer.", "/d/ports", None))
        collection.add(Document("seas", "Seas", "mer mer mer, port.", "/d/seas", None))
        long = " ".join(f"Le port{n} est loin." for n in range(60))  # a length of two bytes
        collection.add(Document("long", "Long", f"port mer mot77. {long}", "/d/long", None))
        collection.add(Document("title", "Mot77 mot77", "port.", "/d/title", None))  # in the title alone
        assert collection.document_frequency("port") > MOST_WEIGHED
        yield collection


@given(texts=passages, asked=st.sets(st.sampled_from([*WORDS, "absent"]), min_size=1))
@settings(max_examples=60)
def test_what_is_chosen_of_few_is_all(texts: list[list[str]], asked: set[str]) -> None:
    with Collection.in_memory(HashEncoder()) as collection:
        for number, words in enumerate(texts):
            collection.add(
                Document(f"d{number}", words[0], " ".join(words[1:] or ["quai"]), f"/d/{number}", None)
            )
        frequencies = {w: n for w in sorted(asked) if (n := collection.document_frequency(w))}
        assume(frequencies)
        with collection.store.reading() as cursor:
            chosen = Ranking(collection.passage_count()).best(cursor, frequencies, 50)
            assert dict(chosen) == pytest.approx(dict(weighed(cursor, list(frequencies), 50)))
            assert chosen == sorted(chosen, key=lambda hit: (-hit[1], hit[0]))


@pytest.mark.parametrize("asked", [["port"], ["mer"], ["port", "mer"], ["port", "mer", "mot77"]])
def test_of_many_the_best_are_found_wherever_they_stand(harbours: Collection, asked: list[str]) -> None:
    found = [(hit.key, hit.score) for hit in harbours.matching(asked, 50)]
    with harbours.store.reading() as cursor:
        by_fts5 = weighed(cursor, asked, 50)
    assert [key for key, _ in found] == [key for key, _ in by_fts5]
    assert [score for _, score in found] == pytest.approx([score for _, score in by_fts5])


def test_the_choice_follows_every_change(harbours: Collection) -> None:
    asked = ["port", "port", "mer", "mot77"]
    before = harbours.matching(asked, 5)
    harbours.add(Document("new", "New", "port mer mot77 mot77 mot77", "/d/new", None))
    (best, *_) = harbours.matching(asked, 5)
    assert harbours.passages([best.key])[best.key].doc_id == "new"
    harbours.remove("new")
    assert harbours.matching(asked, 5) == before


@pytest.mark.parametrize(
    "damage",
    [
        f"DELETE FROM terms_docsize {FIRST}",
        "DELETE FROM terms_docsize WHERE id > (SELECT min(id) FROM terms_docsize)",
        *(
            f"UPDATE terms_docsize SET sz = {value} {FIRST}"
            for value in ("NULL", "'ab'", "x''", "x'01'", "x'0182'", "x'010203'", "zeroblob(2000000)")
        ),
        f"UPDATE terms_docsize SET sz = x'{'ff' * 200}' {FIRST}",
        "DELETE FROM terms_data WHERE id = 1",
        *(
            f"UPDATE terms_data SET block = {value} WHERE id = 1"
            for value in ("NULL", "x''", "x'000102'", "x'050000'", "x'0501'")
        ),
        "UPDATE facts SET value = 5 WHERE name = 'passages'",
    ],
)
def test_a_damaged_index_is_refused_with_the_way_out(harbours: Collection, damage: str) -> None:
    with harbours.store.reading() as cursor:
        count = harbours.passage_count()
        cursor.execute("SAVEPOINT damage")
        cursor.execute(damage)
        (known,) = cursor.execute("SELECT value FROM facts WHERE name = 'passages'").fetchone()
        try:
            with pytest.raises(CollectionError, match="run python -m index rebuild"):
                Ranking(int(known)).best(cursor, {"port": count, "mer": count}, 5)
        finally:
            cursor.execute("ROLLBACK TO damage")


def test_a_term_that_stands_nowhere_is_damage(harbours: Collection) -> None:
    with (
        harbours.store.reading() as cursor,
        pytest.raises(CollectionError, match="no place of the term 'gone'"),
    ):
        Ranking(harbours.passage_count()).best(cursor, {"gone": 1}, 5)


@pytest.mark.parametrize("share", [2.5, 1.5, 0.5])
def test_what_is_remembered_of_terms_has_a_bound(harbours: Collection, share: float) -> None:
    """Room for the places of both terms, of one, and of none."""
    count = harbours.passage_count()
    asked = {word: harbours.document_frequency(word) for word in ("port", "mer")}
    ranking = Ranking(count, room=int(share * count))
    with harbours.store.reading() as cursor:
        first = ranking.best(cursor, asked, 5)
        assert ranking.remembered == {2.5: sum(asked.values()), 1.5: asked["mer"], 0.5: 0}[share]
        assert ranking.best(cursor, asked, 5) == first


def test_a_term_is_what_fts5_takes_for_one(harbours: Collection) -> None:
    """The mark that ends a sentence in Hindi belongs to the word before it, but not to FTS5."""
    harbours.add(Document("hindi", "पोर्ट", "पोर्ट बंद।", "/d/hindi", "hi"))
    (best, *_) = harbours.matching(["port", "mer", "बंद"], 5)
    assert harbours.passages([best.key])[best.key].doc_id == "hindi"
    harbours.remove("hindi")


def test_of_some_documents_only_theirs_are_weighed(harbours: Collection) -> None:
    found = harbours.matching(["port"], 5, ["seas", "ports", "absent"])
    held = harbours.passages([hit.key for hit in found])
    assert [held[hit.key].doc_id for hit in found] == ["ports", "seas"]
