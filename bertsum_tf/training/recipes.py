"""Named sets of training options."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        backbone_learning_rate: peak for the backbone; with Noam decay, its scale.
        head_learning_rate: the same for the inter-sentence head.
        warmup_steps: optimizer steps until the peak.
        decay: "linear" (to 0 at the last step) or "noam".
        steps: optimizer steps; None: as `epochs` says.
        epochs: passes over the training windows, where `steps` is None.
        tokens_per_batch: padded tokens in one batch.
        accumulate: batches whose gradients are averaged for one optimizer step.
        weight_decay: of AdamW.
        beta_2: of AdamW.
        clip_norm: the gradients' global norm is cut to this; None: not cut.
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


RECIPES = {
    # For small sentence encoders such as MiniLM, which were pretrained with mean pooling.
    "default": Recipe(),
    # Liu & Lapata (2019), section 4.1: 50,000 steps, gradients accumulated over 2, dropout 0.1,
    # lr = 2e-3 * min(step ** -0.5, step * 10,000 ** -1.5); the head's width is PreSumm's
    # `ext_ff_size`, its batch size (3,000 tokens a GPU, 3 GPUs) PreSumm's README.
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
