"""What is indexed: tables on the left, the map of passages on the right."""

from __future__ import annotations

from collections.abc import Sequence, Set

from chat.atlas import Atlas, hue, map_html
from chat.escaping import direction_of, escaped
from chat.texts import Texts
from chat.uploads import formats
from index.collection import Collection, Entry

_MOST_ROWS = 500


def introduction_html(texts: Texts, file_bytes: int) -> str:
    """What becomes of a visitor's documents, and which can be read."""
    formats_and_size = texts.add_drop.format(formats=formats(), megabytes=file_bytes // 1_000_000)
    return (
        f'<section class="introduction"><h2 class="title">{escaped(texts.add_title)}</h2><p class="lead">{escaped(texts.add_why)}</p>'
        f'<p class="why">{escaped(formats_and_size)}</p></section>'
    )


def library_html(
    library: Collection, own: Collection | None, texts: Texts, atlas: Atlas, lit: Set[str] = frozenset()
) -> str:
    """The visitor's own documents first; the map is of these when there are enough for one."""
    mapped = own if own is not None and own.passage_count() >= 3 else library
    tables = _table(texts.mine, own.entries(), texts, keyed=mapped is own) if own is not None else ""
    order = [entry.doc_id for entry in mapped.entries()]
    shelf = _table(texts.library, library.entries(), texts, keyed=mapped is library)
    return (
        f"{tables}{shelf}"
        f'<aside class="atlas"><h2>{escaped(texts.map_title)}</h2>{map_html(atlas.of(mapped), order, lit, texts)}</aside>'
    )


def _key(number: int) -> str:
    return f'<span class="key" style="--hue:{hue(number)}"></span>'


def _table(name: str, entries: Sequence[Entry], texts: Texts, keyed: bool) -> str:
    """`keyed`: with each document's colour on the map."""
    rows = "".join(
        f'<tr><th scope="row" dir="{direction_of(entry.title)}">{_key(number) if keyed else ""}{escaped(entry.title)}</th>'
        f'<td data-language="{escaped(entry.language or "")}">{escaped(entry.language or "–")}</td>'
        f'<td class="number">{entry.passages}</td><td>{escaped(entry.added[:10])}</td></tr>'
        for number, entry in enumerate(entries[:_MOST_ROWS])
    )
    heads = "".join(
        f'<th scope="col">{escaped(head)}</th>'
        for head in (texts.column_title, texts.column_language, texts.column_passages, texts.column_added)
    )
    return (
        f'<section class="shelf"><h2>{escaped(name)}</h2><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></section>"
    )
