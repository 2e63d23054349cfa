r"""What quantization costs and saves: size, milliseconds and ROUGE of a model's `.tflite` files.

    python -m bertsum_tf.benchmark.exports runs/news/model cnn_dailymail --split validation \
        --output reports/exports

Each file is made, evaluated and timed; what an interrupted run left in the output
folder is kept. Differences of ROUGE are paired: the same documents, with float32.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bertsum_tf.benchmark.hardware import describe_hardware
from bertsum_tf.choices import QUANTIZATIONS
from bertsum_tf.data.corpora import SAMPLE, Corpus, open_corpus
from bertsum_tf.engines.litert_engine import LiteRtEngine
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.evaluation.bootstrap import Interval, paired_difference
from bertsum_tf.evaluation.evaluate import MODEL, SUMMARIES_FILE, evaluate
from bertsum_tf.evaluation.plots import ExportPoint, plot_exports
from bertsum_tf.evaluation.rouge import METRICS
from bertsum_tf.keras_backend import use_backend
from bertsum_tf.progress import ProgressBar
from bertsum_tf.run_folder import claim, write_aside
from bertsum_tf.summarizer import Summarizer
from bertsum_tf.version import __version__

# What the others are compared with.
REFERENCE = "none"

WINDOW_TOKENS = (128, 256, 512)
THREADS = (1, 2)

# Every file has a turn of a few windows in each round, so that a machine that slows down slows all.
ROUNDS = 5
WINDOWS_A_TURN = 8


@dataclass(frozen=True)
class Measured:
    """One file.

    Attributes:
        megabytes: its size, in millions of bytes.
        milliseconds: a window: those of the length (`WINDOW_TOKENS`) and threads in the key, "512,
            2 threads"; median of the rounds.
        rouge: mean F1 of its summaries, in points, by metric.
        difference: its mean difference to float32, with its 95 % interval, by metric.
        same_choice: share of documents of which it chooses the sentences that float32 chooses.
        documents: that were scored.
    """

    megabytes: float
    milliseconds: dict[str, float]
    rouge: dict[str, float]
    difference: dict[str, Interval]
    same_choice: float
    documents: int


def measure(
    model: str,
    corpus: Corpus,
    output: Path,
    others: Mapping[str, Path],
    processes: int,
) -> dict[str, Measured]:
    """Makes, evaluates and times the files of a model.

    Args:
        model: folder that `bertsum train` wrote.
        corpus: documents with references.
        output: folder for the files and their evaluations.
        others: further files, by what to call them.
        processes: that compute ROUGE.

    Returns:
        What was measured, by the name of the quantization.
    """
    files = _export(model, output) | dict(others)
    results = {}
    for name, path in files.items():
        folder = output / name
        if not (folder / "metrics.json").exists():
            with ProgressBar(f"Evaluating {name}", corpus.size, "documents") as bar:
                evaluate(
                    Summarizer(path),
                    corpus,
                    output=folder,
                    processes=processes,
                    on_progress=lambda stage, done, total, bar=bar: bar.update(done, total),  # type: ignore[misc]
                )
        results[name] = _read_results(folder)
    milliseconds = _race(files)
    reference = results[REFERENCE]
    measured = {}
    for name, path in files.items():
        scores, choices = results[name]
        measured[name] = Measured(
            megabytes=path.stat().st_size / 1e6,
            milliseconds=milliseconds[name],
            rouge={metric: float(scores[:, i].mean()) for i, metric in enumerate(METRICS)},
            difference={
                metric: paired_difference(scores[:, i], reference[0][:, i])
                for i, metric in enumerate(METRICS)
            },
            same_choice=float(
                np.mean([a == b for a, b in zip(choices, reference[1], strict=True)])
            ),
            documents=len(scores),
        )
    return measured


def _export(model: str, output: Path) -> dict[str, Path]:
    files = {name: output / f"{name}.tflite" for name in QUANTIZATIONS}
    missing = [name for name, path in files.items() if not path.exists()]
    if missing:
        use_backend("tensorflow")
        from bertsum_tf.exporters.tflite import export_tflite
        from bertsum_tf.models import BertSumExtractive

        loaded = BertSumExtractive.from_preset(model)
        for name in missing:
            data = None
            if name == "int8":
                data = (document.text for document in open_corpus(SAMPLE))
            export_tflite(
                loaded, files[name], quantize=name, representative_data=data, on_step=_say
            )
    return {str(name): path for name, path in files.items()}


def _read_results(folder: Path) -> tuple[np.ndarray, list[list[int]]]:
    """ROUGE [n, 3] in points and the choice of each scored document."""
    scores, choices = [], []
    with open(folder / SUMMARIES_FILE, encoding="utf-8") as lines:
        for line in lines:
            system: dict[str, Any] = json.loads(line)["systems"][MODEL]
            if METRICS[0] in system:
                scores.append([system[metric] for metric in METRICS])
                choices.append(system["sentences"])
    return np.array(scores), choices


def _race(files: Mapping[str, Path]) -> dict[str, dict[str, float]]:
    """Milliseconds a window of each file, by length and threads."""
    random = np.random.default_rng(0)
    engines = {
        (name, threads): LiteRtEngine(path, threads=threads)
        for name, path in files.items()
        for threads in THREADS
    }
    taken: dict[str, dict[str, list[float]]] = {name: {} for name in files}
    with ProgressBar("Timing", (1 + ROUNDS) * len(WINDOW_TOKENS) * len(engines), "turns") as bar:
        for turn in range(1 + ROUNDS):  # the first warms up
            for tokens in WINDOW_TOKENS:
                for (name, threads), engine in engines.items():
                    windows = _windows(random, engine, tokens)
                    begin = time.perf_counter()
                    for window in windows:
                        engine.score(window[None])
                    milliseconds = 1000 * (time.perf_counter() - begin) / len(windows)
                    if turn:
                        key = f"{tokens}, {threads} thread{'s' if threads > 1 else ''}"
                        taken[name].setdefault(key, []).append(milliseconds)
                    bar.advance(1)
    return {
        name: {key: float(np.median(times)) for key, times in by_key.items()}
        for name, by_key in taken.items()
    }


def _windows(random: np.random.Generator, engine: LiteRtEngine, tokens: int) -> np.ndarray:
    """Full windows of sentences of 32 tokens: time does not depend on the words."""
    size = len(engine.vocabulary.vocabulary)
    windows = random.integers(size // 2, size, (WINDOWS_A_TURN, tokens)).astype(np.int32)
    windows[:, ::32] = engine.vocabulary.cls_id
    windows[:, 31::32] = engine.vocabulary.sep_id
    return windows


def to_markdown(measured: Mapping[str, Measured]) -> str:
    """The table, with the hardware and the number of documents."""
    columns = next(iter(measured.values())).milliseconds
    header = ["", "MB", *(f"ms, {key}" for key in columns)]
    header += ["R1", "R2", "RLsum", "R1 less float32 (95 %)", "same choice"]
    rows = [header, ["---", *["---:"] * (len(header) - 1)]]
    for name, one in measured.items():
        change = one.difference[METRICS[0]]
        rows.append(
            [
                name,
                f"{one.megabytes:.1f}",
                *(f"{one.milliseconds[key]:.1f}" for key in columns),
                *(f"{one.rouge[metric]:.2f}" for metric in METRICS),
                ""
                if name == REFERENCE
                else f"{change.mean:+.2f} ({change.low:+.2f} to {change.high:+.2f})",
                f"{100 * one.same_choice:.1f} %",
            ]
        )
    lines = [f"| {' | '.join(row)} |" for row in rows]
    documents = next(iter(measured.values())).documents
    return "\n".join([*lines, "", f"{documents:,} documents; {describe_hardware()}.", ""])


def _points(measured: Mapping[str, Measured]) -> list[ExportPoint]:
    metric = METRICS[0]
    reference = measured[REFERENCE].rouge[metric]
    return [
        ExportPoint(
            name=name,
            megabytes=one.megabytes,
            milliseconds=one.milliseconds[f"{WINDOW_TOKENS[-1]}, {THREADS[-1]} threads"],
            rouge1=one.rouge[metric],
            low=reference + one.difference[metric].low,
            high=reference + one.difference[metric].high,
        )
        for name, one in measured.items()
    ]


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bertsum_tf.benchmark.exports", description=__doc__.splitlines()[0]
    )
    parser.add_argument("model", help="folder that `bertsum train` wrote")
    parser.add_argument("corpus", help="as `bertsum prepare` takes it")
    parser.add_argument("--split", help="split to evaluate on")
    parser.add_argument("--data-dir", help="where TFDS keeps its data")
    parser.add_argument("--limit", type=int, help="documents to evaluate on")
    parser.add_argument("--output", type=Path, required=True, help="folder for all that is made")
    parser.add_argument("--processes", type=int, default=2, help="that compute ROUGE")
    parser.add_argument(
        "--also", nargs="*", default=[], metavar="NAME=FILE", help="further .tflite files"
    )
    options = parser.parse_args(arguments)
    try:
        corpus = open_corpus(
            options.corpus, split=options.split, data_dir=options.data_dir, limit=options.limit
        )
        parameters = {
            "model": options.model,
            "corpus": corpus.name,
            "limit": options.limit,
            "package_version": __version__,
        }
        claim(options.output, "parameters.json", parameters, results="*.tflite")
        others = {}
        for pair in options.also:
            name, separator, file = pair.partition("=")
            if not separator:
                raise UsageError(f"--also takes NAME=FILE, not {pair}.")
            others[name] = Path(file)
        measured = measure(options.model, corpus, options.output, others, options.processes)
        table = to_markdown(measured)
        as_json = {name: asdict(one) for name, one in measured.items()}
        write_aside(options.output / "exports.json", json.dumps(as_json, indent=1) + "\n")
        write_aside(options.output / "exports.md", table)
        with open(options.output / "exports.png", "wb") as file:
            plot_exports(_points(measured), file)
        print(table)
    except BertsumError as error:
        _say(str(error))
        return 2 if isinstance(error, UsageError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
