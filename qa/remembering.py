"""A reader that keeps its last readings and verdicts: what is asked again is found again, but not read again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Generic, TypeVar

from index.documents import Passage
from qa.answers import Span
from qa.reader import Reader, Reading

_MOST = 3_000  # readings, and as many verdicts: of some 500 questions, a few megabytes

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class RememberingReader:
    """Another reader's readings, by the words of question and passage, on which alone they depend.

    So nothing can be out of date, whatever becomes of the documents. May be shared between threads.
    """

    def __init__(self, reader: Reader, most: int = _MOST) -> None:
        """`most`: readings kept, and verdicts; those that were of use the longest ago are forgotten first."""
        self._reader = reader
        self._readings: _Latest[tuple[str, str], Reading] = _Latest(most)
        self._verdicts: _Latest[tuple[str, str, int, int], float] = _Latest(most)

    @property
    def name(self) -> str:
        return self._reader.name

    @property
    def checksum(self) -> str:
        return self._reader.checksum

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        texts = {passage.text: passage for passage in passages}
        found = {text: kept for text in texts if (kept := self._readings.get((question, text))) is not None}
        unread = [passage for text, passage in texts.items() if text not in found]
        if unread or not passages:  # a question without passages is checked all the same
            for passage, fresh in zip(unread, self._reader.read(question, unread), strict=True):
                found[passage.text] = fresh
                self._readings.keep((question, passage.text), fresh)
        return [found[passage.text] for passage in passages]

    def verify(self, question: str, spans: Sequence[tuple[Passage, Span]]) -> list[float] | None:
        places = {(question, passage.text, span.start, span.end): (passage, span) for passage, span in spans}
        found = {place: kept for place in places if (kept := self._verdicts.get(place)) is not None}
        unseen = [place for place in places if place not in found]
        if unseen:
            verdicts = self._reader.verify(question, [places[place] for place in unseen])
            if verdicts is None:
                return None
            for place, fresh in zip(unseen, verdicts, strict=True):
                found[place] = fresh
                self._verdicts.keep(place, fresh)
        return [found[question, passage.text, span.start, span.end] for passage, span in spans]


class _Latest(Generic[_Key, _Value]):
    """The values that were kept or of use last, no more than `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[_Key, _Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: _Key) -> _Value | None:
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def keep(self, key: _Key, value: _Value) -> None:
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
