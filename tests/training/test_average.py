"""The mean of bodies lies in the middle of them."""

from __future__ import annotations

import pytest
import torch

from training.average import main, mean_body
from training.body import Body, Shape, load_body, save_body


def other(body: Body, step: float) -> Body:
    moved = Body(body.shape)
    moved.load_state_dict({name: value + step for name, value in body.state_dict().items()})
    return moved


def test_every_number_is_the_mean(body):
    mean = mean_body([body, other(body, 0.5), other(body, 1.0)])
    for name, value in mean.state_dict().items():
        assert torch.allclose(value, body.state_dict()[name] + 0.5, atol=1e-6)


def test_bodies_of_two_shapes_have_no_mean(body):
    small = Body(Shape(hidden=32, layers=1, inner=48, positions=64))
    with pytest.raises(ValueError, match="2 shapes"):
        mean_body([body, small])


def test_the_command_writes_a_body_that_is_read_again(body, tmp_path):
    paths = [tmp_path / "before.safetensors", tmp_path / "after.safetensors"]
    for path, one in zip(paths, (body, other(body, 0.25)), strict=True):
        save_body(one.state_dict(), path)
    out = tmp_path / "mean.safetensors"
    main([*map(str, paths), "--out", str(out)])
    assert torch.allclose(load_body(out).span.weight, body.span.weight + 0.125, atol=1e-3)
