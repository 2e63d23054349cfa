"""Raw documents and their summaries to token ids, as the dual encoder takes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import keras_hub
import numpy as np

from bertsum_tf.errors import UsageError
from bertsum_tf.models.document_preprocessor import (
    DocumentPreprocessor,
    check_length,
    is_single,
    strings,
)
from bertsum_tf.text.packing import MAX_SUMMARY_TOKENS, MAX_WINDOW_TOKENS
from bertsum_tf.text.sentences import split, summary_sentences


@keras.saving.register_keras_serializable(package="bertsum_tf")
class DualEncoderPreprocessor(DocumentPreprocessor):
    """Splits, tokenises and packs documents and summaries.

    Only the first window of a text is kept.

    Call arguments:
        x: one document or a batch of documents: a string, or a list, array or tensor of strings.
        y: their summaries, in the form of `x`.
        sample_weight: passed on as it is.

    Returns a tuple of `{"token_ids": int32 [B, sequence_length], "summary_token_ids": int32
    [B, summary_sequence_length]}` and ones, float32 `[B]`: every row is a pair; without `B` for a
    single document.

    Args:
        tokenizer: a `keras_hub.models.BertTokenizer`. It holds the vocabulary; the pieces are
            those of `bertsum_tf.text.WordPiece`, the same in every runtime.
        sequence_length: int. The length of a document's window in tokens, a multiple of 8.
        summary_sequence_length: int. The same of a summary's; None: 128, or `sequence_length` where
            that is less.
        rules_sha256: SHA-256 of the sentence rule book that the model was trained with; None: the
            one that ships with this version.

    Example:
    ```python
    preprocessor = DualEncoderPreprocessor.from_preset("bert_tiny_en_uncased")
    inputs, real = preprocessor(
        ["Prices rose. The bank met on Tuesday. It rained."], ["The bank met."]
    )
    ```
    """

    task_name = "DualEncoder"

    def __init__(
        self,
        tokenizer: keras_hub.models.BertTokenizer,
        sequence_length: int = MAX_WINDOW_TOKENS,
        summary_sequence_length: int | None = None,
        rules_sha256: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(tokenizer, sequence_length, rules_sha256, **kwargs)
        self.summary_sequence_length = summary_sequence_length or min(
            MAX_SUMMARY_TOKENS, sequence_length
        )
        check_length("summary_sequence_length", self.summary_sequence_length)

    def documents(self, texts: Sequence[str]) -> np.ndarray:
        """Token ids of documents: int32 `[N, sequence_length]`."""
        sentences = ([text[start:end] for start, end in split(text)] for text in texts)
        return self._pack(sentences, self.sequence_length)

    def summaries(self, texts: Sequence[str]) -> np.ndarray:
        """Token ids of summaries: int32 `[N, summary_sequence_length]`."""
        return self._pack(map(summary_sentences, texts), self.summary_sequence_length)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "summary_sequence_length": self.summary_sequence_length}

    def _pack(self, documents: Iterable[list[str]], length: int) -> np.ndarray:
        rows = []
        for sentences in documents:
            row = np.full(length, self.word_piece.pad_id, np.int32)
            window = self._first_window(sentences, length)
            if window is not None:
                row[: len(window.token_ids)] = window.token_ids
            rows.append(row)
        return np.stack(rows) if rows else np.zeros((0, length), np.int32)

    def _call_python(self, x: Any, y: Any) -> tuple[dict[str, np.ndarray], np.ndarray]:
        texts = strings(y)
        if texts is None:
            raise UsageError(
                "A dual encoder is given pairs: documents as x, their summaries as y, as strings; "
                "encode_documents and encode_summaries take either alone."
            )
        inputs = {
            "token_ids": self.documents(self._documents(x)),
            "summary_token_ids": self.summaries(texts),
        }
        real = np.ones(len(texts), np.float32)
        if is_single(x):
            return {name: value[0] for name, value in inputs.items()}, real[0]
        return inputs, real

    def _call_tf(self, x: Any, y: Any) -> tuple[dict[str, Any], Any]:
        import tensorflow as tf

        def encode(documents: Any, summaries: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            inputs, real = self._call_python(documents, summaries)
            return inputs["token_ids"], inputs["summary_token_ids"], np.asarray(real)

        shape = tf.convert_to_tensor(x).shape.as_list()
        token_ids, summary_token_ids, real = tf.numpy_function(
            encode, [x, y], (tf.int32, tf.int32, tf.float32)
        )
        inputs = {
            "token_ids": tf.ensure_shape(token_ids, [*shape, self.sequence_length]),
            "summary_token_ids": tf.ensure_shape(
                summary_token_ids, [*shape, self.summary_sequence_length]
            ),
        }
        return inputs, tf.ensure_shape(real, shape)
