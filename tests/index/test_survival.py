"""A reduced run of what `python -m tests.index.soak` does in full."""

import sqlite3
from pathlib import Path

import pytest

from index import Collection, CollectionError
from index.store import FILE_NAME
from tests.index import survival
from tests.index.hash_encoder import HashEncoder


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    interrupted = survival.kills(tmp_path, rounds=12)
    assert interrupted.total() == 12


def test_a_damaged_file_gives_no_wrong_words(tmp_path: Path) -> None:
    outcomes = survival.damages(tmp_path, flips=40, cuts=10)
    assert outcomes["cut: refused"] == 10


def test_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    try:
        assert survival.full_disk(tmp_path) > 10
    except survival.CannotMount as error:
        pytest.skip(f"no file system can be mounted here ({error})")


def test_a_read_only_disk_can_be_asked(tmp_path: Path) -> None:
    try:
        survival.read_only_disk(tmp_path)
    except survival.CannotMount as error:
        pytest.skip(f"no file system can be mounted here ({error})")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE passages SET text = 'Le port est ouvert.' WHERE id = 1", "d0: not what was written"),
        ("UPDATE passages SET start = start + 1 WHERE id = 2", "d0: not what was written"),
        ("UPDATE documents SET text = text || '!' WHERE id = 1", "d0: not what was written"),
        ("UPDATE documents SET title = 'x' WHERE id = 1", "d0: not what was written"),
        (
            "UPDATE vectors SET vector = zeroblob(256) WHERE passage = 1",
            "vector of passage 1 is not what was written",
        ),
        ("DELETE FROM vectors WHERE passage = 1", "1 were written"),
        ("DELETE FROM passages WHERE id = 2", "rows of passages where"),
        ("DELETE FROM terms WHERE rowid = 1", "rows of terms where"),
        ("UPDATE terms SET body = 'rien' WHERE rowid = 1", "d0#0: its terms are not those of its text"),
        (
            "INSERT INTO terms (rowid, context, body) VALUES (99, 'x', 'x')",
            "1 rows of terms belong to no passage",
        ),
    ],
)
def test_verify_tells_of_each_kind_of_damage(tmp_path: Path, damage: str, told: str) -> None:
    with Collection.open(tmp_path, HashEncoder(), create=True) as collection:
        collection.add(survival.document(0, 0))
    with sqlite3.connect(tmp_path / FILE_NAME) as vandal:
        vandal.execute(damage)
    vandal.close()
    with Collection.open(tmp_path, HashEncoder()) as collection:
        problems = collection.verify()
    assert any(told in problem for problem in problems), problems


@pytest.mark.parametrize("fact", ["schema", "generation", "passages", "fingerprint"])
@pytest.mark.parametrize(
    "change", ["UPDATE facts SET value = '{' WHERE name = ?", "DELETE FROM facts WHERE name = ?"]
)
def test_a_damaged_fact_is_refused_with_a_way_out(tmp_path: Path, fact: str, change: str) -> None:
    with Collection.open(tmp_path, HashEncoder(), create=True) as collection:
        collection.add(survival.document(0, 0))
    with sqlite3.connect(tmp_path / FILE_NAME) as vandal:
        vandal.execute(change, (fact,))
    vandal.close()
    with (
        pytest.raises(CollectionError, match=r"restore it from a backup"),
        Collection.open(tmp_path, HashEncoder()) as c,
    ):
        c.matching(["port"], 1)


def test_a_file_cut_to_nothing_is_no_new_collection(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()
    with pytest.raises(CollectionError, match="its file is empty; restore it from a backup"):
        Collection.open(tmp_path, HashEncoder())


def test_a_closed_collection_says_so(tmp_path: Path) -> None:
    collection = Collection.open(tmp_path, HashEncoder(), create=True)
    collection.close()
    with pytest.raises(CollectionError, match=r"closed database.*; open it again"):
        collection.entries()


def test_verify_encodes_a_sample_again(tmp_path: Path) -> None:
    with Collection.open(tmp_path, HashEncoder(), create=True) as collection:
        collection.add(survival.document(0, 0))
        collection.encoder = HashEncoder(salt="not the same after all")
        assert any(
            "encoded again its vector differs (cosine 0." in problem for problem in collection.verify()
        )
        assert collection.verify(sample=0) == []
