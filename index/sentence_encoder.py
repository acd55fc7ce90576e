"""Texts → unit vectors. The only import of sentence-transformers (and with it of torch).

The embedded model is one module inside a `SentenceTransformer`, so prompts, sorting by length and
progress bars are the library's; any other sentence-transformers model takes its place unchanged.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

from index.embedded import BEGIN, ENCODER_FOLDER, END, PAD, Body, Vocabulary
from index.encoder import Vectors
from index.errors import ModelError

# Families that must be prompted although many of their folders don't say so.
_PROMPTS_OF_FAMILY = {r"(^|[/_-])e5([_-]|$)": {"query": "query: ", "document": "passage: "}}


class SentenceEncoder:
    """A sentence-transformers model as an `Encoder`."""

    def __init__(self, model: Any, name: str, checksum: str) -> None:
        """`model`: a SentenceTransformer; ModelError when it has query but no document prompt, or the reverse."""
        self._model = model
        self._name = name
        self._checksum = checksum
        prompts = {key: model.prompts.get(key) or "" for key in ("query", "document")}
        if bool(prompts["query"]) != bool(prompts["document"]):
            # sentence-transformers leaves a missing prompt out silently, and retrieval gets quietly worse.
            raise ModelError(
                f"{name}: prompts {prompts}, but both or none are needed; "
                "complete them in its config_sentence_transformers.json"
            )
        self._prompts = prompts

    @classmethod
    def embedded(cls, folder: Path = ENCODER_FOLDER, vocabulary: Vocabulary | None = None) -> SentenceEncoder:
        """A model in the embedded format, the project's own if no other is named.

        `vocabulary`: one that is loaded already, to be shared.
        """
        body = Body(folder, "encoder.onnx", vocabulary or Vocabulary.open(folder))
        model = _sentence_transformer(modules=[_EmbeddedModule(body)], prompts=dict(body.config["prompts"]))
        return cls(model, body.config["name"], body.checksum)

    @classmethod
    def open(cls, name: str, download: bool = False) -> SentenceEncoder:
        """A model by folder, or by the name of one in the local cache; from the network only with `download`."""
        folder = Path(name)
        if (folder / "word_embeddings.safetensors").is_file():
            return cls.embedded(folder)
        try:
            model = _sentence_transformer(
                name,
                local_files_only=not download,
                model_kwargs={"use_safetensors": True},  # the other format is a pickle
            )
        except Exception as error:  # the hub, the file formats and torch each raise their own
            raise ModelError(
                f"{name}: no sentence-transformers model at hand by that name ({_first_line(error)}); "
                "give a folder, a name from the local cache, or allow the network with --download"
            ) from error
        if not any(model.prompts.get(key) for key in ("query", "document")):
            for pattern, prompts in _PROMPTS_OF_FAMILY.items():
                if re.search(pattern, name.lower()):
                    model.prompts.update(prompts)
        return cls(model, folder.resolve().name if folder.is_dir() else name, _weights_checksum(model))

    @property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension())

    @property
    def fingerprint(self) -> dict[str, str]:
        return {
            "model": self._name,
            "checksum": self._checksum,
            "dimension": str(self.dimension),
            "query prompt": self._prompts["query"],
            "document prompt": self._prompts["document"],
        }

    def token_offsets(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        tokenizer = self._model.tokenizer
        if hasattr(tokenizer, "encode_batch"):  # a bare `tokenizers` one, as the embedded model's
            encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
            return [encoding.offsets for encoding in encodings]
        if not getattr(tokenizer, "is_fast", False):
            raise ModelError(
                f"{self._name}: its tokenizer gives no offsets; a model with a tokenizer.json is needed"
            )
        batch = tokenizer(list(texts), add_special_tokens=False, return_offsets_mapping=True)
        return [[(start, end) for start, end in offsets] for offsets in batch["offset_mapping"]]

    def encode_documents(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        vectors: Vectors = self._model.encode_document(
            list(texts),
            prompt=self._prompts["document"],
            normalize_embeddings=True,
            show_progress_bar=progress,
        )
        return vectors.astype(np.float32, copy=False)

    def encode_query(self, text: str) -> Vectors:
        vector: Vectors = self._model.encode_query(
            text, prompt=self._prompts["query"], normalize_embeddings=True, show_progress_bar=False
        )
        return vector.astype(np.float32, copy=False)


def _sentence_transformer(*args: Any, **kwargs: Any) -> Any:
    # Chatter about tokenizer classes and missing model cards belongs to no answer of ours.
    for name in ("sentence_transformers", "transformers"):
        logging.getLogger(name).setLevel(logging.ERROR)
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(*args, device="cpu", **kwargs)


class _EmbeddedModule(torch.nn.Module):
    """The embedded encoder as the one module of a SentenceTransformer."""

    modalities: ClassVar = ["text"]

    def __init__(self, body: Body) -> None:
        super().__init__()
        self._body = body
        self.tokenizer = body.vocabulary.tokenizer
        self.max_seq_length = body.max_tokens

    def get_embedding_dimension(self) -> int:
        return int(self._body.config["dimension"])

    def preprocess(
        self, inputs: Sequence[str], prompt: str | None = None, **_: Any
    ) -> dict[str, torch.Tensor]:
        room = self.max_seq_length - 2
        encodings = self._body.vocabulary.tokenize([(prompt or "") + text for text in inputs])
        rows = [[BEGIN, *encoding.ids[:room], END] for encoding in encodings]
        width = max(map(len, rows))
        return {
            "input_ids": torch.tensor([row + [PAD] * (width - len(row)) for row in rows]),
            "attention_mask": torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows]),
        }

    def forward(self, features: dict[str, torch.Tensor], **_: Any) -> dict[str, torch.Tensor]:
        lengths = features["attention_mask"].sum(dim=1).tolist()
        rows = [ids[:length] for ids, length in zip(features["input_ids"].tolist(), lengths, strict=True)]
        means = np.stack([self._body.run(row).mean(axis=0) for row in rows])
        unit = means / np.linalg.norm(means, axis=1, keepdims=True)
        return {**features, "sentence_embedding": torch.from_numpy(unit)}


def _weights_checksum(model: Any) -> str:
    """SHA-256 over a model's parameters, in hexadecimal."""
    total = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        total.update(name.encode())
        total.update(tensor.detach().to(torch.float32).contiguous().cpu().numpy().tobytes())
    return total.hexdigest()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
