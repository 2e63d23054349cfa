"""Windows of a batch, those of about one length together, a few at a time, inside a graph."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf


def by_length(
    lengths: tf.Tensor,
    rows_at_once: Callable[[tf.Tensor], tf.Tensor | int],
    compute: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    result: tf.TensorSpec,
) -> tf.Tensor:
    """Computes something of W windows, the longest first.

    All at once would not fit into memory: a document of 2 MB has a thousand windows.

    Args:
        lengths: int32 [W], what each is padded to.
        rows_at_once: how many windows of a length are computed together.
        compute: given some windows' rows, int32 [w], and the length of the longest, int32 [], the
            results of these, [w, N].
        result: of all windows, [W, N].

    Returns:
        `[W, N]`, in the order of `lengths`.
    """
    order = tf.argsort(lengths, direction="DESCENDING")

    def turn(start: tf.Tensor, results: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        # Sorted, so that the first is the longest.
        longest = lengths[order[start]]
        rows = order[start : start + rows_at_once(longest)]
        return start + tf.size(rows), tf.concat([results, compute(rows, longest)], axis=0)

    _, results = tf.while_loop(
        lambda start, _: start < tf.size(order),
        turn,
        (0, tf.zeros([0, result.shape[1] or 0], result.dtype)),
        shape_invariants=(tf.TensorShape([]), result.shape),
        parallel_iterations=1,
    )
    return tf.gather(results, tf.math.invert_permutation(order))
