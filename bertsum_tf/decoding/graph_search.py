"""The search for a summary inside a TensorFlow graph: what `search.write_summaries` does.

Beam search alone, over a function that runs the decoder. `tests/decoding/test_graph_search.py`
holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from bertsum_tf.decoding.strategies import Beam
from bertsum_tf.text.targets import TargetVocabulary

# Stands behind the last token of a summary.
NO_TOKEN = -1

# What the decoder remembers of what each beam has written: tensors [D * K, capacity, ...].
Caches = tuple[tf.Tensor, ...]

# (last tokens, int32 [D, K]; where they stand, counted from 0, int32 []; caches) -> logits of what
# follows, float32 [D, K, V]; caches, perhaps with a larger capacity.
Step = Callable[[tf.Tensor, tf.Tensor, Caches], tuple[tf.Tensor, Caches]]


class _Progress(NamedTuple):
    """What there is of D documents after `length` tokens, U being the most that are written.

    Attributes:
        length: int32 [].
        written: int32 [D, K, U], `NO_TOKEN` from `length` on.
        matched: int32 [D, K, U]; for each place below `length`, how many tokens right before it are
            the same as the last ones of all.
        log_probs: float32 [D, K]; -inf: no such beam, or one that has ended.
        caches: see `Caches`.
        best: int32 [D, U], the best summary that has ended.
        best_score: float32 [D], its score; -inf: none has ended.
        done: bool [D].
    """

    length: tf.Tensor
    written: tf.Tensor
    matched: tf.Tensor
    log_probs: tf.Tensor
    caches: Caches
    best: tf.Tensor
    best_score: tf.Tensor
    done: tf.Tensor


def write_summaries(
    step: Step,
    caches: Caches,
    vocabulary: TargetVocabulary,
    vocabulary_size: int,
    beam: Beam,
    min_tokens: tf.Tensor,
    max_tokens: tf.Tensor,
    block_trigrams: tf.Tensor,
) -> tf.Tensor:
    """Writes a summary of each of D documents, until all are done.

    The beams of a document that is done are computed along, and change nothing.

    Args:
        step: runs the decoder.
        caches: before the first token, of any capacity.
        vocabulary: the marks.
        vocabulary_size: V.
        beam: with its size K.
        min_tokens: int32 [D], see `bertsum_tf.decoding.Limits`.
        max_tokens: int32 [D], each from 1 up.
        block_trigrams: bool [].

    Returns:
        int32 [D, U], with the end mark where it was written, then `NO_TOKEN`; `U` is the largest of
        `max_tokens`.
    """
    documents, size = tf.size(max_tokens), beam.size
    most = tf.reduce_max(max_tokens)
    places = tf.range(most)
    forbidden = np.zeros(vocabulary_size, np.float32)
    forbidden[list(vocabulary.never_written)] = -np.inf
    continuing = np.zeros(vocabulary_size, bool)
    continuing[list(vocabulary.continuing)] = True
    is_end = tf.range(vocabulary_size) == vocabulary.end_id

    def go_on(before: _Progress) -> tuple[_Progress]:
        length = before.length
        last = tf.where(
            length > 0, before.written[:, :, tf.maximum(length - 1, 0)], vocabulary.begin_id
        )
        logits, caches = step(last, length, before.caches)
        candidates = logits - tf.reduce_logsumexp(logits, axis=-1, keepdims=True) + forbidden
        too_short = (length < min_tokens)[:, None, None] & is_end
        candidates = tf.where(too_short, -np.inf, candidates)
        refused = block_trigrams & _repeating(
            before.written, before.matched, length, continuing, vocabulary.split_id
        )
        candidates = _without(candidates, before.written, refused)

        beams, tokens, log_probs = _choose(before.log_probs, candidates, size)
        kept = tf.gather(before.written, beams, batch_dims=1)
        same = kept == tokens[:, :, None]
        matched = tf.where(same, tf.gather(before.matched, beams, batch_dims=1) + 1, 0)
        matched = tf.where(places == 0, 0, tf.roll(matched, 1, axis=-1))
        written = tf.where(places == length, tokens[:, :, None], kept)
        length += 1

        possible = log_probs > -np.inf
        at_limit = (length >= max_tokens)[:, None]
        ended = (tokens == vocabulary.end_id) | at_limit
        ended &= possible & ~before.done[:, None]
        penalty = ((5 + tf.cast(length, tf.float64)) / 6) ** beam.length_penalty
        scores = tf.where(ended, log_probs / tf.cast(penalty, tf.float32), -np.inf)
        leader = tf.argmax(scores, axis=1)
        score = tf.gather(scores, leader, batch_dims=1)
        is_better = score > before.best_score
        best = tf.where(is_better[:, None], tf.gather(written, leader, batch_dims=1), before.best)
        best_score = tf.where(is_better, score, before.best_score)

        # Every word refused: what was put aside, or else what stands there.
        is_stuck = ~possible[:, 0] & ~before.done
        as_it_stands = is_stuck & (best_score == -np.inf)
        best = tf.where(as_it_stands[:, None], before.written[:, 0], best)

        if size > 1:
            rows = tf.reshape(tf.range(documents)[:, None] * size + beams, [-1])
            caches = tuple(tf.gather(cache, rows) for cache in caches)
        return (
            _Progress(
                length,
                written,
                matched,
                # An ended beam does not go on.
                tf.where(ended, -np.inf, log_probs),
                caches,
                best,
                best_score,
                before.done | ended[:, 0] | is_stuck | at_limit[:, 0],
            ),
        )

    start = _Progress(
        length=tf.constant(0),
        written=tf.fill([documents, size, most], NO_TOKEN),
        matched=tf.zeros([documents, size, most], tf.int32),
        # One beam at first, as otherwise all would write the same.
        log_probs=tf.tile([[0.0] + [-np.inf] * (size - 1)], [documents, 1]),
        caches=tuple(caches),
        best=tf.fill([documents, most], NO_TOKEN),
        best_score=tf.fill([documents], -np.inf),
        done=tf.zeros([documents], tf.bool),
    )
    shapes = _Progress(
        length=tf.TensorShape([]),
        written=tf.TensorShape([None, size, None]),
        matched=tf.TensorShape([None, size, None]),
        log_probs=tf.TensorShape([None, size]),
        caches=tuple(tf.TensorShape([None, None, *cache.shape[2:]]) for cache in caches),
        best=tf.TensorShape([None, None]),
        best_score=tf.TensorShape([None]),
        done=tf.TensorShape([None]),
    )
    (end,) = tf.while_loop(
        lambda progress: ~tf.reduce_all(progress.done),
        go_on,
        (start,),
        shape_invariants=(shapes,),
        parallel_iterations=1,
    )
    return end.best


def _choose(
    log_probs: tf.Tensor, candidates: tf.Tensor, size: int
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The best continuations of all of a document's beams; the earlier one of equals.

    Args:
        log_probs: float32 [D, K].
        candidates: float32 [D, K, V].
        size: K.

    Returns:
        For each new beam the old one that it continues, its token, int32 [D, K] each, and its
        log-probability.
    """
    count = min(size, candidates.shape[-1])
    values, ids = tf.math.top_k(candidates, count)
    totals = tf.reshape(log_probs[:, :, None] + values, [-1, size * count])
    log_probs, chosen = tf.math.top_k(totals, size)
    ids = tf.reshape(ids, [-1, size * count])
    return chosen // count, tf.gather(ids, chosen, batch_dims=1), log_probs


