"""Replies → HTML. Pure functions; all text from outside goes through `escaped`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote as url_quote

from chat.desk import Found, Reply, Word
from chat.escaping import attributes_of, direction_of, escaped
from chat.source import Place, source_html
from chat.texts import Texts
from index.documents import Document, Passage
from qa.answers import Answer, Citation, Refusal

SURE, LIKELY = 0.85, 0.6  # probabilities from which an answer is called so
Grade = Literal["sure", "likely", "check"]
_LONG_QUOTE = 90  # characters: a longer one is set smaller


def grade_of(confidence: float) -> Grade:
    """The word that goes with a probability.

    >>> grade_of(0.92), grade_of(0.6), grade_of(0.3)
    ('sure', 'likely', 'check')
    """
    if confidence >= SURE:
        return "sure"
    return "likely" if confidence >= LIKELY else "check"


def verdict(confidence: float, texts: Texts) -> str:
    """A probability in a word and a number; plain text.

    >>> from chat.texts import ENGLISH
    >>> verdict(0.92, ENGLISH)
    'sure 92%'
    """
    word = {"sure": texts.sure, "likely": texts.likely, "check": texts.check}[grade_of(confidence)]
    return f"{word} {_percent(confidence, texts)}"


def conversation_html(turns: Sequence[str]) -> str:
    """The turns, the last one current: its evidence is the one shown beside."""
    *earlier, last = turns
    current = last.replace('class="turn"', 'class="turn current"', 1)
    return f'<div class="conversation">{"".join(earlier)}{current}</div>'


def turn_html(number: int, question: str, reply: Reply | None, texts: Texts) -> str:
    """One question with its reply; without one, the reply is still being looked for."""
    if reply is None:
        body = f'<div class="reply searching" role="status"><span class="pulse"></span>{escaped(texts.searching)}</div>'
    elif isinstance(reply, Word):
        role = ' role="alert"' if reply.problem else ""
        body = f'<div class="reply word"{role}><p>{escaped(reply.text)}</p></div>'
    elif reply.answer.refusal is not None:
        body = _refusal(number, reply, texts)
    else:
        body = _answer(number, reply, texts)
    asked = question if len(question) <= 400 else question[:400] + "…"
    return (
        f'<article class="turn" id="turn-{number}" data-choose-hint="{escaped(texts.choose_hint)}" aria-labelledby="asked-{number}">'
        f'<h2 class="asked" id="asked-{number}"{attributes_of(asked)}>{escaped(asked)}</h2>{body}</article>'
    )


def reference(passage: Passage, page: str | None, texts: Texts) -> str:
    """Where something in a passage stands, as people cite it; plain text."""
    on = texts.page.format(page=page) if page else None
    return " · ".join(part for part in (passage.title, passage.heading, on) if part)


def refusal_words(refusal: Refusal, texts: Texts) -> tuple[str, str]:
    """What is said, and why."""
    return {
        Refusal.NOTHING_INDEXED: (texts.nothing_indexed, texts.nothing_indexed_why),
        Refusal.NOTHING_RELEVANT: (texts.nothing_relevant, texts.nothing_relevant_why),
        Refusal.NO_ANSWER: (texts.no_answer, texts.no_answer_why),
    }[refusal]


# ── an answer ────────────────────────────────────────────────────────────────────────────────────


def _answer(number: int, found: Found, texts: Texts) -> str:
    answer = found.answer
    quotes = "".join(
        f'<p class="quote{" long" if len(part.quote) > _LONG_QUOTE else ""}"'
        f"{attributes_of(part.quote, _language(found, part.citations[0]))}>{escaped(part.quote)}</p>"
        for part in answer.parts
    )
    places = [
        Place(str(label), citation.passage, (citation.start, citation.end), citation.page)
        for label, citation in enumerate(answer.citations, start=1)
    ]
    return (
        f'<div class="reply answer">{_understood(answer, texts)}{quotes}'
        f"{''.join(_sentences(number, found, texts))}"
        f'<div class="foot">{_verdict(answer, texts)}{_actions(number, found, texts)}{_votes(found, texts)}</div></div>'
        f"{_evidence(number, places, found, texts)}"
    )


def _language(found: Found, citation: Citation) -> str | None:
    document = found.documents.get(citation.passage.doc_id)
    return document.language if document is not None else None


def _sentences(number: int, found: Found, texts: Texts) -> list[str]:
    """Each sentence once, with all the quotes in it marked and numbered."""
    numbered = list(enumerate(found.answer.citations, start=1))
    ranges = dict.fromkeys((c.passage.doc_id, *c.sentence_range) for _, c in numbered)
    shown = []
    for doc_id, start, end in ranges:
        inside = [
            (label, c)
            for label, c in numbered
            if (c.passage.doc_id, *c.sentence_range) == (doc_id, start, end)
        ]
        first = inside[0][1]
        buttons = "".join(_cite(number, str(label), texts.source.format(number=label)) for label, _ in inside)
        shown.append(
            f'<blockquote class="sentence" dir="{direction_of(first.sentence)}">'
            f"<p{attributes_of(first.sentence, _language(found, first))}>"
            f"{_marked(first.sentence, [(c.start - start, c.end - start) for _, c in inside])}</p>"
            f"<footer>{buttons}{_cited(first.passage, first.page, texts)}</footer></blockquote>"
        )
    return shown


def _cited(passage: Passage, page: str | None, texts: Texts) -> str:
    where = reference(passage, page, texts)
    return f'<cite dir="{direction_of(where)}">{escaped(where)}</cite>'


def _marked(text: str, ranges: Sequence[tuple[int, int]]) -> str:
    pieces, done = [], 0
    for start, end in sorted(ranges):
        pieces += [escaped(text[done:start]), f"<mark>{escaped(text[max(start, done) : end])}</mark>"]
        done = max(end, done)
    return "".join([*pieces, escaped(text[done:])])


def _cite(number: int, label: str, name: str) -> str:
    return (
        f'<button type="button" class="cite" data-turn="{number}" data-cite="{label}" '
        f'aria-label="{escaped(name)}">{label}</button>'
    )


def _verdict(answer: Answer, texts: Texts) -> str:
    grade = grade_of(answer.confidence)
    why = {"sure": texts.sure_why, "likely": texts.likely_why, "check": texts.check_why}[grade]
    label = verdict(answer.confidence, texts)
    if answer.calibrated:
        meaning = texts.confidence_what.format(percent=_percent(answer.confidence, texts))
    else:
        label, meaning = f"{label} · {texts.uncalibrated}", texts.uncalibrated_why
    return (
        f'<details class="confidence {grade}"><summary>{escaped(label)}</summary>'
        f"<p>{escaped(why)} {escaped(meaning)}</p></details>"
    )


def _percent(probability: float, texts: Texts) -> str:
    """Never 0 or 100: nothing is that certain."""
    return texts.percent.format(number=min(99, max(1, round(100 * probability))))


def _understood(answer: Answer, texts: Texts) -> str:
    if not answer.was_reworded:
        return ""
    understood = escaped(answer.understood_as)
    return (
        f'<p class="understood">{escaped(texts.understood_as)} <em dir="auto">{understood}</em> '
        f'<button type="button" data-edit="{understood}">{escaped(texts.edit)}</button></p>'
    )


def _actions(number: int, found: Found, texts: Texts) -> str:
    answer = found.answer
    copied = f"« {answer.text} »" if texts.language == "fr" else f"“{answer.text}”"
    cited = "; ".join(dict.fromkeys(reference(c.passage, c.page, texts) for c in answer.citations))
    again = escaped(answer.understood_as)
    link = (
        f'<span class="private" title="{escaped(texts.not_linkable_why)}">{escaped(texts.not_linkable)}</span>'
        if found.private
        else f'<button type="button" data-link="?q={escaped(url_quote(answer.understood_as))}" '
        f'data-done="{escaped(texts.linked)}">{escaped(texts.link)}</button>'
    )
    return (
        '<div class="actions">'
        f'<button type="button" class="unfold" data-turn="{number}" aria-expanded="false" '
        f'data-hide="{escaped(texts.hide_source)}">{escaped(texts.show_source)}</button>'
        f'<button type="button" data-copy="{escaped(copied)} — {escaped(cited)}" '
        f'data-done="{escaped(texts.copied)}">{escaped(texts.copy)}</button>'
        f'<button type="button" data-ask="{again}">{escaped(texts.retry)}</button>{link}</div>'
    )


def _votes(found: Found, texts: Texts) -> str:
    if not found.judged:
        return ""
    asked = escaped(found.answer.understood_as)
    buttons = "".join(
        f'<button type="button" data-vote="{vote}" data-question="{asked}" data-done="{escaped(texts.noted)}">'
        f"{escaped(name)}</button>"
        for vote, name in (("good", texts.good), ("bad", texts.bad))
    )
    return f'<div class="actions votes">{buttons}</div>'


# ── a refusal ────────────────────────────────────────────────────────────────────────────────────


def _refusal(number: int, found: Found, texts: Texts) -> str:
    answer = found.answer
    said, why = refusal_words(answer.refusal or Refusal.NO_ANSWER, texts)
    places = [
        Place(chr(ord("a") + i), scored.passage, page=scored.passage.page)
        for i, scored in enumerate(answer.nearest[:26])
    ]
    best = texts.refused_confidence.format(percent=_percent(answer.confidence, texts)) if places else ""
    near = "".join(
        f'<li dir="{direction_of(place.passage.text)}"><p{attributes_of(place.passage.text)}>'
        f"{escaped(_body(found.documents[place.passage.doc_id], place.passage))}</p><footer>"
        f"{_cite(number, place.label, texts.nearest_place.format(letter=place.label))}"
        f"{_cited(place.passage, place.page, texts)}</footer></li>"
        for place in places
    )
    opened = " open" if answer.refusal is Refusal.NO_ANSWER else ""
    nearest = (
        f'<details class="nearest"{opened}><summary>{escaped(texts.nearest)}</summary><ol>{near}</ol></details>'
        if places
        else ""
    )
    return (
        f'<div class="reply refusal">{_understood(answer, texts)}<p class="said">{escaped(said)}</p>'
        f'<p class="why">{escaped(why)} {escaped(best)}</p>{nearest}{_votes(found, texts)}</div>'
        f"{_evidence(number, places, found, texts)}"
    )


def _body(document: Document, passage: Passage) -> str:
    """A passage's text without the heading lines it begins with: these are named below it."""
    start = passage.start
    for heading in document.headings:
        if heading.end < passage.end and not document.text[start : heading.start].strip():
            start = max(start, heading.end)
    return document.text[start : passage.end].strip()


