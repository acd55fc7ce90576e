"""What happens on the page: each method answers one event, and returns what its components show then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from chat.atlas import Atlas
from chat.bodies import together
from chat.desk import Desk, Found, Reply, Scope
from chat.escaping import escaped
from chat.library import atlas_html, introduction_html, library_html
from chat.problems import told
from chat.render import conversation_html, turn_html
from chat.suggestions import suggestions
from chat.texts import Texts, texts_for
from chat.uploads import Dropped, take_all, uploads_html
from chat.welcome import welcome_html
from index.errors import CollectionError
from index.searchable import Searchable
from qa.answers import Answer

_MOST_EXCHANGES = 40  # kept on the page; the oldest go first
Shown = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question with its reply, as the page keeps it for a visitor."""

    number: int  # from 1
    question: str
    html: str
    answer: Answer | None = None  # None: a word of the interface
    private: bool = False  # from the visitor's own documents
    doc_ids: frozenset[str] = frozenset()  # of what it shows
    passage_ids: frozenset[str] = frozenset()

    @classmethod
    def of(cls, number: int, question: str, html: str, reply: Reply) -> Exchange:
        """What is kept of a reply: not the documents, which go when their owner does."""
        if not isinstance(reply, Found):
            return cls(number, question, html)
        return cls(
            number, question, html, reply.answer, reply.private, frozenset(reply.documents), reply.passage_ids
        )


