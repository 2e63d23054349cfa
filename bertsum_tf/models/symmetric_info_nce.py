"""The loss of a dual encoder: each document finds its summary, each summary its document."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

# A similarity of this size and less is out of the softmax.
EXCLUDED = -1e9


@keras.saving.register_keras_serializable(package="bertsum_tf")
class SymmetricInfoNCE(keras.losses.Loss):
    """Cross-entropy of finding the partner among those in the batch, both ways.

    InfoNCE (van den Oord et al., 2018, arXiv 1807.03748) over in-batch negatives, symmetric as in
    CLIP (Radford et al., 2021, arXiv 2103.00020): the mean of the cross-entropy over the rows,
    where a document has to find its summary, and over the columns, where a summary has to find its
    document. Hard negatives stand among what a document chooses from; nothing has to find them.
    Averaged over the real pairs of the batch, and always computed in float32.

    Call arguments:
        y_true: float `[B]`; 1: row `i` is a pair; 0: it fills up the batch, and neither its
            document, nor its summary, nor its hard negative is there for the others.
        y_pred: float `[B, B]`, similarities over temperature of document `i` and summary `j`; or
            `[B, 2 * B]`, where column `B + j` is the hard negative of pair `j`. `EXCLUDED`: not to
            be chosen from.

    Example:
    ```python
    loss = SymmetricInfoNCE()
    loss([1.0, 1.0], [[2.0, 0.0], [0.0, 2.0]])  # log(1 + exp(-2))
    ```
    """

    def __init__(
        self,
        name: str = "symmetric_info_nce",
        reduction: str = "sum_over_batch_size",
        dtype: Any = "float32",
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Losses `[B]` whose mean is the loss; see the class."""
        real = y_true > 0.0
        pairs = ops.shape(y_true)[0]
        # Each pair's summary, and its hard negative where there is one.
        columns = ops.arange(ops.shape(y_pred)[1], dtype="int32")
        choices = ops.take(real, ops.mod(columns, pairs))
        own = ops.diagonal(y_pred)
        summaries = ops.logsumexp(ops.where(choices[None, :], y_pred, EXCLUDED), axis=1)
        documents = ops.logsumexp(ops.where(real[:, None], y_pred[:, :pairs], EXCLUDED), axis=0)
        # Not `losses * real`: what fills up a batch may be anything, and infinity times 0 is NaN.
        losses = ops.where(real, (summaries + documents) / 2.0 - own, 0.0)
        # Keras averages over all B rows; this makes it the average over the real ones.
        count = ops.sum(ops.cast(real, y_pred.dtype))
        return losses * ops.cast(pairs, y_pred.dtype) / ops.maximum(count, 1.0)
