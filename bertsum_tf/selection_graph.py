"""Sentence scores -> the chosen sentences inside a TensorFlow graph: what `selection.select` does.

`tests/test_selection_graph.py` holds the two together.
"""

from __future__ import annotations

import tensorflow as tf

from bertsum_tf.selection import MIN_CANDIDATE_PIECES
from bertsum_tf.text.graph import BLANK, lower

# Words of the runs that no two chosen sentences share.
_TRIGRAM = 3


def select(
    scores: tf.RaggedTensor,
    sentences: tf.RaggedTensor,
    piece_counts: tf.RaggedTensor,
    num_sentences: tf.Tensor,
) -> tf.RaggedTensor:
    """Chooses the sentences of the summaries of B documents, with trigram blocking.

    Going down the ranking, a sentence is chosen if it shares no trigram with one chosen before it.
    So of all open sentences, those that are the best with each of their trigrams are chosen at
    once, and those that share a trigram with them closed; and so on. That are few turns whatever
    the number of sentences to choose, where going down the ranking has one for each. At worst, of a
    chain of sentences that share a trigram each with the next and are ranked in this order, a turn
    takes one.

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
    # Both sorts keep the order of equals: of equal scores, the earlier sentence is the better. The
    # documents are in a row, and in each the short sentences come last.
    order = tf.argsort(scores.values, direction="DESCENDING", stable=True)
    group = 2 * document + tf.cast(short, document.dtype)
    order = tf.gather(order, tf.argsort(tf.gather(group, order), stable=True))
    rank = tf.math.invert_permutation(order)
    trigram, num_trigrams, sentence = _trigrams(sentences)

    def chosen_before(chosen: tf.Tensor) -> tf.Tensor:
        """How many better sentences of its document are chosen, for each sentence."""
        ranked = tf.gather(tf.cast(chosen, tf.int32), order)
        each = tf.math.unsorted_segment_sum(ranked, document, num_documents)
        earlier_documents = tf.gather(tf.cumsum(each, exclusive=True), document)
        return tf.gather(tf.cumsum(ranked, exclusive=True) - earlier_documents, rank)

    def has_open(_: tf.Tensor, is_open: tf.Tensor) -> tf.Tensor:
        return tf.reduce_any(is_open)

    def take_best(chosen: tf.Tensor, is_open: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        ranks = tf.gather(tf.where(is_open, rank, rank.dtype.max), sentence)
        best = tf.math.unsorted_segment_min(ranks, trigram, num_trigrams)
        picked = is_open & ~_any(tf.gather(best, trigram) < ranks, sentence, tf.size(rank))
        taken = _any(tf.gather(picked, sentence), trigram, num_trigrams)
        blocked = _any(tf.gather(taken, trigram), sentence, tf.size(rank))
        chosen |= picked
        wanted = chosen_before(chosen) < tf.gather(num_sentences, document)
        return chosen & wanted, is_open & ~picked & ~blocked & wanted

    chosen, _ = tf.while_loop(has_open, take_best, (tf.zeros_like(candidates), candidates))
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
    words = tf.strings.split(tf.strings.regex_replace(lower(sentences.values), BLANK, " "), " ")
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
