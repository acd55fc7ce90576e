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
_MEASURED_AT_ONCE = 256  # sentences: the tokens of a book are never in memory together
_LONGEST_TOKEN = 20  # characters: tokenizers take a run of unknown signs for one token, however long it is
_CLAUSE_ENDS = frozenset(",;:)،؛，；：、")
_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)


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
        # Headings only open a passage, so the last one before its end is its own.
        headings = document.headings_at(end - 1 for _, end in ranges)
        return [
            Passage(
                passage_id=f"{document.doc_id}#{number}",
                doc_id=document.doc_id,
                title=document.title,
                source=document.source,
                text=document.text[start:end],
                start=start,
                end=end,
                heading=heading,
                page=document.page_at(start),
                language=document.language,
            )
            for number, ((start, end), heading) in enumerate(zip(ranges, headings, strict=True))
        ]

    def _pack(self, text: str, section: Sequence[Sentence]) -> list[tuple[int, int]]:
        """The best ranges for the sentences of one section."""
        pieces = list(self._measured(text, section))
        before = [0, *accumulate(piece.tokens for piece in pieces)]  # tokens before each piece
        firsts = [self._repeated(pieces, begin) for begin in range(len(pieces))]
        # best[i]: the least cost of packing pieces[:i], and where the last passage of it begins.
        best: list[tuple[float, int]] = [(0.0, 0)]
        for stop in range(1, len(pieces) + 1):
            choices: list[tuple[float, int]] = []
            for begin in range(stop - 1, max(-1, stop - 1 - _MOST_SENTENCES), -1):
                tokens = before[stop] - before[firsts[begin]]
                if tokens > self.longest and begin < stop - 1:
                    break
                broken = _MID_PARAGRAPH if begin and not pieces[begin].sentence.opens_block else 0.0
                choices.append((best[begin][0] + (tokens - self.target) ** 2 + broken, begin))
            best.append(min(choices))
        ranges: list[tuple[int, int]] = []
        stop = len(pieces)
        while stop:
            begin = best[stop][1]
            ranges.append((pieces[firsts[begin]].sentence.start, pieces[stop - 1].sentence.end))
            stop = begin
        return ranges[::-1]

    def _repeated(self, pieces: Sequence[_Piece], begin: int) -> int:
        """Where a passage that begins at piece `begin` starts once the overlap is counted in."""
        if begin == 0 or pieces[begin].sentence.opens_block:
            return begin
        last, first = pieces[begin - 1], pieces[begin]
        fits = last.tokens <= self.overlap and last.tokens + first.tokens <= self.longest
        return begin - 1 if fits else begin

    def _measured(self, text: str, section: Sequence[Sentence]) -> Iterator[_Piece]:
        """Sentences with their lengths; one that is too long is cut into pieces that are not."""
        for batch in range(0, len(section), _MEASURED_AT_ONCE):
            sentences = section[batch : batch + _MEASURED_AT_ONCE]
            texts = [text[s.start : s.end] for s in sentences]
            for sentence, words, offsets in zip(sentences, texts, self.token_offsets(texts), strict=True):
                yield from self._cut_to_size(sentence, words, _token_starts(words, offsets))

    def _cut_to_size(self, sentence: Sentence, words: str, starts: Sequence[int]) -> Iterator[_Piece]:
        begin = 0  # index of the first token of the next piece
        while len(starts) - begin > self.longest:
            stop = _cut(words, starts, begin, begin + self.longest)
            yield from _piece(sentence, words, starts, begin, stop)
            begin = stop
        yield from _piece(sentence, words, starts, begin, len(starts))


@dataclass(frozen=True, slots=True)
class _Piece:
    sentence: Sentence  # or a part of one
    tokens: int


def _piece(sentence: Sentence, words: str, starts: Sequence[int], begin: int, stop: int) -> Iterator[_Piece]:
    """The tokens `begin:stop` of a sentence without white space around them; nothing where there is nothing else."""
    left = starts[begin]
    part = words[left : starts[stop] if stop < len(starts) else len(words)]
    start = sentence.start + left + len(part) - len(part.lstrip())
    if part.strip():
        yield _Piece(
            Sentence(start, start + len(part.strip()), begin == 0 and sentence.opens_block), stop - begin
        )


def _token_starts(words: str, offsets: Sequence[tuple[int, int]]) -> list[int]:
    """Where each token begins, the first at 0; whatever lies far from a beginning counts as further tokens."""
    starts = [0]
    for start, _ in [*offsets[1:], (len(words), 0)]:
        starts += range(starts[-1] + _LONGEST_TOKEN, start, _LONGEST_TOKEN)
        if start < len(words):
            starts.append(max(start, starts[-1]))
    return starts


def _cut(words: str, starts: Sequence[int], begin: int, stop: int) -> int:
    """The token index in (begin, stop] to cut a long sentence before: after a clause, a word, a letter, anything."""
    upper_half = range(stop, begin + (stop - begin) // 2, -1)
    after_words = [i for i in upper_half if _parts_words(words, starts[i])]
    after_clauses = [
        i for i in after_words if words[max(0, starts[i] - 8) : starts[i]].rstrip()[-1:] in _CLAUSE_ENDS
    ]
    if after_clauses or after_words:
        return (after_clauses or after_words)[0]
    between_letters = (
        i for i in range(stop, begin, -1) if starts[i] > starts[i - 1] and _parts_letters(words, starts[i])
    )
    return next(between_letters, stop)


def _parts_words(words: str, at: int) -> bool:
    return words[at].isspace() or words[at - 1].isspace()


def _parts_letters(words: str, at: int) -> bool:
    """A cut may part two letters, but not a letter from its accent or an emoji from what joins or colours it."""
    after = words[at]
    return (
        unicodedata.category(after)[0] != "M"
        and _JOINER not in words[at - 1 : at + 1]
        and ord(after) not in _SKIN_TONES
    )


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
