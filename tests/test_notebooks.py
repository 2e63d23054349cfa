"""The notebooks run from the top, and what is kept of their last run is fit to be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_there_is_one():
    assert NOTEBOOKS


@each_notebook
def test_its_outputs_are_those_of_one_run_from_the_top(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == [*range(1, len(cells) + 1)]


@each_notebook
def test_its_outputs_hold_no_noise(path):
    outputs = [
        output
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
    ]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert not re.search(r"/(root|home|tmp|Users)/|[A-Z]:\\\\", str(outputs))
    assert path.stat().st_size < 300_000


@pytest.mark.slow
@each_notebook
def test_it_runs(path):
    pytest.importorskip("keras_hub")
    pytest.importorskip("ipykernel")
    from execute import execute

    execute(path)
