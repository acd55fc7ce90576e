"""Summaries → tables of plain text, 110 columns at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.summary import Figure, Summary

_PERCENT = "percent"
_PLAIN = "plain"  # three decimals
_MILLISECONDS = "milliseconds"


@dataclass(frozen=True, slots=True)
class Column:
    """Which figure, under which heading, in which unit, with its interval or without."""

    figure: str
    heading: str
    unit: str = _PERCENT
    interval: bool = False
    count: bool = False


_NOTHING = Figure(None, 0)

READING = "Reading (%): the best span of questions that have an answer, refusal off"
CONFIDENCE = (
    "Confidence: of the best span, refusal off; AUROC tells questions with an answer from those without"
)
WHOLE = "Whole (%): refusals included; right by the rule of eval/data/README.md"
TABLES: dict[str, tuple[Column, ...]] = {
    "Retrieval (%): a passage that holds a gold answer is among the first k": (
        Column("hit@1", "hit@1", count=True),
        Column("hit@5", "hit@5"),
        Column("hit@10", "hit@10", interval=True),
        Column("mrr@10", "MRR@10", interval=True),
        Column("ndcg@10", "nDCG@10", interval=True),
    ),
    "Retrieval (%), judged documents": (
        Column("recall@1", "R@1", count=True),
        Column("recall@5", "R@5"),
        Column("recall@10", "R@10", interval=True),
        Column("rr@10", "MRR@10", interval=True),
        Column("graded ndcg@10", "nDCG@10", interval=True),
    ),
    READING: (
        Column("reading exact", "EM", interval=True, count=True),
        Column("reading f1", "F1", interval=True),
    ),
    WHOLE: (
        Column("f1", "F1", interval=True, count=True),
        Column("exact", "EM"),
        Column("right", "right", interval=True),
        Column("answered", "answered"),
        Column("wrong", "wrong of given", interval=True),
        Column("refusal precision", "refusal P"),
        Column("refusal recall", "R"),
    ),
    CONFIDENCE: (
        Column("auroc", "AUROC", _PLAIN, interval=True, count=True),
        Column("ece", "ECE", _PLAIN),
        Column("brier", "Brier", _PLAIN),
        Column("base brier", "base rate", _PLAIN),
        Column("aurc", "AURC", _PLAIN),
    ),
    "Citations (%: exact = stand in the stored source at their offsets) and time": (
        Column("cited", "exact", count=True),
        Column("cited passage", "in a gold passage"),
        Column("p50", "p50 ms", _MILLISECONDS),
        Column("p95", "p95 ms", _MILLISECONDS),
        Column("search p50", "search p50 ms", _MILLISECONDS),
    ),
}


def tables(summaries: Sequence[Summary], label: str, titles: Sequence[str] = tuple(TABLES)) -> str:
    """Every table of `titles` that has a figure; `label` names the groups."""
    return "\n\n".join(
        f"{title}\n{_aligned(rows(summaries, columns, label))}"
        for title, columns in TABLES.items()
        if title in titles and has_figures(summaries, columns)
    )


def titles_for(mode: str, summaries: Sequence[Summary]) -> tuple[str, ...]:
    """Which tables say something: where the context is given and answers, refusing is not measured."""
    refusable = any(summary.figures.get("auroc", _NOTHING).value is not None for summary in summaries)
    hidden = () if mode != "context" or refusable else (WHOLE, CONFIDENCE)
    return tuple(title for title in TABLES if title not in hidden)


def has_figures(summaries: Sequence[Summary], columns: Sequence[Column]) -> bool:
    """Was anything measured that the columns show?"""
    return any(
        summary.figures.get(column.figure, _NOTHING).value is not None
        for summary in summaries
        for column in columns
    )


def rows(summaries: Sequence[Summary], columns: Sequence[Column], label: str) -> list[list[str]]:
    """The cells of a table, the headings first."""
    found = [[label, "N", *(column.heading for column in columns)]]
    for summary in summaries:
        figures = [summary.figures.get(column.figure, _NOTHING) for column in columns]
        n = next(f.n for f, column in zip(figures, columns, strict=True) if column.count)
        cells = [shown(figure, column) for figure, column in zip(figures, columns, strict=True)]
        found.append([summary.group, f"{n:,}", *cells])
    return found


def shown(figure: Figure, column: Column) -> str:
    """A figure as the table shows it; "–" when it is undefined.

    >>> shown(Figure(0.5, 20, (0.25, 0.75)), Column("f1", "F1", interval=True))
    '50.0 [25.0 75.0]'
    """
    if figure.value is None:
        return "–"
    bounds = figure.interval if column.interval else None
    text = _number(figure.value, column.unit)
    return text if bounds is None else f"{text} [{' '.join(_number(bound, column.unit) for bound in bounds)}]"


def _number(value: float, unit: str) -> str:
    if unit == _PERCENT:
        return f"{100 * value:.1f}"
    return f"{value:.3f}" if unit == _PLAIN else f"{value:.0f}"


def _aligned(table: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    )
