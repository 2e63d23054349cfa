"""What the tasks over one BERT share: presets, raw strings, and two groups of variables."""

from __future__ import annotations

import os
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any, ClassVar

import keras
import keras_hub
import numpy as np

from bertsum_tf.errors import UsageError
from bertsum_tf.models.presets import (
    clear_errors,
    load_backbone,
    load_tokenizer,
    saved_summarizer_config,
    saved_task,
)
from bertsum_tf.models.raw_documents import RawDocuments
from bertsum_tf.text.packing import MAX_WINDOW_TOKENS

if TYPE_CHECKING:
    from typing_extensions import Self


class BertSumTask(keras_hub.models.Task):
    """A task over a `BertBackbone` that reads packed documents.

    Class attributes:
        architecture: the constructor's arguments that decide which weights a model has, and what
            they mean.
    """

    backbone_cls = keras_hub.models.BertBackbone
    architecture: ClassVar[tuple[str, ...]] = ()

    def default_loss(self) -> keras.losses.Loss:
        """What `compile` takes if it is given no loss."""
        raise NotImplementedError

    @classmethod
    def from_preset(
        cls,
        preset: str | os.PathLike[str],
        load_weights: bool = True,
        *,
        dtype: Any = None,
        backbone_dropout: float | None = None,
        max_sequence_length: int | None = None,
        **kwargs: Any,
    ) -> Self:
        """Loads a saved model of this task, or makes a new one over the BERT of a preset.

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
            BertsumError: if there is no such preset, no BERT in it, or no network to fetch it.
            UsageError: if an argument does not fit the others, or not the saved model, or if the
                preset holds a model of another task.
        """
        # KerasHub can't read a preset that was saved in mixed precision unless it is told one.
        dtype = dtype or keras.config.dtype_policy().name
        task = saved_task(preset)
        if task is None:
            return cls._over_backbone(
                preset, load_weights, dtype, backbone_dropout, max_sequence_length, kwargs
            )
        if task != cls.__name__:
            raise UsageError(
                f"{preset} holds a {task}, not a {cls.__name__}: load it with {task}.from_preset, "
                f"or take its encoder over with {cls.__name__}.init_from."
            )
        if max_sequence_length is not None:
            raise UsageError(
                f"{preset} is a trained model, whose windows keep their length: "
                "leave out max_sequence_length, or name a BERT."
            )
        cls._check_same_architecture(preset, kwargs)
        if "backbone" not in kwargs and backbone_dropout is not None:
            kwargs["backbone"] = load_backbone(
                preset, load_weights=load_weights, dropout=backbone_dropout, dtype=dtype
            )
        with clear_errors(preset):
            return super().from_preset(
                os.fspath(preset), load_weights=load_weights, dtype=dtype, **kwargs
            )

    @classmethod
    def init_from(
        cls,
        preset: str | os.PathLike[str],
        *,
        dtype: Any = None,
        backbone_dropout: float | None = None,
        max_sequence_length: int | None = None,
        **kwargs: Any,
    ) -> Self:
        """A new model over the encoder of a preset, be it a bare BERT's or that of a trained model.

        Of a trained model it takes the encoder, the vocabulary, the length of its windows and their
        segments; all else is new.

        Args:
            preset: see `from_preset`; any task of this package that has one encoder.
            dtype: see `from_preset`.
            backbone_dropout: see `from_preset`.
            max_sequence_length: see `from_preset`.
            **kwargs: arguments of the constructor.

        Raises:
            BertsumError: if there is no such preset, no BERT in it, or no network to fetch it.
            UsageError: if an argument does not fit the others.
        """
        if saved_task(preset) is not None:
            config = saved_summarizer_config(preset)
            kwargs.setdefault("interval_segments", config["interval_segments"])
        return cls._over_backbone(
            preset,
            True,
            dtype or keras.config.dtype_policy().name,
            backbone_dropout,
            max_sequence_length,
            kwargs,
        )

    @classmethod
    def _over_backbone(
        cls,
        preset: str | os.PathLike[str],
        load_weights: bool,
        dtype: Any,
        backbone_dropout: float | None,
        max_sequence_length: int | None,
        kwargs: dict[str, Any],
    ) -> Self:
        if "backbone" not in kwargs:
            kwargs["backbone"] = load_backbone(
                preset,
                load_weights=load_weights,
                dropout=backbone_dropout,
                max_sequence_length=max_sequence_length,
                dtype=dtype,
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
        """Saves the weights outside of the backbone, without the optimizer's state."""
        keras.saving.save_weights(self, filepath, objects_to_skip=self._outside_of_head())

    def load_task_weights(self, filepath: str | os.PathLike[str]) -> None:
        """Loads what `save_task_weights` wrote."""
        keras.saving.load_weights(self, filepath, objects_to_skip=self._outside_of_head())

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        sample_weight: Any = None,
        validation_data: Any = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains, as `keras.Model.fit`; with a preprocessor, `x` and `y` may be raw strings."""
        if self._preprocesses_here(x):
            x = self._raw_documents(x, y, sample_weight, batch_size)
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
        """Logits, as `keras.Model.predict`; raw strings as in `fit`."""
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

    def _outside_of_head(self) -> list[Any]:
        return [*self.backbone._flatten_layers(), self.optimizer]

    def _preprocesses_here(self, x: Any) -> bool:
        """Whether `x` is raw documents in memory; KerasHub takes care of datasets."""
        in_memory = isinstance(x, (list, tuple)) or hasattr(x, "__array__")
        return self.preprocessor is not None and in_memory

    def _raw_documents(
        self, x: Any, y: Any = None, sample_weight: Any = None, batch_size: int | None = None
    ) -> RawDocuments:
        return RawDocuments(self.preprocess_samples, x, y, sample_weight, batch_size)

    @classmethod
    def _check_same_architecture(
        cls, preset: str | os.PathLike[str], arguments: dict[str, Any]
    ) -> None:
        """Refuses arguments that a saved summariser's weights were not trained with."""
        config = saved_summarizer_config(preset)
        for name in cls.architecture:
            if name in arguments and arguments[name] != config[name]:
                raise UsageError(
                    f"{preset} is a trained model with {name}={config[name]!r}, which can't become "
                    f"{arguments[name]!r}: leave that as it is, or name a bare BERT."
                )
