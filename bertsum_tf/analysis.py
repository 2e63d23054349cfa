"""A document as the model left it: what summaries are chosen from, in whichever way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bertsum_tf.text.sentences import Span


@dataclass(frozen=True)
class Analysis:
    """A document with its scores, before any sentence is chosen.

    Attributes:
        spans: where each of the n sentences stands in the text, in code points.
        sentences: the sentences.
        scores: float32 [n]; of a model that writes, all 0.
        pieces: token ids of each sentence, without special tokens.
        written: the sentences that the model wrote; None for one that chooses.
    """

    spans: list[Span]
    sentences: list[str]
    scores: np.ndarray
    pieces: list[list[int]]
    written: list[str] | None = None

    @property
    def piece_counts(self) -> list[int]:
        """How many word pieces each sentence has."""
        return [len(ids) for ids in self.pieces]
