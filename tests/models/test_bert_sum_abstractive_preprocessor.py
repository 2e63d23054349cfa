"""Raw strings into the model that writes, and its ids back to text."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import keras
import numpy as np
import pytest
from small_vocabulary import VOCABULARY

from bertsum_tf.errors import UsageError
from bertsum_tf.models import (
    BertSumAbstractive,
    BertSumAbstractivePreprocessor,
    BertSumExtractive,
)
from bertsum_tf.text.targets import TARGET_MARKS

PIECES = [*VOCABULARY, *TARGET_MARKS]
BEGIN, END, SPLIT = TARGET_MARKS
DOCUMENT = "The prices rose. Why? It rained on Tuesday."
REFERENCE = "Prices rose\nIt rained. Why?"


@pytest.fixture
def preprocessor(writers_folder: Path) -> BertSumAbstractivePreprocessor:
    return BertSumAbstractivePreprocessor.from_preset(
        writers_folder, sequence_length=32, target_length=14
    )


def ids(*pieces: str, length: int) -> list[int]:
    return [PIECES.index(piece) for piece in pieces] + [0] * (length - len(pieces))


def test_documents_and_references_become_inputs_and_labels(
    preprocessor: BertSumAbstractivePreprocessor,
):
    inputs, labels = preprocessor([DOCUMENT, "Why?"], [REFERENCE, ""])
    assert {name: array.dtype for name, array in inputs.items()} == {
        "token_ids": np.int32,
        "decoder_token_ids": np.int32,
    }
    assert inputs["token_ids"][1].tolist() == ids("[CLS]", "why", "?", "[SEP]", length=32)
    # A line is a sentence, and what the rules find within a line.
    summary = ["prices", "rose", SPLIT, "it", "rained", ".", SPLIT, "why", "?"]
    assert inputs["decoder_token_ids"].tolist() == [
        ids(BEGIN, *summary, END, length=13),
        ids(length=13),  # without a reference there is nothing to learn
    ]
    assert labels.dtype == np.int32
    assert labels.tolist() == [ids(*summary, END, length=13), ids(length=13)]


def test_one_document_has_no_batch(preprocessor: BertSumAbstractivePreprocessor):
    inputs, labels = preprocessor(DOCUMENT, REFERENCE)
    assert inputs["token_ids"].shape == (32,)
    assert inputs["decoder_token_ids"].shape == labels.shape == (13,)


def test_a_long_reference_is_cut_and_ended(preprocessor: BertSumAbstractivePreprocessor):
    inputs, labels = preprocessor([DOCUMENT], ["Prices rose on Tuesday: it rained.\n" * 5])
    assert labels[0].tolist()[-1] == PIECES.index(END)
    assert 0 not in inputs["decoder_token_ids"]


def test_a_document_without_a_sentence_is_nothing_to_learn_from(
    preprocessor: BertSumAbstractivePreprocessor,
):
    inputs, labels = preprocessor([" \n"], [REFERENCE])
    assert not inputs["token_ids"].any()
    assert not labels.any()


def test_without_references_it_says_what_to_do(preprocessor: BertSumAbstractivePreprocessor):
    with pytest.raises(UsageError, match="call the model's generate"):
        preprocessor([DOCUMENT])


def test_documents_to_write_of_are_packed(preprocessor: BertSumAbstractivePreprocessor):
    token_ids = preprocessor.generate_preprocess([DOCUMENT, "Why?"])
    inputs, _ = preprocessor([DOCUMENT, "Why?"], [REFERENCE] * 2)
    np.testing.assert_array_equal(token_ids, inputs["token_ids"])


def test_written_ids_become_sentences(preprocessor: BertSumAbstractivePreprocessor):
    written = ids("prices", "rose", ".", SPLIT, "it", "rained", ".", END, "why", length=9)
    assert preprocessor.generate_postprocess(written) == ["Prices rose.", "It rained."]


def test_no_ids_are_too_wild_to_become_text(preprocessor: BertSumAbstractivePreprocessor):
    random = np.random.default_rng(0)
    for _ in range(200):
        wild = random.integers(-5, len(PIECES) + 5, 20)
        assert all(isinstance(s, str) for s in preprocessor.generate_postprocess(wild))
    assert preprocessor.generate_postprocess([10**9, -1]) == [""]


def test_a_target_of_one_token_is_refused(preprocessor: BertSumAbstractivePreprocessor):
    with pytest.raises(UsageError, match="at least 2, not 1"):
        BertSumAbstractivePreprocessor(preprocessor.tokenizer, target_length=1)


def test_a_saved_preprocessor_comes_back(preprocessor: BertSumAbstractivePreprocessor):
    config = keras.saving.serialize_keras_object(preprocessor)
    restored = keras.saving.deserialize_keras_object(config)
    assert (restored.sequence_length, restored.target_length) == (32, 14)


def test_the_preset_of_an_extractive_model_gives_its_vocabulary(
    writers_folder: Path, tmp_path: Path
):
    BertSumExtractive.from_preset(writers_folder, head_num_heads=2).save_to_preset(tmp_path)
    preprocessor = BertSumAbstractivePreprocessor.from_preset(tmp_path, sequence_length=32)
    assert preprocessor.special_ids()["end_id"] == PIECES.index(END)


@pytest.mark.skipif(
    not importlib.util.find_spec("tensorflow"), reason="TensorFlow is not installed"
)
def test_a_tf_data_pipeline_gives_what_a_call_gives(preprocessor: BertSumAbstractivePreprocessor):
    import tensorflow as tf

    documents, references = [DOCUMENT, "Why? It rained."], [REFERENCE, "Why?"]
    inputs, labels = preprocessor(documents, references)
    rows = tf.data.Dataset.from_tensor_slices((documents, references))
    for dataset in (rows.batch(2).map(preprocessor), rows.map(preprocessor).batch(2)):
        assert dataset.element_spec[0]["decoder_token_ids"].shape.as_list() == [None, 13]
        ((piped_inputs, piped_labels),) = dataset.as_numpy_iterator()
        for name, array in inputs.items():
            np.testing.assert_array_equal(piped_inputs[name], array)
        np.testing.assert_array_equal(piped_labels, labels)


def test_fit_and_evaluate_take_raw_strings(writers_folder: Path):
    keras.utils.set_random_seed(0)
    model = BertSumAbstractive.from_preset(
        writers_folder, decoder_num_layers=1, backbone_dropout=0.0, dropout=0.0
    )
    # To compile a graph would take longer than the few steps of this test.
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    documents, references = [DOCUMENT] * 4, [REFERENCE] * 4
    history = model.fit(
        documents,
        references,
        batch_size=4,
        epochs=8,
        validation_data=(documents, references),
        verbose=0,
    ).history
    assert history["val_loss"][-1] < 0.5 * history["val_loss"][0]
    loss = model.evaluate(documents, references, verbose=0)
    assert loss == pytest.approx(history["val_loss"][-1], rel=1e-5)
