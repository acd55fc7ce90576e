"""Reads answers with a body or an exported file: the best span and its margin over "no answer"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training.body import Body, load_body
from training.sampling import BOS, PAD, SEP
from training.words import WordTable

Floats = NDArray[np.float32]
MAX_TOKENS = 512
OVERLAP = 128  # tokens that two windows of a long passage share
LONGEST = 31  # tokens of a span


class SpanModel(Protocol):
    def logits(self, inputs_embeds: Floats, attention_mask: NDArray[np.int64]) -> Floats:
        """[batch, tokens, hidden] and [batch, tokens] to [batch, tokens, 2]."""
        ...


class TorchModel:
    """A body in float32, or in bf16 as in training (several times faster where the processor has it)."""

    def __init__(self, body: Body, bf16: bool = False) -> None:
        self.body = body.eval()
        self.dtype = torch.bfloat16 if bf16 else torch.float32

    def logits(self, inputs_embeds: Floats, attention_mask: NDArray[np.int64]) -> Floats:
        with torch.inference_mode():
            embeddings = torch.from_numpy(inputs_embeds).to(self.dtype)
            return np.asarray(self.body(embeddings, torch.from_numpy(attention_mask)).float().numpy())


class OnnxModel:
    def __init__(self, path: Path, threads: int = 2) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def logits(self, inputs_embeds: Floats, attention_mask: NDArray[np.int64]) -> Floats:
        (found,) = self.session.run(None, {"inputs_embeds": inputs_embeds, "attention_mask": attention_mask})
        return np.asarray(found, dtype=np.float32)


def load_model(path: Path, threads: int, bf16: bool) -> SpanModel:
    """An exported .onnx or a body's .safetensors."""
    if path.suffix == ".onnx":
        return OnnxModel(path, threads)
    torch.set_num_threads(threads)
    return TorchModel(load_body(path), bf16)


@dataclass(frozen=True, slots=True)
class Pair:
    question: str
    passage: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The best span, whether or not it beats "no answer"; `text` is a slice of the passage."""

    text: str
    margin: float  # logits above "no answer"


@dataclass(frozen=True, slots=True)
class Window:
    pair: int  # index of its pair
    ids: list[int]
    first: int  # place of the passage's first token in `ids`
    offsets: NDArray[np.int32]  # [tokens, 2], characters of the passage


class Reader:
    """Pairs go in, readings come out in the same order. Long passages are read in overlapping windows."""

    def __init__(self, model: SpanModel, words: WordTable, tokenizer: Tokenizer, batch: int = 16) -> None:
        self.model, self.words, self.tokenizer, self.batch = model, words, tokenizer, batch

    def read(self, pairs: Sequence[Pair]) -> list[Reading]:
        windows = sorted(self._windows(pairs), key=lambda window: len(window.ids))
        found: list[Reading | None] = [None] * len(pairs)
        for start in range(0, len(windows), self.batch):
            chunk = windows[start : start + self.batch]
            for window, logits in zip(chunk, self._logits(chunk), strict=True):
                reading = best_span(window, logits, pairs[window.pair].passage)
                known = found[window.pair]
                if known is None or reading.margin > known.margin:
                    found[window.pair] = reading
        return [reading if reading is not None else Reading("", float("-inf")) for reading in found]

    def _windows(self, pairs: Sequence[Pair]) -> Iterator[Window]:
        questions = self.tokenizer.encode_batch([pair.question for pair in pairs], add_special_tokens=False)
        texts = list(dict.fromkeys(pair.passage for pair in pairs))
        encoded = self.tokenizer.encode_batch(texts, add_special_tokens=False)
        passages = dict(zip(texts, encoded, strict=True))
        for i, (pair, question) in enumerate(zip(pairs, questions, strict=True)):
            passage, asked = passages[pair.passage], question.ids[:64]
            offsets = np.array(passage.offsets, np.int32).reshape(-1, 2)
            room = MAX_TOKENS - len(asked) - 4
            for start in range(0, max(1, len(passage.ids) - OVERLAP), room - OVERLAP):
                part = slice(start, start + room)
                ids = [BOS, *asked, SEP, SEP, *passage.ids[part], SEP]
                if len(ids) > len(asked) + 4:
                    yield Window(i, ids, len(asked) + 3, offsets[part])

    def _logits(self, windows: Sequence[Window]) -> Iterator[Floats]:
        tokens = max(len(window.ids) for window in windows)
        ids = np.full((len(windows), tokens), PAD, np.int64)
        for row, window in zip(ids, windows, strict=True):
            row[: len(window.ids)] = window.ids
        embeddings = self.words.rows(torch.from_numpy(ids)).numpy()
        yield from self.model.logits(embeddings, (ids != PAD).astype(np.int64))


def best_span(window: Window, logits: Floats, passage: str) -> Reading:
    """The span of at most LONGEST tokens with the highest start + end."""
    tokens = slice(window.first, window.first + len(window.offsets))
    sums = logits[tokens, 0][:, None] + logits[tokens, 1][None, :]
    allowed = np.triu(np.ones_like(sums, dtype=bool)) & ~np.triu(np.ones_like(sums, dtype=bool), LONGEST)
    start, end = divmod(int(np.where(allowed, sums, -np.inf).argmax()), sums.shape[1])
    text = passage[window.offsets[start, 0] : window.offsets[end, 1]].strip()
    return Reading(text, float(sums[start, end] - logits[0].sum()))
