"""The loss of a written summary: label-smoothed cross-entropy over its tokens."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from bertsum_tf.errors import UsageError
from bertsum_tf.models.replicas import sum_over_replicas

# The paper, section 4.2.
LABEL_SMOOTHING = 0.1


@keras.saving.register_keras_serializable(package="bertsum_tf")
class LabelSmoothedCrossentropy(keras.losses.Loss):
    """Label-smoothed cross-entropy from logits, averaged over the real tokens of the batch.

    As PreSumm has it (`src/models/loss.py`): the Kullback-Leibler divergence of the model's
    distribution from one that gives the right token `1 - label_smoothing`, and shares the rest out
    evenly among all others but the padding. It is the cross-entropy less a constant, so that the
    gradient is the same and a perfect model has a loss of 0; without smoothing it is the negative
    log-likelihood. Tokens whose label is the padding have no loss and no gradient. Always computed
    in float32.

    Call arguments:
        y_true: int `[B, U]`, the right tokens; `pad_id`: none.
        y_pred: float `[B, U, V]`, logits.

    Args:
        label_smoothing: float in [0, 1).
        pad_id: int.

    Example:
    ```python
    loss = LabelSmoothedCrossentropy(label_smoothing=0.0)
    loss([[1, 0]], [[[0.0, 0.0], [1.0, 2.0]]])  # log(2)
    ```
    """

    def __init__(
        self,
        label_smoothing: float = LABEL_SMOOTHING,
        pad_id: int = 0,
        name: str = "label_smoothed_crossentropy",
        reduction: str = "sum_over_batch_size",
        dtype: Any = "float32",
    ) -> None:
        if not 0 <= label_smoothing < 1:
            raise UsageError(
                f"label_smoothing has to be at least 0 and below 1, not {label_smoothing}."
            )
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.label_smoothing = label_smoothing
        self.pad_id = pad_id

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Losses `[B, U]` whose mean is the loss; see the class."""
        labels = ops.cast(y_true, "int32")
        # A gigabyte for a batch: it is read as few times as can be, its gradient too.
        log_probs = ops.log_softmax(y_pred)
        places = ops.stack([labels, ops.full_like(labels, self.pad_id)], axis=-1)
        of_label, of_pad = ops.unstack(ops.take_along_axis(log_probs, places, axis=-1), 2, axis=-1)
        confidence, smoothing = 1.0 - self.label_smoothing, self.label_smoothing
        losses = confidence * (math.log(confidence) - of_label)
        if smoothing:
            others = y_pred.shape[-1] - 2
            of_others = ops.sum(log_probs, axis=-1) - of_label - of_pad
            losses += smoothing * (math.log(smoothing / others) - of_others / others)
        real = ops.cast(ops.not_equal(labels, self.pad_id), losses.dtype)
        # Keras averages over all B * U places; this makes it the average over the real ones.
        places = sum_over_replicas(ops.cast(ops.size(real), losses.dtype))
        scale = places / ops.maximum(sum_over_replicas(ops.sum(real)), 1.0)
        return losses * real * scale

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {
            **super().get_config(),
            "label_smoothing": self.label_smoothing,
            "pad_id": self.pad_id,
        }
