"""Measures a reader on gold contexts: `python -m training.evaluate --help`."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from training.own_questions import EXPLANATIONS, NEWS, PAIRS, PARAPHRASES, read_own
from training.prepare import read_tokenizer
from training.reading import Pair, Reader, load_model
from training.scores import auroc, best, exact_match, token_f1
from training.squad import Paragraph, read_paragraphs
from training.words import WordTable

XQUAD = ("en", "es", "de", "ro", "el", "ru", "tr", "ar", "hi", "th", "vi", "zh")
EUROPEAN = ("en", "es", "de", "ro", "el", "ru")


@dataclass(frozen=True, slots=True)
class Item:
    pair: Pair
    golds: tuple[str, ...]  # empty when the passage doesn't answer


@dataclass(frozen=True)
class QuestionSet:
    name: str
    language: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Figures:
    """Percent over answerable questions, but for `refused` and `auroc`; None without any to measure."""

    name: str
    n: int
    em: float | None
    f1: float | None
    answered: float | None  # percent of answerable questions with a margin above 0
    refused: float | None  # percent of unanswerable questions with a margin at or below 0
    auroc: float | None  # of the margin, answerable against unanswerable, in percent


def items(paragraphs: Sequence[Paragraph]) -> tuple[Item, ...]:
    return tuple(
        Item(Pair(question.text, paragraph.text), tuple(answer.text for answer in question.answers))
        for paragraph in paragraphs
        for question in paragraph.questions
    )


def question_sets(data: Path, part: str) -> list[QuestionSet]:
    """The fit or test parts: PIAF by title lists, our news, XQuAD by thirds of its articles, SQuAD 2.0 by halves.

    Our questions on pairs of passages, our paraphrases and our explanations have a fit part alone.
    """
    fit = part == "fit"
    titles = set((data / f"piaf-{part}-titles.txt").read_text(encoding="utf-8").split("\n"))
    piaf = [p for p in read_paragraphs(data / "piaf-v1.1.json.gz") if p.article in titles]
    sets = [QuestionSet(f"piaf-{part}", "fr", items(piaf))]
    for questions in (NEWS, PAIRS, PARAPHRASES, EXPLANATIONS) if fit else (NEWS,):
        asked = read_own(data / "orangesum-news.jsonl.xz", (part,), questions)
        sets.append(QuestionSet(f"{questions.stem}-{part}", "fr", items([p for _, p in asked])))
    for language in XQUAD:
        paragraphs = list(read_paragraphs(data / f"xquad/xquad.{language}.json.gz"))
        sets.append(
            QuestionSet(f"xquad-{part}-{language}", language, items(_articles(paragraphs, 1 / 3, fit)))
        )
    paragraphs = list(read_paragraphs(data / "squad-en-dev-v2.0.json.gz"))
    sets.append(QuestionSet(f"squad2-{part}", "en", items(_articles(paragraphs, 1 / 2, fit))))
    return sets


def _articles(paragraphs: list[Paragraph], share: float, first: bool) -> list[Paragraph]:
    """The first share of the articles, in the file's order, or the rest."""
    order = list(dict.fromkeys(paragraph.article for paragraph in paragraphs))
    head = set(order[: round(share * len(order))])
    return [paragraph for paragraph in paragraphs if (paragraph.article in head) == first]


@dataclass(frozen=True, slots=True)
class Score:
    """How one question was read; `em` and `f1` are None when the passage doesn't answer it."""

    em: float | None
    f1: float | None
    margin: float  # logits above "no answer"


def scored(reader: Reader, question_set: QuestionSet) -> list[Score]:
    """One score a question, in the set's order."""
    readings = reader.read([item.pair for item in question_set.items])
    found = []
    for item, reading in zip(question_set.items, readings, strict=True):
        em, f1 = (
            best(measure_of, reading.text, item.golds, question_set.language) if item.golds else None
            for measure_of in (exact_match, token_f1)
        )
        found.append(Score(em, f1, reading.margin))
    return found


def measure(reader: Reader, question_set: QuestionSet) -> Figures:
    scores = scored(reader, question_set)
    answerable = [score.margin for score in scores if score.f1 is not None]
    unanswerable = [score.margin for score in scores if score.f1 is None]
    area = auroc(answerable, unanswerable)
    return Figures(
        name=question_set.name,
        n=len(scores),
        em=_percent([score.em for score in scores if score.em is not None]),
        f1=_percent([score.f1 for score in scores if score.f1 is not None]),
        answered=_percent([float(margin > 0) for margin in answerable]),
        refused=_percent([float(margin <= 0) for margin in unanswerable]),
        auroc=None if area is None else round(100 * area, 1),
    )


def _percent(values: Sequence[float]) -> float | None:
    return round(100 * sum(values) / len(values), 1) if values else None


def european_mean(figures: Sequence[Figures]) -> float | None:
    """Mean F1 of XQuAD over the European languages of the set."""
    values = [
        f.f1 for f in figures if f.name.startswith("xquad") and f.name[-2:] in EUROPEAN and f.f1 is not None
    ]
    return round(sum(values) / len(values), 1) if values else None


def sampled(question_set: QuestionSet, count: int | None) -> QuestionSet:
    """At most `count` items, the same ones each time and, in parallel sets, the same questions."""
    if count is None or count >= len(question_set.items):
        return question_set
    chosen = random.Random(1).sample(range(len(question_set.items)), count)  # noqa: S311 (no secret)
    return QuestionSet(
        question_set.name, question_set.language, tuple(question_set.items[i] for i in sorted(chosen))
    )


def table(figures: Sequence[Figures]) -> str:
    lines = ["| set | n | EM | F1 | answered | refused | AUROC |", "|---|---|---|---|---|---|---|"]
    for row in figures:
        cells = (row.name, row.n, row.em, row.f1, row.answered, row.refused, row.auroc)
        lines.append("| " + " | ".join("–" if cell is None else str(cell) for cell in cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="a body (.safetensors) or an exported reader (.onnx)")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--tokenizer", type=Path, required=True, help="tokenizer.json of the encoder")
    parser.add_argument("--words", type=Path, required=True, help="word_embeddings.safetensors")
    parser.add_argument(
        "--part", choices=("fit", "test"), default="fit", help="fit to choose by, test to report"
    )
    parser.add_argument("--sets", default="", help="only sets whose name holds this")
    parser.add_argument("--sample", type=int, help="at most so many questions of each set")
    parser.add_argument("--bf16", action="store_true", help="compute a body in bf16")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    given = parser.parse_args()
    model = load_model(given.model, given.threads, given.bf16)
    reader = Reader(model, WordTable.load(given.words), read_tokenizer(given.tokenizer), given.batch)
    chosen = [sampled(s, given.sample) for s in question_sets(given.data, given.part) if given.sets in s.name]
    figures = [measure(reader, question_set) for question_set in chosen]
    print(table(figures))
    print("mean F1 of XQuAD's European languages:", european_mean(figures))
    if given.json:
        text = json.dumps({"model": given.model.name, "figures": [asdict(row) for row in figures]}, indent=1)
        given.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
