"""Summaries that a Keras model writes, on whichever backend it runs."""

from __future__ import annotations

import numpy as np

from bertsum_tf.decoding import Limits, Strategy, check_search
from bertsum_tf.errors import UsageError
from bertsum_tf.models.bert_sum_abstractive import BertSumAbstractive


class KerasWriter:
    """A writer of `bertsum_tf.Summarizer` over a Keras model.

    Args:
        model: with its preprocessor, which makes text of what it writes.

    Attributes:
        max_target_tokens: the most tokens that it can write.

    Raises:
        UsageError: if it has none.
    """

    def __init__(self, model: BertSumAbstractive) -> None:
        if model.preprocessor is None:
            raise UsageError(
                "A model without a preprocessor writes token ids, no text: call generate_ids."
            )
        self._model = model
        self.max_target_tokens = model.max_target_tokens

    def check(self, strategy: Strategy | None, limits: Limits | None) -> None:
        """Refuses more tokens than the model can write."""
        check_search(strategy, limits, self.max_target_tokens)

    def write(
        self,
        token_ids: np.ndarray,
        strategy: Strategy | None = None,
        limits: Limits | None = None,
    ) -> list[list[str]]:
        """Writes.

        Args:
            token_ids: int32 [B, T], T a multiple of 8.
            strategy: see `BertSumAbstractive.generate`.
            limits: see there.

        Returns:
            The sentences of each summary.
        """
        return [
            self._model.preprocessor.generate_postprocess(hypothesis.token_ids)
            for hypothesis in self._model.generate_ids(token_ids, strategy, limits)
        ]