def _without(candidates: tf.Tensor, written: tf.Tensor, refused: tf.Tensor) -> tf.Tensor:
    """The candidates, -inf for the ids that stand in refused places.

    Args:
        candidates: float32 [D, K, V].
        written: int32 [D, K, U].
        refused: bool [D, K, U].
    """
    where = tf.where(refused)
    ids = tf.cast(tf.gather_nd(written, where), where.dtype)
    indices = tf.concat([where[:, :2], ids[:, None]], axis=1)
    nothing = tf.fill(tf.shape(ids), -np.inf)
    return tf.tensor_scatter_nd_update(candidates, indices, tf.cast(nothing, candidates.dtype))


def _repeating(
    written: tf.Tensor,
    matched: tf.Tensor,
    length: tf.Tensor,
    continuing: np.ndarray,
    split_id: int,
) -> tf.Tensor:
    """Where the pieces stand that may repeat a trigram: what `trigrams.repeating` says.

    They begin a word, and the two whole words right before them are the last two of all.

    Args:
        written: int32 [D, K, U].
        matched: int32 [D, K, U], see `_Progress`.
        length: int32 [].
        continuing: bool [V], whether a piece continues a word.
        split_id: what stands between sentences.

    Returns:
        bool [D, K, U].
    """
    places = tf.range(tf.shape(written)[-1])
    is_written = places < length
    is_split = written == split_id
    after_split = (places == 0) | tf.roll(is_split, 1, axis=-1)
    # `NO_TOKEN` continues nothing.
    opens = ~tf.gather(continuing, tf.maximum(written, 0)) | after_split | ~is_written
    one = tf.cast(opens & is_written, tf.int32)
    words_behind = tf.cumsum(one, axis=-1, exclusive=True, reverse=True)
    count = tf.reduce_sum(one, axis=-1)

    among_last_two = is_written & (words_behind < 2)
    there = (count >= 2) & ~tf.reduce_any(among_last_two & is_split, axis=-1)
    tokens = tf.reduce_sum(tf.cast(among_last_two, tf.int32), axis=-1)[:, :, None]
    whole = tf.gather(opens, tf.maximum(places - tokens, 0), batch_dims=2)
    follows = is_written & there[:, :, None] & (matched >= tokens) & whole
    return follows & opens & ~is_split
