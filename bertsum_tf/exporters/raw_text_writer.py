"""A model that writes, from raw text to the summary, as TensorFlow functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from bertsum_tf.decoding import GREEDY, Beam, Limits
from bertsum_tf.decoding.graph_search import NO_TOKEN, Caches, write_summaries
from bertsum_tf.decoding_defaults import DOCUMENTS_AT_ONCE
from bertsum_tf.exporters.length_groups import by_length
from bertsum_tf.text.graph import TextGraph
from bertsum_tf.text.packing import BUCKET_TOKENS, slots
from bertsum_tf.text.written_text_graph import WrittenTextGraph

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumAbstractive

# Caches grow by so many tokens; attention reads all of their places, filled or not.
_CACHE_TOKENS = 32

_DOCUMENTS = tf.TensorSpec([None], tf.string, name="documents")
_MIN_TOKENS = tf.TensorSpec([None], tf.int32, name="min_tokens")
_MAX_TOKENS = tf.TensorSpec([None], tf.int32, name="max_tokens")
_TOKEN_IDS = tf.TensorSpec([None, None], tf.int32, name="token_ids")
_BLOCK_TRIGRAMS = tf.TensorSpec([], tf.bool, name="block_trigrams")
_WRITE_TOKEN_IDS = [_TOKEN_IDS, _MIN_TOKENS, _MAX_TOKENS, _BLOCK_TRIGRAMS]


class RawTextWriter(tf.Module):
    """A trained model with everything before and after it, as TensorFlow functions of raw text.

    Documents are UTF-8; invalid bytes count as U+FFFD. Their first window is read. A document
    without a word piece has the summary "". A summary is the one that
    `BertSumAbstractive.generate` writes: 50 to 200 tokens, or as many as the model can write, and
    no three words in a row twice.

    Args:
        model: a model with a preprocessor, on Keras's TensorFlow backend.
    """

    def __init__(self, model: BertSumAbstractive) -> None:
        super().__init__(name="bertsum")
        preprocessor = model.preprocessor
        vocabulary = preprocessor.word_piece.vocabulary
        self.max_tokens = preprocessor.sequence_length
        self.pad_id = preprocessor.word_piece.pad_id
        self._no_text = (
            self.pad_id,
            preprocessor.word_piece.cls_id,
            preprocessor.word_piece.sep_id,
        )
        self.text = TextGraph(vocabulary, self.max_tokens)
        # What is saved is variables and functions; Keras's own objects would need Keras to load.
        self.model_variables = [variable.value for variable in model.variables]
        self._marks = preprocessor.target_vocabulary
        self._written_text = WrittenTextGraph(vocabulary, self._marks)
        self._vocabulary_size = model.backbone.vocabulary_size
        self._most = model.max_target_tokens
        self._limits = Limits().of(self._most)
        self._encode: Callable[[tf.Tensor], dict[str, Any]] = lambda ids: model.encode(ids)
        self._decode_step: Callable[..., Any] = lambda *inputs: model.decode_step(*inputs)

    def signatures(self) -> dict[str, Any]:
        """What a server offers, by name."""
        return {"serving_default": self.serving_default, "greedy": self.greedy, "write": self.write}

    def requests(self, documents: Sequence[str]) -> Iterator[tuple[str, dict[str, tf.Tensor]]]:
        """Requests of each signature: its name, and its inputs by name."""
        inputs = {"documents": tf.constant(documents[:1])}
        few = {"min_tokens": tf.constant([1]), "max_tokens": tf.constant([8])}
        yield "serving_default", inputs
        yield "greedy", inputs
        yield "write", inputs | few

    @tf.function(autograph=False, input_signature=[_DOCUMENTS])
    def serving_default(self, documents: tf.Tensor) -> dict[str, tf.Tensor]:
        """Documents, string [B] -> `summary`, string [B], by the paper's beam search."""
        sentences = self._write(documents, self._beam_search, *self._usual_limits(documents))
        return {"summary": self._written_text.join(sentences)}

    @tf.function(autograph=False, input_signature=[_DOCUMENTS])
    def greedy(self, documents: tf.Tensor) -> dict[str, tf.Tensor]:
        """Documents, string [B] -> `summary`, string [B], by greedy search."""
        sentences = self._write(documents, self._greedy_search, *self._usual_limits(documents))
        return {"summary": self._written_text.join(sentences)}

    @tf.function(autograph=False, input_signature=[_DOCUMENTS, _MIN_TOKENS, _MAX_TOKENS])
    def write(
        self, documents: tf.Tensor, min_tokens: tf.Tensor, max_tokens: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """Documents, string [B], and limits of each in tokens, int32 [B] -> their sentences.

        Beam search. Its size can't be an input: it is the shape of what is computed for all
        documents that a server has put into one batch. Limits out of range count as the nearest
        that make sense: an error would spoil the requests of others in the same batch.

        Returns:
            `summary`, string [B], on one line; `sentences`, string [B, S], padded with "";
            `sentence_count`, int32 [B].
        """
        max_tokens = tf.clip_by_value(max_tokens, 1, self._most)
        min_tokens = tf.clip_by_value(min_tokens, 0, max_tokens - 1)
        sentences = self._write(documents, self._beam_search, min_tokens, max_tokens)
        return {"summary": self._written_text.join(sentences), **_table(sentences)}

    @tf.function(autograph=False, input_signature=_WRITE_TOKEN_IDS)
    def write_token_ids(
        self,
        token_ids: tf.Tensor,
        min_tokens: tf.Tensor,
        max_tokens: tf.Tensor,
        block_trigrams: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """First windows of documents, int32 [B, T], padded -> their sentences, by beam search.

        Returns:
            `sentences` and `sentence_count`, as of `write`.
        """
        ids = self._beam_search(token_ids, min_tokens, max_tokens, block_trigrams)
        return _table(self._written_text(ids))

    @tf.function(autograph=False, input_signature=_WRITE_TOKEN_IDS)
    def write_token_ids_greedily(
        self,
        token_ids: tf.Tensor,
        min_tokens: tf.Tensor,
        max_tokens: tf.Tensor,
        block_trigrams: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """The same by greedy search."""
        ids = self._greedy_search(token_ids, min_tokens, max_tokens, block_trigrams)
        return _table(self._written_text(ids))

    # Functions of their own, so that each search stands once in a graph that has it several times.
    @tf.function(autograph=False, input_signature=_WRITE_TOKEN_IDS)
    def _beam_search(self, *inputs: tf.Tensor) -> tf.Tensor:
        return self._search(Beam(), *inputs)

    @tf.function(autograph=False, input_signature=_WRITE_TOKEN_IDS)
    def _greedy_search(self, *inputs: tf.Tensor) -> tf.Tensor:
        return self._search(GREEDY, *inputs)

    def _usual_limits(self, documents: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        least, greatest = self._limits
        return tf.fill(tf.shape(documents), least), tf.fill(tf.shape(documents), greatest)

    def _write(
        self,
        documents: tf.Tensor,
        search: Callable[..., tf.Tensor],
        min_tokens: tf.Tensor,
        max_tokens: tf.Tensor,
    ) -> tf.RaggedTensor:
        """The sentences of the summaries, string, ragged [B, None]."""
        token_ids = self._first_windows(documents)
        return self._written_text(search(token_ids, min_tokens, max_tokens, tf.constant(True)))

    def _first_windows(self, documents: tf.Tensor) -> tf.Tensor:
        """Packed heads of documents, int32 [B, T]; padding alone where there is no sentence."""
        # No window holds more sentences.
        texts = self.text.split(documents).texts[:, : slots(self.max_tokens)]
        windows = self.text.pack(texts.with_values(self.text.encode(texts.values)))
        is_first = windows.first == 0
        nothing = tf.fill([tf.size(documents), self.max_tokens], self.pad_id)
        return tf.tensor_scatter_nd_update(
            nothing,
            tf.boolean_mask(windows.documents, is_first)[:, None],
            tf.boolean_mask(windows.token_ids, is_first),
        )

    def _search(
        self,
        beam: Beam,
        token_ids: tf.Tensor,
        min_tokens: tf.Tensor,
        max_tokens: tf.Tensor,
        block_trigrams: tf.Tensor,
    ) -> tf.Tensor:
        """What is written of documents, those of about one length together, a few at a time.

        Args:
            beam: how.
            token_ids: int32 [B, T]. Nothing is written of a document without a word piece.
            min_tokens: int32 [B].
            max_tokens: int32 [B].
            block_trigrams: bool [].

        Returns:
            int32 [B, U], see `write_summaries`.
        """
        count = tf.shape(token_ids)[0]
        length = tf.reduce_sum(tf.cast(token_ids != self.pad_id, tf.int32), axis=1)
        is_text = tf.reduce_all([token_ids != mark for mark in self._no_text], axis=0)
        (filled,) = tf.unstack(tf.where(tf.reduce_any(is_text, axis=1)), num=1, axis=1)
        length = -(-tf.gather(length, filled) // BUCKET_TOKENS) * BUCKET_TOKENS

        def write_some(rows: tf.Tensor, longest: tf.Tensor) -> tf.Tensor:
            own = tf.gather(filled, rows)
            limits = tf.gather(min_tokens, own), tf.gather(max_tokens, own)
            ids = self._search_group(
                tf.gather(token_ids, own)[:, :longest], beam, *limits, block_trigrams
            )
            return tf.pad(
                ids, [[0, 0], [0, self._most - tf.shape(ids)[1]]], constant_values=NO_TOKEN
            )

        written = by_length(
            length,
            lambda longest: DOCUMENTS_AT_ONCE,
            write_some,
            tf.TensorSpec([None, self._most], tf.int32),
        )
        nothing = tf.fill([count, self._most], NO_TOKEN)
        return tf.tensor_scatter_nd_update(nothing, filled[:, None], written)

    def _search_group(
        self,
        token_ids: tf.Tensor,
        beam: Beam,
        min_tokens: tf.Tensor,
        max_tokens: tf.Tensor,
        block_trigrams: tf.Tensor,
    ) -> tf.Tensor:
        """What is written of documents that fit into memory together, int32 [D, U]."""
        # Once a document; what depends on what was written, once a beam.
        memory = self._encode(token_ids)
        of_documents = memory["memory_keys"][0]
        layers = len(memory["memory_keys"])
        rows = tf.shape(token_ids)[0] * beam.size
        empty = tf.zeros([rows, 0, *of_documents.shape[2:]], of_documents.dtype)

        def step(ids: tf.Tensor, position: tf.Tensor, caches: Caches) -> tuple[tf.Tensor, Caches]:
            caches = tf.cond(
                position == tf.shape(caches[0])[1],
                lambda: tuple(
                    tf.pad(c, [[0, 0], [0, _CACHE_TOKENS], [0, 0], [0, 0]]) for c in caches
                ),
                lambda: caches,
            )
            written = {"keys": list(caches[:layers]), "values": list(caches[layers:])}
            logits, state = self._decode_step(ids, position, {**memory, **written})
            return logits, (*state["keys"], *state["values"])

        return write_summaries(
            step,
            (empty,) * (2 * layers),
            self._marks,
            self._vocabulary_size,
            beam,
            min_tokens,
            max_tokens,
            block_trigrams,
        )


def _table(sentences: tf.RaggedTensor) -> dict[str, tf.Tensor]:
    return {
        "sentences": sentences.to_tensor(""),
        "sentence_count": tf.cast(sentences.row_lengths(), tf.int32),
    }
