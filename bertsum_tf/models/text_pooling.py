"""One vector a text, from the hidden states of its tokens."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from bertsum_tf.models.sentence_pooling import SentencePooling


@keras.saving.register_keras_serializable(package="bertsum_tf")
class TextPooling(SentencePooling):
    """Averages the hidden states of a packed text's member tokens.

    Call arguments:
        hidden_states: float `[B, T, H]`.
        membership: float32 `[B, S, T]`, which tokens each sentence is pooled from, as
            `DocumentStructure` has it: for `"mean"` its word pieces, for `"sentence_cls"` its
            [CLS].

    Returns float32 `[B, H]`; zeros for a text without member tokens.

    Args:
        pooling: `"mean"` of all word pieces, `"sentence_cls"` for the mean of the sentences' [CLS]
            tokens, or `"cls"` for the first [CLS] alone.
    """

    def __init__(self, pooling: str = "mean", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pooling = pooling

    def call(self, hidden_states: Any, membership: Any) -> Any:
        """Means over members; see the class."""
        if self.pooling == "cls":
            return ops.cast(hidden_states[:, 0, :], "float32")
        of_any_sentence = ops.sum(membership, axis=1, keepdims=True)
        return ops.squeeze(super().call(hidden_states, of_any_sentence), axis=1)

    def compute_output_spec(self, hidden_states: Any, membership: Any) -> keras.KerasTensor:
        """Shapes and dtypes of what `call` returns."""
        return keras.KerasTensor((hidden_states.shape[0], hidden_states.shape[-1]), dtype="float32")

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "pooling": self.pooling}
