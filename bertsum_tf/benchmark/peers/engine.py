"""What the peers share: how a good engineer feeds windows to a library on a CPU."""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from bertsum_tf.text.packing import TOKENS_PER_SENTENCE_SLOT, slots


@dataclass(frozen=True)
class Way:
    """A way to use the cores.

    Attributes:
        windows: how many the library is given at once.
        side_by_side: whether each core computes a batch of its own, or all the same one.
    """

    windows: int
    side_by_side: bool

    def __str__(self) -> str:
        at_once = "1 window" if self.windows == 1 else f"{self.windows} windows"
        cores = "one core each" if self.side_by_side else "all cores"
        return f"{at_once} a batch, {cores}"


# Which is the fastest depends on library and machine, so each peer tries them all.
WAYS = tuple(Way(windows, side_by_side) for side_by_side in (False, True) for windows in (1, 4, 16))


class PeerEngine(ABC):
    """An engine of `bertsum_tf.Summarizer` over a library that computes batches of any shape.

    Windows are sorted by length, and a batch is padded to its longest window and no further.

    Args:
        pad_id: the vocabulary's id of [PAD].
        cls_id: of [CLS].
        threads: cores to use.
    """

    def __init__(self, pad_id: int, cls_id: int, threads: int) -> None:
        self._pad_id = pad_id
        self._cls_id = cls_id
        self._threads = threads
        self.use(WAYS[0])

    def use(self, way: Way) -> None:
        """Computes in this way from now on."""
        self.way = way
        self._set_threads(1 if way.side_by_side else self._threads)
        # Kept, since libraries keep what they set up for a thread.
        self._pool = ThreadPoolExecutor(self._threads) if way.side_by_side else None

    def score(self, token_ids: np.ndarray) -> np.ndarray:
        """Token ids int32 [B, T] -> float32 [B, T // 8]; slots without a sentence hold zeros."""
        scores = np.zeros((len(token_ids), slots(token_ids.shape[1])), np.float32)
        lengths = self._lengths(token_ids)
        order = np.argsort(-lengths)
        starts = range(0, len(order), self.way.windows)
        batches = [order[start : start + self.way.windows] for start in starts]

        def score_batch(batch: np.ndarray) -> None:
            longest = lengths[batch].max()
            scores[batch, : slots(longest)] = self._logits(token_ids[batch, :longest])

        list((map if self._pool is None else self._pool.map)(score_batch, batches))
        return scores

    def _lengths(self, token_ids: np.ndarray) -> np.ndarray:
        """For each window the least T, a multiple of 8, with room for its tokens and its slots."""
        tokens = (token_ids != self._pad_id).sum(1)
        sentences = (token_ids == self._cls_id).sum(1)
        return np.maximum(-(-tokens // TOKENS_PER_SENTENCE_SLOT), sentences) * (
            TOKENS_PER_SENTENCE_SLOT
        )

    @abstractmethod
    def _logits(self, token_ids: np.ndarray) -> np.ndarray:
        """As `score`, in one batch."""

    @abstractmethod
    def _set_threads(self, threads: int) -> None:
        """Lets a batch be computed by so many threads; further threads may call `_logits` then."""
