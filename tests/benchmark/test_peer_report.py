from __future__ import annotations

import json
from dataclasses import replace

from bertsum_tf.benchmark.peers.report import PeerReport, PeerSpeed
from bertsum_tf.benchmark.whole_process import WholeProcess

REPORT = PeerReport(
    hardware="a processor, 2 cores",
    software="Python 3.12",
    corpus="news",
    documents=256,
    words=560.4,
    rounds=3,
    ours=PeerSpeed(
        "bertsum_tf", documents_per_second=24.0, same_choice=0.965, largest_difference=0.0912
    ),
    peers=[
        PeerSpeed(
            "transformers",
            way="4 windows a batch, all cores",
            documents_per_second=8.0,
            ratios=[3.1, 3.0, 2.5],
            same_choice=1.0,
            largest_difference=0.0000019,
        ),
        PeerSpeed("onnxruntime, int8", error="onnx is not installed."),
    ],
    whole_process=WholeProcess(500, [0.52, 0.5, 0.9], [151.0, 149.0, 150.4]),
)


def test_the_text_has_every_figure():
    lines = [line.rstrip() for line in REPORT.to_text().splitlines()]
    assert lines[:3] == [
        "a processor, 2 cores",
        "Python 3.12",
        "256 documents of news, 560 words on average, 3 rounds",
    ]
    rows = [" ".join(line.split()) for line in lines]
    assert "bertsum_tf 24 96.5 % 0.09" in rows
    assert "transformers 8 3.00 (2.50-3.10) 100.0 % 2e-06 4 windows a batch, all cores" in rows, (
        rows
    )
    assert "onnxruntime, int8 failed" in rows
    assert "onnxruntime, int8: onnx is not installed." in rows
    assert rows[-1] == (
        "Whole process, `bertsum summarize` of 500 words: 0.52 s (0.50-0.90), 150 MB at its peak"
    )


def test_json_has_the_ratio_which_is_the_median_of_the_rounds():
    first, second = json.loads(REPORT.to_json())["peers"]
    assert first["ratio"] == 3.0
    assert second["ratio"] is None
    assert second["error"] == "onnx is not installed."


def test_where_memory_is_not_told_it_says_so():
    assert "Whole process: not measured" in replace(REPORT, whole_process=None).to_text()
