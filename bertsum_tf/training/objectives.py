"""What a model learns: the examples it is given, its loss, and which of its weights are new.

The training loop is the same for every objective.
"""

from __future__ import annotations

from typing import Any, Protocol

import keras
import numpy as np

from bertsum_tf.data.examples import Reader, sentence_labels, summary_pairs
from bertsum_tf.data.prepared import PreparedData
from bertsum_tf.models import MaskedBinaryCrossentropy, SymmetricInfoNCE
from bertsum_tf.training.recipes import ExtractiveRecipe, PretrainRecipe, Recipe


class Objective(Protocol):
    """What the training loop asks."""

    loss: keras.losses.Loss

    def reader(self, data: PreparedData, *, static: bool) -> Reader:
        """What reads the examples of a batch.

        Args:
            data: where from.
            static: whether all arrays of a plan of one shape are to have one shape too.
        """
        ...

    def losses(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """The loss of every single prediction of a batch, float64 [n], for validation.

        Args:
            targets: what the reader gave.
            outputs: what the model made of the inputs.
        """
        ...


class SentenceSelection:
    """Which sentences belong in the summary (Liu & Lapata, 2019, section 3.2)."""

    def __init__(self, recipe: ExtractiveRecipe) -> None:
        self._labels = recipe.labels
        self.loss = MaskedBinaryCrossentropy()

    def reader(self, data: PreparedData, *, static: bool) -> Reader:
        """Documents and the labels of their sentences."""
        return sentence_labels(data, self._labels)

    def losses(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Cross-entropy of each sentence."""
        logits = np.asarray(outputs, np.float64)
        losses: np.ndarray = np.logaddexp(0.0, logits) - logits * targets
        return losses[targets >= 0]


class SummaryRetrieval:
    """Which of a batch's summaries is the document's, and the other way round."""

    def __init__(self, recipe: PretrainRecipe) -> None:
        self._negatives = None if recipe.negatives == "none" else recipe.negatives
        self._max_summary_tokens = recipe.max_summary_tokens
        self.loss = SymmetricInfoNCE()

    def reader(self, data: PreparedData, *, static: bool) -> Reader:
        """Documents and their summaries."""
        return summary_pairs(
            data, self._max_summary_tokens, negatives=self._negatives, static=static
        )

    def losses(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """The loss of each pair, both directions averaged; it depends on the batch's size."""
        loss = float(keras.ops.convert_to_numpy(self.loss(targets, outputs)))
        return np.full(int(targets.sum()), loss)


def objective_of(recipe: Recipe) -> Any:
    """The objective that a recipe is for."""
    return {ExtractiveRecipe: SentenceSelection, PretrainRecipe: SummaryRetrieval}[type(recipe)](
        recipe
    )
