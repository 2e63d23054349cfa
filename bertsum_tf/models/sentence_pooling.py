"""One vector a sentence, from the hidden states of its tokens."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="bertsum_tf")
class SentencePooling(keras.layers.Layer):
    """Averages the hidden states of each sentence's member tokens.

    The paper's pooling, one [CLS] a sentence, is the average over a single token. A matrix product
    instead of a gather: it has a static shape, and every runtime has it as a builtin operator.

    Always in float32, whatever the mixed precision: it costs next to nothing beside the backbone,
    and a sum over 200 word pieces in bfloat16 would keep two digits.

    Call arguments:
        hidden_states: float `[B, T, H]`.
        membership: float32 `[B, S, T]`, 1 where slot `s` is pooled from token `t`, else 0.

    Returns float32 `[B, S, H]`, zeros for a slot without member tokens.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs["dtype"] = "float32"
        super().__init__(**kwargs)

    def call(self, hidden_states: Any, membership: Any) -> Any:
        """Means over members; see the class."""
        count = ops.sum(membership, axis=-1, keepdims=True)
        return ops.matmul(membership, hidden_states) / ops.maximum(count, 1.0)

    def compute_output_spec(self, hidden_states: Any, membership: Any) -> keras.KerasTensor:
        """Shapes and dtypes of what `call` returns."""
        shape = (*membership.shape[:2], hidden_states.shape[-1])
        return keras.KerasTensor(shape, dtype="float32")
