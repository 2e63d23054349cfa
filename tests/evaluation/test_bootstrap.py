"""Bootstrap intervals where statistics says what they must be."""

from __future__ import annotations

import numpy as np
import pytest

from bertsum_tf.evaluation import bootstrap
from bertsum_tf.evaluation.bootstrap import (
    Interval,
    mean_interval,
    paired_difference,
    percentile_interval,
    resampled_means,
)


def test_two_documents_are_drawn_as_often_as_chance_has_it() -> None:
    means = resampled_means([[0.0], [1.0]], resamples=10_000)[:, 0]
    shares = [(means == value).mean() for value in (0.0, 0.5, 1.0)]
    assert shares == pytest.approx([0.25, 0.5, 0.25], abs=0.02)


def test_interval_of_a_coin_is_two_standard_errors() -> None:
    coin = np.arange(400) % 2  # mean 0.5, standard error of the mean 0.5 / 20
    interval = mean_interval(coin, resamples=10_000)
    assert interval.mean == 0.5
    assert interval.low == pytest.approx(0.5 - 1.96 * 0.025, abs=0.003)
    assert interval.high == pytest.approx(0.5 + 1.96 * 0.025, abs=0.003)


def test_interval_follows_a_skewed_distribution() -> None:
    rare = np.zeros(100)
    rare[:2] = 1.0  # the number of draws is about Poisson(2): 0 to 5 hold 95 %
    interval = mean_interval(rare, resamples=10_000)
    assert (interval.low, interval.mean, interval.high) == pytest.approx(
        (0.0, 0.02, 0.05), abs=1e-9
    )


def test_interval_covers_the_true_mean_in_95_of_100_samples() -> None:
    random = np.random.default_rng(5)
    covered = 0
    for seed in range(300):
        interval = mean_interval(random.normal(3.0, 1.0, 50), resamples=400, seed=seed)
        covered += interval.low <= 3.0 <= interval.high
    assert 0.90 <= covered / 300 <= 0.98


def test_percentiles_leave_the_same_share_on_both_sides() -> None:
    interval = percentile_interval(50.0, np.arange(101.0), confidence=0.9)
    assert (interval.low, interval.mean, interval.high) == pytest.approx((5.0, 50.0, 95.0))


def test_same_values_have_no_spread() -> None:
    assert mean_interval([0.25] * 7, resamples=100) == Interval(0.25, 0.25, 0.25)
    assert mean_interval([0.25], resamples=100) == Interval(0.25, 0.25, 0.25)


def test_paired_difference_is_tighter_than_unpaired() -> None:
    random = np.random.default_rng(0)
    ease = random.normal(40, 10, 500)  # what makes a document easy for any system
    ours = ease + 1 + random.normal(0, 1, 500)
    lead = ease + random.normal(0, 1, 500)
    difference = paired_difference(ours, lead)
    assert difference.mean == pytest.approx((ours - lead).mean())
    standard_error = (ours - lead).std() / np.sqrt(500)
    assert difference.high - difference.low == pytest.approx(2 * 1.96 * standard_error, rel=0.05)
    assert difference.low > 0
    unpaired = mean_interval(ours), mean_interval(lead)
    assert difference.high - difference.low < 0.2 * (unpaired[0].high - unpaired[0].low)
    assert unpaired[0].low < unpaired[1].high  # these alone would not tell them apart


def test_columns_are_drawn_together() -> None:
    values = np.random.default_rng(1).normal(size=(60, 2))
    means = resampled_means(values, resamples=200, seed=3)
    apart = resampled_means(values[:, :1] - values[:, 1:], resamples=200, seed=3)
    np.testing.assert_allclose(means[:, :1] - means[:, 1:], apart, atol=1e-12)


def test_seed_decides_and_chunks_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(1).normal(size=(37, 3))
    first = resampled_means(values, resamples=101, seed=9)
    np.testing.assert_array_equal(first, resampled_means(values, resamples=101, seed=9))
    assert not np.array_equal(first, resampled_means(values, resamples=101, seed=10))
    monkeypatch.setattr(bootstrap, "_CHUNK_COUNTS", 38)
    np.testing.assert_allclose(first, resampled_means(values, resamples=101, seed=9), atol=1e-12)


def test_no_documents_have_no_mean() -> None:
    with pytest.raises(ValueError, match="n >= 1"):
        resampled_means(np.zeros((0, 3)))
