"""Embeddings as tables of small integers, made before the conversion.

The token embedding is nearly half of a small BERT. Rounding it here rather than in a converter has
three reasons: a scale for every row, or for a few numbers of a row, is what rare words need, whose
numbers are small; two 4-bit numbers lie in a byte, of which the converters know nothing for a
lookup; and the converters fit tables to the ranges that they see in a signature, or fold the
positions into a constant of each, where one table is enough for all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import keras_hub
import numpy as np
from keras import ops

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumAbstractive, BertSumExtractive

# int8 without -128, so that it is symmetrical.
LARGEST_INT8 = 127

# 4-bit numbers are -8 ... 7; so many neighbours in a row share a scale.
SMALLEST_INT4, LARGEST_INT4 = -8, 7
BLOCK = 32

# A block's scale is tried with its largest number at the end of the range, and cut off by so much:
# what is lost at the end may be less than what is won in between.
CLIPPINGS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)


@contextmanager
def small_tables(
    model: BertSumExtractive | BertSumAbstractive, token_bits: Literal[4, 8]
) -> Iterator[None]:
    """Replaces the lookups of a model while its graph is traced for inference.

    A model that writes also multiplies with the token embedding. The converter rounds that table by
    itself; here it is given what is rounded already, so that both tables are the same bytes, which
    `pack_model` then writes once.

    Args:
        model: a model on Keras's TensorFlow backend.
        token_bits: of a number of the token embedding; those of positions have 8.
    """
    tokens = model.backbone.token_embedding
    table = ops.convert_to_numpy(tokens.embeddings)
    look_up = _look_up_int8(table) if token_bits == 8 else _look_up_int4(table)
    positions = [
        layer
        for layer in model._flatten_layers()
        if isinstance(layer, keras_hub.layers.PositionEmbedding)
    ]
    product = tokens.call
    tokens.call = lambda inputs, reverse=False: (
        product(inputs, reverse=True) if reverse else look_up(inputs)
    )
    if token_bits == 8:
        tokens.embeddings.assign(np.multiply(*quantize_rows(table)))
    for layer in positions:
        layer.call = _positions(_look_up_int8(ops.convert_to_numpy(layer.position_embeddings)))
    try:
        yield
    finally:
        for layer in (tokens, *positions):
            del layer.call
        tokens.embeddings.assign(table)


def quantize_rows(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rounds each row of a table to int8.

    Args:
        table: float [n, width].

    Returns:
        int8 [n, width] and float32 [n, 1], whose product is the table, to half a step.
    """
    largest = np.abs(table).max(axis=1, keepdims=True).astype(np.float32)
    scales = np.where(largest > 0, largest / LARGEST_INT8, 1).astype(np.float32)
    return np.round(table / scales).astype(np.int8), scales


def quantize_blocks(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rounds each block of a table to 4 bits, with the scale that loses the least squares.

    The scales of a row are 8-bit numbers themselves, with one scale for all (as in QLoRA's "double
    quantization", Dettmers et al., 2023, section 3).

    Args:
        table: float [n, width], width even.

    Returns:
        Numbers, int8 [n, width] from -8 to 7; scales of blocks, uint8 [n, blocks]; scales of rows,
        float32 [n, 1]. A number times the scale of its block times that of its row is the number of
        the table, to about half a step.
    """
    rows, width = table.shape
    blocks = table.reshape(rows, -1, math.gcd(width, BLOCK)).astype(np.float32)
    largest = np.abs(blocks).max(axis=2, keepdims=True)
    scales = np.zeros_like(largest)
    least = np.full_like(largest, np.inf)
    for clipping in CLIPPINGS:
        tried = largest * np.float32(clipping / LARGEST_INT4)
        error = np.square(_round_int4(blocks, tried) * tried - blocks).sum(axis=2, keepdims=True)
        scales = np.where(error < least, tried, scales)
        least = np.minimum(error, least)
    row_scales = scales.max(axis=1, keepdims=True) / 255
    row_scales = np.where(row_scales > 0, row_scales, 1).astype(np.float32)
    block_scales = np.clip(np.round(scales / row_scales), 1, 255)
    numbers = _round_int4(blocks, block_scales * row_scales)
    return (
        numbers.reshape(rows, width).astype(np.int8),
        block_scales[:, :, 0].astype(np.uint8),
        row_scales[:, 0, :],
    )


def pack_halves(numbers: np.ndarray) -> np.ndarray:
    """Puts two 4-bit numbers into a byte: those of the first half of a row low, the second high.

    Args:
        numbers: int8 [n, width] from -8 to 7, width even.

    Returns:
        uint8 [n, width / 2], of numbers from 0 to 15.
    """
    low, high = np.split((numbers - SMALLEST_INT4).astype(np.uint8), 2, axis=1)
    return low | high << 4


def _round_int4(blocks: np.ndarray, scales: np.ndarray) -> np.ndarray:
    divided = np.divide(blocks, scales, out=np.zeros_like(blocks), where=scales > 0)
    return np.clip(np.round(divided), SMALLEST_INT4, LARGEST_INT4)


def _take(table: np.ndarray, indices: Any) -> Any:
    return ops.cast(ops.take(ops.convert_to_tensor(table), indices, axis=0), "float32")


def _look_up_int8(table: np.ndarray) -> Callable[[Any], Any]:
    """Of indices int [B, T] -> float32 [B, T, width]."""
    numbers, scales = quantize_rows(table)
    return lambda indices: _take(numbers, indices) * _take(scales, indices)


def _look_up_int4(table: np.ndarray) -> Callable[[Any], Any]:
    """Of indices int [B, T] -> float32 [B, T, width]."""
    numbers, block_scales, row_scales = quantize_blocks(table)
    packed = pack_halves(numbers)
    width, blocks = numbers.shape[1], block_scales.shape[1]

    def look_up(indices: Any) -> Any:
        pairs = _take(packed, indices)
        high = ops.floor(pairs / 16)  # shifting bits is an operator that some runtimes lack
        low = pairs - 16 * high
        unpacked = ops.concatenate([low, high], axis=-1) + SMALLEST_INT4
        scales = _take(block_scales, indices) * _take(row_scales, indices)
        shape = (-1, indices.shape[1], blocks, width // blocks)
        scaled = ops.reshape(unpacked, shape) * ops.expand_dims(scales, axis=-1)
        return ops.reshape(scaled, (-1, indices.shape[1], width))

    return look_up


def _positions(look_up: Callable[[Any], Any]) -> Callable[..., Any]:
    """A `PositionEmbedding.call` for inference."""

    def call(inputs: Any, *_: Any, **__: Any) -> Any:
        # Of indices that stand in the graph as a constant, the converter would make a table of
        # floats for every signature. So they are counted, of numbers that it can't know.
        any_number = ops.cast(ops.abs(inputs[:, :, 0]) >= 0, "int32")
        return look_up(ops.cumsum(any_number, axis=1) - 1)

    return call
