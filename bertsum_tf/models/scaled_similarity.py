"""How alike documents and summaries are, at a learned temperature."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from bertsum_tf.models.symmetric_info_nce import EXCLUDED

# CLIP (Radford et al., 2021, arXiv 2103.00020), section 2.5: against unstable training.
MAX_SCALE = 100.0


@keras.saving.register_keras_serializable(package="bertsum_tf")
class MaxLogScale(keras.constraints.Constraint):
    """Cuts the scale after each update, as CLIP does, so that it can come down again."""

    def __call__(self, log_scale: Any) -> Any:
        """The log of a scale of at most `MAX_SCALE`."""
        return ops.minimum(log_scale, math.log(MAX_SCALE))


@keras.saving.register_keras_serializable(package="bertsum_tf")
class ScaledSimilarity(keras.layers.Layer):
    """Cosines of documents and summaries, divided by a learned temperature.

    Summaries that are the same, word for word, as that of another pair of the batch (a story told
    twice, two windows of one document) are no wrong answers: they are excluded from its choices, as
    is a hard negative that is the pair's own summary.

    Call arguments:
        documents: float32 `[B, D]`, of length 1.
        summaries: float32 `[M, D]`, of length 1: those of the `B` documents, then any others.
        summary_token_ids: int32 `[M, U]`, from which `summaries` are.

    Returns float32 `[B, M]`, `EXCLUDED` in what document `i` is not to choose from.

    Args:
        initial_temperature: float. What the cosines are divided by at the start.
    """

    def __init__(self, initial_temperature: float, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.initial_temperature = initial_temperature

    def build(self, *shapes: Any) -> None:
        """Makes the one variable."""
        self.log_scale = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(-math.log(self.initial_temperature)),
            constraint=MaxLogScale(),
            name="log_scale",
        )
        self.built = True

    def call(self, documents: Any, summaries: Any, summary_token_ids: Any) -> Any:
        """Similarities; see the class."""
        similarities = ops.exp(self.log_scale) * ops.matmul(documents, ops.transpose(summaries))
        rows, columns = ops.shape(similarities)[0], ops.shape(similarities)[1]
        # B x M x U comparisons: of 64 documents with 128 summaries (hard negatives) of 128 tokens a
        # million, where each hidden state of the documents has 12.6 million numbers (64 x 512 x
        # 384). Comparing hashes would be less still, and not exact.
        same = ops.all(
            ops.equal(summary_token_ids[:rows, None, :], summary_token_ids[None, :, :]), axis=-1
        )
        other = ops.not_equal(
            ops.arange(rows, dtype="int32")[:, None], ops.arange(columns, dtype="int32")[None, :]
        )
        return ops.where(ops.logical_and(same, other), EXCLUDED, similarities)

    def compute_output_spec(
        self, documents: Any, summaries: Any, summary_token_ids: Any
    ) -> keras.KerasTensor:
        """Shapes and dtypes of what `call` returns."""
        return keras.KerasTensor((documents.shape[0], summaries.shape[0]), dtype="float32")

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "initial_temperature": self.initial_temperature}
