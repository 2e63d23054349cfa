"""The PyTorch backend's optimizer, in a process of its own with that backend."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

COMPARE = """
import sys
import keras
import numpy as np
import torch
from bertsum_tf.training.fused_torch_adamw import FusedTorchAdamW

clip, accumulate = float(sys.argv[1]), int(sys.argv[2])
random = np.random.default_rng(0)
shapes = [(30, 4), (4,), (1,)]
start = [random.normal(size=shape).astype("float32") for shape in shapes]
gradients = [[random.normal(size=shape) * 10.0 ** -(3 * (step % 2)) for shape in shapes]
             for step in range(12)]

def train(optimizer_class):
    variables = [keras.Variable(value, name=f"v{i}") for i, value in enumerate(start)]
    optimizer = optimizer_class(
        keras.optimizers.schedules.PolynomialDecay(1e-2, 20), weight_decay=0.1, epsilon=1e-3,
        global_clipnorm=clip or None,
        gradient_accumulation_steps=accumulate if accumulate > 1 else None,
    )
    optimizer.exclude_from_weight_decay(var_names=["v1"])
    optimizer.build(variables)
    for step in gradients:
        tensors = [torch.tensor(g, dtype=torch.float32) for g in step]
        optimizer.apply(tensors, variables)
    return [keras.ops.convert_to_numpy(v) for v in [*variables, *optimizer.variables]]

own, fused = train(keras.optimizers.AdamW), train(FusedTorchAdamW)
assert max(np.abs(a - b).max() for a, b in zip(own[:3], start)) > 0.01
for one, other in zip(own, fused, strict=True):
    np.testing.assert_allclose(other, one, rtol=1e-5, atol=2e-6)
print("same")
"""


@pytest.mark.parametrize(("clip", "accumulate"), [(0.0, 1), (0.5, 1), (0.5, 3)])
def test_it_does_what_keras_does(clip: float, accumulate: int):
    if find_spec("torch") is None:
        pytest.skip("PyTorch is not installed")
    finished = subprocess.run(
        [sys.executable, "-c", COMPARE, str(clip), str(accumulate)],
        env={**os.environ, "KERAS_BACKEND": "torch"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.stdout == "same\n", finished.stderr[-3000:]
