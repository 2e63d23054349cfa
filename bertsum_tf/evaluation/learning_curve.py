r"""How a model grows with the documents that it was trained on: a table and a picture.

    python -m bertsum_tf.evaluation.learning_curve --point runs/small reports/small \
        --point runs/large reports/large --output reports/curve

Each point is a run of `bertsum train`, a whole schedule of its own, and the report that `bertsum
evaluate` wrote of its model, all of the same documents.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.evaluation.bootstrap import Interval
from bertsum_tf.evaluation.evaluate import LEAD, METRICS_FILE, MODEL, ORACLE
from bertsum_tf.evaluation.plots import plot_learning_curve, read_columns
from bertsum_tf.evaluation.report import METRIC_TITLES
from bertsum_tf.evaluation.rouge import METRICS
from bertsum_tf.run_folder import write_aside

# What `bertsum train` writes into the folder of a run.
LOSSES = "losses.csv"
SETTINGS = "settings.json"


@dataclass(frozen=True)
class Point:
    """One run and what its model achieves.

    Attributes:
        documents: it had seen when its best model was kept; one that came twice counts twice.
        loss: the least of its validation.
        evaluated: how many documents the report is of.
        rouge: F1 of the model, in points, by metric.
        beside: F1 of LEAD and of the oracle on the same documents, by key and metric.
    """

    documents: int
    loss: float
    evaluated: int
    rouge: Mapping[str, Interval]
    beside: Mapping[str, Mapping[str, float]]


def read_point(run: Path, report: Path) -> Point:
    """Reads a run and the report of its model.

    Args:
        run: folder of `bertsum train`.
        report: folder that `bertsum evaluate --output` wrote.

    Raises:
        BertsumError: if one of them is something else.
    """
    try:
        trained_on = json.loads((run / SETTINGS).read_text(encoding="utf-8"))["training"]
        columns = read_columns(run / LOSSES)
        best = int(columns["val_loss"].argmin())
        documents = round(float(columns["epoch"][best]) * trained_on["documents"])
        loss = float(columns["val_loss"][best])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BertsumError(
            f"{run} is no run of `bertsum train`: name the folder that was its --output."
        ) from error
    try:
        overall = json.loads((report / METRICS_FILE).read_text(encoding="utf-8"))["overall"]
        systems = overall["systems"]
        return Point(
            documents=documents,
            loss=loss,
            evaluated=overall["documents"],
            rouge={metric: Interval(**systems[MODEL][metric]) for metric in METRICS},
            beside={
                key: {metric: systems[key][metric]["mean"] for metric in METRICS}
                for key in (LEAD, ORACLE)
            },
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BertsumError(
            f"{report} holds no whole report: name a folder that `bertsum evaluate --output` wrote."
        ) from error


def to_markdown(points: Sequence[Point]) -> str:
    """A table, a row a run, with LEAD and the oracle below.

    Args:
        points: in the order of the rows, all evaluated on the same documents.
    """
    titles = [METRIC_TITLES[metric] for metric in METRICS]
    lines = [
        "| documents seen | validation loss | " + " | ".join(titles) + " |",
        "| ---: |" + " ---: |" * (1 + len(METRICS)),
    ]
    for point in points:
        cells = (point.rouge[metric] for metric in METRICS)
        scores = " | ".join(f"{one.mean:.2f} ({one.low:.2f} to {one.high:.2f})" for one in cells)
        lines.append(f"| {point.documents:,} | {point.loss:.3f} | {scores} |")
    for key, title in ((LEAD, "LEAD-3"), (ORACLE, "greedy oracle")):
        scores = " | ".join(f"{points[0].beside[key][metric]:.2f}" for metric in METRICS)
        lines.append(f"| {title} |  | {scores} |")
    lines += ["", f"ROUGE F1 in points on {points[0].evaluated:,} documents; in brackets 95 %."]
    return "\n".join(lines) + "\n"


def learning_curve(pairs: Sequence[tuple[Path, Path]]) -> list[Point]:
    """Reads all points, sorted by the documents seen.

    Args:
        pairs: a run and its report each.

    Raises:
        BertsumError: as `read_point`.
        UsageError: if the reports are not of the same documents.
    """
    points = [read_point(run, report) for run, report in pairs]
    for point, (_, report) in zip(points, pairs, strict=True):
        if (point.evaluated, point.beside) != (points[0].evaluated, points[0].beside):
            raise UsageError(
                f"{report} and {pairs[0][1]} are not reports of the same documents: "
                "evaluate all models on the same corpus, split and --limit."
            )
    return sorted(points, key=lambda point: point.documents)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(
        description="How a model grows with the documents that it was trained on.",
        prog="python -m bertsum_tf.evaluation.learning_curve",
    )
    parser.add_argument(
        "--point",
        nargs=2,
        action="append",
        required=True,
        metavar=("RUN", "REPORT"),
        type=Path,
        help="a run of `bertsum train`, and what `bertsum evaluate` wrote of it; once a run",
    )
    parser.add_argument(
        "--output", required=True, type=Path, metavar="DIR", help="for curve.md and curve.png"
    )
    options = parser.parse_args(arguments)
    try:
        points = learning_curve([(run, report) for run, report in options.point])
        table, picture = to_markdown(points), io.BytesIO()
        plot_learning_curve(
            [point.documents for point in points],
            [point.rouge[METRICS[0]] for point in points],
            [point.loss for point in points],
            points[0].beside[LEAD][METRICS[0]],
            picture,
        )
        try:
            options.output.mkdir(parents=True, exist_ok=True)
            write_aside(options.output / "curve.png", picture.getvalue())
            write_aside(options.output / "curve.md", table)
        except OSError as error:
            raise BertsumError(
                f"The folder {options.output} can't be written ({error.strerror}); name another."
            ) from error
    except BertsumError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    print(table, end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
