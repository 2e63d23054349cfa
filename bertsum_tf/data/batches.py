"""Which windows make up which batch: a pure function of lengths, seed and epoch.

The plan is made before anything is read, so that training can go on at any batch of any epoch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bertsum_tf.errors import BertsumError
from bertsum_tf.text.packing import BUCKET_TOKENS


@dataclass(frozen=True)
class Batch:
    """One batch: the windows, and the fixed shape that holds them.

    Attributes:
        windows: int64 [n], numbers of windows.
        length: tokens a row.
        rows: rows, at least n; those beyond are padding.
    """

    windows: np.ndarray
    length: int
    rows: int


class BatchPlan:
    """The batches of every epoch.

    Windows are shuffled, sorted into buckets of padded length and cut into batches of about
    `tokens_per_batch` tokens; the batches are shuffled again. Each bucket has one batch shape.
    Windows that do not fill a batch move up to the next bucket, so that only the last batch of the
    longest bucket may have padding rows.

    Args:
        lengths: int [n], the least length that holds each window.
        tokens_per_batch: padded tokens in a batch.
        seed: decides the order, together with the epoch.
        target_lengths: int [n], of what is to be written of each window. Those of one bucket are
            sorted by it, so that a batch's are of like length too, and a batch has no more rows
            than fit with the longest of all. None: nothing is written.
        max_length: the longest bucket, for models that take no more; None: no limit.
        static_length: pad every window to this length, as TPUs want it; None: by buckets.
        parts: how many devices share each batch: padding rows make its rows a multiple of this.
            The windows of a batch are the same for any number.

    Attributes:
        batches_per_epoch: how many batches hold every window once.
        static_shape: (rows, tokens) of every batch, if all have the same.
    """

    def __init__(
        self,
        lengths: np.ndarray,
        tokens_per_batch: int,
        seed: int,
        *,
        target_lengths: np.ndarray | None = None,
        max_length: int | None = None,
        static_length: int | None = None,
        parts: int = 1,
    ) -> None:
        if static_length is None:
            self._bucket = -(-lengths // BUCKET_TOKENS) * BUCKET_TOKENS
            if max_length is not None:
                self._bucket = np.minimum(self._bucket, max_length)
        else:
            if lengths.max(initial=0) > static_length:
                raise BertsumError(
                    f"Windows of up to {lengths.max()} tokens do not fit a length of "
                    f"{static_length}: prepare the data with fewer --max-tokens."
                )
            self._bucket = np.full(len(lengths), static_length)
        longest = int(self._bucket.max(initial=0))
        if longest > tokens_per_batch:
            raise BertsumError(
                f"A batch of {tokens_per_batch} tokens has no room for a window of {longest}: "
                f"raise --batch-tokens to {longest} or more."
            )
        self._target_lengths = target_lengths
        self._longest_target = 0 if target_lengths is None else int(target_lengths.max(initial=0))
        self.tokens_per_batch = tokens_per_batch
        self.seed = seed
        self.parts = parts
        self.static_shape = (
            None if static_length is None else (self._shared_rows(static_length), static_length)
        )
        self.batches_per_epoch = sum(1 for _ in self._cut(np.arange(len(lengths))))
        self._epoch = lru_cache(maxsize=2)(self._shuffled)

    def __getitem__(self, index: int) -> Batch:
        """Batch `index`, counted from the start of the first epoch."""
        epoch, place = divmod(index, self.batches_per_epoch)
        return self._epoch(epoch)[place]

    def _shuffled(self, epoch: int) -> list[Batch]:
        random = np.random.default_rng([self.seed, epoch])
        batches = list(self._cut(random.permutation(len(self._bucket))))
        return [batches[place] for place in random.permutation(len(batches))]

    def _cut(self, order: np.ndarray) -> Iterator[Batch]:
        left = np.zeros(0, np.int64)
        length = 0
        for bucket in np.unique(self._bucket):
            length = int(bucket)
            rows = self.rows(length)
            windows = np.concatenate([left, order[self._bucket[order] == bucket]])
            if self._target_lengths is not None:
                # Stable: of equal length they come in random order.
                windows = windows[np.argsort(self._target_lengths[windows], kind="stable")]
            whole = len(windows) // rows * rows
            for start in range(0, whole, rows):
                yield Batch(windows[start : start + rows], length, self._shared_rows(length))
            left = windows[whole:]
        if len(left):
            yield Batch(left, length, self._shared_rows(length))

    def rows(self, length: int) -> int:
        """Windows of a full batch of this length."""
        return max(1, self.tokens_per_batch // max(length, self._longest_target))

    def _shared_rows(self, length: int) -> int:
        """Rows of a batch of this length, padding included."""
        return -(-self.rows(length) // self.parts) * self.parts
