"""Batches for training, as each backend takes them best: tf.data for TensorFlow, else a generator.

Both read the same plan, so that the same seed gives the same batches everywhere.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from bertsum_tf.data.batches import Batch, BatchPlan
from bertsum_tf.data.examples import Example, Reader

if TYPE_CHECKING:
    import tensorflow as tf

# Batches that are read while the model works on the one before.
BATCHES_AHEAD = 4


def read_batches(read: Reader, plan: BatchPlan, start: int, stop: int) -> Iterator[Example]:
    """Batches `start` to `stop` of a plan, read ahead in a thread.

    Args:
        read: what reads a batch.
        plan: which windows make up a batch.
        start: the first batch, counted from the start of the first epoch.
        stop: the one after the last.

    Yields:
        What `read` returns.
    """
    ahead: queue.Queue[Example | BaseException] = queue.Queue(BATCHES_AHEAD)
    stopped = threading.Event()

    def put(item: Example | BaseException) -> None:
        while not stopped.is_set():
            try:
                return ahead.put(item, timeout=0.1)
            except queue.Full:
                continue

    def read_all() -> None:
        try:
            for index in range(start, stop):
                put(read(plan[index]))
                if stopped.is_set():
                    return
        except BaseException as error:  # it belongs to whoever waits for the batch
            put(error)

    threading.Thread(target=read_all, daemon=True).start()
    try:
        for _ in range(start, stop):
            item = ahead.get()
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()


def tf_dataset(read: Reader, plan: BatchPlan, start: int, stop: int) -> tf.data.Dataset:
    """The batches of `read_batches` as a `tf.data.Dataset`, in the same order.

    Where the plan has one shape (`static_length`), so has the dataset, as TPUs want it.
    """
    import tensorflow as tf

    # What is read, and of which types: the first batch tells.
    example = read(plan[start])
    arrays = tf.nest.flatten(example)

    def load(index: tf.Tensor) -> Any:
        tensors = tf.numpy_function(
            lambda index: tf.nest.flatten(read(plan[int(index)])),
            [index],
            [array.dtype for array in arrays],
        )
        shapes = [array.shape if plan.static_shape else [None] * array.ndim for array in arrays]
        shaped = [tf.ensure_shape(*pair) for pair in zip(tensors, shapes, strict=True)]
        return tf.nest.pack_sequence_as(example, shaped)

    dataset = tf.data.Dataset.range(start, stop).map(
        load, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
    )
    return dataset.prefetch(tf.data.AUTOTUNE)


def part_of(read: Reader, part: int, parts: int) -> Reader:
    """Reads only the rows of a batch that one of several machines works on.

    Args:
        read: what reads whole batches, whose rows are a multiple of `parts`.
        part: which of them, counted from 0.
        parts: how many there are.
    """

    def rows(array: np.ndarray) -> np.ndarray:
        size = len(array) // parts
        return array[part * size : (part + 1) * size]

    return _with_arrays(read, rows)


def in_parts(read: Reader, parts: int) -> Reader:
    """Reads batches with their rows in equal parts: [rows, ...] becomes [parts, rows / parts, ...].

    Args:
        read: what reads batches whose rows are a multiple of `parts`.
        parts: how many.
    """
    return _with_arrays(
        read, lambda array: array.reshape(parts, len(array) // parts, *array.shape[1:])
    )


def _with_arrays(read: Reader, change: Callable[[np.ndarray], np.ndarray]) -> Reader:
    def read_and_change(batch: Batch) -> Example:
        inputs, targets = read(batch)
        if isinstance(inputs, dict):
            return {name: change(array) for name, array in inputs.items()}, change(targets)
        return change(inputs), change(targets)

    return read_and_change
