"""Gradient checkpointing: the same gradients, with every layer computed twice."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Gradients of a tiny model before and after, and how often its layers are computed for them.
GRADIENTS = """
import keras, keras_hub
import numpy as np
from bertsum_tf.models import BertSumExtractive, MaskedBinaryCrossentropy
from bertsum_tf.training.recomputation import recompute_backbone

keras.utils.set_random_seed(0)
backbone = keras_hub.models.BertBackbone(
    vocabulary_size=150, num_layers=3, num_heads=2, hidden_dim=16, intermediate_dim=32,
    max_sequence_length=64, dropout=0.0,
)
model = BertSumExtractive(backbone, head="classifier", dropout=0.0)
loss = MaskedBinaryCrossentropy()
ids = np.full((2, 64), 0, "int32")
ids[:, :40] = np.random.default_rng(0).integers(110, 150, (2, 40))
ids[:, ::10] = 101
labels = np.random.default_rng(1).uniform(0, 1, (2, 8)).astype("float32")
labels[:, 7:] = -1

def tanhs(jaxpr):
    inner = [
        getattr(value, "jaxpr", value)
        for equation in jaxpr.eqns
        for value in equation.params.values()
    ]
    own = sum(equation.primitive.name == "tanh" for equation in jaxpr.eqns)
    return own + sum(tanhs(each) for each in inner if hasattr(each, "eqns"))

def gradients():
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        @tf.function
        def compute(ids, labels):
            with tf.GradientTape() as tape:
                value = loss(labels, model(ids, training=True))
            return [tf.convert_to_tensor(g) for g in tape.gradient(value, model.trainable_weights)]

        graph = compute.get_concrete_function(ids, labels).graph
        count = sum(node.type == "Tanh" for node in graph.get_operations())
        return [g.numpy() for g in compute(ids, labels)], count
    import jax

    def value(trainable):
        outputs, _ = model.stateless_call(
            trainable, [v.value for v in model.non_trainable_variables], ids, training=True
        )
        return loss(labels, outputs)

    trainable = [v.value for v in model.trainable_variables]
    count = tanhs(jax.make_jaxpr(jax.grad(value))(trainable).jaxpr)
    return [np.asarray(g) for g in jax.jit(jax.grad(value))(trainable)], count

before, once = gradients()
recompute_backbone(model)
after, twice = gradients()
assert len(before) > 40
largest = max(np.abs(gradient).max() for gradient in before)
for ours, theirs in zip(before, after):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5 * largest)
# One of each layer's gelu, and one of the pooled output, which nothing needs.
assert (once, twice) == (4, 7), (once, twice)
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_gradients_are_the_same_and_layers_are_computed_twice(backend: str) -> None:
    if not importlib.util.find_spec(backend):
        pytest.skip(f"{backend} is not installed")
    result = subprocess.run(
        [sys.executable, "-c", GRADIENTS],
        env=os.environ | {"KERAS_BACKEND": backend, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]


def test_dropout_that_would_be_drawn_twice_is_refused() -> None:
    keras_hub = pytest.importorskip("keras_hub")
    from bertsum_tf.errors import UsageError
    from bertsum_tf.models import BertSumExtractive
    from bertsum_tf.training.recomputation import recompute_backbone

    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=20,
        num_layers=1,
        num_heads=1,
        hidden_dim=8,
        intermediate_dim=8,
        max_sequence_length=16,
        dropout=0.1,
    )
    with pytest.raises(UsageError, match="set --backbone-dropout 0"):
        recompute_backbone(BertSumExtractive(backbone, head="classifier"))
