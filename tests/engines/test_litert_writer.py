"""Summaries written by LiteRT: the search over slots, the Summarizer, and nothing of Keras."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from exported_files import exported, exported_writer, sample_texts, small_writer
from keras.ops import convert_to_numpy

from bertsum_tf import cli
from bertsum_tf.decoding import Beam, Limits, Sampling, write_summaries
from bertsum_tf.engines.litert_engine import LiteRtEngine
from bertsum_tf.engines.litert_writer import LiteRtDecoder, LiteRtWriter
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.summarizer import Engine, Summarizer, Writer, load_model

pytestmark = pytest.mark.slow

SUMMARISE = """
import sys
from bertsum_tf import Summarizer

print(Summarizer(sys.argv[1])(sys.stdin.read()).text)
heavy = {"tensorflow", "keras", "keras_hub", "jax", "torch", "safetensors"}
assert not heavy & {name.partition(".")[0] for name in sys.modules}
"""


@pytest.fixture(scope="module")
def writer() -> LiteRtWriter:
    return LiteRtWriter(exported_writer())


@pytest.fixture(scope="module")
def document() -> np.ndarray:
    return small_writer().preprocessor.generate_preprocess(sample_texts()[:1])


def log_softmax(values: np.ndarray) -> np.ndarray:
    shifted = values - values.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def log_probs(decoder: LiteRtDecoder, last: np.ndarray, position: int, state: list) -> tuple:
    """Of one document, [K, V], in the order of the ids; and the next state."""
    size = decoder.vocabulary_size
    candidates, state = decoder.step(last[None], position, state, size)
    values = np.empty((len(last), size), np.float32)
    np.put_along_axis(values, candidates.ids[0], candidates.log_probs[0], -1)
    return values, state


def check(values: np.ndarray, document: np.ndarray, target: np.ndarray) -> None:
    """Holds log-probabilities [V] against those that Keras gives after a target, int [t]."""
    inputs = {"token_ids": document, "decoder_token_ids": target[None]}
    expected = log_softmax(convert_to_numpy(small_writer()(inputs))[0, -1])
    possible = np.isfinite(values)
    np.testing.assert_allclose(values[possible], expected[possible], atol=1e-4)


def test_it_is_a_writer_that_brings_its_vocabulary_and_limits(writer: LiteRtWriter):
    assert isinstance(writer, Writer)
    assert not isinstance(writer, Engine)
    assert isinstance(load_model(exported_writer()), LiteRtWriter)
    assert writer.max_tokens == 256
    assert writer.target_vocabulary == small_writer().target_vocabulary
    assert writer.name == str(exported_writer())


def test_beams_go_on_from_one_another_without_a_copy(writer: LiteRtWriter, document: np.ndarray):
    # 78 tokens: beyond the room of the shorter step; beams part, swap and merge on the way.
    decoder, random = writer.decoder, np.random.default_rng(0)
    state = decoder.encode(document)
    targets = np.zeros((1, 0), np.int32)
    for position in range(78):
        beams = random.integers(0, len(targets), 3) if position else np.zeros(1, int)
        state = decoder.select(state, np.array([0]), beams[None])
        last = random.integers(10, 700, len(beams)).astype(np.int32)
        targets = np.concatenate([targets[beams], last[:, None]], axis=1)
        values, state = log_probs(decoder, last, position, state)
        if position in (0, 1, 2, 20, 21, 22, 63, 64, 77):
            for value, target in zip(values, targets, strict=True):
                check(value, document, target)
    assert len(np.unique(targets[:, -20:], axis=0)) == 3, "the beams differ"


def test_fewer_beams_and_fewer_documents_go_on(writer: LiteRtWriter):
    decoder = writer.decoder
    documents = small_writer().preprocessor.generate_preprocess(sample_texts()[:3])
    state = decoder.encode(documents)
    first = np.int32([[11] * 4, [12] * 4, [13] * 4])
    state = decoder.select(state, np.arange(3), np.zeros((3, 4), int))
    _, state = decoder.step(first, 0, state, 8)
    second = np.int32([[21, 22, 23, 24]] * 3)
    _, state = decoder.step(second, 1, state, 8)
    state = decoder.select(state, np.array([0, 2]), np.array([[3], [1]]))
    for row, (document, beam) in enumerate([(0, 3), (2, 1)]):
        values, _ = log_probs(decoder, np.int32([31]), 2, state[row : row + 1])
        target = np.int32([first[document, beam], second[document, beam], 31])
        check(values[0], documents[document : document + 1], target)


def test_more_beams_than_the_file_computes_are_refused(writer: LiteRtWriter, document: np.ndarray):
    with pytest.raises(UsageError, match="up to 5 beams, not 6: take a smaller beam"):
        write_summaries(writer.decoder, document, writer.target_vocabulary, Beam(6), Limits(0, 9))
    with pytest.raises(UsageError, match="up to 5 beams, not 6"):
        Summarizer(writer, strategy=Beam(6))


def test_more_tokens_than_the_model_writes_are_refused(writer: LiteRtWriter, document: np.ndarray):
    with pytest.raises(UsageError, match="writes 80 tokens at most"):
        write_summaries(writer.decoder, document, writer.target_vocabulary, None, Limits(0, 81))


def test_longer_documents_are_refused(writer: LiteRtWriter):
    with pytest.raises(UsageError, match="up to 256 tokens, not 264"):
        writer.write(np.full((1, 264), 7, np.int32))


def test_of_windows_without_a_word_piece_nothing_is_written(
    writer: LiteRtWriter, document: np.ndarray
):
    padding = np.full_like(document, writer.vocabulary.pad_id)
    no_piece = padding.copy()
    no_piece[0, :2] = writer.vocabulary.cls_id, writer.vocabulary.sep_id
    *nothing, something = writer.write(np.concatenate([padding, no_piece, document]))
    assert nothing == [[], []]
    assert something == writer.write(document)[0] != []
    assert writer.write(padding[:0]) == []


def test_the_summaries_are_those_of_the_keras_model():
    texts = [*sample_texts()[:4], "", "\u200b", "It rained in Bern."]
    litert = Summarizer(exported_writer(), name="model")
    keras = Summarizer(small_writer(), name="model")
    assert litert.writes
    ours, theirs = litert.batch(texts), keras.batch(texts)
    assert ours == theirs
    assert all(summary.written for summary in ours[:4])
    assert ours[4].written == ours[5].written == ()
    assert len(ours[5].sentences) == 1
    repeating = litert.batch(texts[:2], trigram_blocking=False)
    assert repeating == keras.batch(texts[:2], trigram_blocking=False)


def test_threads_take_turns_and_change_nothing(document: np.ndarray):
    writer = LiteRtWriter(exported_writer(), threads=2)
    documents = small_writer().preprocessor.generate_preprocess(sample_texts()[:3])
    batches = [documents[row : row + 1] for row in (0, 1, 2)]
    expected = [LiteRtWriter(exported_writer(), threads=1).write(batch) for batch in batches]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(writer.write, batches)) == expected
        # One strategy serves all of them.
        drawn = partial(writer.write, strategy=Sampling(seed=1), limits=Limits(0, 20))
        alone = [drawn(batch) for batch in batches]
        assert list(pool.map(drawn, batches)) == alone
        assert len({str(sentences) for sentences in alone}) == 3
    with pytest.raises(UsageError, match="at least 1, not 0"):
        LiteRtWriter(exported_writer(), threads=0)


def test_each_engine_refuses_the_other_kind_of_file():
    with pytest.raises(UsageError, match=r"writes its summaries, and LiteRtEngine .*LiteRtWriter"):
        LiteRtEngine(exported_writer())
    with pytest.raises(UsageError, match=r"chooses sentences, and LiteRtWriter .*LiteRtEngine"):
        LiteRtWriter(exported("none"))


def test_damaged_files_never_reach_litert(tmp_path: Path):
    content = exported_writer().read_bytes()
    path = tmp_path / "writer.tflite"
    for wrong in (content[:1000], content[:-1], content[:5000] + b"\0" + content[5001:]):
        path.write_bytes(wrong)
        with pytest.raises(BertsumError, match="export it again"):
            load_model(path)


def test_a_summary_without_keras_or_tensorflow():
    article = sample_texts()[0]
    finished = subprocess.run(
        [sys.executable, "-c", SUMMARISE, str(exported_writer())],
        cwd=Path(__file__).parents[2],
        input=article,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.strip() == Summarizer(small_writer())(article).text


def test_the_command_line_exports_and_summarises(tmp_path: Path, capsys):
    article, model, path = tmp_path / "a.txt", tmp_path / "model", tmp_path / "writer.tflite"
    article.write_text(sample_texts()[0])
    small_writer().save_to_preset(str(model))
    export = ["export", str(model), "--format", "tflite", "--quantize", "none"]
    assert cli.main([*export, "--output", str(path)]) == 0
    assert f"`bertsum summarize FILE --model {path}` uses it" in capsys.readouterr().out
    assert cli.main(["summarize", str(article), "--model", str(path)]) == 0
    expected = Summarizer(small_writer())(sample_texts()[0]).text
    assert capsys.readouterr().out.split() == expected.split()

    assert cli.main(["export", str(path), "--format", "tflite", "--output", "x"]) == 2
    assert "is exported already" in capsys.readouterr().err
