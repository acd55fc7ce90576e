"""Measures over sizes as one SVG, a small chart each, sizes on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT = 360, 220  # of a chart
_LEFT, _RIGHT, _TOP, _BOTTOM = (
    48,
    40,
    44,
    34,
)  # margins around its area; half of "1,000,000" fits at the right
_COLUMNS = 2
_STYLE = (
    "text{font:12px sans-serif;fill:#333}.title{font-weight:600}.axis{stroke:#999}"
    "polyline{fill:none;stroke:#0b57d0;stroke-width:2}circle{fill:#0b57d0}"
)


def charts(sizes: Sequence[int], measures: Mapping[str, Sequence[float]]) -> str:
    """A chart for each measure: its values, from 0, at each of `sizes`."""
    drawn = []
    for number, (title, values) in enumerate(measures.items()):
        row, column = divmod(number, _COLUMNS)
        chart = _chart(title, sizes, values)
        drawn.append(f'<g transform="translate({column * _WIDTH} {row * _HEIGHT})">{chart}</g>')
    width, height = _COLUMNS * _WIDTH, math.ceil(len(measures) / _COLUMNS) * _HEIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
        f'<style>{_STYLE}</style><rect width="{width}" height="{height}" fill="#fff"/>{"".join(drawn)}</svg>\n'
    )


def _chart(title: str, sizes: Sequence[int], values: Sequence[float]) -> str:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    low, high = math.log10(min(sizes)), math.log10(max(sizes))
    top = max(*values, 1e-9)
    points = [
        (
            _LEFT + (right - _LEFT) * ((math.log10(size) - low) / (high - low) if high > low else 0.5),
            bottom - (bottom - _TOP) * value / top,
        )
        for size, value in zip(sizes, values, strict=True)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    marks = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
        f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle">{value:.3g}</text>'
        f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{size:,}</text>'
        for (x, y), size, value in zip(points, sizes, values, strict=True)
    )
    return (
        f'<text class="title" x="{_LEFT}" y="14">{escape(title)}</text>'
        f'<line class="axis" x1="{_LEFT}" y1="{bottom}" x2="{right}" y2="{bottom}"/>'
        f'<line class="axis" x1="{_LEFT}" y1="{_TOP}" x2="{_LEFT}" y2="{bottom}"/>'
        f'<polyline points="{line}"/>{marks}'
    )
