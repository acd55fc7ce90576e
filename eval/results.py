"""`python -m eval.results FOLDER … > eval/RESULTS.md`: the runs in some folders as one page of tables."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
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
        "unanswerable_from",
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

- *Context given* is the reader alone, with its second look: its best span of the passage a question was written for, as the published scores of
  these data sets are. *To be found* is the whole product: it must find the passage among all contexts, choose how much to
  quote, and may refuse. Figures of one are not figures of the other.
- EM and F1 are SQuAD's, with each language's articles and punctuation (MLQA's for ar, de, en, es, hi, vi, zh). Thai is
  counted by characters, so it does not compare with figures counted by white space.
- PIAF and XQuAD have one gold answer a question, SQuAD 2.0 up to five: its scores are higher for that alone.
- Only *test* parts are shown. What was chosen or calibrated was chosen on other articles of the same sets.
- XQuAD is translated from SQuAD's development set: the two are no independent evidence.
- 8-bit products round otherwise where sums differ in the last digit, so on another kind of processor some answers turn: with an earlier
  reader, 68.6 % of the article's 210 questions were right on AVX2 alone and 68.1 % with AVX-512 VNNI. "Made with" names the processor.
- *news-test.json* are our own questions on French news that were kept apart (`python -m training.own_questions --part test`), written
  by a language model as those the reader is trained on were: they say what it learnt of their kind, not how people ask.
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

The same questions of the same collection, set by set. *Passage right*: the first passage found holds the answer; with the reader,
a sentence cited stands in one that does (refusal off). The last column is the difference to the set's first row, words alone,
in points. Times are medians of one run each, beside other work: compare them with one another only. Those of words alone
include the sentence encoder, as all do: words choose and order the passages, but the evidence kept with each takes the
question's vector.

"""
_ABLATION_HEADINGS = (
    "| data | found by | N | passage right | hit@10 | F1, refusal off | ms | against words |",
    "|---|---|--:|--:|--:|--:|--:|--:|",
)
_WAYS = {"lexical": "words", "dense": "vectors", "hybrid": "both, fused"}
_WORDS_ALONE = (False, 0)


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
    """A table with the ways of finding answers, set by set; a set without words alone has no rows."""
    sets: dict[Hashable, list[tuple[int, Run]]] = {}
    for number, run in enumerate(runs, start=1):
        if run.mode == "collection" and run.settings.get("retriever") in _WAYS:
            sets.setdefault(_set_of(run), []).append((number, run))
    rows = [row for members in sets.values() for row in _ways(members)]
    return [*_ABLATION_HEADINGS, *rows] if rows else []


def _set_of(run: Run) -> Hashable:
    """The same for runs that were asked the same and had to find the same."""
    return run.name, frozenset((result.id, result.gold) for result in run.results)


def _ways(members: Sequence[tuple[int, Run]]) -> Iterator[str]:
    """A row for each run of one set, the first with words alone first; none without it.

    A way taken twice, such as with two readers, has two rows: the number tells which command is whose.
    """
    ordered = sorted(members, key=lambda member: _way(member[1]))
    base = ordered[0][1]
    words = _first_right(base)
    if _way(base) != _WORDS_ALONE or not words:
        return
    for number, run in ordered:
        right = _first_right(run)
        difference = np.array([right[name] - words[name] for name in words])
        gain = "–" if run is base else _points(float(difference.mean()), mean_interval(difference))
        cells = [f"{_short(run.name)} ({number})", _way_name(run), str(len(words)), *_figures(run), gain]
        yield f"| {' | '.join(cells)} |"


def _way(run: Run) -> tuple[bool, int]:
    """Does the reader read, and the retriever's place in `_WAYS`: sorts from words alone to the whole."""
    return not _is_search_alone(run), list(_WAYS).index(run.settings["retriever"])


def _way_name(run: Run) -> str:
    return _WAYS[run.settings["retriever"]] + ("" if _is_search_alone(run) else ", then the reader")


def _figures(run: Run) -> list[str]:
    """The cells of a run's totals."""
    alone = _is_search_alone(run)
    [total] = summarise(run.results, run.threshold)[-1:]
    columns = (
        Column("hit@1" if alone else "cited passage", "", interval=True),
        Column("hit@10", ""),
        Column("reading f1", "", interval=True),
        Column("search p50" if alone else "p50", "", "milliseconds"),
    )
    return [shown(total.figures.get(column.figure, Figure(None, 0)), column) for column in columns]


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
    if _is_search_alone(run):
        return f"no reader; {packages}"
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
