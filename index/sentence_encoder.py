"""Any sentence-transformers model as an encoder. The only import of sentence-transformers (and with it of torch)."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

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
        self._one_at_a_time = threading.Lock()  # its tokenizer changes with each call, and can't be shared
        prompts = {key: model.prompts.get(key) or "" for key in ("query", "document")}
        if bool(prompts["query"]) != bool(prompts["document"]):
            # sentence-transformers leaves a missing prompt out silently, and retrieval gets quietly worse.
            raise ModelError(
                f"{name}: prompts {prompts}, but both or none are needed; "
                "complete them in its config_sentence_transformers.json"
            )
        self._prompts = prompts

    @classmethod
    def open(cls, name: str, download: bool = False) -> SentenceEncoder:
        """A model by folder, or by the name of one in the local cache; from the network only with `download`."""
        folder = Path(name)
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
        if not getattr(tokenizer, "is_fast", False):
            raise ModelError(
                f"{self._name}: its tokenizer gives no offsets; a model with a tokenizer.json is needed"
            )
        with self._one_at_a_time:
            batch = tokenizer(list(texts), add_special_tokens=False, return_offsets_mapping=True)
        return [[(start, end) for start, end in offsets] for offsets in batch["offset_mapping"]]

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        with self._one_at_a_time:
            vectors: Vectors = self._model.encode_document(
                list(texts),
                prompt=self._prompts["document"],
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return vectors.astype(np.float32, copy=False)

    def encode_query(self, text: str) -> Vectors:
        with self._one_at_a_time:
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


def _weights_checksum(model: Any) -> str:
    """SHA-256 over a model's parameters, in hexadecimal."""
    total = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        total.update(name.encode())
        total.update(tensor.detach().to(torch.float32).contiguous().cpu().numpy().tobytes())
    return total.hexdigest()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
