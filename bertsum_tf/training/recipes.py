"""Named sets of training options."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bertsum_tf.errors import UsageError

_CHOICES = {
    "decay": ("linear", "noam"),
    "labels": ("hard", "soft"),
    "pooling": ("cls", "mean"),
    "head": ("classifier", "transformer", "lstm"),
    "sentence_positions": ("sinusoidal", "learned"),
}


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        backbone_learning_rate: peak for the backbone; with Noam decay, its scale.
        head_learning_rate: the same for the inter-sentence head.
        warmup_steps: optimizer steps until the peak; with linear decay, half the run at most.
        decay: "linear" (to 0 at the last step) or "noam".
        steps: optimizer steps; None: as `epochs` says.
        epochs: passes over the training windows, where `steps` is None.
        tokens_per_batch: padded tokens in one batch.
        accumulate: batches whose gradients are averaged for one optimizer step.
        weight_decay: of AdamW.
        beta_2: of AdamW.
        clip_norm: the gradients' global norm is cut to this; None or 0: not cut.
        labels: "hard" (greedy oracle) or "soft" (its expectation).
        later_windows: share of the windows after the first of a document that are trained on. A
            model that has seen none scores sentences of later windows too high.
        pooling: how a sentence is read from the backbone: "cls" or "mean".
        head: "classifier", "transformer" or "lstm".
        sentence_positions: "sinusoidal" or "learned".
        head_intermediate_dim: width of the head's feed-forward layers.
        sentence_layer_norm: layer norm on pooled sentence vectors.
        interval_segments: the paper's alternating segment ids.
        backbone_dropout: in the backbone, attention included.
        head_dropout: in the head.
    """

    backbone_learning_rate: float = 7e-5
    head_learning_rate: float = 5e-4
    warmup_steps: int = 100
    decay: str = "linear"
    steps: int | None = None
    epochs: float = 2
    tokens_per_batch: int = 8192
    accumulate: int = 1
    weight_decay: float = 0.01
    beta_2: float = 0.999
    clip_norm: float | None = 1.0
    labels: str = "soft"
    later_windows: float = 0.25
    pooling: str = "mean"
    head: str = "transformer"
    sentence_positions: str = "learned"
    head_intermediate_dim: int = 1536
    sentence_layer_norm: bool = True
    interval_segments: bool = True
    backbone_dropout: float = 0.0
    head_dropout: float = 0.1

    def __post_init__(self) -> None:
        for name in ("backbone_learning_rate", "head_learning_rate", "epochs"):
            self._check(name, 0 < getattr(self, name) < math.inf, "above 0")
        for name in ("tokens_per_batch", "accumulate", "head_intermediate_dim"):
            self._check(name, getattr(self, name) >= 1, "at least 1")
        self._check("steps", self.steps is None or self.steps >= 1, "at least 1")
        self._check("warmup_steps", self.warmup_steps >= 1, "at least 1")
        self._check("weight_decay", 0 <= self.weight_decay < math.inf, "at least 0")
        self._check("clip_norm", self.clip_norm is None or self.clip_norm >= 0, "at least 0")
        for name in ("backbone_dropout", "head_dropout", "beta_2"):
            self._check(name, 0 <= getattr(self, name) < 1, "at least 0 and below 1")
        self._check("later_windows", 0 <= self.later_windows <= 1, "between 0 and 1")
        for name, choices in _CHOICES.items():
            self._check(name, getattr(self, name) in choices, f"one of {', '.join(choices)}")

    def _check(self, name: str, is_right: bool, what: str) -> None:
        if not is_right:
            raise UsageError(
                f"{name.replace('_', ' ').capitalize()} has to be {what}, "
                f"not {getattr(self, name)}."
            )


RECIPES = {
    # For small sentence encoders such as MiniLM, which were pretrained with mean pooling.
    "default": Recipe(),
    # Liu & Lapata (2019), sections 3.2 and 4.2: 50,000 steps, gradients accumulated over 2,
    # dropout 0.1, lr = 2e-3 * min(step ** -0.5, step * 10,000 ** -1.5); the head's width is
    # PreSumm's `ext_ff_size`, its batch size (3,000 tokens a GPU, 3 GPUs) PreSumm's README.
    "paper": Recipe(
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
