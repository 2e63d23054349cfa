"""Scores by LiteRT: padding, threads, and nothing of TensorFlow."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from exported_files import exported, sample_texts

from bertsum_tf.engines.litert_engine import LiteRtEngine
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.summarizer import Engine, Summarizer

pytestmark = pytest.mark.slow

SUMMARISE = """
import sys
from bertsum_tf import Summarizer
from bertsum_tf.engines.litert_engine import LiteRtEngine

engine = LiteRtEngine(sys.argv[1])
summarizer = Summarizer(engine, engine.vocabulary, max_tokens=engine.max_tokens)
print(summarizer(sys.stdin.read(), sentences=1).text)
heavy = {"tensorflow", "keras", "keras_hub", "jax", "torch", "safetensors"}
assert not heavy & {name.partition(".")[0] for name in sys.modules}
"""


@pytest.fixture(scope="module")
def engine() -> LiteRtEngine:
    return LiteRtEngine(exported("none"))


def random_windows(engine: LiteRtEngine, rows: int, tokens: int) -> np.ndarray:
    random = np.random.default_rng(0)
    token_ids = random.integers(10, len(engine.vocabulary.vocabulary), (rows, tokens)).astype(
        np.int32
    )
    token_ids[:, ::16] = engine.vocabulary.cls_id
    token_ids[:, 15::16] = engine.vocabulary.sep_id
    return token_ids


def test_it_is_an_engine_that_brings_its_vocabulary_and_limits(engine: LiteRtEngine):
    assert isinstance(engine, Engine)
    assert engine.max_tokens == 256
    assert engine.vocabulary.encode(["the"]) != [[engine.vocabulary.unk_id]]
    assert engine.limits["num_sentences"] == 3
    assert engine.name == str(exported("none"))


@pytest.mark.parametrize("tokens", [8, 64, 128, 136, 256])
def test_windows_of_any_length_are_padded_to_the_next_signature(engine: LiteRtEngine, tokens: int):
    token_ids = random_windows(engine, 3, tokens)
    scores = engine.score(token_ids)
    assert (scores.dtype, scores.shape) == (np.float32, (3, tokens // 8))
    padded = np.full((3, 256), engine.vocabulary.pad_id, np.int32)
    padded[:, :tokens] = token_ids
    sentences = -(-tokens // 16)
    np.testing.assert_allclose(
        scores[:, :sentences], engine.score(padded)[:, :sentences], atol=1e-4
    )


def test_no_rows_no_scores(engine: LiteRtEngine):
    assert engine.score(np.zeros((0, 128), np.int32)).shape == (0, 16)


def test_a_window_of_nothing_but_padding_has_finite_scores(engine: LiteRtEngine):
    token_ids = np.full((1, 128), engine.vocabulary.pad_id, np.int32)
    assert np.isfinite(engine.score(token_ids)).all()


def test_longer_windows_are_refused(engine: LiteRtEngine):
    with pytest.raises(UsageError, match="up to 256 tokens, not 264"):
        engine.score(np.zeros((1, 264), np.int32))


def test_many_threads_get_the_scores_of_their_own_windows(engine: LiteRtEngine):
    batches = [random_windows(engine, 4, tokens)[:, :tokens] for tokens in (128, 256) * 4]
    expected = [engine.score(batch) for batch in batches]
    with ThreadPoolExecutor(8) as pool:
        for scores, alone in zip(pool.map(engine.score, batches), expected, strict=True):
            np.testing.assert_array_equal(scores, alone)


def test_the_number_of_threads_changes_no_score(engine: LiteRtEngine):
    token_ids = random_windows(engine, 2, 128)
    for threads in (1, 3):
        scores = LiteRtEngine(exported("none"), threads=threads).score(token_ids)
        np.testing.assert_allclose(scores, engine.score(token_ids), atol=1e-5)
    with pytest.raises(UsageError, match="at least 1, not 0"):
        LiteRtEngine(exported("none"), threads=0)


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_many_windows_at_once_score_as_one_by_one(engine: LiteRtEngine, threads: int):
    many = LiteRtEngine(exported("none"), threads=threads)
    token_ids = random_windows(engine, 11, 128)
    token_ids[:, 1] = np.arange(10, 21)
    one_by_one = np.concatenate([engine.score(row[None]) for row in token_ids])
    np.testing.assert_allclose(many.score(token_ids), one_by_one, atol=1e-5)
    assert len(np.unique(one_by_one[:, 0])) == 11, "the rows differ"


def test_a_summary_without_tensorflow():
    article = sample_texts()[0]
    finished = subprocess.run(
        [sys.executable, "-c", SUMMARISE, str(exported("dynamic"))],
        cwd=Path(__file__).parents[2],
        input=article,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.strip() in " ".join(article.split())


def test_a_document_of_many_windows_and_an_empty_one(engine: LiteRtEngine):
    summarizer = Summarizer(engine, engine.vocabulary, max_tokens=engine.max_tokens)
    long, empty = summarizer.batch([" ".join(sample_texts()[:5]), ""])
    assert sum(sentence.selected for sentence in long.sentences) == 3
    assert empty.sentences == ()


def test_damaged_and_foreign_files_never_reach_litert(tmp_path: Path):
    content = exported("none").read_bytes()
    with zipfile.ZipFile(exported("none")) as archive:
        model_bytes = json.loads(archive.read("limits.json"))["model_bytes"]
    path = tmp_path / "model.tflite"
    damaged = bytearray(content)
    damaged[model_bytes // 2] ^= 1
    for wrong in (b"", content[:1000], content[:-1], content[:model_bytes], bytes(damaged)):
        path.write_bytes(wrong)
        with pytest.raises(BertsumError, match=r"export"):
            LiteRtEngine(path)


def test_without_litert_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(BertsumError, match="pip install ai-edge-litert"):
        LiteRtEngine(exported("none"))


def test_the_file_is_needed_no_more(tmp_path: Path):
    path = tmp_path / "model.tflite"
    path.write_bytes(exported("none").read_bytes())
    engine = LiteRtEngine(path, threads=2)
    path.unlink()
    token_ids = random_windows(engine, 9, 128)  # enough for interpreters side by side
    np.testing.assert_allclose(
        engine.score(token_ids), LiteRtEngine(exported("none")).score(token_ids), atol=1e-5
    )
