"""The reader's body: a BERT encoder on word embeddings, with two numbers a token as its output.

Written out rather than taken from `transformers`, because training on CPUs gains from one product for
query, key and value, from attention as plain products, and from computing in bf16 throughout.
Names and shapes in files are those of `transformers`' BertModel, so other programs can read them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from training.words import unpacked

HEAD = 32  # numbers of an attention head; no file says it, all bodies here share it


@dataclass(frozen=True)
class Shape:
    """Sizes of a body; the defaults are multilingual-e5-small's."""

    hidden: int = 384
    layers: int = 12
    inner: int = 1536
    positions: int = 512

    @property
    def heads(self) -> int:
        return self.hidden // HEAD


class Linear(nn.Linear):
    """A linear layer whose float32 weights follow the precision of what comes in."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weight.to(x.dtype), self.bias.to(x.dtype))


class Layer(nn.Module):
    """One transformer layer, normalised after each sum as in BERT; no dropout."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.qkv = Linear(shape.hidden, 3 * shape.hidden)
        self.attended = Linear(shape.hidden, shape.hidden)
        self.attended_norm = nn.LayerNorm(shape.hidden, eps=1e-12)
        self.inner = Linear(shape.hidden, shape.inner)
        self.outer = Linear(shape.inner, shape.hidden)
        self.outer_norm = nn.LayerNorm(shape.hidden, eps=1e-12)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, tokens, hidden = x.shape
        size = hidden // self.heads
        q, k, v = self.qkv(x).view(batch, tokens, 3, self.heads, size).permute(2, 0, 3, 1, 4)
        # plain products: on CPUs in bf16 the fused kernel is slower, its backward pass above all
        weights = torch.softmax(torch.matmul(q * size**-0.5, k.transpose(-1, -2)) + mask, dim=-1)
        context = torch.matmul(weights, v).transpose(1, 2).reshape(batch, tokens, hidden)
        x = self.attended_norm(x + self.attended(context))
        normalised: Tensor = self.outer_norm(x + self.outer(functional.gelu(self.inner(x))))
        return normalised


class Body(nn.Module):
    """From word embeddings to span logits."""

    def __init__(self, shape: Shape = Shape()) -> None:
        super().__init__()
        self.shape = shape
        self.position = nn.Parameter(torch.zeros(shape.positions, shape.hidden))
        self.token_type = nn.Parameter(torch.zeros(2, shape.hidden))
        self.embedding_norm = nn.LayerNorm(shape.hidden, eps=1e-12)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.span = Linear(shape.hidden, 2)
        self.frozen_layers = 0

    def freeze(self, layers: int) -> None:
        """Freezes the embeddings and the lowest layers; nothing of them is kept for the backward pass."""
        self.frozen_layers = layers
        for part in (self.embedding_norm, *self.layers[:layers]):
            part.requires_grad_(False)
        self.position.requires_grad_(False)
        self.token_type.requires_grad_(False)

    def forward(self, inputs_embeds: Tensor, attention_mask: Tensor) -> Tensor:
        """[batch, tokens, hidden] and [batch, tokens] (0 for padding) to logits [batch, tokens, 2]."""
        logits: Tensor = self.span(self.vectors(inputs_embeds, attention_mask))
        return logits

    def logits(self, inputs_embeds: Tensor, attention_mask: Tensor, bf16: bool) -> Tensor:
        """The same in float32, from float32; `bf16`: computed in that."""
        logits: Tensor = self(inputs_embeds.bfloat16() if bf16 else inputs_embeds, attention_mask)
        return logits.float()

    def vectors(self, inputs_embeds: Tensor, attention_mask: Tensor) -> Tensor:
        """The same to one vector a token, [batch, tokens, hidden].

        Computes in the precision of `inputs_embeds`, apart from the sums inside the layer norms.
        """
        # -1e4 rather than minus infinity: e^-1e4 is zero all the same, and no row can become NaN
        mask = (1 - attention_mask[:, None, None, :].to(inputs_embeds.dtype)) * -1e4
        positions = self.position[: inputs_embeds.shape[1]].to(inputs_embeds.dtype)
        x: Tensor = self.embedding_norm(
            inputs_embeds + positions + self.token_type[0].to(inputs_embeds.dtype)
        )
        for layer in self.layers:
            x = layer(x, mask)
        return x


