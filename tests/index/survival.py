"""What a collection must survive, as functions with a count: a few rounds in the tests, all of them in the soak."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index import Collection, CollectionError, Document
from index.lexical import terms
from index.store import FILE_NAME
from tests.index.hash_encoder import HashEncoder

_WORDS = [
    "port",
    "phare",
    "marché",
    "quai",
    "bateau",
    "lundi",
    "mardi",
    "fermé",
    "ouvert",
    "pêche",
    "sel",
    "vent",
    "tempête",
    "voile",
    "rame",
    "digue",
]


def document(number: int, version: int) -> Document:
    """A document whose text tells its number and version, and is a page long."""
    chance = random.Random(f"{number} {version}")
    body = " ".join(
        f"Le {chance.choice(_WORDS)} du {chance.choice(_WORDS)} est {chance.choice(_WORDS)}."
        for _ in range(60)
    )
    text = f"# Fiche {number}\n\nmarque{number}v{version} est son numéro. {body}"
    return Document(f"d{number}", f"Fiche {number}", text, f"/d/{number}.md", "fr")


def assert_holds(folder: Path, expected: dict[int, int]) -> None:
    """The collection verifies, holds just these versions of these documents, whole, and each is found."""
    with Collection.open(folder, HashEncoder()) as collection:
        assert collection.verify(sample=5) == []
        held = {entry.doc_id: collection.document(entry.doc_id) for entry in collection.entries()}
        assert held == {f"d{n}": document(n, version) for n, version in expected.items()}
        for number, version in expected.items():
            (hit,) = collection.matching(terms(f"marque{number}v{version}", "fr"), 5)
            assert collection.passages([hit.key])[hit.key].doc_id == f"d{number}"
            assert hit.key in collection.cosines(collection.encoder.encode_query("x"), [hit.key])


# ── kill -9 ──────────────────────────────────────────────────────────────────────────────────────


def kills(folder: Path, rounds: int, seed: int = 0) -> Counter[str]:
    """Kill a process that changes a collection, again and again; all it acknowledged is there, nothing by halves.

    Returns how often each kind of change was under way when the blow fell.
    """
    chance = random.Random(seed)
    state: dict[int, int] = {}
    interrupted: Counter[str] = Counter()
    for turn in range(rounds):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            _change_for_ever(folder, write, dict(state), random.Random(f"{seed} {turn}"))
        os.close(write)
        with os.fdopen(read, encoding="utf-8") as words:
            assert words.readline() == "ready\n"
            time.sleep(chance.uniform(0, 0.08))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            pending: list[object] | None = None
            for line in words:
                if line.endswith("\n"):
                    stage, *change = json.loads(line)
                    if stage == "done":
                        _apply(state, change)
                    pending = change if stage == "begin" else None
        if pending is None:
            interrupted["nothing"] += 1
            assert_holds(folder, state)
            continue
        interrupted[str(pending[0])] += 1
        after = dict(state)
        _apply(after, pending)
        try:
            assert_holds(folder, state)
        except AssertionError:
            assert_holds(folder, after)
            state = after
    return interrupted


def _apply(state: dict[int, int], change: list[object]) -> None:
    kind, number, version = change
    if kind == "remove":
        state.pop(int(str(number)))
    elif kind in {"add", "update"}:
        state[int(str(number))] = int(str(version))


def _change_for_ever(folder: Path, pipe: int, state: dict[int, int], chance: random.Random) -> None:
    def tell(*words: object) -> None:
        os.write(pipe, json.dumps(words).encode() + b"\n")

    collection = Collection.open(folder, HashEncoder(), create=True)
    os.write(pipe, b"ready\n")
    while True:
        number, version = chance.randrange(12), chance.randrange(1_000_000)
        kind = "add" if number not in state else chance.choice(["update", "update", "remove", "rebuild"])
        change = [kind, number, version]
        tell("begin", *change)
        if kind == "remove":
            collection.remove(f"d{number}")
        elif kind == "rebuild":
            collection.rebuild()
        else:
            collection.add(document(number, version))
        tell("done", *change)
        _apply(state, list(change))


# ── damage ───────────────────────────────────────────────────────────────────────────────────────


def damages(folder: Path, flips: int, cuts: int, seed: int = 0) -> Counter[str]:
    """Flip a bit or cut the end off a copy of a collection's file; no wrong words come out of it.

    Returns how often it made no difference, was refused, or led to another ranking of right passages.
    """
    chance = random.Random(seed)
    whole = folder / "whole"
    with Collection.open(whole, HashEncoder(), create=True) as collection:
        for number in range(40):
            collection.add(document(number, 0))
    good = _everything(whole)
    data = (whole / FILE_NAME).read_bytes()
    outcomes: Counter[str] = Counter()
    for turn in range(flips + cuts):
        broken = folder / "broken"
        shutil.rmtree(broken, ignore_errors=True)
        broken.mkdir()
        changed = bytearray(data)
        if turn < flips:
            changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        else:
            del changed[chance.randrange(len(data)) :]
        (broken / FILE_NAME).write_bytes(changed)
        kind = "flipped" if turn < flips else "cut"
        try:
            found = _everything(broken)
        except CollectionError as error:
            _assert_words(error, "restore", "verify", "rebuild", "newer version")
            outcomes[f"{kind}: refused"] += 1
            continue
        assert [
            passage for passages in found.values() for passage in passages if passage not in good["passages"]
        ] == []
        outcomes[f"{kind}: {'no difference' if found == good else 'another ranking'}"] += 1
    return outcomes


def _everything(folder: Path) -> dict[str, list[object]]:
    """All that can be got out of a collection: every passage, every document, and what some questions find."""
    with Collection.open(folder, HashEncoder()) as collection:
        count = collection.passage_count()
        near = collection.nearest(collection.encoder.encode_query("le port est fermé"), count)
        passages = collection.passages(sorted(hit.key for hit in near))
        found: dict[str, list[object]] = {"passages": list(passages.values())}
        for word in _WORDS:
            keys = [hit.key for hit in collection.matching(terms(word, "fr"), 5)]
            found[word] = list(collection.passages(keys).values())
        for entry in collection.entries():
            text = collection.document(entry.doc_id).text
            assert text == document(int(entry.doc_id[1:]), 0).text
        return found


# ── full and read-only disks ─────────────────────────────────────────────────────────────────────


class CannotMount(Exception):
    """No file system can be mounted here; what the product itself is refused is another matter."""


@contextmanager
def small_disk(where: Path, size: str) -> Iterator[Path]:
    """A file system of its own; CannotMount where this process can't mount one."""
    where.mkdir(exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", where], check=False, capture_output=True
    )
    if made.returncode:
        raise CannotMount(made.stderr.decode())
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", where], check=True)


