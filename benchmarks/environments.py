"""Where rivals run: each in a process and a virtual environment of its own, under `.benchmarks/`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from index.cores import cores
from index.errors import MotAMotError

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".benchmarks"  # not in git
REQUIREMENTS = Path(__file__).parent / "requirements"


class BenchmarkError(MotAMotError):
    """A rival that can't be set up or run, or data that is not at hand."""


def python_of(name: str) -> Path:
    """The interpreter of the environment with `requirements/<name>.txt`, made when it isn't there or not as it says.

    `TORCH_INDEX` names a further package index, as in the Makefile. BenchmarkError when pip can't do it.
    """
    folder, wanted = FOLDER / "environments" / name, (REQUIREMENTS / f"{name}.txt")
    python, made = folder / "bin" / "python", folder / "made-from.txt"
    text = wanted.read_text(encoding="utf-8")
    if made.exists() and made.read_text(encoding="utf-8") == text:
        return python
    index = os.environ.get("TORCH_INDEX")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for step in (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [*pip, *(["--extra-index-url", index] if index else []), "-r", str(wanted)],
    ):
        done = subprocess.run(step, capture_output=True, text=True, check=False)  # noqa: S603 (our own command)
        if done.returncode:
            raise BenchmarkError(f"{name}: {' '.join(step)} failed:\n{done.stderr[-2000:]}")
    made.write_text(text, encoding="utf-8")
    return python


def contend(contender: str, task: dict[str, Any], environment: str | None = None) -> dict[str, Any]:
    """What `benchmarks.contenders.<contender>` makes of a task. `environment`: None = the project's own.

    The task is given the time it was started at. BenchmarkError with the end of its stderr when it fails.
    """
    python = python_of(environment) if environment else Path(sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder, "task.json"), Path(folder, "result.json")
        given.write_text(json.dumps({**task, "started": time.time()}), encoding="utf-8")
        done = subprocess.run(  # noqa: S603 (our own command)
            [str(python), "-m", f"benchmarks.contenders.{contender}", str(given), str(made)],
            cwd=ROOT,
            env=os.environ | _settings(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BenchmarkError(f"{contender}: ended with {done.returncode}:\n{done.stderr[-2000:]}")
        result: dict[str, Any] = json.loads(made.read_text(encoding="utf-8"))
    return result


def _settings() -> dict[str, str]:
    """The same threads for all, no network, no graphics card."""
    return {
        "OMP_NUM_THREADS": str(cores()),
        "HF_HUB_OFFLINE": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "HAYSTACK_TELEMETRY_ENABLED": "False",
    }