# Our names to those of the files, without the layer's number.
NAMES = {
    "attended": "attention.output.dense",
    "attended_norm": "attention.output.LayerNorm",
    "inner": "intermediate.dense",
    "outer": "output.dense",
    "outer_norm": "output.LayerNorm",
}
THIRDS = ("attention.self.query", "attention.self.key", "attention.self.value")


def named_for_files(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """A body's state under the names of the files: query, key and value apart, `bert.` before the encoder."""
    renamed: dict[str, Tensor] = {}
    for name, value in state.items():
        if name.startswith("layers."):
            _, number, part, kind = name.split(".")
            place = f"bert.encoder.layer.{number}"
            if part == "qkv":
                renamed |= {f"{place}.{t}.{kind}": v for t, v in zip(THIRDS, value.chunk(3), strict=True)}
            else:
                renamed[f"{place}.{NAMES[part]}.{kind}"] = value
        else:
            renamed[OUTSIDE_LAYERS[name]] = value
    return renamed


OUTSIDE_LAYERS = {
    "position": "bert.embeddings.position_embeddings.weight",
    "token_type": "bert.embeddings.token_type_embeddings.weight",
    "embedding_norm.weight": "bert.embeddings.LayerNorm.weight",
    "embedding_norm.bias": "bert.embeddings.LayerNorm.bias",
    "span.weight": "qa.weight",
    "span.bias": "qa.bias",
}


def save_body(state: dict[str, Tensor], path: Path, about: dict[str, str] | None = None) -> None:
    """Writes a body in float16, whole or not at all; `about` goes into the file's header."""
    tensors = {name: value.half().contiguous() for name, value in named_for_files(state).items()}
    temporary = path.with_name(path.name + ".tmp")
    save_file(tensors, temporary, metadata={"format": "mot-a-mot reader body 1", **(about or {})})
    os.replace(temporary, path)


def load_body(path: Path, seed: int = 0) -> Body:
    """A body from a reader's file, or from the encoder's, whose span layer is then drawn at random.

    Raises ValueError when weights are missing or left over.
    """
    raw = load_file(path)
    found: dict[str, Tensor] = {}
    for name in {name.rsplit("::", 1)[0] for name in raw}:
        packed = f"{name}::codes" in raw
        value = unpacked(raw[f"{name}::codes"], raw[f"{name}::scales"]) if packed else raw[name].float()
        found[name if name.startswith(("bert.", "qa.")) else f"bert.{name}"] = value
    body = Body(_shape(found, path))
    if "qa.weight" not in found:
        generator = torch.Generator().manual_seed(seed)
        found["qa.weight"] = torch.randn(2, body.shape.hidden, generator=generator) * 0.02
        found["qa.bias"] = torch.zeros(2)
    state: dict[str, Tensor] = {}
    for name, empty in body.state_dict().items():
        stored = list(named_for_files({name: empty}))
        if all(part in found for part in stored):
            state[name] = torch.cat([found.pop(part) for part in stored])
    missing = sorted(set(body.state_dict()) - set(state))
    if missing or found:
        raise ValueError(
            f"{path}: missing {missing[:3]}, left over {sorted(found)[:3]}; not a body of {body.shape}"
        )
    body.load_state_dict(state)
    return body


def _shape(found: dict[str, Tensor], path: Path) -> Shape:
    positions = found.get("bert.embeddings.position_embeddings.weight")
    inner = found.get("bert.encoder.layer.0.intermediate.dense.bias")
    if positions is None or inner is None:
        raise ValueError(f"{path}: no position embeddings or first layer; not a body")
    numbers = [int(name.split(".")[3]) for name in found if name.startswith("bert.encoder.layer.")]
    return Shape(positions.shape[1], max(numbers) + 1, len(inner), len(positions))