def full_disk(where: Path) -> int:
    """Add documents until the disk is full, make room, go on; returns how many fitted."""
    with small_disk(where, "3m") as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(1_000_000))
        acknowledged: dict[int, int] = {}
        with Collection.open(disk / "c", HashEncoder(), create=True) as collection:
            number = 0
            try:
                while True:
                    collection.add(document(number, 0))
                    acknowledged[number] = 0
                    number += 1
            except CollectionError as error:
                _assert_words(error, "no room on the disk", "the disk refuses")
            assert len(collection.entries()) == len(acknowledged)  # it goes on answering
            ballast.unlink()
            collection.add(document(number, 0))
            acknowledged[number] = 0
        assert_holds(disk / "c", acknowledged)
        return len(acknowledged)


def read_only_disk(where: Path) -> None:
    """A collection on a read-only medium answers, refuses to be changed, and never leaves the newest documents out."""
    with small_disk(where, "8m") as disk:
        collection = Collection.open(disk / "closed", HashEncoder(), create=True)
        collection.add(document(1, 0))
        collection.close()
        collection = Collection.open(disk / "crashed", HashEncoder(), create=True)
        collection.add(document(1, 0))
        (disk / "copy").mkdir()
        for file in (disk / "crashed").iterdir():  # as a crash, or a copy of an open collection, leaves it
            if not file.name.endswith("-shm"):
                shutil.copy(file, disk / "copy")
        collection.close()
        subprocess.run(["mount", "-o", "remount,ro", where], check=True)
        with Collection.open(disk / "closed", HashEncoder()) as reader:
            assert [entry.doc_id for entry in reader.entries()] == ["d1"]
            assert reader.verify() == []
            assert len(reader.matching(["marque1v0"], 5)) == 1
            for change in (lambda: reader.add(document(2, 0)), lambda: reader.remove("d1"), reader.rebuild):
                _assert_refused(change, "can't be written there; copy the folder")
        _assert_refused(
            lambda: Collection.open(disk / "copy", HashEncoder()), "its last changes are still in"
        )
        _assert_refused(
            lambda: Collection.open(disk / "new", HashEncoder(), create=True), "Read-only file system"
        )


def _assert_refused(action: object, words: str) -> None:
    assert callable(action)
    try:
        action()
    except CollectionError as error:
        _assert_words(error, words)
    else:
        raise AssertionError(f"not refused: {words}")


def _assert_words(error: Exception, *choice: str) -> None:
    assert any(words in str(error) for words in choice), error
