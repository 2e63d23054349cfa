"""The figures of a benchmark, for people and for machines."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from statistics import median


@dataclass(frozen=True)
class TrainingSpeed:
    """Training of one Keras backend.

    Attributes:
        backend: of Keras.
        precision: "float32" or "mixed_bfloat16".
        device: what it ran on; None if it failed.
        documents_per_second: median over the rounds; None if it failed.
        twin_documents_per_second: the same of the PyTorch twin, measured in turns with it; None
            where PyTorch is not installed.
        ratios: its speed as a share of the twin's, round by round.
        first_step_seconds: the first step, with compilation.
        error: why there are no figures.
    """

    backend: str
    precision: str
    device: str | None = None
    documents_per_second: float | None = None
    twin_documents_per_second: float | None = None
    ratios: list[float] = field(default_factory=list)
    first_step_seconds: float | None = None
    error: str | None = None

    @property
    def ratio(self) -> float | None:
        """The median of the ratios: above 1, Keras is faster than PyTorch."""
        return median(self.ratios) if self.ratios else None


@dataclass(frozen=True)
class SummarizingSpeed:
    """Summaries end to end, from raw text, on one Keras backend."""

    backend: str
    device: str | None = None
    summaries_per_second: float | None = None
    first_batch_seconds: float | None = None
    error: str | None = None


@dataclass(frozen=True)
class Report:
    """What `bertsum benchmark` found.

    Attributes:
        hardware: processor, cores, platform.
        software: versions.
        workload: the documents and the model's shape, in words.
        prepare_documents_per_second: of `bertsum prepare`, its processes' start included.
        prepare_processes: how many processes prepared.
        training: one entry for each backend and precision.
        summarizing: one entry for each backend.
        has_twin: whether PyTorch is there to compare with.
    """

    hardware: str
    software: str
    workload: str
    prepare_documents_per_second: float
    prepare_processes: int
    training: list[TrainingSpeed]
    summarizing: list[SummarizingSpeed]
    has_twin: bool

    def to_json(self) -> str:
        """One object, with the fields of this class, and the ratio in each entry of `training`."""
        fields = asdict(self)
        for entry, speed in zip(fields["training"], self.training, strict=True):
            entry["ratio"] = speed.ratio
        return json.dumps(fields, indent=1) + "\n"

    def to_text(self) -> str:
        """A few tables of plain text."""
        lines = [self.hardware, self.software, self.workload, ""]
        lines += [
            f"Preparing    {three_digits(self.prepare_documents_per_second)} documents/s "
            f"({self.prepare_processes} at a time)",
            "",
        ]
        rows = [["Training", "precision", "device", "documents/s", "twin", "ratio", "first step"]]
        for training in self.training:
            rows.append([training.backend, training.precision, *_training_cells(training)])
        lines += [*table(rows), ""]
        rows = [["Summarising", "device", "summaries/s", "first batch"]]
        for speed in self.summarizing:
            cells = [
                speed.device or "",
                three_digits(speed.summaries_per_second),
                _seconds(speed.first_batch_seconds),
            ]
            rows.append([speed.backend, *cells])
        lines += [*table(rows), ""]
        if self.has_twin:
            lines.append(
                "twin: the same model in plain PyTorch, in turns with Keras, documents/s; ratio: "
                "Keras to twin\n(slowest and fastest round), above 1 Keras is the faster one."
            )
        else:
            lines.append("PyTorch is not installed: no ratios (pip install torch).")
        errors = [speed.error for speed in self.training]
        errors += [speed.error for speed in self.summarizing]
        lines += [error for error in errors if error is not None]
        return "\n".join(lines) + "\n"


def _training_cells(speed: TrainingSpeed) -> list[str]:
    ratio = ""
    if speed.ratio is not None:
        ratio = f"{speed.ratio:.2f} ({min(speed.ratios):.2f}-{max(speed.ratios):.2f})"
    return [
        speed.device or "",
        three_digits(speed.documents_per_second),
        ""
        if speed.twin_documents_per_second is None
        else three_digits(speed.twin_documents_per_second),
        ratio,
        _seconds(speed.first_step_seconds),
    ]


def table(rows: list[list[str]]) -> list[str]:
    """Lines of plain text with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def three_digits(value: float | None) -> str:
    """Three digits; None is "failed"."""
    if value is None:
        return "failed"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} s"
