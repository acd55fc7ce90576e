"""Any sentence-transformers model is an encoder: a tiny one, made here."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

os.environ["HF_HUB_OFFLINE"] = "1"

from index import ModelError
from index.sentence_encoder import SentenceEncoder

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "le", "port", "est", "fermé", "query", "passage", ":"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of one layer with eleven words, as sentence-transformers would save it."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("models") / "tiny-e5"
    words = Tokenizer(
        models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]")
    )
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    return folder


def test_a_model_by_folder_with_the_prompts_of_its_family(tiny: Path) -> None:
    encoder = SentenceEncoder.open(str(tiny))
    assert encoder.dimension == 16
    assert {key: value for key, value in encoder.fingerprint.items() if key != "checksum"} == {
        "model": "tiny-e5", "dimension": "16", "query prompt": "query: ", "document prompt": "passage: "
    }  # fmt: skip
    assert len(encoder.fingerprint["checksum"]) == 64
    vectors = encoder.encode_documents(["le port est fermé", "le port"])
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert encoder.encode_documents([]).shape == (0, 16)
    plain = SentenceEncoder.open(str(_copied(tiny, "plain")))
    assert np.dot(plain.encode_documents(["passage: le port"])[0], vectors[1]) == pytest.approx(1, abs=1e-5)
    assert np.dot(plain.encode_query("query: le port"), encoder.encode_query("le port")) == pytest.approx(
        1, abs=1e-5
    )
    assert encoder.token_offsets(["le port", ""]) == [[(0, 2), (3, 7)], []]


def test_other_weights_are_another_model(tiny: Path) -> None:
    from safetensors.numpy import load_file, save_file

    changed = _copied(tiny, "tiny-e5-b")
    weights = load_file(changed / "model.safetensors")
    weights["embeddings.word_embeddings.weight"][4, 0] += 0.01
    save_file(weights, changed / "model.safetensors", {"format": "pt"})
    first, second = (SentenceEncoder.open(str(folder)).fingerprint["checksum"] for folder in (tiny, changed))
    assert first != second


def test_what_is_not_at_hand_is_refused_at_once(tiny: Path) -> None:
    with pytest.raises(
        ModelError, match=r"^no/such-model: .*give a folder, a name from the local cache, or .*--download"
    ):
        SentenceEncoder.open("no/such-model")
    pickled = _copied(tiny, "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"no file named model\.safetensors"):
        SentenceEncoder.open(str(pickled))


def test_half_a_pair_of_prompts_is_refused(tiny: Path) -> None:
    half = _copied(tiny, "half")
    saved = SentenceEncoder.open(str(half))._model
    saved.prompts = {"query": "query: ", "document": ""}
    with pytest.raises(ModelError, match="both or none are needed"):
        SentenceEncoder(saved, "half", "0")


def _copied(folder: Path, name: str) -> Path:
    copied = folder.with_name(name)
    if not copied.exists():
        shutil.copytree(folder, copied)
    return copied
