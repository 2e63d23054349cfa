"""Batches of raw documents for Keras, on any backend."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from bertsum_tf.errors import UsageError


class RawDocuments(keras.utils.PyDataset):
    """Preprocesses a batch of documents when it is asked for.

    KerasHub's own way needs TensorFlow or Grain, and has to keep a copy of everything as tensors;
    this needs neither.

    Args:
        preprocess: maps `(x, y, sample_weight)` of a batch to what the model takes.
        x: the documents.
        y: None, or as many reference summaries or labels.
        sample_weight: None, or as many weights.
        batch_size: int. Documents a batch.
        shuffle: bool. Whether the documents are mixed anew for each epoch, by Python's `random`,
            which `keras.utils.set_random_seed` seeds. (Keras itself only changes the order of the
            batches, not what is in them.)

    Raises:
        UsageError: if there are not as many.
    """

    def __init__(
        self,
        preprocess: Callable[..., Any],
        x: Sequence[str],
        y: Any = None,
        sample_weight: Any = None,
        batch_size: int | None = None,
        shuffle: bool = False,
    ) -> None:
        super().__init__()
        beside = {"references or labels (y)": y, "weights (sample_weight)": sample_weight}
        for name, values in beside.items():
            if values is not None and len(values) != len(x):
                raise UsageError(
                    f"There are {len(x)} documents, but {len(values)} {name}: give one for each."
                )
        self.preprocess = preprocess
        self.x = x
        self.y = y
        self.sample_weight = sample_weight
        # Keras's default.
        self.batch_size = batch_size or 32
        self.shuffle = shuffle
        self._order = list(range(len(x)))
        self.on_epoch_end()

    def __len__(self) -> int:
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, index: int) -> Any:
        rows = self._order[index * self.batch_size : (index + 1) * self.batch_size]
        batch = self.preprocess(
            _taken(self.x, rows), _taken(self.y, rows), _taken(self.sample_weight, rows)
        )
        # Keras takes a dataset's items as (x,), (x, y) or (x, y, sample_weight).
        return batch if isinstance(batch, tuple) else (batch,)

    def on_epoch_end(self) -> None:
        """Mixes the documents for the next epoch."""
        if self.shuffle:
            random.shuffle(self._order)


def _taken(values: Any, rows: list[int]) -> Any:
    """These rows of an array or a list; None of None."""
    if values is None:
        return None
    if hasattr(values, "__array__"):
        return np.asarray(values)[rows]
    return [values[row] for row in rows]
