"""Writes a body as an ONNX graph, one node at a time.

A graph of our own instead of an exporter's: query, key and value stay one product, onnxruntime's fused nodes
need no search, and each product can have its own precision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training.body import Body

Floats = NDArray[np.float32]
MICROSOFT = "com.microsoft"  # the domain of onnxruntime's own operators
OPSET = 17


@dataclass(frozen=True)
class Float32:
    """The product as it is."""


@dataclass(frozen=True)
class Block8:
    """Blocks along the inner dimension, of weights and activations, each with its scale (MatMulNBits)."""

    size: int = 32


@dataclass(frozen=True)
class Dynamic8:
    """Weights with a scale for each output, activations with one for the whole tensor, found at run time."""

    bits: int = 8  # of the weights; 7 can't overflow on processors without VNNI
    smooth: Floats | None = None  # [inner], divides the activations and multiplies the weights
    by_token: bool = False  # scale each token to the same maximum first


Precision = Float32 | Block8 | Dynamic8
Kind = Literal["qkv", "attended", "inner", "outer"]
Output = Literal["span_logits", "token_embeddings"]  # of a reader; of a sentence encoder, before the mean


@dataclass
class Graph:
    """A graph being written: nodes and weights in order."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)

    def weight(self, name: str, value: NDArray[np.generic]) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], name: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes))
        return name


def product(graph: Graph, x: str, weight: Floats, name: str, precision: Precision) -> str:
    """x [batch, tokens, inner] times weight [inner, outer], without its bias."""
    match precision:
        case Float32():
            return graph.node("MatMul", [x, graph.weight(f"{name}.weight", weight)], name)
        case Block8(size):
            codes, scales = in_blocks(weight, size)
            inputs = [x, graph.weight(f"{name}.codes", codes), graph.weight(f"{name}.scales", scales)]
            return graph.node(
                "MatMulNBits",
                inputs,
                name,
                MICROSOFT,
                K=weight.shape[0],
                N=weight.shape[1],
                bits=8,
                block_size=size,
                accuracy_level=4,
            )
        case Dynamic8():
            return _dynamic8(graph, x, weight, name, precision)


def _dynamic8(graph: Graph, x: str, weight: Floats, name: str, precision: Dynamic8) -> str:
    if precision.smooth is not None:
        x = graph.node("Mul", [x, graph.weight(f"{name}.smooth", 1 / precision.smooth)], f"{name}.smoothed")
        weight = weight * precision.smooth[:, None]
    codes, scales = by_output(weight, precision.bits)
    stored = [graph.weight(f"{name}.codes", codes), graph.weight(f"{name}.scales", scales)]
    if not precision.by_token:
        return graph.node("DynamicQuantizeMatMul", [x, *stored], name, MICROSOFT)
    size = graph.node("Abs", [x], f"{name}.abs")
    size = graph.node("ReduceMax", [size], f"{name}.largest", axes=[-1], keepdims=1)
    size = graph.node(
        "Max", [size, graph.weight(f"{name}.least", np.array([1e-9], np.float32))], f"{name}.size"
    )
    x = graph.node("Div", [x, size], f"{name}.even")
    multiplied = graph.node("DynamicQuantizeMatMul", [x, *stored], f"{name}.product", MICROSOFT)
    return graph.node("Mul", [multiplied, size], name)


def by_output(weight: Floats, bits: int) -> tuple[NDArray[np.int8], Floats]:
    """Codes [inner, outer] and scales [outer]: `weight` is about `codes * scales`."""
    top = 2 ** (bits - 1) - 1
    scales = np.maximum(np.abs(weight).max(axis=0), 1e-9) / top
    return np.clip(np.rint(weight / scales), -top, top).astype(np.int8), scales.astype(np.float32)


