"""Question-answering files in SQuAD's JSON format (1.1 and 2.0), plain or gzipped."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from eval.questions import GoldAnswer, Question, QuestionSet, refuse
from index.documents import Document
from index.errors import QuestionError
from index.languages import language_of

_PARTS = {
    "first-third": (Fraction(0), Fraction(1, 3)),
    "last-two-thirds": (Fraction(1, 3), Fraction(1)),
    "first-half": (Fraction(0), Fraction(1, 2)),
    "second-half": (Fraction(1, 2), Fraction(1)),
}
PARTS = tuple(_PARTS)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which articles' questions are asked; the contexts of all articles stay at hand."""

    titles: frozenset[str] | None = None  # None = all
    part: str | None = None  # one of PARTS, by the articles' position
    without: frozenset[str] = frozenset()  # titles not to ask about

    def takes(self, title: str, position: int, count: int) -> bool:
        """Is the article of this title, at this position (from 0) of `count`, asked about?

        >>> [position for position in range(7) if Selection(part="first-third").takes("", position, 7)]
        [0, 1]
        """
        if title in self.without or (self.titles is not None and title not in self.titles):
            return False
        if self.part is None:
            return True
        first, last = _PARTS[self.part]
        return int(first * count) <= position < int(last * count)


def read_squad(
    file: Path,
    language: str | None = None,
    selection: Selection | None = None,
    skip_errors: bool = False,
    prefix: str = "",
) -> QuestionSet:
    """The questions of a SQuAD file and its contexts, each a document.

    `language`: of contexts and questions; None = guessed from each context. `prefix`: put before ids,
    so that several files can be measured together. An article may be a single paragraph itself, as in
    TyDiQA. QuestionError lists every wrong answer; with `skip_errors`, the set says which were left out.
    """
    selection = selection or Selection()
    documents: dict[str, Document] = {}
    questions: list[Question] = []
    errors: list[str] = []
    articles = _articles(file)
    unknown = sorted((selection.titles or frozenset()) - {article.get("title", "") for article in articles})
    if unknown:
        raise QuestionError(f"{file}: no article has the title {unknown[0]!r} ({len(unknown)} such titles)")
    for position, article in enumerate(articles):
        asked = selection.takes(article.get("title", ""), position, len(articles))
        for place, paragraph in _paragraphs(article, f"data[{position}]"):
            text = _text(paragraph, "context", f"{file}: {place}", errors)
            if text is None:
                continue
            if text not in documents:
                doc_id = f"{prefix}{position}-{len(documents)}"
                documents[text] = Document(
                    doc_id,
                    str(article.get("title", "")).replace("_", " ") or doc_id,
                    text,
                    f"{file}#{place}",
                    language or language_of(text),
                )
            if asked:
                questions += _questions(paragraph, documents[text], f"{file}: {place}", prefix, errors)
    if not skip_errors:
        refuse(errors)
    if not questions:
        raise QuestionError(f"{file}: no question left to ask; check the titles or the part")
    return QuestionSet(file.name, tuple(_with_own_ids(questions)), tuple(documents.values()), tuple(errors))


def crossed(asked: QuestionSet, contexts: QuestionSet) -> QuestionSet:
    """The questions of one file with the answers and contexts of another that is parallel to it.

    Paired by position, and the ids must agree; QuestionError where they don't.
    """
    if len(asked.questions) != len(contexts.questions):
        raise QuestionError(
            f"{asked.name} has {len(asked.questions):,} questions, {contexts.name} {len(contexts.questions):,}: "
            "the files are not parallel"
        )
    pairs = list(zip(asked.questions, contexts.questions, strict=True))
    for question, gold in pairs:
        if _bare(question.id) != _bare(gold.id):
            raise QuestionError(
                f"{asked.name} has {question.id!r} where {contexts.name} has {gold.id!r}: not parallel"
            )
    questions = tuple(
        replace(gold, question=question.question, language=f"{question.language}→{gold.language}")
        for question, gold in pairs
    )
    return QuestionSet(
        f"{asked.name} → {contexts.name}", questions, contexts.documents, asked.skipped + contexts.skipped
    )


