"""Raw strings to packed token ids: what the preprocessors of all tasks share."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, TypeVar

import keras
import keras_hub
import numpy as np

from bertsum_tf.errors import UsageError
from bertsum_tf.models.presets import clear_errors, load_tokenizer, saved_task
from bertsum_tf.text.packing import MAX_WINDOW_TOKENS, Window, pack
from bertsum_tf.text.sentences import rules_sha256 as rules_sha256_of_package
from bertsum_tf.text.wordpiece import WordPiece

Self = TypeVar("Self", bound="DocumentPreprocessor")


class DocumentPreprocessor(keras_hub.models.Preprocessor):
    """Splits, tokenises and packs documents; what becomes of `y` is up to the task.

    Args:
        tokenizer: a `keras_hub.models.BertTokenizer`. It holds the vocabulary; the pieces are
            those of `bertsum_tf.text.WordPiece`, the same in every runtime.
        sequence_length: int. The length of a window in tokens, a multiple of 8.
        rules_sha256: SHA-256 of the sentence rule book that the model was trained with; None: the
            one that ships with this version.
    """

    backbone_cls = keras_hub.models.BertBackbone
    tokenizer_cls = keras_hub.models.BertTokenizer
    # The task whose presets hold this preprocessor.
    task_name: str

    def __init__(
        self,
        tokenizer: keras_hub.models.BertTokenizer,
        sequence_length: int = MAX_WINDOW_TOKENS,
        rules_sha256: str | None = None,
        **kwargs: Any,
    ) -> None:
        check_length("sequence_length", sequence_length)
        super().__init__(**kwargs)
        self.tokenizer = tokenizer
        self.sequence_length = sequence_length
        self.rules_sha256 = rules_sha256 or rules_sha256_of_package()
        # Made on first use: a saved tokenizer gets its vocabulary only after it was constructed.
        self._word_piece: WordPiece | None = None

    @property
    def word_piece(self) -> WordPiece:
        """The tokeniser, over the vocabulary of `tokenizer`."""
        if self._word_piece is None:
            self._word_piece = WordPiece(self.tokenizer.get_vocabulary())
        return self._word_piece

    @classmethod
    def from_preset(cls: type[Self], preset: str | os.PathLike[str], **kwargs: Any) -> Self:
        """Loads the preprocessor of a saved model, or makes one for the BERT of a preset.

        Args:
            preset: see `bertsum_tf.models.presets.load_backbone`.
            **kwargs: arguments of the constructor.

        Raises:
            BertsumError: if there is no such preset, no BERT in it, or no network to fetch it.
        """
        if saved_task(preset) == cls.task_name:
            with clear_errors(preset):
                return super().from_preset(os.fspath(preset), **kwargs)
        return cls(load_tokenizer(preset), **kwargs)

    def special_ids(self) -> dict[str, int]:
        """The ids of the vocabulary that a model of this task has to know."""
        ids = self.word_piece
        return {"cls_id": ids.cls_id, "sep_id": ids.sep_id, "pad_id": ids.pad_id}

    def build(self, input_shape: Any) -> None:
        """Nothing to make: the layer has no variables."""
        self.built = True

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """What the model takes; see the class."""
        if _in_tensorflow_graph():
            x, y = self._call_tf(x, y)
        else:
            x, y = self._call_python(x, y)
        return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {
            **super().get_config(),
            "sequence_length": self.sequence_length,
            "rules_sha256": self.rules_sha256,
        }

    def _call_python(self, x: Any, y: Any) -> tuple[Any, Any]:
        """What becomes of documents `x` and of `y`, in numpy."""
        raise NotImplementedError

    def _call_tf(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Within a `tf.function` or a `tf.data` pipeline: the Python code as one operation."""
        raise NotImplementedError

    def _documents(self, x: Any) -> list[str]:
        documents = strings(x)
        if documents is None:
            raise UsageError(
                "The documents have to be strings: "
                "set the model's preprocessor to None to give it token ids."
            )
        return documents

    def _first_window(self, sentences: Sequence[str], length: int | None = None) -> Window | None:
        """The head of a document; None if it has no sentence."""
        windows = pack(
            self.word_piece.encode(sentences),
            cls_id=self.word_piece.cls_id,
            sep_id=self.word_piece.sep_id,
            max_tokens=length or self.sequence_length,
        )
        return windows[0] if windows else None


def check_length(name: str, length: int) -> None:
    """Refuses a length of windows that can't be packed."""
    if length < 8 or length % 8:
        raise UsageError(f"{name} has to be a multiple of 8, not {length}.")


def strings(values: Any) -> list[str] | None:
    """One string or a batch of strings as a list; None if it is anything else."""
    if hasattr(values, "numpy"):
        values = values.numpy()
    items = [values] if isinstance(values, (str, bytes)) else values
    if isinstance(items, np.ndarray):
        items = items.reshape(-1).tolist()
    if not isinstance(items, (list, tuple)) or not all(isinstance(i, (str, bytes)) for i in items):
        return None
    return [i.decode("utf-8", "replace") if isinstance(i, bytes) else i for i in items]


def is_single(values: Any) -> bool:
    """Whether it is one string, not a batch of them."""
    return isinstance(values, (str, bytes)) or getattr(values, "shape", None) == ()


def _in_tensorflow_graph() -> bool:
    """Whether a `tf.data` pipeline or a `tf.function` is being traced."""
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and not tensorflow.executing_eagerly()
