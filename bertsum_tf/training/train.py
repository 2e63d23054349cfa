"""The training loop: one for every backend, and one that can be killed at any moment.

Keras's `fit` runs the steps between two validations. After each validation the whole state (model,
optimizer, random seeds, the table of losses) goes into one file, which replaces the one before; a
run that is started again goes on from there, on the batches that it would have seen.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file

from bertsum_tf.data.batches import BatchPlan
from bertsum_tf.data.examples import Example
from bertsum_tf.data.prepared import PreparedData
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.run_folder import MODEL, claim, write_aside
from bertsum_tf.training.devices import Devices, one_device
from bertsum_tf.training.float32_softmax import keep_softmax_in_float32
from bertsum_tf.training.learning_rates import NoamDecay, WarmupLinearDecay
from bertsum_tf.training.objectives import Losses, Objective, objective_of
from bertsum_tf.training.recipes import AbstractiveRecipe, PretrainRecipe, Recipe
from bertsum_tf.training.recomputation import recompute_backbone
from bertsum_tf.training.two_rate_adamw import TwoRateAdamW

# Paper, section 4.2: the three best checkpoints by validation loss are kept.
KEPT_CHECKPOINTS = 3

STATE = "state.safetensors"
SETTINGS = "settings.json"
LOSSES = "losses.csv"
CHECKPOINTS = "checkpoints"

_COLUMNS = ("step", "epoch", "loss", "val_loss", "learning_rate")


@dataclass(frozen=True)
class Settings:
    """All that decides what a run computes, beside the data and the first weights.

    Attributes:
        recipe: the training options; its class says what is learnt.
        backbone: name of what the first weights are; only compared when a run goes on.
        seed: of the order of the data and of dropout.
        validate_every: optimizer steps between validations.
        validation_windows: how many windows of the validation data are used, spread evenly.
        static_length: pad every window to this many tokens (TPU); None: by length.
        jit_compile: compile the step with XLA: True, False, or "auto": as Keras does, but not for
            TensorFlow on a CPU.
    """

    recipe: Recipe
    backbone: str | None = None
    seed: int = 0
    validate_every: int = 200
    validation_windows: int = 1024
    static_length: int | None = None
    jit_compile: bool | str = "auto"


@dataclass
class Progress:
    """How far a run has come.

    Attributes:
        step: optimizer steps done in all.
        total_steps: of the whole run.
        first_step: where this process began: 0, or where an interrupted run had come to.
        loss: mean of the batches since the last validation; None at the start.
        validation_loss: None but after a validation.
    """

    step: int
    total_steps: int
    first_step: int = 0
    loss: float | None = None
    validation_loss: float | None = None


@dataclass
class _History:
    """What the state file remembers beside the variables."""

    step: int = 0
    rows: list[list[float]] = field(default_factory=list)
    kept: list[tuple[float, int]] = field(default_factory=list)  # (validation loss, step)


class _Watch(keras.callbacks.Callback):
    """Reports every batch, and stops at a loss that is no number."""

    def __init__(self, report: Callable[[int, float], object]) -> None:
        super().__init__()
        self._report = report

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        loss = float((logs or {})["loss"])
        if not math.isfinite(loss):
            raise _diverged(loss)
        self._report(batch, loss)


def _diverged(loss: float) -> BertsumError:
    """For a loss that is no number; the state on disk is still the last one with a finite loss."""
    return BertsumError(
        f"The loss became {loss}: start again in a new folder with lower learning rates, "
        "or with --precision float32."
    )


def train(
    model: keras_hub.models.Task,
    training: PreparedData,
    validation: PreparedData,
    output: str | os.PathLike[str],
    settings: Settings,
    *,
    devices: Devices | None = None,
    recompute: bool = False,
    on_progress: Callable[[Progress], object] = lambda progress: None,
) -> Path:
    """Trains a model, or goes on with a run that was interrupted.

    Args:
        model: with its first weights, of the kind that the recipe is for; trained in place. Made in
            the scope of `devices`.
        training: prepared data to learn from.
        validation: prepared data to choose checkpoints by.
        output: folder of the run: `settings.json`, `losses.csv`, `tensorboard/`, `checkpoints/`
            (the best three, each a preset), `model/` (the best so far) and `state.safetensors`.
        settings: what to compute. A folder that holds a run with others is refused.
        devices: what to compute it on, which may be others when a run goes on; None: one device.
            Where there are several hosts, all of them call this with the same arguments, and a
            folder that all of them see.
        recompute: whether to save memory by `recompute_backbone`, which changes nothing else.
        on_progress: called at the start, after each batch and after each validation.

    Returns:
        The folder of the best model, a preset.

    Raises:
        UsageError: on a model or settings that the recipe is not for.
        BertsumError: on data that does not fit, a loss that is not a number, a full disk.
    """
    devices = devices or one_device()
    if recompute:
        recompute_backbone(model)
    with devices.scope():
        return _train(model, training, validation, Path(output), settings, devices, on_progress)


def _train(
    model: keras_hub.models.Task,
    training: PreparedData,
    validation: PreparedData,
    folder: Path,
    settings: Settings,
    devices: Devices,
    on_progress: Callable[[Progress], object],
) -> Path:
    recipe = settings.recipe
    objective = objective_of(recipe, model)
    _check(settings, training, validation, model, devices)
    plan = BatchPlan(
        training.lengths,
        recipe.tokens_per_batch,
        settings.seed,
        target_lengths=objective.target_lengths(training),
        max_length=training.manifest["max_tokens"],
        static_length=settings.static_length,
        parts=devices.count,
    )
    total_steps = recipe.steps or max(
        1, round(recipe.epochs * plan.batches_per_epoch / recipe.accumulate)
    )
    claim(folder, SETTINGS, _parameters(settings, training, validation, model), results=STATE)
    trainee, optimizer = compile_for_training(model, settings, total_steps, devices)
    state = folder / STATE
    history = _restore(state, trainee, optimizer) if state.exists() else _History()
    _check_hosts(devices, history, folder)
    if devices.is_chief:
        _forget_later_checkpoints(folder, history)
        if history.rows:  # a run killed before it wrote them has them in its state
            write_aside(folder / LOSSES, _csv(history))
    first_step = history.step
    on_progress(Progress(first_step, total_steps, first_step))
    losses = _TensorBoard(folder / "tensorboard") if devices.is_chief else None
    losses_of = objective.losses(trainee, devices)
    reader = objective.reader(training, static=settings.static_length is not None)
    validation_batches = _validation_batches(validation, objective, settings, devices)

    while history.step < total_steps:
        start = history.step
        stop = min(start + settings.validate_every, total_steps)
        watch = _Watch(
            lambda batch, loss, start=start: on_progress(  # type: ignore[misc]
                Progress(start + (batch + 1) // recipe.accumulate, total_steps, first_step, loss)
            )
        )
        batches = (start * recipe.accumulate, stop * recipe.accumulate)
        fitted = trainee.fit(
            devices.batches(reader, plan, *batches),
            steps_per_epoch=batches[1] - batches[0],
            shuffle=False,
            verbose=0,
            callbacks=[watch],
        )
        loss = float(fitted.history["loss"][-1])
        validation_loss = evaluate_loss(losses_of, validation_batches)
        if not math.isfinite(validation_loss):
            raise _diverged(validation_loss)
        rate = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        epoch = stop * recipe.accumulate / plan.batches_per_epoch
        history.rows.append([stop, epoch, loss, validation_loss, rate])
        history.step = stop
        history.kept = sorted([*history.kept, (validation_loss, stop)])[:KEPT_CHECKPOINTS]
        if losses is not None:
            _keep_checkpoint(folder, model, history)
            _save(state, trainee, optimizer, history)
            write_aside(folder / LOSSES, _csv(history))
            losses.write(stop, loss=loss, val_loss=validation_loss, learning_rate=rate)
            _drop_checkpoints(folder, history)
            if min(history.kept)[1] == stop:
                _replace_model(folder, history)
        on_progress(Progress(stop, total_steps, first_step, loss, validation_loss))

    if devices.is_chief:
        # Once more, for a run that was killed while it did so.
        _replace_model(folder, history)
    devices.of_all_hosts(history.step)  # who returns sees the model
    return folder / MODEL


def evaluate_loss(losses_of: Losses, batches: Callable[[], Iterator[Example]]) -> float:
    """Mean loss of a prediction over all batches, in float64."""
    total, count = 0.0, 0
    for inputs, targets in batches():
        losses = losses_of(inputs, targets)
        total += float(losses.sum())
        count += len(losses)
    return total / max(count, 1)


def _check(
    settings: Settings,
    training: PreparedData,
    validation: PreparedData,
    model: keras_hub.models.Task,
    devices: Devices,
) -> None:
    """Refuses data, model, settings and devices that do not fit together."""
    max_tokens = training.manifest["max_tokens"]
    for key in ("rules_sha256", "vocabulary_sha256", "max_tokens"):
        if training.manifest[key] != validation.manifest[key]:
            raise BertsumError(
                f"{training.folder} and {validation.folder} were prepared with different "
                f"{key}: prepare both with the same backbone, rules and options."
            )
    if model.preprocessor is not None:
        word_piece, rules = model.preprocessor.word_piece, model.preprocessor.rules_sha256
        training.check_model(word_piece.sha256, rules)
        if model.preprocessor.sequence_length != max_tokens:
            raise BertsumError(
                f"{training.folder} has windows of {max_tokens} tokens, the model's preprocessor "
                f"makes them {model.preprocessor.sequence_length} long: give it this "
                "sequence_length, or prepare the data with its --max-tokens."
            )
    if training.manifest["vocabulary_size"] != model.backbone.vocabulary_size:
        raise BertsumError(
            f"{training.folder} was prepared with a vocabulary of "
            f"{training.manifest['vocabulary_size']} pieces, the backbone has "
            f"{model.backbone.vocabulary_size}: run `bertsum prepare` with this backbone."
        )
    longest = model.backbone.max_sequence_length
    if max_tokens > longest:
        raise BertsumError(
            f"{training.folder} has windows of {max_tokens} tokens, the backbone takes {longest}: "
            "prepare it with fewer --max-tokens, or load the backbone with a longer "
            "--max-sequence-length."
        )
    if settings.static_length is not None and settings.static_length > longest:
        raise UsageError(
            f"The backbone takes {longest} tokens: --static-length can't be "
            f"{settings.static_length}."
        )
    devices.describe(settings.recipe.tokens_per_batch, settings.static_length or max_tokens)
    if isinstance(settings.recipe, PretrainRecipe):
        _check_pairs(settings, settings.recipe, training, validation, model)
    if isinstance(settings.recipe, AbstractiveRecipe):
        _check_targets(settings.recipe, model)
    if devices.count > 1 and keras.backend.backend() == "tensorflow":
        if isinstance(settings.recipe, PretrainRecipe):
            raise UsageError(
                "Under TensorFlow each device would tell a document's summary from those of its "
                "own part of the batch alone: choose --backend jax, or one device."
            )
        if settings.jit_compile is True:
            raise UsageError(
                "TensorFlow compiles no step with XLA that several devices share, but on TPUs, "
                "where it always does: leave --jit-compile out, choose --backend jax, or one "
                "device."
            )


def _check_hosts(devices: Devices, history: _History, folder: Path) -> None:
    """Refuses hosts that would not go on from the same state."""
    if len(set(devices.of_all_hosts(history.step))) > 1:
        raise BertsumError(
            f"Not all hosts see the same run in {folder}: name a folder that all of them share, "
            "such as one on a network file system."
        )


def _check_targets(recipe: AbstractiveRecipe, model: keras_hub.models.Task) -> None:
    """Refuses targets that are longer than the model may write: it could not be loaded again."""
    if model.preprocessor is not None and model.preprocessor.target_length != recipe.target_length:
        raise UsageError(
            f"The recipe cuts targets at {recipe.target_length} tokens, the model's preprocessor "
            f"at {model.preprocessor.target_length}: give it the recipe's as target_length."
        )
    if recipe.target_length > model.max_target_tokens + 1:
        raise UsageError(
            f"The recipe's targets are up to {recipe.target_length} tokens long, and the model "
            f"writes {model.max_target_tokens} at most: set its max_target_tokens to "
            f"{recipe.target_length - 1}, or the recipe's target_length to "
            f"{model.max_target_tokens + 1}."
        )


def _check_pairs(
    settings: Settings,
    recipe: PretrainRecipe,
    training: PreparedData,
    validation: PreparedData,
    model: keras_hub.models.Task,
) -> None:
    """Refuses summaries that the model can't take, and batches in which nothing is to be told.

    The loss of a pair that is alone in its batch is 0, whatever the weights are.
    """
    longest = model.backbone.max_sequence_length
    if recipe.max_summary_tokens > longest:
        raise UsageError(
            f"The backbone takes {longest} tokens: --summary-tokens can't be "
            f"{recipe.max_summary_tokens}."
        )
    if model.preprocessor is not None:
        own = model.preprocessor.summary_sequence_length
        if own != recipe.max_summary_tokens:  # it tells what summaries the model has seen
            raise UsageError(
                f"The recipe cuts summaries at {recipe.max_summary_tokens} tokens, the model's "
                f"preprocessor at {own}: give it the recipe's as summary_sequence_length."
            )
    length = settings.static_length or training.manifest["max_tokens"]
    if recipe.tokens_per_batch < 2 * length:
        raise UsageError(
            f"A batch of {recipe.tokens_per_batch} tokens may hold a single window of {length}, "
            "with no other summary to tell its own from: "
            f"raise --batch-tokens to {2 * length} or more."
        )
    for data in (training, validation):
        if len(data) < 2:
            raise BertsumError(
                f"{data.folder} has one document only, with no other summary to tell its own from: "
                "prepare more documents."
            )
    if settings.validation_windows < 2:
        raise UsageError(
            "A single window has no other summary to tell its own from: "
            "raise --validation-windows to 2 or more."
        )


def _parameters(
    settings: Settings,
    training: PreparedData,
    validation: PreparedData,
    model: keras_hub.models.Task,
) -> dict[str, Any]:
    """All that decides what a run computes, for `settings.json`."""

    def of(data: PreparedData) -> dict[str, Any]:
        keys = ("corpus", "corpus_fingerprint", "documents", "windows", "max_tokens")
        return {key: data.manifest[key] for key in keys}

    return {
        "objective": type(objective_of(settings.recipe, model)).__name__,
        "settings": asdict(settings),
        "training": of(training),
        "validation": of(validation),
        "rules_sha256": training.manifest["rules_sha256"],
        "vocabulary_sha256": training.manifest["vocabulary_sha256"],
        "precision": model.backbone.dtype_policy.name,
    }


def compile_for_training(
    model: keras_hub.models.Task,
    settings: Settings,
    total_steps: int,
    devices: Devices | None = None,
) -> tuple[keras.Model, Any]:
    """Makes what `train` trains.

    Args:
        model: its layers and weights are shared.
        settings: recipe and compilation.
        total_steps: optimizer steps of the whole run, for the schedule.
        devices: that it is trained on, in whose scope this is called; None: one device.

    Returns:
        A compiled model of the same layers that takes examples as they are read, and its optimizer.
    """
    recipe = settings.recipe
    devices = devices or one_device()
    keep_softmax_in_float32(model)

    def schedule(rate: float, warmup_steps: int) -> Any:
        if recipe.decay == "noam":
            return NoamDecay(rate, warmup_steps)
        # A short trial would end before the peak.
        warmup_steps = min(warmup_steps, max(1, total_steps // 2))
        return WarmupLinearDecay(rate, warmup_steps, total_steps)

    optimizer = TwoRateAdamW(
        schedule(recipe.backbone_learning_rate, recipe.warmup_steps),
        model.head_variables,
        schedule(recipe.head_learning_rate, recipe.head_warmup_steps or recipe.warmup_steps),
        weight_decay=recipe.weight_decay,
        beta_2=recipe.beta_2,
        global_clipnorm=recipe.clip_norm or None,
        gradient_accumulation_steps=recipe.accumulate if recipe.accumulate > 1 else None,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma", "log_scale"])
    # KerasHub's task would take what `fit` is given for texts.
    trainee = devices.model(model.input, model.output, name="trainee")
    trainee.compile(
        optimizer=optimizer,
        loss=objective_of(recipe, model).loss,
        jit_compile=_jit_compile(settings.jit_compile, devices),
    )
    optimizer.build(trainee.trainable_variables)
    return trainee, optimizer


def _jit_compile(setting: bool | str, devices: Devices) -> bool | str:
    """Keras's "auto", but no XLA for TensorFlow on CPUs.

    There it is no faster, and compiles for 10 to 20 seconds at each of the lengths of batches.
    """
    if setting == "auto" and keras.backend.backend() == "tensorflow" and devices.kind == "cpu":
        return False
    return setting


def _validation_batches(
    data: PreparedData, objective: Objective, settings: Settings, devices: Devices
) -> Callable[[], Iterator[Example]]:
    recipe = settings.recipe
    count = min(settings.validation_windows, len(data))
    chosen = np.unique(np.linspace(0, len(data) - 1, count).astype(np.int64))
    target_lengths = objective.target_lengths(data)
    reader = objective.reader(data, static=settings.static_length is not None)
    plan = BatchPlan(
        data.lengths[chosen],
        max(recipe.tokens_per_batch, data.manifest["max_tokens"]),
        seed=0,
        target_lengths=None if target_lengths is None else target_lengths[chosen],
        max_length=data.manifest["max_tokens"],
        static_length=settings.static_length,
        parts=devices.count,
    )

    def read() -> Iterator[Example]:
        for index in range(plan.batches_per_epoch):
            batch = plan[index]
            yield reader(replace(batch, windows=chosen[batch.windows]))

    return read


def _variables(model: keras.Model, optimizer: Any) -> dict[str, Any]:
    """Every number that training changes; `variables` includes the seeds of dropout."""
    metrics = {id(variable) for variable in model.metrics_variables}
    of_model = [variable for variable in model.variables if id(variable) not in metrics]
    named = {}
    for owner, variables in (("model", of_model), ("optimizer", optimizer.variables)):
        for index, variable in enumerate(variables):
            named[_without_counts(f"{owner}/{index:04d}/{variable.path}")] = variable
    return named


def _without_counts(name: str) -> str:
    """A variable's name in any process: Keras counts the layers and seeds that it has made so far.

    A second training of one process would have other names than the same training alone.
    """
    return re.sub(r"_\d+(?=/|$)", "", name)


def _save(path: Path, model: keras.Model, optimizer: Any, history: _History) -> None:
    arrays = {
        name: np.array(keras.ops.convert_to_numpy(variable), order="C")
        for name, variable in _variables(model, optimizer).items()
    }
    aside = path.with_name(f".{path.name}")
    try:
        save_file(arrays, aside, metadata={"history": json.dumps(asdict(history))})
        aside.replace(path)
    except OSError as error:
        raise BertsumError(
            f"{path} can't be written ({error.strerror or error}): make room, then run the same "
            "command again to go on from the step before."
        ) from error


def _restore(path: Path, model: keras.Model, optimizer: Any) -> _History:
    try:
        arrays = {_without_counts(name): array for name, array in load_file(path).items()}
        with safe_open(path, "numpy") as file:
            saved = json.loads(file.metadata()["history"])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise BertsumError(
            f"{path} is damaged ({error}): delete it to start the run from the beginning."
        ) from error
    variables = _variables(model, optimizer)
    if set(arrays) != set(variables):
        raise BertsumError(
            f"{path} belongs to another model, backend or version of Keras: "
            "choose another folder for this run."
        )
    for name, variable in variables.items():
        variable.assign(arrays[name])
    return _History(
        step=saved["step"], rows=saved["rows"], kept=[tuple(entry) for entry in saved["kept"]]
    )


def _csv(history: _History) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for step, epoch, *numbers in history.rows:
        writer.writerow([int(step), f"{epoch:.4f}", *(f"{number:.6g}" for number in numbers)])
    return text.getvalue()


def _checkpoint_name(step: int) -> str:
    return f"step-{step:06d}"


def _keep_checkpoint(folder: Path, model: keras_hub.models.Task, history: _History) -> None:
    """Saves the model if it is among the best so far."""
    if history.step not in [step for _, step in history.kept]:
        return
    target = folder / CHECKPOINTS / _checkpoint_name(history.step)
    aside = target.with_name(f".{target.name}")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        model.save_to_preset(str(aside))
        shutil.rmtree(target, ignore_errors=True)
        aside.replace(target)
    except OSError as error:
        raise BertsumError(
            f"{target} can't be written ({error.strerror or error}): make room, then run the same "
            "command again to go on."
        ) from error


def _drop_checkpoints(folder: Path, history: _History) -> None:
    keep = {_checkpoint_name(step) for _, step in history.kept}
    for path in (folder / CHECKPOINTS).iterdir():
        if path.name not in keep:
            shutil.rmtree(path)


def _forget_later_checkpoints(folder: Path, history: _History) -> None:
    """Drops what a killed run saved after its last state."""
    if (folder / CHECKPOINTS).exists():
        _drop_checkpoints(folder, history)


def _replace_model(folder: Path, history: _History) -> None:
    """Makes the best checkpoint so far the model."""
    best = folder / CHECKPOINTS / _checkpoint_name(min(history.kept)[1])
    target = folder / MODEL
    aside = target.with_name(f".{target.name}")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        shutil.copytree(best, aside)
        shutil.rmtree(target, ignore_errors=True)
        aside.replace(target)
    except OSError as error:  # shutil.Error, of a full disk too, is one
        raise BertsumError(
            f"{target} can't be written ({error.strerror or 'no room'}): make room, then run the "
            "same command again to go on."
        ) from error


class _TensorBoard:
    """Scalars for TensorBoard; does nothing where no writer is installed."""

    def __init__(self, folder: Path) -> None:
        self._writer: Any = None
        try:
            from tensorboard.compat.proto.event_pb2 import Event  # noqa: F401
            from tensorboard.summary.writer.event_file_writer import EventFileWriter
        except ImportError:
            return
        self._writer = EventFileWriter(str(folder))

    def write(self, step: int, **scalars: float) -> None:
        if self._writer is None:
            return
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in scalars.items()]
        self._writer.add_event(Event(step=step, summary=Summary(value=values)))
        self._writer.flush()
