"""The embedded encoder: texts → unit vectors by onnxruntime and NumPy alone, so that no question waits for torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Encoding

from index.embedded import BEGIN, ENCODER_FOLDER, END, Body, Floats, Ids, Vocabulary
from index.encoder import Vectors


class EmbeddedEncoder:
    """A body in the embedded format as an `Encoder`: prompt, mean of the token vectors, length 1."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._prompts: dict[str, str] = dict(body.config["prompts"])

    @classmethod
    def open(cls, folder: Path = ENCODER_FOLDER, vocabulary: Vocabulary | None = None) -> EmbeddedEncoder:
        """The project's own model if no other folder is named. `vocabulary`: one that is loaded already, to be shared.

        ModelError when the folder is not of this format.
        """
        return cls(Body(folder, "encoder.onnx", vocabulary or Vocabulary.open(folder)))

    @property
    def dimension(self) -> int:
        return int(self._body.config["dimension"])

    @property
    def fingerprint(self) -> dict[str, str]:
        return {
            "model": self._body.config["name"],
            "checksum": self._body.checksum,
            "dimension": str(self.dimension),
            "query prompt": self._prompts["query"],
            "document prompt": self._prompts["document"],
        }

    def token_offsets(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return self._body.vocabulary.token_offsets(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        encodings = self._body.vocabulary.tokenize([self._prompts["document"] + text for text in texts])
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for number, token_vectors in enumerate(self._body.run_each(map(self._input, encodings))):
            vectors[number] = _unit(token_vectors)
        return vectors

    def encode_query(self, text: str) -> Vectors:
        (encoding,) = self._body.vocabulary.tokenize([self._prompts["query"] + text])
        return _unit(self._body.run(self._input(encoding)))

    def _input(self, encoding: Encoding) -> Ids:
        return [BEGIN, *encoding.ids[: self._body.max_tokens - 2], END]


def _unit(token_vectors: Floats) -> Vectors:
    """The mean over the tokens, brought to length 1."""
    mean = token_vectors.mean(axis=0)
    vector: Vectors = mean / np.linalg.norm(mean)
    return vector
