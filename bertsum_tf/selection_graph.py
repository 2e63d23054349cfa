"""Sentence scores -> the chosen sentences inside a TensorFlow graph: what `selection.select` does.

`tests/test_selection_graph.py` holds the two together.
"""

from __future__ import annotations

import tensorflow as tf

from bertsum_tf.selection import MIN_CANDIDATE_PIECES
from bertsum_tf.text.graph import BLANK

# Words of the runs that no two chosen sentences share.
_TRIGRAM = 3


def select(
    scores: tf.RaggedTensor,
    sentences: tf.RaggedTensor,
    piece_counts: tf.RaggedTensor,
    num_sentences: tf.Tensor,
) -> tf.RaggedTensor:
    """Chooses the sentences of the summaries of B documents, with trigram blocking.

    One turn of the loop takes the best open sentence of every document and closes those that share
    a trigram with it: what going down the ranking does, for all documents at once.

    Args:
        scores: float32, ragged [B, None], the higher the better.
        sentences: string, ragged [B, None].
        piece_counts: int64, ragged [B, None]; word pieces of each sentence.
        num_sentences: int32 [B], how many to choose at most; one, where it is less.

    Returns:
        bool, ragged [B, None].
    """
    document = scores.value_rowids()
    num_documents = scores.nrows()
    num_sentences = tf.maximum(num_sentences, 1)
    short = piece_counts.values <= MIN_CANDIDATE_PIECES
    num_long = tf.math.unsorted_segment_sum(tf.cast(~short, tf.int32), document, num_documents)
    candidates = ~short | tf.gather(num_long < num_sentences, document)
    # Both sorts keep the order of equals: of equal scores, the earlier sentence is the better.
    order = tf.argsort(scores.values, direction="DESCENDING")
    order = tf.gather(order, tf.argsort(tf.cast(tf.gather(short, order), tf.int32), stable=True))
    rank = tf.math.invert_permutation(order)
    trigram, num_trigrams, sentence = _trigrams(sentences)

    def has_open(chosen: tf.Tensor, is_open: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
        return tf.reduce_any(is_open)

    def take_best(
        chosen: tf.Tensor, is_open: tf.Tensor, taken: tf.Tensor, left: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        ranks = tf.where(is_open, rank, rank.dtype.max)
        best = tf.math.unsorted_segment_min(ranks, document, num_documents)
        picked = is_open & (rank == tf.gather(best, document))
        chosen |= picked
        left -= tf.math.unsorted_segment_sum(tf.cast(picked, tf.int32), document, num_documents)
        taken |= _any(tf.gather(picked, sentence), trigram, num_trigrams)
        blocked = _any(tf.gather(taken, trigram), sentence, tf.size(rank))
        is_open &= ~picked & ~blocked & tf.gather(left > 0, document)
        return chosen, is_open, taken, left

    chosen, *_ = tf.while_loop(
        has_open,
        take_best,
        (
            tf.zeros_like(candidates),
            candidates,
            tf.zeros([num_trigrams], tf.bool),
            num_sentences,
        ),
    )
    return scores.with_values(chosen)


def join(sentences: tf.RaggedTensor, chosen: tf.RaggedTensor) -> tf.Tensor:
    """The summaries: chosen sentences, with single blanks between words and sentences.

    Args:
        sentences: string, ragged [B, None].
        chosen: bool, ragged [B, None].

    Returns:
        string [B].
    """
    lines = tf.strings.regex_replace(
        tf.boolean_mask(sentences.values, chosen.values), f"{BLANK}+", " "
    )
    documents = tf.boolean_mask(sentences.value_rowids(), chosen.values)
    return tf.strings.unsorted_segment_join(lines, documents, sentences.nrows(), separator=" ")


def _trigrams(sentences: tf.RaggedTensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The trigrams of words of N sentences.

    Returns:
        For each of G occurrences the trigram's number, which says its document too, int32 [G]; how
        many numbers there are; and the sentence it is in, int64 [G], counted in the batch.
    """
    words = tf.strings.split(
        tf.strings.regex_replace(tf.strings.lower(sentences.values, "utf-8"), BLANK, " "), " "
    )
    # A sentence neither starts nor ends with a blank, but may have several in a row.
    words = tf.ragged.boolean_mask(words, words != "")
    trigrams = tf.strings.ngrams(words, _TRIGRAM, separator=" ")
    sentence = trigrams.value_rowids()
    document = tf.strings.as_string(tf.gather(sentences.value_rowids(), sentence))
    distinct, trigram = tf.unique(tf.strings.join([document, trigrams.values], " "))
    return trigram, tf.size(distinct), sentence


def _any(values: tf.Tensor, rows: tf.Tensor, num_rows: tf.Tensor) -> tf.Tensor:
    """Whether any value of each row is True: bool [num_rows]."""
    return tf.math.unsorted_segment_max(tf.cast(values, tf.int32), rows, num_rows) > 0
