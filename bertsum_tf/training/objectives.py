"""What a model learns: the examples it is given, its loss, and how good its predictions are.

The training loop is the same for every objective.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import keras
import numpy as np
from keras import ops

from bertsum_tf.data.examples import Reader, generation_pairs, sentence_labels, summary_pairs
from bertsum_tf.data.prepared import PreparedData
from bertsum_tf.errors import UsageError
from bertsum_tf.models import (
    BertSumAbstractive,
    BertSumExtractive,
    DualEncoder,
    LabelSmoothedCrossentropy,
    MaskedBinaryCrossentropy,
    SymmetricInfoNCE,
)
from bertsum_tf.training.devices import Devices
from bertsum_tf.training.recipes import (
    AbstractiveRecipe,
    ExtractiveRecipe,
    PretrainRecipe,
    Recipe,
)

# Inputs and targets of a batch -> the loss of every single prediction, float64 [n].
Losses = Callable[[Any, np.ndarray], np.ndarray]


# What each kind of recipe trains.
_TRAINED: dict[type[Recipe], type[keras.Model]] = {
    ExtractiveRecipe: BertSumExtractive,
    AbstractiveRecipe: BertSumAbstractive,
    PretrainRecipe: DualEncoder,
}


class Objective(Protocol):
    """What the training loop asks."""

    loss: keras.losses.Loss

    def target_lengths(self, data: PreparedData) -> np.ndarray | None:
        """How long what is learnt of each window is, int [n], where it is padded; else None.

        Args:
            data: the windows.
        """
        ...

    def reader(self, data: PreparedData, *, static: bool) -> Reader:
        """What reads the examples of a batch.

        Args:
            data: where from.
            static: whether all arrays of a plan of one shape are to have one shape too.
        """
        ...

    def losses(self, model: keras.Model, devices: Devices) -> Losses:
        """What measures a model's predictions, for validation.

        Args:
            model: compiled, of the inputs that the reader gives.
            devices: that it is on.
        """
        ...


class SentenceSelection:
    """Which sentences belong in the summary (Liu & Lapata, 2019, section 3.2)."""

    def __init__(self, recipe: ExtractiveRecipe) -> None:
        self._labels = recipe.labels
        self.loss = MaskedBinaryCrossentropy()

    def target_lengths(self, data: PreparedData) -> np.ndarray | None:
        """Labels are as long as documents."""
        return None

    def reader(self, data: PreparedData, *, static: bool) -> Reader:
        """Documents and the labels of their sentences."""
        return sentence_labels(data, self._labels)

    def losses(self, model: keras.Model, devices: Devices) -> Losses:
        """Cross-entropy of each sentence."""

        def measure(inputs: Any, targets: np.ndarray) -> np.ndarray:
            logits = np.asarray(model.predict_on_batch(inputs), np.float64)
            losses: np.ndarray = np.logaddexp(0.0, logits) - logits * targets
            return losses[targets >= 0]

        return measure


class SummaryRetrieval:
    """Which of a batch's summaries is the document's, and the other way round."""

    def __init__(self, recipe: PretrainRecipe) -> None:
        self._negatives = None if recipe.negatives == "none" else recipe.negatives
        self._max_summary_tokens = recipe.max_summary_tokens
        self.loss = SymmetricInfoNCE()

    def target_lengths(self, data: PreparedData) -> np.ndarray | None:
        """None: among summaries of like length, a document's own would be harder to find."""
        return None

    def reader(self, data: PreparedData, *, static: bool) -> Reader:
        """Documents and their summaries."""
        return summary_pairs(
            data, self._max_summary_tokens, negatives=self._negatives, static=static
        )

    def losses(self, model: keras.Model, devices: Devices) -> Losses:
        """The loss of each pair, both directions averaged; it depends on the batch's size."""

        def measure(inputs: Any, targets: np.ndarray) -> np.ndarray:
            loss = self.loss(targets, model.predict_on_batch(inputs))
            return np.full(int(targets.sum()), float(ops.convert_to_numpy(loss)))

        return measure


class SummaryGeneration:
    """Each token of the summary, given the document and those before it (section 3.3)."""

    def __init__(self, recipe: AbstractiveRecipe, model: BertSumAbstractive) -> None:
        self._target_length = recipe.target_length
        self._vocabulary = model.target_vocabulary
        self._pad_id = model.pad_id
        self.loss = LabelSmoothedCrossentropy(recipe.label_smoothing, model.pad_id)

    def target_lengths(self, data: PreparedData) -> np.ndarray | None:
        """The references' tokens: half of the work is done for each of the targets' places."""
        return np.minimum(data.summary_lengths, self._target_length)

    def reader(self, data: PreparedData, *, static: bool) -> Reader:
        """Documents, and targets to be predicted from what stands before."""
        return generation_pairs(data, self._vocabulary, self._target_length, static=static)

    def losses(self, model: keras.Model, devices: Devices) -> Losses:
        """Negative log-likelihood of each token, in nats, without smoothing."""
        # Taken where the logits are: those of a batch are a gigabyte in float64.
        labels = keras.Input(shape=(None,), dtype="int32", name="labels")
        losses_of_tokens = devices.model(
            {**model.input, "labels": labels},
            ops.sparse_categorical_crossentropy(labels, model.output, from_logits=True),
        )
        losses_of_tokens.compile(jit_compile=model.jit_compile)

        def measure(inputs: Any, targets: np.ndarray) -> np.ndarray:
            losses = losses_of_tokens.predict_on_batch({**inputs, "labels": targets})
            return np.asarray(losses, np.float64)[targets != self._pad_id]

        return measure


def objective_of(recipe: Recipe, model: Any) -> Objective:
    """The objective that a recipe is for, of a model.

    Raises:
        UsageError: if the recipe is for another kind of model, or for none.
    """
    for kind, trained in _TRAINED.items():
        if isinstance(recipe, kind) and not isinstance(model, trained):
            raise UsageError(
                f"{kind.__name__} is for {trained.__name__}, and the model is of type "
                f"{type(model).__name__}: choose a recipe and a model that go together."
            )
    if isinstance(recipe, AbstractiveRecipe):
        return SummaryGeneration(recipe, model)
    if isinstance(recipe, PretrainRecipe):
        return SummaryRetrieval(recipe)
    if isinstance(recipe, ExtractiveRecipe):
        return SentenceSelection(recipe)
    raise UsageError(
        f"{type(recipe).__name__} is for no model: "
        f"choose one of {', '.join(kind.__name__ for kind in _TRAINED)}."
    )
