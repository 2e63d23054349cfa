"""The token embedding as an int8 table with a scale for each row, made before the conversion.

Where activations are quantized, TensorFlow's converter fits the table to the range that was
measured for a signature: each signature gets a table of its own, which is most of a small model's
weights. A table that is int8 already is left alone, and shared. A scale a row instead of one for
the whole table is also what rare words need, whose numbers are small.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumExtractive

# int8 without -128, so that it is symmetrical.
LARGEST_INT8 = 127


@contextmanager
def int8_embedding(model: BertSumExtractive) -> Iterator[None]:
    """Replaces the lookup of tokens within a model while its graph is traced for inference."""
    layer = model.backbone.token_embedding
    table, scales = quantize_rows(keras.ops.convert_to_numpy(layer.embeddings))

    def look_up(token_ids: Any, reverse: bool = False) -> Any:
        rows = ops.take(ops.convert_to_tensor(table), token_ids, axis=0)
        return ops.cast(rows, "float32") * ops.take(scales, token_ids, axis=0)

    layer.call = look_up
    try:
        yield
    finally:
        del layer.call


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
