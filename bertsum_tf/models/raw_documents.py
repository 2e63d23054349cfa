"""Batches of raw documents for Keras, on any backend."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras

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

    def __len__(self) -> int:
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, index: int) -> Any:
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        y = None if self.y is None else self.y[rows]
        sample_weight = None if self.sample_weight is None else self.sample_weight[rows]
        batch = self.preprocess(self.x[rows], y, sample_weight)
        # Keras takes a dataset's items as (x,), (x, y) or (x, y, sample_weight).
        return batch if isinstance(batch, tuple) else (batch,)
