"""The whole benchmark with tiny shapes; the contestants run in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from bertsum_tf.benchmark import run as run_module
from bertsum_tf.benchmark.contestant import TWIN, Entry
from bertsum_tf.benchmark.race import Speeds
from bertsum_tf.benchmark.run import QUICK, benchmark
from bertsum_tf.benchmark.turns import Start
from bertsum_tf.data.corpora import Corpus, open_corpus
from bertsum_tf.errors import BertsumError
from bertsum_tf.keras_backend import installed_backends


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> list[list[Entry]]:
    """Who was to race against whom; nobody runs, and the second is twice as fast as the first."""
    seen: list[list[Entry]] = []

    def race(entries: list[Entry], rounds: int, on_lap: object) -> Speeds:
        seen.append(entries)
        starts = [Start("cpu", 1.0)] * len(entries)
        return Speeds(starts, [[place + 1.0] * rounds for place in range(len(entries))])

    monkeypatch.setattr(run_module, "race", race)
    return seen


def test_each_backend_and_precision_meets_the_twin_on_the_same_data(
    entries: list[list[Entry]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(run_module, "find_spec", lambda name: object())
    report = benchmark(open_corpus("sample"), QUICK, ["jax", "torch"])
    *training, first_summaries, second_summaries = entries
    assert [[(entry.runner, entry.precision) for entry in pair] for pair in training] == [
        [("jax", "float32"), (TWIN, "float32")],
        [("torch", "float32"), (TWIN, "float32")],
        [("jax", "mixed_bfloat16"), (TWIN, "mixed_bfloat16")],
        [("torch", "mixed_bfloat16"), (TWIN, "mixed_bfloat16")],
    ]
    assert len({(entry.source, entry.shape) for pair in training for entry in pair}) == 1
    assert [entry.task for entry in first_summaries + second_summaries] == ["summarize"] * 2
    assert [speed.ratio for speed in report.training] == [0.5] * 4
    assert report.prepare_documents_per_second > 0


def test_without_pytorch_keras_runs_alone(
    entries: list[list[Entry]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(run_module, "find_spec", lambda name: None)
    report = benchmark(open_corpus("sample"), QUICK, ["jax"], ["float32"])
    assert [[entry.runner for entry in race] for race in entries] == [["jax"], ["jax"]]
    assert "PyTorch is not installed" in report.to_text()


def test_a_backend_that_falls_is_a_line_of_the_report(monkeypatch: pytest.MonkeyPatch):
    def race(entries: list[Entry], rounds: int, on_lap: object) -> Speeds:
        raise BertsumError("The benchmark of jax stopped: no memory.")

    monkeypatch.setattr(run_module, "race", race)
    report = benchmark(open_corpus("sample"), QUICK, ["jax"], ["float32"])
    assert report.training[0].error == "The benchmark of jax stopped: no memory."
    assert report.summarizing[0].summaries_per_second is None


def test_an_empty_corpus_is_refused():
    with pytest.raises(BertsumError, match="holds no document"):
        benchmark(Corpus("nothing", lambda: iter(())), QUICK, [])


@pytest.mark.slow
def test_the_command_measures_everything_on_an_installed_backend():
    backends = installed_backends()
    if not backends:
        pytest.skip("no backend of Keras is installed")
    command = ["benchmark", "--quick", "--backend", backends[-1], "--precision", "float32"]
    finished = subprocess.run(
        [sys.executable, "-m", "bertsum_tf", *command, "--json"],
        env={**os.environ, "KERAS_BACKEND": backends[-1]},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    report = json.loads(finished.stdout)
    (training,) = report["training"]
    (summarizing,) = report["summarizing"]
    assert training["error"] is None, training
    assert summarizing["error"] is None, summarizing
    assert report["prepare_documents_per_second"] > 0
    assert training["documents_per_second"] > 0
    assert summarizing["summaries_per_second"] > 0
    if find_spec("torch") is not None:
        assert len(training["ratios"]) == 2
        assert 0 < training["ratio"] < 100
