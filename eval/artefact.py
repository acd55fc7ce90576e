"""A run as a file: what was measured, with which software, models and settings, question by question."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.run import Outcome, Result
from index.cores import processor
from index.errors import QuestionError
from qa.pipeline import QAPipeline

FORMAT = 2
FILE_NAME = "run.json"
_PACKAGES = (
    "mot-a-mot",
    "numpy",
    "onnxruntime",
    "faiss-cpu",
    "tokenizers",
    "sentence-transformers",
    "PyStemmer",
)


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that is kept of one measurement."""

    name: str  # of the question sets
    mode: str  # "collection", "context" or "documents" (BEIR)
    threshold: float  # probability below which an answer counts as refused
    settings: Mapping[str, Any]  # as given on the command line
    versions: Mapping[str, str]
    models: Mapping[str, Any]
    when: str  # ISO 8601, UTC
    skipped: tuple[str, ...]  # what was left out on request, and why
    results: tuple[Result, ...]


def run_of(
    pipeline: QAPipeline,
    results: Sequence[Result],
    *,
    name: str,
    mode: str,
    threshold: float,
    settings: Mapping[str, Any],
    skipped: Sequence[str] = (),
) -> Run:
    """A run that has just ended, stamped with what it was made with."""
    collection = pipeline.collection
    models = {
        "encoder": dict(collection.encoder.fingerprint) if collection is not None else None,
        "reader": pipeline.reader.name,
        "reader checksum": pipeline.reader.checksum,
        "calibrated for these": pipeline.is_calibrated,
        "passages read": pipeline.settings.read,
    }
    when = datetime.now(UTC).isoformat(timespec="seconds")
    return Run(name, mode, threshold, settings, _versions(), models, when, tuple(skipped), tuple(results))


def write_run(folder: Path, run: Run) -> Path:
    """Write `run.json` into the folder; the file is complete or not there."""
    values = {"format": FORMAT, **asdict(run)}
    return write_text(folder / FILE_NAME, json.dumps(values, ensure_ascii=False, indent=1) + "\n")


def read_run(path: Path) -> Run:
    """The run in a folder or file; QuestionError when there is none of this format."""
    file = path / FILE_NAME if path.is_dir() else path
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        if values.pop("format") != FORMAT:
            raise QuestionError(f"{file}: a run of another format than {FORMAT}; measure again")
        results = tuple(_result(result) for result in values.pop("results"))
        return Run(**{**values, "skipped": tuple(values["skipped"])}, results=results)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise QuestionError(
            f"{file}: no usable run ({error!r}); make one with: python -m eval --out FOLDER"
        ) from error


def write_text(file: Path, text: str) -> Path:
    """Write a file that is complete or not there."""
    with whole(file) as write:
        write(text)
    return file


@contextmanager
def whole(file: Path) -> Iterator[Callable[[str], None]]:
    """What is written within is a file that is complete, or not there when something is raised.

    Opened on entering, so that a place that can't be written is told before the work is done. QuestionError then.
    """
    partial = file.with_name(f"{file.name}.partial")
    with _told(file):
        if file.is_dir():
            raise IsADirectoryError("it is a folder")
        file.parent.mkdir(parents=True, exist_ok=True)
        stream = partial.open("w", encoding="utf-8", newline="\n")

    def write(text: str) -> None:
        with _told(file):
            stream.write(text)

    try:
        yield write
        with _told(file):
            stream.close()
            partial.replace(file)
    finally:
        with suppress(OSError):  # after a full disk, closing fails as well
            stream.close()
        with suppress(OSError):
            partial.unlink(missing_ok=True)


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """An OSError as a QuestionError that names the file."""
    try:
        yield
    except OSError as error:
        raise QuestionError(f"{file}: can't be written ({error}); name another file") from error


def _result(values: dict[str, Any]) -> Result:
    outcome = values.pop("outcome")
    gold = tuple(values.pop("gold"))
    return Result(**values, gold=gold, outcome=None if outcome is None else Outcome(**outcome))


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "processor": processor()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found
