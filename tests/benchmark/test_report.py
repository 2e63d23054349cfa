from __future__ import annotations

import json

import pytest

from bertsum_tf.benchmark.report import Report, SummarizingSpeed, TrainingSpeed


def make_report(training: TrainingSpeed, has_twin: bool = True) -> Report:
    return Report(
        hardware="a processor, 2 cores",
        software="Python 3.12",
        workload="4 documents",
        prepare_documents_per_second=1234.5,
        prepare_processes=2,
        training=[training],
        summarizing=[SummarizingSpeed("jax", "cpu:0", 12.34, 5.0)],
        has_twin=has_twin,
    )


MEASURED = TrainingSpeed(
    "jax",
    "float32",
    device="cpu:0",
    documents_per_second=4.0,
    twin_documents_per_second=5.0,
    ratios=[0.7, 0.8, 0.9],
    first_step_seconds=3.0,
)


def test_the_ratio_is_the_median_of_the_rounds():
    assert MEASURED.ratio == 0.8
    assert json.loads(make_report(MEASURED).to_json())["training"][0]["ratio"] == 0.8


def test_the_text_has_every_figure():
    text = make_report(MEASURED).to_text()
    assert "1,234 documents/s (2 at a time)" in text
    assert "jax       float32    cpu:0   4            5     0.80 (0.70-0.90)  3.0 s" in text
    assert "jax          cpu:0   12.3         5.0 s" in text


def test_without_pytorch_ratios_are_left_out_and_it_says_so():
    alone = TrainingSpeed("jax", "float32", device="cpu:0", documents_per_second=4.0)
    report = make_report(alone, has_twin=False)
    assert "PyTorch is not installed: no ratios" in report.to_text()
    (training,) = json.loads(report.to_json())["training"]
    assert training["ratio"] is None
    assert training["twin_documents_per_second"] is None


def test_a_backend_that_failed_says_why():
    text = make_report(TrainingSpeed("jax", "float32", error="No memory is left.")).to_text()
    assert "failed" in text
    assert text.endswith("No memory is left.\n")


@pytest.mark.parametrize(("rate", "shown"), [(0.1234, "0.123"), (12.34, "12.3"), (1234.5, "1,234")])
def test_rates_have_three_digits(rate: float, shown: str):
    speed = TrainingSpeed("jax", "float32", documents_per_second=rate)
    row = next(line for line in make_report(speed).to_text().splitlines() if line[:3] == "jax")
    assert row.split() == ["jax", "float32", shown]
