"""The report of known scores, number by number."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from bertsum_tf.evaluation.bootstrap import paired_difference
from bertsum_tf.evaluation.report import Report, System, build_report

SYSTEMS = (System("model", "Model", beside="lead"), System("lead", "LEAD-3"))
COUNTS = {"total": 4, "scored": 4, "without_reference": 0, "without_sentences": 0, "bad": {}}


def report_of(
    model: list[float], lead: list[float], groups: list[str | None], **counts: Any
) -> Report:
    """A report in which ROUGE-2 is half of ROUGE-1, and ROUGE-Lsum is ROUGE-1."""

    def table(rouge1: list[float]) -> np.ndarray:
        return np.array([[value, value / 2, value] for value in rouge1]).reshape(-1, 3)

    return build_report(
        model="runs/a",
        corpus="news:test",
        systems=SYSTEMS,
        scores={"model": table(model), "lead": table(lead)},
        groups=groups,
        documents=COUNTS | counts,
        settings={"sentences": 3, "rouge_score": "0.1.2"},
        resamples=2000,
    )


MODEL, LEAD = [0.5, 0.6, 0.3, 0.4], [0.4, 0.4, 0.2, 0.3]
GROUPS: list[str | None] = ["cnn", "cnn", "dm", "dm"]


def test_scores_are_points_with_intervals() -> None:
    data = report_of(MODEL, LEAD, GROUPS).data
    model = data["overall"]["systems"]["model"]
    assert [model[metric]["mean"] for metric in model] == pytest.approx([45.0, 22.5, 45.0])
    assert 30 <= model["rouge1"]["low"] < 45 < model["rouge1"]["high"] <= 60
    assert data["overall"]["systems"]["lead"]["rouge1"]["mean"] == pytest.approx(32.5)
    assert data["overall"]["documents"] == 4


def test_difference_is_paired() -> None:
    difference = report_of(MODEL, LEAD, GROUPS).data["overall"]["differences"]
    assert list(difference) == ["model"]
    expected = paired_difference(100 * np.array(MODEL), 100 * np.array(LEAD), resamples=2000)
    computed = difference["model"]["rouge1"]
    assert computed["mean"] == pytest.approx(12.5)
    assert (computed["low"], computed["high"]) == pytest.approx((expected.low, expected.high))
    assert 10 <= computed["low"] < computed["high"] <= 20


def test_groups_are_reported_apart() -> None:
    groups = report_of(MODEL, LEAD, GROUPS).data["groups"]
    assert list(groups) == ["cnn", "dm"]
    assert groups["cnn"]["documents"] == 2
    assert groups["cnn"]["systems"]["model"]["rouge1"]["mean"] == pytest.approx(55.0)
    assert groups["dm"]["differences"]["model"]["rouge1"] == {
        "mean": 10.0,
        "low": 10.0,
        "high": 10.0,
    }


def test_one_group_or_none_is_not_repeated() -> None:
    assert report_of(MODEL, LEAD, ["cnn"] * 4).data["groups"] == {}
    assert report_of(MODEL, LEAD, [None] * 4).data["groups"] == {}
    assert list(report_of(MODEL, LEAD, ["cnn", None, None, None]).data["groups"]) == [
        "(no group)",
        "cnn",
    ]


def test_json_is_the_data_and_the_same_each_time() -> None:
    report = report_of(MODEL, LEAD, GROUPS)
    assert json.loads(report.to_json()) == report.data
    assert report.to_json() == report_of(MODEL, LEAD, GROUPS).to_json()
    assert report.data["settings"]["resamples"] == 2000 and report.data["settings"]["seed"] == 0


def test_markdown_has_a_row_for_each_system_and_difference() -> None:
    same = [0.25, 0.25, 0.25, 0.25]
    page = report_of(same, [0.5, 0.5, 0.5, 0.5], GROUPS).to_markdown()
    assert page.startswith("# runs/a on news:test\n\n4 documents, 4 of them scored.\n")
    tables = page.split("## ")
    assert [table.splitlines()[0] for table in tables[1:]] == [
        "All documents",
        "cnn (2 documents)",
        "dm (2 documents)",
    ]
    assert tables[1].splitlines()[2:7] == [
        "| | ROUGE-1 | ROUGE-2 | ROUGE-Lsum |",
        "| --- | ---: | ---: | ---: |",
        "| Model | 25.00 (25.00 to 25.00) | 12.50 (12.50 to 12.50) | 25.00 (25.00 to 25.00) |",
        "| LEAD-3 | 50.00 (50.00 to 50.00) | 25.00 (25.00 to 25.00) | 50.00 (50.00 to 50.00) |",
        "| Model, minus LEAD-3 | -25.00 (-25.00 to -25.00) | -12.50 (-12.50 to -12.50) "
        "| -25.00 (-25.00 to -25.00) |",
    ]


def test_a_notebook_shows_the_table_of_all_documents_without_headings() -> None:
    report = report_of(MODEL, LEAD, GROUPS)
    shown, page = report._repr_markdown_(), report.to_markdown()
    assert shown.startswith(
        "**runs/a on news:test:** 4 documents, 4 of them scored.\n\n| | ROUGE-1"
    )
    assert page.split("## ")[1].removeprefix("All documents\n\n").strip() in shown
    assert page.endswith(shown[shown.index("ROUGE F1 in points") :] + "\n")
    assert "#" not in shown


def test_a_notebook_shows_that_nothing_was_scored() -> None:
    report = report_of([], [], [], total=2, scored=0, without_reference=2)
    assert report._repr_markdown_().startswith("**runs/a on news:test:** 2 documents, 0 of them")


def test_documents_left_out_are_counted_apart() -> None:
    page = report_of(
        MODEL,
        LEAD,
        GROUPS,
        total=1007,
        without_reference=1002,
        without_sentences=1,
        bad={"is not JSON": 5},
    ).to_markdown()
    assert "1,007 documents, 4 of them scored." in page
    assert "Summarised, but without a reference: 1,002." in page
    assert "Without a sentence to choose: 1." in page
    assert "Left out, as the record is not JSON: 5." in page


def test_nothing_scored_is_said_and_not_crashed_on() -> None:
    report = report_of([], [], [], total=2, scored=0, without_reference=2)
    assert report.data["overall"] is None and report.data["groups"] == {}
    assert "there are no scores" in report.to_markdown() and json.loads(report.to_json())


def test_many_groups_share_a_table_of_the_largest() -> None:
    names: list[str | None] = [f"g{i:02}" for i in range(40)] + ["g39"]
    page = report_of([0.5] * 41, [0.4] * 41, names).to_markdown()
    assert page.count("## ") == 2 and page.count("| g") == 30
    assert "| | documents | Model | LEAD-3 | Model, minus LEAD-3 |" in page
    assert "| g39 | 2 | 50.00 | 40.00 | +10.00 (+10.00 to +10.00) |" in page
    assert "10 smaller groups are in the JSON alone." in page
