"""Our questions on French news: which passage of which article each is asked of, and where its answer stands.

The articles are OrangeSum's and are not part of the project, so `questions/news.jsonl` has places where
it could have words. As SQuAD 2.0 files, to be read by `python -m eval` and others: `python -m training.news --help`.
"""

from __future__ import annotations

import argparse
import json
import lzma
from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

from training.squad import Answer, Paragraph, Question

QUESTIONS = Path(__file__).parent / "questions" / "news.jsonl"
PARTS = ("train", "fit", "test")


def read_news(articles: Path, part: str, questions: Path = QUESTIONS) -> Iterator[tuple[str, Paragraph]]:
    """Yields (language of the questions, paragraph) for one of PARTS.

    `articles`: orangesum-news.jsonl.xz. ValueError for an article that isn't there, or isn't the one that was asked about.
    """
    entries = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    chosen = [entry for entry in entries if entry["part"] == part]
    texts = _texts(articles, {entry["article"] for entry in chosen})
    for entry in chosen:
        key = entry["article"]
        text = texts.get(key, "")[entry["start"] : entry["end"]]
        if crc32(text.encode()) != entry["crc32"]:
            raise ValueError(f"{articles}: article {key} isn't the one that {questions.name} asks about")
        asked = tuple(
            _question(f"news-{key}-{entry['start']}-{number}", question, text)
            for number, question in enumerate(entry["questions"])
        )
        yield entry["language"], Paragraph(f"news-{key}", text, asked)


def _texts(articles: Path, wanted: set[str]) -> dict[str, str]:
    """Heading and text of each article, by its id."""
    with lzma.open(articles, "rt", encoding="utf-8") as file:
        rows = (json.loads(line) for line in file)
        return {
            row["id"]: f"{row['heading'].strip()}\n{row['article'].strip()}"
            for row in rows
            if row["id"] in wanted
        }


def _question(key: str, entry: dict[str, object], text: str) -> Question:
    place = entry["answer"]
    answers: tuple[Answer, ...] = ()
    if isinstance(place, list):
        start, end = place
        answers = (Answer(start, text[start:end]),)
    return Question(key, str(entry["question"]), answers, ambiguous=False)


def as_squad(paragraphs: Sequence[Paragraph]) -> dict[str, object]:
    """The paragraphs in the form of SQuAD 2.0, an article each."""
    return {
        "version": "v2.0",
        "data": [
            {
                "title": paragraph.article,
                "paragraphs": [
                    {
                        "context": paragraph.text,
                        "qas": [
                            {
                                "id": question.key,
                                "question": question.text,
                                "is_impossible": not question.answers,
                                "answers": [
                                    {"text": answer.text, "answer_start": answer.start}
                                    for answer in question.answers
                                ],
                            }
                            for question in paragraph.questions
                        ],
                    }
                ],
            }
            for paragraph in paragraphs
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=Path, required=True, help="orangesum-news.jsonl.xz")
    parser.add_argument("--part", choices=PARTS, default="fit", help="fit to choose by, test to report")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    given = parser.parse_args()
    paragraphs = [paragraph for _, paragraph in read_news(given.articles, given.part)]
    given.out.write_text(json.dumps(as_squad(paragraphs), ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{sum(len(p.questions) for p in paragraphs)} questions on {len(paragraphs)} passages")


if __name__ == "__main__":
    main()
