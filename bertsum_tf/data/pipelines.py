"""Batches for training, as each backend takes them best: tf.data for TensorFlow, else a generator.

Both read the same plan, so that the same seed gives the same batches everywhere.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from bertsum_tf.data.batches import BatchPlan
from bertsum_tf.data.prepared import PreparedData
from bertsum_tf.text.packing import TOKENS_PER_SENTENCE_SLOT

if TYPE_CHECKING:
    import tensorflow as tf

Arrays = tuple[np.ndarray, np.ndarray]

# Batches that are read while the model works on the one before.
BATCHES_AHEAD = 4


def read_batches(
    data: PreparedData, plan: BatchPlan, start: int, stop: int, labels: str
) -> Iterator[Arrays]:
    """Batches `start` to `stop` of a plan, read ahead in a thread.

    Args:
        data: the windows.
        plan: which of them make up a batch.
        start: the first batch, counted from the start of the first epoch.
        stop: the one after the last.
        labels: "hard" or "soft".

    Yields:
        (token_ids int32 [B, T], labels float32 [B, T // 8]).
    """
    ahead: queue.Queue[Arrays | BaseException] = queue.Queue(BATCHES_AHEAD)
    stopped = threading.Event()

    def put(item: Arrays | BaseException) -> None:
        while not stopped.is_set():
            try:
                return ahead.put(item, timeout=0.1)
            except queue.Full:
                continue

    def read() -> None:
        try:
            for index in range(start, stop):
                batch = plan[index]
                put(data.batch(batch.windows, batch.length, batch.rows, labels))
                if stopped.is_set():
                    return
        except BaseException as error:  # it belongs to whoever waits for the batch
            put(error)

    threading.Thread(target=read, daemon=True).start()
    try:
        for _ in range(start, stop):
            item = ahead.get()
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()


def tf_dataset(
    data: PreparedData, plan: BatchPlan, start: int, stop: int, labels: str
) -> tf.data.Dataset:
    """The batches of `read_batches` as a `tf.data.Dataset`, in the same order.

    Where the plan has one shape (`static_length`), so has the dataset, as TPUs want it.
    """
    import tensorflow as tf

    def read(index: np.ndarray) -> Arrays:
        batch = plan[int(index)]
        return data.batch(batch.windows, batch.length, batch.rows, labels)

    rows, length = plan.static_shape or (None, None)
    slots = None if length is None else length // TOKENS_PER_SENTENCE_SLOT

    def load(index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        token_ids, targets = tf.numpy_function(read, [index], [tf.int32, tf.float32])
        return tf.ensure_shape(token_ids, (rows, length)), tf.ensure_shape(targets, (rows, slots))

    dataset = tf.data.Dataset.range(start, stop).map(
        load, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
    )
    return dataset.prefetch(tf.data.AUTOTUNE)
