"""Exports a body to ONNX for onnxruntime on CPUs, in 32 or 8 bits: `python -m training.export --help`.

The reader's output is span logits; with --tokenizer, a sentence encoder's token vectors.

float32    as it is: to compare with
block8     weights and activations in blocks of 32: no loss to be seen, little gain in speed
dynamic8   one scale for the activations of a product, smoothed by what a sample of text shows: the fastest
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from training.body import Body, load_body
from training.examples import Prepared
from training.graph import Block8, Dynamic8, Float32, Kind, Output, Precision, body_graph
from training.sampling import BOS, SEP
from training.words import WordTable

KINDS: tuple[Kind, ...] = ("qkv", "attended", "inner", "outer")
_PROMPTS = ("query: ", "passage: ")  # of the E5 family, before what is asked and what is searched
_LONG = 240  # tokens of a passage that are looked at

Ids = list[int]


@dataclass(frozen=True)
class Plan:
    """How an 8-bit file is made; the defaults are what was measured best."""

    smoothing: float = 0.5  # SmoothQuant's alpha; 0 leaves the activations alone
    bits: int = 7  # of the weights; with 8, processors without VNNI overflow their 16-bit sums
    # A few tokens (the separators) reach 60 where the rest stay below 2, in these products' inputs only.
    by_token: tuple[Kind, ...] = ("outer",)


def largest_inputs(body: Body, embeddings: Sequence[Tensor]) -> dict[tuple[int, Kind], Tensor]:
    """For each product, the largest magnitude of each input dimension; texts are [1, tokens, hidden] each."""
    found: dict[tuple[int, Kind], Tensor] = {}

    def noting(place: tuple[int, Kind]) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def note(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            largest = inputs[0].abs().amax(dim=(0, 1))
            found[place] = torch.maximum(found[place], largest) if place in found else largest

        return note

    handles = [
        getattr(layer, kind).register_forward_pre_hook(noting((i, kind)))
        for i, layer in enumerate(body.layers)
        for kind in KINDS
    ]
    with torch.inference_mode():
        for embedding in embeddings:
            body(embedding, torch.ones(embedding.shape[:2], dtype=torch.long))
    for handle in handles:
        handle.remove()
    return found


def smoothing(
    largest: Tensor, weight: Tensor, alpha: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """SmoothQuant's factors (Xiao et al. 2022), around 1; `weight` is [outer, inner].

    max|x|^alpha / max|w|^(1 - alpha)
    """
    factors = largest.clamp(min=1e-5) ** alpha / weight.abs().amax(dim=0).clamp(min=1e-5) ** (1 - alpha)
    return np.asarray((factors / factors.log().mean().exp()).numpy(), dtype=np.float32)


def precisions(body: Body, plan: Plan, embeddings: Sequence[Tensor]) -> Callable[[int, Kind], Precision]:
    largest = largest_inputs(body, embeddings) if plan.smoothing else {}

    def chosen(i: int, kind: Kind) -> Precision:
        weight = getattr(body.layers[i], kind).weight.detach()
        smooth = smoothing(largest[i, kind], weight, plan.smoothing) if plan.smoothing else None
        return Dynamic8(plan.bits, smooth, kind in plan.by_token)

    return chosen


def reader_sample(prepared: Prepared, words: WordTable, count: int) -> list[Tensor]:
    """Questions with their passages from the training data, to see what a reader's activations are like."""
    return [
        words.rows(torch.tensor([[BOS, *question, SEP, SEP, *passage[:_LONG], SEP]]))
        for question, passage in _drawn(prepared, count)
    ]


def encoder_sample(prepared: Prepared, words: WordTable, prompts: Sequence[Ids], count: int) -> list[Tensor]:
    """The same questions and passages, each by itself after its prompt, as an encoder sees them."""
    query, document = prompts
    return [
        words.rows(torch.tensor([[BOS, *prompt, *text, SEP]]))
        for question, passage in _drawn(prepared, count)
        for prompt, text in ((query, question), (document, passage[:_LONG]))
    ]


def _drawn(prepared: Prepared, count: int, seed: int = 0) -> list[tuple[Ids, Ids]]:
    rng = np.random.default_rng(seed)
    return [
        (prepared.questions[number].tolist(), prepared.passages[int(prepared.passage[number])].tolist())
        for number in map(int, rng.choice(len(prepared.questions), count, replace=False))
    ]


def export(
    body: Body,
    out: Path,
    kind: str,
    plan: Plan,
    embeddings: Sequence[Tensor],
    *,
    output: Output = "span_logits",
) -> None:
    """Writes the file. Raises ValueError for a kind that isn't known."""
    match kind:
        case "float32":
            model = body_graph(body, lambda i, product: Float32(), output)
        case "block8":
            model = body_graph(body, lambda i, product: Block8(), output)
        case "dynamic8":
            model = body_graph(body, precisions(body, plan, embeddings), output)
        case _:
            raise ValueError(f"{kind!r} is none of float32, block8, dynamic8")
    onnx.checker.check_model(model)
    onnx.save(model, out)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("body", type=Path, help="a body (.safetensors)")
    parser.add_argument("out", type=Path, help="the .onnx file to write")
    parser.add_argument("--kind", choices=("float32", "block8", "dynamic8"), default="dynamic8")
    parser.add_argument(
        "--prepared", type=Path, help="prepared.npz, whose texts show the activations (dynamic8)"
    )
    parser.add_argument("--words", type=Path, help="word_embeddings.safetensors (dynamic8)")
    parser.add_argument(
        "--smoothing", type=float, default=Plan.smoothing, help="alpha; 0 for none (default 0.5)"
    )
    parser.add_argument(
        "--bits", type=int, choices=(7, 8), default=Plan.bits, help="of dynamic8's weights (default 7)"
    )
    parser.add_argument("--sample", type=int, default=64, help="texts to look at (default 64)")
    parser.add_argument(
        "--tokenizer",
        type=Path,
        help="tokenizer.json: the body is a sentence encoder, prompted as E5 is; write its token vectors",
    )
    given = parser.parse_args()
    embeddings: list[Tensor] = []
    if given.kind == "dynamic8" and given.smoothing:
        if given.prepared is None or given.words is None:
            parser.error("dynamic8 with smoothing needs --prepared and --words")
        prepared, words = Prepared.load(given.prepared), WordTable.load(given.words)
        if given.tokenizer is None:
            embeddings = reader_sample(prepared, words, given.sample)
        else:
            tokenizer = Tokenizer.from_file(str(given.tokenizer))
            prompts = [tokenizer.encode(prompt, add_special_tokens=False).ids for prompt in _PROMPTS]
            embeddings = encoder_sample(prepared, words, prompts, given.sample)
    plan = Plan(smoothing=given.smoothing, bits=given.bits)
    output: Output = "span_logits" if given.tokenizer is None else "token_embeddings"
    export(load_body(given.body), given.out, given.kind, plan, embeddings, output=output)
    print(f"{given.out}: {given.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
