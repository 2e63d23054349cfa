"""What Beam costs, measured on a few documents, and what is computed from it."""

from __future__ import annotations

import json
import os

import pytest

from bertsum_tf.benchmark import many_machines
from bertsum_tf.benchmark.many_machines import Computed, Measured, compute, main, to_markdown


def one_worker(rate: float, start: float) -> Measured:
    return Measured("summarize", True, 1, 101, start, start + 100 / rate)


def test_a_rate_is_what_remains_after_the_start() -> None:
    assert one_worker(rate=10, start=6).rate == pytest.approx(10)


def test_many_workers_share_the_articles_but_each_has_to_start() -> None:
    computed = compute([one_worker(rate=10, start=36)], price_per_core_hour=0.05)
    assert [line.workers for line in computed] == [1, 16, 256]
    hours = [100_000 / workers / 3600 + 0.01 for workers in (1, 16, 256)]
    assert [line.hours for line in computed] == pytest.approx(hours)
    assert [line.cost for line in computed] == pytest.approx(
        [(100_000 / 3600 + 0.01 * workers) * 0.05 for workers in (1, 16, 256)]
    )
    assert {line.cost for line in compute([one_worker(10, 36)], None)} == {None}


def test_the_table_sets_beam_beside_the_local_command_and_two_cores_beside_one() -> None:
    measured = [
        Measured("prepare", beam, cores, 101, 1.0, 1.0 + 100 / rate)
        for cores, beam, rate in ((1, False, 10), (1, True, 8), (2, False, 20), (2, True, 12))
    ]
    rows = to_markdown(measured, []).splitlines()
    assert rows[3] == "| prepare, DirectRunner | 1 | 101 | 1.00 s | 8.0 | 0.80 | 1.00 |"
    assert rows[5] == "| prepare, DirectRunner | 2 | 101 | 1.00 s | 12.0 | 0.60 | 1.50 |"


def test_a_few_seconds_on_many_workers_are_not_no_time() -> None:
    rows = to_markdown([], [Computed("prepare", 256, 0.00309, 0.79, 0.055)]).splitlines()
    assert rows[-1] == "| prepare | 256 | 0.00309 | 0.8 | 0.06 |"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["sample", "--summarize", "1"], "Two documents and one round are the least"),
        (["there/is/none.jsonl"], "There is no file there/is/none.jsonl"),
    ],
)
def test_wrong_usage_is_told(arguments: list[str], sentence: str, capsys) -> None:
    pytest.importorskip("apache_beam", reason="the extra 'beam' is not installed")
    assert main(arguments) in (1, 2)
    assert sentence in capsys.readouterr().err


@pytest.mark.slow
def test_a_few_documents_are_really_run(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    pytest.importorskip("apache_beam", reason="the extra 'beam' is not installed")
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system has no sched_setaffinity")
    monkeypatch.setattr(many_machines, "CORES", (1,))
    monkeypatch.delitem(many_machines._WRITERS, "summarize")
    command = ["sample", "--prepare", "6", "--rounds", "1", "--json"]
    assert main([*command, "--price-per-core-hour", "0.1"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [(one["command"], one["beam"]) for one in report["measured"]] == [
        ("prepare", False),
        ("prepare", True),
    ]
    assert all(one["start_seconds"] > 0.1 for one in report["measured"])
    for line in report["computed"]:
        assert line["cost"] == pytest.approx(line["core_hours"] * 0.1)
