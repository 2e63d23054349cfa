"""The softmax of attention in float32, whatever the mixed precision."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
from keras import ops


def keep_softmax_in_float32(model: keras.Model) -> None:
    """Makes attention take its softmax in float32, as it takes layer norms.

    Keras does so by itself, but not in attention with dropout: there it is a layer that follows the
    policy of mixed precision, and a sum over 512 probabilities in bfloat16 keeps two digits.

    Args:
        model: changed in place.
    """
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Softmax) and layer.compute_dtype != "float32":
            layer.call = _in_float32(layer.call)


def _in_float32(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def softmax(inputs: Any, mask: Any = None) -> Any:
        return ops.cast(call(ops.cast(inputs, "float32"), mask=mask), inputs.dtype)

    return softmax
