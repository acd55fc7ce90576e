"""The calibration's file: what can't be used is refused with the way out, before anything is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.errors import ModelError
from qa.confidence import CALIBRATION_FILE, OF_ALL, OF_ONE, Calibration, Form

KEPT = json.loads(CALIBRATION_FILE.read_text(encoding="utf-8"))


SPANS = KEPT["scales"]["spans"]


def with_spans(**models: object) -> str:
    return json.dumps({**KEPT, "scales": {**KEPT["scales"], "spans": {**SPANS, **models}}})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "no usable calibration"),
        ("[]", "no usable calibration"),
        (json.dumps({**KEPT, "format": 1}), "calibration format 1, this version reads 5"),
        (json.dumps({**KEPT, "scales": {"spans": SPANS}}), "'spans looked at again'"),
        (
            with_spans(order={"bias": 0.0, "weights": {"margin": 1.0, "lead": 1.0}}),
            "the order of spans weighs lead, which nothing here measures",
        ),
        (
            with_spans(chance={"bias": 0.0, "weights": {"lead": 1.0, "verdict": 1.0}}),
            "the chance of spans weighs verdict, which nothing here measures",
        ),
        (with_spans(chance={"bias": 0.0, "weights": [1.0]}), "no usable calibration"),
    ],
)
def test_an_unusable_file_is_refused(content: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="restore it from the repository") as refused:
        Calibration.load(file)
    assert told in str(refused.value)
    assert str(file) in str(refused.value)


@pytest.mark.parametrize("form", Form)
def test_the_shipped_one_weighs_all_that_is_measured(form: Form) -> None:
    scale = Calibration.load().scales[form]
    assert scale.order.weights.keys() == OF_ONE | form.besides
    assert scale.chance.weights.keys() == OF_ALL | form.besides


def test_what_is_written_is_loaded_again(tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    file.write_text(json.dumps(Calibration.load().as_values()), encoding="utf-8")
    assert Calibration.load(file) == Calibration.load()
