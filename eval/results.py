"""`python -m eval.results FOLDER … > eval/RESULTS.md`: the runs in some folders as one page of tables."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.artefact import Run, read_run
from eval.significance import mean_interval
from eval.summary import Figure, Summary, summarise
from eval.table import TABLES, Column, shown
from index.errors import MotAMotError

_PATHS = frozenset(
    {
        "files",
        "documents",
        "collection",
        "titles",
        "without",
        "questions_from",
        "reader",
        "encoder",
        "calibration",
    }
)
_OUTSIDE = frozenset({"out", "check_baseline", "write_baseline", "retriever"})  # hybrid, unless it is said

_HEAD = """# Results

Each row is printed by the command under the tables that has its number, N is the number of questions, brackets are 95 % bootstrap intervals.
hit@k: a passage that holds the answer is among the first k.

What must not be compared:

- *Context given* is the reader alone: its best span of the passage a question was written for, as the published scores of
  these data sets are. *To be found* is the whole product: it must find the passage among all contexts, choose how much to
  quote, and may refuse. Figures of one are not figures of the other.
- EM and F1 are SQuAD's, with each language's articles and punctuation (MLQA's for ar, de, en, es, hi, vi, zh). Thai is
  counted by characters, so it does not compare with figures counted by white space.
- PIAF and XQuAD have one gold answer a question, SQuAD 2.0 up to five: its scores are higher for that alone.
- Only *test* parts are shown. What was chosen or calibrated was chosen on other articles of the same sets.
- XQuAD is translated from SQuAD's development set: the two are no independent evidence.
"""

_CONTEXT = (
    Column("reading exact", "EM", interval=True),
    Column("reading f1", "F1", interval=True),
    Column("auroc", "AUROC", "plain"),
)
_FOUND = (
    Column("hit@1", "hit@1"),
    Column("hit@10", "hit@10"),
    Column("mrr@10", "MRR@10"),
    Column("reading f1", "F1, refusal off", interval=True),
    Column("f1", "F1", interval=True),
    Column("right", "right", interval=True),
    Column("answered", "answered"),
    Column("wrong", "wrong of given", interval=True),
    Column("auroc", "AUROC", "plain"),
    Column("brier", "Brier", "plain"),
)
_DOCUMENTS = next(columns for title, columns in TABLES.items() if "judged" in title)
_MODES: Mapping[str, tuple[str, tuple[Column, ...]]] = {
    "collection": ("To be found: the whole product (%)", _FOUND),
    "context": ("Context given: the reader alone (%)", _CONTEXT),
    "documents": ("Documents to be found (%)", _DOCUMENTS),
}


_ABLATION = """## What each part adds

The same questions of the same collection. *Passage right*: the first passage found holds the answer; with the reader, a sentence
cited stands in one that does (refusal off). The last column is the difference to words alone, in points. Times are medians
of one run each, beside other work: compare them with one another only.

"""
_WAYS = {"lexical": "words", "dense": "vectors", "hybrid": "both, fused"}


def page(runs: Sequence[Run]) -> str:
    """Markdown: a table for each mode, then the commands and what the runs were made with."""
    parts = [_HEAD]
    for mode, (title, columns) in _MODES.items():
        rows = [
            (f"{_short(run.name)} ({number})", summary)
            for number, run in enumerate(runs, start=1)
            if run.mode == mode
            for summary in _groups(run)
        ]
        if rows:
            parts.append(f"## {title}\n\n" + "\n".join(_table(rows, columns)) + "\n")
    ablation = _ablation(runs)
    if ablation:
        parts.append(_ABLATION + "\n".join(ablation) + "\n")
    lines = [
        f"{command(run.settings)}  # ({number}) {run.when[:10]}" for number, run in enumerate(runs, start=1)
    ]
    parts.append("## Commands\n\n```sh\n" + "\n".join(lines) + "\n```\n")
    made = sorted({_made_with(run) for run in runs})
    parts.append("## Made with\n\n" + "\n".join(f"- {line}" for line in made) + "\n")
    return "\n".join(parts)


def _short(name: str) -> str:
    """Of many files, the first and how many more; the command names them all."""
    first, *others = name.split(" + ")
    return name if len(others) < 2 else f"{first} and {len(others)} more"


def command(settings: Mapping[str, Any]) -> str:
    """The command of a run, files by their names alone.

    >>> command({"files": ["/data/s.json"], "open": True, "limit": 5, "retriever": "hybrid", "out": "/tmp/x"})
    'python -m eval s.json --open --limit 5'
    """
    words = ["python -m eval"]
    for name, value in settings.items():
        if name in _OUTSIDE and not (name == "retriever" and value != "hybrid"):
            continue
        values = [value] if not isinstance(value, list) else value
        texts = [shlex.quote(Path(str(v)).name if name in _PATHS else str(v)) for v in values]
        if name != "files":
            words.append(f"--{name.replace('_', '-')}")
        words += [] if value is True else texts
    return " ".join(words)


def _groups(run: Run) -> list[Summary]:
    """The languages and the total; the language itself when there is only one."""
    found = summarise(run.results, run.threshold)
    languages = {result.language for result in run.results}
    if len(found) == 1 and len(languages) == 1:
        [total] = found
        return [Summary(str(languages.pop() or total.group), total.n, total.figures)]
    return found


def _table(rows: Iterable[tuple[str, Summary]], columns: Sequence[Column]) -> Iterator[str]:
    yield f"| data | language | N | {' | '.join(column.heading for column in columns)} |"
    yield f"|---|---|--:|{'--:|' * len(columns)}"
    for name, summary in rows:
        cells = [shown(summary.figures.get(column.figure, Figure(None, 0)), column) for column in columns]
        yield f"| {name} | {summary.group} | {summary.n:,} | {' | '.join(cells)} |"


def _ablation(runs: Sequence[Run]) -> list[str]:
    """The runs of one set that differ by retriever and reading, words alone first; none without those."""
    ways: dict[tuple[str, bool], tuple[int, Run]] = {}
    numbered = list(enumerate(runs, start=1))
    alone = [run for run in runs if run.settings.get("retriever") == "lexical" and _is_search_alone(run)]
    if not alone:
        return []
    ids = {result.id for result in alone[0].results}
    for number, run in numbered:
        if run.mode == "collection" and run.name == alone[0].name and {r.id for r in run.results} == ids:
            ways[str(run.settings.get("retriever")), not _is_search_alone(run)] = number, run
    words = _first_right(alone[0])
    lines = [
        "| data | found by | N | passage right | hit@10 | F1, refusal off | ms | against words |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for retriever, reads in ((way, reads) for reads in (False, True) for way in _WAYS):
        if (retriever, reads) not in ways:
            continue
        number, run = ways[retriever, reads]
        [total] = summarise(run.results, run.threshold)[-1:]
        columns = (
            Column("cited passage" if reads else "hit@1", "", interval=True),
            Column("hit@10", ""),
            Column("reading f1", "", interval=True),
            Column("p50" if reads else "search p50", "", "milliseconds"),
        )
        cells = [shown(total.figures.get(column.figure, Figure(None, 0)), column) for column in columns]
        right = _first_right(run)
        difference = np.array([right[name] - words[name] for name in words])
        gain = _points(float(difference.mean()), mean_interval(difference)) if run is not alone[0] else "–"
        name = _WAYS[retriever] + (", then the reader" if reads else "")
        lines.append(
            f"| {_short(run.name)} ({number}) | {name} | {len(words)} | {' | '.join(cells)} | {gain} |"
        )
    return lines


def _is_search_alone(run: Run) -> bool:
    return run.mode == "collection" and all(result.outcome is None for result in run.results)


def _first_right(run: Run) -> dict[str, float]:
    """By question with an answer: does what is shown first stand in a passage that holds it?"""
    return {
        result.id: float((result.retrieval or {}).get("hit@1", 0))
        if result.outcome is None
        else float(bool(result.outcome.from_passage))
        for result in run.results
        if result.gold
    }


def _points(difference: float, bounds: tuple[float, float] | None) -> str:
    around = "" if bounds is None else f" [{100 * bounds[0]:+.1f} {100 * bounds[1]:+.1f}]"
    return f"{100 * difference:+.1f}{around}"


def _made_with(run: Run) -> str:
    models = run.models
    packages = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    return (
        f"reader {models.get('reader')} `{str(models.get('reader checksum'))[:12]}`, "
        f"{models.get('passages read')} passages read; {packages}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """0 done, 2 bad input."""
    folders = sys.argv[1:] if arguments is None else arguments
    if not folders or folders[0] in ("-h", "--help"):
        print(__doc__, file=sys.stderr)
        return 0 if folders else 2
    try:
        print(page([read_run(Path(folder)) for folder in folders]), end="")
    except MotAMotError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
