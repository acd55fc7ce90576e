"""Plots as inline SVG, drawn here: no script, no font, no colour of their own (the page's CSS has them)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

Point = tuple[float, float]

_WIDTH, _HEIGHT = 520, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 16, 48  # margins around the area of a plot
_ROW = 26  # height of a bar with its gap
_LABELS, _NUMBERS = 110, 150  # widths left and right of bars


@dataclass(frozen=True, slots=True)
class Line:
    """Points and how they are drawn."""

    points: Sequence[Point]
    style: str  # "marks" for one at each point, else the CSS class of a line through them: "curve" or "reference"
    notes: Sequence[str] = ()  # a tooltip for each mark


@dataclass(frozen=True, slots=True)
class Bar:
    """A share with its interval."""

    label: str
    value: float  # in [0, 1]
    interval: tuple[float, float] | None
    note: str  # behind the bar: the number and N


def xy_plot(title: str, x_label: str, y_label: str, lines: Sequence[Line]) -> str:
    """Shares against shares: both axes run from 0 to 1 and are labelled in percent."""
    parts = [_grid(), *(_drawn(line) for line in lines)]
    centre = _TOP + (_HEIGHT - _TOP - _BOTTOM) / 2
    parts.append(_x_label(x_label))
    parts.append(
        f'<text class="label" transform="translate(14 {centre:.0f}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_label)}</text>"
    )
    return _svg(title, _WIDTH, _HEIGHT, parts)


def bars(title: str, rows: Sequence[Bar]) -> str:
    """Horizontal bars with whiskers for their intervals."""
    span = _WIDTH - _LABELS - _NUMBERS
    parts = []
    for number, bar in enumerate(rows):
        top = number * _ROW + 4
        middle = top + _ROW / 2 - 3
        parts.append(
            f'<text class="label" x="{_LABELS - 8}" y="{middle + 4:.0f}" text-anchor="end">{escape(bar.label)}</text>'
            f'<rect class="track" x="{_LABELS}" y="{top}" width="{span}" height="{_ROW - 6}"/>'
            f'<rect class="bar" x="{_LABELS}" y="{top}" width="{span * bar.value:.1f}" height="{_ROW - 6}"/>'
            f'<text class="label" x="{_LABELS + span + 8}" y="{middle + 4:.0f}">{escape(bar.note)}</text>'
        )
        if bar.interval is not None:
            low, high = (_LABELS + span * bound for bound in bar.interval)
            parts.append(f'<path class="whisker" d="M{low:.1f} {middle:.1f}H{high:.1f}"/>')
    return _svg(title, _WIDTH, len(rows) * _ROW + 8, parts)


def histogram(title: str, x_label: str, values: Sequence[float], bins: int = 24) -> str:
    """How many values lie where, from 0 to the largest."""
    largest = max(values, default=0.0) or 1.0
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, int(bins * value / largest))] += 1
    most = max(counts) or 1
    width = (_WIDTH - _LEFT - _RIGHT) / bins
    height = _HEIGHT - _TOP - _BOTTOM
    parts = []
    for number, count in enumerate(counts):
        tall = height * count / most
        low, high = largest * number / bins, largest * (number + 1) / bins
        parts.append(
            f'<rect class="bar" x="{_LEFT + number * width:.1f}" y="{_TOP + height - tall:.1f}" '
            f'width="{width - 1:.1f}" height="{tall:.1f}"><title>{low:.0f}–{high:.0f}: {count}</title></rect>'
        )
    for tick in range(5):
        x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * tick / 4
        parts.append(
            f'<text class="tick" x="{x:.0f}" y="{_TOP + height + 16}" text-anchor="middle">{largest * tick / 4:.0f}</text>'
        )
    parts.append(f'<text class="tick" x="{_LEFT - 6}" y="{_TOP + 10}" text-anchor="end">{most}</text>')
    parts.append(_x_label(x_label))
    return _svg(title, _WIDTH, _HEIGHT, parts)


def _x_label(words: str) -> str:
    middle = _LEFT + (_WIDTH - _LEFT - _RIGHT) / 2
    return (
        f'<text class="label" x="{middle:.0f}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(words)}</text>'
    )


def _svg(title: str, width: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {width} {height}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def _place(point: Point) -> Point:
    x, y = point
    return (
        _LEFT + (_WIDTH - _LEFT - _RIGHT) * x,
        _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - y),
    )


def _grid() -> str:
    parts = []
    for tick in range(6):
        share = tick / 5
        (left, y), (right, _) = _place((0, share)), _place((1, share))
        x, bottom = _place((share, 0))
        parts.append(
            f'<path class="grid" d="M{left:.1f} {y:.1f}H{right:.1f}"/>'
            f'<text class="tick" x="{left - 6:.0f}" y="{y + 4:.0f}" text-anchor="end">{100 * share:.0f}</text>'
            f'<text class="tick" x="{x:.0f}" y="{bottom + 16:.0f}" text-anchor="middle">{100 * share:.0f}</text>'
        )
    return "".join(parts)


def _drawn(line: Line) -> str:
    places = [_place(point) for point in line.points]
    if line.style == "marks":
        notes = line.notes or [""] * len(places)
        return "".join(
            f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="5"><title>{escape(note)}</title></circle>'
            for (x, y), note in zip(places, notes, strict=True)
        )
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    return f'<path class="{escape(line.style)}" d="M{path}"/>' if places else ""
