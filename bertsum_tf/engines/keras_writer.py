"""Summaries that a Keras model writes, on whichever backend it runs."""

from __future__ import annotations

import numpy as np

from bertsum_tf.decoding import Limits
from bertsum_tf.errors import UsageError
from bertsum_tf.models.bert_sum_abstractive import BertSumAbstractive


class KerasWriter:
    """A writer of `bertsum_tf.Summarizer` over a Keras model.

    Args:
        model: with its preprocessor, which makes text of what it writes.

    Raises:
        UsageError: if it has none.
    """

    def __init__(self, model: BertSumAbstractive) -> None:
        if model.preprocessor is None:
            raise UsageError(
                "A model without a preprocessor writes token ids, no text: call generate_ids."
            )
        self._model = model

    def write(self, token_ids: np.ndarray, *, block_trigrams: bool = True) -> list[list[str]]:
        """Writes by the paper's beam search, PreSumm's 50 to 200 tokens.

        Args:
            token_ids: int32 [B, T], T a multiple of 8.
            block_trigrams: whether no three words in a row are written twice.

        Returns:
            The sentences of each summary.
        """
        limits = Limits.within(self._model.max_target_tokens, block_trigrams)
        return [
            self._model.preprocessor.generate_postprocess(hypothesis.token_ids)
            for hypothesis in self._model.generate_ids(token_ids, limits=limits)
        ]
