"""One contract for all kinds of vector index, and for the dense search that is made of them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Collection, CollectionError, Document
from index.vectors import UP_TO, VARIABLE, VectorIndex, kind_for, sample_size
from tests.index.hash_encoder import HashEncoder

DIMENSION = 16
KINDS = list(UP_TO)
OFF = {"exact": 1e-6, "sq8": 0.02, "ivf-sq8": 0.02}  # of a cosine, by what 8 bits leave out


def unit(count: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def made(kind: str, vectors: np.ndarray) -> VectorIndex:
    return VectorIndex(DIMENSION, kind, len(vectors), vectors)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_nearest_come_first_with_their_cosines(kind: str) -> None:
    vectors = unit(300)
    index = made(kind, vectors)
    index.add(range(1000, 1300), vectors)
    found = index.nearest(vectors[7], 5)
    truth = vectors @ vectors[7]
    assert [key for key, _ in found[:1]] == [1007]
    assert len(found) == 5
    for key, cosine in found:
        assert cosine == pytest.approx(truth[key - 1000], abs=OFF[kind])
    assert [cosine for _, cosine in found] == sorted((cosine for _, cosine in found), reverse=True)
    best = {int(key) + 1000 for key in np.argsort(-truth)[:5]}
    assert len(best & {key for key, _ in found}) >= 4


def test_what_was_removed_is_not_found_and_what_is_added_later_is(kind: str) -> None:
    vectors = unit(200)
    index = made(kind, vectors)
    index.add(range(150), vectors[:150])
    index.remove([3, 5, 999])
    index.add([3000], vectors[199:])
    assert index.keys.tolist() == [0, 1, 2, 4, *range(6, 150), 3000]
    assert index.nearest(vectors[199], 1)[0][0] == 3000
    everything = [key for key, _ in index.nearest(vectors[3], 200, index.keys)]
    assert sorted(everything) == index.keys.tolist()


def test_only_the_named_are_found_and_all_of_them(kind: str) -> None:
    vectors = unit(300)
    index = made(kind, vectors)
    index.add(range(300), vectors)
    among = [250, 3, 77, 12_345]
    assert sorted(key for key, _ in index.nearest(vectors[0], 10, among)) == [3, 77, 250]
    assert index.nearest(vectors[0], 10, []) == []


def test_nothing_is_found_in_nothing(kind: str) -> None:
    index = made(kind, unit(5))
    assert index.nearest(unit(1)[0], 3) == []
    index.add([], np.zeros((0, DIMENSION), np.float32))
    index.remove([])
    index.add([1], unit(1))
    assert index.nearest(unit(1)[0], 0) == []
    with pytest.raises(ValueError, match="2 keys for 1 vectors"):
        index.add([1, 2], unit(1))


@pytest.mark.parametrize("kind", KINDS[1:])
def test_what_must_adapt_refuses_to_without_vectors(kind: str) -> None:
    with pytest.raises(ValueError, match="needs vectors to adapt to"):
        VectorIndex(DIMENSION, kind)


@given(
    kind=st.sampled_from(KINDS),
    steps=st.lists(
        st.tuples(st.booleans(), st.sets(st.integers(0, 40), min_size=1, max_size=12)), min_size=1, max_size=8
    ),
)
@settings(max_examples=60)
def test_after_any_changes_it_holds_what_a_dictionary_would(
    kind: str, steps: list[tuple[bool, set[int]]]
) -> None:
    vectors = unit(41)
    index = made(kind, vectors)
    held: set[int] = set()
    for adds, keys in steps:
        changed = sorted(keys - held if adds else keys)
        if adds:
            index.add(changed, vectors[changed])
            held |= keys
        else:
            index.remove(changed)
            held -= keys
    assert index.keys.tolist() == sorted(held)
    found = dict(index.nearest(vectors[0], 41, sorted(held)))
    assert set(found) == held
    for key, cosine in found.items():
        assert cosine == pytest.approx(float(vectors[0] @ vectors[key]), abs=OFF[kind])


def test_the_kind_suits_the_size_and_does_not_change_at_every_step() -> None:
    assert [kind_for(count) for count in (0, 50_000, 50_001, 200_000, 200_001, 10_000_000)] == [
        "exact", "exact", "sq8", "sq8", "ivf-sq8", "ivf-sq8",
    ]  # fmt: skip
    assert [kind_for(count, "ivf-sq8") for count in (150_000, 100_001, 100_000)] == [
        "ivf-sq8", "ivf-sq8", "sq8",
    ]  # fmt: skip
    assert sample_size("exact", 1_000) == 0
    assert sample_size("ivf-sq8", 1_000_000) == 64 * 1024


# ── in a collection ──────────────────────────────────────────────────────────────────────────────


def text(number: int) -> str:
    return f"La marque{number} du phare numéro {number} est posée sur le quai {number % 7}."


def document(number: int) -> Document:
    return Document(f"d{number}", f"Fiche {number}", text(number), f"/d/{number}.txt", "fr")


def test_answers_do_not_depend_on_the_kind(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setenv(VARIABLE, kind)
    with Collection.in_memory(HashEncoder()) as collection:
        for number in range(12):
            collection.add(document(number))
        assert collection.passage_count() == 12
        for number in range(12, 90):  # seven times what the index adapted to
            collection.add(document(number))
        collection.remove("d5")
        query = collection.encoder.encode_query(f"Fiche 40 {text(40)}")
        near = collection.nearest(query, 3)
        passages = collection.passages([hit.key for hit in near])
        assert passages[near[0].key].doc_id == "d40"
        keys = [hit.key for hit in near]
        assert collection.cosines(query, keys) == pytest.approx({hit.key: hit.score for hit in near})
        assert list(collection.vectors(keys)) == sorted(keys)
        (only,) = collection.nearest(query, 3, ["d7", "d5"])
        assert collection.passages([only.key])[only.key].doc_id == "d7"
        found, recall = collection.recall()
        assert found == kind
        assert recall > 0.9
        for number in range(6, 90):
            collection.remove(f"d{number}")
        assert [collection.passages([h.key])[h.key].doc_id for h in collection.nearest(query, 9)] != []
        assert collection.passage_count() == 5


def test_an_unknown_kind_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, "hnsw")
    with pytest.raises(
        CollectionError, match="MOT_A_MOT_FAISS=hnsw: no such kind of index; known are exact, sq8, ivf-sq8"
    ):
        Collection.open(tmp_path, HashEncoder(), create=True)
