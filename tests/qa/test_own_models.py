"""Models of the user's own in place of the embedded ones: tiny random ones, made here."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertForQuestionAnswering, BertModel, PreTrainedTokenizerFast

from index.documents import Passage
from index.errors import ModelError
from index.sentence_encoder import SentenceEncoder
from qa.opening import open_reader
from qa.pipeline import QAPipeline

pytestmark = pytest.mark.models
WORDS = [
    "[PAD]",
    "[CLS]",
    "[SEP]",
    "[UNK]",
    "query",
    "passage",
    ":",
    *["le", "capitaine", "est", "yves", "phare", "mesure", "42"],
]


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    plain = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    plain.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=plain, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    )


@pytest.fixture(scope="module")
def config() -> BertConfig:
    torch.manual_seed(0)
    return BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=320,
    )  # fmt: skip


@pytest.fixture
def reader_folder(tmp_path: Path, tokenizer: PreTrainedTokenizerFast, config: BertConfig) -> Path:
    BertForQuestionAnswering(config).save_pretrained(tmp_path / "reader")
    tokenizer.save_pretrained(tmp_path / "reader")
    return tmp_path / "reader"


@pytest.fixture
def encoder_folder(tmp_path: Path, tokenizer: PreTrainedTokenizerFast, config: BertConfig) -> Path:
    BertModel(config).save_pretrained(tmp_path / "body")
    tokenizer.save_pretrained(tmp_path / "body")
    body = Transformer(str(tmp_path / "body"))
    model = SentenceTransformer(
        modules=[body, Pooling(16)], prompts={"query": "query: ", "document": "passage: "}
    )
    model.save(str(tmp_path / "encoder"))
    return tmp_path / "encoder"


def test_any_reader_and_any_encoder(tmp_path: Path, reader_folder: Path, encoder_folder: Path) -> None:
    (tmp_path / "port.txt").write_text("le capitaine est yves. le phare mesure 42.", encoding="utf-8")
    encoder = SentenceEncoder.open(str(encoder_folder))
    pipeline = QAPipeline.open(
        documents=[tmp_path / "port.txt"], encoder=encoder, reader=open_reader(str(reader_folder))
    )
    answer = pipeline.ask("capitaine est", threshold=0.0)
    assert answer.text is not None
    assert answer.text in "le capitaine est yves. le phare mesure 42."
    assert not answer.calibrated
    assert encoder.fingerprint["query prompt"] == "query: "
    assert encoder.dimension == 16


def test_weights_that_can_run_code_are_not_loaded(reader_folder: Path) -> None:
    weights = reader_folder / "model.safetensors"
    torch.save(load_file(weights), reader_folder / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(ModelError, match="safetensors"):
        open_reader(str(reader_folder))


def test_a_passage_longer_than_the_window_is_read_to_its_end(reader_folder: Path) -> None:
    reader = open_reader(str(reader_folder))
    text = "phare " * 2_000 + "yves"
    reading = reader.read("capitaine", [Passage("d#0", "d", "d", "d", text, 0, len(text))])[0]
    assert all(text[span.start : span.end].strip() == text[span.start : span.end] for span in reading.spans)
    assert len(reading.spans) == 3


def test_a_model_without_a_span_head_is_refused(tmp_path: Path, encoder_folder: Path) -> None:
    with pytest.raises(ModelError, match="no trained span head"):
        open_reader(str(tmp_path / "body"))


@pytest.mark.parametrize("name", ["nobody/nothing", "/no/such/folder"])
def test_a_name_that_is_not_at_hand_is_told_at_once(name: str) -> None:
    with pytest.raises(ModelError, match="--download"):
        open_reader(name)
    with pytest.raises(ModelError, match="--download"):
        SentenceEncoder.open(name)
