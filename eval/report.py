"""A run → one HTML page that stands alone: figures, plots, and the wrong answers beside their sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from eval.artefact import Run
from eval.plots import Bar, Line, bars, histogram, xy_plot
from eval.probability import reliability, risk_coverage
from eval.run import Outcome, Result
from eval.summary import TOTAL, Summary, by, summarise
from eval.table import READING, TABLES, WHOLE, has_figures, rows, titles_for

_MOST_SHOWN = 200  # mistakes of a kind: a page of thousands opens slowly
_CSS = """
:root { color-scheme: light dark; --ink: #1d1d1f; --dim: #62626a; --line: #dcdce1; --page: #fff; --tint: #f4f4f6;
  --main: #2458c5; --good: #cdeccf; --bad: #f9d7d3; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf0; --dim: #a4a4ad; --line: #3b3b42; --page: #17171a;
  --tint: #212126; --main: #86abff; --good: #22502a; --bad: #632b26; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 70rem;
  margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.25; } h2 { margin-top: 2.5rem; } h3 { margin: 0 0 .5rem; font-size: 1rem; }
.dim, dt, figcaption { color: var(--dim); } dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } tr.total td { font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem; }
figure { margin: 0; } svg { width: 100%; height: auto; display: block; }
.grid { stroke: var(--line); } .label { fill: var(--ink); font-size: 12px; } .tick { fill: var(--dim); font-size: 11px; }
.curve { fill: none; stroke: var(--main); stroke-width: 2; } .mark { fill: var(--main); }
.reference { fill: none; stroke: var(--dim); stroke-dasharray: 4 4; }
.bar { fill: var(--main); } .track { fill: var(--tint); } .whisker { stroke: var(--ink); stroke-width: 1.5; }
article { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem; margin: .8rem 0; }
article p { margin: .3rem 0; } .passage { background: var(--tint); padding: .5rem .7rem; border-radius: .3rem;
  white-space: pre-wrap; } mark { color: inherit; background: var(--good); } mark.said { background: var(--bad); }
