"""Plots show the numbers they are given."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from bertsum_tf.errors import BertsumError
from bertsum_tf.evaluation import plots
from bertsum_tf.evaluation.plots import plot_losses, plot_positions


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that were saved."""
    saved: list[Figure] = []
    save = plots._save
    monkeypatch.setattr(
        plots, "_save", lambda figure, png: (saved.append(figure), save(figure, png))
    )
    return saved


def png_size(content: bytes) -> tuple[int, int]:
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


def test_losses_of_training_and_validation_are_drawn(tmp_path: Path, figures: list[Figure]) -> None:
    table = tmp_path / "losses.csv"
    table.write_text(
        "step,epoch,loss,val_loss,learning_rate\n"
        "100,0.5,0.40,0.42,0.001\n200,1.0,0.30,0.35,0.002\n300,1.5,0.25,0.38,\n"
    )
    plot_losses(table, tmp_path / "losses.png")
    assert png_size((tmp_path / "losses.png").read_bytes())[0] == 960
    losses, rate = figures[0].axes
    training, validation = losses.get_lines()
    np.testing.assert_array_equal(training.get_xydata(), [[100, 0.4], [200, 0.3], [300, 0.25]])
    np.testing.assert_array_equal(validation.get_xydata(), [[100, 0.42], [200, 0.35], [300, 0.38]])
    labels = [text.get_text() for text in losses.get_legend().get_texts()]
    assert labels == ["training", "validation (best 0.3500 at 200)"]
    # Whatever the model learns, which the table does not say.
    assert losses.get_ylabel() == "loss"
    assert losses.get_title() and rate.get_ylabel() == "learning rate"
    assert rate.get_xlabel() == "step"


def test_columns_may_be_missing_and_cells_empty(tmp_path: Path, figures: list[Figure]) -> None:
    table = tmp_path / "losses.csv"
    table.write_text("epoch,loss,note\n1,0.5,\n2,,x\n3,0.25,y\n")
    plot_losses(table, io.BytesIO())
    (axes,) = figures[0].axes
    (line,) = axes.get_lines()
    np.testing.assert_array_equal(line.get_xydata(), [[1, 0.5], [3, 0.25]])
    assert axes.get_xlabel() == "epoch"


def test_loss_of_each_step_gets_a_running_mean(tmp_path: Path, figures: list[Figure]) -> None:
    table = tmp_path / "losses.csv"
    table.write_text("loss\n" + "0.2\n0.4\n" * 100)
    plot_losses(table, io.BytesIO())
    raw, mean = figures[0].axes[0].get_lines()
    assert len(raw.get_ydata()) == 200
    np.testing.assert_allclose(mean.get_ydata(), 0.3)


@pytest.mark.parametrize("content", ["", "step,accuracy\n1,0.5\n", "loss\n\n", "loss\nnan\n"])
def test_table_without_a_loss_is_one_sentence(tmp_path: Path, content: str) -> None:
    table = tmp_path / "losses.csv"
    table.write_text(content)
    with pytest.raises(
        BertsumError, match=r"holds no loss; it needs a column 'loss' or 'val_loss'"
    ):
        plot_losses(table, io.BytesIO())


def test_missing_table_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BertsumError, match=r"losses\.csv can't be read"):
        plot_losses(tmp_path / "losses.csv", io.BytesIO())


def test_positions_are_shares_of_each_systems_picks(figures: list[Figure]) -> None:
    picture = io.BytesIO()
    plot_positions(
        {"Model": [(0, 10), (0, 40), (25, 40), (9, 10)], "LEAD-3": [(0, 10), (1, 10)], "None": []},
        picture,
    )
    assert png_size(picture.getvalue()) == (1200, 960)
    by_index, by_tenth = figures[0].axes
    model, lead, none = by_index.containers
    heights = {i: bar.get_height() for i, bar in enumerate(model) if bar.get_height()}
    assert heights == {0: 50.0, 9: 25.0, 20: 25.0}  # the last place is "21+"
    assert [bar.get_height() for bar in lead][:3] == [50.0, 50.0, 0.0]
    assert not any(bar.get_height() for bar in none)
    heights = {i: bar.get_height() for i, bar in enumerate(by_tenth.containers[0])}
    assert {i: height for i, height in heights.items() if height} == {0: 50.0, 6: 25.0, 9: 25.0}
    assert [text.get_text() for text in by_index.get_legend().get_texts()] == [
        "Model",
        "LEAD-3",
        "None",
    ]
    assert by_index.get_xticklabels()[-1].get_text() == "21+"
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figures[0].axes)


def test_same_numbers_give_the_same_picture() -> None:
    pictures = [io.BytesIO(), io.BytesIO()]
    for picture in pictures:
        plot_positions({"Model": [(0, 3), (2, 3)]}, picture)
    assert pictures[0].getvalue() == pictures[1].getvalue()
