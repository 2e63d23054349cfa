"""The loss: binary cross-entropy over the sentences that are there."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from bertsum_tf.models.replicas import sum_over_replicas

# The label of a slot without a sentence.
NO_SENTENCE = -1.0


@keras.saving.register_keras_serializable(package="bertsum_tf")
class MaskedBinaryCrossentropy(keras.losses.Loss):
    """Binary cross-entropy from logits, averaged over the real sentences of the batch.

    The paper's loss (Liu & Lapata, 2019, section 3.2): the sum over real sentences divided by
    their number in the batch, so that a long document weighs as much as its sentences. Where
    several devices share the batch, it is the number in the whole of it. A slot whose label is
    negative (`NO_SENTENCE`) has no sentence, no loss and no gradient. Always computed in float32.

    Call arguments:
        y_true: float `[B, S]`; negative: no sentence; otherwise in [0, 1], a hard or soft label.
        y_pred: float `[B, S]`, logits.

    Example:
    ```python
    loss = MaskedBinaryCrossentropy()
    loss([[1.0, 0.0, -1.0]], [[0.0, 0.0, 123.0]])  # log(2)
    ```
    """

    def __init__(
        self,
        name: str = "masked_binary_crossentropy",
        reduction: str = "sum_over_batch_size",
        dtype: Any = "float32",
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Losses `[B, S]` whose mean is the loss; see the class."""
        real = ops.cast(y_true >= 0.0, y_pred.dtype)
        label = ops.maximum(y_true, 0.0)
        losses = ops.softplus(y_pred) - y_pred * label
        # Keras averages over all B * S slots; this makes it the average over the real ones.
        slots = sum_over_replicas(ops.cast(ops.size(real), y_pred.dtype))
        scale = slots / ops.maximum(sum_over_replicas(ops.sum(real)), 1.0)
        return losses * real * scale
