"""Finding a BERT and its vocabulary: in a KerasHub preset, on a model hub, in a local folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import keras_hub
import numpy as np

# Not in KerasHub's public interface, which can load presets but not look into one.
from keras_hub.src.utils.preset_utils import check_file_exists, load_json

from bertsum_tf import bundled
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.run_folder import model_of, refuse_folder_of_models

# What `register_keras_serializable` puts before the names of this package's classes.
_OURS = "bertsum_tf>"


def saved_task(preset: str | os.PathLike[str]) -> str | None:
    """Tells which of this package's models a preset holds.

    Args:
        preset: see `load_backbone`.

    Returns:
        The name of the class whose `save_to_preset` wrote it, such as `"BertSumExtractive"`; None
        for a bare BERT, or a model of somebody else's.

    Raises:
        BertsumError: if there is no such preset, or no network to fetch it.
    """
    with clear_errors(preset):
        name = os.fspath(preset)
        if not check_file_exists(name, "task.json"):
            return None
        registered: str = load_json(name, "task.json").get("registered_name") or ""
        return registered.removeprefix(_OURS) if registered.startswith(_OURS) else None


def holds_task_weights(preset: str | os.PathLike[str]) -> bool:
    """Tells whether a saved model comes with the weights that are not its backbone's.

    Args:
        preset: one for which `saved_task` is not None.
    """
    with clear_errors(preset):
        return bool(check_file_exists(os.fspath(preset), "task.weights.h5"))


def saved_task_config(preset: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads what a saved model was constructed with.

    Args:
        preset: one for which `saved_task` is not None.

    Raises:
        BertsumError: if it can't be read.
    """
    with clear_errors(preset):
        config: dict[str, Any] = load_json(os.fspath(preset), "task.json")["config"]
    return config


def load_backbone(
    preset: str | os.PathLike[str],
    *,
    load_weights: bool = True,
    dropout: float | None = None,
    max_sequence_length: int | None = None,
    dtype: Any = None,
) -> keras_hub.models.BertBackbone:
    """Loads a `BertBackbone`.

    Args:
        preset: a KerasHub preset (`"bert_base_en_uncased"`), a handle of a model hub
            (`"hf://..."`, `"kaggle://..."`), or a local folder in KerasHub's or Hugging
            Face's form.
        load_weights: False leaves the weights random.
        dropout: None keeps the preset's.
        max_sequence_length: the longest window; None keeps the preset's, usually 512. The
            embedding of the last position stands in for the positions beyond.
        dtype: a dtype policy, such as `"mixed_bfloat16"`; None: Keras's, usually float32.

    Raises:
        BertsumError: if there is no such preset, no BERT in it, or no network to fetch it.
    """
    options = {} if dropout is None else {"dropout": dropout}
    with clear_errors(preset):
        backbone = keras_hub.models.BertBackbone.from_preset(
            os.fspath(preset),
            load_weights=load_weights,
            dtype=dtype or keras.config.dtype_policy().name,
            **options,
        )
    if max_sequence_length is None or max_sequence_length == backbone.max_sequence_length:
        return backbone
    return with_max_sequence_length(backbone, max_sequence_length)


# Which commands train the models that others can begin with.
_TRAINED_BY = {
    "DualEncoder": "`bertsum pretrain`",
    "BertSumExtractive": "`bertsum train --task extractive`",
}


def preset_of_run(run: str | os.PathLike[str], tasks: Sequence[str]) -> str:
    """The preset of the best model of a run.

    Args:
        run: the folder of the run, or of a model that was saved; or a model hub's handle of one.
        tasks: the models that will do: `"DualEncoder"`, `"BertSumExtractive"`.

    Raises:
        BertsumError: if it can't be read.
        UsageError: if there is none, or it holds something else, such as a bare BERT.
    """
    preset = model_of(run)
    wanted = f"name a run of {' or '.join(_TRAINED_BY[name] for name in tasks)}."
    if not (os.path.isdir(preset) or "://" in preset or preset == bundled.NAME):
        raise UsageError(f"There is no folder {run}: {wanted}")
    task = saved_task(preset)
    if task not in tasks:
        is_bert = "://" in preset or os.path.exists(os.path.join(preset, "config.json"))
        held = f"a {task}" if task else "a bare BERT" if is_bert else f"no {tasks[0]}"
        raise UsageError(f"{run} holds {held}: {wanted}")
    return preset


