"""Any extractive model of the `transformers` library as a reader. The only import of transformers here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from index.documents import Passage
from index.errors import ModelError
from qa.answers import Span
from qa.reader import Reading, check_length, trimmed, without_overlap
from qa.spans import best_spans

_SPANS = 3  # proposed for each passage
_STRIDE = 64  # tokens that two windows of a long passage share
_LONGEST_WINDOW = 512  # tokens


class TransformersReader:
    """An `AutoModelForQuestionAnswering` with its own tokenizer and window."""

    def __init__(self, model: Any, tokenizer: Any, name: str) -> None:
        """ModelError when the tokenizer gives no offsets, without which nothing can be quoted."""
        if not tokenizer.is_fast:
            raise ModelError(
                f"{name}: its tokenizer gives no offsets; a model with a tokenizer.json is needed"
            )
        self._model = model.eval()
        self._tokenizer = tokenizer
        self._name = name
        window = min(getattr(model.config, "max_position_embeddings", _LONGEST_WINDOW), _LONGEST_WINDOW)
        # Models of the RoBERTa family count positions from the padding id on, so two of them are no token's.
        self._window = window - 2 if window < _LONGEST_WINDOW else window

    @classmethod
    def open(cls, name: str, download: bool = False) -> TransformersReader:
        """By folder or by the name of a model in the local cache; from the network only with `download`."""
        try:
            tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=not download)
            model, told = AutoModelForQuestionAnswering.from_pretrained(
                name,
                local_files_only=not download,
                output_loading_info=True,
                use_safetensors=True,  # the other format is a pickle
            )
        except Exception as error:  # the hub, the file formats and torch each raise their own
            line = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
            raise ModelError(
                f"{name}: no question-answering model at hand by that name ({line}); "
                "give a folder, a name from the local cache, or allow the network with --download"
            ) from error
        untrained = [key for key in told["missing_keys"] if key.startswith("qa_outputs")]
        if untrained:
            raise ModelError(
                f"{name}: it has no trained span head ({', '.join(untrained)} missing); choose another"
            )
        return cls(model, tokenizer, name)

    @property
    def name(self) -> str:
        return self._name

    @cached_property
    def checksum(self) -> str:
        total = hashlib.sha256()
        for key, tensor in sorted(self._model.state_dict().items()):
            total.update(key.encode())
            total.update(tensor.detach().to(torch.float32).contiguous().cpu().numpy().tobytes())
        return total.hexdigest()

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        check_length(len(self._tokenizer(question, add_special_tokens=False)["input_ids"]))
        return [self._read_one(question, passage.text) for passage in passages]

    def verify(self, question: str, spans: Sequence[tuple[Passage, Span]]) -> None:
        """Such a model has no second look."""

    @torch.inference_mode()
    def _read_one(self, question: str, text: str) -> Reading:
        windows = self._tokenizer(
            question,
            text,
            truncation="only_second",
            max_length=self._window,
            stride=_STRIDE,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        spans: list[Span] = []
        nulls: list[float] = []
        for index, encoding in enumerate(windows.encodings):
            inputs = {key: torch.tensor([windows[key][index]]) for key in self._tokenizer.model_input_names}
            output = self._model(**inputs)
            start, end = output.start_logits[0].float().numpy(), output.end_logits[0].float().numpy()
            null = float(start[0] + end[0])
            nulls.append(null)
            quotable = [at for at, part in enumerate(encoding.sequence_ids) if part == 1]
            for span in best_spans(start[quotable], end[quotable], null, _SPANS):
                first, last = encoding.offsets[quotable[span.first]], encoding.offsets[quotable[span.last]]
                spans += trimmed(text, first[0], last[1], span.score)
        return Reading(without_overlap(spans)[:_SPANS], min(nulls))
