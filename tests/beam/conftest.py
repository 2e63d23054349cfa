"""What tests of Beam pipelines share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def store() -> Iterator[str]:
    """A folder in a store that fsspec reaches, empty; the store is this process's memory."""
    import fsspec

    yield "memory://store"
    fsspec.filesystem("memory").store.clear()


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
