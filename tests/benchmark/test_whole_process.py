"""Seconds and memory of a real `bertsum summarize`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bertsum_tf.benchmark.whole_process import measure_whole_process
from bertsum_tf.errors import BertsumError

pytestmark = pytest.mark.skipif(not hasattr(os, "wait4"), reason="this system has no wait4")


def test_every_run_is_told_and_memory_is_the_childs_own(tmp_path: Path):
    article = tmp_path / "article.txt"
    article.write_text("Prices rose on Monday. The bank met on Tuesday. It rained all day long.")
    # A process's peak begins with its parent's, and this one is big.
    ballast = bytearray(os.urandom(1024) * 1_000_000)
    whole = measure_whole_process(article, runs=2)
    assert len(ballast) > 1e9
    assert whole is not None
    assert whole.words == 14
    assert len(whole.seconds) == len(whole.megabytes) == 2
    assert all(seconds > 0.05 for seconds in whole.seconds)
    # The model's file has 19 MB, Python and NumPy some more.
    assert all(40 < megabytes < 800 for megabytes in whole.megabytes)


def test_a_failure_is_told_in_the_words_of_the_command(tmp_path: Path):
    (tmp_path / "empty.txt").write_text("\n")
    with pytest.raises(BertsumError, match=r"empty.txt holds no text"):
        measure_whole_process(tmp_path / "empty.txt", runs=1)
