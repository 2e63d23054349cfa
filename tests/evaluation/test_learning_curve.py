"""The table and the picture of how a model grows with what it was trained on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from bertsum_tf.evaluation import plots
from bertsum_tf.evaluation.learning_curve import main


def point(folder: Path, name: str, losses: str, rouge1: float, lead: float = 37.0) -> list[str]:
    """A run that was trained on 1,000 documents, and its report; as arguments."""
    run, report = folder / f"run-{name}", folder / f"report-{name}"
    run.mkdir()
    report.mkdir()
    (run / "settings.json").write_text(json.dumps({"training": {"documents": 1000}}))
    (run / "losses.csv").write_text("step,epoch,loss,val_loss,learning_rate\n" + losses)

    def scores(first: float) -> dict[str, dict[str, float]]:
        values = {"rouge1": first, "rouge2": first - 10, "rougeLsum": first - 3}
        return {
            metric: {"mean": mean, "low": mean - 0.5, "high": mean + 0.75}
            for metric, mean in values.items()
        }

    systems = {"model": scores(rouge1), "lead": scores(lead), "oracle": scores(54.0)}
    overall = {"documents": 400, "systems": systems, "differences": {}}
    (report / "metrics.json").write_text(json.dumps({"overall": overall}))
    return ["--point", str(run), str(report)]


def test_points_stand_in_the_order_of_the_documents_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    figures: list[Figure] = []
    save = plots._save
    monkeypatch.setattr(
        plots, "_save", lambda figure, png: (figures.append(figure), save(figure, png))
    )
    large = point(tmp_path, "large", "10,1.0,5.0,5.2,0.1\n20,2.0,4.6,4.9,0\n", 24.0)
    # The model that is kept is that of the first validation.
    small = point(tmp_path, "small", "5,0.25,6.0,5.5,0.1\n10,0.5,5.8,5.6,0\n", 18.0)
    output = tmp_path / "new" / "curve"
    assert main([*large, *small, "--output", str(output)]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[2:6] == [
        "| 250 | 5.500 | 18.00 (17.50 to 18.75) | 8.00 (7.50 to 8.75) | 15.00 (14.50 to 15.75) |",
        "| 2,000 | 4.900 | 24.00 (23.50 to 24.75) | 14.00 (13.50 to 14.75) "
        "| 21.00 (20.50 to 21.75) |",
        "| LEAD-3 |  | 37.00 | 27.00 | 34.00 |",
        "| greedy oracle |  | 54.00 | 44.00 | 51.00 |",
    ]
    assert (output / "curve.md").read_text().splitlines() == rows
    assert (output / "curve.png").read_bytes().startswith(b"\x89PNG")
    quality, loss = figures[0].axes
    np.testing.assert_array_equal(quality.get_lines()[0].get_xydata(), [[250, 18], [2000, 24]])
    np.testing.assert_array_equal(loss.get_lines()[0].get_xydata(), [[250, 5.5], [2000, 4.9]])
    assert [text.get_text() for text in quality.get_xticklabels()] == ["250", "2,000"]


def test_reports_of_other_documents_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = point(tmp_path, "first", "5,1,6,5.5,0\n", 18.0)
    other = point(tmp_path, "other", "5,1,6,5.5,0\n", 18.0, lead=36.5)
    assert main([*first, *other, "--output", str(tmp_path / "curve")]) == 2
    assert "are not reports of the same documents" in capsys.readouterr().err
    assert not (tmp_path / "curve").exists()


@pytest.mark.parametrize("name", ["settings.json", "losses.csv", "metrics.json"])
def test_what_is_no_run_or_no_report_is_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = point(tmp_path, "a", "5,1,6,5.5,0\n", 18.0)
    (broken,) = tmp_path.glob(f"*/{name}")
    broken.write_text("{")
    assert main([*arguments, "--output", str(tmp_path / "curve")]) == 1
    message = capsys.readouterr().err
    assert str(broken.parent) in message and message.count("\n") == 1
    assert not (tmp_path / "curve").exists()
