"""The calibration's file: what can't be used is refused with the way out, before anything is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.errors import ModelError
from qa.confidence import CALIBRATION_FILE, OF_ALL, OF_ONE, VERDICT, Calibration

KEPT = json.loads(CALIBRATION_FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "no usable calibration"),
        ("[]", "no usable calibration"),
        (json.dumps({**KEPT, "format": 1}), "calibration format 1, this version reads 4"),
        (json.dumps({name: value for name, value in KEPT.items() if name != "sentence"}), "'sentence'"),
        (
            json.dumps({**KEPT, "ranking": {"bias": 0.0, "weights": {"margin": 1.0, "lead": 1.0}}}),
            "ranking weighs lead, which nothing here measures",
        ),
        (json.dumps({**KEPT, "confidence": {"bias": 0.0, "weights": [1.0]}}), "no usable calibration"),
    ],
)
def test_an_unusable_file_is_refused(content: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="restore it from the repository") as refused:
        Calibration.load(file)
    assert told in str(refused.value)
    assert str(file) in str(refused.value)


def test_the_shipped_one_weighs_all_that_is_measured() -> None:
    calibration = Calibration.load()
    assert calibration.ranking.weights.keys() == OF_ONE
    assert calibration.promise.weights.keys() == calibration.sentence.weights.keys() == OF_ALL
    assert calibration.verified.weights.keys() == OF_ONE | {VERDICT}
    assert calibration.confidence.weights.keys() == OF_ALL | {VERDICT}
