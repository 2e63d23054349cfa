"""What a training costs, beside arithmetic done by hand."""

from __future__ import annotations

import pytest

from bertsum_tf.benchmark.model_shape import ModelShape
from bertsum_tf.benchmark.training_cost import (
    BERT_BASE,
    PEAK_FLOPS,
    attention_flops,
    decoder_flops,
    encoder_flops,
    feed_forward_flops,
    head_flops,
    hours,
    training_cost,
)
from bertsum_tf.errors import UsageError
from bertsum_tf.training.recipes import (
    ABSTRACTIVE_RECIPES,
    EXTRACTIVE_RECIPES,
    AbstractiveRecipe,
    ExtractiveRecipe,
)

SMALL = ModelShape(
    vocabulary_size=10, num_layers=2, hidden_dim=4, intermediate_dim=8, head_num_layers=1
)


def test_attention_is_four_projections_and_two_products():
    # Query and output of 3 tokens, key and value of 5, each 4 x 4; 3 x 5 scores over 4, twice.
    assert attention_flops(3, 5, 4) == 2 * (3 + 3 + 5 + 5) * 16 + 2 * 2 * 3 * 5 * 4 == 752


def test_a_feed_forward_layer_is_two_products():
    assert feed_forward_flops(3, 4, 8) == 2 * 3 * 4 * 8 + 2 * 3 * 8 * 4 == 384


def test_an_encoder_of_two_layers():
    # 16 tokens: projections 4 x 2 x 16 x 16 = 2,048, products 2 x 2 x 16 x 16 x 4 = 4,096,
    # feed-forward 2 x 2 x 16 x 4 x 8 = 2,048.
    assert encoder_flops(SMALL, 16) == 2 * (2048 + 4096 + 2048) == 16384


def test_a_head_works_on_a_slot_for_eight_tokens():
    # 16 tokens are 2 slots: pooling 2 x 2 x 16 x 4 = 256; projections 4 x 2 x 2 x 16 = 256,
    # products 2 x 2 x 2 x 2 x 4 = 64, feed-forward 2 x 2 x 2 x 4 x 8 = 256; unit 2 x 2 x 4 = 16.
    assert head_flops(SMALL, 16, intermediate_dim=8) == 256 + 256 + 64 + 256 + 16 == 848


def test_a_decoder_attends_to_itself_and_to_the_document_and_names_a_word():
    recipe = AbstractiveRecipe(decoder_num_layers=1, decoder_intermediate_dim=8)
    itself = 4 * 2 * 3 * 16 + 2 * 2 * 3 * 3 * 4  # 528
    document = 2 * (3 + 3 + 16 + 16) * 16 + 2 * 2 * 3 * 16 * 4  # 1,984
    words = 2 * 3 * 4 * 10  # 240
    assert decoder_flops(SMALL, 16, 3, recipe) == itself + document + 384 + words == 3136


def test_a_training_is_three_times_forward_and_validations_are_once():
    recipe = ExtractiveRecipe(steps=10, accumulate=2, tokens_per_batch=40, head_intermediate_dim=8)
    cost = training_cost(SMALL, recipe, tokens=16, validate_every=4, validation_windows=5)
    assert cost.windows == 10 * 2 * 2  # 40 tokens hold 2 windows of 16
    assert cost.training_flops == 3 * (16384 + 848) * 40
    assert cost.validation_flops == (16384 + 848) * 3 * 5  # after steps 4, 8 and 10


def test_bert_base_is_what_its_weights_say():
    # 12 x (4 x 768 x 768 + 2 x 768 x 3,072) = 84,934,656 weights in products, twice a token each;
    # and two products of 512 x 512 x 768 a layer.
    assert encoder_flops(BERT_BASE, 512) == 2 * 512 * 84_934_656 + 12 * 4 * 512 * 512 * 768


@pytest.mark.parametrize(
    ("recipe", "windows"),
    [
        # 9,216 tokens are 18 windows of 512; twice a step.
        (EXTRACTIVE_RECIPES["paper"], 50_000 * 2 * 18),
        # 4,096 are 8; five times a step.
        (ABSTRACTIVE_RECIPES["paper"], 200_000 * 5 * 8),
    ],
)
def test_the_papers_trainings(recipe, windows):
    cost = training_cost(
        BERT_BASE, recipe, tokens=512, validate_every=1000, validation_windows=13_368
    )
    assert cost.windows == windows
    # Six operations a weight and token are the usual rule; attention comes on top.
    rule = 6 * 84_934_656 * 512 * windows
    assert rule < cost.training_flops < 1.8 * rule


def test_hours_of_a_chip():
    assert hours(197e12 * 0.5 * 7200, PEAK_FLOPS["TPU v5e"], 0.5) == pytest.approx(2.0)


@pytest.mark.parametrize("utilization", [0.0, 1.5, -1.0, float("nan")])
def test_a_utilization_that_makes_no_sense_is_refused(utilization):
    with pytest.raises(UsageError, match="above 0 and at most 1"):
        hours(1e15, 1e12, utilization)


def test_a_recipe_of_epochs_has_no_cost():
    with pytest.raises(UsageError, match="give a number of them"):
        training_cost(SMALL, ExtractiveRecipe(), tokens=16, validate_every=1, validation_windows=1)
