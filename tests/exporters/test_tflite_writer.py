"""Export of a model that writes: what is in the file, and that it writes what Keras writes."""

from __future__ import annotations

import json
import zipfile
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from exported_files import (
    WINDOW_TOKENS,
    exported_writer,
    model_of,
    operators,
    sample_texts,
    small_writer,
)
from keras.ops import convert_to_numpy
from small_summarizers import make_small_writer

from bertsum_tf.decoding import (
    GREEDY,
    Beam,
    Hypothesis,
    Limits,
    Sampling,
    Strategy,
    numbers_of,
    write_summaries,
)
from bertsum_tf.engines.litert_writer import LiteRtDecoder, LiteRtWriter
from bertsum_tf.errors import UsageError
from bertsum_tf.exporters.tflite import export_tflite
from bertsum_tf.models import BertSumAbstractive

MODES = ("none", "float16", "dynamic")

pytestmark = pytest.mark.slow


@lru_cache(maxsize=1)
def documents() -> np.ndarray:
    """Articles of the sample, among them short ones: int32 [5, 256]."""
    texts = [*sample_texts()[:3], sample_texts()[3][:300], "It rained in Bern. The bank met."]
    return small_writer().preprocessor.generate_preprocess(texts)


def tokens(hypotheses: list[Hypothesis]) -> list[list[int]]:
    return [hypothesis.token_ids.tolist() for hypothesis in hypotheses]


def written(path: Path, strategy: Strategy, limits: Limits) -> list[list[int]]:
    writer = LiteRtWriter(path)
    return tokens(
        write_summaries(
            writer.decoder,
            documents(),
            writer.target_vocabulary,
            strategy,
            limits,
            numbers=numbers_of(documents(), writer.vocabulary.pad_id),
        )
    )


@pytest.mark.parametrize(
    "strategy",
    [GREEDY, Beam(), Beam(size=3), Sampling(seed=1), Sampling(0.7, top_k=10, seed=2)],
    ids=["greedy", "beam 5", "beam 3", "samples", "samples of 10"],
)
@pytest.mark.parametrize(
    # 80 tokens: more than the shorter of the steps has room for.
    "limits",
    [Limits(0, 20), Limits(70, 80), Limits(0, 30, block_trigrams=False)],
    ids=["20", "80", "30, repeating"],
)
def test_it_writes_the_tokens_of_the_keras_model(strategy: Strategy, limits: Limits):
    ours = written(exported_writer(), strategy, limits)
    assert ours == tokens(small_writer().generate_ids(documents(), strategy, limits))
    assert len({tuple(summary) for summary in ours}) >= 4, "the summaries differ"


@pytest.mark.parametrize(
    "options",
    [
        {"seed": 1, "heads": 4, "layers": 3, "dtype": "mixed_bfloat16"},
        {"seed": 2, "heads": 1, "layers": 1, "window_tokens": 64},
    ],
    ids=["3 layers, mixed precision", "1 layer"],
)
def test_so_do_others(options: dict, tmp_path: Path):
    model = make_small_writer(max_target_tokens=16, **{"window_tokens": 128, **options})
    path = export_tflite(model, tmp_path / "writer.tflite", quantize="none")
    writer = LiteRtWriter(path)
    # What is in mixed precision is exported in float32.
    exact = make_small_writer(
        max_target_tokens=16, **{"window_tokens": 128, **options, "dtype": "float32"}
    )
    token_ids = exact.preprocessor.generate_preprocess(sample_texts()[:4])
    for strategy in (GREEDY, Beam()):
        limits = Limits(0, 16)
        ours = write_summaries(
            writer.decoder, token_ids, writer.target_vocabulary, strategy, limits
        )
        assert tokens(ours) == tokens(exact.generate_ids(token_ids, strategy, limits))


def forced_logits(decoder: LiteRtDecoder, targets: np.ndarray) -> np.ndarray:
    """Log-probabilities of the first document, given each of the targets, [K, U, V]."""
    state = decoder.encode(documents()[:1])
    state = decoder.select(state, np.array([0]), np.zeros((1, len(targets)), int))
    values = np.empty((*targets.shape, decoder.vocabulary_size), np.float32)
    for position in range(targets.shape[1]):
        candidates, state = decoder.step(
            targets[None, :, position], position, state, decoder.vocabulary_size
        )
        np.put_along_axis(values[:, position], candidates.ids[0], candidates.log_probs[0], -1)
    return values


# The lower bounds leave room for rounding alone: of a random model, whose weights are large.
@pytest.mark.parametrize(
    ("quantize", "least"), [("none", 0.999999), ("float16", 0.9999), ("dynamic", 0.99)]
)
def test_rounding_leaves_the_probabilities_much_as_they_are(quantize: str, least: float):
    model = small_writer()
    targets = np.random.default_rng(0).integers(10, 700, (3, 20)).astype(np.int32)
    inputs = {"token_ids": np.repeat(documents()[:1], 3, 0), "decoder_token_ids": targets}
    logits = convert_to_numpy(model(inputs)).astype(np.float64)
    expected = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    values = forced_logits(LiteRtWriter(exported_writer(quantize)).decoder, targets)
    possible = np.isfinite(values)
    assert not possible.all(), "some words are never written"
    assert np.corrcoef(values[possible], expected[possible])[0, 1] > least


