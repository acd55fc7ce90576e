"""What every benchmark prints: our figure beside a rival's, both taken in one run."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from index.cores import cores, processor
from index.errors import MotAMotError

_TIE = 1.02  # ratios below it are noise on any machine


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure of ours and of a rival."""

    measure: str  # with its unit: "question to answer, median ms"
    ours: float
    rival: str | None = None  # None: ours alone
    theirs: float | None = None
    better: Literal["higher", "lower"] = "higher"
    percent: bool = False  # compared by difference, where other figures are by ratio

    @property
    def verdict(self) -> str:
        """What the two figures say of ours.

        >>> Comparison("ms", 150.0, "theirs", 450.0, "lower").verdict
        '3.00 × better'
        >>> Comparison("F1, %", 70.0, "theirs", 71.5, percent=True).verdict
        '-1.5 points'
        """
        if self.theirs is None:
            return ""
        if self.percent:
            return f"{self.ours - self.theirs:+.1f} points"
        if not self.ours or not self.theirs:
            return "–"
        ratio = self.ours / self.theirs if self.better == "higher" else self.theirs / self.ours
        if 1 / _TIE < ratio < _TIE:
            return "same"
        return f"{ratio:.2f} × better" if ratio > 1 else f"{1 / ratio:.2f} × worse"


def table(comparisons: Sequence[Comparison]) -> str:
    """The comparisons as a table in Markdown."""
    rows = [
        f"| {c.measure} | {_number(c.ours)} | {c.rival or ''} | {_number(c.theirs)} | {c.verdict} |"
        for c in comparisons
    ]
    return "\n".join(["| measure | ours | rival | theirs | ours is |", "|---|--:|---|--:|---|", *rows])


def command(
    description: str | None,
    add_options: Callable[[argparse.ArgumentParser], None],
    compare: Callable[[argparse.Namespace], list[Comparison]],
    arguments: Sequence[str] | None = None,
) -> int:
    """A benchmark's command line: 0 done, 2 bad input. `--json FILE` also writes the comparisons there."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add_options(parser)
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the figures there")
    options = parser.parse_args(arguments)
    try:
        comparisons = compare(options)
    except MotAMotError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{machine()}\n\n{table(comparisons)}")
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(c) for c in comparisons]), encoding="utf-8")
    return 0


def machine() -> str:
    """What it was measured on, in a line."""
    return f"{processor()}, {cores()} cores, {platform.system()}, Python {platform.python_version()}"


def note(text: str) -> None:
    """Tell on stderr what is going on, or what a figure hides."""
    print(text, file=sys.stderr, flush=True)


def _number(value: float | None) -> str:
    """Three digits that count.

    >>> _number(0.01234), _number(152.34), _number(1518)
    ('0.0123', '152', '1,518')
    """
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
