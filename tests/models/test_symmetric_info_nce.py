"""The loss of the dual encoder, by hand."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest

from bertsum_tf.models import SymmetricInfoNCE
from bertsum_tf.models.symmetric_info_nce import EXCLUDED


def loss(real: list[float], similarities: list[list[float]]) -> float:
    return float(SymmetricInfoNCE()(np.float32(real), np.float32(similarities)))


def cross_entropy(logits: list[float], right: int) -> float:
    return math.log(sum(math.exp(logit) for logit in logits)) - logits[right]


def test_it_is_the_mean_of_both_directions():
    similarities = [[2.0, 0.5, -1.0], [0.0, 1.0, 3.0], [0.3, -2.0, 0.7]]
    rows = [cross_entropy(row, place) for place, row in enumerate(similarities)]
    columns = [
        cross_entropy([row[place] for row in similarities], place)
        for place, _ in enumerate(similarities)
    ]
    # The two directions differ, so that leaving one out is noticed.
    assert sum(rows) != pytest.approx(sum(columns), rel=0.01)
    assert loss([1, 1, 1], similarities) == pytest.approx(sum(rows + columns) / 6, rel=1e-6)


def test_hard_negatives_are_what_documents_choose_from_and_nothing_that_chooses():
    similarities = [[2.0, 0.5, 1.5, -1.0], [0.0, 1.0, 0.2, 2.5]]
    rows = [cross_entropy(row, place) for place, row in enumerate(similarities)]
    columns = [cross_entropy([2.0, 0.0], 0), cross_entropy([0.5, 1.0], 1)]
    assert loss([1, 1], similarities) == pytest.approx(sum(rows + columns) / 4, rel=1e-6)


@pytest.mark.parametrize("elsewhere", [-1e30, -3.0, 50.0, 1e30])
def test_what_fills_up_a_batch_changes_nothing(elsewhere: float):
    pairs = [[2.0, 0.5], [0.0, 1.0]]
    filled = [[2.0, elsewhere, 0.5], [elsewhere] * 3, [0.0, elsewhere, 1.0]]
    assert loss([1, 0, 1], filled) == pytest.approx(loss([1, 1], pairs), rel=1e-6)
    with_negatives = [[2.0, 0.5, 0.7, 0.1], [0.0, 1.0, -1.0, 0.4]]
    filled = [
        [2.0, elsewhere, 0.5, 0.7, elsewhere, 0.1],
        [elsewhere] * 6,
        [0.0, elsewhere, 1.0, -1.0, elsewhere, 0.4],
    ]
    assert loss([1, 0, 1], filled) == pytest.approx(loss([1, 1], with_negatives), rel=1e-6)


def test_excluded_similarities_are_no_wrong_answers():
    similarities = [[2.0, EXCLUDED, 0.1], [EXCLUDED, 1.0, 0.2], [0.3, 0.4, 0.5]]
    rows = [cross_entropy([2.0, 0.1], 0), cross_entropy([1.0, 0.2], 0)]
    rows.append(cross_entropy([0.3, 0.4, 0.5], 2))
    columns = [cross_entropy([2.0, 0.3], 0), cross_entropy([1.0, 0.4], 0)]
    columns.append(cross_entropy([0.1, 0.2, 0.5], 2))
    assert loss([1, 1, 1], similarities) == pytest.approx(sum(rows + columns) / 6, rel=1e-6)


def test_one_pair_alone_has_nothing_to_learn():
    assert loss([0, 1, 0], [[5.0] * 3, [1.0, -2.0, 3.0], [9.0] * 3]) == 0.0
    assert loss([1], [[0.3]]) == 0.0


def test_a_batch_without_any_pair_costs_nothing():
    assert loss([0, 0], [[1.0, 2.0], [3.0, 4.0]]) == 0.0


def test_similarities_of_an_untrained_temperature_stay_finite():
    assert loss([1, 1], [[-100.0, 100.0], [100.0, -100.0]]) == pytest.approx(200.0)


def test_it_comes_back_from_its_config():
    config = keras.saving.serialize_keras_object(SymmetricInfoNCE())
    assert isinstance(keras.saving.deserialize_keras_object(config), SymmetricInfoNCE)
