"""A data set of a few sentences, a tokenizer with a word a token, and a body of two small layers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from training.body import Body, Shape
from training.examples import Prepared
from training.prepare import prepare
from training.recipe import Recipe, Source
from training.words import WordTable

SHAPE = Shape(hidden=64, layers=2, inner=96, positions=128)
TOWNS = ("Arras", "Brest", "Calais", "Dijon", "Nancy", "Nantes", "Reims", "Rouen")


@dataclass(frozen=True)
class Folder:
    """The files of the small data set, and the recipe that reads them."""

    path: Path
    recipe: Recipe


def squad_article(title: str, entries: list[tuple[str, str, str]]) -> dict[str, object]:
    """One article; entries are (context, question, answer)."""
    return {
        "title": title,
        "paragraphs": [
            {
                "context": context,
                "qas": [
                    {
                        "id": f"{title}-{i}",
                        "question": question,
                        "answers": [{"text": answer, "answer_start": context.index(answer)}]
                        if answer
                        else [],
                    }
                ],
            }
            for i, (context, question, answer) in enumerate(entries)
        ],
    }


def write_squad(path: Path, articles: list[dict[str, object]]) -> None:
    path.write_text(json.dumps({"version": "1", "data": articles}), encoding="utf-8")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Towns to learn from in train.json; in test.json a question and a context that train.json has too."""
    path = tmp_path_factory.mktemp("data")
    towns = [
        (
            f"The town of {town} lies in France. Its market was founded in {1500 + 11 * i} by a duke. It rains often there.",
            f"When was the market of {town} founded?",
            str(1500 + 11 * i),
        )
        for i, town in enumerate(TOWNS)
    ]
    planted = (
        "A context that both files hold, word for word, with a lighthouse of 1862 in it.",
        "What is of 1862?",
        "lighthouse",
    )
    asked_twice = (
        "This town has a river and a bridge of stone.",
        "Which river crosses the town of test?",
        "river",
    )
    write_squad(path / "train.json", [squad_article("Towns", [*towns, planted, asked_twice])])
    other = ("Nothing of this is known elsewhere.", "which River crosses the town of TEST", "Nothing")
    write_squad(path / "test.json", [squad_article("Held", [planted, other])])
    sources = (Source("towns", ("train.json",), language="en", share=1.0),)
    return Folder(path, Recipe(sources, (Source("test", ("test.json",)),)))


@pytest.fixture(scope="session")
def tokenizer(folder: Folder) -> Tokenizer:
    """Words and signs as tokens; ids 0 to 3 as in the project's tokenizer."""
    splitter = Whitespace()
    text = (folder.path / "train.json").read_text(encoding="utf-8")
    words = sorted({word for word, _ in splitter.pre_tokenize_str(text)})
    names = ["<s>", "<pad>", "</s>", "<unk>", *words]
    made = Tokenizer(WordLevel({name: i for i, name in enumerate(names)}, unk_token="<unk>"))
    made.pre_tokenizer = splitter
    return made


@pytest.fixture(scope="session")
def prepared(folder: Folder, tokenizer: Tokenizer) -> Prepared:
    return prepare(folder.recipe, folder.path, tokenizer, seed=0)[0]


@pytest.fixture(scope="session")
def words(tokenizer: Tokenizer) -> WordTable:
    generator = torch.Generator().manual_seed(1)
    size = (tokenizer.get_vocab_size(), SHAPE.hidden // 2)
    codes = torch.randint(0, 256, size, generator=generator, dtype=torch.uint8)
    return WordTable(codes, torch.full((size[0], SHAPE.hidden // 32), 0.2, dtype=torch.float16))


@pytest.fixture
def body() -> Body:
    """Weights drawn at random, the same in each test."""
    torch.manual_seed(2)
    made = Body(SHAPE)
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=0.2)
    return made
