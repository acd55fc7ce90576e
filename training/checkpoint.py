"""Checkpoints that survive a kill at any moment: one safetensors file, replaced whole."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

FORMAT = "mot-a-mot checkpoint 1"


@dataclass(frozen=True)
class Progress:
    """How far a run has come."""

    step: int = 0  # optimiser steps done; also the place in the data
    examples: int = 0
    tokens: int = 0  # padding not counted
    cpu_seconds: float = 0.0  # of all threads; unlike wall time it stands still while the process is stopped


@dataclass(frozen=True)
class Checkpoint:
    progress: Progress
    settings: dict[str, Any]  # what the run was started with
    body: dict[str, Tensor]
    average: dict[str, Tensor]  # moving average of the trained parameters
    first: dict[str, Tensor]  # AdamW's moments, by parameter
    second: dict[str, Tensor]

    def save(self, path: Path) -> None:
        tensors = {
            f"{group}/{name}": value.contiguous()
            for group in GROUPS
            for name, value in getattr(self, group).items()
        }
        about = {
            "format": FORMAT,
            "progress": json.dumps(asdict(self.progress)),
            "settings": json.dumps(self.settings),
        }
        temporary = path.with_name(path.name + ".tmp")
        save_file(tensors, temporary, metadata=about)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)

    @classmethod
    def load(cls, path: Path) -> Checkpoint:
        """Raises ValueError for a file that is no checkpoint of this format."""
        groups: dict[str, dict[str, Tensor]] = {group: {} for group in GROUPS}
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            if about.get("format") != FORMAT:
                raise ValueError(f"{path}: format {about.get('format')!r}, not {FORMAT!r}")
            for key in file.keys():  # noqa: SIM118 (safe_open is no mapping)
                group, name = key.split("/", 1)
                groups[group][name] = file.get_tensor(key)
        progress = Progress(**json.loads(about["progress"]))
        return cls(progress, json.loads(about["settings"]), **groups)


GROUPS = ("body", "average", "first", "second")


def moments(
    optimiser: torch.optim.AdamW, names: dict[int, str]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """AdamW's two moments by parameter name; `names` goes from a parameter's id() to its name."""
    first, second = {}, {}
    for parameter, state in optimiser.state.items():
        name = names[id(parameter)]
        first[name], second[name] = state["exp_avg"], state["exp_avg_sq"]
    return first, second


def restore_moments(
    optimiser: torch.optim.AdamW, parameters: dict[str, torch.nn.Parameter], checkpoint: Checkpoint
) -> None:
    for name, first in checkpoint.first.items():
        optimiser.state[parameters[name]] = {
            "step": torch.tensor(float(checkpoint.progress.step)),
            "exp_avg": first.clone(),
            "exp_avg_sq": checkpoint.second[name].clone(),
        }
