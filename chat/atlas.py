"""A map of passages: their vectors laid flat, so that near dots speak of near things."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from weakref import WeakKeyDictionary

import numpy as np

from chat.escaping import escaped
from chat.texts import Texts
from index.documents import Passage
from index.encoder import Vectors
from index.searchable import Searchable

_MOST = 2_000  # passages drawn
_SAMPLE = 64  # passages whose spread decides the axes
_HUES = (28, 205, 145, 275, 340, 95, 240, 60)  # degrees, for documents in turn
_RADII = ((150, 7.0), (600, 4.5), (_MOST, 3.0))  # of the dots of so many passages
_LONGEST_THREAD = 60  # passages
_SIDE, _MARGIN = 400, 26  # of the drawing, in its own units


@dataclass(frozen=True, slots=True)
class Dot:
    """A passage on the map."""

    passage: Passage
    x: float  # in [0, 1]
    y: float


class Atlas:
    """Maps of collections, drawn again only when documents came or went."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Searchable, tuple[tuple[str, ...], list[Dot]]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def of(self, collection: Searchable) -> list[Dot]:
        """The dots of a collection; none when it has too few passages for a map."""
        state = tuple(f"{entry.doc_id}@{entry.added}/{entry.passages}" for entry in collection.entries())
        with self._lock:
            known = self._known.get(collection)
            if known is None or known[0] != state:
                known = (state, dots(collection))
                self._known[collection] = known
            return known[1]


def dots(collection: Searchable) -> list[Dot]:
    """Principal components: the two axes along which a sample of the vectors spreads most."""
    count = min(collection.passage_count(), _MOST)
    if count < 3:
        return []
    anywhere = np.zeros(collection.encoder.dimension, np.float32)
    anywhere[0] = 1
    found = collection.vectors([hit.key for hit in collection.nearest(anywhere, count)])
    passages = collection.passages(list(found))
    keys = [key for key in found if key in passages]  # a document may have been removed meanwhile
    if len(keys) < 3:
        return []
    vectors = np.stack([found[key] for key in keys])
    sample = vectors[:: max(1, len(keys) // _SAMPLE)]
    axes = np.linalg.svd(sample - sample.mean(axis=0), full_matrices=False)[2][:2]
    across, up = (_scaled(vectors @ axis) for axis in axes)
    return [Dot(passages[key], float(x), float(y)) for key, x, y in zip(keys, across, up, strict=True)]


def _scaled(values: Vectors) -> Vectors:
    """To [0, 1]."""
    scaled: Vectors = (values - values.min()) / (np.ptp(values) or 1)
    return scaled


def map_html(shown: Sequence[Dot], order: Sequence[str], lit: Set[str], texts: Texts) -> str:
    """An SVG drawing; `order`: the doc_ids as they are listed, which gives their colours; `lit` are the passage_ids of the last question's evidence, drawn last."""
    if not shown:
        return f'<p class="why">{escaped(texts.map_empty)}</p>'
    number = {doc_id: place for place, doc_id in enumerate(order)}
    dim = [dot for dot in shown if dot.passage.passage_id not in lit]
    bright = [dot for dot in shown if dot.passage.passage_id in lit]
    radius = next(size for most, size in _RADII if len(shown) <= most)
    circles = "".join(
        _circle(dot, number.get(dot.passage.doc_id, 0), radius, dot.passage.passage_id in lit)
        for dot in chain(dim, bright)
    )
    note = f" {escaped(texts.map_lit)}" if bright else ""
    return (
        f'<p class="why">{escaped(texts.map_why)}{note}</p>'
        f'<svg class="map" viewBox="0 0 {_SIDE} {_SIDE}" role="img" aria-label="{escaped(texts.map_title)}">'
        f"{_threads(shown, number)}{circles}</svg>"
    )


def hue(document: int) -> int:
    """The colour of the document listed at this place, in degrees."""
    return _HUES[document % len(_HUES)]


def _at(dot: Dot) -> tuple[float, float]:
    room = _SIDE - 2 * _MARGIN
    return _MARGIN + room * dot.x, _MARGIN + room * (1 - dot.y)


def _threads(shown: Sequence[Dot], number: Mapping[str, int]) -> str:
    """A line through each document's passages in reading order, where a reader could still follow it."""
    documents: dict[str, list[Dot]] = {}
    for dot in sorted(shown, key=lambda dot: dot.passage.start):
        documents.setdefault(dot.passage.doc_id, []).append(dot)
    return "".join(
        f'<polyline class="thread" style="--hue:{hue(number.get(doc_id, 0))}" points="{points}"/>'
        for doc_id, those in documents.items()
        if len(those) <= _LONGEST_THREAD
        for points in [" ".join("{:.1f},{:.1f}".format(*_at(dot)) for dot in those)]
    )


def _circle(dot: Dot, document: int, radius: float, lit: bool) -> str:
    x, y = _at(dot)
    told = f"{dot.passage.context} — {dot.passage.text[:120]}"
    return (
        f'<circle class="dot{" lit" if lit else ""}" cx="{x:.1f}" cy="{y:.1f}" r="{max(radius + 3, 6) if lit else radius:g}" '
        f'style="--hue:{hue(document)}"><title>{escaped(told)}</title></circle>'
    )
