"""Raw news to token ids and labels, as BERTSUM's task takes them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import keras_hub
import numpy as np

from bertsum_tf.data.oracle import greedy_oracle
from bertsum_tf.errors import UsageError
from bertsum_tf.models.masked_binary_crossentropy import NO_SENTENCE
from bertsum_tf.models.presets import clear_errors, load_tokenizer, saved_task
from bertsum_tf.text.packing import MAX_WINDOW_TOKENS, Window, pack, slots
from bertsum_tf.text.sentences import rules_sha256 as rules_sha256_of_package
from bertsum_tf.text.sentences import split
from bertsum_tf.text.wordpiece import WordPiece

if TYPE_CHECKING:
    from typing_extensions import Self


@keras.saving.register_keras_serializable(package="bertsum_tf")
class BertSumExtractivePreprocessor(keras_hub.models.Preprocessor):
    """Splits, tokenises and packs documents, and labels their sentences.

    Only the first window of a document is kept: this is what `fit` and `predict` of
    `BertSumExtractive` see. `bertsum_tf.Summarizer` reads documents of any length.

    Call arguments:
        x: one document or a batch of documents: a string, or a list, array or tensor of strings.
        y: None; or reference summaries, in the form of `x`, which become labels by the paper's
            greedy oracle; or anything else, such as labels, which is passed on as it is.
        sample_weight: passed on as it is.

    Returns `token_ids`, int32 `[B, sequence_length]`, or a tuple `(token_ids, labels)` with
    float32 labels `[B, sequence_length // 8]`, 1 for a sentence of the oracle, 0 for another, -1
    where there is no sentence; without `B` for a single document.

    Args:
        tokenizer: a `keras_hub.models.BertTokenizer`. It holds the vocabulary; the pieces are
            those of `bertsum_tf.text.WordPiece`, the same in every runtime.
        sequence_length: int. The length of a window in tokens, a multiple of 8.
        rules_sha256: SHA-256 of the sentence rule book that the model was trained with; None: the
            one that ships with this version.

    Example:
    ```python
    preprocessor = BertSumExtractivePreprocessor.from_preset("bert_tiny_en_uncased")
    token_ids, labels = preprocessor(
        ["Prices rose. The bank met on Tuesday. It rained."], ["The bank met."]
    )
    ```
    """

    backbone_cls = keras_hub.models.BertBackbone
    tokenizer_cls = keras_hub.models.BertTokenizer
    task_name = "BertSumExtractive"
    labels_dtype = "float32"

    def __init__(
        self,
        tokenizer: keras_hub.models.BertTokenizer,
        sequence_length: int = MAX_WINDOW_TOKENS,
        rules_sha256: str | None = None,
        **kwargs: Any,
    ) -> None:
        if sequence_length < 8 or sequence_length % 8:
            raise UsageError(f"sequence_length has to be a multiple of 8, not {sequence_length}.")
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
    def from_preset(cls, preset: str | os.PathLike[str], **kwargs: Any) -> Self:
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

    @property
    def labels_per_document(self) -> int:
        """The length of a document's labels."""
        return slots(self.sequence_length)

    def special_ids(self) -> dict[str, int]:
        """The ids of the vocabulary that a model of this task has to know."""
        ids = self.word_piece
        return {"cls_id": ids.cls_id, "sep_id": ids.sep_id, "pad_id": ids.pad_id}

    def build(self, input_shape: Any) -> None:
        """Nothing to make: the layer has no variables."""
        self.built = True

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Token ids, with labels if there are references; see the class."""
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

    def _call_python(self, x: Any, y: Any) -> tuple[np.ndarray, Any]:
        documents = _strings(x)
        if documents is None:
            raise UsageError(
                "The documents have to be strings: "
                "set the model's preprocessor to None to give it token ids."
            )
        references = _strings(y)
        token_ids, labels = self._encode(documents, references)
        if _is_single(x):
            token_ids, labels = token_ids[0], labels[0]
        return token_ids, y if references is None else labels

    def _call_tf(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Within a `tf.function` or a `tf.data` pipeline: the Python code as one operation."""
        import tensorflow as tf

        x = tf.convert_to_tensor(x)
        shape = x.shape.as_list()
        if y is None or tf.convert_to_tensor(y).dtype != tf.string:
            token_ids = tf.numpy_function(
                lambda documents: self._call_python(documents, None)[0], [x], tf.int32
            )
        else:
            token_ids, y = tf.numpy_function(
                self._call_python, [x, y], (tf.int32, self.labels_dtype)
            )
            y = tf.ensure_shape(y, [*shape, self.labels_per_document])
        return tf.ensure_shape(token_ids, [*shape, self.sequence_length]), y

    def _encode(
        self, documents: Sequence[str], references: Sequence[str] | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Token ids of the documents, and what they are to be labelled with."""
        token_ids = np.full(
            (len(documents), self.sequence_length), self.word_piece.pad_id, np.int32
        )
        labels = self._no_labels(len(documents))
        for row, text in enumerate(documents):
            sentences = [text[start:end] for start, end in split(text)]
            window = self._first_window(sentences)
            if window is None:
                continue
            token_ids[row, : len(window.token_ids)] = window.token_ids
            if references is not None:
                found = self._labels(sentences, window, references[row])
                labels[row, : len(found)] = found
        return token_ids, labels

    def _no_labels(self, documents: int) -> np.ndarray:
        return np.full((documents, self.labels_per_document), NO_SENTENCE, self.labels_dtype)

    def _labels(self, sentences: Sequence[str], window: Window, reference: str) -> np.ndarray:
        return np.isin(window.sentences, greedy_oracle(sentences, reference))

    def _first_window(self, sentences: Sequence[str]) -> Window | None:
        windows = pack(
            self.word_piece.encode(sentences),
            cls_id=self.word_piece.cls_id,
            sep_id=self.word_piece.sep_id,
            max_tokens=self.sequence_length,
        )
        return windows[0] if windows else None


def _strings(values: Any) -> list[str] | None:
    """One string or a batch of strings as a list; None if it is anything else."""
    if hasattr(values, "numpy"):
        values = values.numpy()
    items = [values] if isinstance(values, (str, bytes)) else values
    if isinstance(items, np.ndarray):
        items = items.reshape(-1).tolist()
    if not isinstance(items, (list, tuple)) or not all(isinstance(i, (str, bytes)) for i in items):
        return None
    return [i.decode("utf-8", "replace") if isinstance(i, bytes) else i for i in items]


def _is_single(values: Any) -> bool:
    return isinstance(values, (str, bytes)) or getattr(values, "shape", None) == ()


def _in_tensorflow_graph() -> bool:
    """Whether a `tf.data` pipeline or a `tf.function` is being traced."""
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and not tensorflow.executing_eagerly()
