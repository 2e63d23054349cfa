"""The LSTM head, beside one in plain NumPy."""

from __future__ import annotations

import numpy as np
from keras.ops import convert_to_numpy as to_numpy
from plain_numpy import layer_norm
from random_weights import enlarge_weights

from bertsum_tf.models.inter_sentence_lstm import InterSentenceLSTM, LayerNormLSTMCell

VECTORS = np.random.default_rng(1).normal(size=(2, 6, 16)).astype(np.float32)
MASK = np.array([[True] * 6, [True] * 4 + [False] * 2])


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def plain(cell: LayerNormLSTMCell, vectors: np.ndarray) -> np.ndarray:
    """Liu, 2019, "Fine-tune BERT for Extractive Summarization", section 2.2, one direction."""

    def norm(x: np.ndarray, layer: object) -> np.ndarray:
        gamma, beta = layer.get_weights()
        return layer_norm(x, gamma, beta, 1e-5)

    (input_kernel,) = cell.input_dense.get_weights()
    (state_kernel,) = cell.state_dense.get_weights()
    h = c = np.zeros(cell.units)
    outputs = []
    for vector in vectors:
        gates = norm(vector @ input_kernel, cell.input_layer_norm) + norm(
            h @ state_kernel, cell.state_layer_norm
        )
        forget, write, output, candidate = np.split(gates, 4)
        c = sigmoid(forget) * c + sigmoid(write) * np.tanh(candidate)
        h = sigmoid(output) * np.tanh(norm(c, cell.cell_layer_norm))
        outputs.append(h)
    return np.array(outputs)


def test_it_reads_the_real_sentences_both_ways():
    layer = InterSentenceLSTM(dropout=0.0)
    layer.build(VECTORS.shape)
    enlarge_weights(layer)
    output = to_numpy(layer(VECTORS, MASK))
    for vectors, count, actual in zip(VECTORS, [6, 4], output, strict=True):
        forward = plain(layer.lstm.forward_layer.cell, vectors[:count])
        backward = plain(layer.lstm.backward_layer.cell, vectors[:count][::-1])[::-1]
        expected = np.concatenate([forward, backward], -1)
        np.testing.assert_allclose(actual[:count], expected, atol=1e-5)


def test_a_document_without_sentences_stays_finite():
    layer = InterSentenceLSTM()
    assert np.isfinite(to_numpy(layer(VECTORS, np.zeros((2, 6), bool)))).all()
