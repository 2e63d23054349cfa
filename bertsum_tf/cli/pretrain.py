"""`bertsum pretrain`: prepared data -> two encoders with one vector space."""

from __future__ import annotations

import argparse
from typing import Any

from bertsum_tf.choices import ENCODERS, NEGATIVES, TEXT_POOLINGS
from bertsum_tf.cli.training import (
    INTERRUPTED,
    OPTIMIZATION,
    RecipeOption,
    declare_training,
    recipe_of,
    run_training,
)

SUMMARY = "bring documents and their summaries together in one vector space"

_OPTIONS: tuple[RecipeOption, ...] = (
    *OPTIMIZATION,
    ("--pooling", "pooling", TEXT_POOLINGS, "how a text is read from its BERT"),
    (
        "--encoders",
        "encoders",
        ENCODERS,
        "a BERT each for texts and summaries, or one",
    ),
    ("--projection", "projection_dim", int, "width of the space (default: the BERT's own)"),
    ("--negatives", "negatives", NEGATIVES, "also tell a summary from the text's LEAD-3"),
    ("--summary-tokens", "max_summary_tokens", int, "a longer summary is cut"),
)

EXAMPLES = f"""\
example:
  bertsum pretrain data/train --validation data/validation --backbone all_minilm_l6_v2_en \\
      --output runs/encoders
  bertsum retrieval cnn_dailymail --split validation --model runs/encoders
  bertsum train data/train --validation data/validation --init-from runs/encoders \\
      --output runs/news

Two encoders, of the text and of its summary, learn to put a text nearest to its own summary among
those of a batch: the larger --batch-tokens, the more there are to tell it from. The encoder of
texts may then begin a summariser (--init-from).

{INTERRUPTED}"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    declare_training(parser, "'default'", _OPTIONS)


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit code."""
    from bertsum_tf.training.recipes import PRETRAIN_RECIPES

    recipe = recipe_of(options, PRETRAIN_RECIPES, _OPTIONS)

    def make_model() -> Any:
        from bertsum_tf.models import DualEncoder

        model = DualEncoder.from_preset(
            options.backbone,
            dtype=options.precision,
            backbone_dropout=recipe.backbone_dropout,
            max_sequence_length=options.max_sequence_length,
            shared=recipe.encoders == "shared",
            pooling=recipe.pooling,
            projection_dim=recipe.projection_dim,
            initial_temperature=recipe.temperature,
            hard_negatives=recipe.negatives != "none",
            interval_segments=recipe.interval_segments,
        )
        model.preprocessor.summary_sequence_length = recipe.max_summary_tokens
        return model

    folder = run_training(options, recipe, make_model)
    print(
        f"The best model is in {folder}: `bertsum retrieval CORPUS --model {folder}` measures it."
    )
    return 0