# ── the evidence beside it ───────────────────────────────────────────────────────────────────────


def _evidence(number: int, places: Sequence[Place], found: Found, texts: Texts) -> str:
    """All the documents that `places` stand in; the page's script shows one, scrolled to one place."""
    if not places:
        return ""
    sources = "".join(
        _source(document, [p for p in places if p.passage.doc_id == document.doc_id], texts)
        for document in found.documents.values()
    )
    heads = "".join(
        f'<div class="head" data-place="{place.label}" data-doc="{escaped(place.passage.doc_id)}"'
        f'{"" if index == 0 else " hidden"}><p class="which">{escaped(_which(place, len(places), texts))}</p>'
        f'<p class="where" dir="auto">{escaped(reference(place.passage, place.page, texts))}</p></div>'
        for index, place in enumerate(places)
    )
    alone = " disabled" if len(places) == 1 else ""
    return (
        f'<aside class="evidence" aria-label="{escaped(texts.evidence)}"><header><div>{heads}</div>'
        f'<nav><button type="button" data-step="-1"{alone} aria-label="{escaped(texts.previous)}">‹</button>'
        f'<button type="button" data-step="1"{alone} aria-label="{escaped(texts.next)}">›</button></nav></header>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escaped(texts.evidence)}">{sources}</div></aside>'
    )


def _which(place: Place, count: int, texts: Texts) -> str:
    if place.mark is None:
        return texts.nearest_place.format(letter=place.label)
    if count == 1:
        return texts.evidence
    return texts.source_of.format(number=place.label, count=count)


def _source(document: Document, places: Sequence[Place], texts: Texts) -> str:
    near = "" if all(place.mark for place in places) else " near"
    return (
        f'<div class="source{near}" data-doc="{escaped(document.doc_id)}">'
        f"{source_html(document, places, texts.excerpt)}</div>"
    )
