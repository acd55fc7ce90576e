"""Turns question-answering files into token ids to train on: `python -m training.prepare --help`."""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Encoding, Tokenizer

from training.examples import NO_SPAN, Ints, Prepared, Ragged
from training.leakage import HeldOut
from training.neighbours import holds_answer, nearest
from training.recipe import Recipe, Source, read_recipe, read_source
from training.rewording import OtherWords, as_keywords, common_words, misspelt, names_and_numbers, swapped
from training.spans import sentence_around, token_span, tokens_within
from training.squad import Answer

QUESTION_TOKENS = 48  # longer questions are cut
NEIGHBOURS = 8  # kept for a question


@dataclass(frozen=True, slots=True)
class Passage:
    source: str
    language: str
    article: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a passage; without answers where it was written as one that the passage doesn't answer."""

    passage: int  # index into the passages
    language: str
    text: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Collected:
    passages: list[Passage]
    questions: list[Asked]
    counts: dict[str, dict[str, int]]  # by source, then "kept" or why not


def collect(recipe: Recipe, data: Path) -> Collected:
    """Reads every source of the recipe and drops what is held out, by content."""
    held_out = HeldOut.of(p for source in recipe.held_out for *_, p in read_source(source, data))
    passages: list[Passage] = []
    questions: list[Asked] = []
    counts: dict[str, dict[str, int]] = {}
    for source in recipe.sources:
        known: dict[str, int | None] = {}  # passage text -> its index, None for a held-out one
        count: Counter[str] = Counter()
        for language, question_language, paragraph in read_source(source, data):
            if paragraph.text not in known:
                if held_out.has_context(paragraph.text):
                    known[paragraph.text] = None
                    count["contexts held out"] += 1
                else:
                    known[paragraph.text] = len(passages)
                    passages.append(Passage(source.name, language, paragraph.article, paragraph.text))
            index = known[paragraph.text]
            for question in paragraph.questions:
                if index is None:
                    count["questions of held-out contexts"] += 1
                elif held_out.has_question(question.text):
                    count["questions held out"] += 1
                elif question.ambiguous:
                    count["answers of unknown place"] += 1
                elif not question.answers and not source.questions:
                    count["answers not where stated"] += 1
                else:
                    questions.append(Asked(index, question_language, question.text, question.answers))
                    count["kept"] += 1
        counts[source.name] = dict(count)
    return Collected(passages, questions, counts)


def find_neighbours(sources: Sequence[Source], collected: Collected) -> list[list[int]]:
    """For each question, passages near to it that lack its answers; those of its own article first."""
    passages, questions = collected.passages, collected.questions
    neighbours: list[list[int]] = [[] for _ in questions]
    asks_with = {source.name: source.neighbours_of for source in sources}
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for i, passage in enumerate(passages):
        groups[passage.source, passage.language].append(i)
    asked: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for i, question in enumerate(questions):
        asked[passages[question.passage].source, passages[question.passage].language].append(i)
    for group, members in asked.items():
        among = groups[group]
        by_passage = asks_with[group[0]] == "passage"
        queries = [passages[questions[i].passage].text if by_passage else questions[i].text for i in members]
        found = nearest(queries, [passages[i].text for i in among], group[1], 3 * NEIGHBOURS)
        for i, row in zip(members, found, strict=True):
            own = questions[i].passage
            answers = [answer.text for answer in questions[i].answers]
            lacking = (
                among[j]
                for j in row
                if among[j] != own and not holds_answer(passages[among[j]].text, answers)
            )
            near = list(lacking)
            near.sort(
                key=lambda j: passages[j].article != passages[own].article
            )  # stable: BM25's order stays
            neighbours[i] = near[:NEIGHBOURS] if answers else []
    return neighbours


def reword(collected: Collected, rng: random.Random) -> tuple[list[str], list[str], list[str]]:
    """Each question as keywords, misspelt, and as a near miss; empty where a form makes no sense."""
    passages, questions = collected.passages, collected.questions
    by_language: defaultdict[str, list[str]] = defaultdict(list)
    elsewhere: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for passage in passages:
        elsewhere[passage.source, passage.article or passage.text[:40]] += names_and_numbers(passage.text)
    for question in questions:
        by_language[passages[question.passage].language].append(question.text)
    common = {language: common_words(texts) for language, texts in by_language.items()}
    # one for all languages: passages are asked in others too, and the words around tell them apart
    other_words = OtherWords.of(
        (question.text for question in questions), frozenset().union(*common.values())
    )
    keywords, slips, near_misses = [], [], []
    for question in questions:
        passage = passages[question.passage]
        names = elsewhere[passage.source, passage.article or passage.text[:40]]
        few = rng.sample(names, min(len(names), 40))
        keywords.append(as_keywords(question.text, common[passage.language]))
        slips.append(misspelt(question.text, rng))
        # a passage in another language lacks every word, even where it answers the new question
        comparable = question.language == passage.language
        of_name = swapped(question.text, passage.text, few, question.language if comparable else "", rng)
        of_word = other_words.exchanged(question.text, passage.text, rng) if comparable else ""
        forms = [form for form in (of_name, of_word) if form and question.answers]
        near_misses.append(rng.choice(forms or [""]))
    return keywords, slips, near_misses


