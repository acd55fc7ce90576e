"""What happens on the page: each method answers one event, and returns what its components show then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from chat.desk import Desk, Found, Scope
from chat.escaping import escaped
from chat.library import library_html
from chat.opening import opening_html
from chat.render import conversation_html, turn_html
from chat.suggestions import suggestions
from chat.texts import Texts, texts_for
from chat.uploads import Upload, take, uploads_html

_MOST_TURNS = 40  # kept on the page; the oldest go first


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange as the page keeps it for a visitor."""

    number: int  # from 1
    question: str
    html: str
    found: Found | None  # None: a word of the interface


Shown = tuple[Any, ...]


class Actions:
    """The events of the page over one desk. Holds nothing of any visitor: that is in the visitor's session."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def arrive(self, request: gr.Request) -> Shown:
        """→ conversation, turns, scope row. The question in the link is asked, if there is one."""
        texts = _texts(request)
        linked = str(request.query_params.get("q", ""))
        if not linked.strip():
            return self._opening(texts), [], *self._scopes(_session(request), mine=False)
        turn = self._turn(1, linked, texts, _session(request), Scope())
        return conversation_html([turn.html], ""), [turn], *self._scopes(_session(request), mine=False)

    def ask(
        self, question: str, turns: list[Turn], scope: str, chosen: Sequence[str], request: gr.Request
    ) -> Iterator[Shown]:
        """→ conversation, turns, question box. The question is shown at once, its reply when it is there."""
        texts = _texts(request)
        number = turns[-1].number + 1 if turns else 1
        before = [turn.html for turn in turns]
        yield conversation_html([*before, turn_html(number, question, None, texts)], ""), turns, ""
        where = Scope(scope == "mine", tuple(chosen) or None)
        turn = self._turn(number, question, texts, _session(request), where)
        kept = [*turns, turn][-_MOST_TURNS:]
        yield conversation_html([turn.html for turn in kept], ""), kept, gr.skip()

    def clear(self, request: gr.Request) -> Shown:
        """→ conversation, turns."""
        return self._opening(_texts(request)), []

    def choose_scope(self, scope: str, request: gr.Request) -> Shown:
        """→ scope row."""
        return self._scopes(_session(request), mine=scope == "mine")

    def upload(self, paths: list[str] | None, request: gr.Request) -> Iterator[Shown]:
        """→ status, file box, forget button, library, scope row. One file after the other, told as it goes."""
        texts, session = _texts(request), _session(request)
        files = [Path(path) for path in paths or []]
        done: list[Upload] = []
        for number, path in enumerate(files):
            waiting = [Upload(file.name) for file in files[number:]]
            yield uploads_html([*done, *waiting], texts), *[gr.skip()] * 6
            done.append(take(self._desk.visitors, session, path, texts))
        yield (
            uploads_html(done, texts),
            None,
            *self._shelves(session, texts),
            *self._scopes(session, mine=True),
        )

    def forget(self, request: gr.Request) -> Shown:
        """→ status, forget button, library, conversation, turns, scope row. Quotes in the conversation go too."""
        texts, session = _texts(request), _session(request)
        self._desk.visitors.forget(session)
        status = f'<p role="status">{escaped(texts.forgotten)}</p>'
        return (
            status, *self._shelves(session, texts), self._opening(texts), [], *self._scopes(session, mine=False),
        )  # fmt: skip

    def browse(self, request: gr.Request) -> Shown:
        """→ forget button, library."""
        return self._shelves(_session(request), _texts(request))

    def leave(self, request: gr.Request) -> None:
        """The page was closed."""
        self._desk.visitors.leave(_session(request))

    def _turn(self, number: int, question: str, texts: Texts, session: str, scope: Scope) -> Turn:
        reply = self._desk.reply(question, texts, session, scope)
        html = turn_html(number, question, reply, texts)
        return Turn(number, question, html, reply if isinstance(reply, Found) else None)

    def _opening(self, texts: Texts) -> str:
        library = self._desk.library
        return opening_html(library, suggestions(library, texts.language), texts)

    def _shelves(self, session: str, texts: Texts) -> Shown:
        visitor = self._desk.visitors.get(session)
        return gr.update(visible=visitor is not None), library_html(self._desk.library, visitor, texts)

    def _scopes(self, session: str, mine: bool) -> Shown:
        """The row, whose documents, and which of them; each shown only when there is something to choose."""
        visitor = self._desk.visitors.get(session)
        mine = mine and visitor is not None
        searched = visitor.collection if visitor is not None and mine else self._desk.library
        titles = [(entry.title, entry.doc_id) for entry in searched.entries()]
        several = len(titles) > 1
        return (
            gr.update(visible=visitor is not None or several),
            gr.update(visible=visitor is not None, value="mine" if mine else "library"),
            gr.update(visible=several, choices=titles, value=[]),
        )


def _texts(request: gr.Request) -> Texts:
    return texts_for(request.headers.get("accept-language"))


def _session(request: gr.Request) -> str:
    return str(request.session_hash)
