"""What a table says of two figures; that a rival's failure is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import environments
from benchmarks.comparing import Comparison, table
from benchmarks.encoding import rank_of
from benchmarks.jitter import jittered


@pytest.mark.parametrize(
    ("ours", "theirs", "better", "said"),
    [
        (20.0, 10.0, "higher", "2.00 × better"),
        (20.0, 10.0, "lower", "2.00 × worse"),
        (10.0, 10.1, "higher", "same"),
        (10.0, 0.0, "lower", "–"),
    ],
)
def test_a_ratio_knows_which_way_is_better(ours: float, theirs: float, better: str, said: str) -> None:
    assert Comparison("m", ours, "rival", theirs, better).verdict == said  # type: ignore[arg-type]


def test_a_table_leaves_the_rival_out_where_there_is_none() -> None:
    assert table([Comparison("size, MB", 12.0)]).splitlines()[-1] == "| size, MB | 12 |  |  |  |"


def test_a_contender_that_fails_is_told_with_its_error() -> None:
    with pytest.raises(environments.BenchmarkError, match="with_nothing"):
        environments.contend("with_nothing", {})


def test_environments_are_made_from_pinned_versions_alone() -> None:
    for file in sorted(environments.REQUIREMENTS.glob("*.txt")):
        lines = Path(file).read_text(encoding="utf-8").splitlines()
        assert lines
        assert [line for line in lines if line.count("==") != 1] == []


def test_jitter_keeps_lengths_and_neighbours() -> None:
    real = np.eye(4, 32, dtype=np.float32)
    vectors = jittered(real, 100)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert ((vectors @ real.T).max(axis=1) > 0.9).all()
    np.testing.assert_array_equal(vectors, jittered(real, 100))


def test_a_rank_counts_only_better_scores() -> None:
    scores = np.asarray([0.5, 0.9, 0.9, 0.1], np.float32)
    assert [rank_of(position, scores) for position in range(4)] == [3, 1, 1, 4]


def test_the_steps_that_are_timed_are_there() -> None:
    code = (
        "from benchmarks.profile import Clock, _watch\n_watch(Clock())"  # it changes the functions it times
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
