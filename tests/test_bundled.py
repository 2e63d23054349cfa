"""The model that ships with the package."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bertsum_tf import Summarizer, bundled
from bertsum_tf.data.corpora import open_corpus

TEXTS = [document.text for document in open_corpus("sample", split="test")]

# A base install has none of these.
HEAVY = ("tensorflow", "keras", "keras_hub", "jax", "torch", "safetensors", "h5py", "matplotlib")


def python(code: str, stdin: str = "") -> str:
    """Runs code where the packages of the extras can't be imported."""
    block = f"import sys\nsys.modules.update(dict.fromkeys({HEAVY}))\n"
    result = subprocess.run(
        [sys.executable, "-c", block + code],
        input=stdin.encode(),
        capture_output=True,
        cwd=Path(__file__).parent.parent,
    )
    assert result.returncode == 0, result.stderr.decode()
    assert result.stderr == b""
    return result.stdout.decode()


def test_it_summarises_without_any_of_the_extras():
    summary = python(
        "from bertsum_tf import Summarizer\n"
        "print(Summarizer()(sys.stdin.read(), sentences=2).text)",
        TEXTS[0],
    ).strip()
    assert summary == Summarizer()(TEXTS[0], sentences=2).text
    assert sum(s.selected for s in Summarizer()(TEXTS[0], sentences=2).sentences) == 2


def test_it_is_the_default_of_the_command_line():
    code = "from bertsum_tf import cli\nsys.exit(cli.main(['summarize', '--json']))"
    summary = json.loads(python(code, TEXTS[1]))
    assert summary["model"] == bundled.NAME
    assert summary["summary"] == Summarizer()(TEXTS[1]).text


def test_it_knows_news_from_filler():
    news = [
        "A fire destroyed the town hall of Orrby on Monday and injured four people, police said.",
        "Thanks for reading our live blog, and do tell us what you think below.",
        "The mayor said that the archive, with papers from the 15th century, was lost.",
        "Click here to sign up for our newsletter.",
        "Scroll down for the video.",
        "Investigators believe that an electric heater started the fire.",
    ]
    chosen = [s.index for s in Summarizer()(" ".join(news)).sentences if s.selected]
    assert chosen == [0, 2, 5]


def test_the_wheel_stays_under_100_megabytes():
    files = [path for path in bundled.PRESET.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 95e6


@pytest.mark.slow
def test_the_preset_is_the_model_that_the_file_was_made_of():
    pytest.importorskip("keras_hub")
    from bertsum_tf.models import BertSumExtractive

    assert bundled.NAME in BertSumExtractive.presets
    model = BertSumExtractive.from_preset(bundled.NAME)
    exact, quantized = Summarizer(model), Summarizer()
    assert exact.vocabulary.sha256 == quantized.vocabulary.sha256
    differences = []
    for ours, theirs in zip(exact.batch(TEXTS), quantized.batch(TEXTS), strict=True):
        first, second = (
            np.array([sentence.score for sentence in summary.sentences])
            for summary in (ours, theirs)
        )
        differences.append(np.abs(first - second).mean() / first.std())
    assert np.mean(differences) < 0.15, "rounding moves scores by far less than sentences differ"


@pytest.mark.slow
def test_its_parts_are_found_by_its_name():
    pytest.importorskip("keras_hub")
    from bertsum_tf.models import BertSumExtractive, BertSumExtractivePreprocessor
    from bertsum_tf.models.presets import load_backbone

    model = BertSumExtractive.from_preset(bundled.NAME)
    backbone = load_backbone(bundled.NAME)
    np.testing.assert_array_equal(
        np.asarray(backbone.token_embedding.embeddings),
        np.asarray(model.backbone.token_embedding.embeddings),
    )
    word_piece = BertSumExtractivePreprocessor.from_preset(bundled.NAME).word_piece
    assert word_piece.sha256 == Summarizer().vocabulary.sha256
