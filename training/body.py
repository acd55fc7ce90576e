"""The reader's body: a BERT encoder on word embeddings, with two numbers a token as its output.

Written out rather than taken from `transformers`, because training on CPUs gains from one product for
query, key and value, from bf16 copies of frozen weights, and from attention without dropout.
Names and shapes in files are those of `transformers`' BertModel, so other programs can read them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

PAD = 1  # token id
BLOCK = 32  # dimensions that share a scale in the 4-bit format


@dataclass(frozen=True)
class Shape:
    """Sizes of a body; the defaults are multilingual-e5-small's."""

    hidden: int = 384
    layers: int = 12
    heads: int = 12
    inner: int = 1536
    positions: int = 512


class Layer(nn.Module):
    """One transformer layer, normalised after each sum as in BERT."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.qkv = nn.Linear(shape.hidden, 3 * shape.hidden)
        self.attended = nn.Linear(shape.hidden, shape.hidden)
        self.attended_norm = nn.LayerNorm(shape.hidden, eps=1e-12)
        self.inner = nn.Linear(shape.hidden, shape.inner)
        self.outer = nn.Linear(shape.inner, shape.hidden)
        self.outer_norm = nn.LayerNorm(shape.hidden, eps=1e-12)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        batch, tokens, hidden = x.shape
        q, k, v = self.qkv(x).view(batch, tokens, 3, self.heads, hidden // self.heads).permute(2, 0, 3, 1, 4)
        context = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = self.attended_norm(x + self.attended(context.transpose(1, 2).reshape(batch, tokens, hidden)))
        return self.outer_norm(x + self.outer(F.gelu(self.inner(x))))


class Body(nn.Module):
    """From word embeddings to span logits."""

    def __init__(self, shape: Shape = Shape()) -> None:
        super().__init__()
        self.shape = shape
        self.position = nn.Parameter(torch.zeros(shape.positions, shape.hidden))
        self.token_type = nn.Parameter(torch.zeros(2, shape.hidden))
        self.embedding_norm = nn.LayerNorm(shape.hidden, eps=1e-12)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.span = nn.Linear(shape.hidden, 2)
        self.frozen = 0

    def freeze(self, layers: int) -> None:
        """Freezes the embeddings and the lowest layers; nothing of them is kept for the backward pass."""
        self.frozen = layers
        for part in (self.embedding_norm, *self.layers[:layers]):
            part.requires_grad_(False)
        self.position.requires_grad_(False)
        self.token_type.requires_grad_(False)

    def embed(self, inputs_embeds: Tensor) -> Tensor:
        tokens = inputs_embeds.shape[1]
        return self.embedding_norm(inputs_embeds + self.position[:tokens] + self.token_type[0])

    def forward(self, inputs_embeds: Tensor, attention_mask: Tensor) -> Tensor:
        """Float32 [batch, tokens, hidden] and [batch, tokens] (1 for a token, 0 for padding) to [batch, tokens, 2]."""
        # one mask row a sequence, the same for all queries; -1e4 is enough and exact in bf16
        mask = ((1.0 - attention_mask[:, None, None, :].float()) * -1e4) if attention_mask.is_floating_point() or True else None
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.frozen == 0):
            x = self.embed(inputs_embeds)
            for layer in self.layers[: self.frozen]:
                x = layer(x, mask)
        for layer in self.layers[self.frozen :]:
            x = layer(x, mask)
        return self.span(x)