def prepare(
    recipe: Recipe, data: Path, tokenizer: Tokenizer, seed: int
) -> tuple[Prepared, dict[str, object]]:
    """The prepared data, and a card of counts that says what was kept and dropped."""
    collected = collect(recipe, data)
    passages = list(_encoded(tokenizer, [passage.text for passage in collected.passages]))
    offsets = [np.array(encoding.offsets, np.int32).reshape(-1, 2) for encoding in passages]
    collected, spans = _with_spans(collected, offsets)
    questions = collected.questions
    sentences = [
        _sentence(collected.passages[question.passage].text, question, offsets[question.passage])
        for question in questions
    ]
    keywords, slips, near_misses = reword(collected, random.Random(seed))  # noqa: S311 (no secret)
    neighbours = find_neighbours(recipe.sources, collected)
    names = [source.name for source in recipe.sources]
    source_of = [names.index(collected.passages[question.passage].source) for question in questions]

    def cut(texts: list[str]) -> Ragged:
        return Ragged.of(encoding.ids[:QUESTION_TOKENS] for encoding in _encoded(tokenizer, texts))

    prepared = Prepared(
        sources=tuple(names),
        shares=tuple(source.share for source in recipe.sources),
        passages=Ragged.of(encoding.ids for encoding in passages),
        source=np.array(source_of, np.int32),
        passage=np.array([question.passage for question in questions], np.int32),
        span=np.array(spans, np.int32).reshape(-1, 2),
        sentence=np.array(sentences, np.int32).reshape(-1, 2),
        questions=cut([question.text for question in questions]),
        keywords=cut(keywords),
        misspelt=cut(slips),
        swapped=cut(near_misses),
        neighbours=Ragged.of(neighbours),
    )
    card: dict[str, object] = {
        "format": 1,
        "seed": seed,
        "passages": len(passages),
        "questions": len(questions),
        "questions written without an answer": int((prepared.span[:, 0] < 0).sum()),
        "questions with neighbours": sum(bool(row) for row in neighbours),
        "questions with a near miss": sum(bool(text) for text in near_misses),
        "questions whose sentence can be cut": int((prepared.sentence[:, 1] > 0).sum()),
        "by source": collected.counts,
    }
    return prepared, card


def _with_spans(collected: Collected, offsets: Sequence[Ints]) -> tuple[Collected, list[tuple[int, int]]]:
    """The questions whose answer has tokens, and the first and last of them; the others counted as not kept."""
    questions: list[Asked] = []
    spans: list[tuple[int, int]] = []
    counts = {source: Counter(count) for source, count in collected.counts.items()}
    for question in collected.questions:
        if not question.answers:
            questions.append(question)
            spans.append(NO_SPAN)
            continue
        first = question.answers[0]
        span = token_span(offsets[question.passage], first.start, first.end)
        if span is None:
            source = collected.passages[question.passage].source
            counts[source]["kept"] -= 1
            counts[source]["answers without a token"] += 1
        else:
            questions.append(question)
            spans.append(span)
    by_source = {source: dict(count) for source, count in counts.items()}
    return Collected(collected.passages, questions, by_source), spans


def _sentence(text: str, question: Asked, offsets: Ints) -> tuple[int, int]:
    """The tokens of the answer's sentence, or (0, 0) when cutting it would leave an answer or nothing."""
    if not question.answers:
        return 0, 0
    first = question.answers[0]
    start, end = sentence_around(text, first.start, first.end)
    rest = text[:start] + "\n" + text[end:]
    if len(rest) < 0.3 * len(text) or holds_answer(rest, [answer.text for answer in question.answers]):
        return 0, 0
    return tokens_within(offsets, start, end)


def _encoded(tokenizer: Tokenizer, texts: list[str]) -> Iterable[Encoding]:
    for start in range(0, len(texts), 2000):
        yield from tokenizer.encode_batch(texts[start : start + 2000], add_special_tokens=False)


def read_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer without padding or truncation, which its file may ask for."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--tokenizer", type=Path, required=True, help="tokenizer.json of the encoder")
    parser.add_argument(
        "--recipe", type=Path, default=Path(__file__).with_name("recipe.toml"), help="sources and shares"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--out", type=Path, required=True, help="prepared.npz to write; its card goes beside it as .json"
    )
    arguments = parser.parse_args()
    tokenizer = read_tokenizer(arguments.tokenizer)
    prepared, card = prepare(read_recipe(arguments.recipe), arguments.data, tokenizer, arguments.seed)
    prepared.save(arguments.out)
    text = json.dumps(card, ensure_ascii=False, indent=1)
    arguments.out.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
