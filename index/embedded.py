"""The embedded model files: tokenizer, 4-bit word embeddings, onnxruntime body. The only import of onnxruntime.

Three bodies (encoder, reader and its verifier) share one vocabulary, so tokenizer and table are loaded once and
handed to all. The table stays packed in memory (54 MB, not 384); rows are unpacked as they are looked up.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from safetensors import safe_open
from tokenizers import Encoding, Tokenizer

from index.cores import cores
from index.errors import ModelError

ENCODER_FOLDER = Path(__file__).parent / "models" / "multilingual-e5-small"
FORMAT = 1
BEGIN, PAD, END = 0, 1, 2  # ids of the vocabulary's special tokens

Ids = Sequence[int]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Vocabulary:
    """The tokenizer and the word embeddings: what all embedded bodies share."""

    folder: Path
    tokenizer: Tokenizer
    codes: npt.NDArray[np.uint8]  # [words, dimension / 2]: two 4-bit codes a byte, the low nibble first
    scales: npt.NDArray[np.float16]  # [words, dimension / 32]: one for each block of 32 dimensions

    @classmethod
    def open(cls, folder: Path = ENCODER_FOLDER) -> Vocabulary:
        """Load `tokenizer.json` and `word_embeddings.safetensors`; ModelError when one is missing or damaged."""
        table = _existing(folder / "word_embeddings.safetensors")
        try:
            tokenizer = Tokenizer.from_file(str(_existing(folder / "tokenizer.json")))
            with safe_open(table, framework="numpy") as tensors:
                codes, scales = tensors.get_tensor("codes"), tensors.get_tensor("scales")
        except Exception as error:  # both libraries raise plain Exceptions of their own
            raise ModelError(f"{folder}: the model files can't be read ({error}); copy them again") from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return cls(folder, tokenizer, codes, scales)

    def embed(self, ids: Ids) -> Floats:
        """Ids → their word embeddings, float32 [tokens, dimension]."""
        codes = self.codes[np.asarray(ids)]
        rows = np.empty((len(codes), 2 * codes.shape[1]), np.float32)
        rows[:, 0::2] = codes & 15
        rows[:, 1::2] = codes >> 4
        rows -= 8
        scales = self.scales[np.asarray(ids)].astype(np.float32)
        embeddings: Floats = (rows.reshape(len(codes), -1, 32) * scales[..., None]).reshape(rows.shape)
        return embeddings

    def tokenize(self, texts: Sequence[str]) -> list[Encoding]:
        """Texts → encodings without special tokens, nothing cut off."""
        encodings: list[Encoding] = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return encodings

    def token_offsets(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Texts → the code-point range of each token (a TokenOffsets for the splitter)."""
        return [encoding.offsets for encoding in self.tokenize(texts)]

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of tokenizer and table, in hexadecimal."""
        return checksum_of([self.folder / "tokenizer.json", self.folder / "word_embeddings.safetensors"])


class Body:
    """An onnxruntime session that maps word embeddings to one vector a token.

    Inputs run side by side, each on one core: threads that share one input wait for each other at every
    layer, the more so the busier the machine.
    """

    def __init__(self, folder: Path, file_name: str, vocabulary: Vocabulary) -> None:
        """ModelError when the folder is not of this format."""
        self.folder = folder
        self.vocabulary = vocabulary
        self.config = _read_config(folder)
        self.file = _existing(folder / file_name)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(self.file), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises a class for each of its status codes
            raise ModelError(
                f"{self.file}: onnxruntime can't load it ({error}); copy the file again"
            ) from error
        self._cores = cores()
        self._pool = ThreadPoolExecutor(self._cores, thread_name_prefix=self.file.stem)

    @property
    def max_tokens(self) -> int:
        """The longest input, special tokens included."""
        return int(self.config["max_tokens"])

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the body, of the tokenizer and of the table, in hexadecimal."""
        own = checksum_of([self.file])
        return hashlib.sha256(f"{own} {self.vocabulary.checksum}".encode()).hexdigest()

    def run(self, ids: Ids) -> Floats:
        """One input → float32 [tokens, outputs].

        One at a time: the scale of an 8-bit activation spans the batch, so a neighbour or padding would
        change the result. On CPUs a batch gains next to nothing. Threads may call it at the same time.
        """
        inputs = {
            "inputs_embeds": self.vocabulary.embed(ids)[None],
            "attention_mask": np.ones((1, len(ids)), np.int64),
        }
        output: Floats = self._session.run(None, inputs)[0][0]
        return output

    def run_each(self, inputs: Iterable[Ids]) -> Iterator[Floats]:
        """The output of each input, in their order, on all cores; no more is in memory than they are busy with."""
        pending: deque[Future[Floats]] = deque()
        for ids in inputs:
            pending.append(self._pool.submit(self.run, ids))
            if len(pending) > 2 * self._cores:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def checksum_of(files: Iterable[Path]) -> str:
    """SHA-256 over the contents of `files`, in their order, in hexadecimal."""
    total = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise ModelError(
            f"{file}: no such model file; the folder must hold the embedded format (see its README)"
        )
    return file


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        config: dict[str, Any] = json.loads(_existing(folder / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"{folder / 'config.json'}: not JSON ({error}); copy the file again") from error
    if config.get("format") != FORMAT:
        raise ModelError(
            f"{folder}: model format {config.get('format')!r}, this version reads format {FORMAT}"
        )
    return config
