"""Raw news to token ids and labels, as BERTSUM's task takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from bertsum_tf.data.oracle import greedy_oracle
from bertsum_tf.models.document_preprocessor import DocumentPreprocessor, is_single, strings
from bertsum_tf.models.masked_binary_crossentropy import NO_SENTENCE
from bertsum_tf.text.packing import slots
from bertsum_tf.text.sentences import split


@keras.saving.register_keras_serializable(package="bertsum_tf")
class BertSumExtractivePreprocessor(DocumentPreprocessor):
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

    task_name = "BertSumExtractive"

    def _call_python(self, x: Any, y: Any) -> tuple[np.ndarray, Any]:
        references = strings(y)
        token_ids, labels = self._encode(self._documents(x), references)
        if is_single(x):
            token_ids, labels = token_ids[0], labels[0]
        return token_ids, y if references is None else labels

    def _call_tf(self, x: Any, y: Any) -> tuple[Any, Any]:
        import tensorflow as tf

        x = tf.convert_to_tensor(x)
        shape = x.shape.as_list()
        if y is None or tf.convert_to_tensor(y).dtype != tf.string:
            token_ids = tf.numpy_function(
                lambda documents: self._call_python(documents, None)[0], [x], tf.int32
            )
        else:
            token_ids, y = tf.numpy_function(self._call_python, [x, y], (tf.int32, tf.float32))
            y = tf.ensure_shape(y, [*shape, slots(self.sequence_length)])
        return tf.ensure_shape(token_ids, [*shape, self.sequence_length]), y

    def _encode(
        self, documents: Sequence[str], references: Sequence[str] | None
    ) -> tuple[np.ndarray, np.ndarray]:
        token_ids = np.full(
            (len(documents), self.sequence_length), self.word_piece.pad_id, np.int32
        )
        labels = np.full((len(documents), slots(self.sequence_length)), NO_SENTENCE, np.float32)
        for row, text in enumerate(documents):
            sentences = [text[start:end] for start, end in split(text)]
            window = self._first_window(sentences)
            if window is None:
                continue
            token_ids[row, : len(window.token_ids)] = window.token_ids
            if references is not None:
                oracle = greedy_oracle(sentences, references[row])
                labels[row, : len(window.sentences)] = np.isin(window.sentences, oracle)
        return token_ids, labels
