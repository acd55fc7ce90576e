"""Questions to start with that fit the documents at hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from index import ARTICLE
from index.documents import Document
from index.searchable import Searchable

_OF_THE_ARTICLE = {
    "fr": (
        "Qui est la première employée d’OpenAI en France ?",
        "Avec quelles start-up OpenAI veut-elle resserrer ses liens ?",
        "Combien d’employés d’Orange utilisent l’outil ?",
        "Que craignent les observateurs ?",
    ),
    "en": (
        "Who is OpenAI’s first employee in France?",
        "How does Sanofi use OpenAI’s models?",
        "How many people work at OpenAI?",
        "When does the AI summit take place?",
    ),
}
_MOST = 4
_DOCUMENTS = 8  # looked through for headings
_LONGEST = 70  # characters


def suggestions(collection: Searchable, language: str) -> list[str]:
    """Some questions, in the interface's language for the bundled article, else headings in the sources' own."""
    entries = collection.entries()
    if [entry.doc_id for entry in entries] == [ARTICLE.name]:
        return list(_OF_THE_ARTICLE[language])
    documents = [collection.document(entry.doc_id) for entry in entries[:_DOCUMENTS]]
    return list(_in_turn([_headings(document) for document in documents]))[:_MOST]


def _headings(document: Document) -> list[str]:
    """Headings below the title, else the title: words that retrieval surely knows."""
    below = [h.text for h in document.headings if h.text != document.title and 8 <= len(h.text) <= _LONGEST]
    if below:
        return below
    named = document.title and document.title != Path(document.source).stem
    return [document.title[:_LONGEST]] if named else []


def _in_turn(lists: Iterable[list[str]]) -> Iterator[str]:
    """The first of each list, then the second of each, and so on; each text once."""
    waiting = [iter(items) for items in lists]
    seen: set[str] = set()
    while waiting:
        for items in list(waiting):
            item = next(items, None)
            if item is None:
                waiting.remove(items)
            elif item not in seen:
                seen.add(item)
                yield item