def load_document_encoder(
    run: str | os.PathLike[str],
    tasks: Sequence[str] = ("DualEncoder", "BertSumExtractive"),
    **options: Any,
) -> tuple[str, keras_hub.models.BertBackbone]:
    """Loads what a model has been trained to read documents with, to begin another with it.

    Args:
        run: as for `preset_of_run`, which also says what is raised.
        tasks: as for it.
        **options: as for `load_backbone`.

    Returns:
        The preset, for its vocabulary, and the BERT.
    """
    preset = preset_of_run(run, tasks)
    return preset, load_backbone(preset, **options)


def load_tokenizer(preset: str | os.PathLike[str]) -> keras_hub.models.BertTokenizer:
    """Loads the vocabulary that belongs to a backbone, as KerasHub's tokenizer.

    Args:
        preset: see `load_backbone`.

    Raises:
        BertsumError: as `load_backbone`; also if the vocabulary is not an uncased one.
    """
    with clear_errors(preset):
        tokenizer = keras_hub.models.BertTokenizer.from_preset(os.fspath(preset))
    if not tokenizer.lowercase:
        raise BertsumError(
            f"{preset} is a cased BERT, and documents are read in lower case: "
            "name an uncased one, such as bert_base_en_uncased."
        )
    return tokenizer


def with_max_sequence_length(
    backbone: keras_hub.models.BertBackbone, max_sequence_length: int
) -> keras_hub.models.BertBackbone:
    """Copies a backbone for windows of another length.

    The positions beyond the backbone's own begin as copies of its last one, and are learned from
    there, as in the code of the paper (PreSumm, `model_builder.py`, `max_pos`; the paper's text,
    section 3.1, speaks of random ones). A shorter length drops positions.

    Args:
        backbone: a `BertBackbone`.
        max_sequence_length: the longest window of the copy, in tokens.
    """
    if max_sequence_length < 8 or max_sequence_length % 8:
        raise UsageError(
            f"max_sequence_length has to be a multiple of 8, not {max_sequence_length}."
        )
    config = {**backbone.get_config(), "max_sequence_length": max_sequence_length}
    copy = type(backbone).from_config(config)
    for source, target in zip(backbone.weights, copy.weights, strict=True):
        value = keras.ops.convert_to_numpy(source)
        if value.shape != tuple(target.shape):
            missing = max(max_sequence_length - len(value), 0)
            value = np.concatenate([value[:max_sequence_length], np.repeat(value[-1:], missing, 0)])
        target.assign(value)
    return copy


@contextmanager
def clear_errors(preset: str | os.PathLike[str]) -> Iterator[None]:
    """Turns whatever goes wrong in loading a preset into one sentence that says what to do.

    KerasHub, the hubs' clients, safetensors and HDF5 each raise their own kinds of errors, hence
    the breadth of what is caught. A `TypeError` is an argument that does not exist: it passes.
    """
    refuse_folder_of_models(preset)
    try:
        yield
    except (BertsumError, TypeError):
        raise
    except Exception as error:
        raise BertsumError(_what_to_do(os.fspath(preset))) from error


def _what_to_do(preset: str) -> str:
    if os.path.isdir(preset):
        if sys.version_info < (3, 11) and os.path.exists(os.path.join(preset, "model.safetensors")):
            # KerasHub 0.25, the last for Python 3.10, knows other names of weights.
            return (
                f"The weights in {preset} can't be read under Python 3.10: take Python 3.11 or "
                "later, or name a KerasHub preset."
            )
        return (
            f"The folder {preset} holds no BERT that can be read: name a folder with config.json, "
            "vocab.txt and model.safetensors of a BERT, or with a KerasHub preset."
        )
    if "://" in preset or preset in keras_hub.models.BertBackbone.presets:
        return (
            f"{preset} could not be fetched: check the network and the name, "
            "or name a local folder that holds it."
        )
    if os.path.exists(preset):
        return f"{preset} is a file: name the folder of a BERT, or of a model that was trained."
    return (
        f"There is neither a folder nor a BERT preset named {preset}: name a local folder, a model "
        "hub's handle such as hf://google-bert/bert-base-uncased, or one of the presets "
        f"{', '.join(sorted(_uncased_presets()))}."
    )


def _uncased_presets() -> list[str]:
    # MiniLM's vocabulary is BERT's uncased one too.
    names = keras_hub.models.BertBackbone.presets
    return [name for name in names if name.endswith("uncased") or "minilm" in name]
