"""Token ids back to sentences, as the product would cut them."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.embedded import ENCODER_FOLDER, Vocabulary
from index.sentences import split_sentences
from qa.questions import Kind
from training.sentences import Pieces

WORDS = (
    "<s>",
    "<pad>",
    "</s>",
    "▁Le",
    "▁port",
    "▁dort",
    ".",
    "▁M",
    "▁Roy",
    "▁part",
    "▁3",
    ",",
    "5",
    "▁km",
    "!",
)
PIECES = Pieces(WORDS)


def ids(*words: str) -> list[int]:
    return [WORDS.index(word) for word in words]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("▁Le", "▁port", "▁dort", ".", "▁M", ".", "▁Roy", "▁part", "!"), [(0, 3), (4, 8)]),
        (("▁Le", "▁port", "▁part", "▁3", ",", "5", "▁km", ".", "▁Le", "▁port"), [(0, 7), (8, 9)]),
        (("▁port",), [(0, 0)]),
        ((".", "▁Le", "▁port"), [(0, 0), (1, 2)]),
    ],
)
def test_every_token_is_in_one_sentence(words: tuple[str, ...], expected: list[tuple[int, int]]) -> None:
    assert PIECES.sentences(ids(*words)) == expected


@pytest.mark.models
@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Pourquoi le port dort-il ?", Kind.EXPLANATION),
        ("Is the harbour open?", Kind.DECISION),
        ("Qui est là ?", Kind.FACT),
        ("为什么港口关闭？", Kind.EXPLANATION),
    ],
)
def test_the_kind_of_a_question_is_told_from_its_tokens(question: str, kind: Kind) -> None:
    pieces = Pieces.load(Path(ENCODER_FOLDER) / "tokenizer.json")
    tokens = Vocabulary.open().tokenize([question])[0].ids
    assert pieces.kind(tokens) is kind


@pytest.mark.models
@pytest.mark.parametrize(
    "sentences",
    [
        ["M. Guyot part à 8 h 30.", "« Vraiment ? » dit-il…", "Le port, vide, dort !", "Fin"],
        ["港口关闭了吗？", "是的！", "船都停了。", "今天没有人。"],
        ["港は閉まっていますか？", "はい。", "船は出ません！"],
        ["Is it open?", "No!", "It was in 2019."],
    ],
)
def test_a_real_text_is_cut_where_the_product_cuts_it(sentences: list[str]) -> None:
    pieces = Pieces.load(Path(ENCODER_FOLDER) / "tokenizer.json")
    text = " ".join(sentences) if sentences[0].isascii() or " " in sentences[0] else "".join(sentences)
    encoding = Vocabulary.open().tokenize([text])[0]
    cut = [
        text[encoding.offsets[first][0] : encoding.offsets[last][1]].strip()
        for first, last in pieces.sentences(encoding.ids)
    ]
    assert cut == sentences == [text[one.start : one.end] for one in split_sentences(text)]
