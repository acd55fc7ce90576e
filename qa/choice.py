"""What to quote: from the candidates of a question to the parts of its answer, by the kind of the question."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.documents import Passage, ScoredPassage
from index.languages import language_of
from index.lexical import terms
from index.sentences import split_sentences
from qa.answers import Citation, Part, Span
from qa.confidence import Calibration, Candidate, same_words
from qa.extent import extent, quotations, quoted_words
from qa.questions import Kind, kind_of, subject_of
from qa.quoting import quotable
from qa.reader import Reading
from qa.retriever import Retriever
from qa.telling import says_something

_BLANK_LINE = re.compile(r"\n[^\S\n]*\r?\n\s*")
_KEY_SENTENCES = 3  # in a summary
_HALF = 0.5  # of a subject's words, by rarity
# Cosine above what is near to a question at all; a word or two are near to everything. Of 28 subjects in five languages, in the
# article or not, 25 are told apart.
_CLOSER = 0.04
_AS_GOOD = 0.75  # logits a further part may rank below the first
_AS_SURE = 1.5  # logits the reader's margin of a further member may be below the first's; of those below, most are of another list

# How likely answers are right that no reader gives, estimated on the dev questions of the article.
_QUOTED = 0.8  # quoted words beside the name of the one who was asked for any
_SUMMED_UP = 0.8  # key sentences of what is summed up, where there is such a thing
_NEAR_IN_MEANING = (
    0.4  # the same, of the passage nearest to a subject that it does not name, as in another language
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The parts that would be said, and how likely they are right."""

    parts: tuple[Part, ...]
    confidence: float  # in [0, 1]


def candidates_of(found: Sequence[ScoredPassage], readings: Sequence[Reading]) -> list[Candidate]:
    """Every span of every reading, cut as it would be quoted."""
    candidates: list[Candidate] = []
    for scored, reading in zip(found, readings, strict=True):
        for span in reading.spans:
            start, end = quotable(scored.passage.text, *_one_block(scored.passage.text, span))
            if start < end:
                candidates.append(Candidate(scored, Span(start, end, span.score), reading.null))
    return candidates


def _one_block(text: str, span: Span) -> tuple[int, int]:
    """The longest piece of a span that runs over a blank line, as from a heading into its text."""
    start = span.start
    pieces = []
    for piece in _BLANK_LINE.split(text[span.start : span.end]):
        begin = text.index(piece, start)
        pieces.append((begin, begin + len(piece)))
        start = begin + len(piece)
    return max(pieces, key=lambda piece: piece[1] - piece[0])


def choose(
    question: str,
    found: Sequence[ScoredPassage],
    read: Callable[[Kind], Sequence[Candidate]],
    calibration: Calibration,
    retriever: Retriever,
) -> Choice:
    """The best answer to `question`.

    `read` gives the candidates, the likeliest first. It takes most of a question's time, and is not asked
    where no reader is needed.
    """
    kind = kind_of(question)
    unread = without_reading(question, kind, found, calibration, retriever)
    if unread is not None:
        return unread
    candidates = read(kind)
    if not candidates:
        return Choice((), 0.0)
    confidence = calibration.probability(candidates)
    said = [candidates[0], *_further(kind, candidates, calibration)]
    # Two spans of one enumeration grow into the same part: it is said once.
    parts: dict[tuple[str, ...], Part] = {}
    for candidate in said:
        part = _part(kind, candidate, candidates)
        parts.setdefault(same_words(part.quote), part)
    return Choice(tuple(parts.values()), confidence)


def without_reading(
    question: str,
    kind: Kind,
    found: Sequence[ScoredPassage],
    calibration: Calibration,
    retriever: Retriever,
) -> Choice | None:
    """A summary, or the quoted words of who is asked about; None where a reader is needed."""
    if kind is Kind.SUMMARY:
        return _summary(question, found, calibration, retriever)
    quoted = _quotations(question, found) if kind is Kind.QUOTATION else ()
    return Choice(quoted, _QUOTED) if quoted else None


def _part(kind: Kind, candidate: Candidate, candidates: Sequence[Candidate]) -> Part:
    """A candidate as a part, cited also where its very words were found in other passages."""
    places: dict[tuple[str, int], Citation] = {}
    for other in (candidate, *candidates):
        if other.words == candidate.words:
            citation = _citation(kind, other)
            # Passages overlap by a sentence: the same place is cited once.
            places.setdefault((citation.passage.doc_id, citation.start), citation)
    first, *others = places.values()
    return Part((first, *(c for c in others if same_words(c.quote) == same_words(first.quote))))


