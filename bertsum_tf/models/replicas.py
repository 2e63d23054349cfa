"""Sums over all replicas of a model that each see a part of the batch."""

from __future__ import annotations

from typing import Any

import keras


def sum_over_replicas(value: Any) -> Any:
    """The sum of a tensor over the replicas of `tf.distribute`, the same on each.

    A loss that is averaged over the real labels of the batch has to count them in the whole batch:
    a mean of the replicas' means would weigh a label by how many others its replica has. The tensor
    is returned as it is where there is one replica, and on JAX, which computes on the whole batch
    wherever its parts lie.

    Args:
        value: a tensor that needs no gradient, or a list of them.

    Returns:
        Of the same shape and dtype.
    """
    if keras.backend.backend() != "tensorflow":
        return value
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return value
    return context.all_reduce(tf.distribute.ReduceOp.SUM, value)
