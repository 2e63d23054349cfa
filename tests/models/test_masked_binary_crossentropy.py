"""The loss."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bertsum_tf.models import MaskedBinaryCrossentropy


def loss(labels: list[list[float]], logits: list[list[float]], **options: object) -> float:
    value = MaskedBinaryCrossentropy()(np.float32(labels), np.float32(logits), **options)
    return float(value)


def test_it_is_the_mean_over_real_sentences_not_over_slots_or_documents():
    labels = [[1.0, 0.0, 1.0, -1.0], [0.0, -1.0, -1.0, -1.0]]
    logits = [[2.0, -1.0, 0.5, 9.0], [3.0, 9.0, 9.0, 9.0]]
    by_hand = [
        math.log(1 + math.exp(-2.0)),
        math.log(1 + math.exp(-1.0)),
        math.log(1 + math.exp(-0.5)),
        math.log(1 + math.exp(3.0)),
    ]
    assert loss(labels, logits) == pytest.approx(sum(by_hand) / 4, rel=1e-6)


def test_a_soft_label_is_least_at_its_own_probability():
    logit = math.log(0.3 / 0.7)
    entropy = -0.3 * math.log(0.3) - 0.7 * math.log(0.7)
    assert loss([[0.3]], [[logit]]) == pytest.approx(entropy, rel=1e-6)
    assert loss([[0.3]], [[logit + 0.1]]) > entropy
    assert loss([[0.3]], [[logit - 0.1]]) > entropy


@pytest.mark.parametrize("elsewhere", [-1e30, -7.0, 7.0, 1e30])
def test_a_slot_without_a_sentence_changes_nothing(elsewhere: float):
    assert loss([[1.0, -1.0]], [[0.2, elsewhere]]) == loss([[1.0, -1.0]], [[0.2, 0.0]])


def test_extreme_logits_stay_finite_and_exact():
    assert loss([[1.0, 0.0]], [[-1e4, 1e4]]) == pytest.approx(1e4)
    assert loss([[1.0, 0.0]], [[1e4, -1e4]]) == 0.0


def test_a_batch_without_any_sentence_costs_nothing():
    assert loss([[-1.0, -1.0]], [[3.0, 4.0]]) == 0.0


def test_documents_can_be_weighted():
    labels, logits = [[1.0], [0.0]], [[1.0], [1.0]]
    first, second = math.log(1 + math.exp(-1.0)), math.log(1 + math.exp(1.0))
    weighted = loss(labels, logits, sample_weight=np.float32([2.0, 0.5]))
    assert weighted == pytest.approx((2.0 * first + 0.5 * second) / 2, rel=1e-6)
