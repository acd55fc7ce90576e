"""Our questions on others' texts: which passage of which text each is asked of, and where its answer stands.

The texts are OrangeSum's news and PIAF's contexts. They are not part of the project, so the files in `questions/`
have places where they could have words. As SQuAD 2.0, for `python -m eval` and others: `python -m training.own_questions --help`.
"""

from __future__ import annotations

import argparse
import json
import lzma
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

from training.squad import Answer, Paragraph, Question, read_paragraphs

NEWS = Path(__file__).parent / "questions" / "news.jsonl"
PARTS = ("train", "fit", "test")


def read_own(texts_in: Path, part: str, questions: Path = NEWS) -> Iterator[tuple[str, Paragraph]]:
    """Yields (language of the questions, paragraph) for one of PARTS.

    `texts_in`: the file that `questions` are asked about: orangesum-news.jsonl.xz, or one in SQuAD's format. ValueError
    for a text that isn't there, or isn't the one that was asked about.
    """
    with questions.open(encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    chosen = [entry for entry in entries if entry["part"] == part]
    texts = _news(texts_in) if texts_in.suffix == ".xz" else _contexts(texts_in)
    for entry in chosen:
        key = entry["article"]
        text = texts.get(key, "")[entry["start"] : entry["end"]]
        if crc32(text.encode()) != entry["crc32"]:
            raise ValueError(f"{texts_in}: article {key} isn't the one that {questions.name} asks about")
        asked = tuple(
            _question(f"{questions.stem}-{key}-{entry['start']}-{number}", question, text)
            for number, question in enumerate(entry["questions"])
        )
        yield entry["language"], Paragraph(f"{questions.stem}-{key}", text, asked)


def _news(file: Path) -> dict[str, str]:
    """Heading and text of each article of OrangeSum, by its id."""
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        rows = map(json.loads, lines)
        return {row["id"]: f"{row['heading'].strip()}\n{row['article'].strip()}" for row in rows}


def _contexts(file: Path) -> dict[str, str]:
    """The contexts of a file in SQuAD's format, by title and place in the article: "Nancy#0", "Nancy#1"."""
    seen: defaultdict[str, int] = defaultdict(int)
    texts: dict[str, str] = {}
    for paragraph in read_paragraphs(file):
        texts[f"{paragraph.article}#{seen[paragraph.article]}"] = paragraph.text
        seen[paragraph.article] += 1
    return texts


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
    parser.add_argument(
        "--texts", type=Path, required=True, help="orangesum-news.jsonl.xz, or what QUESTIONS ask about"
    )
    parser.add_argument(
        "--questions", type=Path, default=NEWS, help="file of questions (default: on the news)"
    )
    parser.add_argument("--part", choices=PARTS, default="fit", help="fit to choose by, test to report")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    given = parser.parse_args()
    paragraphs = [paragraph for _, paragraph in read_own(given.texts, given.part, given.questions)]
    given.out.write_text(json.dumps(as_squad(paragraphs), ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{sum(len(p.questions) for p in paragraphs)} questions on {len(paragraphs)} passages")


if __name__ == "__main__":
    main()
