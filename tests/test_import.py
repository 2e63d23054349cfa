"""`import bertsum_tf` costs next to nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import bertsum_tf

HEAVY = ("tensorflow", "keras", "keras_hub", "torch", "jax", "tokenizers", "numpy", "rich")


def python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_it_loads_no_library():
    code = "import sys, bertsum_tf; print(*{name.split('.')[0] for name in sys.modules})"
    assert not set(HEAVY) & set(python(code).split())


def test_the_command_line_loads_no_library_before_a_command_runs():
    code = "import sys, bertsum_tf.cli; print(*{name.split('.')[0] for name in sys.modules})"
    assert not set(HEAVY) & set(python(code).split())


def test_it_takes_less_than_300_ms():
    code = (
        "import time; start = time.perf_counter(); import bertsum_tf; "
        "print(time.perf_counter() - start)"
    )
    assert min(float(python(code)) for _ in range(3)) < 0.3


def test_summarizer_and_split_load_no_deep_learning_framework():
    code = (
        "import sys; from bertsum_tf import Summarizer, Summary, Sentence, split, BertsumError; "
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    assert not {"tensorflow", "keras", "keras_hub", "torch", "jax"} & set(python(code).split())


def test_the_model_is_imported_without_a_word():
    pytest.importorskip("keras_hub")
    result = subprocess.run(
        [sys.executable, "-c", "from bertsum_tf import BertSumExtractive"],
        capture_output=True,
        env={name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"},
        check=True,
    )
    assert result.stdout + result.stderr == b""


def test_the_public_names():
    assert set(bertsum_tf.__all__) <= set(dir(bertsum_tf))
    assert bertsum_tf.split("One. Two.") == [(0, 4), (5, 9)]
    assert bertsum_tf.Summarizer.__module__ == "bertsum_tf.summarizer"
    assert bertsum_tf.__version__.count(".") == 2


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="summariser"):
        bertsum_tf.summariser  # noqa: B018
