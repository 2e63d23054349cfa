"""Reports side by side."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bertsum_tf import cli
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.evaluation.compare import compare


def report(folder: Path, scores: list[float | None], reference: str = "ref") -> Path:
    folder.mkdir()
    lines = []
    for number, score in enumerate(scores):
        own = {} if score is None else {"rouge1": score, "rouge2": score / 2, "rougeLsum": score}
        record = {"id": str(number), "reference": reference, "systems": {"model": own}}
        lines.append(json.dumps(record) + "\n")
    (folder / "summaries.jsonl").write_text("".join(lines))
    return folder


def test_two_models_are_compared_document_by_document(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    before = random.normal(40, 10, 400)
    after = before + random.normal(1.0, 2.0, 400)
    first = report(tmp_path / "a", [*after, None])
    second = report(tmp_path / "b", [*before, None])
    found = compare([first], [second])
    assert found.documents == 400
    gain = float((after - before).mean())
    assert found.difference["rouge1"].mean == pytest.approx(gain)
    assert found.difference["rouge2"].mean == pytest.approx(gain / 2)
    # 1.96 standard errors of a mean of 400 differences of 2 points.
    width = found.difference["rouge1"].high - found.difference["rouge1"].low
    assert width == pytest.approx(2 * 1.96 * 2 / 20, rel=0.15)
    assert f"| difference | {gain:+.2f} (" in found.to_markdown()
    assert "run 1" not in found.to_markdown()
    assert found.to_dict()["first"]["rouge1"] == pytest.approx(after.mean())


def test_pairs_of_runs_that_disagree_widen_the_interval(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    before = random.normal(40, 10, 400)
    gains = (-1.0, 0.0, 4.0)
    first = [report(tmp_path / f"a{g}", (before + g).tolist()) for g in gains]
    second = [report(tmp_path / f"b{g}", before.tolist()) for g in gains]
    found = compare(first, second)
    assert found.by_run["rouge1"] == pytest.approx(gains)
    assert found.difference["rouge1"].mean == pytest.approx(1.0)
    # Every document agrees; one draw of runs in 27 has the least gain alone, one the greatest.
    assert found.difference["rouge1"].low == pytest.approx(-1.0)
    assert found.difference["rouge1"].high == pytest.approx(4.0)
    assert "| run 3 | +4.00 |" in found.to_markdown()
    # With unlike numbers of runs, there are no pairs.
    unpaired = compare(first, second[:1])
    assert unpaired.by_run == {}
    assert unpaired.difference["rouge1"].low == pytest.approx(1.0)


def test_reports_of_other_documents_are_refused(tmp_path: Path) -> None:
    first = report(tmp_path / "a", [1.0, 2.0])
    for name, other in (
        ("fewer", report(tmp_path / "b", [1.0])),
        ("others", report(tmp_path / "c", [1.0, 2.0], reference="another")),
    ):
        with pytest.raises(UsageError, match="not reports of the same documents") as error:
            compare([first], [other])
        assert str(other) in str(error.value), name


def test_what_is_no_report_is_refused(tmp_path: Path) -> None:
    first = report(tmp_path / "a", [1.0])
    broken = report(tmp_path / "b", [1.0])
    (broken / "summaries.jsonl").write_text('{"id": "0"')
    for folder in (tmp_path / "none", broken):
        with pytest.raises(BertsumError, match=f"{folder} holds no whole report"):
            compare([first], [folder])
    with pytest.raises(UsageError, match="1 documents that were scored: a comparison needs"):
        compare([report(tmp_path / "c", [1.0, None])], [report(tmp_path / "d", [2.0, None])])


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = [report(tmp_path / name, [3.0, 5.0]) for name in ("a1", "a2")]
    second = [report(tmp_path / name, [2.0, 4.0]) for name in ("b1", "b2")]
    arguments = ["compare", *map(str, first), "--minus", *map(str, second)]
    assert cli.main(arguments) == 0
    page = capsys.readouterr().out
    assert page.startswith("| 2 documents | ROUGE-1 | ROUGE-2 | ROUGE-Lsum |\n")
    assert f"| {first[0]}, {first[1]} | 4.00 | 2.00 | 4.00 |\n" in page
    assert "| difference | +1.00 (+1.00 to +1.00) | +0.50 (+0.50 to +0.50) |" in page
    assert cli.main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["difference"]["rouge2"] == {"mean": 0.5, "low": 0.5, "high": 0.5}
    assert cli.main(["compare", str(tmp_path / "no"), "--minus", str(second[0])]) == 1
    assert "holds no whole report" in capsys.readouterr().err