def _citation(kind: Kind, candidate: Candidate) -> Citation:
    passage = candidate.scored.passage
    start, end = extent(kind, passage, candidate.judged.start, candidate.judged.end)
    if kind is Kind.QUOTATION:
        start, end = quoted_words(passage.text, candidate.span.start, candidate.span.end, (start, end))
    return Citation(passage, passage.start + start, passage.start + end)


def _further(kind: Kind, candidates: Sequence[Candidate], calibration: Calibration) -> list[Candidate]:
    """Candidates to be said beside the first: members of a list elsewhere, or a source that says otherwise."""
    first = candidates[0]
    said = [first]
    for candidate in candidates[1:]:
        if candidate.form is not first.form:
            continue
        elsewhere = candidate.scored.passage.doc_id != first.scored.passage.doc_id
        words = set(same_words(candidate.quote))
        known = any(words <= (told := set(same_words(other.quote))) or told <= words for other in said)
        as_good = (
            calibration.worth(candidate) >= calibration.worth(first) - _AS_GOOD and candidate.span.score > 0
        )
        is_member = kind is Kind.LIST and candidate.span.score >= first.span.score - _AS_SURE
        if as_good and not known and (is_member or (kind is Kind.FACT and elsewhere)):
            said.append(candidate)
    return said[1:]


def _quotations(question: str, found: Sequence[ScoredPassage]) -> tuple[Part, ...]:
    """The quoted words of the speaker whom the question asks for any, each a part, in the order of the text."""
    quoted = [
        Citation(scored.passage, scored.passage.start + start, scored.passage.start + end)
        for scored in found
        for start, end in quotations(question, scored.passage)
    ]
    places = {(citation.passage.doc_id, citation.start): citation for citation in reversed(quoted)}
    return tuple(Part((citation,)) for _, citation in sorted(places.items(), key=lambda place: place[0]))


def _summary(
    question: str, found: Sequence[ScoredPassage], calibration: Calibration, retriever: Retriever
) -> Choice:
    """The key sentences: of the best passage when the question names a subject, else those nearest the title.

    What the title names is the whole, too.
    """
    if not found:
        return Choice((), 0.0)
    confidence = _SUMMED_UP
    title, doc_id = found[0].passage.title, found[0].passage.doc_id
    subject = subject_of(question)
    is_whole = set(terms(subject)) <= set(terms(title))  # "Résume le contrat" of "Contrat d'assurance"
    if not is_whole:
        best = _passage_on(subject, question, found, calibration, retriever)
        if best is None:
            return Choice((), 0.0)
        confidence = _SUMMED_UP if best.coverage >= _HALF else _NEAR_IN_MEANING
        weighed = _weighed(question, [best.passage], retriever)
    else:
        whole = retriever.retrieve(title, len(found), documents=[doc_id])
        weighed = _weighed(title, [scored.passage for scored in whole], retriever)
    key = sorted(weighed, key=lambda one: -one[0])[:_KEY_SENTENCES]
    places = {(citation.passage.doc_id, citation.start): citation for _, citation in key}
    parts = tuple(Part((citation,)) for _, citation in sorted(places.items(), key=lambda place: place[0]))
    return Choice(parts, confidence if parts else 0.0)


def _passage_on(
    subject: str,
    question: str,
    found: Sequence[ScoredPassage],
    calibration: Calibration,
    retriever: Retriever,
) -> ScoredPassage | None:
    """The passage that is most about `subject`, or None when none is.

    It says at least half of the subject's words; in another language than the question's, nearness will do.
    """
    documents = list(dict.fromkeys(scored.passage.doc_id for scored in found))
    near = retriever.retrieve(subject, len(found), documents)
    best = max(near, key=lambda scored: (scored.coverage, scored.cosine), default=None)
    if best is None or best.coverage >= _HALF:
        return best
    meant = max(found, key=lambda scored: scored.cosine)  # a whole question says more than its subject
    foreign = language_of(question) != meant.passage.language
    is_near = max(scored.cosine for scored in near) >= calibration.irrelevant + _CLOSER
    return meant if foreign and is_near else None


def _weighed(
    question: str, passages: Sequence[Passage], retriever: Retriever
) -> list[tuple[float, Citation]]:
    """Every sentence of `passages` that is no heading, with its cosine to `question`."""
    citations = []
    for passage in passages:
        for sentence in split_sentences(passage.text):
            if says_something(passage, passage.text[sentence.start : sentence.end]):
                citations.append(
                    Citation(passage, passage.start + sentence.start, passage.start + sentence.end)
                )
    once = list({(c.passage.doc_id, c.start, c.end): c for c in citations}.values())
    if not once:
        return []
    cosines = retriever.cosines(question, [citation.quote for citation in once])
    return list(zip(cosines, once, strict=True))
