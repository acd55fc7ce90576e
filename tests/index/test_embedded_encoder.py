"""The embedded encoder, and the files it is made of."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index import ARTICLE, ModelError, load
from index.embedded import ENCODER_FOLDER, Body, Vocabulary
from index.embedded_encoder import EmbeddedEncoder
from index.encoder import open_encoder
from tests.index.sentence_transformer import as_sentence_transformer


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
    def encoder(self, vocabulary: Vocabulary) -> EmbeddedEncoder:
        return EmbeddedEncoder.open(vocabulary=vocabulary)

    def test_another_format_is_refused(self, vocabulary: Vocabulary, tmp_path: Path) -> None:
        for config, told in (
            ("{", "not JSON"),
            ('{"format": 9}', "model format 9, this version reads format 1"),
        ):
            (tmp_path / "config.json").write_text(config, encoding="utf-8")
            with pytest.raises(ModelError, match=told):
                Body(tmp_path, "encoder.onnx", vocabulary)

    def test_translations_are_nearer_than_other_subjects(self, encoder: EmbeddedEncoder) -> None:
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

    def test_its_vectors_are_those_of_sentence_transformers(
        self, encoder: EmbeddedEncoder, vocabulary: Vocabulary
    ) -> None:
        theirs = as_sentence_transformer(Body(ENCODER_FOLDER, "encoder.onnx", vocabulary))
        texts = ["Le port est fermé.", "", "日本語 のテキスト", "word " * 600, load(ARTICLE).text[:700]]
        ours = encoder.encode_documents(texts)
        assert ours.dtype == np.float32
        assert np.allclose(ours, theirs.encode_document(texts, normalize_embeddings=True), atol=1e-6)
        assert np.allclose(
            encoder.encode_query(texts[0]),
            theirs.encode_query(texts[0], normalize_embeddings=True),
            atol=1e-6,
        )
        assert encoder.encode_documents([]).shape == (0, 384)

    def test_it_is_opened_by_its_folder_as_by_no_name(self, encoder: EmbeddedEncoder, tmp_path: Path) -> None:
        (tmp_path / "copy").symlink_to(ENCODER_FOLDER)
        for opened in (open_encoder(), open_encoder(str(tmp_path / "copy"))):
            assert opened.fingerprint == encoder.fingerprint

    def test_threads_may_share_it(self, encoder: EmbeddedEncoder) -> None:
        texts = [f"Le phare mesure {number} mètres." for number in range(20)]
        alone = [encoder.encode_query(text) for text in texts]
        with ThreadPoolExecutor(4) as threads:
            assert np.array_equal(list(threads.map(encoder.encode_query, texts)), alone)

    def test_a_vector_does_not_depend_on_its_neighbours(self, encoder: EmbeddedEncoder) -> None:
        texts = ["Le port est fermé.", "Un texte bien plus long que le premier, " * 20, "日本語"]
        together = encoder.encode_documents(texts)
        alone = np.concatenate([encoder.encode_documents([text]) for text in texts])
        assert np.array_equal(together, alone)

    def test_more_than_the_window_is_cut(self, encoder: EmbeddedEncoder) -> None:
        endless = encoder.encode_documents(["mot " * 5_000])
        assert np.linalg.norm(endless[0]) == pytest.approx(1, abs=1e-5)

    def test_it_is_what_its_card_says(self, encoder: EmbeddedEncoder) -> None:
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