"""


def html(run: Run) -> str:
    """The whole page."""
    summaries = summarise(run.results, run.threshold)
    kinds = by(run.results, run.threshold, lambda result: result.type)
    body = [
        f"<h1>{escape(run.name)}</h1>",
        f'<p class="dim">{len(run.results):,} questions, {escape(run.mode)} mode, '
        f"answers below {run.threshold:.2f} refused, {escape(run.when)}. Brackets and whiskers: 95 % bootstrap.</p>",
        *(f"<p>Left out: {escape(line)}</p>" for line in run.skipped),
        *_tables(summaries, "language", titles_for(run.mode, summaries)),
        *_tables(kinds, "type", (READING, WHOLE)),
        f'<h2>Plots</h2><div class="plots">{"".join(_plots(run, summaries, kinds))}</div>',
        *_mistakes(run),
        "<h2>Made with</h2>",
        _facts({**run.models, **run.versions, **run.settings}),
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(run.name)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_CSS}</style></head><body>{''.join(body)}</body></html>\n"
    )


def _tables(summaries: Sequence[Summary], label: str, titles: Sequence[str]) -> Iterator[str]:
    for title in titles:
        if has_figures(summaries, TABLES[title]):
            head, *cells = rows(summaries, TABLES[title], label)
            lines = [_row(row) for row in cells]
            heads = "".join(f"<th>{escape(cell)}</th>" for cell in head)
            yield f'<h2>{escape(title)}</h2><div class="wide"><table><tr>{heads}</tr>{"".join(lines)}</table></div>'


def _row(cells: Sequence[str]) -> str:
    total = ' class="total"' if cells[0] == TOTAL else ""
    return f"<tr{total}>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _plots(run: Run, summaries: Sequence[Summary], kinds: Sequence[Summary]) -> Iterator[str]:
    found = [result.outcome for result in run.results if result.outcome is not None]
    if not found:
        return
    answered = [outcome for outcome in found if outcome.text is not None]
    confidences = np.array([outcome.confidence for outcome in answered])
    right = np.array([float(outcome.right) for outcome in answered])
    if answered:
        curve = risk_coverage(confidences, right)
        base = 1 - float(right.mean())
        yield _figure(
            "Risk and coverage: the more is answered, the more is wrong",
            xy_plot(
                "Risk and coverage",
                "answered, %",
                "wrong among those, %",
                [Line(curve, "curve"), Line([(0, base), (1, base)], "reference")],
            ),
        )
        bins = reliability(confidences, right)
        yield _figure(
            "Reliability: on the diagonal, confidence is the share of right answers",
            xy_plot(
                "Reliability",
                "confidence, %",
                "right, %",
                [
                    Line([(0, 0), (1, 1)], "reference"),
                    Line([(b.confidence, b.right) for b in bins], "curve"),
                    Line(
                        [(b.confidence, b.right) for b in bins], "marks", [f"{b.count} answers" for b in bins]
                    ),
                ],
            ),
        )
    for title, groups in (("Right by language, %", summaries), ("Right by type, %", kinds)):
        if groups:
            yield _figure(title, bars(title, [_bar(group) for group in groups]))
    latencies = [outcome.latency for outcome in found]
    yield _figure("Latency of a question", histogram("Latency", "milliseconds", latencies))


def _bar(summary: Summary) -> Bar:
    figure = summary.figures["right"]
    value = figure.value or 0.0
    return Bar(summary.group, value, figure.interval, f"{100 * value:.1f}  (N {figure.n:,})")


def _figure(caption: str, svg: str) -> str:
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def _mistakes(run: Run) -> Iterator[str]:
    """Every question that was not answered as it should be, the surest mistakes first."""
    kinds: dict[str, list[tuple[Result, Outcome]]] = {
        "Wrong answers": [],
        "Answered, but the sources hold no answer": [],
        "Refused, but the sources hold an answer": [],
    }
    wrong, invented, refused = kinds.values()
    for result in run.results:
        if result.outcome is None:
            continue
        given = result.given(run.threshold)
        if given and not result.outcome.right:
            (wrong if result.gold else invented).append((result, result.outcome))
        elif not given and result.gold:
            refused.append((result, result.outcome))
    for title, found in kinds.items():
        if found:
            yield f"<h2>{title} ({len(found):,})</h2>"
            if len(found) > _MOST_SHOWN:
                yield f'<p class="dim">The surest {_MOST_SHOWN}; run.json has all.</p>'
            surest = sorted(found, key=lambda one: -one[1].confidence)[:_MOST_SHOWN]
            yield from (_mistake(*one) for one in surest)


def _mistake(result: Result, outcome: Outcome) -> str:
    said = "" if outcome.text is None else escape(outcome.text)
    shown = [
        f"<h3>{escape(result.question)}</h3>",
        f'<p class="dim">{escape(" · ".join(filter(None, (result.id, result.language, result.type))))} · '
        f"confidence {outcome.confidence:.2f}</p>",
        f'<p>Said: <mark class="said">{said}</mark></p>' if said else "<p>Found nothing.</p>",
    ]
    if outcome.sentence is not None:
        shown.append(f'<p class="dim">in: {escape(outcome.sentence)}</p>')
    if result.gold:
        shown.append(f"<p>Expected: {' | '.join(escape(text) for text in result.gold)}</p>")
    if result.passage is not None:
        shown.append(f'<p class="passage">{_marked(result.passage, result.gold)}</p>')
    return f"<article>{''.join(shown)}</article>"


def _marked(passage: str, golds: Sequence[str]) -> str:
    """The passage with the longest gold answer in it marked."""
    inside = max((gold for gold in golds if gold in passage), key=len, default=None)
    if inside is None:
        return escape(passage)
    before, _, after = passage.partition(inside)
    return f"{escape(before)}<mark>{escape(inside)}</mark>{escape(after)}"


def _facts(values: dict[str, object]) -> str:
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in values.items())
    return f"<dl>{items}</dl>"
