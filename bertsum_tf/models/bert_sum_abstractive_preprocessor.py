"""Raw news and summaries to token ids and labels, and written token ids to text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import keras_hub
import numpy as np

from bertsum_tf.errors import UsageError
from bertsum_tf.models.document_preprocessor import DocumentPreprocessor, is_single, strings
from bertsum_tf.text.detokenize import written_sentences
from bertsum_tf.text.packing import MAX_WINDOW_TOKENS
from bertsum_tf.text.sentences import split, summary_sentences
from bertsum_tf.text.targets import MAX_TARGET_TOKENS, TargetVocabulary


@keras.saving.register_keras_serializable(package="bertsum_tf")
class BertSumAbstractivePreprocessor(DocumentPreprocessor):
    r"""Splits, tokenises and packs documents, and makes targets of their summaries.

    Only the first window of a document is kept, as in the paper (512 tokens): the decoder reads no
    more.

    Call arguments:
        x: one document or a batch of documents: a string, or a list, array or tensor of strings.
        y: reference summaries, in the form of `x`: one sentence a line, or text that the sentence
            rules split.
        sample_weight: passed on as it is.

    Returns a tuple `(inputs, labels)`: `inputs["token_ids"]`, int32 `[B, sequence_length]`;
    `inputs["decoder_token_ids"]`, int32 `[B, target_length - 1]`, the target without its last
    token; `labels`, int32 `[B, target_length - 1]`, without its first, so that each stands where it
    is to be predicted. [PAD] where there is none. Without `B` for a single document.

    Args:
        tokenizer: see `DocumentPreprocessor`; its vocabulary has the target's marks.
        sequence_length: int. The length of a window in tokens, a multiple of 8.
        target_length: int. The most tokens of a target, its begin and its end mark among them;
            a longer one is cut, see `bertsum_tf.text.targets`.
        rules_sha256: see `DocumentPreprocessor`.

    Raises:
        BertsumError: on first use, if the vocabulary lacks the target's marks.

    Example:
    ```python
    preprocessor = BertSumAbstractivePreprocessor.from_preset("bert_tiny_en_uncased")
    inputs, labels = preprocessor(
        ["Prices rose. The bank met on Tuesday. It rained."], ["The bank met.\nIt rained."]
    )
    ```
    """

    task_name = "BertSumAbstractive"

    def __init__(
        self,
        tokenizer: keras_hub.models.BertTokenizer,
        sequence_length: int = MAX_WINDOW_TOKENS,
        target_length: int = MAX_TARGET_TOKENS,
        rules_sha256: str | None = None,
        **kwargs: Any,
    ) -> None:
        if target_length < 2:
            raise UsageError(f"target_length has to be at least 2, not {target_length}.")
        super().__init__(tokenizer, sequence_length, rules_sha256, **kwargs)
        self.target_length = target_length
        self._target_vocabulary: TargetVocabulary | None = None

    @property
    def target_vocabulary(self) -> TargetVocabulary:
        """The marks of targets, in the vocabulary of `tokenizer`."""
        if self._target_vocabulary is None:
            self._target_vocabulary = TargetVocabulary.of(self.word_piece.vocabulary)
        return self._target_vocabulary

    def special_ids(self) -> dict[str, int]:
        """The ids of the vocabulary that the model has to know."""
        marks = self.target_vocabulary
        return {
            **super().special_ids(),
            "begin_id": marks.begin_id,
            "end_id": marks.end_id,
            "split_id": marks.split_id,
        }

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """What the model is trained with; see the class."""
        if y is None:
            raise UsageError(
                "Without reference summaries there is nothing to learn or to compare with: "
                "to write summaries, call the model's generate."
            )
        return super().call(x, y, sample_weight)

    def generate_preprocess(self, documents: Sequence[str]) -> np.ndarray:
        """Documents to write summaries of, as token ids: int32 [D, sequence_length]."""
        return self._encode(documents, None)[0]

    def generate_postprocess(self, ids: Iterable[int]) -> list[str]:
        """Written ids -> the sentences of the summary, as text."""
        return written_sentences(ids, self.word_piece.vocabulary, self.target_vocabulary)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "target_length": self.target_length}

    def _call_python(self, x: Any, y: Any) -> tuple[Any, Any]:
        token_ids, targets = self._encode_pairs(x, y)
        return _teacher_forcing(token_ids, targets)

    def _call_tf(self, x: Any, y: Any) -> tuple[Any, Any]:
        import tensorflow as tf

        x, y = tf.convert_to_tensor(x), tf.convert_to_tensor(y)
        token_ids, targets = tf.numpy_function(self._encode_pairs, [x, y], (tf.int32, tf.int32))
        shape = x.shape.as_list()
        return _teacher_forcing(
            tf.ensure_shape(token_ids, [*shape, self.sequence_length]),
            tf.ensure_shape(targets, [*shape, self.target_length]),
        )

    def _encode_pairs(self, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        references = strings(y)
        if references is None:
            raise UsageError(
                "The summaries have to be strings: "
                "set the model's preprocessor to None to give it token ids."
            )
        documents = self._documents(x)
        if len(documents) != len(references):
            raise UsageError(
                f"There are {len(documents)} documents and {len(references)} summaries: "
                "give a summary to each."
            )
        token_ids, targets = self._encode(documents, references)
        return (token_ids[0], targets[0]) if is_single(x) else (token_ids, targets)

    def _encode(
        self, documents: Sequence[str], references: Sequence[str] | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Token ids of the documents, and their targets."""
        pad_id = self.word_piece.pad_id
        token_ids = np.full((len(documents), self.sequence_length), pad_id, np.int32)
        targets = np.full((len(documents), self.target_length), pad_id, np.int32)
        for row, text in enumerate(documents):
            window = self._first_window([text[start:end] for start, end in split(text)])
            if window is None:
                continue
            token_ids[row, : len(window.token_ids)] = window.token_ids
            if references is not None:
                sentences = self.word_piece.encode(summary_sentences(references[row]))
                if not any(sentences):  # nothing to learn, as in `bertsum prepare`
                    continue
                target = self.target_vocabulary.encode(sentences, self.target_length)
                targets[row, : len(target)] = target
        return token_ids, targets


def _teacher_forcing(token_ids: Any, targets: Any) -> tuple[dict[str, Any], Any]:
    """The decoder reads each token of a target, and is to write the one after it."""
    return {"token_ids": token_ids, "decoder_token_ids": targets[..., :-1]}, targets[..., 1:]
