"""`bertsum train`: prepared data -> a trained model."""

from __future__ import annotations

import argparse
from typing import Any

from bertsum_tf.cli.training import (
    INTERRUPTED,
    OPTIMIZATION,
    RecipeOption,
    declare_training,
    recipe_of,
    run_training,
)

SUMMARY = "train a model on prepared data"

_OPTIONS: tuple[RecipeOption, ...] = (
    *OPTIMIZATION,
    ("--labels", "labels", ("hard", "soft"), "the greedy oracle, or its expectation"),
    ("--later-windows", "later_windows", float, "share of windows after the first to learn from"),
    ("--head", "head", ("classifier", "transformer", "lstm"), "what relates the sentences"),
    ("--pooling", "pooling", ("cls", "mean"), "how a sentence is read from the backbone"),
    ("--positions", "sentence_positions", ("learned", "sinusoidal"), "of the transformer head"),
    ("--head-dropout", "head_dropout", float, "in the head"),
)

EXAMPLES = f"""\
examples:
  bertsum train data/train --validation data/validation --backbone bert_base_en_uncased \\
      --output runs/news
  bertsum train data/train --validation data/validation --backbone all_minilm_l6_v2_en \\
      --output runs/small --epochs 3 --precision mixed_bfloat16 --backend jax
  bertsum train data/mine --validation data/mine-validation --backbone runs/news/model \\
      --output runs/mine --epochs 1 --backbone-learning-rate 4e-5 --head-learning-rate 3e-4

The last goes on from a trained model, head and all, with other data or learning rates.
{INTERRUPTED}"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    declare_training(parser, "'default', or 'paper' (Liu & Lapata, 2019)", _OPTIONS, init_from=True)


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit code."""
    from bertsum_tf.training.recipes import EXTRACTIVE_RECIPES

    recipe = recipe_of(options, EXTRACTIVE_RECIPES, _OPTIONS)

    def make_model() -> Any:
        from bertsum_tf.models import BertSumExtractive
        from bertsum_tf.models.presets import load_document_encoder

        common = {
            "dtype": options.precision,
            "max_sequence_length": options.max_sequence_length,
        }
        start = options.backbone
        if options.init_from is not None:
            start, backbone = load_document_encoder(
                options.init_from, dropout=recipe.backbone_dropout, **common
            )
            common["backbone"] = backbone
        return BertSumExtractive.from_preset(
            start,
            **common,
            backbone_dropout=recipe.backbone_dropout,
            pooling=recipe.pooling,
            head=recipe.head,
            head_intermediate_dim=recipe.head_intermediate_dim,
            sentence_positions=recipe.sentence_positions,
            sentence_layer_norm=recipe.sentence_layer_norm,
            interval_segments=recipe.interval_segments,
            dropout=recipe.head_dropout,
        )

    folder = run_training(options, recipe, make_model)
    print(f"The best model is in {folder}: `bertsum summarize FILE --model {folder}` uses it.")
    return 0
