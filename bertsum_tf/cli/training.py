"""What `bertsum train` and `bertsum pretrain` share: their options, and the run itself."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bertsum_tf.choices import DECAYS
from bertsum_tf.cli.options import count, declare_backend, declare_devices
from bertsum_tf.errors import UsageError
from bertsum_tf.keras_backend import use_backend

if TYPE_CHECKING:
    from bertsum_tf.training.recipes import Recipe

# An option that changes a field of the recipe: its name, the field, its type or choices, help.
RecipeOption = tuple[str, str, type | tuple[str, ...], str]

AnyRecipe = TypeVar("AnyRecipe", bound="Recipe")

OPTIMIZATION: tuple[RecipeOption, ...] = (
    ("--epochs", "epochs", float, "passes over the data"),
    ("--steps", "steps", int, "optimizer steps, instead of --epochs"),
    ("--backbone-learning-rate", "backbone_learning_rate", float, "its peak for the backbone"),
    (
        "--head-learning-rate",
        "head_learning_rate",
        float,
        "its peak for the head or the decoder on top of it",
    ),
    ("--warmup-steps", "warmup_steps", int, "steps until the peak"),
    ("--head-warmup-steps", "head_warmup_steps", int, "the same for the head or the decoder"),
    ("--decay", "decay", DECAYS, "of the learning rates after the peak"),
    ("--batch-tokens", "tokens_per_batch", int, "padded tokens a batch"),
    ("--accumulate", "accumulate", int, "batches whose gradients make one step"),
    ("--clip-norm", "clip_norm", float, "global norm that gradients are cut to; 0: uncut"),
    ("--backbone-dropout", "backbone_dropout", float, "in the backbone, attention included"),
)

INTERRUPTED = """\
A run that was stopped, however rudely, goes on from its last validation when the same command is
given again. The folder of the run holds losses.csv, tensorboard/, the best three checkpoints by
validation loss, and the best so far in model/, which may be used at any time.
"""


def declare_training(
    parser: argparse.ArgumentParser,
    recipes: str,
    options: Sequence[RecipeOption],
    *,
    init_from: str | None = None,
) -> None:
    """Declares the options of a training run.

    Args:
        parser: of the command.
        recipes: which recipes there are, for `--help`.
        options: those that change the recipe.
        init_from: what `--init-from` takes; None: there is no such option.
    """
    parser.add_argument("data", metavar="DATA", help="folder that `bertsum prepare` wrote")
    parser.add_argument(
        "--validation", required=True, metavar="DATA", help="prepared data to choose models by"
    )
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument(
        "--backbone",
        metavar="B",
        help="what to start from: a KerasHub preset, a folder with a BERT, or a trained model",
    )
    if init_from:
        start.add_argument(
            "--init-from",
            metavar="RUN",
            help=f"start from the encoder of texts of {init_from} instead",
        )
    parser.add_argument("--output", required=True, metavar="DIR", help="folder of the run")
    parser.add_argument(
        "--recipe",
        default="default",
        metavar="NAME",
        help=f"named options: {recipes}; those below change it",
    )
    declare_recipe_options(parser, "changes to the recipe", options)
    parser.add_argument(
        "--validate-every",
        type=count,
        default=200,
        metavar="N",
        help="steps between validations, after each of which the run is saved (default: 200)",
    )
    parser.add_argument(
        "--validation-windows",
        type=count,
        default=1024,
        metavar="N",
        help="of the validation data, evenly spread, that models are chosen by (default: 1,024)",
    )
    parser.add_argument(
        "--precision",
        choices=("float32", "mixed_bfloat16"),
        default="float32",
        help="of the computation (default: float32)",
    )
    parser.add_argument(
        "--jit-compile",
        choices=("auto", "on", "off"),
        default="auto",
        help="compile the step with XLA (default: auto, as Keras does)",
    )
    parser.add_argument(
        "--static-length",
        type=count,
        metavar="T",
        help="pad every window to T tokens (default: by length; on TPUs, the longest)",
    )
    parser.add_argument(
        "--max-sequence-length",
        type=count,
        metavar="T",
        help="the longest window of the model (default: the backbone's)",
    )
    parser.add_argument(
        "--remat",
        action="store_true",
        help="compute the BERT's layers twice, to need far less memory",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    declare_backend(parser)
    group = parser.add_argument_group("devices, which change nothing but the time it takes")
    declare_devices(group)
    group.add_argument(
        "--hosts",
        metavar="H:P,...",
        help="address and port of each machine; the command runs on all, with the same --output",
    )
    group.add_argument(
        "--host-index", type=int, metavar="N", help="which of the --hosts this is, from 0"
    )


def declare_recipe_options(
    parser: argparse.ArgumentParser, title: str, options: Sequence[RecipeOption]
) -> None:
    """Declares options that change the recipe, as a group of their own in `--help`."""
    group = parser.add_argument_group(title)
    for option, field, kind, text in options:
        if isinstance(kind, tuple):
            group.add_argument(option, dest=field, choices=kind, help=text)
        elif kind is int:
            group.add_argument(option, dest=field, type=count, metavar="N", help=text)
        else:
            group.add_argument(option, dest=field, type=float, metavar="X", help=text)


def recipe_of(
    options: argparse.Namespace,
    recipes: Mapping[str, AnyRecipe],
    recipe_options: Sequence[RecipeOption],
) -> AnyRecipe:
    """The recipe that the options name, with their changes."""
    if options.recipe not in recipes:
        raise UsageError(
            f"There is no recipe {options.recipe!r}: choose one of {', '.join(sorted(recipes))}."
        )
    changes = {field: getattr(options, field) for _, field, _, _ in recipe_options}
    changes = {field: value for field, value in changes.items() if value is not None}
    if "epochs" in changes and "steps" in changes:
        raise UsageError("Give --epochs or --steps, not both.")
    if "epochs" in changes:
        changes["steps"] = None
    return replace(recipes[options.recipe], **changes)


def run_training(
    options: argparse.Namespace, recipe: Recipe, make_model: Callable[[], Any]
) -> Path:
    """Trains, or goes on; shows how far it is.

    Args:
        options: those of `declare_training`.
        recipe: what to train by.
        make_model: makes the model with its first weights; called when Keras may be imported.

    Returns:
        The folder of the best model.
    """
    from bertsum_tf.data.prepared import PreparedData
    from bertsum_tf.progress import ProgressBar

    training = PreparedData(options.data, later_windows=recipe.later_windows)
    validation = PreparedData(options.validation, later_windows=recipe.later_windows)

    use_backend(options.backend, find_devices=False)
    import keras

    from bertsum_tf.training.devices import DeviceRequest, start_devices
    from bertsum_tf.training.train import Progress, Settings, train

    keras.utils.set_random_seed(options.seed)
    devices = start_devices(DeviceRequest.parse(options.devices, options.hosts, options.host_index))
    max_tokens = training.manifest["max_tokens"]
    static_length = options.static_length
    if static_length is None and devices.kind == "tpu":
        static_length = max_tokens  # each length of windows would be compiled anew
    print(devices.describe(recipe.tokens_per_batch, static_length or max_tokens), flush=True)
    with devices.scope():
        model = make_model()
    # As long as the windows that it is trained on: there would be positions it has never seen.
    model.preprocessor.sequence_length = max_tokens
    settings = Settings(
        recipe,
        backbone=getattr(options, "init_from", None) or options.backbone,
        seed=options.seed,
        validate_every=options.validate_every,
        validation_windows=options.validation_windows,
        static_length=static_length,
        jit_compile="auto" if options.jit_compile == "auto" else options.jit_compile == "on",
    )

    def run(on_progress: Callable[[Progress], object]) -> Path:
        return train(
            model,
            training,
            validation,
            options.output,
            settings,
            devices=devices,
            recompute=options.remat,
            on_progress=on_progress,
        )

    if not devices.is_chief:
        return run(lambda progress: None)
    with ProgressBar("Training", unit="steps") as bar:

        def show(progress: Progress) -> None:
            losses = {"loss": progress.loss, "validation loss": progress.validation_loss}
            note = ", ".join(f"{name} {loss:.4f}" for name, loss in losses.items() if loss)
            bar.update(progress.step, progress.total_steps, note, progress.first_step)

        return run(show)
