"""Gradient checkpointing: less memory, for a third more work.

Of each layer of a BERT only the input is kept; what is inside it is computed again when its
gradient is due (Chen et al., 2016, "Training Deep Nets with Sublinear Memory Cost",
arXiv 1604.06174).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import keras_hub

from bertsum_tf.errors import UsageError


def recompute_backbone(model: keras_hub.models.Task) -> None:
    """Makes the layers of a model's BERT, or of both its BERTs, forget what is inside them.

    `keras.RematScope` can't be used: Keras 3.15 hands `training` to `jax.checkpoint` as if it were
    an array, and would draw other dropout the second time.

    Args:
        model: changed in place; gradients stay the same.

    Raises:
        UsageError: if a BERT has dropout.
    """
    backbones = [model.backbone, getattr(model, "summary_backbone", model.backbone)]
    for backbone in dict.fromkeys(backbones):
        if backbone.dropout:
            raise UsageError(
                "--remat computes layers twice, and Keras would draw other dropout the second "
                "time: leave --remat out, or set --backbone-dropout 0."
            )
        for layer in backbone.transformer_layers:
            layer.call = _recomputed(layer.call)


def _recomputed(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def forget(inputs: Any, **options: Any) -> Any:
        # Masks have no gradient, and the rest are no tensors.
        return keras.remat(lambda x: call(x, **options))(inputs)

    return forget
