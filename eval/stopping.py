"""What reading until an answer is settled leaves unread, and what that changes, by evidence gathered once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from eval.evidence import Asked, RecordedReader
from eval.fitting import Judged, judge
from index.errors import QuestionError
from qa.confidence import Calibration
from qa.reading import read_until_settled


@dataclass(frozen=True)
class Stopping:
    """Both ways of reading the same questions."""

    unread: float  # share of the passages found
    unread_present: float  # the same where the answer is there
    everything: tuple[Judged, ...]  # every passage read
    settled: tuple[Judged, ...]  # until the answer is settled

    def changed(self, threshold: float) -> float:
        """The share of the questions that end otherwise: a right answer, a wrong one, or a refusal.

        QuestionError without questions: there is no share of none.
        """
        if not self.everything:
            raise QuestionError("no question was asked: nothing ends otherwise or the same; gather evidence")
        pairs = zip(self.everything, self.settled, strict=True)
        ends = [[(one.confidence >= threshold, one.right) for one in pair] for pair in pairs]
        return sum(given != other for given, other in ends) / len(ends)


def stopping(asked: Sequence[Asked], calibration: Calibration) -> Stopping:
    """`asked` read anew from what was gathered, in waves, as the product does."""
    readers = [RecordedReader(one) for one in asked]
    kept = [_read(one, reader, calibration) for one, reader in zip(asked, readers, strict=True)]

    def unread(chosen: Sequence[RecordedReader]) -> float:
        passages = sum(len(reader.found) for reader in chosen)
        return 1 - sum(reader.count for reader in chosen) / passages if passages else 0.0

    return Stopping(
        unread(readers),
        unread([reader for one, reader in zip(asked, readers, strict=True) if one.present]),
        tuple(judge(asked, calibration)),
        tuple(judge(kept, calibration)),
    )


def _read(one: Asked, reader: RecordedReader, calibration: Calibration) -> Asked:
    """The question with the candidates of the passages that were read."""
    read = read_until_settled(one.question, one.kind, reader.found, reader, calibration)
    passages = {candidate.scored.passage.passage_id for candidate in read}
    kept = (candidate for candidate in one.candidates if candidate.scored.passage.passage_id in passages)
    return replace(one, candidates=tuple(kept))
