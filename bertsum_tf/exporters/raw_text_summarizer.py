"""A model that chooses sentences, from raw text to the summary, as TensorFlow functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from bertsum_tf import selection_graph
from bertsum_tf.exporters.length_groups import by_length
from bertsum_tf.selection import NUM_SENTENCES
from bertsum_tf.summarizer import TOKENS_PER_BATCH
from bertsum_tf.text.graph import Sentences, TextGraph
from bertsum_tf.text.packing import BUCKET_TOKENS, TOKENS_PER_SENTENCE_SLOT, slots

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumExtractive

_DOCUMENTS = tf.TensorSpec([None], tf.string, name="documents")
_NUM_SENTENCES = tf.TensorSpec([None], tf.int32, name="num_sentences")
_TOKEN_IDS = tf.TensorSpec([None, None], tf.int32, name="token_ids")


class RawTextSummarizer(tf.Module):
    """A trained model with everything before and after it, as TensorFlow functions of raw text.

    Documents are UTF-8; invalid bytes count as U+FFFD. A document without a sentence has the
    summary "".

    Args:
        model: a model with a preprocessor, on Keras's TensorFlow backend.
    """

    def __init__(self, model: BertSumExtractive) -> None:
        super().__init__(name="bertsum")
        preprocessor = model.preprocessor
        self.max_tokens = preprocessor.sequence_length
        self.pad_id = preprocessor.word_piece.pad_id
        self.text = TextGraph(preprocessor.word_piece.vocabulary, self.max_tokens)
        # What is saved is variables and functions; Keras's own objects would need Keras to load.
        self.model_variables = [variable.value for variable in model.variables]
        self._logits: Callable[[tf.Tensor], tf.Tensor] = lambda ids: model(ids, training=False)

    def signatures(self) -> dict[str, Any]:
        """What a server offers, by name."""
        return {
            "serving_default": self.serving_default,
            "summarize": self.summarize,
            "score": self.score,
        }

    def requests(self, documents: Sequence[str]) -> Iterator[tuple[str, dict[str, tf.Tensor]]]:
        """Requests of each signature: its name, and its inputs by name."""
        # One short, some together, and one of several windows.
        for batch in (documents[:1], documents[:4], ["\n\n".join(documents)]):
            inputs = {"documents": tf.constant(batch)}
            numbers = {"num_sentences": tf.fill([len(batch)], NUM_SENTENCES)}
            yield "serving_default", inputs
            yield "summarize", inputs | numbers
            yield "score", inputs

    @tf.function(autograph=False, input_signature=[_DOCUMENTS])
    def serving_default(self, documents: tf.Tensor) -> dict[str, tf.Tensor]:
        """Documents, string [B] -> `summary`, string [B], of up to 3 sentences each."""
        return self.summarize(documents, tf.fill(tf.shape(documents), NUM_SENTENCES))

    @tf.function(autograph=False, input_signature=[_DOCUMENTS, _NUM_SENTENCES])
    def summarize(self, documents: tf.Tensor, num_sentences: tf.Tensor) -> dict[str, tf.Tensor]:
        """Documents, string [B], and how many sentences, int32 [B] -> `summary`, string [B].

        A number below 1 counts as 1: an error would spoil the requests of others, which the server
        may have put into the same batch.
        """
        sentences, _, selected = self._analyse(documents, num_sentences)
        return {"summary": selection_graph.join(sentences.texts, selected)}

    @tf.function(autograph=False, input_signature=[_DOCUMENTS])
    def score(self, documents: tf.Tensor) -> dict[str, tf.Tensor]:
        """Documents, string [B] -> all their sentences, padded to the longest document's number.

        Returns:
            `sentences`, string [B, S], padded with ""; `start` and `end`, int32 [B, S], in code
            points; `scores`, float32 [B, S], the higher the better; `selected`, bool [B, S],
            whether it is in the summary of 3; `sentence_count`, int32 [B].
        """
        sentences, scores, selected = self._analyse(
            documents, tf.fill(tf.shape(documents), NUM_SENTENCES)
        )
        return {
            "sentences": sentences.texts.to_tensor(""),
            "start": tf.cast(sentences.starts.to_tensor(), tf.int32),
            "end": tf.cast(sentences.ends.to_tensor(), tf.int32),
            "scores": scores.to_tensor(),
            "selected": selected.to_tensor(),
            "sentence_count": tf.cast(scores.row_lengths(), tf.int32),
        }

    @tf.function(autograph=False, input_signature=[_TOKEN_IDS])
    def score_token_ids(self, token_ids: tf.Tensor) -> tf.Tensor:
        """Packed windows, int32 [W, T] -> logits of their slots, float32 [W, T // 8]."""
        return self._logits(token_ids)

    def _analyse(
        self, documents: tf.Tensor, num_sentences: tf.Tensor
    ) -> tuple[Sentences, tf.RaggedTensor, tf.RaggedTensor]:
        """Sentences, their scores and whether they are in the summary."""
        sentences = self.text.split(documents)
        pieces = sentences.texts.with_values(self.text.encode(sentences.texts.values))
        windows = self.text.pack(pieces)
        scores = self.text.merge_scores(
            self._score_windows(windows.token_ids, windows.sentences),
            windows.documents,
            windows.sentences,
            windows.first,
            tf.size(documents, tf.int64),
        )
        piece_counts = pieces.with_values(pieces.values.row_lengths())
        selected = selection_graph.select(scores, sentences.texts, piece_counts, num_sentences)
        return sentences, scores, selected

    def _score_windows(self, token_ids: tf.Tensor, sentences: tf.Tensor) -> tf.Tensor:
        """Logits of the slots of W windows, float32 [W, T // 8]."""
        num_tokens = _count(token_ids != self.pad_id)
        num_slots = _count(sentences >= 0)
        length = tf.maximum(num_tokens, num_slots * TOKENS_PER_SENTENCE_SLOT)
        length = -(-length // BUCKET_TOKENS) * BUCKET_TOKENS
        length = tf.minimum(length, self.max_tokens)
        all_slots = slots(self.max_tokens)

        def score_some(rows: tf.Tensor, longest: tf.Tensor) -> tf.Tensor:
            scores = self.score_token_ids(tf.gather(token_ids, rows)[:, :longest])
            return tf.pad(scores, [[0, 0], [0, all_slots - tf.shape(scores)[1]]])

        return by_length(
            length,
            lambda longest: tf.maximum(1, TOKENS_PER_BATCH // longest),
            score_some,
            tf.TensorSpec([None, all_slots], tf.float32),
        )


def _count(values: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.cast(values, tf.int32), axis=1)
