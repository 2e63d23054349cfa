"""What the tasks over a document's token ids share: presets, saving, raw strings."""

from __future__ import annotations

import os
from contextlib import nullcontext, suppress
from typing import Any, ClassVar, TypeVar

import keras
import keras_hub
import numpy as np

from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.models.document_preprocessor import DocumentPreprocessor
from bertsum_tf.models.presets import (
    clear_errors,
    holds_task_weights,
    load_backbone,
    load_tokenizer,
    saved_task,
    saved_task_config,
)
from bertsum_tf.models.raw_documents import RawDocuments
from bertsum_tf.text.packing import MAX_WINDOW_TOKENS

Self = TypeVar("Self", bound="DocumentTask")


class DocumentTask(keras_hub.models.Task):
    """A KerasHub task whose documents are packed token ids.

    A subclass names its `preprocessor_cls`, and in `architecture` those arguments of its
    constructor that decide which weights it has and what they mean.
    """

    backbone_cls = keras_hub.models.BertBackbone
    preprocessor_cls: type[DocumentPreprocessor]
    architecture: ClassVar[tuple[str, ...]]

    def default_loss(self) -> keras.losses.Loss:
        """What `compile` takes if it is given no loss."""
        raise NotImplementedError

    @classmethod
    def from_preset(
        cls: type[Self],
        preset: str | os.PathLike[str],
        load_weights: bool = True,
        *,
        dtype: Any = None,
        backbone_dropout: float | None = None,
        max_sequence_length: int | None = None,
        **kwargs: Any,
    ) -> Self:
        """Loads a saved model, or makes a new one on the BERT of a preset.

        Args:
            preset: a KerasHub preset, a model hub's handle, or a local folder, be it what
                `save_to_preset` wrote or a BERT in KerasHub's or Hugging Face's form.
            load_weights: False leaves all weights random.
            dtype: a dtype policy, such as `"mixed_bfloat16"`; None: Keras's, usually float32,
                whatever the model was trained in.
            backbone_dropout: None keeps the preset's.
            max_sequence_length: int. The longest window of a new model in tokens; None keeps the
                backbone's, usually 512. Positions beyond it begin as copies of its last one.
            **kwargs: arguments of the constructor; of a saved model, only those that leave its
                weights their meaning can be others than it was saved with.

        Raises:
            BertsumError: if there is no such preset, no BERT in it, or no network to fetch it; if a
                saved model lacks some of its weights.
            UsageError: if an argument does not fit the others, or not the saved model; if the
                preset holds a model of another task, and no `backbone` is given.
        """
        # KerasHub can't read a preset that was saved in mixed precision unless it is told one.
        dtype = dtype or keras.config.dtype_policy().name
        task = saved_task(preset)
        saved = task == cls.__name__
        if task is not None and not saved and "backbone" not in kwargs:
            raise UsageError(
                f"{preset} holds a {task}, not a {cls.__name__}: name a {cls.__name__}, "
                "or a bare BERT to begin with."
            )
        if saved and max_sequence_length is not None:
            raise UsageError(
                f"{preset} is a trained model, whose windows keep their length: "
                "leave out max_sequence_length, or name a BERT."
            )
        if saved:
            _check_same_architecture(preset, kwargs, cls.architecture)
            if load_weights and not holds_task_weights(preset):
                raise BertsumError(_incomplete(preset))
        if "backbone" not in kwargs and not (saved and backbone_dropout is None):
            kwargs["backbone"] = load_backbone(
                preset,
                load_weights=load_weights,
                dropout=backbone_dropout,
                max_sequence_length=max_sequence_length,
                dtype=dtype,
            )
        if saved:
            with clear_errors(preset):
                return super().from_preset(
                    os.fspath(preset), load_weights=load_weights, dtype=dtype, **kwargs
                )
        if "preprocessor" not in kwargs:
            preprocessor = cls.preprocessor_cls(
                load_tokenizer(preset),
                sequence_length=max_sequence_length
                or min(MAX_WINDOW_TOKENS, kwargs["backbone"].max_sequence_length),
            )
            kwargs |= {"preprocessor": preprocessor, **preprocessor.special_ids()}
        return cls(**kwargs)

    def save_to_preset(
        self, preset_dir: str | os.PathLike[str], max_shard_size: float = 10
    ) -> None:
        """Saves the model as a folder that `from_preset` reads.

        Args:
            preset_dir: the folder.
            max_shard_size: in GB, of a file of the backbone's weights.
        """
        # KerasHub 0.25, the last for Python 3.10, saves a task without a preprocessor, then fails.
        with suppress(AttributeError) if self.preprocessor is None else nullcontext():
            super().save_to_preset(preset_dir, max_shard_size=max_shard_size)

    def compile(self, optimizer: Any = "auto", loss: Any = "auto", **kwargs: Any) -> None:
        """Configures training, as `keras.Model.compile`, with defaults.

        Args:
            optimizer: `"auto"` is AdamW at 5e-5; the recipes of `bertsum_tf.training` do better.
            loss: `"auto"` is the task's own.
            **kwargs: see `keras.Model.compile`.
        """
        if optimizer == "auto":
            optimizer = keras.optimizers.AdamW(5e-5)
        if loss == "auto":
            loss = self.default_loss()
        super().compile(optimizer=optimizer, loss=loss, **kwargs)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles a loaded model as it was; Keras asks for this where `compile` has defaults."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        # So that the optimizer's state can be loaded.
        self.optimizer.build(self.trainable_variables)

    def save_task_weights(self, filepath: str | os.PathLike[str]) -> None:
        """Saves all weights but the backbone's, and not, as KerasHub, the optimizer's state."""
        keras.saving.save_weights(self, filepath, objects_to_skip=self._not_of_task())

    def load_task_weights(self, filepath: str | os.PathLike[str]) -> None:
        """Loads what `save_task_weights` wrote.

        Raises:
            BertsumError: if the file is damaged, or holds another model's.
        """
        try:
            keras.saving.load_weights(self, filepath, objects_to_skip=self._not_of_task())
        except (OSError, KeyError, ValueError) as error:
            raise BertsumError(_incomplete(os.path.dirname(filepath))) from error

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        sample_weight: Any = None,
        validation_data: Any = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains, as `keras.Model.fit`; with a preprocessor, `x` and `y` may be raw strings.

        Those are mixed anew for each epoch, unless `shuffle=False`.
        """
        if self._preprocesses_here(x):
            shuffle = bool(kwargs.get("shuffle", True))
            x = self._raw_documents(x, y, sample_weight, batch_size, shuffle)
            if validation_data is not None and self._preprocesses_here(validation_data[0]):
                documents, labels, weight = keras.utils.unpack_x_y_sample_weight(validation_data)
                validation_data = self._raw_documents(documents, labels, weight, batch_size)
            return keras.Model.fit(self, x, validation_data=validation_data, **kwargs)
        fit = keras.Model.fit if self.preprocessor is None else keras_hub.models.Task.fit
        return fit(
            self,
            x=x,
            y=y,
            batch_size=batch_size,
            sample_weight=sample_weight,
            validation_data=validation_data,
            **kwargs,
        )

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        sample_weight: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Loss and metrics, as `keras.Model.evaluate`; raw strings as in `fit`."""
        if self._preprocesses_here(x):
            x = self._raw_documents(x, y, sample_weight, batch_size)
            return keras.Model.evaluate(self, x, **kwargs)
        preprocessed = self.preprocessor is None or isinstance(x, RawDocuments)
        evaluate = keras.Model.evaluate if preprocessed else keras_hub.models.Task.evaluate
        return evaluate(
            self, x=x, y=y, batch_size=batch_size, sample_weight=sample_weight, **kwargs
        )

    def predict(self, x: Any = None, batch_size: int | None = None, **kwargs: Any) -> np.ndarray:
        """What the model returns, as `keras.Model.predict`; raw strings as in `fit`."""
        if self._preprocesses_here(x):
            x = self._raw_documents(x, batch_size=batch_size)
            return keras.Model.predict(self, x, **kwargs)
        preprocessed = self.preprocessor is None
        predict = keras.Model.predict if preprocessed else keras_hub.models.Task.predict
        return predict(self, x, batch_size=batch_size, **kwargs)

    @property
    def head_variables(self) -> list[keras.Variable]:
        """Trainable variables that are not the backbone's, as in `trainable_variables`."""
        of_backbone = {id(variable) for variable in self.backbone.trainable_variables}
        return [v for v in self.trainable_variables if id(v) not in of_backbone]

    def _not_of_task(self) -> list[Any]:
        return [*self.backbone._flatten_layers(), self.optimizer]

    def _preprocesses_here(self, x: Any) -> bool:
        """Whether `x` is raw documents in memory; KerasHub takes care of datasets."""
        in_memory = isinstance(x, (list, tuple)) or hasattr(x, "__array__")
        return self.preprocessor is not None and in_memory

    def _raw_documents(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        batch_size: int | None = None,
        shuffle: bool = False,
    ) -> RawDocuments:
        return RawDocuments(self.preprocess_samples, x, y, sample_weight, batch_size, shuffle)


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Refuses an argument that is none of the choices."""
    if value not in choices:
        raise UsageError(f"{name} has to be one of {', '.join(choices)}, not {value!r}.")


def _incomplete(preset: str | os.PathLike[str]) -> str:
    return (
        f"{preset} lacks a whole task.weights.h5, which holds all of the model but its first BERT: "
        "copy the folder again, or train the model again."
    )


def _check_same_architecture(
    preset: str | os.PathLike[str], arguments: dict[str, Any], architecture: tuple[str, ...]
) -> None:
    """Refuses arguments that a saved model's weights were not trained with."""
    config = saved_task_config(preset)
    for name in architecture:
        if name in arguments and arguments[name] != config[name]:
            raise UsageError(
                f"{preset} is a trained model with {name}={config[name]!r}, which can't become "
                f"{arguments[name]!r}: leave that as it is, or name a bare BERT."
            )
