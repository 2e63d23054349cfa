"""Pictures of trainings and evaluations: losses, places in the article, sizes, growth."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bertsum_tf.errors import BertsumError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bertsum_tf.evaluation.bootstrap import Interval

# Okabe & Ito, "Color Universal Design" (2008): told apart with any kind of colour vision. Line
# style and marker tell the same, for print in grey.
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
_STYLES = ("-", "--", ":", "-.", "-", "--")
_MARKERS = ("o", "s", "^", "D", "v", "P")

_LAST_INDEX = 20  # sentences from here on share one place
_TENTHS = 10
_LONG_SERIES = 100  # a loss for each step is drawn as a running mean too


@dataclass(frozen=True)
class ExportPoint:
    """A file in `plot_exports`.

    Attributes:
        name: what it is called.
        megabytes: its size.
        milliseconds: it takes for a window.
        rouge1: mean F1 in points.
        low: `rouge1` of the reference, plus the lower end of the interval of the difference.
        high: the same with the upper end.
    """

    name: str
    megabytes: float
    milliseconds: float
    rouge1: float
    low: float
    high: float


def plot_losses(csv_path: str | os.PathLike[str], png: str | os.PathLike[str] | IO[bytes]) -> None:
    """Draws the losses of a training.

    Args:
        csv_path: A table with a header. Columns that are used, where present: `step` or `epoch`
            (else the row's number); `loss`; `val_loss`; and what begins with `learning_rate`.
            Cells may be empty.
        png: Where to write the picture: a path, or a file open for bytes.

    Raises:
        BertsumError: The table can't be read or holds no loss.
    """
    columns = read_columns(Path(csv_path))
    steps_name = next((name for name in ("step", "epoch") if name in columns), None)
    rows = len(next(iter(columns.values()), ()))
    steps = columns[steps_name] if steps_name else np.arange(rows, dtype=float)
    lines = [
        (label, columns[name])
        for label, name in (("training", "loss"), ("validation", "val_loss"))
        if name in columns and np.isfinite(columns[name]).any()
    ]
    if not lines:
        raise BertsumError(f"{csv_path} holds no loss; it needs a column 'loss' or 'val_loss'.")
    rates = [
        name
        for name in columns
        if name.startswith("learning_rate") and np.isfinite(columns[name]).any()
    ]

    figure = _figure(8, 6.5 if rates else 4.5)
    grid = figure.add_gridspec(2 if rates else 1, 1, height_ratios=[3, 1] if rates else [1])
    axes = figure.add_subplot(grid[0])
    for number, (label, losses) in enumerate(lines):
        known = np.isfinite(losses) & np.isfinite(steps)
        x, y = steps[known], losses[known]
        colour, few = _COLOURS[number], len(x) <= 40
        if label == "validation":
            best = int(np.argmin(y))
            label += f" (best {y[best]:.4f} at {x[best]:g})"
        if len(x) > _LONG_SERIES:
            axes.plot(x, y, color=colour, alpha=0.25, linewidth=0.8)
            window = len(x) // 50
            label += f" (mean of {window})"
            x, y = x[window - 1 :], np.convolve(y, np.full(window, 1 / window), "valid")
        marker = _MARKERS[number] if few else None
        axes.plot(x, y, _STYLES[number], color=colour, marker=marker, label=label, linewidth=2)
    _label(axes, "Loss during training", steps_name or "row", "loss")
    axes.legend(frameon=False, loc="upper right")  # matplotlib warns when the best place takes long
    if rates:
        axes.set_xlabel("")
        below = figure.add_subplot(grid[1], sharex=axes)
        for number, name in enumerate(rates, start=2):
            style = _STYLES[number % len(_STYLES)]
            below.plot(steps, columns[name], style, color=_COLOURS[number % 6], label=name)
        _label(below, "", steps_name or "row", "learning rate")
        if len(rates) > 1:
            below.set_yscale("log")
            below.legend(frameon=False, fontsize="small")
    _save(figure, png)


def plot_positions(
    positions: Mapping[str, Sequence[tuple[int, int]]], png: str | os.PathLike[str] | IO[bytes]
) -> None:
    """Draws where in the article each system picks its sentences.

    Args:
        positions: A system's title -> for each sentence that it picked, its index in the document
            and the number of sentences of the document.
        png: Where to write the picture: a path, or a file open for bytes.
    """
    figure = _figure(10, 8)
    by_index, by_tenth = figure.subplots(2, 1)
    width = 0.8 / max(1, len(positions))
    for number, (title, picks) in enumerate(positions.items()):
        offset = (number - (len(positions) - 1) / 2) * width
        table = np.array(picks, dtype=float).reshape(-1, 2)
        indices, lengths = table[:, 0], table[:, 1]
        # The middle of the sentence's place, so that a document's first and last are symmetric.
        tenths = np.minimum((indices + 0.5) / np.maximum(lengths, 1) * _TENTHS, _TENTHS - 1)
        for axes, places, count in (
            (by_index, np.minimum(indices, _LAST_INDEX), _LAST_INDEX + 1),
            (by_tenth, tenths, _TENTHS),
        ):
            hits = np.bincount(places.astype(int), minlength=count)
            axes.bar(
                np.arange(count) + offset,
                100 * hits / max(1, len(table)),
                width,
                color=_COLOURS[number % len(_COLOURS)],
                edgecolor="black",
                linewidth=0.4,
                hatch=("", "//", "..", "xx")[number % 4],
                label=title,
            )
    _label(
        by_index,
        "Where in the article the summary sentences stand",
        "sentence of the article (1 is the first)",
        "share of picked sentences, %",
    )
    numbers = [str(index + 1) for index in range(_LAST_INDEX)]
    by_index.set_xticks(range(_LAST_INDEX + 1), [*numbers, f"{_LAST_INDEX + 1}+"])
    by_index.legend(frameon=False, loc="upper right")
    _label(by_tenth, "", "place in the article, start to end", "share of picked sentences, %")
    tenths_labels = [f"{10 * tenth}-{10 * tenth + 10} %" for tenth in range(_TENTHS)]
    by_tenth.set_xticks(range(_TENTHS), tenths_labels)
    for axes in (by_index, by_tenth):
        axes.grid(axis="x", visible=False)
    _save(figure, png)


def plot_exports(points: Sequence[ExportPoint], png: str | os.PathLike[str] | IO[bytes]) -> None:
    """Draws ROUGE against size and against time.

    Args:
        points: one a file.
        png: Where to write the picture: a path, or a file open for bytes.
    """
    figure = _figure(10, 4.5)
    by_size, by_time = figure.subplots(1, 2, sharey=True)
    for number, point in enumerate(points):
        for axes, x in ((by_size, point.megabytes), (by_time, point.milliseconds)):
            below, above = point.rouge1 - point.low, point.high - point.rouge1
            axes.errorbar(
                [x],
                [point.rouge1],
                yerr=[[below], [above]],
                fmt=_MARKERS[number % len(_MARKERS)],
                color=_COLOURS[number % len(_COLOURS)],
                markersize=9,
                capsize=4,
                label=point.name,
            )
    _label(by_size, "Size", "millions of bytes", "ROUGE-1 (95 % of the difference to float32)")
    _label(by_time, "Time", "milliseconds a window of 512 tokens, 2 threads", "")
    for axes in (by_size, by_time):
        axes.set_xlim(left=0)
    by_size.legend(frameon=False)
    _save(figure, png)


def plot_learning_curve(
    documents: Sequence[int],
    rouge1: Sequence[Interval],
    losses: Sequence[float],
    lead: float,
    png: str | os.PathLike[str] | IO[bytes],
) -> None:
    """Draws ROUGE and loss against the documents that a model was trained on.

    Args:
        documents: of each run, ascending.
        rouge1: of each run, F1 in points.
        losses: of each run's validation.
        lead: ROUGE-1 of LEAD-3 on the same documents.
        png: Where to write the picture: a path, or a file open for bytes.
    """
    figure = _figure(10, 4.5)
    quality, loss = figure.subplots(1, 2)
    means = [one.mean for one in rouge1]
    quality.errorbar(
        documents,
        means,
        yerr=[
            [one.mean - one.low for one in rouge1],
            [one.high - one.mean for one in rouge1],
        ],
        marker=_MARKERS[0],
        color=_COLOURS[0],
        capsize=4,
        label="model, with 95 % interval",
    )
    quality.axhline(lead, linestyle=_STYLES[1], color=_COLOURS[1], label="LEAD-3")
    quality.legend(frameon=False)
    _label(quality, "Quality", "documents seen", "ROUGE-1")
    loss.plot(documents, losses, marker=_MARKERS[2], color=_COLOURS[2])
    _label(loss, "Validation", "documents seen", "loss")
    for axes in (quality, loss):
        axes.set_xscale("log", base=2)
        axes.set_xticks(documents, [f"{count:,}" for count in documents])
        axes.tick_params(axis="x", which="minor", bottom=False)
    _save(figure, png)


def _figure(width: float, height: float) -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise BertsumError(
            "Plots need the package matplotlib: install bertsum_tf with its extra 'train'."
        ) from error
    return Figure(figsize=(width, height), layout="constrained")  # no pyplot, no display


def _save(figure: Figure, png: str | os.PathLike[str] | IO[bytes]) -> None:
    # Without the version of the software, the same numbers give the same bytes.
    figure.savefig(png, format="png", dpi=120, metadata={"Software": None})


def _label(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def read_columns(path: Path) -> dict[str, npt.NDArray[np.float64]]:
    """Reads a table of numbers with a header; what is no number becomes NaN.

    Args:
        path: A CSV file.

    Returns:
        A column's name, in lower case -> float64 [rows].

    Raises:
        BertsumError: The file can't be read.
    """

    def number(cell: str | None) -> float:
        try:
            return float(cell) if cell else math.nan
        except (TypeError, ValueError):
            return math.nan

    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            reader = csv.DictReader(file)
            names = [name for name in reader.fieldnames or () if name]
            rows = list(reader)
    except (OSError, csv.Error) as error:
        raise BertsumError(f"The losses in {path} can't be read ({error}).") from error
    return {
        name.strip().lower(): np.array([number(row.get(name)) for row in rows]) for name in names
    }
