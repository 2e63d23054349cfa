"""Random weights for the tests of models."""

from __future__ import annotations

import keras
import numpy as np


def enlarge_weights(model: keras.Model, seed: int = 0) -> None:
    """Random weights that make hidden states depend strongly on every input."""
    random = np.random.default_rng(seed)
    for variable in model.weights:
        name = variable.path.split("/")[-1]
        if name == "gamma":
            value = random.uniform(0.5, 1.5, variable.shape)
        else:
            value = random.normal(0.0, 0.4, variable.shape)
        variable.assign(value)