def with_unanswerable(found: QuestionSet, asked: QuestionSet, source: QuestionSet) -> QuestionSet:
    """`found`, and the questions of `source` that have no answer, put to the contexts they were written for.

    `asked`: the set that is parallel to `found` (or `found` itself) and has its contexts in the words of
    `source`. So SQuAD 2.0's questions can be put to XQuAD's translations; those that `asked` has are not put twice.
    QuestionError when they share none.
    """
    written = {document.doc_id: _words(document.text) for document in asked.documents}
    pairs = zip(asked.questions, found.questions, strict=True)
    translated = {written[question.context]: gold for question, gold in pairs if question.context is not None}
    contexts = {document.doc_id: translated.get(_words(document.text)) for document in source.documents}
    known = {_bare(question.id) for question in asked.questions}
    added = [
        replace(question, context=gold.context, language=gold.language)
        for question in source.questions
        if not question.answers and _bare(question.id) not in known
        if question.context and (gold := contexts[question.context]) is not None
    ]
    if not added:
        raise QuestionError(
            f"{source.name} has no unanswerable question of a context in {asked.name}; name the file "
            "in the contexts' own words with --questions-from"
        )
    name = f"{found.name} and the unanswerable of {source.name}"
    return replace(
        found, name=name, questions=(*found.questions, *added), skipped=found.skipped + source.skipped
    )


def read_json(file: Path) -> Any:
    """The JSON in a file, gunzipped when its name ends so; QuestionError when it can't be read."""
    try:
        with _opened(file) as stream:
            return json.load(stream)
    except (OSError, EOFError, ValueError) as error:
        raise QuestionError(f"{file}: can't be read as JSON ({error})") from error


def is_squad(file: Path) -> bool:
    """Does the file begin as SQuAD's do: one object with `data` or `version`?"""
    try:
        with _opened(file) as stream:
            return re.match(r'\s*\{\s*"(?:data|version)"\s*:', stream.read(200)) is not None
    except (OSError, EOFError, ValueError) as error:
        raise QuestionError(f"{file}: can't be read ({error})") from error


def _opened(file: Path) -> IO[str]:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8")
    return file.open(encoding="utf-8")


def _words(text: str) -> str:
    """What two copies of a text have in common, however their white space was treated."""
    return " ".join(text.split())


def _bare(identifier: str) -> str:
    return identifier.rpartition("/")[2]


def _articles(file: Path) -> list[dict[str, Any]]:
    data = read_json(file)
    articles = data.get("data") if isinstance(data, dict) else None
    if not isinstance(articles, list) or not all(isinstance(article, dict) for article in articles):
        raise QuestionError(f"{file}: no list of articles under 'data'; SQuAD's format was expected")
    return articles


def _paragraphs(article: dict[str, Any], place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if "paragraphs" not in article:
        yield place, article
        return
    for number, paragraph in enumerate(article["paragraphs"]):
        yield f"{place}.paragraphs[{number}]", paragraph


def _text(entry: dict[str, Any], name: str, place: str, errors: list[str]) -> str | None:
    value = entry.get(name)
    if isinstance(value, str) and value.strip():
        return value
    errors.append(f"{place}: {name!r} is {value!r}, not a text")
    return None


def _questions(
    paragraph: dict[str, Any], document: Document, place: str, prefix: str, errors: list[str]
) -> Iterator[Question]:
    for number, entry in enumerate(paragraph.get("qas", [])):
        here = f"{place}.qas[{number}]"
        text = _text(entry, "question", here, errors)
        listed = entry.get("answers") or []
        golds = [gold for answer in listed for gold in _gold(answer, document, here, errors)]
        if text is None or (listed and not golds):
            continue
        yield Question(
            id=f"{prefix}{entry.get('id', here)}",
            question=text.strip(),
            language=document.language,
            answers=tuple(golds),
            context=document.doc_id,
        )


def _with_own_ids(questions: Sequence[Question]) -> Iterator[Question]:
    """Some public files use an id twice: the second question gets a suffix."""
    seen: Counter[str] = Counter()
    for question in questions:
        seen[question.id] += 1
        times = seen[question.id]
        yield question if times == 1 else replace(question, id=f"{question.id}~{times}")


def _gold(answer: Any, document: Document, place: str, errors: list[str]) -> Sequence[GoldAnswer]:
    """The answer without the space around it (some files have it); nothing when it isn't where the file says."""
    match answer:
        case {"text": str(text), "answer_start": int(start)} if text.strip():
            found = document.text[start : start + len(text)]
            if start >= 0 and found == text:
                return [GoldAnswer(text.strip(), document.doc_id, start + len(text) - len(text.lstrip()))]
            errors.append(f"{place}: the context has {found!r} at {start}, not {text!r}")
        case _:
            errors.append(f"{place}: the answer {answer!r} lacks a 'text' or 'answer_start'")
    return []
