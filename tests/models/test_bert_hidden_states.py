"""The hidden states that sentences are pooled from, beside those of a BERT in plain NumPy."""

from __future__ import annotations

import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from packed_documents import packed
from plain_numpy import bert_hidden_states, gelu_exact, gelu_tanh
from safetensors.numpy import load_file
from shared_data import MINILM_L6

from bertsum_tf.models import BertSumExtractive


def hidden_states(model: BertSumExtractive, row: np.ndarray) -> np.ndarray:
    token_ids = keras.ops.convert_to_tensor(row[None])
    structure = model.document_structure(token_ids)
    outputs = model.backbone(
        {
            "token_ids": token_ids,
            "segment_ids": structure["segment_ids"],
            "padding_mask": structure["padding_mask"],
        }
    )
    return keras.ops.convert_to_numpy(outputs["sequence_output"])[0]


def segments(row: np.ndarray, cls_id: int) -> np.ndarray:
    return np.where(row == 0, 0, (np.cumsum(row == cls_id) - 1) % 2)


def test_a_random_bert(hugging_face_folder: Path):
    model = BertSumExtractive.from_preset(hugging_face_folder, head="classifier")
    row = packed([[7, 8, 9], [12], [20, 21]], 24, cls_id=2, sep_id=3)
    weights = load_file(hugging_face_folder / "model.safetensors")
    expected = bert_hidden_states(weights, row, segments(row, 2), row != 0, num_heads=2)
    actual = hidden_states(model, row)
    np.testing.assert_allclose(actual[row != 0], expected[row != 0], atol=1e-5)


@pytest.mark.skipif(not MINILM_L6.exists(), reason="no ../shared/backbones/minilm_l6 here")
@pytest.mark.skipif(
    sys.version_info < (3, 11),
    reason="KerasHub 0.25, the last for Python 3.10, reads other names of weights",
)
def test_minilm():
    model = BertSumExtractive.from_preset(MINILM_L6)
    sentences = [
        "The bank raised its rate to 5.25 percent on Thursday.",
        "Unemployment fell, economists said.",
        "Why?",
    ]
    row = packed(model.preprocessor.word_piece.encode(sentences), 48)
    weights = {
        name: value.astype(np.float64)
        for name, value in load_file(MINILM_L6 / "model.safetensors").items()
    }
    actual = hidden_states(model, row)[row != 0]

    def expected(gelu: object) -> np.ndarray:
        states = bert_hidden_states(weights, row, segments(row, 101), row != 0, 12, gelu)
        return states[row != 0]

    # KerasHub's BERT has the tanh approximation of gelu, the weights were made with the exact one.
    np.testing.assert_allclose(actual, expected(gelu_tanh), atol=2e-5)
    np.testing.assert_allclose(actual, expected(gelu_exact), atol=5e-3)