@pytest.mark.parametrize("quantize", MODES)
def test_its_signatures(quantize: str):
    interpreter = Interpreter(model_path=str(exported_writer(quantize)))
    signatures = interpreter.get_signature_list()
    steps = {"decode_step_1_64", "decode_step_1_80", "decode_step_5_64", "decode_step_5_80"}
    assert set(signatures) == {"encode_128", "encode_256"} | steps
    memory = {f"memory_{what}_{layer}" for what in ("keys", "values") for layer in (0, 1)}
    slots = {name.replace("memory", "written") for name in memory}
    encode = interpreter.get_signature_runner("encode_128")
    assert encode.get_input_details()["token_ids"]["shape"].tolist() == [1, 128]
    shapes = {name: one["shape"].tolist() for name, one in encode.get_output_details().items()}
    assert shapes == {**{name: [2, WINDOW_TOKENS, 16] for name in memory}, "memory_mask": [256]}
    step = interpreter.get_signature_runner("decode_step_5_80")
    shapes = {name: one["shape"].tolist() for name, one in step.get_input_details().items()}
    assert shapes == {
        **{name: [2, 256, 16] for name in memory},
        **{name: [2, 5 * 80, 16] for name in slots},
        **{"token_ids": [5], "position": [1], "memory_mask": [256], "visible": [5, 5 * 80]},
    }
    shapes = {name: one["shape"].tolist() for name, one in step.get_output_details().items()}
    words = len(small_writer().preprocessor.word_piece.vocabulary)
    new = {name.replace("memory", "new"): [2, 5, 16] for name in memory}
    assert shapes == {"logits": [5, words], **new}


@pytest.mark.parametrize("quantize", MODES)
def test_the_operators_are_all_builtin(quantize: str):
    names = operators(exported_writer(quantize))
    assert {"FULLY_CONNECTED", "BATCH_MATMUL", "GATHER"} <= names
    assert "CUSTOM" not in names
    assert not any(name.startswith("STABLEHLO") for name in names)


@pytest.mark.parametrize("quantize", MODES)
def test_the_weights_are_written_once_the_word_embeddings_too(quantize: str):
    buffers = [
        len(buffer.data)
        for buffer in model_of(exported_writer(quantize)).buffers
        if buffer.data is not None
    ]
    bytes_each = {"none": 4, "float16": 2, "dynamic": 1}[quantize]
    words = len(small_writer().preprocessor.word_piece.vocabulary)
    assert buffers.count(words * 32 * bytes_each) == 1
    # Six graphs; what is not rounded is positions, layer norms, biases and constants.
    assert sum(buffers) < 1.7 * bytes_each * small_writer().count_params()


def test_the_file_says_what_it_is_and_how_it_is_run():
    with zipfile.ZipFile(exported_writer("dynamic")) as archive:
        limits = json.loads(archive.read("limits.json"))
        card = archive.read("model_card.md").decode()
    marks = small_writer().target_vocabulary
    expected = {
        "format_version": 2,
        "task": "abstractive",
        "window_lengths": [128, 256],
        "begin_id": marks.begin_id,
        "end_id": marks.end_id,
        "split_id": marks.split_id,
        "never_written": sorted(marks.never_written),
        "decoder_layers": 2,
        "max_target_tokens": 80,
        "beam_size": 5,
        "length_penalty": 0.95,
        "min_tokens": 20,
        "max_tokens": 80,
    }
    assert {key: limits[key] for key in expected} == expected
    assert limits["decode_steps"] == [
        {"signature": "decode_step_1_64", "beams": 1, "slots": 64},
        {"signature": "decode_step_1_80", "beams": 1, "slots": 80},
        {"signature": "decode_step_5_64", "beams": 5, "slots": 320},
        {"signature": "decode_step_5_80", "beams": 5, "slots": 400},
    ]
    assert "num_sentences" not in limits
    assert "`decode_step_5_64`" in card


def test_the_model_in_memory_stays_as_it_was():
    fresh = make_small_writer(window_tokens=WINDOW_TOKENS, max_target_tokens=80)
    exported_writer("dynamic")
    for before, after in zip(fresh.weights, small_writer().weights, strict=True):
        np.testing.assert_array_equal(convert_to_numpy(before), convert_to_numpy(after))


@pytest.mark.parametrize("quantize", ["int4", "int8"])
def test_what_is_for_models_that_choose_is_refused(quantize: str, tmp_path: Path):
    model: BertSumAbstractive = small_writer()
    data = ["It rained."] if quantize == "int8" else None
    with pytest.raises(UsageError, match=f"{quantize} is for models that choose .*: choose dyn"):
        export_tflite(model, tmp_path / "x", quantize=quantize, representative_data=data)
    assert not list(tmp_path.iterdir())
