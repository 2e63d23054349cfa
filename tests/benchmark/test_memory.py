"""The computed memory of training: counted right, and the claim that BERT-large fits."""

from __future__ import annotations

import pytest

from bertsum_tf.benchmark.memory import BERT_LARGE, parameters, table, training_memory
from bertsum_tf.benchmark.model_shape import TINY


def test_parameters_are_those_of_the_model() -> None:
    keras_hub = pytest.importorskip("keras_hub")
    from bertsum_tf.models import BertSumExtractive

    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=TINY.vocabulary_size,
        num_layers=TINY.num_layers,
        num_heads=TINY.num_heads,
        hidden_dim=TINY.hidden_dim,
        intermediate_dim=TINY.intermediate_dim,
        max_sequence_length=TINY.max_sequence_length,
        dropout=0.0,
    )
    model = BertSumExtractive(
        backbone,
        head_num_layers=TINY.head_num_layers,
        head_num_heads=TINY.head_num_heads,
        head_intermediate_dim=TINY.head_intermediate_dim,
        dropout=0.0,
    )
    assert parameters(TINY) == model.count_params()


def test_bert_large_fits_16_gigabytes_once_its_layers_are_recomputed() -> None:
    kept = training_memory(BERT_LARGE, 16, 512)
    recomputed = training_memory(BERT_LARGE, 16, 512, recompute=True)
    # Korthikanti et al., equation 1: 24 layers of 512 * 16 * 1024 * (34 + 5 * 16 * 512 / 1024).
    assert kept.activations == 24 * 512 * 16 * 1024 * 74
    assert kept.total > 16e9
    assert recomputed.total < 8e9
    assert recomputed.weights + recomputed.moments == 12 * recomputed.parameters


def test_the_table_has_a_line_for_each_model_and_option() -> None:
    assert table().count("\n") == 2 + 3 * 3
    assert table().count("| --remat |") == 3
