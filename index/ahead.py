"""Files → documents ready to be written, worked out ahead of whoever writes them.

One thread reads and takes files apart, as many as there are cores split and encode documents side by side,
and the order stays. So neither the disk nor a document of two passages leaves a core without work.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from index.cores import cores
from index.documents import Document
from index.errors import DocumentError
from index.searchable import Prepared

_MOST_AHEAD = 8  # documents, each of which may be as long as the limits allow
_LISTENING = 0.1  # seconds until a reader that waits for room notices that nobody needs it


@dataclass(frozen=True, slots=True)
class Ready:
    """A document of a file; `prepared` may raise DocumentError, and whatever its collection raises."""

    file: Path
    prepared: Future[Prepared]
    bytes: int  # of the file, up to the end of this document


@dataclass(frozen=True, slots=True)
class Ended:
    """A file of which nothing more comes."""

    file: Path
    checksum: str | None = None  # of a file that was read to its end
    skipped: bool = False  # since it is in the collection as it is
    error: DocumentError | None = None  # that reading stopped at


Step = Ready | Ended
Reading = Callable[[Path], Iterator[tuple[Document, int] | Ended]]
"""A file → its documents, each with how many bytes are behind it, and then how it ended."""


def prepared_ahead(
    files: Sequence[Path], read: Reading, prepare: Callable[[Document], Prepared]
) -> Generator[Step, None, None]:
    """The steps of all files in their order. Close it to stop: what was prepared for nothing is forgotten."""
    ahead = min(2 * cores(), _MOST_AHEAD)
    steps: queue.Queue[Step | BaseException | None] = queue.Queue(ahead)
    stopped = threading.Event()

    def put(step: Step | BaseException | None) -> None:
        while not stopped.is_set():
            try:
                return steps.put(step, timeout=_LISTENING)
            except queue.Full:
                continue
        return None

    def work() -> None:
        try:
            for file in files:
                for found in read(file):
                    if stopped.is_set():
                        return
                    if isinstance(found, Ended):
                        put(found)
                    else:
                        document, position = found
                        put(Ready(file, workers.submit(prepare, document), position))
            put(None)
        except BaseException as error:  # told where the steps are taken
            put(error)

    reader = threading.Thread(target=work, name="reader", daemon=True)
    with ThreadPoolExecutor(cores(), thread_name_prefix="prepare") as workers:
        reader.start()
        done = False
        try:
            while (step := steps.get()) is not None:
                if isinstance(step, BaseException):
                    raise step
                yield step
            done = True
        finally:
            stopped.set()
            workers.shutdown(cancel_futures=not done)
            reader.join()
