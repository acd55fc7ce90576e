"""Small real pieces to test the chat with, and one server on the real models for the browser."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chat.desk import Desk
from chat.sessions import VisitorLimits, Visitors
from index.collection import Collection
from index.documents import Passage
from index.encoder import Vectors
from index.loading import from_bytes
from qa.answers import Span
from qa.confidence import Calibration, Models
from qa.pipeline import QAPipeline
from qa.reader import Reading
from qa.retriever import HybridRetriever
from tests.scales import scales

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_WRITER = """
import sys
from index.store import Store
with Store.open(sys.argv[1]).writing():
    print("writing", flush=True)
    sys.stdin.read()
"""


class HashEncoder:
    """Words thrown into 64 buckets: texts that share words are near."""

    dimension = 64

    @property
    def fingerprint(self) -> dict[str, str]:
        return {"model": "hash"}

    def token_offsets(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return [[match.span() for match in re.finditer(r"\w+|[^\w\s]", text)] for text in texts]

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.encode_query(text) for text in texts])

    def encode_query(self, text: str) -> Vectors:
        vector = np.full(self.dimension, 1e-3, np.float32)
        for word in re.findall(r"\w+", text.casefold()):
            vector[hashlib.sha256(word.encode()).digest()[0] % self.dimension] += 1
        return vector / np.linalg.norm(vector)


class KeywordReader:
    """Reads "Q: …" by quoting the word that follows the question's last word in a passage."""

    name = "keyword"
    checksum = "keyword"

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        asked = re.findall(r"\w+", question)[-1]
        readings = []
        for passage in passages:
            found = re.search(rf"\b{re.escape(asked)}\W+(\w+)", passage.text)
            spans = (Span(*found.span(1), 12.0),) if found else ()
            readings.append(Reading(spans, -6.0 if found else 6.0))
        return readings

    def verify(self, question: str, spans: Sequence[tuple[Passage, Span]]) -> list[float]:
        return [span.score for _, span in spans]


class FailingReader(KeywordReader):
    """Fails at every question with one error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        raise self._error


def small_pipeline() -> QAPipeline:
    """A pipeline on one small document, its confidence the reader's margin alone."""
    collection = Collection.in_memory(HashEncoder())
    text = "# Port\n\nThe harbour opens early. The colour blue is everywhere.\n\n## Boats\n\nThe boat is called Mouette."
    collection.add(from_bytes(text.encode(), "port.md", "port.md"))
    calibration = replace(
        Calibration.load(),
        models=Models.of(HashEncoder(), KeywordReader()),
        scales=scales(),
        threshold=0.5,
    )
    return QAPipeline(HybridRetriever(collection), KeywordReader(), calibration, None, collection)


def desk_on(pipeline: QAPipeline) -> Desk:
    return Desk(pipeline, Visitors(pipeline, VisitorLimits(characters=5_000, visitors=2)))


@contextmanager
def another_writer(folder: Path) -> Iterator[None]:
    """Another process that goes on writing the collection in `folder`."""
    command = [sys.executable, "-c", _WRITER, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"writing\n"
        yield


@pytest.fixture
def pipeline() -> QAPipeline:
    return small_pipeline()


@pytest.fixture
def desk(pipeline: QAPipeline) -> Desk:
    return desk_on(pipeline)


@pytest.fixture(scope="module")
def shared_desk() -> Desk:
    """For tests that only ask."""
    return desk_on(small_pipeline())


# ── the browser ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., str]]:
    """Starts `app.py` with some arguments on a free port; returns its address when it answers."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = subprocess.Popen(
            [sys.executable, "app.py", "--port", str(port), *arguments], cwd=ROOT, stdout=subprocess.DEVNULL
        )
        started.append(server)
        address = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=1).close()
                return address
            except OSError:
                if server.poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError(f"app.py does not answer on {address} (status {server.poll()})")

    yield start
    for server in started:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def chat(serve: Callable[..., str]) -> str:
    """The address of a chat on the bundled article, with the real models."""
    return serve()


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    if not Path(CHROMIUM).exists():
        pytest.fail(f"{CHROMIUM} is missing; install it with: apt-get install -y chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()
