"""Document → passages: whole sentences, never over a heading, no character lost.

Sentences of one section are packed by dynamic programming, so that lengths come out even and a
break falls between paragraphs where it can; a break inside a paragraph repeats one sentence, since
a pronoun there often needs it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from index.documents import Document, Passage
from index.sentences import Sentence, split_sentences

TokenOffsets = Callable[[Sequence[str]], list[list[tuple[int, int]]]]
"""Texts → the code-point range of every token of each, in order (no special tokens)."""

_MID_PARAGRAPH = 30.0**2  # the cost of breaking a paragraph, in squared tokens off the target
_MOST_SENTENCES = 60  # in one passage: bounds the search where sentences have hardly a token
_CLAUSE_ENDS = frozenset(",;:)،؛，；：、")
_JOINERS = "\u200d\ufe0f"


@dataclass(frozen=True, slots=True)
class Splitter:
    """How long passages are, in tokens of the encoder."""

    token_offsets: TokenOffsets
    target: int = 120  # tokens
    longest: int = 180  # tokens
    overlap: int = 40  # tokens; a longer sentence is not repeated

    @property
    def settings(self) -> dict[str, int]:
        """What a collection must keep to stay consistent; part of its fingerprint."""
        return {"target": self.target, "longest": self.longest, "overlap": self.overlap}

    def split(self, document: Document) -> list[Passage]:
        """The passages of `document` in reading order.

        `document.text[p.start:p.end] == p.text` for each, and every character that is not white
        space is in at least one.
        """
        ranges = [r for section in _sections(document) for r in self._pack(document.text, section)]
        return [
            Passage(
                passage_id=f"{document.doc_id}#{number}",
                doc_id=document.doc_id,
                title=document.title,
                source=document.source,
                text=document.text[start:end],
                start=start,
                end=end,
                heading=document.heading_at(start),
                page=document.page_at(start),
            )
            for number, (start, end) in enumerate(ranges)
        ]

    def _pack(self, text: str, section: Sequence[Sentence]) -> list[tuple[int, int]]:
        """The best ranges for the sentences of one section."""
        pieces = list(self._measured(text, section))
        if not pieces:
            return []
        before = [0, *accumulate(piece.tokens for piece in pieces)]  # tokens before each piece
        # best[i]: the least cost of packing pieces[:i], and where the last passage of it begins.
        best: list[tuple[float, int]] = [(0.0, 0)]
        for stop in range(1, len(pieces) + 1):
            choices: list[tuple[float, int]] = []
            for begin in range(stop - 1, max(-1, stop - 1 - _MOST_SENTENCES), -1):
                tokens = before[stop] - before[self._repeated(pieces, begin)]
                if tokens > self.longest and begin < stop - 1:
                    break
                broken = _MID_PARAGRAPH if begin and not pieces[begin].sentence.opens_block else 0.0
                choices.append((best[begin][0] + (tokens - self.target) ** 2 + broken, begin))
            best.append(min(choices))
        ranges: list[tuple[int, int]] = []
        stop = len(pieces)
        while stop:
            begin = best[stop][1]
            first = pieces[self._repeated(pieces, begin)].sentence
            ranges.append((first.start, pieces[stop - 1].sentence.end))
            stop = begin
        return ranges[::-1]

    def _repeated(self, pieces: Sequence[_Piece], begin: int) -> int:
        """Where a passage that begins at piece `begin` starts once the overlap is counted in."""
        broken = begin > 0 and not pieces[begin].sentence.opens_block
        fits = broken and pieces[begin - 1].tokens <= self.overlap
        return (
            begin - 1 if fits and pieces[begin - 1].tokens + pieces[begin].tokens <= self.longest else begin
        )

    def _measured(self, text: str, section: Sequence[Sentence]) -> Iterator[_Piece]:
        """Sentences with their lengths; one that is too long is cut into pieces that are not."""
        texts = [text[s.start : s.end] for s in section]
        for sentence, words, tokens in zip(section, texts, self.token_offsets(texts), strict=True):
            if len(tokens) <= self.longest:
                yield _Piece(sentence, len(tokens))
                continue
            begin = 0  # index of the first token of the next piece
            while begin < len(tokens):
                stop = _cut(words, tokens, begin, min(begin + self.longest, len(tokens)))
                left = 0 if begin == 0 else tokens[begin][0]
                right = len(words) if stop == len(tokens) else tokens[stop][0]
                piece = words[left:right]
                start = sentence.start + left + len(piece) - len(piece.lstrip())
                opens = begin == 0 and sentence.opens_block
                yield _Piece(Sentence(start, start + len(piece.strip()), opens), stop - begin)
                begin = stop


@dataclass(frozen=True, slots=True)
class _Piece:
    sentence: Sentence
    tokens: int


def _cut(words: str, tokens: Sequence[tuple[int, int]], begin: int, stop: int) -> int:
    """The token index in (begin, stop] to cut a long sentence before: after a clause, a word, anything."""
    if stop == len(tokens):
        return stop
    upper_half = range(stop, begin + (stop - begin) // 2, -1)
    after_words = [
        i for i in upper_half if words[tokens[i][0]].isspace() or words[tokens[i][0] - 1].isspace()
    ]
    after_clauses = [i for i in after_words if words[: tokens[i][0]].rstrip()[-1:] in _CLAUSE_ENDS]
    between_letters = [i for i in range(stop, begin, -1) if _is_letter_boundary(words, tokens, i)]
    return (after_clauses or after_words or between_letters or [stop])[0]


def _is_letter_boundary(words: str, tokens: Sequence[tuple[int, int]], index: int) -> bool:
    """A cut may part two letters, but not a letter from its accent or an emoji from its joiner."""
    at = tokens[index][0]
    return at > tokens[index - 1][0] and not unicodedata.combining(words[at]) and words[at] not in _JOINERS


def _sections(document: Document) -> Iterator[list[Sentence]]:
    """Runs of sentences that no heading interrupts; the headings above a run open it."""
    section: list[Sentence] = []
    position = 0
    for heading in document.headings:
        body = split_sentences(document.text, position, heading.start)
        if body:
            yield section + body
            section = []
        section.append(Sentence(heading.start, heading.end, True))
        position = heading.end
    section += split_sentences(document.text, position)
    if section:
        yield section
