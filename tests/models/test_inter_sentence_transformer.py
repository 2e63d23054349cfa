"""The Transformer head, beside one in plain NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from keras.ops import convert_to_numpy as to_numpy
from plain_numpy import attention, gelu_tanh, layer_norm
from random_weights import enlarge_weights

from bertsum_tf.models.inter_sentence_transformer import InterSentenceTransformer

VECTORS = np.random.default_rng(1).normal(size=(2, 6, 16)).astype(np.float32)
MASK = np.array([[True] * 6, [True] * 4 + [False] * 2])


def make(**options: object) -> InterSentenceTransformer:
    defaults = {"max_sentences": 8, "num_heads": 4, "intermediate_dim": 24, "dropout": 0.0}
    layer = InterSentenceTransformer(**{**defaults, **options})
    layer.build(VECTORS.shape)
    enlarge_weights(layer)
    return layer


def plain(layer: InterSentenceTransformer, x: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """What the head should make of the sentence vectors [S, H] of one document."""

    def norm(x: np.ndarray, norm_layer: object) -> np.ndarray:
        gamma, beta = norm_layer.get_weights()
        return layer_norm(x, gamma, beta, 1e-6)

    for block in layer.encoder_layers:
        attend = block._self_attention_layer
        y = norm(x, block._self_attention_layer_norm)
        projected = []
        for dense in (attend._query_dense, attend._key_dense, attend._value_dense):
            kernel, bias = dense.get_weights()
            projected.append(y @ kernel.reshape(16, 16) + bias.reshape(16))
        kernel, bias = attend._output_dense.get_weights()
        x = x + attention(*projected, keep, num_heads=4) @ kernel.reshape(16, 16) + bias
        y = norm(x, block._feedforward_layer_norm)
        for dense, activation in [
            (block._feedforward_intermediate_dense, gelu_tanh),
            (block._feedforward_output_dense, lambda x: x),
        ]:
            kernel, bias = dense.get_weights()
            y = activation(y @ kernel + bias)
        x = x + y
    return norm(x, layer.output_layer_norm)


@pytest.mark.parametrize("num_layers", [1, 2])
def test_it_is_a_pre_norm_transformer_over_vectors_and_learned_positions(num_layers: int):
    layer = make(num_layers=num_layers)
    output = to_numpy(layer(VECTORS, MASK))
    (positions,) = layer.position_embedding.get_weights()
    for vectors, keep, actual in zip(VECTORS, MASK, output, strict=True):
        expected = plain(layer, vectors + positions[:6], keep)
        np.testing.assert_allclose(actual, expected, atol=2e-5)


def test_sinusoidal_positions_are_those_of_vaswani_et_al():
    layer = make(sentence_positions="sinusoidal")
    positions = np.array(
        [
            [
                (math.sin if column % 2 == 0 else math.cos)(
                    position / 10000 ** (2 * (column // 2) / 16)
                )
                for column in range(16)
            ]
            for position in range(6)
        ]
    )
    output = to_numpy(layer(VECTORS, MASK))
    expected = plain(layer, VECTORS[1] + positions, MASK[1])
    np.testing.assert_allclose(output[1], expected, atol=2e-5)


def test_a_document_without_sentences_stays_finite():
    assert np.isfinite(to_numpy(make()(VECTORS, np.zeros((2, 6), bool)))).all()
