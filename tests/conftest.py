"""What tests of several folders share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from bertsum_tf.models import BertSumAbstractive, BertSumExtractive


def pytest_configure(config: pytest.Config) -> None:
    """Keeps each of several workers to a core: threads of all on all cores wait for one another."""
    worker: str = getattr(config, "workerinput", {}).get("workerid", "")
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})


@pytest.fixture(scope="session")
def small_summarizer() -> BertSumExtractive:
    """`make_small_summarizer` with windows of 512 tokens."""
    pytest.importorskip("keras_hub")
    from small_summarizers import make_small_summarizer

    return make_small_summarizer()


@pytest.fixture(scope="session")
def small_writer() -> BertSumAbstractive:
    """`make_small_writer`."""
    pytest.importorskip("keras_hub")
    from small_summarizers import make_small_writer

    return make_small_writer()


@pytest.fixture(scope="session")
def saved_writer(
    small_writer: BertSumAbstractive, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of versions of the SavedModel of `small_writer`."""
    saved_model = pytest.importorskip("bertsum_tf.exporters.saved_model")
    base = tmp_path_factory.mktemp("saved_writer") / "news"
    saved_model.export_saved_model(small_writer, base)
    return base
