"""The prepared data: everything as token ids, in one npz file without pickles."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
FORMAT = 1
NO_SPAN = (-1, -1)


@dataclass(frozen=True)
class Ragged:
    """Rows of different lengths in one array: row i is `values[bounds[i] : bounds[i + 1]]`."""

    values: Ints
    bounds: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Iterable[Sequence[int] | Ints]) -> Ragged:
        arrays = [np.asarray(row, dtype=np.int32) for row in rows]
        bounds = np.cumsum([0, *(len(array) for array in arrays)], dtype=np.int64)
        return cls(np.concatenate(arrays) if arrays else np.zeros(0, np.int32), bounds)

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __getitem__(self, i: int) -> Ints:
        return self.values[self.bounds[i] : self.bounds[i + 1]]


@dataclass(frozen=True)
class Prepared:
    """Passages and questions, tokenised; the arrays of questions go in step, one row each."""

    sources: tuple[str, ...]
    shares: tuple[float, ...]  # of the examples, one a source
    passages: Ragged  # token ids
    source: Ints  # [questions], index into `sources`
    passage: Ints  # [questions], index into `passages`
    span: Ints  # [questions, 2], first and last token of the answer in its passage; NO_SPAN without one
    sentence: (
        Ints  # [questions, 2], tokens of the answer's sentence; (0, 0) when the answer stands elsewhere too
    )
    questions: Ragged  # token ids
    keywords: Ragged  # the question as keywords; an empty row when there is no such form
    misspelt: Ragged
    swapped: Ragged  # a near miss that the passage doesn't answer
    neighbours: Ragged  # [questions], indices of near passages without the answer

    def save(self, path: Path) -> None:
        arrays: dict[str, NDArray[np.generic]] = {
            "format": np.array(FORMAT),
            "sources": np.array(self.sources),
            "shares": np.array(self.shares),
        }
        for name in ("source", "passage", "span", "sentence"):
            arrays[name] = getattr(self, name)
        for name in RAGGED:
            arrays[f"{name}.values"] = getattr(self, name).values
            arrays[f"{name}.bounds"] = getattr(self, name).bounds
        temporary = path.with_suffix(".tmp.npz")
        np.savez(temporary, **arrays)  # type: ignore[arg-type]
        os.replace(temporary, path)

    @classmethod
    def load(cls, path: Path) -> Prepared:
        """Raises ValueError for another format."""
        with np.load(path, allow_pickle=False) as file:
            if int(file["format"]) != FORMAT:
                raise ValueError(f"{path}: format {int(file['format'])}; {FORMAT} expected, prepare it again")
            return cls(
                sources=tuple(str(name) for name in file["sources"]),
                shares=tuple(float(share) for share in file["shares"]),
                source=file["source"],
                passage=file["passage"],
                span=file["span"],
                sentence=file["sentence"],
                **{name: Ragged(file[f"{name}.values"], file[f"{name}.bounds"]) for name in RAGGED},
            )


RAGGED = ("passages", "questions", "keywords", "misspelt", "swapped", "neighbours")
