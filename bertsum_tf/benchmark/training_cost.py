"""What a training costs, computed from its shapes: floating-point operations and hours of a chip.

A multiplication and an addition are two operations. Only products of matrices are counted, beside
which all else in a Transformer is little. Nothing here is measured.
"""

from __future__ import annotations

from dataclasses import dataclass

from bertsum_tf.benchmark.model_shape import ModelShape
from bertsum_tf.errors import UsageError
from bertsum_tf.text.packing import slots
from bertsum_tf.training.recipes import AbstractiveRecipe, ExtractiveRecipe

# Dense bfloat16 products a second at the most, as the vendors have it:
# https://cloud.google.com/tpu/docs/v5e, https://cloud.google.com/tpu/docs/v6e and the data sheet of
# NVIDIA's H100 SXM (its 1,979 TFLOP/s are with sparsity, half of it is without).
PEAK_FLOPS = {"TPU v5e": 197e12, "TPU v6e": 918e12, "H100 SXM": 989e12}

# Share of the peak that a training is assumed to reach. An assumption, not a measurement.
UTILIZATION = 0.4

# The gradients of a product are two more of its size: one for its input, one for its weights.
_FORWARD_AND_BACKWARD = 3

# Devlin et al. (2019), section 3: BERT-base, here with the uncased English vocabulary.
BERT_BASE = ModelShape(num_layers=12, num_heads=12, hidden_dim=768, intermediate_dim=3072)


@dataclass(frozen=True)
class TrainingCost:
    """The work of one training.

    Attributes:
        windows: of training data that are read, with repetition.
        training_flops: floating-point operations of all steps.
        validation_flops: the same of all validations.
    """

    windows: int
    training_flops: float
    validation_flops: float

    @property
    def flops(self) -> float:
        """Floating-point operations in all."""
        return self.training_flops + self.validation_flops


def attention_flops(queries: int, keys: int, width: int) -> int:
    """Of one multi-head attention, its four projections included.

    Args:
        queries: tokens that look.
        keys: tokens that are looked at.
        width: of the hidden states.
    """
    projections = 2 * (2 * queries + 2 * keys) * width**2
    return projections + 2 * 2 * queries * keys * width


def feed_forward_flops(tokens: int, width: int, intermediate_dim: int) -> int:
    """Of one feed-forward layer."""
    return 2 * 2 * tokens * width * intermediate_dim


def encoder_flops(shape: ModelShape, tokens: int) -> int:
    """Of a BERT that reads one window, forward.

    Args:
        shape: its sizes.
        tokens: of the window.
    """
    return shape.num_layers * (
        attention_flops(tokens, tokens, shape.hidden_dim)
        + feed_forward_flops(tokens, shape.hidden_dim, shape.intermediate_dim)
    )


def head_flops(shape: ModelShape, tokens: int, intermediate_dim: int) -> int:
    """Of what scores the sentences of one window, forward: pooling, the layers, a dense unit.

    Args:
        shape: sizes of the model; the number of the head's layers is among them.
        tokens: of the window.
        intermediate_dim: width of the head's feed-forward layers.
    """
    sentences, width = slots(tokens), shape.hidden_dim
    pooling = 2 * sentences * tokens * width
    layers = shape.head_num_layers * (
        attention_flops(sentences, sentences, width)
        + feed_forward_flops(sentences, width, intermediate_dim)
    )
    return pooling + layers + 2 * sentences * width


def decoder_flops(shape: ModelShape, tokens: int, targets: int, recipe: AbstractiveRecipe) -> int:
    """Of what predicts every token of one summary, forward: its layers, and the vocabulary.

    Args:
        shape: sizes of the encoder.
        tokens: of the document's window.
        targets: of the summary.
        recipe: sizes of the decoder.
    """
    width = shape.hidden_dim
    layers = recipe.decoder_num_layers * (
        attention_flops(targets, targets, width)
        + attention_flops(targets, tokens, width)
        + feed_forward_flops(targets, width, recipe.decoder_intermediate_dim)
    )
    return layers + 2 * targets * width * shape.vocabulary_size


def window_flops(
    shape: ModelShape, recipe: ExtractiveRecipe | AbstractiveRecipe, tokens: int
) -> int:
    """Of all that is computed for one window, forward.

    Args:
        shape: sizes of the BERT.
        recipe: what is trained.
        tokens: of the window. Summaries are taken to be as long as the recipe allows.
    """
    if isinstance(recipe, AbstractiveRecipe):
        own = decoder_flops(shape, tokens, recipe.target_length, recipe)
    else:
        own = head_flops(shape, tokens, recipe.head_intermediate_dim)
    return encoder_flops(shape, tokens) + own


def training_cost(
    shape: ModelShape,
    recipe: ExtractiveRecipe | AbstractiveRecipe,
    *,
    tokens: int,
    validate_every: int,
    validation_windows: int,
) -> TrainingCost:
    """What a whole training computes, if every window is as long as can be.

    Args:
        shape: sizes of the BERT.
        recipe: one with a number of steps.
        tokens: of every window.
        validate_every: steps between validations.
        validation_windows: that each of them reads.

    Raises:
        UsageError: if the recipe says epochs instead of steps.
    """
    if recipe.steps is None:
        raise UsageError("What a training costs follows from its steps: give a number of them.")
    rows = max(1, recipe.tokens_per_batch // tokens)
    windows = recipe.steps * recipe.accumulate * rows
    validations = -(-recipe.steps // validate_every)
    forward = window_flops(shape, recipe, tokens)
    return TrainingCost(
        windows=windows,
        training_flops=float(_FORWARD_AND_BACKWARD * forward * windows),
        validation_flops=float(forward * validations * validation_windows),
    )


def hours(flops: float, peak_flops: float, utilization: float = UTILIZATION) -> float:
    """How long a chip takes.

    Args:
        flops: floating-point operations.
        peak_flops: the most that the chip does a second.
        utilization: share of it that is reached, in (0, 1].

    Raises:
        UsageError: if the share is none.
    """
    if not 0 < utilization <= 1:
        raise UsageError(f"The utilization has to be above 0 and at most 1, not {utilization:g}.")
    return flops / (peak_flops * utilization) / 3600
