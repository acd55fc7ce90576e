"""The folders that rivals are given hold the very models that ours were made from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from benchmarks.weights import PROMPTS, write_encoder, write_reader
from training.body import Body, Shape
from training.words import WordTable

SHAPE = Shape(hidden=64, layers=2, inner=96, positions=64)
WORDS = [
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    "query",
    "passage",
    ":",
    "where",
    "is",
    "the",
    "river",
    "bridge",
    ".",
]


@pytest.fixture
def tokenizer() -> Tokenizer:
    made = Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    made.pre_tokenizer = Whitespace()
    made.post_processor = TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    return made


@pytest.fixture
def words() -> WordTable:
    generator = torch.Generator().manual_seed(1)
    codes = torch.randint(0, 256, (len(WORDS), SHAPE.hidden // 2), generator=generator, dtype=torch.uint8)
    return WordTable(codes, torch.full((len(WORDS), SHAPE.hidden // 32), 0.2, dtype=torch.float16))


@pytest.fixture
def body() -> Body:
    torch.manual_seed(2)
    made = Body(SHAPE).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=0.2)
    return made


@torch.inference_mode()
def test_the_reader_gives_the_same_logits(
    body: Body, words: WordTable, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    write_reader(body, words, tokenizer, tmp_path / "reader")
    model = AutoModelForQuestionAnswering.from_pretrained(tmp_path / "reader").eval()
    pair = AutoTokenizer.from_pretrained(tmp_path / "reader")(
        "where is the river", "the bridge is the river .", return_tensors="pt"
    )
    assert pair["input_ids"].tolist() == [[0, 7, 8, 9, 10, 2, 2, 9, 11, 8, 9, 10, 12, 2]]
    theirs = model(**pair)
    ours = body(words.rows(pair["input_ids"]), torch.ones(pair["input_ids"].shape, dtype=torch.long))
    torch.testing.assert_close(theirs.start_logits, ours[..., 0], atol=1e-4, rtol=0)
    torch.testing.assert_close(theirs.end_logits, ours[..., 1], atol=1e-4, rtol=0)


@torch.inference_mode()
def test_the_encoder_gives_the_mean_of_the_token_vectors_at_length_1(
    body: Body, words: WordTable, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    from sentence_transformers import SentenceTransformer

    write_encoder(body, words, tokenizer, tmp_path / "encoder")
    model = SentenceTransformer(str(tmp_path / "encoder"), device="cpu", local_files_only=True)
    assert {key: model.prompts[key] for key in PROMPTS} == PROMPTS
    ids = torch.tensor([[0, 5, 6, 9, 10, 2]])  # passage : the river
    vectors: list[torch.Tensor] = []
    handle = body.span.register_forward_pre_hook(lambda _, inputs: vectors.append(inputs[0]))
    body(words.rows(ids), torch.ones(ids.shape, dtype=torch.long))
    handle.remove()
    mean = vectors[0][0].mean(dim=0)
    expected = (mean / mean.norm()).numpy()
    found = model.encode_document(["the river", "the river is the bridge of the bridge"])
    np.testing.assert_allclose(found[0], expected, atol=1e-4)
