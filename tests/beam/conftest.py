"""What tests of Beam pipelines share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the files of `shelf://` are."""
    from shelf_file_system import ShelfFileSystem

    root = tmp_path / "shelf"
    root.mkdir()
    monkeypatch.setattr(ShelfFileSystem, "root", root, raising=False)
    return root


@pytest.fixture(scope="session")
def bertsum():
    """Runs the command as a user does, in a process of its own, in a folder."""

    def call(*arguments: object, cwd: Path) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "bertsum_tf", *map(str, arguments)],
            capture_output=True,
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    return call
