"""Encoders: any sentence-transformers model (a tiny one, made here), and the embedded one."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

os.environ["HF_HUB_OFFLINE"] = "1"

from index import ModelError
from index.embedded import ENCODER_FOLDER, Body, Vocabulary
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


# ── the embedded format ──────────────────────────────────────────────────────────────────────────


def test_an_embedded_folder_that_is_not_what_it_should_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"word_embeddings\.safetensors: no such model file"):
        Vocabulary.open(tmp_path)
    (tmp_path / "word_embeddings.safetensors").write_bytes(b"\x08" + bytes(20))
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="the model files can't be read"):
        Vocabulary.open(tmp_path)


@pytest.mark.models
class TestEmbedded:
    @pytest.fixture(scope="class")
    def vocabulary(self) -> Vocabulary:
        return Vocabulary.open()

    @pytest.fixture(scope="class")
    def encoder(self, vocabulary: Vocabulary) -> SentenceEncoder:
        return SentenceEncoder.embedded(vocabulary=vocabulary)

    def test_another_format_is_refused(self, vocabulary: Vocabulary, tmp_path: Path) -> None:
        for config, told in (
            ("{", "not JSON"),
            ('{"format": 9}', "model format 9, this version reads format 1"),
        ):
            (tmp_path / "config.json").write_text(config, encoding="utf-8")
            with pytest.raises(ModelError, match=told):
                Body(tmp_path, "encoder.onnx", vocabulary)

    def test_translations_are_nearer_than_other_subjects(self, encoder: SentenceEncoder) -> None:
        french, english, other = encoder.encode_documents(
            [
                "Le port est fermé le lundi.",
                "The harbour is closed on Mondays.",
                "Elle a publié trois romans.",
            ]
        )
        assert np.dot(french, english) > np.dot(french, other) + 0.05
        question = encoder.encode_query("Quand le port est-il fermé ?")
        assert np.dot(question, french) > np.dot(question, english) > np.dot(question, other)

    def test_a_vector_does_not_depend_on_its_neighbours(self, encoder: SentenceEncoder) -> None:
        texts = ["Le port est fermé.", "Un texte bien plus long que le premier, " * 20, "日本語"]
        together = encoder.encode_documents(texts)
        alone = np.concatenate([encoder.encode_documents([text]) for text in texts])
        assert np.array_equal(together, alone)

    def test_more_than_the_window_is_cut(self, encoder: SentenceEncoder) -> None:
        endless = encoder.encode_documents(["mot " * 5_000])
        assert np.linalg.norm(endless[0]) == pytest.approx(1, abs=1e-5)

    def test_it_is_what_its_card_says(self, encoder: SentenceEncoder) -> None:
        config = json.loads((ENCODER_FOLDER / "config.json").read_text(encoding="utf-8"))
        assert encoder.dimension == config["dimension"] == 384
        assert encoder.fingerprint["model"] == config["name"]
        assert encoder.fingerprint["query prompt"] == "query: "
        assert encoder.fingerprint["document prompt"] == "passage: "

    def test_packed_rows_are_unpacked_to_what_they_stand_for(self, vocabulary: Vocabulary) -> None:
        row = vocabulary.embed([5])[0]
        codes = [nibble for byte in vocabulary.codes[5].tolist() for nibble in (byte & 15, byte >> 4)]
        scales = vocabulary.scales[5].astype(np.float32).repeat(32)
        assert row == pytest.approx((np.array(codes, np.float32) - 8) * scales)
        assert vocabulary.embed([7, 5])[1] == pytest.approx(row)
