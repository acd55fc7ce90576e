"""Intervals hold what they should, and a test of a difference knows chance."""

from __future__ import annotations

import numpy as np
import pytest

from eval.significance import interval, mean_interval, paired_permutation


def test_both_bootstraps_agree_with_the_normal_interval_of_a_share() -> None:
    values = np.array([1.0] * 300 + [0.0] * 100)
    half = 1.96 * np.sqrt(0.75 * 0.25 / 400)
    for low, high in (mean_interval(values), interval(lambda i: float(values[i].mean()), 400)):
        assert (low, high) == pytest.approx((0.75 - half, 0.75 + half), abs=0.006)


def test_an_interval_is_the_same_every_time() -> None:
    values = np.arange(50.0)
    assert mean_interval(values) == mean_interval(values)


def test_no_interval_of_nothing_or_of_what_is_mostly_undefined() -> None:
    assert mean_interval(np.array([])) is None
    assert interval(lambda _: None, 10) is None


def test_no_interval_of_what_never_varied() -> None:
    assert mean_interval(np.ones(3)) is None
    assert interval(lambda _: 1.0, 3) is None


def test_p_value_of_a_sign_test() -> None:
    """Five differences of one sign: 2 of the 32 flips are as far from 0."""
    ones = np.ones(5)
    assert paired_permutation(np.zeros(5), ones, ones, ones) == pytest.approx(2 / 32, abs=0.01)


def test_the_share_among_those_given_is_compared_as_a_share() -> None:
    wrong, given = np.array([1.0] * 20 + [0.0] * 20), np.ones(40)
    fewer, fewer_given = np.zeros(40), np.array([0.0] * 20 + [1.0] * 20)
    assert paired_permutation(wrong, given, fewer, fewer_given) < 0.01
    assert paired_permutation(wrong, given, wrong, given) == 1.0