class Actions:
    """The events of the page over one desk. Holds nothing of any visitor: that is in the visitor's session."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._atlas = Atlas()
        self._dropped = Dropped()

    def arrive(self, request: gr.Request) -> Shown:
        """→ conversation, exchanges, introduction, scope row. The question in the link is asked, if there is one."""
        texts, session = _texts(request), _session(request)
        introduction = introduction_html(
            texts, self._desk.file_limits, together(self._desk.file_limits), self._desk.shelf is not None
        )
        linked = str(request.query_params.get("q", ""))
        exchanges = [self._exchange(linked, [], texts, session, Scope())] if linked.strip() else []
        shown = self._shown(exchanges, session, texts, mine=False)
        return shown, exchanges, introduction, *self._scopes(session, mine=False)

    def ask(
        self, question: str, exchanges: list[Exchange], scope: str, chosen: Sequence[str], request: gr.Request
    ) -> Iterator[Shown]:
        """→ conversation, exchanges, question box. The question is shown at once, its reply when it is there.

        Nothing happens for an empty box, as after Enter was pressed twice.
        """
        if not question:
            yield (gr.skip(),) * 3
            return
        texts, session = _texts(request), _session(request)
        waiting = turn_html(_next_number(exchanges), question, None, texts)
        yield conversation_html([*(exchange.html for exchange in exchanges), waiting]), exchanges, ""
        where = Scope(scope == "mine", tuple(chosen) or None)
        kept = [*exchanges, self._exchange(question, exchanges, texts, session, where)][-_MOST_EXCHANGES:]
        yield conversation_html([exchange.html for exchange in kept]), kept, gr.skip()

    def clear(self, scope: str, request: gr.Request) -> Shown:
        """→ conversation, exchanges."""
        return self._shown([], _session(request), _texts(request), scope == "mine"), []

    def choose_scope(self, scope: str, exchanges: list[Exchange], request: gr.Request) -> Shown:
        """→ conversation, scope row. Suggestions follow the documents as long as nothing was asked."""
        session, mine = _session(request), scope == "mine"
        self._desk.visitors.came_back(session)
        welcome = gr.skip() if exchanges else self._shown([], session, _texts(request), mine)
        return welcome, *self._scopes(session, mine)

    def upload(
        self, paths: list[str] | None, exchanges: list[Exchange], request: gr.Request
    ) -> Iterator[Shown]:
        """→ status, file box, forget, library, atlas, conversation, scope row. File after file, told as it goes."""
        texts, session = _texts(request), _session(request)
        self._desk.visitors.came_back(session)
        add = partial(self._desk.add, session)
        shown: list[Any] = [None, *[gr.skip()] * 7]
        for uploads in take_all(add, [Path(path) for path in paths or []], texts, self._dropped):
            status = uploads_html(uploads, texts)
            yield status, *shown
        mine = self._desk.shelf is None
        welcome = gr.skip() if exchanges else self._shown([], session, texts, mine)
        yield status, None, *self._shelves(session, texts, exchanges), welcome, *self._scopes(session, mine)

    def remove(
        self, exchanges: list[Exchange], scope: str, request: gr.Request, chosen: gr.EventData
    ) -> Shown:
        """→ status, forget, library, atlas, conversation, exchanges, scope row. What was quoted from it goes too."""
        texts, session = _texts(request), _session(request)
        doc_id, private = str(chosen.doc_id), chosen.shelf == "mine"
        searched = self._own(session) if private else self._desk.library
        try:
            entries = searched.entries() if searched is not None else []
            titles = {entry.doc_id: entry.title for entry in entries}
            self._desk.remove(session, doc_id, private)
            said = texts.removed.format(title=titles.get(doc_id, doc_id))
        except CollectionError as error:
            said = f"{texts.not_removed} {told(error, texts)}"
        kept = [exchange for exchange in exchanges if not _quotes(exchange, doc_id, private)]
        mine = scope == "mine" and self._own(session) is not None
        same = bool(kept) and len(kept) == len(exchanges)
        return (
            _said(said), *self._shelves(session, texts, kept),
            gr.skip() if same else self._shown(kept, session, texts, mine), kept, *self._scopes(session, mine),
        )  # fmt: skip

    def forget(self, request: gr.Request) -> Shown:
        """→ status, forget, library, atlas, conversation, exchanges, scope row. Quotes in the conversation go too."""
        texts, session = _texts(request), _session(request)
        self._desk.visitors.forget(session)
        return (
            _said(texts.forgotten), *self._shelves(session, texts, []),
            self._shown([], session, texts, mine=False), [], *self._scopes(session, mine=False),
        )  # fmt: skip

    def browse(self, exchanges: list[Exchange], request: gr.Request) -> Shown:
        """→ forget, library, atlas."""
        self._desk.visitors.came_back(_session(request))
        return self._shelves(_session(request), _texts(request), exchanges)

    def leave(self, request: gr.Request) -> None:
        """The page was closed."""
        self._desk.visitors.leave(_session(request))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _exchange(
        self, question: str, before: Sequence[Exchange], texts: Texts, session: str, scope: Scope
    ) -> Exchange:
        history = [exchange.answer for exchange in before if exchange.answer is not None]
        reply = self._desk.reply(question, texts, session, scope, history)
        number = _next_number(before)
        html = turn_html(number, question, reply, texts)
        return Exchange.of(number, question, html, reply)

    def _own(self, session: str) -> Searchable | None:
        visitor = self._desk.visitors.get(session)
        return visitor.collection if visitor is not None and visitor.entries else None

    def _shown(self, exchanges: Sequence[Exchange], session: str, texts: Texts, mine: bool) -> str:
        """The conversation, or the welcome when there is none yet, or why the library can't be read."""
        if exchanges:
            return conversation_html([exchange.html for exchange in exchanges])
        searched = (self._own(session) if mine else None) or self._desk.library
        try:
            return welcome_html(searched, suggestions(searched, texts.language), texts)
        except CollectionError as error:
            return f'<section class="welcome turn">{_said(told(error, texts, reading=True))}</section>'

    def _shelves(self, session: str, texts: Texts, exchanges: Sequence[Exchange]) -> Shown:
        own = self._own(session)
        lit = exchanges[-1].passage_ids if exchanges else frozenset[str]()
        library, shared = self._desk.library, self._desk.shelf is not None
        try:
            tables = library_html(library, own, texts, shared=shared)
            atlas = atlas_html(library, own, texts, self._atlas, lit)
        except CollectionError as error:
            tables, atlas = _said(told(error, texts, reading=True)), ""
        return gr.update(visible=own is not None), tables, atlas

    def _scopes(self, session: str, mine: bool) -> Shown:
        """The row, whose documents, and which of them; each shown only when there is something to choose."""
        own = self._own(session)
        searched = (own if mine else None) or self._desk.library
        try:
            titles = [(entry.title, entry.doc_id) for entry in searched.entries()]
        except CollectionError:  # the welcome and the tables say why
            titles = []
        several = len(titles) > 1
        return (
            gr.update(visible=own is not None or several),
            gr.update(visible=own is not None, value="library" if searched is self._desk.library else "mine"),
            gr.update(visible=several, choices=titles, value=[]),
        )


def _next_number(exchanges: Sequence[Exchange]) -> int:
    return exchanges[-1].number + 1 if exchanges else 1


def _said(words: str) -> str:
    return f'<p class="why" role="status">{escaped(words)}</p>'


def _quotes(exchange: Exchange, doc_id: str, private: bool) -> bool:
    """Does an exchange show something of this document?"""
    return exchange.private == private and doc_id in exchange.doc_ids


def _texts(request: gr.Request) -> Texts:
    return texts_for(request.headers.get("accept-language"))


def _session(request: gr.Request) -> str:
    if request.session_hash is None:  # else all without one would be one visitor, and share documents
        raise gr.Error("no session: open the page in a browser")
    return str(request.session_hash)
