"""The embedded encoder the way sentence-transformers would run it, to be compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from index.embedded import BEGIN, END, PAD, Body


def as_sentence_transformer(body: Body) -> SentenceTransformer:
    """A SentenceTransformer with the body's prompts, whose one module is the body."""
    return SentenceTransformer(modules=[_Module(body)], prompts=dict(body.config["prompts"]), device="cpu")


class _Module(torch.nn.Module):
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
        return {**features, "sentence_embedding": torch.from_numpy(means)}
