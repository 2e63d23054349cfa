"""An engine whose scores a reader can see in the text: no model, no framework."""

from __future__ import annotations

import numpy as np

from bertsum_tf.text.wordpiece import WordPiece

WORDS = ("wow", "news", "rain", "the", "a", ".", "!", "?", ",", "[", "]", "cl", "##s", "se", "##p")
VOCABULARY = WordPiece(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])
WOW = VOCABULARY.vocabulary.index("wow")


class ScriptedEngine:
    """The score of a sentence is how often it says "wow".

    Attributes:
        shapes: of what it was given, in order.
    """

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def score(self, token_ids: np.ndarray) -> np.ndarray:
        assert token_ids.dtype == np.int32
        rows, length = token_ids.shape
        assert length % 8 == 0
        self.shapes.append(token_ids.shape)
        scores = np.full((rows, length // 8), 1e9, np.float32)  # slots without a sentence: anything
        for row, ids in zip(scores, token_ids, strict=True):
            starts = np.flatnonzero(ids == VOCABULARY.cls_id)
            for slot, (start, end) in enumerate(zip(starts, [*starts[1:], length], strict=True)):
                row[slot] = np.count_nonzero(ids[start:end] == WOW)
        return scores
