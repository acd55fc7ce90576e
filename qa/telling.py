"""What explains, decides or reports is said in a sentence: which sentences may tell the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index.documents import Passage
from index.lexical import terms
from index.sentences import covering
from qa.confidence import Candidate, Telling
from qa.extent import extent
from qa.questions import Kind
from qa.retriever import Retriever

_FEWEST_TERMS = 2  # of a sentence: a word says nothing


def told(question: str, kind: Kind, candidates: Sequence[Candidate], retriever: Retriever) -> list[Candidate]:
    """The candidates that stand in a sentence, with what would be quoted of it and how near that is to the question; in their order.

    A reader marks something in a sentence that tells, if not an answer.
    """
    standing = [
        (one, extent(kind, one.scored.passage, one.span.start, one.span.end))
        for one in candidates
        if _stands(one)
    ]
    texts = [one.scored.passage.text[start:end] for one, (start, end) in standing]
    sentences = list(dict.fromkeys(texts))
    if not sentences:
        return []
    cosines = dict(zip(sentences, retriever.cosines(question, sentences), strict=True))
    return [
        replace(one, telling=Telling(start, end, cosines[text]))
        for (one, (start, end)), text in zip(standing, texts, strict=True)
    ]


def _stands(one: Candidate) -> bool:
    text = one.scored.passage.text
    sentence = text[slice(*covering(text, one.span.start, one.span.end, (0, len(text))))]
    return says_something(one.scored.passage, sentence)


def says_something(passage: Passage, sentence: str) -> bool:
    """Is it more than a heading or a word?"""
    is_heading = sentence.startswith("#") or sentence == passage.heading
    return not is_heading and len(terms(sentence)) >= _FEWEST_TERMS
