"""Two learning rates in one optimizer."""

import keras
import numpy as np
import pytest

from bertsum_tf.training.learning_rates import NoamDecay, WarmupLinearDecay
from bertsum_tf.training.two_rate_adamw import TwoRateAdamW


def test_the_first_step_moves_each_half_by_its_own_learning_rate() -> None:
    # Adam's first step has the size of the learning rate, whatever the gradient.
    backbone, head = (keras.Variable(np.zeros(3, "float32")) for _ in range(2))
    optimizer = TwoRateAdamW(1e-3, [head], head_learning_rate=1e-2, weight_decay=0.0)
    optimizer.build([backbone, head])
    gradient = keras.ops.convert_to_tensor(np.array([1.0, -2.0, 0.5], "float32"))
    optimizer.apply([gradient, gradient], [backbone, head])
    signs = np.array([-1.0, 1.0, -1.0])
    assert keras.ops.convert_to_numpy(backbone) == pytest.approx(1e-3 * signs, rel=1e-4)
    assert keras.ops.convert_to_numpy(head) == pytest.approx(1e-2 * signs, rel=1e-4)


@pytest.mark.parametrize("batches", [1, 2, 4])
def test_a_schedule_counts_updates_however_many_batches_make_one(batches: int) -> None:
    variable = keras.Variable(np.zeros(1, "float32"))
    optimizer = TwoRateAdamW(
        WarmupLinearDecay(1.0, 2, 6),
        [],
        0.0,
        weight_decay=0.0,
        gradient_accumulation_steps=batches if batches > 1 else None,
    )
    optimizer.build([variable])
    steps, before = [], 0.0
    for _ in range(6 * batches):
        optimizer.apply([keras.ops.ones(1)], [variable])
        now = float(keras.ops.convert_to_numpy(variable)[0])
        if now != before:
            steps.append(before - now)
        before = now
    # With a constant gradient, Adam's steps have the size of the learning rate.
    assert steps == pytest.approx([0.5, 1.0, 0.8, 0.6, 0.4, 0.2], rel=1e-3)


def test_each_half_follows_its_own_schedule() -> None:
    encoder, decoder = (keras.Variable(np.zeros(1, "float32")) for _ in range(2))
    optimizer = TwoRateAdamW(
        WarmupLinearDecay(1.0, 2, 4),
        [decoder],
        NoamDecay(8.0, 4),
        weight_decay=0.0,
        gradient_accumulation_steps=2,
    )
    optimizer.build([encoder, decoder])
    places = []
    for _ in range(4 * 2):
        optimizer.apply([keras.ops.ones(1)] * 2, [encoder, decoder])
        places.append([float(keras.ops.convert_to_numpy(v)[0]) for v in (encoder, decoder)])
    steps = -np.diff([[0.0, 0.0], *places[1::2]], axis=0)
    assert steps[:, 0] == pytest.approx([0.5, 1.0, 2 / 3, 1 / 3], rel=1e-3)
    # 8 * step * 4 ** -1.5
    assert steps[:, 1] == pytest.approx([1.0, 2.0, 3.0, 4.0], rel=1e-3)


def test_a_word_that_comes_several_times_moves_as_far_as_any_other() -> None:
    embedding = keras.layers.Embedding(3, 1, embeddings_initializer="zeros")
    model = keras.Sequential([embedding])
    optimizer = TwoRateAdamW(1e-2, [], 0.0, weight_decay=0.0)
    model.compile(optimizer, loss=lambda labels, outputs: outputs, jit_compile=False)
    token_ids = np.array([[0, 0, 0, 1]])
    model.train_on_batch(token_ids, np.zeros((1, 4, 1), "float32"))
    moved = keras.ops.convert_to_numpy(embedding.embeddings)[:, 0]
    assert moved == pytest.approx([-1e-2, -1e-2, 0.0], rel=1e-3)


def test_with_one_rate_it_is_adamw() -> None:
    def train(make: object) -> np.ndarray:
        variable = keras.Variable(np.ones(4, "float32"))
        optimizer = make([variable])  # type: ignore[operator]
        optimizer.build([variable])
        for step in range(5):
            gradient = np.array([1.0, 0.1, -0.3, step], "float32")
            optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
        return np.asarray(keras.ops.convert_to_numpy(variable))

    ours = train(lambda variables: TwoRateAdamW(0.01, variables, 0.01, weight_decay=0.1))
    theirs = train(lambda variables: keras.optimizers.AdamW(0.01, weight_decay=0.1))
    assert ours == pytest.approx(theirs, abs=1e-6)
