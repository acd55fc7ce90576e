"""Question and passages → spans with scores; and a second look at the best of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from index.documents import Passage
from index.embedded import BEGIN, END, Body, Floats, Vocabulary
from qa.answers import Span
from qa.marking import marked
from qa.questions import TooLongError
from qa.spans import best_spans

READER_FOLDER = Path(__file__).parent / "models" / "reader"
VERIFIER_FILE = "verifier.onnx"
MOST_TOKENS = 256  # of a question: leaves the passage at least as much
_STRIDE = 64  # tokens that two windows of a long passage share
_SPANS = 3  # proposed for each passage


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found in one passage."""

    spans: tuple[Span, ...]  # best first, not overlapping; may be empty
    null: float  # the two logits of "no answer", added


class Reader(Protocol):
    """What the pipeline asks of an extractive model."""

    @property
    def name(self) -> str:
        """As people know the model."""
        ...

    @property
    def checksum(self) -> str:
        """Of the weights; the calibration is fitted for one reader."""
        ...

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        """One reading a passage, in their order; TooLongError when the question is."""
        ...

    def verify(self, question: str, spans: Sequence[tuple[Passage, Span]]) -> list[float] | None:
        """How likely each span is the answer, in logits, looked at again by itself; None from a reader that has no second look.

        Of a why, a how or a yes/no question the span is a whole sentence, and the logits say how likely it tells the answer.
        """
        ...


class ExtractiveReader:
    """The embedded reader."""

    def __init__(self, body: Body, verifier: Body | None = None) -> None:
        """`verifier`: what looks at a span again; None = nothing does."""
        self._body = body
        self._verifier = verifier

    @classmethod
    def open(cls, folder: Path = READER_FOLDER, vocabulary: Vocabulary | None = None) -> ExtractiveReader:
        """`vocabulary`: one that is loaded already, to be shared. A folder need not hold a verifier."""
        vocabulary = vocabulary or Vocabulary.open()
        has_verifier = (folder / VERIFIER_FILE).is_file()
        return cls(
            Body(folder, "reader.onnx", vocabulary),
            Body(folder, VERIFIER_FILE, vocabulary) if has_verifier else None,
        )

    @property
    def name(self) -> str:
        return str(self._body.config["name"])

    @property
    def checksum(self) -> str:
        if self._verifier is None:
            return self._body.checksum
        return hashlib.sha256(f"{self._body.checksum} {self._verifier.checksum}".encode()).hexdigest()

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        # Title and headings are left out: with them in front, F1 on PIAF fit (N = 377) fell from 66.1 to 63.4.
        asked, *encodings = self._body.vocabulary.tokenize(
            [question, *(passage.text for passage in passages)]
        )
        check_length(len(asked.ids))
        head = [BEGIN, *asked.ids, END, END]
        room = self._body.max_tokens - len(head) - 1
        starts = [window_starts(len(encoding.ids), room, _STRIDE) for encoding in encodings]
        outputs = self._body.run_each(
            [*head, *encoding.ids[first : first + room], END]
            for encoding, firsts in zip(encodings, starts, strict=True)
            for first in firsts
        )
        return [
            # Each passage takes as many outputs as it has windows.
            self._reading(passage.text, encoding.offsets, zip(firsts, outputs, strict=False), len(head))
            for passage, encoding, firsts in zip(passages, encodings, starts, strict=True)
        ]

    def verify(self, question: str, spans: Sequence[tuple[Passage, Span]]) -> list[float] | None:
        if self._verifier is None:
            return None
        texts = list(dict.fromkeys(passage.text for passage, _ in spans))
        asked, *encodings = self._body.vocabulary.tokenize([question, *texts])
        check_length(len(asked.ids))
        encoded = dict(zip(texts, encodings, strict=True))
        inputs = [
            marked(asked.ids, encoding.ids, *token_range(encoding.offsets, span.start, span.end))
            for encoding, span in ((encoded[passage.text], span) for passage, span in spans)
        ]
        outputs = self._verifier.run_each(one.ids for one in inputs)
        return [
            float(logits[one.first, 0] + logits[one.last, 1] - logits[0].sum())
            for one, logits in zip(inputs, outputs, strict=True)
        ]

    def _reading(
        self, text: str, offsets: Sequence[tuple[int, int]], windows: Iterable[tuple[int, Floats]], head: int
    ) -> Reading:
        """One passage, from windows that overlap where it did not fit into one: first token, logits."""
        longest = int(self._body.config["longest_span_tokens"])
        spans: list[Span] = []
        nulls: list[float] = []
        for first, logits in windows:
            null = float(logits[0].sum())
            nulls.append(null)
            quotable = logits[head:-1]
            for span in best_spans(quotable[:, 0], quotable[:, 1], null, _SPANS, longest):
                start, end = offsets[first + span.first][0], offsets[first + span.last][1]
                spans += trimmed(text, start, end, span.score)
        return Reading(without_overlap(spans)[:_SPANS], min(nulls))


def check_length(tokens: int) -> None:
    """TooLongError when a question has more tokens than a reader takes."""
    if tokens > MOST_TOKENS:
        raise TooLongError(tokens, MOST_TOKENS, "tokens")


def token_range(offsets: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """The first and the last token that share a character with `start` to `end`; where none does, the next one.

    >>> token_range([(0, 2), (2, 5), (6, 9)], 3, 7), token_range([(0, 2), (6, 9)], 3, 4)
    ((1, 2), (1, 1))
    """
    first = next((at for at, (_, last) in enumerate(offsets) if last > start), len(offsets) - 1)
    within = [at for at, (begin, _) in enumerate(offsets) if begin < end]
    return first, max(first, within[-1] if within else first)


def window_starts(tokens: int, room: int, stride: int) -> list[int]:
    """Where windows of `room` tokens begin so that they cover all, each sharing `stride` with the next.

    >>> window_starts(10, room=4, stride=1)
    [0, 3, 6]
    """
    starts = [0]
    while starts[-1] + room < tokens:
        starts.append(starts[-1] + max(1, room - stride))
    return starts


def trimmed(text: str, start: int, end: int, score: float) -> list[Span]:
    """The span without white space at its ends (a token's offsets can take it in); none if nothing is left."""
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return [Span(start, start + len(words.strip()), score)] if words.strip() else []


def without_overlap(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The best spans of which none touches a better one, best first."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (-span.score, span.start)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return tuple(kept)
