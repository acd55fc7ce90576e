"""Our questions on others' texts: which passage of which text each is asked of, and where its answer stands.

The texts are OrangeSum's news and PIAF's contexts. They are not part of the project, so the files in `questions/`
have places where they could have words. As SQuAD 2.0, for `python -m eval` and others: `python -m training.own_questions --help`.
"""

from __future__ import annotations

import argparse
import json
import lzma
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

from training.squad import Answer, Paragraph, Question, read_paragraphs

NEWS = Path(__file__).parent / "questions" / "news.jsonl"
PAIRS = NEWS.with_name("pairs.jsonl")
"""Asked of one passage of an article, and some of them of a second one too."""
PARAPHRASES = NEWS.with_name("paraphrases.jsonl")
"""The same, in other words than the sentence that answers."""
EXPLANATIONS = NEWS.with_name("explanations.jsonl")
"""The same, mostly to be answered by a sentence: why, how, yes or no, what somebody says."""
PARTS = ("train", "fit", "test")


def read_own(texts_in: Path, parts: Sequence[str], questions: Path = NEWS) -> Iterator[tuple[str, Paragraph]]:
    """Yields (language of the questions, paragraph) for some of PARTS.

    `texts_in`: the file that `questions` are asked about: orangesum-news.jsonl.xz, or one in SQuAD's format. ValueError
    for a text that isn't there, or isn't the one that was asked about.
    """
    with questions.open(encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    chosen = [entry for entry in entries if entry["part"] in parts]
    wanted = {entry["article"] for entry in chosen}
    found = _news(texts_in) if texts_in.suffix == ".xz" else _contexts(texts_in)
    texts = {key: text for key, text in found if key in wanted}
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


def _news(file: Path) -> Iterator[tuple[str, str]]:
    """The id of each article of OrangeSum, and its heading and text."""
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield row["id"], f"{row['heading'].strip()}\n{row['article'].strip()}"


def _contexts(file: Path) -> Iterator[tuple[str, str]]:
    """The contexts of a file in SQuAD's format, each under its title and place in the article: "Nancy#0", "Nancy#1"."""
    seen: Counter[str] = Counter()
    for paragraph in read_paragraphs(file):
        yield f"{paragraph.article}#{seen[paragraph.article]}", paragraph.text
        seen[paragraph.article] += 1


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
    paragraphs = [paragraph for _, paragraph in read_own(given.texts, (given.part,), given.questions)]
    given.out.write_text(json.dumps(as_squad(paragraphs), ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{sum(len(p.questions) for p in paragraphs)} questions on {len(paragraphs)} passages")


if __name__ == "__main__":
    main()
