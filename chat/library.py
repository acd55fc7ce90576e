"""What is indexed, as a table, and as a map of its passages."""

from __future__ import annotations

from collections.abc import Sequence

from chat.escaping import escaped
from chat.sessions import Visitor
from chat.texts import Texts
from index.collection import Collection, Entry

_MOST_ROWS = 500


def library_html(library: Collection, visitor: Visitor | None, texts: Texts) -> str:
    """The visitor's own documents first, then the owner's."""
    own = visitor.entries if visitor is not None else []
    return (_table(texts.mine, own, texts) if own else "") + _table(texts.library, library.entries(), texts)


def _table(name: str, entries: Sequence[Entry], texts: Texts) -> str:
    rows = "".join(
        f'<tr><th scope="row" dir="auto">{escaped(entry.title)}</th><td>{escaped(entry.language or "–")}</td>'
        f"<td>{entry.passages}</td><td>{escaped(entry.added[:10])}</td></tr>"
        for entry in entries[:_MOST_ROWS]
    )
    heads = "".join(
        f'<th scope="col">{escaped(head)}</th>'
        for head in (texts.column_title, texts.column_language, texts.column_passages, texts.column_added)
    )
    return (
        f'<section class="shelf"><h2>{escaped(name)}</h2><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></section>"
    )
