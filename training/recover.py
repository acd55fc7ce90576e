"""The weights of a shipped reader or encoder, to go on training from or to compare with: `python -m training.recover READER.onnx BODY.safetensors`.

They come back as they are computed with: in 8 or fewer bits a number, which training can go on from.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import onnx
import torch
from google.protobuf.message import DecodeError
from onnx import numpy_helper
from torch import Tensor

from training.body import Body, Shape, save_body
from training.export import KINDS


def recovered(path: Path) -> dict[str, Tensor]:
    """The state of the body that `training.export` wrote there, but for what rounding lost; an encoder has no span layer.

    Raises ValueError for another file, and for a kind of export without one scale an output ("block8").
    """
    try:
        tensors = onnx.load(path).graph.initializer
    except DecodeError as error:
        raise ValueError(f"{path}: not an ONNX file ({error}); name a reader.onnx or encoder.onnx") from error
    stored = {one.name: torch.from_numpy(numpy_helper.to_array(one).copy()).float() for one in tensors}
    if "positions" not in stored:
        raise ValueError(
            f"{path}: nothing that training.export has written; name a reader.onnx or encoder.onnx"
        )
    layers = sum(name.endswith(".qkv.bias") for name in stored)
    positions, hidden = stored["positions"].shape
    body = Body(Shape(hidden, layers, len(stored["layer0.inner.bias"]), positions))
    state = {
        "position": stored["positions"],
        "token_type": torch.zeros_like(body.token_type),  # the positions hold the only one that is used
        "embedding_norm.weight": stored["embedding_norm.weight"],
        "embedding_norm.bias": stored["embedding_norm.bias"],
    }
    if "span.weight" in stored:
        state |= {"span.weight": stored["span.weight"].T, "span.bias": stored["span.bias"]}
    for name in body.state_dict():
        if name.startswith("layers."):
            _, number, part, kind = name.split(".")
            is_product = part in KINDS and kind == "weight"
            state[name] = (
                _weight(stored, f"layer{number}.{part}", path)
                if is_product
                else stored[f"layer{number}.{part}.{kind}"]
            )
    return state


def _weight(stored: Mapping[str, Tensor], name: str, path: Path) -> Tensor:
    """[outer, inner], what the activations were divided by put back."""
    if f"{name}.weight" in stored:
        return stored[f"{name}.weight"].T
    codes, scales = stored[f"{name}.codes"], stored[f"{name}.scales"]
    if codes.ndim != 2:
        raise ValueError(f"{path}: exported as block8; export it as float32 or dynamic8")
    weight = codes * scales
    if f"{name}.smooth" in stored:
        weight = weight * stored[f"{name}.smooth"][:, None]
    return weight.T


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "file", type=Path, help="a reader.onnx or encoder.onnx that training.export has written"
    )
    parser.add_argument("body", type=Path, help="the .safetensors to write, in float16")
    given = parser.parse_args(arguments)
    try:
        save_body(recovered(given.file), given.body, {"recovered from": given.file.name})
    except (OSError, ValueError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
