"""Raw strings into the model."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from shared_data import MINILM_L6
from small_vocabulary import VOCABULARY

from bertsum_tf.errors import UsageError
from bertsum_tf.models import (
    BertSumExtractive,
    BertSumExtractivePreprocessor,
    MaskedBinaryCrossentropy,
)
from bertsum_tf.text.wordpiece import WordPiece

DOCUMENT = "The prices rose. Why? It rained on Tuesday."
REFERENCE = "It rained."
PIECES = [
    *("[CLS]", "the", "prices", "rose", ".", "[SEP]"),
    *("[CLS]", "why", "?", "[SEP]"),
    *("[CLS]", "it", "rained", "on", "tuesday", ".", "[SEP]"),
]


@pytest.fixture
def preprocessor(hugging_face_folder: Path) -> BertSumExtractivePreprocessor:
    return BertSumExtractivePreprocessor.from_preset(hugging_face_folder, sequence_length=32)


def ids(*pieces: str, length: int = 32) -> list[int]:
    return [VOCABULARY.index(piece) for piece in pieces] + [0] * (length - len(pieces))


def test_documents_become_packed_token_ids(preprocessor: BertSumExtractivePreprocessor):
    token_ids = preprocessor([DOCUMENT, "Why?"])
    assert token_ids.dtype == np.int32
    assert token_ids.tolist() == [ids(*PIECES), ids("[CLS]", "why", "?", "[SEP]")]


def test_one_document_has_no_batch(preprocessor: BertSumExtractivePreprocessor):
    assert preprocessor(DOCUMENT).tolist() == ids(*PIECES)


def test_a_special_token_in_the_text_is_text(preprocessor: BertSumExtractivePreprocessor):
    expected = ids("[CLS]", "why", "[", "cl", "##s", "]", "?", "[SEP]")
    assert preprocessor("Why [CLS]?").tolist() == expected


def test_a_document_without_a_sentence_is_padding(preprocessor: BertSumExtractivePreprocessor):
    token_ids, labels = preprocessor(["", " \n"], ["It rained.", ""])
    assert not token_ids.any()
    assert (labels == -1).all()


def test_references_become_the_oracle_s_labels(preprocessor: BertSumExtractivePreprocessor):
    token_ids, labels = preprocessor([DOCUMENT], [REFERENCE])
    assert labels.dtype == np.float32
    assert token_ids.tolist() == [ids(*PIECES)]
    assert labels.tolist() == [[0.0, 0.0, 1.0, -1.0]]


def test_the_first_window_is_labelled_as_part_of_the_document(
    preprocessor: BertSumExtractivePreprocessor,
):
    # The oracle's sentence is the 7th, in another window: what is left has no positive.
    document = " ".join(["The prices rose."] * 6 + ["It rained on Tuesday."])
    _, labels = preprocessor([document], ["It rained on Tuesday."])
    assert labels.tolist() == [[0.0, 0.0, 0.0, 0.0]]


def test_ready_labels_and_weights_pass_as_they_are(preprocessor: BertSumExtractivePreprocessor):
    labels, weights = np.float32([[0.0, 0.5, 1.0, -1.0]]), np.float32([2.0])
    _, y, sample_weight = preprocessor([DOCUMENT], labels, weights)
    assert y is labels
    assert sample_weight is weights


def test_what_is_not_text_is_refused(preprocessor: BertSumExtractivePreprocessor):
    with pytest.raises(UsageError, match="documents have to be strings"):
        preprocessor(np.zeros((2, 32), np.int32))


def test_a_length_that_is_no_multiple_of_8_is_refused(preprocessor: BertSumExtractivePreprocessor):
    with pytest.raises(UsageError, match="multiple of 8, not 100"):
        BertSumExtractivePreprocessor(preprocessor.tokenizer, sequence_length=100)


def test_a_saved_preprocessor_comes_back(
    preprocessor: BertSumExtractivePreprocessor, tmp_path: Path
):
    preprocessor.save_to_preset(tmp_path)
    (tmp_path / "config.json").write_text(
        '{"registered_name": "keras_hub>BertBackbone", "module": "", "class_name": ""}'
    )
    config = keras.saving.serialize_keras_object(preprocessor)
    restored = keras.saving.deserialize_keras_object(config)
    restored.tokenizer.load_preset_assets(str(tmp_path))
    assert restored.sequence_length == 32
    assert restored(DOCUMENT).tolist() == ids(*PIECES)


@pytest.mark.skipif(not MINILM_L6.exists(), reason="no ../shared/backbones/minilm_l6 here")
def test_the_vocabulary_is_that_of_vocab_txt_to_the_letter():
    preprocessor = BertSumExtractivePreprocessor.from_preset(MINILM_L6)
    assert preprocessor.word_piece.sha256 == WordPiece.from_file(MINILM_L6 / "vocab.txt").sha256


@pytest.mark.skipif(
    not importlib.util.find_spec("tensorflow"), reason="TensorFlow is not installed"
)
def test_a_tf_data_pipeline_gives_what_a_call_gives(preprocessor: BertSumExtractivePreprocessor):
    import tensorflow as tf

    documents, references = [DOCUMENT, "Why? It rained."], [REFERENCE, "Why?"]
    token_ids, labels = preprocessor(documents, references)
    rows = tf.data.Dataset.from_tensor_slices((documents, references))
    for dataset in (rows.batch(2).map(preprocessor), rows.map(preprocessor).batch(2)):
        assert dataset.element_spec[0].shape.as_list() == [None, 32]
        assert dataset.element_spec[1].shape.as_list() == [None, 4]
        ((piped_ids, piped_labels),) = dataset.as_numpy_iterator()
        np.testing.assert_array_equal(piped_ids, token_ids)
        np.testing.assert_array_equal(piped_labels, labels)
    (alone,) = tf.data.Dataset.from_tensors(documents).map(preprocessor).as_numpy_iterator()
    np.testing.assert_array_equal(alone, token_ids)


# --- fit, evaluate and predict with raw strings ---


@pytest.fixture
def model(hugging_face_folder: Path) -> BertSumExtractive:
    keras.utils.set_random_seed(0)
    model = BertSumExtractive.from_preset(
        hugging_face_folder, head="classifier", backbone_dropout=0.0
    )
    model.preprocessor = BertSumExtractivePreprocessor.from_preset(
        hugging_face_folder, sequence_length=32
    )
    # To compile a graph would take longer than the few steps of these tests.
    model.compile(keras.optimizers.Adam(2e-2), MaskedBinaryCrossentropy(), run_eagerly=True)
    return model


def test_predict_takes_raw_strings_and_gives_one_row_each(model: BertSumExtractive):
    documents = [DOCUMENT, "Why?", "It rained. Prices fell."]
    expected = keras.ops.convert_to_numpy(model(model.preprocessor(documents)))
    for batch_size in (1, 2, 32):
        logits = model.predict(documents, batch_size=batch_size, verbose=0)
        np.testing.assert_allclose(logits, expected, atol=1e-5)


def test_fit_learns_from_raw_strings(model: BertSumExtractive):
    documents, references = [DOCUMENT] * 4, [REFERENCE] * 4
    history = model.fit(
        documents,
        references,
        batch_size=2,
        epochs=8,
        validation_data=(documents, references),
        verbose=0,
    )
    assert history.history["val_loss"][-1] < 0.1 * history.history["val_loss"][0]
    loss = model.evaluate(documents, references, verbose=0)
    assert loss == pytest.approx(history.history["val_loss"][-1], rel=1e-5)
    assert model.predict([DOCUMENT], verbose=0)[0, :3].argmax() == 2


@pytest.mark.parametrize("shuffle", [True, False])
def test_fit_mixes_the_documents_of_its_batches_anew_for_each_epoch(
    model: BertSumExtractive, monkeypatch: pytest.MonkeyPatch, shuffle: bool
):
    documents = [f"Prices rose by {number}." for number in range(12)]
    labels = np.ones((12, 4), np.float32)
    weights = np.arange(12, dtype=np.float32)
    seen: list[tuple[int, ...]] = []

    def preprocess(x: Any, y: Any, sample_weight: Any) -> Any:
        assert [documents.index(document) for document in x] == sample_weight.tolist()
        seen.append(tuple(sorted(map(documents.index, x))))
        token_ids, _ = model.preprocessor([DOCUMENT] * len(x), [REFERENCE] * len(x))
        return token_ids, y, sample_weight

    monkeypatch.setattr(model, "preprocess_samples", preprocess)
    model.fit(documents, labels, 4, weights, epochs=4, shuffle=shuffle, verbose=0)
    del seen[:-12]  # Keras looks at some batches first
    epochs = [set(seen[start : start + 3]) for start in range(0, 12, 3)]
    assert all(sorted(i for rows in epoch for i in rows) == list(range(12)) for epoch in epochs)
    in_order = {(0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10, 11)}
    assert [epoch == in_order for epoch in epochs] == [not shuffle] * 4
    assert len({frozenset(epoch) for epoch in epochs}) == (4 if shuffle else 1)


def test_without_a_preprocessor_fit_takes_token_ids(model: BertSumExtractive):
    token_ids, labels = model.preprocessor([DOCUMENT] * 4, [REFERENCE] * 4)
    model.preprocessor = None
    history = model.fit(token_ids, labels, validation_data=(token_ids, labels), verbose=0)
    assert history.history["val_loss"][0] < history.history["loss"][0]
    assert model.predict(token_ids, verbose=0).shape == (4, 4)
