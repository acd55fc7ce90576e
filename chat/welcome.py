"""What the page shows before the first question."""

from __future__ import annotations

from collections.abc import Sequence

from chat.escaping import attributes_of, escaped
from chat.source import source_html
from chat.texts import Texts, counted
from index.rows import Entry
from index.searchable import Searchable


def welcome_html(collection: Searchable, questions: Sequence[str], texts: Texts) -> str:
    """The promise, questions to start with, and the first document beside them to be read."""
    entries = collection.entries()
    asked = "".join(
        f'<li><button type="button" data-ask="{escaped(q)}"{attributes_of(q)}>{escaped(q)}</button></li>'
        for q in questions
    )
    tried = f"<h3>{escaped(texts.try_these)}</h3><ul>{asked}</ul>" if questions else ""
    return (
        f'<section class="welcome turn current" data-choose-hint="{escaped(texts.choose_hint)}"><h2 class="title">{escaped(texts.welcome)}</h2>'
        f'<p class="lead">{_lead(entries, texts)}</p><p class="promise">{escaped(texts.promise)}</p>{tried}'
        f'<div class="recent" hidden><h3>{escaped(texts.recent)}</h3><ul></ul></div>'
        f"{_first_document(collection, entries, texts)}</section>"
    )


def _lead(entries: Sequence[Entry], texts: Texts) -> str:
    if not entries:
        return escaped(texts.welcome_none)
    if len(entries) == 1:
        return escaped(texts.welcome_one.format(title=entries[0].title))
    passages = sum(entry.passages for entry in entries)
    return escaped(texts.welcome_many.format(documents=len(entries), passages=passages))


def _first_document(collection: Searchable, entries: Sequence[Entry], texts: Texts) -> str:
    if not entries:
        return ""
    first = entries[0]
    size = counted(first.passages, texts.passage, texts.passages)
    return (
        f'<aside class="evidence idle" aria-label="{escaped(first.title)}"><header><div class="head">'
        f'<p class="which">{escaped(texts.document_shown)}</p><p class="where" dir="auto">{escaped(first.title)} · {size}</p>'
        f'</div></header><div class="scroll" tabindex="0" role="region" aria-label="{escaped(first.title)}">'
        f'<div class="source">{source_html(collection.document(first.doc_id), (), texts.excerpt)}</div></div></aside>'
    )
