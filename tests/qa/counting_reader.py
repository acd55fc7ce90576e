"""A reader that tells what it was given."""

from collections.abc import Sequence

from index.documents import Passage
from qa.answers import Span
from qa.reader import Reading
from tests.eval.keyword_reader import KeywordReader


class CountingReader:
    """A KeywordReader that keeps the questions and texts it was asked to read, and the quotes it was asked to look at again."""

    name, checksum = "keywords", "k1"

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self.looked_at: list[tuple[str, str]] = []

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        self.seen += [(question, passage.text) for passage in passages]
        return KeywordReader().read(question, passages)

    def verify(self, question: str, spans: Sequence[tuple[Passage, Span]]) -> list[float]:
        self.looked_at += [(question, passage.text[span.start : span.end]) for passage, span in spans]
        return KeywordReader().verify(question, spans)