def in_blocks(weight: Floats, size: int) -> tuple[NDArray[np.uint8], Floats]:
    """MatMulNBits' layout: codes [outer, blocks, size] around 128, scales [outer * blocks]."""
    inner, outer = weight.shape
    blocks = weight.T.reshape(outer, inner // size, size)
    scales = np.maximum(np.abs(blocks).max(axis=2), 1e-9) / 127
    codes = np.rint(blocks / scales[..., None]) + 128
    return codes.astype(np.uint8), scales.reshape(-1).astype(np.float32)


def body_graph(
    body: Body, precision: Callable[[int, Kind], Precision], output: Output = "span_logits"
) -> onnx.ModelProto:
    """The whole body: inputs_embeds and attention_mask to `output`. The span layer stays in 32 bits."""
    graph = Graph()
    state = {name: value.detach().float().numpy() for name, value in body.state_dict().items()}
    hidden = body.shape.hidden
    mask = graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    x = _embedded(graph, state)
    for i in range(body.shape.layers):
        weights = {
            name.removeprefix(f"layers.{i}."): value
            for name, value in state.items()
            if name.startswith(f"layers.{i}.")
        }
        x = _layer(graph, x, mask, weights, i=i, heads=body.shape.heads, precision=precision)
    if output == "span_logits":
        logits = graph.node("MatMul", [x, graph.weight("span.weight", state["span.weight"].T)], "span")
        graph.node("Add", [logits, graph.weight("span.bias", state["span.bias"])], output)
    else:
        graph.node("Identity", [x], output)
    value = helper.make_tensor_value_info
    made = helper.make_graph(
        graph.nodes,
        "body",
        [
            value("inputs_embeds", TensorProto.FLOAT, ["batch", "tokens", hidden]),
            value("attention_mask", TensorProto.INT64, ["batch", "tokens"]),
        ],
        [value(output, TensorProto.FLOAT, ["batch", "tokens", 2 if output == "span_logits" else hidden])],
        graph.weights,
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=8, producer_name="mot-a-mot training")


def _embedded(graph: Graph, state: Mapping[str, Floats]) -> str:
    """Adds positions and the only token type, and normalises."""
    tokens = graph.node("Shape", ["inputs_embeds"], "tokens", start=1, end=2)
    places = graph.weight("positions", state["position"] + state["token_type"][0])
    zero, axis = graph.weight("zero", np.array([0])), graph.weight("first axis", np.array([0]))
    used = graph.node("Slice", [places, zero, tokens, axis], "positions used")
    summed = graph.node("Add", ["inputs_embeds", used], "with positions")
    norm = [
        graph.weight(f"embedding_norm.{kind}", state[f"embedding_norm.{kind}"]) for kind in ("weight", "bias")
    ]
    return graph.node("LayerNormalization", [summed, *norm], "embedded", axis=-1, epsilon=1e-12)


def _layer(
    graph: Graph,
    x: str,
    mask: str,
    weights: Mapping[str, Floats],
    *,
    i: int,
    heads: int,
    precision: Callable[[int, Kind], Precision],
) -> str:
    def multiplied(x: str, kind: Kind) -> str:
        return product(graph, x, weights[f"{kind}.weight"].T, f"layer{i}.{kind}", precision(i, kind))

    def kept(name: str) -> str:
        return graph.weight(f"layer{i}.{name}", weights[name])

    def normalised(x: str, skip: str, bias: str, norm: str) -> str:
        inputs = [x, skip, kept(f"{norm}.weight"), kept(f"{norm}.bias"), kept(bias)]
        return graph.node("SkipLayerNormalization", inputs, f"layer{i}.{norm}", MICROSOFT, epsilon=1e-12)

    thirds = [f"layer{i}.{name}" for name in ("query", "key", "value")]
    graph.nodes.append(
        helper.make_node("Split", [multiplied(x, "qkv")], thirds, axis=-1, name=f"layer{i}.split")
    )
    context = graph.node(
        "MultiHeadAttention",
        [*thirds, kept("qkv.bias"), mask],
        f"layer{i}.context",
        MICROSOFT,
        num_heads=heads,
    )
    x = normalised(multiplied(context, "attended"), x, "attended.bias", "attended_norm")
    inner = graph.node("BiasGelu", [multiplied(x, "inner"), kept("inner.bias")], f"layer{i}.gelu", MICROSOFT)
    return normalised(multiplied(inner, "outer"), x, "outer.bias", "outer_norm")
