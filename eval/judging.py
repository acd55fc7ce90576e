"""When an answer counts as right: the rule written in `eval/data/README.md`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eval.metrics import best_over, exact_match, holds, token_f1
from eval.questions import Question
from index.documents import Document
from index.sentences import covering
from qa.answers import Part

ENOUGH_F1 = 0.6
IN_SENTENCE = frozenset({"why", "how", "quote", "yes-no", "summary"})
"""Types that a longer span answers too, as long as it stays in the sentences of a gold span."""


def right(
    question: Question, parts: Sequence[Part], document: Callable[[str], Document], language: str | None
) -> bool:
    """Is this answer right? No parts is a refusal, right exactly when the sources hold no answer.

    `document`: doc_id → its text. `language`: of the sources, whose normalisation applies.
    """
    if not parts or not question.answers:
        return not parts and not question.answers
    whole = joined(parts)
    matches = _matches(question, whole, language)
    if question.members:
        complete = all(any(holds(whole, text, language) for text in group) for group in question.members)
        return complete and (matches or all(_matches(question, part.quote, language) for part in parts))
    return matches or (question.type in IN_SENTENCE and _stays(question, parts, document, language))


def joined(parts: Sequence[Part]) -> str:
    """The parts as one text, as `Answer.text` shows them."""
    return " … ".join(part.quote for part in parts)


def _matches(question: Question, text: str, language: str | None) -> bool:
    golds = [gold.text for gold in question.answers]
    equal = best_over(exact_match, text, golds, language)
    close = best_over(token_f1, text, golds, language)
    return equal == 1 or (close is not None and close >= ENOUGH_F1)


def _stays(
    question: Question, parts: Sequence[Part], document: Callable[[str], Document], language: str | None
) -> bool:
    """Does the answer hold a gold span without leaving the sentences of that span?"""
    for gold in question.answers:
        text = document(gold.doc_id).text
        start, end = covering(text, gold.start, gold.end, (0, len(text)))
        inside = all(
            any(c.passage.doc_id == gold.doc_id and start <= c.start and c.end <= end for c in part.citations)
            for part in parts
        )
        if inside and any(holds(part.quote, gold.text, language) for part in parts):
            return True
    return False
