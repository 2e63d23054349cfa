"""Percentile bootstrap over documents (Efron & Tibshirani, 1993, chapter 13).

Documents are resampled, not sentences or words, as they are what is independent. Everything that is
compared must be resampled together, so that a difference is paired: the same documents for both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

CONFIDENCE = 0.95
RESAMPLES = 5_000

_CHUNK_COUNTS = 4_000_000  # resampled documents held at once: 32 MB


@dataclass(frozen=True)
class Interval:
    """A mean and the interval that holds it with a given confidence."""

    mean: float
    low: float
    high: float


def resampled_means(
    values: npt.ArrayLike, *, resamples: int = RESAMPLES, seed: int = 0
) -> npt.NDArray[np.float64]:
    """Draws as many documents as there are, with replacement, again and again.

    Args:
        values: float [n, k], k values of each of n documents; n >= 1.
        resamples: How often to draw.
        seed: The same seed and n draw the same documents.

    Returns:
        The mean of each draw: float64 [resamples, k].
    """
    table = np.asarray(values, np.float64)
    count = len(table)
    if table.ndim != 2 or count == 0:
        raise ValueError(f"values must be [n, k] with n >= 1, and are {list(table.shape)}")
    random = np.random.default_rng(seed)
    means = np.empty((resamples, table.shape[1]))
    rows = max(1, _CHUNK_COUNTS // count)
    for start in range(0, resamples, rows):
        size = min(rows, resamples - start)
        draws = random.integers(0, count, (size, count))
        draws += count * np.arange(size)[:, None]
        # How often each document was drawn; the means are then one matrix product.
        times = np.bincount(draws.ravel(), minlength=size * count).reshape(size, count)
        means[start : start + size] = times @ table / count
    return means


def percentile_interval(
    mean: float, means: npt.ArrayLike, *, confidence: float = CONFIDENCE
) -> Interval:
    """Returns the interval that leaves out as many resampled means below as above.

    Args:
        mean: The mean of the documents themselves.
        means: The resampled means, float [resamples].
        confidence: The share of resampled means within.
    """
    tail = (1 - confidence) / 2
    low, high = np.quantile(np.asarray(means, np.float64), [tail, 1 - tail])
    return Interval(float(mean), float(low), float(high))


def mean_interval(
    values: npt.ArrayLike,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Returns the mean of one value a document, float [n], with its interval."""
    column = np.asarray(values, np.float64).reshape(-1, 1)
    means = resampled_means(column, resamples=resamples, seed=seed)
    return percentile_interval(column.mean(), means[:, 0], confidence=confidence)


def paired_difference(
    values: npt.ArrayLike,
    baseline: npt.ArrayLike,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Returns the mean of `values - baseline`, float [n] of the same documents, with its interval.

    Most of what makes a document easy is shared by two systems, so this interval is far narrower
    than the two intervals of the means would suggest.
    """
    difference = np.asarray(values, np.float64) - np.asarray(baseline, np.float64)
    return mean_interval(difference, resamples=resamples, seed=seed, confidence=confidence)
