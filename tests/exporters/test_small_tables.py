"""Embeddings as tables of small integers: how near they come, and that they come back out."""

from __future__ import annotations

import keras_hub
import numpy as np
import pytest
from exported_files import small_summarizer
from keras import ops

from bertsum_tf.exporters.small_tables import (
    pack_halves,
    quantize_blocks,
    quantize_rows,
    small_tables,
)


def restored(table: np.ndarray) -> np.ndarray:
    numbers, block_scales, row_scales = quantize_blocks(table)
    assert numbers.dtype == np.int8
    assert numbers.min() >= -8
    assert numbers.max() <= 7
    scales = np.repeat(block_scales * row_scales, table.shape[1] // block_scales.shape[1], axis=1)
    return numbers * scales


def relative_error(table: np.ndarray, copy: np.ndarray) -> float:
    return float(np.sqrt(np.square(copy - table).sum() / np.square(table).sum()))


def test_rows_of_8_bits_are_exact_to_half_a_step():
    table = np.random.default_rng(0).normal(size=(50, 64)).astype(np.float32)
    table[3] *= 1e-3  # a rare word's
    numbers, scales = quantize_rows(table)
    assert numbers.dtype == np.int8
    assert (np.abs(numbers * scales - table) <= scales * 0.501).all()


def test_blocks_of_4_bits_lose_less_than_a_tenth():
    table = np.random.default_rng(0).normal(size=(200, 384)).astype(np.float32)
    assert 0.02 < relative_error(table, restored(table)) < 0.1


def test_a_large_number_spoils_its_own_block_alone():
    table = np.random.default_rng(0).normal(size=(1, 128)).astype(np.float32)
    table[0, 5] = 40
    copy = restored(table)
    assert relative_error(table[:, 32:], copy[:, 32:]) < 0.12
    assert copy[0, 5] == pytest.approx(40, rel=0.2)


def test_zeros_stay_zeros():
    table = np.zeros((3, 64), np.float32)
    table[1, :32] = 1
    copy = restored(table)
    np.testing.assert_array_equal(copy[[0, 2]], 0)
    np.testing.assert_array_equal(copy[1, 32:], 0)
    np.testing.assert_allclose(copy[1, :32], 1, rtol=0.01)


def test_two_numbers_share_a_byte():
    numbers = np.array([[-8, 7, 0, 3], [1, -1, 2, -2]], np.int8)
    np.testing.assert_array_equal(pack_halves(numbers), [[0x80, 0xBF], [0xA9, 0x67]])


# Rounding a row of a random table of width 32 to 8 and to 4 bits.
@pytest.mark.parametrize(("token_bits", "most"), [(8, 0.01), (4, 0.1)])
def test_a_traced_model_looks_up_nearly_the_same(token_bits: int, most: float):
    model = small_summarizer()
    token_ids = np.arange(48, dtype=np.int32).reshape(2, 24)
    tokens = model.backbone.token_embedding
    positions = [
        layer
        for layer in model._flatten_layers()
        if isinstance(layer, keras_hub.layers.PositionEmbedding)
    ]
    assert len(positions) == 2, "of tokens and of sentences"
    embedded = ops.convert_to_numpy(tokens(token_ids))
    placed = [ops.convert_to_numpy(layer(embedded)) for layer in positions]
    with small_tables(model, token_bits):
        assert 0 < relative_error(embedded, ops.convert_to_numpy(tokens(token_ids))) < most
        for layer, expected in zip(positions, placed, strict=True):
            assert 0 < relative_error(expected, ops.convert_to_numpy(layer(embedded))) < 0.01
    np.testing.assert_array_equal(ops.convert_to_numpy(tokens(token_ids)), embedded)
    assert not any("call" in vars(layer) for layer in (tokens, *positions))
