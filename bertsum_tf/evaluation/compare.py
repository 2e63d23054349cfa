"""Two models, or two ways of training, side by side: the reports of `bertsum evaluate`, paired."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.evaluation.bootstrap import (
    CONFIDENCE,
    RESAMPLES,
    Interval,
    percentile_interval,
    resampled_means,
)
from bertsum_tf.evaluation.evaluate import MODEL, SUMMARIES_FILE
from bertsum_tf.evaluation.report import METRIC_TITLES
from bertsum_tf.evaluation.rouge import METRICS


@dataclass(frozen=True)
class Comparison:
    """What one side has over the other, in points of ROUGE F1 (0 to 100).

    Attributes:
        names: of the sides, by their reports.
        documents: how many were scored, the same for all.
        first: mean of the first side's runs, by metric.
        second: mean of the second side's.
        difference: first minus second, by metric.
        by_run: the differences of the single pairs of runs, by metric; empty if the sides have
            different numbers of runs.
    """

    names: tuple[str, str]
    documents: int
    first: dict[str, float]
    second: dict[str, float]
    difference: dict[str, Interval]
    by_run: dict[str, list[float]]

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "names": self.names,
            "documents": self.documents,
            "first": self.first,
            "second": self.second,
            "difference": {name: vars(interval) for name, interval in self.difference.items()},
            "by_run": self.by_run,
        }

    def to_markdown(self) -> str:
        """A table, and what it shows."""
        metrics = list(METRICS)
        titles = " | ".join(METRIC_TITLES[metric] for metric in metrics)
        lines = [
            f"| {self.documents:,} documents | {titles} |",
            "| --- |" + " ---: |" * len(metrics),
        ]
        for name, means in zip(self.names, (self.first, self.second), strict=True):
            lines.append(f"| {name} | " + " | ".join(f"{means[m]:.2f}" for m in metrics) + " |")
        cells = (self.difference[metric] for metric in metrics)
        intervals = (f"{one.mean:+.2f} ({one.low:+.2f} to {one.high:+.2f})" for one in cells)
        lines.append("| difference | " + " | ".join(intervals) + " |")
        runs = len(self.by_run[metrics[0]]) if self.by_run else 0
        if runs > 1:
            for run in range(runs):
                row = " | ".join(f"{self.by_run[metric][run]:+.2f}" for metric in metrics)
                lines.append(f"| run {run + 1} | {row} |")
        over = "documents and pairs of runs" if runs > 1 else "documents"
        lines += ["", f"ROUGE F1 in points; in brackets the 95 % bootstrap interval over {over}."]
        return "\n".join(lines) + "\n"


def compare(
    first: Sequence[str | os.PathLike[str]],
    second: Sequence[str | os.PathLike[str]],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Compares the models of reports, document by document.

    Several reports a side are runs of one way of training, such as with three seeds. If both sides
    have as many, they are taken in pairs, and the bootstrap draws pairs of runs as well as
    documents: the interval then also holds what another seed would have changed, as far as so few
    runs can tell. Else it draws documents alone.

    Args:
        first: folders that `bertsum evaluate --output` wrote.
        second: those that are subtracted.
        resamples: how often to draw.
        seed: of the draws.

    Raises:
        BertsumError: if a folder holds no such report.
        UsageError: if the reports are not of the same documents.
    """
    paths = [Path(path) for path in (*first, *second)]
    read = {path: _read(path) for path in paths}
    documents, reference = read[paths[0]][0], paths[0]
    for path in paths[1:]:
        if read[path][0] != documents:
            raise UsageError(
                f"{path} and {reference} are not reports of the same documents: "
                "evaluate both models on the same corpus, split and --limit."
            )
    if len(documents) < 2:
        raise UsageError(
            f"{reference} has {len(documents)} documents that were scored: a comparison needs at "
            "least 2."
        )
    # [runs, documents, metrics]
    ours, theirs = (np.stack([read[Path(p)][1] for p in side]) for side in (first, second))
    paired = len(ours) == len(theirs)
    gained = ours - theirs if paired else (ours.mean(0) - theirs.mean(0))[None]
    runs, count = gained.shape[:2]
    random = np.random.default_rng(seed)
    picked = random.integers(0, runs, (resamples, runs))
    intervals = {}
    for column, metric in enumerate(METRICS):
        means = resampled_means(gained[:, :, column].T, resamples=resamples, seed=seed)
        drawn = np.take_along_axis(means, picked, 1).mean(1)
        intervals[metric] = percentile_interval(
            gained[:, :, column].mean(), drawn, confidence=CONFIDENCE
        )
    return Comparison(
        names=(_name(first), _name(second)),
        documents=count,
        first=_by_metric(ours.mean((0, 1))),
        second=_by_metric(theirs.mean((0, 1))),
        difference=intervals,
        by_run={m: gained[:, :, c].mean(1).tolist() for c, m in enumerate(METRICS)}
        if paired
        else {},
    )


def _name(reports: Sequence[str | os.PathLike[str]]) -> str:
    return ", ".join(os.fspath(report) for report in reports)


def _by_metric(values: npt.NDArray[np.float64]) -> dict[str, float]:
    return dict(zip(METRICS, values.tolist(), strict=True))


def _read(folder: Path) -> tuple[list[tuple[str, str]], npt.NDArray[np.float64]]:
    """The (id, reference) of each document that was scored, and its scores [documents, metrics]."""
    path = folder / SUMMARIES_FILE
    documents, scores = [], []
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                own = record["systems"][MODEL]
                if METRICS[0] in own:
                    documents.append((record["id"], record["reference"]))
                    scores.append([float(own[metric]) for metric in METRICS])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BertsumError(
            f"{folder} holds no whole report: name a folder that `bertsum evaluate --output` wrote."
        ) from error
    return documents, np.array(scores, np.float64).reshape(-1, len(METRICS))
