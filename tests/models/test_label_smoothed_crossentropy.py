"""The loss of written summaries, beside values worked out by hand."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
from keras import ops

from bertsum_tf.models import LabelSmoothedCrossentropy

# Of a vocabulary of [PAD] and four words.
PROBABILITIES = np.float32([0.1, 0.4, 0.2, 0.2, 0.1])


def loss_of(labels: list[list[int]], probabilities: np.ndarray, **options: float) -> float:
    logits = np.log(np.broadcast_to(probabilities, (*np.shape(labels), 5))) + 3.0
    return float(LabelSmoothedCrossentropy(**options)(np.int32(labels), logits))


def test_without_smoothing_it_is_the_negative_log_likelihood():
    assert loss_of([[1]], PROBABILITIES, label_smoothing=0.0) == pytest.approx(-math.log(0.4))


def test_with_smoothing_it_is_the_divergence_from_the_smoothed_label():
    # 0.9 for the right word, 0.1 / 3 for each of the other three, nothing for [PAD].
    expected = 0.9 * math.log(0.9 / 0.4) + sum(
        0.1 / 3 * math.log(0.1 / 3 / other) for other in (0.2, 0.2, 0.1)
    )
    assert loss_of([[1]], PROBABILITIES) == pytest.approx(expected, rel=1e-5)


def test_a_model_that_gives_the_smoothed_label_has_no_loss():
    perfect = np.float32([1e-30, 0.9, 0.1 / 3, 0.1 / 3, 0.1 / 3])
    assert loss_of([[1]], perfect) == pytest.approx(0.0, abs=1e-5)


def test_it_is_the_mean_over_real_tokens_of_all_rows():
    one, two = loss_of([[1]], PROBABILITIES), loss_of([[2]], PROBABILITIES)
    batch = loss_of([[1, 2, 1], [2, 0, 0]], PROBABILITIES)
    assert batch == pytest.approx((2 * one + 2 * two) / 4, rel=1e-5)
    assert loss_of([[0, 0]], PROBABILITIES) == 0.0


def test_another_padding_than_0():
    assert loss_of([[3, 1]], PROBABILITIES, pad_id=3, label_smoothing=0.0) == pytest.approx(
        -math.log(0.4)
    )


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="gradients by TensorFlow")
def test_the_gradient_is_the_probability_less_the_smoothed_label():
    import tensorflow as tf

    logits = tf.Variable(np.log(PROBABILITIES)[None, None].repeat(2, 1))
    with tf.GradientTape() as tape:
        loss = LabelSmoothedCrossentropy()(np.int32([[1, 0]]), logits)
    gradient = ops.convert_to_numpy(tape.gradient(loss, logits))
    label = np.float32([0.0, 0.9, 0.1 / 3, 0.1 / 3, 0.1 / 3])
    np.testing.assert_allclose(gradient[0, 0], PROBABILITIES - label, atol=1e-6)
    np.testing.assert_array_equal(gradient[0, 1], 0.0)
    assert np.isfinite(gradient).all()


def test_it_comes_back_from_its_config():
    loss = LabelSmoothedCrossentropy(label_smoothing=0.2, pad_id=7)
    restored = LabelSmoothedCrossentropy.from_config(loss.get_config())
    assert (restored.label_smoothing, restored.pad_id) == (0.2, 7)
