"""Runs the notebooks of this folder from the top, and keeps their outputs.

    python notebooks/execute.py

Each runs in an empty folder of its own, on this checkout of the package, and needs the extra `dev`.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent
CELL_SECONDS = 600


def execute(path: Path) -> nbformat.NotebookNode:
    """Returns the notebook with the outputs of a run from the top.

    Raises:
        CellExecutionError: if a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    paths = [str(FOLDER.parent.resolve()), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            record_timing=False,  # times would make every run another file
            coalesce_streams=True,  # so would the moments at which they are flushed
            resources={"metadata": {"path": folder}},
        )
        client.execute(env=environment)
    # So would the version of Python.
    notebook.metadata.language_info = {"name": "python"}
    return notebook


if __name__ == "__main__":
    for path in sorted(FOLDER.glob("*.ipynb")):
        nbformat.write(execute(path), path)
        print(path)
