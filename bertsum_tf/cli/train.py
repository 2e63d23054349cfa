"""`bertsum train`: prepared data -> a trained model."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from bertsum_tf.choices import HEADS, LABELS, SENTENCE_POOLINGS, SENTENCE_POSITIONS
from bertsum_tf.cli.training import (
    INTERRUPTED,
    OPTIMIZATION,
    RecipeOption,
    declare_recipe_options,
    declare_training,
    recipe_of,
    run_training,
)
from bertsum_tf.errors import UsageError

if TYPE_CHECKING:
    from bertsum_tf.training.recipes import Recipe

SUMMARY = "train a model on prepared data"

_OPTIONS: dict[str, tuple[RecipeOption, ...]] = {
    "extractive": (
        ("--labels", "labels", LABELS, "the greedy oracle, or its expectation"),
        (
            "--later-windows",
            "later_windows",
            float,
            "share of windows after the first to learn from",
        ),
        ("--head", "head", HEADS, "what relates the sentences"),
        ("--pooling", "pooling", SENTENCE_POOLINGS, "how a sentence is read from the backbone"),
        ("--positions", "sentence_positions", SENTENCE_POSITIONS, "of the transformer head"),
        ("--head-dropout", "head_dropout", float, "in the head"),
    ),
    "abstractive": (
        ("--decoder-layers", "decoder_num_layers", int, "of the decoder"),
        ("--decoder-heads", "decoder_num_heads", int, "attention heads of each layer"),
        ("--decoder-width", "decoder_intermediate_dim", int, "of its feed-forward layers"),
        ("--decoder-dropout", "decoder_dropout", float, "in the decoder"),
        ("--label-smoothing", "label_smoothing", float, "shared out among all other words"),
        ("--target-tokens", "target_length", int, "of a summary; the rest is cut"),
    ),
}

EXAMPLES = f"""\
examples:
  bertsum train data/train --validation data/validation --backbone bert_base_en_uncased \\
      --output runs/news
  bertsum train data/train --validation data/validation --backbone all_minilm_l6_v2_en \\
      --output runs/small --epochs 3 --precision mixed_bfloat16 --backend jax
  bertsum train data/mine --validation data/mine-validation --backbone runs/news/model \\
      --output runs/mine --epochs 1 --backbone-learning-rate 4e-5 --head-learning-rate 3e-4

  bertsum train data/train --validation data/validation --task abstractive \\
      --init-from runs/news --output runs/writer

The third goes on from a trained model, head and all, with other data or learning rates. The last
trains a model that writes, over the encoder of the first (the paper's BertSumExtAbs); with
--backbone and a bare BERT it is BertSumAbs. Options of the other task are refused.
{INTERRUPTED}"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument(
        "--task",
        choices=tuple(_OPTIONS),
        default="extractive",
        help="pick sentences (default), or write: abstractive",
    )
    declare_training(
        parser,
        "'default', or 'paper' (Liu & Lapata, 2019)",
        OPTIMIZATION,
        init_from="a `bertsum pretrain` run, or, to write, of an extractive model",
    )
    for task, options in _OPTIONS.items():
        declare_recipe_options(parser, f"changes to the recipe, --task {task}", options)


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit code."""
    from bertsum_tf.training.recipes import ABSTRACTIVE_RECIPES, EXTRACTIVE_RECIPES

    for task, own in _OPTIONS.items():
        for name, field, _, _ in own:
            if task != options.task and getattr(options, field) is not None:
                raise UsageError(f"{name} is for --task {task}: leave it out, or choose that task.")
    recipe_options = (*OPTIMIZATION, *_OPTIONS[options.task])
    if options.task == "abstractive":
        recipe: Recipe = recipe_of(options, ABSTRACTIVE_RECIPES, recipe_options)
    else:
        recipe = recipe_of(options, EXTRACTIVE_RECIPES, recipe_options)
    folder = run_training(options, recipe, lambda: _make_model(options, recipe))
    print(f"The best model is in {folder}: `bertsum summarize FILE --model {folder}` uses it.")
    return 0


def _make_model(options: argparse.Namespace, recipe: Any) -> Any:
    """The model with its first weights."""
    from bertsum_tf.training.first_model import first_model

    return first_model(
        recipe,
        backbone=options.backbone,
        init_from=options.init_from,
        precision=options.precision,
        max_sequence_length=options.max_sequence_length,
    )
