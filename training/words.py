"""The word-embedding table, four bits a number."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

BLOCK = 32  # dimensions that share a scale


def unpacked(codes: Tensor, scales: Tensor) -> Tensor:
    """uint8 [..., n / 2], float16 [..., n / 32] to float32 [..., n]: `(code - 8) * scale`, low nibble first.

    >>> unpacked(torch.full((1, 16), 0x98, dtype=torch.uint8), torch.ones(1, 1))[0, :4]
    tensor([0., 1., 0., 1.])
    """
    numbers = torch.stack((codes & 15, codes >> 4), dim=-1).flatten(-2).float() - 8
    blocks = numbers.reshape(*scales.shape, BLOCK)
    return (blocks * scales.float()[..., None]).flatten(-2)


@dataclass(frozen=True)
class WordTable:
    """Rows are unpacked when asked for: a batch needs some thousands of the 250,002."""

    codes: Tensor  # uint8 [words, hidden / 2]
    scales: Tensor  # float16 [words, hidden / 32]

    @classmethod
    def load(cls, path: Path) -> WordTable:
        tensors = load_file(path)
        return cls(tensors["codes"], tensors["scales"])

    def rows(self, ids: Tensor) -> Tensor:
        """int64 [...] to float32 [..., hidden]."""
        return unpacked(self.codes[ids], self.scales[ids])
