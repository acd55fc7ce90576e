"""A reader that keeps its last readings: what is asked again is found again, but not read again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from index.documents import Passage
from qa.reader import Reader, Reading

_MOST = 3_000  # readings: of some 500 questions, a few megabytes


class RememberingReader:
    """Another reader's readings, by the words of question and passage, on which alone they depend.

    So nothing can be out of date, whatever becomes of the documents. May be shared between threads.
    """

    def __init__(self, reader: Reader, most: int = _MOST) -> None:
        """`most`: readings kept; those that were of use the longest ago are forgotten first."""
        self._reader = reader
        self._most = most
        self._kept: OrderedDict[tuple[str, str], Reading] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._reader.name

    @property
    def checksum(self) -> str:
        return self._reader.checksum

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        texts = {passage.text: passage for passage in passages}
        found = {text: kept for text in texts if (kept := self._recalled(question, text)) is not None}
        unread = [passage for text, passage in texts.items() if text not in found]
        if unread or not passages:  # a question without passages is checked all the same
            for passage, fresh in zip(unread, self._reader.read(question, unread), strict=True):
                found[passage.text] = fresh
                self._keep(question, passage.text, fresh)
        return [found[passage.text] for passage in passages]

    def _recalled(self, question: str, text: str) -> Reading | None:
        with self._lock:
            reading = self._kept.get((question, text))
            if reading is not None:
                self._kept.move_to_end((question, text))
            return reading

    def _keep(self, question: str, text: str, reading: Reading) -> None:
        with self._lock:
            self._kept[question, text] = reading
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
