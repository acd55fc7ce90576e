"""What is indexed: tables on the left, the map of passages on the right.

Each is drawn by itself: an answer lights up its passages on the map, and the tables stay as they are, with
what was pressed in them.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from chat.atlas import Atlas, hue, map_html
from chat.escaping import direction_of, escaped
from chat.intake import FileLimits
from chat.problems import formats
from chat.texts import Texts, figure
from index.rows import Entry
from index.searchable import Searchable

_MOST_ROWS = 500


def introduction_html(texts: Texts, limits: FileLimits, together_bytes: int, shared: bool) -> str:
    """Who will see a dropped document, and which can be read.

    `together_bytes`: of all files dropped at once. `shared`: they go to the library. The page's script
    turns away by itself what need not be sent, and says so in the list at the end.
    """
    title, audience, why = (
        (texts.add_title_shared, texts.add_audience_shared, texts.add_why_shared)
        if shared
        else (texts.add_title, texts.add_audience, texts.add_why)
    )
    megabytes = figure(limits.file_bytes // 1_000_000, texts)
    known = formats()
    drop = texts.add_drop.format(formats=known, megabytes=megabytes, pages=figure(limits.pages, texts))
    reasons = {
        "unknown": texts.problem_unknown_format.format(formats=known),
        "large": texts.problem_too_large.format(megabytes=megabytes),
        "wait": texts.problem_wait,
        "much": texts.problem_too_much.format(megabytes=figure(together_bytes // 1_000_000, texts)),
    }
    data = "".join(f' data-{name}="{escaped(told)}"' for name, told in reasons.items())
    return (
        f'<section class="introduction"><h2 class="title">{escaped(title)}</h2>'
        f'<p class="audience{" shared" if shared else ""}">{escaped(audience)}</p>'
        f'<p class="lead">{escaped(why)}</p><p class="why">{escaped(drop)}</p>'
        f'<div class="turned-away" role="status" data-formats="{escaped(known)}" data-file-bytes="{limits.file_bytes}" '
        f'data-together-bytes="{together_bytes}"{data}></div></section>'
    )


@dataclass(frozen=True, slots=True)
class _Shelf:
    """One of the two tables."""

    name: str  # "mine" or "library"
    title: str
    documents: Searchable
    keyed: bool  # with each document's colour on the map
    sure: str | None  # asked before one is removed; None: none can be


def library_html(
    library: Searchable,
    own: Searchable | None,
    texts: Texts,
    *,
    shared: bool = False,
) -> str:
    """The visitor's own documents first. `shared`: visitors may remove the library's documents too."""
    mapped = _mapped(library, own)
    shelves = [
        _Shelf(
            "library", texts.library, library, mapped is library, texts.remove_sure_shared if shared else None
        )
    ]
    if own is not None:
        shelves.insert(0, _Shelf("mine", texts.mine, own, mapped is own, texts.remove_sure))
    return "".join(_table(shelf, texts) for shelf in shelves)


def atlas_html(library: Searchable, own: Searchable | None, texts: Texts, atlas: Atlas, lit: Set[str]) -> str:
    """The map; `lit`: the passage_ids of the last question's evidence."""
    mapped = _mapped(library, own)
    order = [entry.doc_id for entry in mapped.entries()]
    return (
        f'<aside class="atlas"><h2>{escaped(texts.map_title)}</h2>'
        f"{map_html(atlas.of(mapped), order, lit, texts)}</aside>"
    )


def _mapped(library: Searchable, own: Searchable | None) -> Searchable:
    """The visitor's own documents when there are enough for a map."""
    return own if own is not None and own.passage_count() >= 3 else library


def _table(shelf: _Shelf, texts: Texts) -> str:
    entries = shelf.documents.entries()[:_MOST_ROWS]
    rows = "".join(_row(number, entry, shelf, texts) for number, entry in enumerate(entries))
    heads = "".join(
        f'<th scope="col"{kind}>{escaped(head)}</th>'
        for head, kind in (
            (texts.column_title, ""),
            (texts.column_language, ""),
            (texts.column_passages, ""),
            (texts.column_added, ' class="date"'),
        )
    )
    more = "<td></td>" if shelf.sure is not None else ""
    return (
        f'<section class="shelf"><h2 tabindex="-1">{escaped(shelf.title)}</h2><table><thead><tr>{heads}{more}</tr></thead>'
        f"<tbody>{rows}</tbody></table></section>"
    )


def _row(number: int, entry: Entry, shelf: _Shelf, texts: Texts) -> str:
    key = f'<span class="key" style="--hue:{hue(number)}"></span>' if shelf.keyed else ""
    cells = (
        f'<th scope="row" dir="{direction_of(entry.title)}">{key}{escaped(entry.title)}</th>'
        f'<td data-language="{escaped(entry.language or "")}">{escaped(entry.language or "–")}</td>'
        f'<td class="number">{entry.passages}</td><td class="date"><time datetime="{escaped(entry.added)}">{escaped(entry.added[:10])}</time></td>'
    )
    if shelf.sure is None:
        return f"<tr>{cells}</tr>"
    sure = f"sure-{shelf.name}-{number}"
    named = escaped(texts.remove_named.format(title=entry.title))
    return (
        f'<tr>{cells}<td class="removal"><button type="button" data-sure="{sure}" aria-expanded="false" aria-controls="{sure}" '
        f'aria-label="{named}">{escaped(texts.remove)}</button></td></tr>'
        f'<tr class="sure" id="{sure}" hidden><td colspan="5"><div><p>{escaped(shelf.sure)}</p>'
        f'<button type="button" data-remove="{escaped(entry.doc_id)}" data-shelf="{shelf.name}">{escaped(texts.remove_yes)}</button>'
        f'<button type="button" data-keep="{sure}">{escaped(texts.remove_no)}</button></div></td></tr>'
    )
