"""Scores of a Keras model, on whichever backend it runs."""

from __future__ import annotations

import keras
import numpy as np


class KerasEngine:
    """An engine of `bertsum_tf.Summarizer` over a Keras model.

    Args:
        model: int32 `[B, T]` -> float32 `[B, T // 8]`, such as `BertSumExtractive`.
    """

    def __init__(self, model: keras.Model) -> None:
        # A KerasHub task would take what `predict_on_batch` is given for texts.
        self._model = keras.Model(model.input, model.output)
        # JAX is slow unless compiled; TensorFlow's graph takes every shape, its XLA compiles each.
        self._is_compiled = keras.backend.backend() == "jax"
        self._model.compile(jit_compile=self._is_compiled)

    def score(self, token_ids: np.ndarray) -> np.ndarray:
        """Logits of the sentence slots.

        Args:
            token_ids: int32 [B, T], T a multiple of 8.

        Returns:
            float32 [B, T // 8].
        """
        rows = len(token_ids)
        if self._is_compiled:
            # Powers of two, so that few shapes are compiled.
            missing = (1 << (rows - 1).bit_length()) - rows
            token_ids = np.pad(token_ids, ((0, missing), (0, 0)), mode="edge")
        return np.asarray(self._model.predict_on_batch(token_ids), np.float32)[:rows]
