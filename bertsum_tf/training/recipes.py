"""Named sets of training options, a class for each kind of model."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, TypeVar

from bertsum_tf.choices import (
    DECAYS,
    ENCODERS,
    HEADS,
    LABELS,
    NEGATIVES,
    SENTENCE_POOLINGS,
    SENTENCE_POSITIONS,
    TEXT_POOLINGS,
)
from bertsum_tf.errors import UsageError
from bertsum_tf.text.packing import MAX_SUMMARY_TOKENS
from bertsum_tf.text.targets import MAX_TARGET_TOKENS


@dataclass(frozen=True)
class Recipe:
    """How to train, whatever the model.

    Attributes:
        backbone_learning_rate: peak for the backbone; with Noam decay, its scale.
        head_learning_rate: the same for what is put on top of it.
        warmup_steps: optimizer steps until the peak; with linear decay, half the run at most.
        head_warmup_steps: the same for what is put on top of the backbone; None: as `warmup_steps`.
        decay: "linear" (to 0 at the last step) or "noam".
        steps: optimizer steps; None: as `epochs` says.
        epochs: passes over the training windows, where `steps` is None.
        tokens_per_batch: padded tokens of documents in one batch.
        accumulate: batches whose gradients are averaged for one optimizer step.
        weight_decay: of AdamW.
        beta_2: of AdamW.
        clip_norm: the gradients' global norm is cut to this; None or 0: not cut.
        later_windows: share of the windows after the first of a document that are trained on.
        interval_segments: the paper's alternating segment ids.
        backbone_dropout: in the backbone, attention included.
    """

    backbone_learning_rate: float = 7e-5
    head_learning_rate: float = 5e-4
    warmup_steps: int = 100
    head_warmup_steps: int | None = None
    decay: str = "linear"
    steps: int | None = None
    epochs: float = 2
    tokens_per_batch: int = 8192
    accumulate: int = 1
    weight_decay: float = 0.01
    beta_2: float = 0.999
    clip_norm: float | None = 1.0
    later_windows: float = 0.0
    interval_segments: bool = True
    backbone_dropout: float = 0.0

    _choices: ClassVar[dict[str, tuple[str, ...]]] = {"decay": DECAYS}
    _above_0: ClassVar[tuple[str, ...]] = (
        "backbone_learning_rate",
        "head_learning_rate",
        "epochs",
    )
    _at_least_1: ClassVar[tuple[str, ...]] = ("tokens_per_batch", "accumulate", "warmup_steps")
    _shares: ClassVar[tuple[str, ...]] = ("backbone_dropout", "beta_2")

    def __post_init__(self) -> None:
        for name in self._above_0:
            self._check(name, 0 < getattr(self, name) < math.inf, "above 0")
        for name in self._at_least_1:
            self._check(name, getattr(self, name) >= 1, "at least 1")
        self._check("steps", self.steps is None or self.steps >= 1, "at least 1")
        warmup = self.head_warmup_steps
        self._check("head_warmup_steps", warmup is None or warmup >= 1, "at least 1")
        self._check("weight_decay", 0 <= self.weight_decay < math.inf, "at least 0")
        self._check("clip_norm", self.clip_norm is None or self.clip_norm >= 0, "at least 0")
        for name in self._shares:
            self._check(name, 0 <= getattr(self, name) < 1, "at least 0 and below 1")
        self._check("later_windows", 0 <= self.later_windows <= 1, "between 0 and 1")
        for name, choices in self._choices.items():
            self._check(name, getattr(self, name) in choices, f"one of {', '.join(choices)}")

    def _check(self, name: str, is_right: bool, what: str) -> None:
        if not is_right:
            raise UsageError(
                f"{name.replace('_', ' ').capitalize()} has to be {what}, "
                f"not {getattr(self, name)}."
            )


AnyRecipe = TypeVar("AnyRecipe", bound=Recipe)


def in_fewer_steps(recipe: AnyRecipe, steps: int) -> AnyRecipe:
    """The same course of learning rates in another number of steps.

    Step `s` of the new recipe has the rate of step `s * recipe.steps / steps` of the old one: the
    same share of the run is warm-up, and the peak is as high.

    Args:
        recipe: one with a number of steps.
        steps: how many there are to be.

    Raises:
        UsageError: if the recipe says epochs instead of steps.
    """
    if recipe.steps is None:
        raise UsageError("A recipe of epochs has no steps to make fewer: set its epochs.")
    pace = recipe.steps / steps
    # Noam: scale * (pace * s) ** -0.5 = (scale * pace ** -0.5) * s ** -0.5. A linear decay has its
    # peak as a number.
    scale = pace**-0.5 if recipe.decay == "noam" else 1.0
    warmups = {
        name: max(1, round(own / pace))
        for name in ("warmup_steps", "head_warmup_steps")
        if (own := getattr(recipe, name)) is not None
    }
    return replace(
        recipe,
        steps=steps,
        backbone_learning_rate=scale * recipe.backbone_learning_rate,
        head_learning_rate=scale * recipe.head_learning_rate,
        **warmups,
    )


@dataclass(frozen=True)
class ExtractiveRecipe(Recipe):
    """How to train `BertSumExtractive`.

    Attributes:
        labels: "hard" (greedy oracle) or "soft" (its expectation).
        later_windows: a model that has seen none scores sentences of later windows too high.
        pooling: how a sentence is read from the backbone: "cls" or "mean".
        head: "classifier", "transformer" or "lstm".
        sentence_positions: "sinusoidal" or "learned".
        head_intermediate_dim: width of the head's feed-forward layers.
        sentence_layer_norm: layer norm on pooled sentence vectors.
        head_dropout: in the head.
    """

    labels: str = "soft"
    later_windows: float = 0.25
    pooling: str = "mean"
    head: str = "transformer"
    sentence_positions: str = "learned"
    head_intermediate_dim: int = 1536
    sentence_layer_norm: bool = True
    head_dropout: float = 0.1

    _choices: ClassVar[dict[str, tuple[str, ...]]] = {
        **Recipe._choices,
        "labels": LABELS,
        "pooling": SENTENCE_POOLINGS,
        "head": HEADS,
        "sentence_positions": SENTENCE_POSITIONS,
    }
    _at_least_1: ClassVar[tuple[str, ...]] = (*Recipe._at_least_1, "head_intermediate_dim")
    _shares: ClassVar[tuple[str, ...]] = (*Recipe._shares, "head_dropout")


@dataclass(frozen=True)
class PretrainRecipe(Recipe):
    """How to train `DualEncoder`.

    Attributes:
        tokens_per_batch: the other summaries of a batch are what a document's own is told from: the
            more, the harder.
        pooling: how a text is read from its backbone: "mean", "cls" or "sentence_cls".
        encoders: "separate" backbones for documents and summaries, or one "shared".
        temperature: what similarities are divided by at first; it is learnt. MiniLM as it comes has
            its least loss at 0.02.
        projection_dim: width of the shared space; None: the backbone's, without a projection.
        negatives: "none", or "lead": each document's LEAD-3 is told from its summary too.
        max_summary_tokens: a longer summary is cut; a multiple of 8.
    """

    backbone_learning_rate: float = 5e-5
    epochs: float = 1
    tokens_per_batch: int = 32768
    interval_segments: bool = False
    pooling: str = "mean"
    encoders: str = "separate"
    temperature: float = 0.02
    projection_dim: int | None = None
    negatives: str = "none"
    max_summary_tokens: int = MAX_SUMMARY_TOKENS

    _choices: ClassVar[dict[str, tuple[str, ...]]] = {
        **Recipe._choices,
        "pooling": TEXT_POOLINGS,
        "encoders": ENCODERS,
        "negatives": NEGATIVES,
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        length = self.max_summary_tokens
        self._check("max_summary_tokens", length >= 8 and length % 8 == 0, "a multiple of 8")
        self._check("temperature", 0.01 <= self.temperature < math.inf, "at least 0.01")
        width = self.projection_dim
        self._check("projection_dim", width is None or width >= 1, "at least 1")


@dataclass(frozen=True)
class AbstractiveRecipe(Recipe):
    """How to train `BertSumAbstractive`, whose head is the decoder.

    Attributes:
        decoder_num_layers: of the decoder.
        decoder_num_heads: attention heads of each; a divisor of the backbone's width.
        decoder_intermediate_dim: width of the decoder's feed-forward layers.
        decoder_dropout: in the decoder.
        label_smoothing: share of a token's probability that is shared out among all others.
        target_length: in tokens, the begin and the end mark among them; a longer summary is cut.
    """

    backbone_learning_rate: float = 1e-4
    head_learning_rate: float = 2e-3
    warmup_steps: int = 500
    epochs: float = 10
    decoder_num_layers: int = 6
    decoder_num_heads: int = 8
    decoder_intermediate_dim: int = 1536
    decoder_dropout: float = 0.1
    label_smoothing: float = 0.1
    target_length: int = MAX_TARGET_TOKENS

    _at_least_1: ClassVar[tuple[str, ...]] = (
        *Recipe._at_least_1,
        "decoder_num_layers",
        "decoder_num_heads",
        "decoder_intermediate_dim",
    )
    _shares: ClassVar[tuple[str, ...]] = (*Recipe._shares, "decoder_dropout", "label_smoothing")

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("target_length", self.target_length >= 3, "at least 3")


EXTRACTIVE_RECIPES = {
    # For small sentence encoders such as MiniLM, which were pretrained with mean pooling.
    "default": ExtractiveRecipe(),
    # Liu & Lapata (2019), sections 3.2 and 4.2: 50,000 steps, gradients accumulated over 2,
    # dropout 0.1, lr = 2e-3 * min(step ** -0.5, step * 10,000 ** -1.5); the head's width is
    # PreSumm's `ext_ff_size`, its batch size (3,000 tokens a GPU, 3 GPUs) PreSumm's README.
    "paper": ExtractiveRecipe(
        backbone_learning_rate=2e-3,
        head_learning_rate=2e-3,
        warmup_steps=10_000,
        decay="noam",
        steps=50_000,
        tokens_per_batch=9216,
        accumulate=2,
        weight_decay=0.0,
        clip_norm=None,
        labels="hard",
        later_windows=0.0,
        pooling="cls",
        sentence_positions="sinusoidal",
        head_intermediate_dim=2048,
        sentence_layer_norm=False,
        backbone_dropout=0.1,
        head_dropout=0.1,
    ),
}

ABSTRACTIVE_RECIPES = {
    # One optimizer with one warm-up, and a larger rate for the decoder, which starts from nothing:
    # at its peak that of the paper's decoder. docs/training.md has the trials.
    "default": AbstractiveRecipe(),
    # Liu & Lapata (2019), sections 3.3 and 4.2: for the encoder lr = 2e-3 * min(step ** -0.5,
    # step * 20,000 ** -1.5), for the decoder a warm-up of 10,000 steps; 200,000 steps, gradients
    # accumulated over 5, dropout 0.1, label smoothing 0.1, 6 layers of 8 heads and width 2,048. The
    # decoder's scale of 0.2 is that of PreSumm's README (the paper: 0.1), and so is the batch: 140
    # padded tokens of summaries a GPU, 4 GPUs, which is some 8 summaries of 70 tokens, with as many
    # documents. That README's dropout of 0.2 in the decoder is not taken.
    "paper": AbstractiveRecipe(
        backbone_learning_rate=2e-3,
        head_learning_rate=0.2,
        warmup_steps=20_000,
        head_warmup_steps=10_000,
        decay="noam",
        steps=200_000,
        tokens_per_batch=4096,
        accumulate=5,
        weight_decay=0.0,
        clip_norm=None,
        backbone_dropout=0.1,
        decoder_num_layers=6,
        decoder_num_heads=8,
        decoder_intermediate_dim=2048,
        decoder_dropout=0.1,
        label_smoothing=0.1,
    ),
}

PRETRAIN_RECIPES = {"default": PretrainRecipe()}
